"""What the local stack does with any template, shown with a small one and a function that does as it is told.

The function is `local/examples/echo.rs`; `cargo test -p local` or `cargo build -p local --example echo` builds it.
"""

import base64
import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from conftest import ROOT, RunningStack
from test_local_stack import children_of, is_alive
from whole_lines import whole_lines

BINARIES = ROOT / "target/debug/examples"


def flags(seen):
    template = ROOT / "local/tests/template.yaml"
    return ("--template", template, "--binaries", BINARIES, "--parameter", f"SeenFile={seen}")


class Seen:
    """The records that the consumer wrote down."""

    def __init__(self, folder):
        self.file = folder / "seen"

    def records(self, source: str) -> list[dict]:
        lines, _ = whole_lines(self.file)
        return [record for record in map(json.loads, lines) if record["eventSource"] == source]

    def keys(self) -> list[str]:
        return [record["dynamodb"]["Keys"]["sk"]["S"] for record in self.records("aws:dynamodb")]

    def objects(self) -> list[str]:
        return [record["s3"]["object"]["key"] for record in self.records("aws:s3")]


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    """A shared stack of the small template."""
    folder = tmp_path_factory.mktemp("echo")
    running = RunningStack(folder, *flags(folder / "seen"))
    stack = running.start()
    yield stack, Seen(folder)
    running.stop()


@pytest.fixture
def own_echo(own_stack, tmp_path):
    """A stack of the small template for one test alone."""
    return own_stack(*flags(tmp_path / "seen")), Seen(tmp_path)


def put(dynamodb, stack, pk: str, sk: str, **more):
    dynamodb.put_item(TableName=stack.tables["Items"], Item={"pk": {"S": pk}, "sk": {"S": sk}, **more})


def test_a_request_arrives_as_the_event_of_a_rest_api(echo, signed, account):
    stack, _ = echo
    url = f"{stack.api}/things/a%2Fb?q=1&q=x%20y"
    event = requests.put(url, data=b"{}", headers=signed(**{"X-Own": "yes"}), timeout=10).json()["event"]
    assert event["resource"] == "/things/{id}"
    assert event["pathParameters"] == {"id": "a%2Fb"}
    assert event["queryStringParameters"] == {"q": "x y"}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "x y"]}
    assert event["multiValueHeaders"]["x-own"] == ["yes"]
    assert event["body"] == "{}"
    assert event["requestContext"]["identity"]["accountId"] == account
    assert event["requestContext"]["stage"] == "local"


def test_bytes_arrive_as_base64(echo):
    stack, _ = echo
    event = requests.post(f"{stack.api}/things/1", data=b"\xff\x00", timeout=10).json()["event"]
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff\x00")


def test_a_function_has_the_environment_of_the_template_and_of_lambda(echo):
    stack, _ = echo
    environment = requests.get(f"{stack.api}/things", timeout=10).json()["environment"]
    assert environment["ITEMS_TABLE"] == stack.tables["Items"]
    assert environment["GREETING"] == "hello from local-stack"
    assert "RUDENESS" not in environment
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["AWS_ENDPOINT_URL_DYNAMODB"] == stack.dynamodb
    assert "HOME" not in environment


@pytest.mark.parametrize("asked", ["fail", "die", "malformed", "large", "sleep"])
def test_a_function_without_a_proper_answer_is_a_502_and_goes_on(echo, asked):
    stack, _ = echo
    answer = requests.get(f"{stack.api}/things?do={asked}", timeout=20)
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    assert answer.headers["x-amzn-ErrorType"] == "InternalServerErrorException"
    assert requests.get(f"{stack.api}/things", timeout=10).status_code == 200


def test_status_headers_and_body_of_the_function_are_sent(echo):
    stack, _ = echo
    answer = requests.get(f"{stack.api}/things?do=text", timeout=10)
    assert (answer.status_code, answer.text) == (201, "hello")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-many"] == "one, two"
    assert answer.headers["x-amzn-remapped-date"] == "yesterday"


