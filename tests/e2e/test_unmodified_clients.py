"""Clients of the originals, as their packages come, against the running stack: only address and keys are ours.

Prisma Cloud's clients for Python insist on TLS and on an address that ends in `.prismacloud.io`. The Go client, and
steampipe and Terraform upon it, cannot be installed here; what they send, read in their sources, is sent by hand.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from client_setups import bridge, node_modules  # noqa: F401  (a fixture)
from clients_with_keys import DOOR, Keys, Prisma, Tls
from conftest import ROOT
from test_permissions import imported  # noqa: F401  (a fixture)

QUERY = "config from iam where source.cloud.type = 'AWS'"


@pytest.fixture
def key(stack, signed):
    return Keys(stack, signed()).create()


@pytest.fixture
def tls(stack, tmp_path):
    front = Tls(stack.api, tmp_path)
    yield front
    front.close()


@pytest.fixture
def python_client(tls, key, tmp_path):
    from prismacloud.api.pc_lib_api import PrismaCloudAPI

    def make(**settings):
        client = PrismaCloudAPI()
        client.error_log = str(tmp_path / "error.log")
        client.configure({
            "name": "", "url": f"https://{tls.address}{DOOR}", "identity": key[0], "secret": key[1],
            "verify": str(tls.authority), **settings,
        })
        return client

    return make


@pytest.mark.parametrize("limit", [3, 1000])
def test_prismacloud_api_reads_every_row(imported, python_client, limit):  # noqa: F811
    client = python_client()
    rows = client.search_iam_read(search_params={"query": QUERY, "limit": limit})
    total = client.execute("POST", "api/v1/permission", body_params={"query": QUERY, "limit": 1})["data"]["totalRows"]
    assert len(rows) == total > 3
    assert len({row["id"] for row in rows}) == total


def test_prismacloud_api_extends_its_login(python_client):
    client = python_client()
    before = client.token
    client.extend_login()
    assert client.token and before
    # As after 590 seconds.
    client.token_timer -= 600
    assert client.meta_info() == {}


def test_prismacloud_api_ends_with_the_reason_for_a_wrong_secret(python_client):
    with pytest.raises(SystemExit, match="401"):
        python_client(secret="wrong")


def pc(tls, key, home, *arguments):
    (home / ".prismacloud").mkdir(exist_ok=True)
    (home / ".prismacloud/.community_supported_accepted").write_text("Yes")
    environment = {
        **os.environ, "HOME": str(home), "PC_URL": f"{tls.address}{DOOR}", "PC_IDENTITY": key[0], "PC_SECRET": key[1],
        "PC_CA_BUNDLE": str(tls.authority), "COLUMNS": "200",
    }
    command = [Path(sys.executable).parent / "pc", "--config", "environment", *arguments]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=120)


def test_prismacloud_cli_prints_rows(imported, tls, key, python_client, tmp_path):  # noqa: F811
    done = pc(tls, key, tmp_path, "--output", "json", "rql", "--query", QUERY)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = python_client().search_iam_read(search_params={"query": QUERY, "limit": 1000})
    assert done.stdout.count('"sourceResourceName"') == len(rows)


def test_prismacloud_cli_prints_what_is_wrong_with_a_query(tls, key, tmp_path):
    done = pc(tls, key, tmp_path, "--output", "json", "rql", "--query", "config from iam where source.cloud.typ = 'AWS'")
    output = done.stdout + done.stderr
    assert "rql_unknown_attribute" in output and "source.cloud.type" in output


# prisma-cloud-go at 7fec973: `Authenticate`, `Communicate`, and what it does after 401.
def test_the_requests_of_the_go_client(stack, imported, key):  # noqa: F811
    go = Prisma(stack)
    assert go.log_in(*key).ok
    body = {"query": QUERY, "limit": 10, "id": "", "timeRange": {"type": "to_now", "value": "epoch"}}
    first = go("POST", "/api/v1/permission", body)
    assert first.ok and len(first.json()["data"]["items"]) == 10
    again = go("POST", "/api/v1/permission", {**body, "id": first.json()["id"]})
    # The token of a page holds the second in which it was made.
    data = [{**reply.json()["data"], "nextPageToken": None} for reply in (first, again)]
    assert data[0] == data[1]
    # An error without the header is "returned HTML" to this client.
    refused = go("POST", "/api/v1/permission", {**body, "query": "config"})
    assert json.loads(refused.headers["X-Redlock-Status"])[0]["severity"] == "error"
    assert go("POST", "/api/v1/permission", body, token="over").status_code == 401
    assert go.log_in(*key).ok and go("POST", "/api/v1/permission", body).ok


# ---- ncloud-mcp-server 1.16.0 ------------------------------------------------------------------------------------


@pytest.fixture
def tool(stack, key, node_modules, tmp_path):  # noqa: F811
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "ncloud.mjs").write_text((ROOT / "tests/e2e/js/ncloud.mjs").read_text())
    environment = {**os.environ, "BASE_URL": stack.api, "ACCESS_KEY": key[0], "SECRET_KEY": key[1]}
    with bridge("node", "ncloud.mjs", cwd=tmp_path, env=environment) as process:

        def call(name, **arguments):
            process.stdin.write(json.dumps({"tool": name, "input": arguments}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            text = answer["content"][0]["text"]
            return answer.get("isError", False), text

        yield call


def test_the_sub_account_tools_of_ncloud_mcp_server(tool):
    permissions = [{"effect": "Allow", "targets": [
        {"product": "Server", "actions": ["View/getServerDetail"], "resourceNrns": ["*"]}]}]

    def works(name, **arguments):
        failed, text = tool(name, **arguments)
        assert not failed, f"{name}: {text}"
        return text

    works("ncloud_validate_policy", policyName="test-policy", permissions=permissions, description="x")
    created = works("ncloud_create_policy", policyName="test-policy", permissions=permissions, description="x")
    policy = json.loads(created[created.index("{"):])["policyId"]
    listed = works("ncloud_list_policies", page=0, size=10, type="USER_CREATED", searchColumn="policyName", searchWord="test")
    assert policy in listed
    assert "View/getServerDetail" in works("ncloud_get_policy_detail", policyId=policy, withPermissions=True)
    works("ncloud_update_policy", policyId=policy, permissions=permissions)
    assert "test-policy" in works("ncloud_get_policy_detail", policyId=policy, withPermissions=True)
    works("ncloud_attach_policy_to_sub_account", subAccountId="sub-1", policyIdList=[policy])
    assert "sub-1" in works("ncloud_get_policy_resources", policyId=policy)
    failed, text = tool("ncloud_delete_policy", policyId=policy, confirm=True)
    assert failed and "attached" in text
    works("ncloud_detach_policy_from_sub_account", subAccountId="sub-1", policyId=policy, policyIdList=[policy], confirm=True)
    deleted = works("ncloud_delete_policies", policyIdList=[policy, "none"], confirm=True)
    assert "true" in deleted and "false" in deleted
