import re
import shutil
import subprocess

import pytest
import yaml
from conftest import ROOT

from scaffold.new_operation import Operation, Refused, make

ROUTE = "/policies/{policyId}/tags"


@pytest.fixture
def copy(tmp_path):
    """A copy of what the scaffold touches."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "functions", "shared/*.rs", "shared/api/*.snap", "docs", "template.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in filter(lambda name: (ROOT / name).exists(), names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests/e2e").mkdir(parents=True)
    return tmp_path


class Template(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation, of which the arguments are of interest here, where they are texts."""


Template.add_multi_constructor("!", lambda loader, suffix, node: node.value if isinstance(node, yaml.ScalarNode) else suffix)


FAMILIES = [
    ("get-policy", "policies", "ncloud", "policies", "policies.yaml", "policies.md"),
    ("describe-portal", "access_policies", None, "access_policies", "portals-and-projects.yaml", "access-policies.md"),
    ("list-policy-generations", "policy_generation", "trail", "policy_generations", "policy-generation.yaml", "policy-generation.md"),
    ("get-search", "permissions", "permissions", "permissions", "saved-searches.yaml", "permission-search.md"),
    ("list-access-keys", "access_keys", None, "access_keys", "access-keys.yaml", "clients.md"),
]


@pytest.mark.parametrize("like, family, rules, table, description, page", FAMILIES)
def test_an_operation_gets_its_nine_places_after_the_pattern_of_another(copy, like, family, rules, table, description, page):
    before = {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()}
    lines = make(copy, Operation("tag-policy"), Operation(like), "PUT", ROUTE)
    files = {
        "tests/e2e/test_tag_policy.py", f"shared/model/src/{family}/tag_policy.rs", f"shared/store/src/{table}/tag_policy.rs",
        f"functions/src/{family}/tag_policy.rs", "functions/src/bin/tag-policy.rs", f"shared/api/src/{family}.rs",
        "template.yaml", f"docs/openapi/{description}", f"docs/{page}"}
    if rules:
        files.add(f"shared/{rules}/src/tag_policy.rs")
    assert {re.match(r"[\w./-]+", line)[0].rstrip(":,") for line in lines if not line.startswith("no pure")} == files
    made = {str(file.relative_to(copy)) for file in copy.rglob("*") if file.is_file() and before.get(file) != file.read_bytes()}
    assert files <= made

    resources = yaml.load((copy / "template.yaml").read_text(), Template)["Resources"]
    function = resources["TagPolicy"]
    assert function["Metadata"]["BuildProperties"]["Binary"] == "tag-policy"
    assert (function["Properties"]["Role"], function["Properties"]["LoggingConfig"]) == ("TagPolicyRole.Arn", {"LogGroup": "TagPolicyLogs"})
    assert resources["TagPolicyLogs"]["Properties"]["LogGroupName"] == "/${AWS::StackName}/TagPolicy"
    (rights,) = resources["TagPolicyRole"]["Properties"]["Policies"]
    assert rights["PolicyName"] == "TagPolicy"
    assert rights["PolicyDocument"]["Statement"][0]["Resource"] == "TagPolicyLogs.Arn"
    assert Operation(like).function in resources, "the pattern stays"
    (route,) = function["Properties"]["Events"].values()
    assert (route["Properties"]["Path"], route["Properties"]["Method"]) == (ROUTE, "PUT")
    caught = resources["UnknownOperation"]["Properties"]["Events"].values()
    assert ROUTE in [event["Properties"]["Path"] for event in caught]

    described = yaml.safe_load((copy / f"docs/openapi/{description}").read_text())["paths"][ROUTE]["put"]
    assert described["operationId"] == "TagPolicy" and described["tags"] and described["summary"]
    assert [one["name"] for one in described["parameters"]] == ["policyId"]
    assert {"200", "403", "501"} == set(described["responses"])
    references = re.findall(r"#/components/responses/(\w+)", str(described))
    assert all(f"\n    {name}:" in (copy / "docs/openapi" / file).read_text() for name in references for file in [defined_in(copy, name)])
    assert f"| TagPolicy | `PUT {ROUTE}` | not written yet |" in (copy / f"docs/{page}").read_text()

    handler = (copy / f"functions/src/{family}/tag_policy.rs").read_text()
    assert handler.startswith(f"//! `PUT {ROUTE}`") and f"use api::{family}::Error;" in handler
    assert f"functions::{family}::tag_policy::handle" in (copy / "functions/src/bin/tag-policy.rs").read_text()
    names = re.findall(r'name = "([a-z-]+)", test', (copy / "functions/Cargo.toml").read_text())
    assert "tag-policy" in names and names == sorted(names)
    assert "tag_policy_does_what_it_promises" in (copy / "tests/e2e/test_tag_policy.py").read_text()
    modules = {f"functions/src/{family}.rs": "pub mod tag_policy;", f"shared/model/src/{family}.rs": "pub use tag_policy::TagPolicyReply;",
               f"shared/store/src/{table}.rs": "mod tag_policy;"}
    assert all(line in (copy / file).read_text().splitlines() for file, line in modules.items())


