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


# prisma-cloud-go, package `rql/history`, and `resource_saved_search.go` of the Terraform provider: a search is saved with
# `saved` false, then read until it is there, and deleted without a look at the reply.
def test_the_requests_of_terraforms_saved_search(stack, imported, key):  # noqa: F811
    go = Prisma(stack)
    assert go.log_in(*key).ok
    time = {"type": "to_now", "value": "epoch"}
    ran = go("POST", "/api/v1/permission", {"query": QUERY, "limit": 10, "id": "", "timeRange": time}).json()
    saved = {"name": "all", "id": ran["id"], "timeRange": time, "query": QUERY, "saved": False}
    assert go("POST", f"/search/history/{ran['id']}", saved).ok
    read = go("GET", f"/search/history/{ran['id']}").json()
    assert (read["query"], read["name"], read["description"], read["saved"]) == (QUERY, "all", "", True)
    listed = go("GET", "/search/history?filter=recent").json()
    assert [one["searchModel"]["id"] for one in listed if one["searchModel"]["name"] == "all"] == [ran["id"]]
    by_id = go("POST", "/api/v1/permission", {"query": "", "limit": 10, "id": ran["id"], "timeRange": time}).json()
    assert (by_id["saved"], by_id["name"], by_id["data"]["totalRows"]) == (True, "all", ran["data"]["totalRows"])
    assert go("DELETE", f"/search/history/{ran['id']}").ok
    gone = go("GET", f"/search/history/{'0' * 32}")
    # What this client takes for "object not found".
    assert json.loads(gone.headers["X-Redlock-Status"])[0]["i18nKey"] == "not_found"


# steampipe-plugin-prismacloud, `table_prismacloud_iam_permission.go`: all fields, page by page.
def test_the_requests_of_the_steampipe_plugin(stack, imported, key):  # noqa: F811
    go = Prisma(stack)
    assert go.log_in(*key).ok
    fields = ["source", "sourceCloudAccount", "grantedByEntity", "entityCloudAccount", "grantedByPolicy", "policyCloudAccount",
              "grantedByLevel", "action", "destination", "destCloudAccount", "lastAccess"]
    body = {"query": QUERY, "groupByFields": fields}
    first = go("POST", "/iam/api/v4/search/permission?limit=20", body).json()
    rows, token = first["data"]["items"], first["data"]["nextPageToken"]
    while token:
        page = go("POST", "/iam/api/v4/search/permission?limit=20", {**body, "nextPageToken": token}).json()
        rows, token = rows + page["data"]["items"], page["data"]["nextPageToken"]
    assert len({row["id"] for row in rows}) == len(rows) == first["data"]["totalRows"] > 20
    # The types of the plugin's structure; `null` leaves the zero value there.
    for row in rows:
        assert all(isinstance(value, (str, type(None))) for name, value in row.items() if name not in (
            "sourcePublic", "exceptions", "accessedResourcesCount", "wildCardDestCloudResourceName", "rowCount"))
        assert isinstance(row["sourcePublic"], bool) and isinstance(row["exceptions"], list)


# A public script: who has a policy, no limit, an empty token at first, pages of a thousand counted on.
def test_the_requests_of_a_script_that_lists_who_has_a_policy(stack, imported, key):  # noqa: F811
    script = Prisma(stack)
    assert script.log_in(*key).ok
    body = {"query": "config from iam where source.cloud.type = 'AWS' and grantedby.cloud.policy.name = 'logs'",
            "groupByFields": ["source", "sourceCloudAccount", "grantedByEntity", "entityCloudAccount", "grantedByPolicy",
                              "policyCloudAccount"], "nextPageToken": ""}
    data = script("POST", "/iam/api/v4/search/permission", body).json()["data"]
    assert data["totalRows"] == len(data["items"]) == 1 and data["nextPageToken"] is None
    item = data["items"][0]
    account = item["sourceCloudAccount"]
    assert (item["sourceResourceId"], item["grantedByCloudEntityId"], item["grantedByCloudEntityAccount"]) == (
        f"arn:aws:iam::{account}:user/alice", f"arn:aws:iam::{account}:group/dev", account)
    assert (item["grantedByCloudPolicyName"], item["grantedByCloudPolicyAccount"], item["grantedByCloudPolicyType"]) == (
        "logs", account, "Customer Managed Policy")


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
