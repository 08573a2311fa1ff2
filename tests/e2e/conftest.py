"""A running stack for the tests, and clients for it.

The stack is started once for all tests of a process, on free ports, with a folder of its own. Tests share it without seeing
each other: each has an account of its own, which is the access key id of its requests.
"""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import requests
import used_rights
from api_description import Description, Exchanges, differences
from botocore.config import Config
from trails import Trail
from whole_lines import whole_lines

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
TEMPLATE = ROOT / "template.yaml"

exchanges = Exchanges()


@dataclass(frozen=True)
class Stack:
    """Where a running stack is, as its ready file says."""

    api: str
    aws: str
    dynamodb: str
    region: str
    tables: dict
    buckets: dict
    functions: dict
    process: int


class RunningStack:
    """A stack that this process starts; `restart` keeps its ports and its data."""

    def __init__(self, folder: Path, *flags: str | Path, **environment: str):
        self.folder = folder
        self.flags = flags or ("--template", TEMPLATE)
        self.environment = environment
        self.ports = {"PORT": "0", "AWS_PORT": "0", "DYNAMODB_PORT": "0"}
        self.process = None
        self.log = folder / "log"

    def start(self) -> Stack:
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        binary = Path(os.environ.get("LOCAL_BINARY", ROOT / "target/debug/local"))
        python = os.environ.get("LOCAL_PYTHON", ROOT / ".venv/bin/python")
        command = [binary, *self.flags, "--python", python, "--ready-file", ready]
        environment = {**os.environ, **self.ports, "LOCAL_DIR": str(self.folder / "data"), **self.environment}
        if ROOT / "template.yaml" in self.flags:
            environment["LOCAL_USED_RIGHTS"] = str(used_rights.new_file())
        if TEMPLATE in self.flags:
            written = self.folder / f"exchanges-{time.monotonic_ns()}.jsonl"
            environment["LOCAL_EXCHANGES"] = str(written)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the stack did not start:\n{self.log.read_text()}")
            time.sleep(0.02)
        stack = Stack(**json.loads(ready.read_text()))
        urls = {"PORT": stack.api, "AWS_PORT": stack.aws, "DYNAMODB_PORT": stack.dynamodb}
        self.ports = {name: url.rsplit(":", 1)[1] for name, url in urls.items()}
        if TEMPLATE in self.flags:
            exchanges.add(written, stack.api)
        return stack

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)

    def lines(self) -> list[dict]:
        """The lines in the log of the functions and of the runner."""
        written, _ = whole_lines(self.folder / "data/log.jsonl")
        return [json.loads(line) for line in written]

    def restart(self, how: signal.Signals = signal.SIGTERM) -> Stack:
        self.stop(how)
        return self.start()


def runs_tests_for_another(config) -> bool:
    """Whether pytest-xdist started this process to run a part of the tests."""
    return hasattr(config, "workerinput")


def pytest_sessionstart(session):
    if not runs_tests_for_another(session.config):
        used_rights.forget()


def pytest_sessionfinish(session, exitstatus):
    config = session.config
    if runs_tests_for_another(config):
        return
    # The process that lets others run the tests has no list of them.
    all_files = any(Path(argument).resolve() == Path(__file__).parent for argument in config.args)
    config.complaints_about_rights = used_rights.complaints(all_files and exitstatus == 0 and not config.option.keyword)
    if config.complaints_about_rights:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    for complaint in getattr(config, "complaints_about_rights", []):
        terminalreporter.write_line(f"RIGHTS {complaint}", red=True)


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """The stack that all tests share."""
    running = RunningStack(tmp_path_factory.mktemp("stack"))
    yield running.start()
    running.stop()


@pytest.fixture(scope="session")
def description(stack):
    """The description of the API."""
    return Description(stack.api)


@pytest.fixture(autouse=True)
def held_to_the_description(description):
    """Fails the test whose requests or replies are not as the description of the API says."""
    exchanges.take()
    yield
    found = differences(exchanges.take(), description)
    assert not found, "not as docs/openapi says:\n" + "\n".join(found)


