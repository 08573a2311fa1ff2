"""The page of policy generation leads from a request to an applied policy: its blocks run as they stand, one after the other."""

import json
import os
import re
import subprocess
import textwrap

import pytest
from conftest import ROOT
from test_inventory import Inventory
from trails import Trail, allow, role_with

BLOCK = re.compile(r"^ {3}```sh\n(.*?)^ {3}```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[str]:
    page = (ROOT / "docs/policy-generation.md").read_text()
    section = page.split("\n## From a request to an applied policy\n", 1)[1].split("\n## ", 1)[0]
    return [textwrap.dedent(block) for block in BLOCK.findall(section)]


@pytest.fixture
def role(clients, account):
    """A role with a policy that allows too much."""
    iam = clients("iam", local=True)
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="web", Path="/app/", AssumeRolePolicyDocument=json.dumps(trust))
    document = {"Version": "2012-10-17", "Statement": [allow(["sqs:*", "s3:DeleteBucket"])]}
    old = iam.create_policy(PolicyName="old", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="web", PolicyArn=old)
    return {"ROLE": f"arn:aws:iam::{account}:role/app/web", "OLD_POLICY": old}


def test_the_page_leads_from_a_request_to_an_applied_policy(stack, clients, account, signed, eventually, role, tmp_path):
    trail = Trail(clients)
    trail.put([trail.record("sqs", "CreateQueue", requestParameters={"queueName": "q"})])
    inventory = Inventory(stack, clients("s3", local=True), account, signed, eventually)
    in_force = role_with(role["ROLE"], allow(["sqs:CreateQueue", "s3:DeleteBucket"]))
    inventory.accept("authorization-details.json", json.dumps(in_force))
    found = blocks()
    assert len(found) == 6
    environment = {
        "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": str(tmp_path), "ENDPOINT": stack.api,
        "READER": trail.role, "TRAIL": trail.arn, **role,
        "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": "", "AWS_ENDPOINT_URL": stack.aws,
    }
    script = "echo --\n".join(found)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=environment, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    _, _, gaps, compared, policies, _ = done.stdout.split("--\n")
    # The job ends with the log files of this very moment, and the tests' IAM has no last accessed report.
    assert [line.split()[0] for line in gaps.splitlines()] == ["LATE_FILES", "NO_LAST_ACCESSED_REPORT"]
    queue = f"arn:aws:sqs:us-east-1:{account}:q"
    assert compared.splitlines() == [
        "COMPARED ", "never used: s3:DeleteBucket", "not known:", f"NARROWED sqs:CreateQueue * -> {queue}"]
    iam = clients("iam", local=True)
    attached = iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["web-1"]
    version = iam.get_policy_version(PolicyArn=attached[0]["PolicyArn"], VersionId="v1")["PolicyVersion"]["Document"]
    statement, = version["Statement"]
    assert statement == {"Sid": "ObservedSid0", "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": queue}
    assert json.loads(policies) == version
