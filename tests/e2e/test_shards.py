"""An organization whose accounts lie in several shards, over the running stack: every reply is that of one shard."""

import json
import re

import pytest
from conftest import ROOT
from test_inventory import Inventory, entity
from test_permissions import Search

ACCOUNTS = ["111122223333", "444455556666", "777788889999"]
CONDITIONS = [
    "dest.cloud.type = 'AWS'",
    "source.cloud.account = '444455556666' AND action.name = 's3:GetObject'",
    "source.cloud.account != dest.cloud.account",
    "source.public = true",
    "action.name CONTAINS ALL ('s3:GetObject', 'sts:AssumeRole')",
    "dest.cloud.resource.id COVERS 'arn:aws:iam::444455556666:role/ops'",
    "source.reachesadministrator = true",
    "action.access.isadministrative = true",
    "source.cloud.resource.name = 'nobody'",
    "source.cloud.account = '999999999999'",
    "source.mfaenabled = true",
]
QUERY = "config from iam where dest.cloud.type = 'AWS'"


def document(number: int) -> str:
    """An account with a user, and a role that the account before it may assume: the last one's role is an administrator."""
    account, before = ACCOUNTS[number], ACCOUNTS[number - 1]
    allow = {"Effect": "Allow", "Action": ["s3:GetObject", "sts:AssumeRole"], "Resource": "*"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": before}}
    own = allow if number < 2 else everything
    return json.dumps({
        "UserDetailList": [entity(account, "user", "ann", UserPolicyList=[
            {"PolicyName": "own", "PolicyDocument": {"Statement": allow}}])],
        "RoleDetailList": [entity(account, "role", "ops", AssumeRolePolicyDocument={"Statement": trust}, RolePolicyList=[
            {"PolicyName": "own", "PolicyDocument": {"Statement": own}}])],
    })


@pytest.fixture
def searches(own_stack, client_of, account, signed, eventually):
    """The same organization in one shard, and in a shard for each account."""
    made = []
    for principals in (5000, 1):
        parameter = f"MaxShardPrincipals={principals}"
        stack = own_stack("--template", ROOT / "template.yaml", "--parameter", parameter).start()
        inventory = Inventory(stack, client_of(stack, account)("s3", local=True), account, signed, eventually)
        for number, owner in enumerate(ACCOUNTS):
            counts = inventory.accept(f"{owner}/authorization-details.json", document(number))["counts"]
        assert (counts["accounts"], counts["users"], counts["roles"]) == (3, 3, 3)
        made.append(Search(stack, signed()))
    return made


def of_any_snapshot(reply) -> str:
    """The text of a reply without the ids and times of its snapshot, and without the token of the next page."""
    assert reply.status_code == 200, reply.text
    text = re.sub(r'"nextPageToken":"[^"]*"', '"nextPageToken":"…"', reply.text)
    return re.sub(r'"snapshot":\{[^}]*\}', '"snapshot":{}', text)


def test_every_reply_over_shards_is_that_of_one_shard(searches):
    for condition in CONDITIONS:
        replies = [search.get(condition, 50, explain=True) for search in searches]
        one, several = map(of_any_snapshot, replies)
        assert several == one, condition
    assert all(search.get(CONDITIONS[0], 1).json()["data"]["totalRows"] > 1000 for search in searches)
    for accept in ("text/csv", "application/x-ndjson"):
        one, several = (of_any_snapshot(search.get(CONDITIONS[1], 50, accept=accept)) for search in searches)
        assert several == one and one.strip()
    body = {"query": QUERY, "groupByFields": ["source", "sourceCloudAccount"]}
    one, several = (of_any_snapshot(search.post("/iam/api/v4/search/permission", body)) for search in searches)
    assert several == one
    one, several = (of_any_snapshot(search.suggest("config from iam where source.cloud.resource.name = 'an")) for search in searches)
    assert several == one


def test_pages_over_shards_follow_each_other(searches):
    pages = []
    for search in searches:
        first = search.get("action.name = 's3:GetObject' OR action.name = 'sts:AssumeRole'", 3).json()["data"]
        rows, token = list(first["items"]), first["nextPageToken"]
        while token:
            page = search.page(token)
            assert page.status_code == 200, page.text
            rows += page.json()["items"]
            token = page.json()["nextPageToken"]
        assert len(rows) == first["totalRows"]
        pages.append(rows)
    one, several = pages
    assert several == one and len(one) > 3