@pytest.fixture
def own_stack(tmp_path):
    """Makes a stack for one test alone, to stop, kill or configure: `own_stack(LOCAL_NO_IDENTITY="1").start()`."""
    started = []

    def make(*flags: str | Path, **environment: str) -> RunningStack:
        folder = tmp_path / f"stack-{len(started)}"
        folder.mkdir()
        started.append(RunningStack(folder, *flags, **environment))
        return started[-1]

    yield make
    for running in started:
        running.stop()


accounts = itertools.count(random.randrange(10**11, 9 * 10**11))


@pytest.fixture
def account() -> str:
    """An account that no other test uses: twelve digits."""
    return str(next(accounts))


class Clients:
    """boto3 clients of one account: of the API by default, of the local AWS services with `local=True`."""

    def __init__(self, stack: Stack, account: str):
        self.stack = stack
        self.account = account

    def __call__(self, service: str, *, local: bool = False, account: str | None = None, **config):
        url = self.stack.aws if local else self.stack.api
        return boto3.client(
            service,
            endpoint_url=url,
            region_name=self.stack.region,
            aws_access_key_id=account or self.account,
            aws_secret_access_key="local",
            # A retry would hide an answer that the test is about; host prefixes do not resolve on the loopback.
            config=Config(**{"retries": {"total_max_attempts": 1}, "inject_host_prefix": False, **config}),
        )


@pytest.fixture
def clients(stack, account) -> Clients:
    """boto3 clients of this test's account."""
    return Clients(stack, account)


@pytest.fixture
def aws(stack, account):
    """The AWS CLI as this test's account: `aws("s3api", "list-buckets", local=True)`; its answer, read as JSON."""

    def run(*arguments: str, local: bool = False):
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": stack.region,
            "AWS_ENDPOINT_URL": stack.aws if local else stack.api,
            "AWS_MAX_ATTEMPTS": "1",
            # Nothing of the machine's own settings.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        command = [Path(sys.executable).parent / "aws", "--output", "json", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


@pytest.fixture
def client_of():
    """`client_of(stack, account)` makes clients for another stack or account."""
    return Clients


def authorization(account: str, service: str = "execute-api") -> str:
    """A signature that names the account; nothing checks the signature itself."""
    scope = f"{account}/20260101/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local"


@pytest.fixture
def signed(account):
    """Headers of a request whose signature names this test's account; nothing checks the signature itself."""

    def headers(account: str = account, service: str = "execute-api", **more: str) -> dict:
        return {"Authorization": authorization(account, service), **more}

    return headers


def wait_until(ask, within: float = 15.0, every: float = 0.02):
    deadline = time.monotonic() + within
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} seconds; the last answer was {answer!r}")
        time.sleep(every)


@pytest.fixture
def eventually():
    """`eventually(ask)` asks until the answer is true and gives it back; fails after `within` seconds."""
    return wait_until


@pytest.fixture
def trail(clients):
    return Trail(clients)


@pytest.fixture
def analyzer(clients):
    return clients("accessanalyzer")


@pytest.fixture
def principal(account):
    return f"arn:aws:iam::{account}:role/app/web"


@pytest.fixture
def generate(analyzer, trail, principal, eventually):
    """Starts a generation and waits for its end; gives the answer of the read."""

    def run(principal=principal, details=None, **flags):
        job = analyzer.start_policy_generation(
            policyGenerationDetails={"principalArn": principal}, cloudTrailDetails=details or trail.details())["jobId"]

        def ended():
            answer = analyzer.get_generated_policy(jobId=job, **flags)
            return answer if answer["jobDetails"]["status"] != "IN_PROGRESS" else None

        return eventually(ended, within=30)

    return run


@pytest.fixture
def evidence(stack, signed):
    """The evidence of a job, by its id."""
    return lambda job: requests.get(f"{stack.api}/policy/generation/{job}/evidence", headers=signed()).json()