@pytest.mark.parametrize("like, family, rules, table, description, page", FAMILIES)
def test_what_is_made_keeps_the_rule_for_doc_comments(copy, like, family, rules, table, description, page):
    rule = (ROOT / "tests/documentation.rs").read_text()
    clauses = set(re.findall(r'"(\w+)"', re.search(r"const CLAUSES: .*?\];", rule, re.DOTALL)[0]))
    assert "Whether" in clauses
    make(copy, Operation("tag-policy"), Operation(like), "PUT", ROUTE)
    made = list(copy.rglob("tag_policy.rs"))
    assert len(made) == (4 if rules else 3)
    for file in made:
        paragraphs = re.findall(r"((?:^ *//[/!].*\n)+)((?: *#\[.*\n)*.*)", file.read_text(), re.MULTILINE)
        assert paragraphs
        for comment, item in paragraphs:
            first = re.match(r" *//[/!] (\S+)", comment)[1]
            assert first not in clauses, f"{file.name}: {comment}"
            if re.search(r"\bfn \w+", item):
                assert first.endswith("s") and first not in ("Its", "This"), f"{file.name}: {comment}"


def defined_in(copy, name):
    """The file of the description that defines a response."""
    (file,) = [file.name for file in (copy / "docs/openapi").glob("*.yaml") if f"\n    {name}:" in file.read_text()]
    return file


@pytest.mark.parametrize("like, family, rules, table, description, page", FAMILIES)
def test_every_match_over_the_errors_of_a_family_knows_the_new_error(copy, like, family, rules, table, description, page):
    errors = copy / f"shared/api/src/{family}.rs"
    last = re.search(r"Error::(\w+)(?: \{ \.\. \})? => return None", (copy / f"shared/api/src/{family}/tests.rs").read_text())[1]
    matches = len(re.findall(rf"Self::{last}(?: \{{ source: _ \}}| =>)", errors.read_text()))
    make(copy, Operation("tag-policy"), Operation(like), "PUT", ROUTE)
    make(copy, Operation("untag-policy"), Operation(like), "DELETE", ROUTE)
    text = errors.read_text()
    assert len(re.findall(r"^    NotWritten,$", text, re.MULTILINE)) == 1, "two new operations share the error"
    assert len(re.findall(r"Self::NotWritten\b", text)) == matches
    assert "Error::NotWritten => return None," in (copy / f"shared/api/src/{family}/tests.rs").read_text()
    assert "| 501 |" in (copy / "docs/errors.md").read_text()


@pytest.mark.parametrize("name, like, method, route, reason", [
    ("get-policy", "get-policy", "GET", ROUTE, "exists already"),
    ("tag-policy", "no-such", "GET", ROUTE, "there is no operation `no-such`"),
    ("tag-policy", "start-policy-generation", "GET", ROUTE, "keeps a state of its own"),
    ("tag-policy", "get-inventory", "GET", ROUTE, "no table of their own"),
    ("tag-policy", "get-policy", "PATCH", "/policies/{policyId}", "by a path of their own"),
    ("tag-policy", "describe-portal", "GET", "/portals/{portalId}", "is described already"),
    ("tag-policy", "get-policy", "FETCH", ROUTE, "METHOD is one of"),
    ("tag-policy", "get-policy", "GET", "policies", "is not a route"),
])
def test_what_cannot_be_made_is_refused_before_anything_is_written(copy, name, like, method, route, reason):
    before = {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()}
    with pytest.raises(Refused, match=reason):
        make(copy, Operation(name), Operation(like), method, route)
    assert {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()} == before