def test_the_gateways_own_answers_have_the_templates_shape(echo):
    stack, _ = echo
    unknown = requests.post(f"{stack.api}/things", timeout=10)
    assert unknown.status_code == 403
    assert unknown.json() == {"message": "Missing Authentication Token", "kind": "MISSING_AUTHENTICATION_TOKEN"}
    large = requests.post(f"{stack.api}/things/1", data=b"x" * (10 * 1024 * 1024 + 1), timeout=30)
    assert (large.status_code, large.json()["kind"]) == (413, "REQUEST_TOO_LARGE")


def test_many_requests_at_once_are_all_answered(echo):
    stack, _ = echo
    with ThreadPoolExecutor(50) as pool:
        answers = pool.map(lambda number: requests.get(f"{stack.api}/things/{number}", timeout=30), range(200))
        ids = [answer.json()["event"]["pathParameters"]["id"] for answer in answers]
    assert ids == [str(number) for number in range(200)]


def test_requests_may_come_without_identity(own_stack, tmp_path):
    stack = own_stack(*flags(tmp_path / "seen"), LOCAL_NO_IDENTITY="1").start()
    event = requests.get(f"{stack.api}/things", timeout=10).json()["event"]
    assert event["requestContext"]["identity"]["accountId"] is None


def test_changes_of_a_table_reach_the_consumer_filtered_and_soon(echo, client_of, account, eventually):
    stack, seen = echo
    dynamodb = client_of(stack, account)("dynamodb", local=True)
    put(dynamodb, stack, "OTHER#1", f"{account}-filtered")
    put(dynamodb, stack, "JOB#1", f"{account}-wanted")
    written = time.monotonic()
    eventually(lambda: f"{account}-wanted" in seen.keys(), every=0.005)
    # The promise is 0.1 seconds; a busy machine gets more.
    assert time.monotonic() - written < 2
    assert f"{account}-filtered" not in seen.keys()
    record = seen.records("aws:dynamodb")[seen.keys().index(f"{account}-wanted")]
    assert f":dynamodb:us-east-1:000000000000:table/{stack.tables['Items']}/stream/" in record["eventSourceARN"]
    assert record["dynamodb"]["NewImage"]["pk"] == {"S": "JOB#1"}


def test_a_failed_record_is_delivered_again_and_given_up_after_the_last_retry(echo, client_of, account, eventually):
    stack, seen = echo
    dynamodb = client_of(stack, account)("dynamodb", local=True)

    def times(sk: str) -> int:
        return seen.keys().count(f"{account}-{sk}")

    put(dynamodb, stack, f"JOB#{account}", f"{account}-twice", fails={"N": "1"})
    eventually(lambda: times("twice") == 2)
    put(dynamodb, stack, f"JOB#{account}", f"{account}-always", fails={"N": "99"})
    eventually(lambda: times("always") == 4)  # once, and three retries
    put(dynamodb, stack, f"JOB#{account}", f"{account}-after")
    eventually(lambda: times("after") == 1)
    assert (times("twice"), times("always")) == (2, 4)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_after_a_restart_a_stream_goes_on_where_it_was(own_echo, client_of, account, eventually, how):
    running, seen = own_echo
    stack = running.start()
    dynamodb = client_of(stack, account)("dynamodb", local=True)
    for number in range(20):
        put(dynamodb, stack, f"JOB#{number}", f"before-{number}")
    eventually(lambda: len(set(seen.keys())) == 20)
    time.sleep(0.2)  # the position of the last one is written after its delivery
    children = children_of(stack.process)
    running.stop(how)
    eventually(lambda: not any(is_alive(child) for child in children))

    stack = running.start()
    put(client_of(stack, account)("dynamodb", local=True), stack, "JOB#1", "after")
    eventually(lambda: "after" in seen.keys())
    assert sorted(seen.keys()) == sorted([f"before-{number}" for number in range(20)] + ["after"])


def test_no_record_is_lost_when_the_stack_is_killed_at_work(own_echo, client_of, account, eventually):
    running, seen = own_echo
    stack = running.start()
    dynamodb = client_of(stack, account)("dynamodb", local=True)
    for number in range(150):
        put(dynamodb, stack, f"JOB#{number % 7}", str(number))
    running.stop(signal.SIGKILL)
    running.start()
    eventually(lambda: set(seen.keys()) == {str(number) for number in range(150)})


