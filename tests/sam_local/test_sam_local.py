"""The template in `sam local start-api`: every route in a container of its function, and records that come back.

SAM reads the template and starts the functions with Docker; the tables, S3, STS and CloudTrail are those of a local stack, whose
streams also start the background functions. Without BINARIES, a folder with a binary for each function as `make build` leaves it,
the functions run from the one program of the local stack.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import engine
import pytest
import requests
import yaml
from forwarder import forwarded

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from clients_with_keys import DOOR, Keys, Prisma, ncloud_headers  # noqa: E402
from conftest import RunningStack  # noqa: E402
from used_rights import Template  # noqa: E402

SAM = ROOT / ".venv-lint/bin"
PROGRAM = Path(os.environ.get("ALL_FUNCTIONS", ROOT / "target/debug/examples/all-functions"))
ACCOUNT = "111122223333"
ID = "6d7f1a9e-0000-4000-8000-000000000000"
START_SECONDS = 60
LINE_SECONDS = 20


def routes() -> list[tuple[str, str, str, str]]:
    """Function, method, path and authorizer of each route that is no method for all other methods."""
    resources = yaml.load((ROOT / "template.yaml").read_text(), Template)["Resources"]
    return [
        (name, event["Properties"]["Method"].upper(), event["Properties"]["Path"],
         event["Properties"].get("Auth", {}).get("Authorizer", ""))
        for name, function in resources.items()
        for event in function.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "Api" and "any" not in event["Properties"]["Method"].lower()
    ]


def folders_of_functions(folder: Path) -> None:
    """A folder for each function, with its program as `bootstrap`."""
    resources = yaml.load((ROOT / "template.yaml").read_text(), Template)["Resources"]
    for function in resources.values():
        if function["Type"] != "AWS::Serverless::Function":
            continue
        binary = function["Metadata"]["BuildProperties"]["Binary"]
        (folder / binary).mkdir(parents=True)
        bootstrap = folder / binary / "bootstrap"
        if "BINARIES" in os.environ:
            shutil.copy(Path(os.environ["BINARIES"]) / binary / "bootstrap", bootstrap)
        else:
            # A hard link: the mount of one folder does not lead into another one.
            os.link(PROGRAM, folder / binary / "functions")
            bootstrap.write_text(f"#!/bin/bash\nexec -a {binary} /var/task/functions\n")
        bootstrap.chmod(0o755)


@pytest.fixture(scope="session")
def workplace():
    """A folder in `target`, so that hard links to programs are possible."""
    folder = ROOT / "target/sam-local"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def stack(workplace):
    """The local stack that has the tables."""
    (workplace / "stack").mkdir()
    running = RunningStack(workplace / "stack")
    yield running.start()
    running.stop()


@pytest.fixture(scope="session")
def sam(workplace, stack):
    """`sam local start-api`: its address, and the lines that functions wrote."""
    folders_of_functions(workplace / "functions")
    program = next((workplace / "functions").glob("*/bootstrap")) if "BINARIES" in os.environ else PROGRAM
    ports = [urlsplit(url).port for url in (stack.aws, stack.dynamodb)]
    with engine.running(workplace / "docker", ROOT / "target/tools/docker"):
        emulator = next(SAM.parent.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{engine.ARCHITECTURE}"))
        image = engine.make_image([program], emulator)
        with forwarded(engine.gateway(), *ports) as (aws, dynamodb):
            leads = [f"AWS_ENDPOINT_URL=http://{engine.gateway()}:{aws}",
                     f"AWS_ENDPOINT_URL_DYNAMODB=http://{engine.gateway()}:{dynamodb}"]
            command = [SAM / "python", Path(__file__).with_name("adapted_template.py"), engine.ARCHITECTURE,
                       workplace / "functions", *leads]
            template = workplace / "template.json"
            template.write_bytes(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
            yield from started(image, template, workplace / "sam.log")


def started(image: str, template: Path, log: Path):
    port = free_port()
    command = [SAM / "sam", "local", "start-api", "--template", template, "--port", str(port), "--invoke-image", image,
               "--skip-pull-image", "--warm-containers", "LAZY", "--no-watch", "--region", "us-east-1"]
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, preexec_fn=heed_interrupts)
    place = SimpleNamespace(api=f"http://127.0.0.1:{port}", log=log)
    try:
        wait_for(lambda: answers(place.api), START_SECONDS, lambda: log.read_text()[-3000:])
        yield place
    finally:
        process.send_signal(signal.SIGINT)
        # It stops the container of each function, one after the other.
        process.wait(timeout=400)


def heed_interrupts():
    """Lets SIGINT end the new process: a shell makes what it starts in the background ignore it, with all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answers(url: str) -> bool:
    try:
        return requests.get(url + "/", timeout=30).ok
    except requests.ConnectionError:
        return False


def wait_for(ask, seconds: float, explain):
    deadline = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.1)


@pytest.fixture(scope="session")
def signed():
    scope = f"{ACCOUNT}/20260101/us-east-1/execute-api/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local"}


