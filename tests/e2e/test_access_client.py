"""The command-line client over the running stack."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.fixture
def access(stack, account, tmp_path):
    """Runs `bin/access` as this test's account: `access("query", "…")`."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess:
        ports = {"PORT": stack.api.rsplit(":", 1)[1], "AWS_PORT": stack.aws.rsplit(":", 1)[1]}
        environment = {**os.environ, **ports, "AWS_ACCESS_KEY_ID": account, **environment}
        return subprocess.run(
            [ROOT / "bin/access", *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def imported(access, account, tmp_path):
    """An account with one user who may read one bucket."""
    statement = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a/*"]}
    policy = {"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    user = {"Arn": f"arn:aws:iam::{account}:user/alice", "UserName": "alice", "UserPolicyList": [policy]}
    file = tmp_path / "details.json"
    file.write_text(json.dumps({"UserDetailList": [user]}))
    done = access("import", file)
    assert done.returncode == 0, done.stderr
    assert "accepted: authorization-details.json; in force now: 1 accounts, 1 users" in done.stdout


def test_a_query_prints_rows_and_what_they_are_of(access, account, imported):
    done = access("query", "action.name = 's3:GetObject'")
    assert done.returncode == 0, done.stderr
    assert [row.split()[:4] for row in done.stdout.splitlines() if "alice" in row] == [
        ["alice", "user", "s3:GetObject", "arn:aws:s3:::a/*"]]
    assert f"1 row in account {account}, as imported at " in done.stderr


def test_each_format_holds_every_row(access, imported):
    query = "source.cloud.resource.name = 'alice'"
    actions = {"s3:GetObject", "s3:ListBucket"}
    whole = json.loads(access("query", query, "-o", "json").stdout)
    assert {row["effectiveActionName"] for row in whole["data"]["items"]} == actions
    lines = access("query", query, "-o", "ndjson", "--all").stdout.splitlines()
    assert {json.loads(line)["effectiveActionName"] for line in lines} == actions
    header, *rows = access("query", query, "-o", "csv", "--all").stdout.splitlines()
    assert header.startswith("accessedResourcesCount,") and len(rows) == 2
    assert access("query", query, "-o", "csv", "--limit", "1").stdout.count("\n") == 2


def test_rows_are_counted_by_groups(access, imported):
    query = "source.cloud.resource.name = 'alice'"
    done = access("query", query, "--group-by", "source,action")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines() if "alice" in line] == ["1", "1"]
    assert "2 groups" in done.stderr and "2 rows in account" in done.stderr
    assert json.loads(access("query", query, "--group-by", "source", "-o", "ndjson", "--all").stdout)["rowCount"] == 2
    wrong = access("query", query, "--group-by", "principal")
    assert wrong.returncode == 2 and "`principal` is none of source, " in wrong.stderr


def test_a_result_of_several_pages_is_put_together(access, imported):
    done = access("query", "source.cloud.resource.name = 'alice'", "--limit", "1")
    assert "2 rows" in done.stderr and "1 of them printed" in done.stderr


def test_a_wrong_query_shows_where_it_is_wrong(access):
    done = access("query", "action.nme = 'iam:PassRole'")
    assert done.returncode == 2
    message, query, carets, *rest = done.stderr.splitlines()
    assert message == "access: unknown attribute `action.nme` (HTTP 400)"
    assert query[carets.index("^") : carets.rindex("^") + 1] == "action.nme"
    assert "Did you mean `action.name`?" in rest


def test_an_account_without_import_is_named(access, account):
    done = access("query", "action.name = 'iam:PassRole'")
    assert done.returncode == 0
    assert account in done.stderr and "import" in done.stderr.lower()


def test_a_stack_that_is_not_there_is_said(access):
    done = access("query", "source.public = true", PORT="1")
    assert done.returncode == 2
    assert "nothing listens on http://127.0.0.1:1. Start the local stack with `make run`" in done.stderr


def test_an_account_is_checked_before_anything_is_uploaded(access, tmp_path):
    file = tmp_path / "authorization-details.json"
    file.write_text("{}")
    done = access("import", file, "--account", "12345")
    assert (done.returncode, done.stderr) == (
        2, "access: `12345` is not an account: an AWS account has twelve digits\n")


def test_a_policy_is_validated_and_every_fault_is_a_row(access, tmp_path):
    target = {"product": "Sever", "actions": ["View*"], "resourceNrns": ["*"]}
    policy = {"policyName": "web", "description": "", "permissions": [{"effect": "allow", "targets": [target]}]}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy))
    wrong = access("validate", file)
    assert wrong.returncode == 1
    assert "permissions[0].effect" in wrong.stdout and "permissions[0].targets[0].product" in wrong.stdout
    policy["permissions"] = [{"effect": "Allow", "targets": [{**target, "product": "Server"}]}]
    file.write_text(json.dumps(policy))
    right = access("validate", file)
    assert right.returncode == 0, right.stdout


def record(account: str, time: str, event: str, **more) -> dict:
    arn = f"arn:aws:iam::{account}:user/alice"
    identity = {"type": "IAMUser", "principalId": "AIDAALICE", "arn": arn, "accountId": account, "userName": "alice"}
    return {"eventVersion": "1.11", "userIdentity": identity, "eventTime": time, "eventSource": "sqs.amazonaws.com",
            "eventName": event, "awsRegion": "eu-west-1", "eventID": f"{event}-{time}", "eventType": "AwsApiCall",
            "managementEvent": True, "recipientAccountId": account, "eventCategory": "Management", **more}


def test_log_files_become_a_policy(access, account, tmp_path):
    logs = tmp_path / "logs" / "deeper"
    logs.mkdir(parents=True)
    # One file as CloudTrail names it, one of another name with two regions, and one that is no log file.
    named = {"Records": [record(account, "2026-10-01T10:00:00Z", "CreateQueue")]}
    name = f"{account}_CloudTrail_eu-west-1_20261001T1005Z_abcdefghijklmnop.json.gz"
    (logs / name).write_bytes(gzip.compress(json.dumps(named).encode()))
    mixed = [record(account, "2026-10-02T10:00:00Z", "ListQueues"),
             record(account, "2026-10-03T10:00:00Z", "DeleteQueue", awsRegion="us-west-2")]
    (logs.parent / "export.json").write_text(json.dumps({"Records": mixed}))
    (logs.parent / "other.json").write_text("{}")
    done = access("policy", "from-logs", logs.parent, "--principal", f"arn:aws:iam::{account}:user/alice")
    assert done.returncode == 0, done.stderr
    assert "3 records in 3 files uploaded; 3 records read, 3 of them of the principal; 3 actions" in done.stderr
    assert "other.json: no CloudTrail log" in done.stderr
    assert [row.split()[0] for row in done.stdout.splitlines() if "sqs:" in row] == [
        "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:ListQueues"]
    policy = json.loads((tmp_path / "policy-1.json").read_text())
    of = [statement["Action"] for statement in policy["Statement"]]
    actions = {action for one in of for action in ([one] if isinstance(one, str) else one)}
    assert actions == {"sqs:CreateQueue", "sqs:DeleteQueue", "sqs:ListQueues"}


def test_a_local_stack_on_other_ports_is_named_by_one_endpoint(access, stack, account, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "export.json").write_text(json.dumps({"Records": [record(account, "2026-10-01T10:00:00Z", "CreateQueue")]}))
    user = f"arn:aws:iam::{account}:user/alice"
    elsewhere = {"PORT": "1", "AWS_PORT": "1"}  # nothing listens there
    done = access("policy", "from-logs", logs, "--principal", user, "--endpoint", stack.api, **elsewhere)
    assert done.returncode == 0, done.stderr
    assert "sqs:CreateQueue" in (tmp_path / "policy-1.json").read_text()


def test_what_can_be_removed_is_printed_when_the_policies_are_imported(access, account, imported, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "export.json").write_text(json.dumps({"Records": [record(account, "2026-10-01T10:00:00Z", "CreateQueue")]}))
    done = access("policy", "from-logs", logs, "--principal", f"arn:aws:iam::{account}:user/alice")
    assert done.returncode == 0, done.stderr
    assert ["read", "user/alice", "2", "0", "0"] in [line.split() for line in done.stdout.splitlines()]
    assert ["sqs:CreateQueue", "added"] in [line.split()[:2] for line in done.stdout.splitlines()]
    assert "never used: 0 of 2 allowed actions" in done.stdout
    # Both are data events, and the log files have none of the service.
    assert "not known: 2 actions of s3" in done.stderr
    done = access("policy", "from-logs", logs, "--principal", f"arn:aws:iam::{account}:user/bob")
    assert f"do not describe `arn:aws:iam::{account}:user/bob`" in done.stderr


@pytest.mark.parametrize("principal, message", [
    ("arn:aws:sts::111122223333:assumed-role/web/i-1", "name its role, arn:aws:iam::111122223333:role/web"),
    ("web", "is not the ARN of a user or role"),
])
def test_a_wrong_principal_is_said_before_anything_is_uploaded(access, tmp_path, principal, message):
    done = access("policy", "from-logs", tmp_path, "--principal", principal)
    assert done.returncode == 2 and message in done.stderr


def test_everybody_who_can_do_an_action_on_a_resource_is_found(access, account, imported):
    done = access("who-can", "s3:GetObject", "arn:aws:s3:::a/key")
    assert done.returncode == 0, done.stderr
    assert "alice" in done.stdout