def test_new_objects_reach_the_consumer_once(own_echo, client_of, account, eventually, tmp_path):
    running, seen = own_echo
    stack = running.start()
    s3 = client_of(stack, account)("s3", local=True)
    bucket = stack.buckets["Uploads"]
    s3.put_object(Bucket=bucket, Key="in/a b+c.json", Body=b"{}")
    s3.put_object(Bucket=bucket, Key="in/other.txt", Body=b"{}")
    s3.copy_object(Bucket=bucket, Key="copy.json", CopySource={"Bucket": bucket, "Key": "in/a b+c.json"})
    large = tmp_path / "large"
    large.write_bytes(b"x" * (20 << 20))
    s3.upload_file(str(large), bucket, "large.json")
    eventually(lambda: len(seen.objects()) == 3)
    by_key = {record["s3"]["object"]["key"]: record for record in seen.records("aws:s3")}
    assert by_key["in/a+b%2Bc.json"]["s3"]["object"]["size"] == 2
    assert by_key["copy.json"]["eventName"] == "ObjectCreated:Copy"
    assert by_key["large.json"]["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert by_key["large.json"]["s3"]["object"]["size"] == 20 << 20
    assert s3.get_object(Bucket=bucket, Key="in/a b+c.json")["Body"].read() == b"{}"

    stack = running.restart()
    s3 = client_of(stack, account)("s3", local=True)
    s3.put_object(Bucket=bucket, Key="after.json", Body=b"{}")
    eventually(lambda: "after.json" in seen.objects())
    assert len(seen.objects()) == 4


def test_a_function_can_be_invoked_by_hand(echo, client_of, account):
    stack, _ = echo
    functions = client_of(stack, account)("lambda", local=True)
    answer = functions.invoke(FunctionName="Echo", Payload=b'{"a":1}')
    assert json.loads(json.loads(answer["Payload"].read())["body"])["event"] == {"a": 1}
    failed = functions.invoke(FunctionName="Echo", Payload=b'{"queryStringParameters":{"do":"fail"}}')
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read())["errorMessage"] == "asked to fail"


def test_a_function_that_has_reserved_two_invocations_refuses_a_third_and_runs_again(echo, client_of, account):
    stack, _ = echo
    functions = client_of(stack, account)("lambda", local=True)
    sleep = b'{"queryStringParameters":{"do":"sleep"}}'

    def invoke(payload):
        try:
            return functions.invoke(FunctionName="Reserved", Payload=payload)
        except functions.exceptions.TooManyRequestsException as error:
            return error

    # Those that run time out after two seconds.
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(invoke, [sleep] * 5))
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(refused) == 3
    assert refused[0].response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert refused[0].response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert "FunctionError" not in invoke(b"{}")


def test_events_that_nobody_waits_for_wait_until_the_function_may_run(echo, client_of, account, eventually):
    stack, seen = echo
    functions = client_of(stack, account)("lambda", local=True)
    sleep = {"queryStringParameters": {"do": "sleep"}}
    records = [{"Records": [{"eventSource": "by hand", "number": number}]} for number in range(5)]
    for event in [sleep, sleep, *records]:
        answer = functions.invoke(FunctionName="Reserved", InvocationType="Event", Payload=json.dumps(event))
        assert answer["StatusCode"] == 202
    eventually(lambda: sorted(one["number"] for one in seen.records("by hand")) == list(range(5)), within=30)


def test_the_access_key_is_the_account_and_a_role_belongs_to_its_own(echo, client_of, account):
    stack, _ = echo
    clients = client_of(stack, account)
    assert clients("sts", local=True).get_caller_identity()["Account"] == account
    role = "arn:aws:iam::444455556666:role/reader"
    clients("iam", local=True, account="444455556666").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    session = clients("sts", local=True).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    assumed = clients("sts", local=True, account=session["AccessKeyId"])
    assert assumed.get_caller_identity()["Account"] == "444455556666"
