"""What the local stack promises whatever the operations are."""

import os
import signal

import pytest
import requests
from botocore.exceptions import ClientError


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
