"""What the pages for people name is there: files and sections behind links, parameters, outputs, alarms, commands."""

import json
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml
from conftest import ROOT

LISTED = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True,
                        text=True, check=True).stdout.split()
PAGES = [ROOT / name for name in LISTED if (ROOT / name).exists()]
# Of parameters, outputs and alarms, and of nothing else, these pages write such names.
OPERATED = [ROOT / "docs" / f"{name}.md" for name in ("runbook", "from-local-to-deployed", "limits-and-costs")]

OF_THE_AWS_CLI = {"AttributeName", "Enabled", "PointInTimeRecoveryEnabled", "StreamEnabled", "StreamViewType"}


class Template(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation, whose values do not matter here."""


Template.add_multi_constructor("!", lambda loader, suffix, node: None)
TEMPLATE = yaml.load((ROOT / "template.yaml").read_text(), Template)


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE))


@cache
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    seen, found = Counter(), set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def links(page: Path) -> list[str]:
    text = without_code(page.read_text())
    return re.findall(r"]\(\s*<?([^)\s>]+)", text) + re.findall(r"^\[[^]]+]:\s*(\S+)", text, re.MULTILINE)


def broken(page: Path) -> list[str]:
    found = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            found.append(link)
    return found


def test_each_link_leads_to_a_file_and_a_section_that_exist():
    assert {str(page.relative_to(ROOT)): found for page in PAGES if (found := broken(page))} == {}
    assert sum(len(links(page)) for page in PAGES) > 100


def test_a_link_to_nothing_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One `two`, (three)\n## One\n## One\n[a](#one-two-three) [b](#one-1) [c](other.md) [d](#four) `[e](no.md)`\n")
    assert broken(page) == ["other.md", "#four"]


@pytest.mark.parametrize("page", OPERATED, ids=lambda page: page.stem)
def test_a_page_about_the_stack_names_parameters_that_the_template_has(page):
    text = page.read_text()
    given = {name for name in re.findall(r"\b([A-Z][A-Za-z]+)=", text) if not name.isupper()} - OF_THE_AWS_CLI
    assert given <= set(TEMPLATE["Parameters"])


@pytest.mark.parametrize("page", OPERATED, ids=lambda page: page.stem)
def test_names_in_code_are_names_of_the_template(page):
    known = {*TEMPLATE["Parameters"], *TEMPLATE["Outputs"], *TEMPLATE["Resources"]}
    # Words of AWS.
    known |= {"Latency", "Errors", "LookupEvents", "Throttles"}
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][A-Za-z]+)+)`", page.read_text()))
    assert named <= known


def test_the_runbook_has_a_section_for_each_alarm_and_for_no_other():
    alarms = {name for name, body in TEMPLATE["Resources"].items() if body["Type"] == "AWS::CloudWatch::Alarm"}
    sections = re.findall(r"^### (\w+Alarm)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(alarms)


def test_the_newest_release_of_the_changelog_is_the_version_of_the_workspace_and_each_tag_has_its_part():
    first, *others = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first == "Unreleased"
    released = [re.fullmatch(r"(\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d", heading)[1] for heading in others]
    assert released == sorted(released, key=lambda version: [int(part) for part in version.split(".")], reverse=True)
    tags = subprocess.run(["git", "tag", "--list", "v*"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {tag.removeprefix("v") for tag in tags} <= set(released)
    [version] = re.findall(r'^version = "([\d.]+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert released[:1] == [version]


def routes() -> set[tuple[str, str]]:
    """Methods and paths of the template, without files of pages and paths that only other clients' signatures lead to."""
    events = (event for resource in TEMPLATE["Resources"].values() for event in resource["Properties"].get("Events", {}).values())
    found = {(event["Properties"]["Method"].upper(), event["Properties"]["Path"]) for event in events if event["Type"] == "Api"}
    return {(method, path) for method, path in found
            if "ANY" not in method and not path.startswith("/api.prismacloud.io/") and "{file}" not in path}


def test_the_readme_lists_each_route():
    text = (ROOT / "README.md").read_text()
    table = text[text.index("## Operations"):text.index("`make routes`")]
    listed = set()
    for line in table.splitlines():
        methods = re.findall(r"[`(]([A-Z]+)(?=[` ])", line)
        listed |= {(method, path) for path in re.findall(r"(/[^` ]*)`", line) for method in methods}
        # A row without methods is about all methods of its paths.
        listed |= {("", path) for path in re.findall(r"`(/[^` ]*)`", line) if not methods}
    # The clients of Ncloud ask below /api/v1 for what other clients ask for without it.
    missing = {(method, path) for method, path in routes()
               if not {(method, path), ("", path), (method, path.removeprefix("/api/v1"))} & listed}
    assert missing == set()


def test_each_command_of_make_exists():
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    unknown = {(page.name, name) for page in PAGES for name in re.findall(r"(?:`|\$ )make ([a-z][a-z0-9-]*)", page.read_text())
               if name not in targets}
    assert unknown == set()


@pytest.mark.parametrize("file", sorted((ROOT / "docs/schemas").glob("*.json")), ids=lambda file: file.stem)
def test_a_schema_of_a_document_is_a_schema(file):
    schema = json.loads(file.read_text())
    jsonschema.validators.validator_for(schema, default=None).check_schema(schema)


# Short words that hide the subject of a sentence, or what it does: "show", "report", "return" and the noun are plain.
RIDDLES = re.compile(r"\b(tells?|told|telling|stands?|stood|whoever|whomever|whatever)\b", re.IGNORECASE)
# The glossary lists words not to use, and the titles of decisions are names of files.
FREE = [page for page in PAGES if page.name != "glossary.md" and "decisions" not in page.parts]


@pytest.mark.parametrize("page", FREE, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_uses_plain_words(page):
    found = [f"{number}: {line}" for number, line in enumerate(without_code(page.read_text()).splitlines(), 1) if RIDDLES.search(line)]
    assert not found, "\n".join(found)


def test_every_page_that_a_source_names_exists():
    search = ["git", "grep", "--untracked", "-hoE", r"docs/[a-z0-9/-]+\.md", "--", "*.rs", "*.py", "*.sh", "Makefile", "*.yaml"]
    sources = subprocess.run(search, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert len(sources) > 40
    assert sorted({page for page in sources if not (ROOT / page).exists()}) == []
