"""What is stored outlives a release: members that this release does not know, because a later one wrote them, do no harm.

That is the rule for everything that has no version of its own. Jobs, plans, results, snapshots and tokens have versions; the unit
tests of `store` and `functions` read those of the release before, and refuse those of a later one.
"""

import boto3
import requests
from clients_with_keys import Keys, Prisma
from test_access_keys import POLICY
from test_inventory import DETAILS, Inventory, details

UNKNOWN = {"M": {"text": {"S": "x"}, "list": {"L": [{"N": "1"}]}}}


class Tenant:
    """Requests of one account to a stack."""

    def __init__(self, stack, headers):
        self.stack, self.headers = stack, headers

    def __call__(self, method: str, path: str, body=None):
        reply = requests.request(method, self.stack.api + path, json=body, headers=self.headers, timeout=60)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.text else None


def write_one_of_each(ask, keys) -> dict:
    """Something of each kind, with the ids that lead back to it."""
    policy = ask("POST", "/policies", {**POLICY, "policyName": "kept-policy"})["policyId"]
    ask("POST", "/sub-accounts/web-1/policies", {"policyIdList": [policy]})
    account = keys.account
    portal = ask("POST", "/portals", {"portalName": "Line 7", "portalContactEmail": "line7@example.com",
                                      "roleArn": f"arn:aws:iam::{account}:role/portal", "tags": {"team": "seven"}})["portalId"]
    project = ask("POST", "/projects", {"portalId": portal, "projectName": "Caps"})["projectId"]
    access = ask("POST", "/access-policies", {
        "accessPolicyIdentity": {"iamRole": {"arn": f"arn:aws:iam::{account}:role/web"}}, "accessPolicyPermission": "VIEWER",
        "accessPolicyResource": {"project": {"id": project}}, "clientToken": "7" * 36})["accessPolicyId"]
    search = ask("POST", "/api/v1/permission", {"query": "config from iam where source.cloud.type = 'AWS'", "limit": 1})
    ask("POST", f"/search/history/{search['id']}", {"name": "kept", "query": search["query"]})
    job = ask("PUT", "/policy/generation", {
        "policyGenerationDetails": {"principalArn": f"arn:aws:iam::{account}:role/web"},
        # There is no such trail: the job fails, and is listed all the same.
        "cloudTrailDetails": {
            "accessRole": f"arn:aws:iam::{account}:role/reader", "startTime": "2026-11-01T00:00:00Z",
            "trails": [{"cloudTrailArn": f"arn:aws:cloudtrail:us-east-1:{account}:trail/none", "allRegions": True}]}})["jobId"]
    key, secret = keys.create(name="kept")
    return {"policy": policy, "portal": portal, "project": project, "access": access, "search": search["id"], "job": job,
            "page": search["data"]["nextPageToken"], "key": key, "secret": secret}


def read(ask, keys, written: dict) -> dict:
    """What the replies say about all of it."""
    prisma = Prisma(ask.stack)
    logged_in = prisma.log_in(written["key"], written["secret"])
    assert logged_in.ok, logged_in.text
    return {
        "policy": ask("GET", f"/policies/{written['policy']}?withPermissions=true"),
        "policies": ask("GET", "/policies"),
        "attached": ask("GET", "/sub-accounts/web-1/policies"),
        "portal": ask("GET", f"/portals/{written['portal']}"),
        "project": ask("GET", f"/projects/{written['project']}"),
        "projects": ask("GET", f"/projects?portalId={written['portal']}"),
        "access": ask("GET", f"/access-policies/{written['access']}"),
        "accesses": ask("GET", f"/access-policies?resourceType=PROJECT&resourceId={written['project']}"),
        "search": ask("GET", f"/search/history/{written['search']}"),
        "searches": ask("GET", "/search/history?filter=saved"),
        "page": ask("POST", "/api/v1/permission/page", {"pageToken": written["page"]})["items"],
        "jobs": [job["jobId"] for job in ask("GET", "/policy/generation")["policyGenerations"]],
        "keys": [key["id"] for key in keys.list()],
        "documents": ask("GET", "/api/v1/inventory")["documents"],
        "meta": prisma("GET", "/meta_info").json(),
    }


def database(stack, account):
    """A client of the database itself."""
    return boto3.client("dynamodb", endpoint_url=stack.dynamodb, region_name=stack.region, aws_access_key_id=account,
                        aws_secret_access_key="local")


def add_unknown_members(stack, dynamodb) -> int:
    """Puts a member that nothing reads into every item of every table."""
    changed = 0
    for table in stack.tables.values():
        keys = [key["AttributeName"] for key in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                dynamodb.update_item(
                    TableName=table, Key={name: item[name] for name in keys}, UpdateExpression="SET writtenByALaterRelease = :value",
                    ExpressionAttributeValues={":value": UNKNOWN})
                changed += 1
    return changed


def test_members_that_a_later_release_wrote_change_no_answer(own_stack, client_of, account, signed, eventually):
    running = own_stack()
    stack = running.start()
    ask, keys = Tenant(stack, signed()), Keys(stack, signed())
    keys.account = account
    clients = client_of(stack, account)
    Inventory(stack, clients("s3", local=True), account, signed, eventually).accept(DETAILS, details(account, "alice", UserDetailList=[{
        "Arn": f"arn:aws:iam::{account}:user/alice", "UserName": "alice", "UserPolicyList": [{"PolicyName": "all", "PolicyDocument": {
            "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}}]}]))
    written = write_one_of_each(ask, keys)
    before = read(ask, keys, written)
    assert len(before["page"]) > 0
    assert add_unknown_members(stack, database(stack, account)) > 20
    # New processes have nothing in memory.
    ask.stack = stack = running.restart()
    assert read(ask, keys, written) == before
    # What was read is written again: a replacement keeps to its own form.
    ask("PUT", f"/policies/{written['policy']}", {**POLICY, "policyName": "kept-policy", "description": "another"})
    assert "another" in ask("GET", f"/policies/{written['policy']}").values()
    ask("DELETE", f"/access-policies/{written['access']}")
    ask("DELETE", f"/search/history/{written['search']}")
    assert keys.delete(written["key"]).ok
