"""Simulated requests over the running stack, by HTTP and by the command-line client."""

import json

import pytest
import requests
from test_access_client import access  # noqa: F401
from test_permissions import imported, search  # noqa: F401


@pytest.fixture
def simulate(stack, signed):
    def ask(status=200, **members):
        reply = requests.post(f"{stack.api}/api/v1/permission/simulate", headers=signed(), json=members, timeout=60)
        assert reply.status_code == status, reply.text
        return reply.json()

    return ask


def test_the_decision_agrees_with_the_rows_and_names_the_statement(simulate, search, imported, account):  # noqa: F811
    rows = search.rows("dest.cloud.type = 'AWS' AND source.cloud.resource.type IN ('user', 'role')")
    # The organization is not imported, and the rest says nothing about the decision.
    harmless = {"AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED", "CLOUD_EVENT_NOT_SUPPORTED"}
    certain = [
        row for row in rows
        if row["destResourceId"] != "*" and {one["messageCode"] for one in row["exceptions"]} <= harmless
    ]
    assert certain
    for row in certain[:20]:
        reply = simulate(
            principal=row["sourceResourceId"], action=row["effectiveActionName"],
            resource=row["destResourceId"].replace("*", "x").replace("?", "x"))
        assert reply["decision"] == "allowed", (row, reply)
        assert row["grantedByCloudPolicyId"] in [one["policyId"] for one in reply["allowedBy"]]
    source = certain[0]["sourceResourceId"]
    wrong = simulate(principal=source, action="s3:GetObject", resource="arn:aws:s3:::only-a-bucket")
    assert wrong["decision"] == "notApplicable" and wrong["wouldChange"]


def test_what_is_unknown_is_said(simulate, imported, account):  # noqa: F811
    unknown = simulate(404, principal=f"arn:aws:iam::{account}:user/gone", action="s3:GetObject", resource="arn:aws:s3:::a/x")
    assert unknown["error"]["target"] == "principal" and "do not describe" in unknown["error"]["message"]
    other = simulate(404, principal="arn:aws:iam::999999999999:user/x", action="s3:GetObject", resource="arn:aws:s3:::a/x")
    assert "no document about the account" in other["error"]["message"]


def test_nothing_imported_is_said(simulate, account):
    reply = simulate(404, principal=f"arn:aws:iam::{account}:user/x", action="s3:GetObject", resource="arn:aws:s3:::a/x")
    assert "nothing is imported" in reply["error"]["message"]


def test_every_fault_of_a_request_is_named(simulate):
    reply = simulate(400, principal="ann", action="s3:*", resource="arn:aws:s3:::a/*")
    assert reply["error"]["code"] == "invalid_field" and len(reply["error"]["details"]) == 3


def test_the_client_shows_the_decision_and_its_status(access, account, tmp_path):  # noqa: F811
    statement = {
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    policy = {"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    arn = f"arn:aws:iam::{account}:user/alice"
    file = tmp_path / "details.json"
    file.write_text(json.dumps({"UserDetailList": [{"Arn": arn, "UserName": "alice", "UserPolicyList": [policy]}]}))
    assert access("import", file).returncode == 0
    request = ("simulate", arn, "s3:GetObject", "arn:aws:s3:::a/x")
    open_request = access(*request)
    assert open_request.returncode == 1 and "conditional" in open_request.stderr
    assert "`aws:multifactorauthpresent`" in open_request.stderr
    allowed = access(*request, "--context", "aws:MultiFactorAuthPresent=true")
    assert allowed.returncode == 0, allowed.stderr
    assert f"{arn}/read" in allowed.stdout.replace("\n", "") or "identity" in allowed.stdout
    closed = json.loads(access(*request, "--complete", "-o", "json").stdout)
    assert closed["decision"] == "notKnown" and closed["limitedBy"] == [{"layer": "identity"}]
    assert "the bucket policy of `arn:aws:s3:::a/x` is in no document" in closed["wouldChange"][0]
    refused = json.loads(access("simulate", arn, "iam:DeleteUser", arn, "--complete", "-o", "json").stdout)
    assert refused["decision"] == "implicitDeny" and refused["limitedBy"] == [{"layer": "identity"}]
