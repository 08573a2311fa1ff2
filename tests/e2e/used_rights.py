"""Least privilege, measured: the rights that functions use during the tests, compared with the roles of the template.

Each stack of the tests writes down the IAM actions of the requests that its functions send, with tables and indexes. A right
that is used and not granted would be a refusal on AWS. A right that is granted and not used by any test is taken away, or has a
reason in `unused_rights.py`.
"""

import json
import re
import shutil
import uuid
from pathlib import Path

import yaml
from unused_rights import UNUSED
from whole_lines import whole_lines

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target/used-rights"
# Lambda itself uses these, with the role of the function: for its log, its stream, and what it gave up.
OF_LAMBDA = re.compile(r"logs:|sqs:SendMessage|dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)$")


class Template(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation: of `!Sub`, `!Ref` and `!GetAtt` the text stays."""


Template.add_multi_constructor("!", lambda loader, suffix, node: node.value if isinstance(node, yaml.ScalarNode) else None)


def new_file() -> Path:
    """Where a stack that starts writes what its functions use."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / f"{uuid.uuid4()}.jsonl"


def forget() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)


def used() -> set[tuple[str, str, str]]:
    """Function, action, and the table with its index; other resources are not told apart."""
    lines = [json.loads(line) for file in FOLDER.glob("*.jsonl") for line in whole_lines(file)[0]]
    return {(line["function"], line["action"], line["resource"] if line["action"].startswith("dynamodb:") else "")
            for line in lines}


def granted() -> set[tuple[str, str, str]]:
    """The same of the roles in the template."""
    template = yaml.load((ROOT / "template.yaml").read_text(), Template)
    defaults = {name: str(parameter.get("Default")) for name, parameter in template["Parameters"].items()}

    def resource(text: str) -> str:
        table = re.search(r":table/\$\{(\w+)\}(.*)", text or "")
        return defaults[table[1]] + table[2] if table else ""

    found = set()
    for name, function in template["Resources"].items():
        if function["Type"] != "AWS::Serverless::Function":
            continue
        for policy in template["Resources"][f"{name}Role"]["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions, resources = ([one] if isinstance(one, str) else one for one in (statement["Action"], statement["Resource"]))
                found |= {(name, action, resource(of)) for action in actions for of in resources if not OF_LAMBDA.match(action)}
    return found


def complaints(of_all_tests: bool) -> list[str]:
    """What does not fit. That a right is not used can be told only after all tests have run."""
    says, needs = granted(), used()
    found = [f"{function} uses {action} {resource} and its role does not allow it" for function, action, resource in sorted(needs - says)]
    if of_all_tests:
        found += [f"{function} may {action} {resource} and no test used it: take it away, or give a reason in unused_rights.py"
                  for function, action, resource in sorted(says - needs - set(UNUSED))]
        found += [f"unused_rights.py: {function} {action} {resource} is not granted: take the line away"
                  for function, action, resource in sorted(set(UNUSED) - says)]
    return found
