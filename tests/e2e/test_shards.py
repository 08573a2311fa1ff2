"""An organization whose accounts lie in several shards, over the running stack: every reply is that of one shard, or an error."""

import contextlib
import json
import os
import re
import signal
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from conftest import ROOT
from test_inventory import Inventory, entity
from test_permissions import Search, error

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


def lists(number: int) -> dict:
    """An account with a user, and a role that the account before it may assume: the last one's role is an administrator."""
    account, before = ACCOUNTS[number], ACCOUNTS[number - 1]
    allow = {"Effect": "Allow", "Action": ["s3:GetObject", "sts:AssumeRole"], "Resource": "*"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": before}}
    own = allow if number < 2 else everything
    return {
        "UserDetailList": [entity(account, "user", "ann", UserPolicyList=[
            {"PolicyName": "own", "PolicyDocument": {"Statement": allow}}])],
        "RoleDetailList": [entity(account, "role", "ops", AssumeRolePolicyDocument={"Statement": trust}, RolePolicyList=[
            {"PolicyName": "own", "PolicyDocument": {"Statement": own}}])],
    }


@pytest.fixture
def start(own_stack, client_of, account, signed, eventually):
    """Starts a stack with so many users and roles in a shard, and imports the organization."""

    def start(principals: int, *flags: str | Path):
        parameter = f"MaxShardPrincipals={principals}"
        stack = own_stack("--template", ROOT / "template.yaml", "--parameter", parameter, *flags).start()
        inventory = Inventory(stack, client_of(stack, account)("s3", local=True), account, signed, eventually)
        # One document: no snapshot of a part of the organization is ever in force.
        accounts = [lists(number) for number in range(len(ACCOUNTS))]
        together = {name: [one for account in accounts for one in account[name]] for name in accounts[0]}
        counts = inventory.accept("authorization-details.json", json.dumps(together))["counts"]
        assert (counts["accounts"], counts["users"], counts["roles"]) == (3, 3, 3)
        return stack, Search(stack, signed())

    return start


@pytest.fixture
def searches(start):
    """The same organization in one shard, and in a shard for each account."""
    return [start(principals)[1] for principals in (5000, 1)]


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


# Every form in which a search over all shards is answered.
FORMS = {
    "rows": lambda search: search.get(CONDITIONS[0], 50),
    "explained": lambda search: search.get(CONDITIONS[0], 50, explain=True),
    "csv": lambda search: search.get(CONDITIONS[0], 50, accept="text/csv"),
    "ndjson": lambda search: search.get(CONDITIONS[0], 50, accept="application/x-ndjson"),
    "groups": lambda search: search.post("/iam/api/v4/search/permission", {"query": QUERY, "groupByFields": ["source"]}),
}


def unavailable(answer):
    """There is no answer without one of the shards, in whatever form it was asked for."""
    error(answer, 503, "service_unavailable")
    assert answer.headers["Retry-After"] == "5"


def processes(stack) -> list[int]:
    """The processes of `SearchShard`."""
    def is_one(process: Path) -> bool:
        try:
            parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[1]
            return (process / "cmdline").read_bytes().split(b"\0")[0] == b"search-shard" and int(parent) == stack.process
        except OSError:
            return False

    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if is_one(process)]


def kill(stack):
    for process in processes(stack):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


