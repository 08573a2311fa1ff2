"""What the local stack promises whatever the operations are."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from botocore.exceptions import ClientError
from conftest import ROOT, wait_until


def test_all_tables_and_buckets_of_the_template_exist(stack, clients):
    tables = clients("dynamodb", local=True).list_tables()["TableNames"]
    assert set(stack.tables.values()) <= set(tables)
    s3 = clients("s3", local=True)
    for bucket in stack.buckets.values():
        s3.head_bucket(Bucket=bucket)


def test_the_command_line_reaches_the_local_services(aws, account):
    aws("s3api", "create-bucket", "--bucket", f"logs-{account}", local=True)
    buckets = aws("s3api", "list-buckets", local=True)["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == [f"logs-{account}"]
    with pytest.raises(RuntimeError, match="NoSuchBucket"):
        aws("s3api", "list-objects", "--bucket", f"none-{account}", local=True)


def test_every_answer_has_a_request_id(stack):
    answers = [requests.get(f"{stack.api}/no/such/route", timeout=10) for _ in range(2)]
    ids = {answer.headers["x-amzn-RequestId"] for answer in answers}
    assert len(ids) == 2


def test_a_body_above_10_mb_is_refused(stack):
    answer = requests.post(f"{stack.api}/no/such/route", data=b"x" * (10 * 1024 * 1024 + 1), timeout=30)
    assert answer.status_code in (403, 413)
    assert "message" in answer.json()


def test_an_unknown_function_cannot_be_invoked(clients):
    with pytest.raises(ClientError) as refused:
        clients("lambda", local=True).invoke(FunctionName="no-such-function")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_data_survives_a_restart_and_no_child_stays_behind(own_stack, client_of, account, eventually, how):
    running = own_stack()
    stack = running.start()
    table = sorted(stack.tables.values())[0]
    dynamodb = client_of(stack, account)("dynamodb", local=True)
    keys = dynamodb.describe_table(TableName=table)["Table"]
    kinds = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in keys["AttributeDefinitions"]}
    key = {part["AttributeName"]: {kinds[part["AttributeName"]]: "7"} for part in keys["KeySchema"]}
    dynamodb.put_item(TableName=table, Item={**key, "kept": {"S": "yes"}})
    children = children_of(stack.process)
    assert children

    running.stop(how)
    eventually(lambda: not any(is_alive(child) for child in children))

    again = client_of(running.start(), account)("dynamodb", local=True)
    assert again.get_item(TableName=table, Key=key)["Item"]["kept"] == {"S": "yes"}


def test_a_busy_port_is_one_clear_line(own_stack, stack):
    running = own_stack()
    running.ports["PORT"] = stack.api.rsplit(":", 1)[1]
    with pytest.raises(RuntimeError) as failed:
        running.start()
    assert "PORT: 127.0.0.1:" in str(failed.value)


def test_ports_are_checked_before_the_build(stack):
    port = stack.api.rsplit(":", 1)[1]
    environment = {**os.environ, "PORT": port, "AWS_PORT": "0", "DYNAMODB_PORT": "0"}
    done = subprocess.run([sys.executable, ROOT / "local/check_ports.py"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{port} (PORT)" in done.stderr and "LOCAL_DIR=.local-2 make run" in done.stderr
    environment["PORT"] = "0"
    assert subprocess.run([sys.executable, ROOT / "local/check_ports.py"], env=environment).returncode == 0


@pytest.mark.parametrize("command", [
    "s3api list-buckets", "s3api list-objects-v2 --bucket b", "iam list-users", "cloudtrail describe-trails",
    "sts get-caller-identity", "dynamodb list-tables", "lambda invoke --function-name x /dev/null",
])
def test_the_api_says_where_the_other_services_are(aws, stack, command):
    with pytest.raises(RuntimeError) as failed:
        aws(*command.split())
    assert "(WrongPort) when calling the " in str(failed.value)
    assert f"are on {stack.aws}: set AWS_ENDPOINT_URL" in str(failed.value)


@pytest.mark.parametrize("service, operation", [("accessanalyzer", "list_policy_generations"), ("iotsitewise", "list_portals")])
def test_the_other_services_say_where_the_api_is(clients, stack, service, operation):
    with pytest.raises(ClientError, match="WrongPort") as failed:
        getattr(clients(service, local=True), operation)()
    assert f"The API is on {stack.api}" in str(failed.value)


def test_an_unsigned_request_to_the_wrong_port_is_told_by_its_path(stack):
    answer = requests.get(f"{stack.aws}/api/v1/inventory", timeout=10)
    assert answer.status_code == 400 and f"The API is on {stack.api}" in answer.json()["message"]


def test_an_access_key_id_that_is_no_account_is_refused_with_the_reason(stack, signed):
    answer = requests.get(f"{stack.api}/api/v1/inventory", headers=signed("AKIAIOSFODNN7EXAMPLE"), timeout=10)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, "UnrecognizedClientException")
    assert "set AWS_ACCESS_KEY_ID to twelve digits" in answer.json()["message"]


def test_an_unsigned_request_belongs_to_the_account_of_the_stack(stack):
    portal = {"portalName": "unsigned", "portalContactEmail": "a@example.com", "roleArn": "arn:aws:iam::111122223333:role/r"}
    made = requests.post(f"{stack.api}/portals", json=portal, timeout=10).json()
    assert ":111122223333:portal/" in made["portalArn"]
    requests.delete(f"{stack.api}/portals/{made['portalId']}", timeout=10)


def test_what_people_read_at_the_start_has_at_most_15_lines(tmp_path):
    # With a ready file, as other tests start a stack, no access key is made and shown.
    command = [os.environ.get("LOCAL_BINARY", ROOT / "target/debug/local"), "--python", ROOT / ".venv/bin/python"]
    environment = {**os.environ, "PORT": "0", "AWS_PORT": "0", "DYNAMODB_PORT": "0", "LOCAL_DIR": str(tmp_path / "data")}
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_until(lambda: "DynamoDB " in log.read_text(), within=60)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    printed = log.read_text()
    assert "secret" in printed
    # `make run` also prints the last line of cargo.
    assert 1 + printed.count("\n") <= 15, printed


def test_the_greeting_is_short_and_ends_with_the_addresses_and_each_request_is_a_line(own_stack):
    running = own_stack()
    stack = running.start()
    requests.get(f"{stack.api}/api/v1/inventory?secret=1", timeout=10)
    requests.get(f"{stack.api}/no/such/path", timeout=10)
    running.stop(signal.SIGINT)
    printed = running.log.read_text()
    greeting, _, lines = printed.partition(stack.dynamodb + "\n")
    assert greeting.count("\n") < 15
    assert greeting.splitlines()[-3].split()[:2] == ["API", stack.api]
    first, second = lines.strip().splitlines()
    assert re.fullmatch(r"GET    /api/v1/inventory  200  \d+ ms  GetInventory", first)
    assert re.fullmatch(r"GET    /no/such/path  404  \d+ ms  UnknownOperation", second)
    log = (running.folder / "data/log.jsonl").read_text().splitlines()
    # A function that waits for an event when the stack ends loses its connection, and says so in a line of its own.
    assert log and all(json.loads(line) for line in log if not line.startswith("Error: hyper"))


def test_the_routes_are_printed_without_the_catch_all(stack):
    binary = Path(os.environ.get("LOCAL_BINARY", ROOT / "target/debug/local"))
    printed = subprocess.run([binary, "--routes"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    routes = [line.split() for line in printed.splitlines()]
    assert ["POST", "/api/v1/permission", "GetPermissions"] in routes
    assert not [route for route in routes if route[0] == "ANY" or "proxy" in route[1]]


def test_two_stacks_do_not_share_a_folder(own_stack, tmp_path):
    first = own_stack()
    first.start()
    second = own_stack(LOCAL_DIR=str(first.folder / "data"))
    with pytest.raises(RuntimeError) as failed:
        second.start()
    assert "another local stack uses" in str(failed.value)


def test_an_interrupt_ends_everything(own_stack, eventually):
    running = own_stack()
    stack = running.start()
    children = children_of(stack.process)
    running.stop(signal.SIGINT)
    assert running.process.returncode == 0
    eventually(lambda: not any(is_alive(child) for child in children))


def children_of(process: int) -> list[int]:
    """Processes started by this one, from the kernel's table."""
    children = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == process:
            children.append(int(entry))
    return children


def is_alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_long_reply_is_compressed_for_who_takes_it(stack):
    def get(coding):
        return requests.get(f"{stack.api}/", headers={"Accept-Encoding": coding}, timeout=30, stream=True)

    plain, packed = get("identity"), get("gzip")
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert packed.content == plain.content and len(plain.content) > 1_024
    assert "Content-Encoding" not in requests.get(f"{stack.api}/policies", timeout=30).headers, "a short reply stays as it is"