@pytest.fixture(scope="session")
def prisma(sam, signed):
    """A client of Prisma Cloud that has logged in with a new access key."""
    client = Prisma(sam)
    client.key, client.secret = Keys(sam, signed).create()
    reply = client.log_in(client.key, client.secret)
    assert reply.ok, reply.text
    return client


def lines_of(function: str) -> list[dict]:
    """The lines that the invocations of a function left in its containers. SAM itself does not show each of them."""
    return [line for line in engine.output_of(function) if line.get("operation") == function]


@pytest.mark.parametrize("function, method, path, authorizer", routes(), ids=lambda value: value)
def test_each_route_starts_its_function(sam, prisma, signed, function, method, path, authorizer):
    before = len(lines_of(function))
    path = path.format_map({"file": "explorer.css", **dict.fromkeys(
        ("jobId", "policyId", "accessPolicyId", "portalId", "projectId", "searchId", "subAccountId", "id", "status", "resourceArn",
         "accessKeyId"), ID)})
    headers = {"Content-Type": "application/json", **signed}
    if authorizer == "LoginToken":
        headers = {"Content-Type": "application/json", "x-redlock-auth": prisma.token}
    elif authorizer == "NcloudSignature":
        headers = {"Content-Type": "application/json", **ncloud_headers(method, path, prisma.key, prisma.secret)}
    body = None if method in ("GET", "HEAD") else "{}"
    reply = requests.request(method, sam.api + path, data=body, headers=headers, timeout=60)
    assert reply.status_code not in (403, 502, 504), reply.text
    wait_for(lambda: len(lines_of(function)) > before, LINE_SECONDS, lambda: f"{reply.status_code} {reply.text}")
    assert lines_of(function)[-1]["status"] == reply.status_code


# For each family, what its walk says when records that one request wrote came back in the reply to another one.
FAMILIES = {
    "policy_generation": ["the policy allows ", "1 job\n"],
    "permissions": ["rows, first: ", "the next ", "1 saved search", "users, "],
    "policies": ["web-operators, version ", "attached: True", "1 policy of this sub account", "detached: True"],
    "access_policies": ["1 access policy of this role", "tags {'team': 'line-7'}", "permission ADMINISTRATOR",
                        "0 access policies of this project"],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_records_are_written_and_read_back(sam, stack, family):
    walk = "import sys, demo; demo.walk_all(sys.argv[1], sys.argv[2], sys.argv[3:])"
    ports = {"PORT": str(urlsplit(sam.api).port), "AWS_PORT": str(urlsplit(stack.aws).port)}
    modules = f"{ROOT / 'demo'}:{ROOT / 'clients'}:{ROOT}"
    done = subprocess.run(
        [sys.executable, "-c", walk, sam.api, stack.aws, family], capture_output=True, text=True, timeout=300,
        env={**os.environ, **ports, "PYTHONPATH": modules, "COLUMNS": "200"})
    assert done.returncode == 0, done.stdout + done.stderr
    for said in FAMILIES[family]:
        assert said in done.stdout, f"{said!r} is not in\n{done.stdout}"
    assert not [line for line in done.stdout.splitlines() if "  500 " in line or "  502 " in line or "  403 " in line]


def test_an_access_key_is_listed_switched_off_and_deleted(sam, signed):
    keys, prisma = Keys(sam, signed), Prisma(sam)
    key, secret = keys.create(name="of sam local")
    assert key in [one["id"] for one in keys.list()]
    assert keys.set_status(key, False).ok and prisma.log_in(key, secret).status_code == 401
    assert keys.set_status(key, True).ok and prisma.log_in(key, secret).ok
    assert prisma("GET", "/meta_info").json() == {}
    assert keys.delete(key).ok and key not in [one["id"] for one in keys.list()]


def test_the_functions_use_the_tables_that_the_parameters_name(sam, stack, signed):
    # Another program wrote the record, into the tables of the same names.
    body = {"portalName": "of the local stack", "portalContactEmail": "one@example.com",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/portal"}
    made = requests.post(stack.api + "/portals", json=body, headers=signed, timeout=30)
    assert made.ok, made.text
    read = requests.get(f"{sam.api}/portals/{made.json()['portalId']}", headers=signed, timeout=60)
    assert read.json()["portalName"] == "of the local stack"


def test_unknown_paths_and_methods_are_told_apart(sam, signed):
    assert requests.get(sam.api + "/no/such/path", headers=signed, timeout=60).status_code == 404
    reply = requests.patch(sam.api + "/policies", headers=signed, timeout=60)
    assert reply.status_code == 405 and "GET" in reply.headers["Allow"]


def test_nothing_is_answered_behind_an_authorizer_without_a_token_or_with_a_wrong_one(sam):
    assert requests.get(sam.api + DOOR + "/meta_info", timeout=60).status_code == 401
    reply = requests.get(sam.api + DOOR + "/meta_info", headers={"x-redlock-auth": "x"}, timeout=60)
    # SAM answers the refusal of an authorizer so; API Gateway answers 401.
    assert reply.status_code == 502 and "Internal server error" in reply.text
