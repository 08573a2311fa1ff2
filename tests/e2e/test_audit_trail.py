"""The line that each invocation leaves in the log of its function: who did what, with which outcome, and nothing secret."""

import pytest
import requests
from clients_with_keys import Keys, Prisma
from test_access_keys import POLICY


@pytest.fixture
def running(own_stack):
    return own_stack()


@pytest.fixture
def lines_of(running, eventually):
    """The lines of an operation, once there are as many as are wanted."""

    def lines(operation: str, wanted: int = 1) -> list[dict]:
        def written():
            found = [line for line in running.lines() if line.get("operation") == operation]
            return found if len(found) >= wanted else None

        return eventually(written, within=60)

    return lines


def test_writes_and_searches_leave_a_line_with_who_and_what_and_without_what_was_sent(running, lines_of, client_of, account, signed):
    stack, caller = running.start(), f"arn:aws:iam::{account}:user/local"
    send = lambda method, path, body, **more: requests.request(  # noqa: E731
        method, stack.api + path, json=body, headers=signed(**more), timeout=30)
    created = send("POST", "/policies", {**POLICY, "policyName": "hidden-name"}).json()
    [line] = lines_of("CreatePolicy")
    assert line["resources"] == [created["policyId"]]
    assert (line["tenant"], line["principal"], line["method"]) == (account, caller, "POST")
    assert (line["outcome"], line["status"], line["ColdStarts"]) == ("succeeded", 200, 1)
    assert line["request_id"] and line["Latency"] > 0

    unknown = send("PUT", "/policies/no-such-policy", POLICY)
    assert unknown.status_code in (400, 404)
    [line] = lines_of("UpdatePolicy")
    assert (line["outcome"], line["status"]) == ("refused", unknown.status_code)
    assert line["resources"] == ["no-such-policy"]
    assert line["request_id"] == unknown.headers["x-amzn-RequestId"]

    query = "config from iam where source.cloud.type = 'AWS' AND action.name = 'hidden-query'"
    search = send("POST", "/api/v1/permission", {"query": query, "limit": 5}).json()["data"]
    [line] = lines_of("GetPermissions")
    assert line["tenant"] == account and line["Rows"] == len(search["items"])
    assert len(line["resources"]) == 1

    key, secret = Keys(stack, signed()).create()
    prisma = Prisma(stack)
    assert prisma.log_in(key, secret).ok and prisma.log_in(key, "hidden-password").status_code == 401
    made, (entered, refused) = lines_of("CreateAccessKey"), lines_of("LogIn", 2)
    assert made[0]["resources"] == [key] and made[0]["principal"] == caller
    assert (entered["tenant"], entered["resources"], entered["outcome"]) == (account, [key], "succeeded")
    assert refused["outcome"] == "refused"

    log = (running.folder / "data/log.jsonl").read_text()
    assert secret not in log and "hidden" not in log


def test_an_import_leaves_a_line_with_what_it_read_and_refused(running, lines_of, client_of, account):
    stack = running.start()
    s3 = client_of(stack, account)("s3", local=True)
    key = f"{account}/authorization-details.json"
    s3.put_object(Bucket=stack.buckets["InventoryBucket"], Key=key, Body=b'{"UserDetailList": "hidden"}')
    line = lines_of("ImportInventory")[0]
    assert (line["tenant"], line["resources"]) == (account, [key])
    assert (line["Files"], line["Bytes"], line["RefusedDocuments"]) == (1, 28, 1)
    assert line["outcome"] == "succeeded" and "principal" not in line
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["operation"]]
    assert {metric["Name"] for metric in directive["Metrics"]} >= {"Files", "Bytes", "RefusedDocuments", "Faults"}
