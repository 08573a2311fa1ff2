"""One way to call the clients of different languages: `call` answers members or raises `Refused`."""

import json
import re
import subprocess
from datetime import datetime, timezone

from botocore import xform_name
from botocore.exceptions import ClientError


class Refused(Exception):
    """A typed error of the service; `status` and `members` where the client tells them."""

    def __init__(self, name: str, status: int | None, members: dict):
        super().__init__(name, status, members)
        self.name, self.status, self.members = name, status, members


def moment(value) -> datetime:
    """A time as the clients show it: an object, or text in ISO 8601."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).astimezone(timezone.utc)


class Boto:
    def __init__(self, client):
        self.client = client

    def call(self, operation: str, **members) -> dict:
        try:
            answer = getattr(self.client, xform_name(operation))(**members)
        except ClientError as error:
            name = error.response["Error"]["Code"]
            assert type(error) is getattr(self.client.exceptions, name), f"{error!r} is not typed"
            raise Refused(name, error.response["ResponseMetadata"]["HTTPStatusCode"], error.response) from error
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def pages(self, operation: str, key: str, size: int, **members) -> list:
        pages = self.client.get_paginator(xform_name(operation)).paginate(PaginationConfig={"PageSize": size}, **members)
        return [item for page in pages for item in page[key]]

    def wait(self, waiter: str, **members) -> None:
        self.client.get_waiter(xform_name(waiter)).wait(**members)


class Cli:
    def __init__(self, environment: dict, executable):
        self.environment, self.executable = environment, executable

    def _run(self, *arguments: str) -> dict:
        command = [self.executable, "--output", "json", "iotsitewise", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)
        if done.returncode:
            error = re.search(r"An error occurred \((\w+)\) when calling", done.stderr)
            assert error, done.stderr
            raise Refused(error[1], None, {})
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def call(self, operation: str, **members) -> dict:
        return self._run(xform_name(operation, "-"), "--cli-input-json", json.dumps(members))

    def pages(self, operation: str, key: str, size: int, **members) -> list:
        arguments = ["--cli-input-json", json.dumps(members), "--page-size", str(size)]
        return self._run(xform_name(operation, "-"), *arguments)[key]

    def wait(self, waiter: str, **members) -> None:
        self._run("wait", xform_name(waiter, "-"), "--cli-input-json", json.dumps(members))


class JavaScript:
    """The SDK in a process of Node."""

    def __init__(self, process: subprocess.Popen):
        self.process = process

    def _ask(self, request: dict):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the process ended"
        answer = json.loads(line)
        if "error" in answer:
            error = answer["error"]
            assert error["typed"], f"{error} is not typed"
            raise Refused(error["name"], error["status"], error)
        return answer["result"]

    def call(self, operation: str, **members) -> dict:
        answer = self._ask({"operation": operation, "input": members})
        return {name: value for name, value in answer.items() if name != "$metadata"}

    def pages(self, operation: str, key: str, size: int, **members) -> list:
        return self._ask({"operation": operation, "input": members, "key": key, "pageSize": size})

    def wait(self, waiter: str, **members) -> None:
        assert self._ask({"wait": waiter, "input": members}) == "SUCCESS"