class Parts:
    """The parts of a tenant's snapshots in the database."""

    def __init__(self, stack, account):
        self.table, self.account = stack.tables["PermissionsTable"], account
        self.dynamodb = boto3.client("dynamodb", endpoint_url=stack.dynamodb, region_name=stack.region,
                                     aws_access_key_id="local", aws_secret_access_key="local")

    def first_pieces(self) -> list[dict]:
        """The first pieces of all parts that are in force."""
        found = self.dynamodb.query(
            TableName=self.table, KeyConditionExpression="pk = :pk AND begins_with(sk, :part)",
            ExpressionAttributeValues={":pk": {"S": self.account}, ":part": {"S": "PART#"}})
        copies = [item["sk"]["S"].rsplit("#", 1)[1] for item in found["Items"] if "expiresAt" not in item]
        keys = [{"pk": {"S": f"{self.account}#{copy}#0000"}, "sk": {"S": "0000"}} for copy in copies]
        return [self.dynamodb.get_item(TableName=self.table, Key=key)["Item"] for key in keys]

    def of_shard(self, owner: str) -> dict:
        """The piece of the shard of an account: only a shard holds users with their policies."""
        def is_it(item: dict) -> bool:
            # Behind the version of the form.
            part = zlib.decompress(item["value"]["B"][5:])
            return f":{owner}:user/ann".encode() in part and b"s3:GetObject" in part

        shards = [item for item in self.first_pieces() if is_it(item)]
        assert len(shards) == 1
        return shards[0]

    def lose(self, item: dict):
        self.dynamodb.delete_item(TableName=self.table, Key={name: item[name] for name in ("pk", "sk")})

    def damage(self, item: dict):
        value = item["value"]["B"]
        self.dynamodb.put_item(TableName=self.table, Item={**item, "value": {"B": value[:40] + value[44:]}})


def test_a_shard_that_is_lost_or_damaged_makes_an_error_in_every_form_and_is_compiled_anew(start, account, eventually):
    stack, search = start(1)
    parts = Parts(stack, account)
    whole = {name: of_any_snapshot(ask(search)) for name, ask in FORMS.items()}
    for number, (name, ask) in enumerate(FORMS.items()):
        harm = parts.damage if number % 2 else parts.lose
        # Of the same account each time: the copies before would serve for the shard of another one.
        harm(parts.of_shard(ACCOUNTS[1]))
        # A new process has nothing in memory.
        kill(stack)
        unavailable(ask(search))
        eventually(lambda ask=ask: ask(search).status_code == 200, within=30)
        assert of_any_snapshot(ask(search)) == whole[name], name


class Late:
    """Binaries of which `SearchShard` waits, before it asks for its first event, as long as it is held."""

    def __init__(self, folder: Path):
        self.folder, self.held = folder / "binaries", folder / "held"
        self.folder.mkdir()
        program = Path(os.environ.get("LOCAL_BINARY", ROOT / "target/debug/local")).resolve().parent / "examples/all-functions"
        for source in (ROOT / "functions/src/bin").glob("*.rs"):
            (self.folder / source.stem).symlink_to(program)
        shard = self.folder / "search-shard"
        shard.unlink()
        wait = f'while [ -e "{self.held}" ]; do sleep 0.05; done'
        shard.write_text(f'#!/usr/bin/env bash\n{wait}\nexec -a search-shard "{program}"\n')
        shard.chmod(0o755)

    @contextlib.contextmanager
    def hold(self, stack):
        """The processes that run end: only processes that wait can take their place."""
        self.held.touch()
        kill(stack)
        try:
            yield
        finally:
            self.held.unlink()


def test_a_shard_that_is_late_makes_an_error_in_every_form(start, eventually, tmp_path):
    late = Late(tmp_path)
    stack, search = start(1, "--binaries", late.folder)
    whole = {name: of_any_snapshot(ask(search)) for name, ask in FORMS.items()}
    page = search.get(CONDITIONS[0], 5).json()["data"]["nextPageToken"]
    forms = {**FORMS, "page": lambda search: search.page(page)}
    # Side by side: each of them waits as long as a search waits for its shards.
    with late.hold(stack), ThreadPoolExecutor(len(forms)) as pool:
        answers = list(pool.map(lambda ask: ask(search), forms.values()))
    for answer in answers:
        unavailable(answer)
    eventually(lambda: FORMS["rows"](search).status_code == 200, within=30)
    assert {name: of_any_snapshot(ask(search)) for name, ask in FORMS.items()} == whole
