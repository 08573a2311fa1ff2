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
        ["git", "ls-files", "-co", "--exclude-standard", "functions", "shared/model", "template.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in filter(lambda name: (ROOT / name).exists(), names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests/e2e").mkdir(parents=True)
    return tmp_path


class Template(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation, of which the arguments are of interest here, where they are texts."""


Template.add_multi_constructor("!", lambda loader, suffix, node: node.value if isinstance(node, yaml.ScalarNode) else suffix)


@pytest.mark.parametrize("like, family", [("get-policy", "policies"), ("describe-portal", "access_policies")])
def test_an_operation_gets_its_places_after_the_pattern_of_another(copy, like, family):
    lines = make(copy, Operation("tag-policy"), Operation(like), "PUT", ROUTE)
    assert [line.split()[0] for line in lines] == ["made"] * 5 + ["to"] * 3
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
    handler = (copy / f"functions/src/{family}/tag_policy.rs").read_text()
    assert handler.startswith(f"//! `PUT {ROUTE}`") and f"use api::{family}::Error;" in handler
    assert f"functions::{family}::tag_policy::handle" in (copy / "functions/src/bin/tag-policy.rs").read_text()
    names = re.findall(r'name = "([a-z-]+)", test', (copy / "functions/Cargo.toml").read_text())
    assert "tag-policy" in names and names == sorted(names)
    assert "tag_policy_does_what_it_promises" in (copy / "tests/e2e/test_tag_policy.py").read_text()


@pytest.mark.parametrize("name, like, method, route, reason", [
    ("get-policy", "get-policy", "GET", ROUTE, "exists already"),
    ("tag-policy", "no-such", "GET", ROUTE, "there is no operation `no-such`"),
    ("tag-policy", "get-policy", "FETCH", ROUTE, "METHOD is one of"),
    ("tag-policy", "get-policy", "GET", "policies", "is not a route"),
])
def test_what_cannot_be_made_is_refused_before_anything_is_written(copy, name, like, method, route, reason):
    before = {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()}
    with pytest.raises(Refused, match=reason):
        make(copy, Operation(name), Operation(like), method, route)
    assert {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()} == before
