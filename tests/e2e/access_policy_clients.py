"""One way to call the clients of different languages: `call` answers members or raises `Refused`."""

import json
import re
import subprocess
from datetime import UTC, datetime

from botocore import xform_name
from botocore.exceptions import ClientError


class Refused(Exception):
    """A typed error of the service; `status` and `members` where the client tells them."""

    def __init__(self, name: str, status: int | None, members: dict):
        super().__init__(name, status, members)
        self.name, self.status, self.members = name, status, members


def moment(value) -> datetime:
    """A time as the clients show it: an object, seconds, or text in ISO 8601."""
    if isinstance(value, datetime):
        return value
    read = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
    return read.astimezone(UTC)


class Boto:
    def __init__(self, client):
        self.client = client

    def call(self, operation: str, **members) -> dict:
        try:
            answer = getattr(self.client, xform_name(operation))(**members)
        except ClientError as error:
            name = error.response["Error"]["Code"]
            assert type(error) is getattr(self.client.exceptions, name, None), f"{error!r} is not typed"
            raise Refused(name, error.response["ResponseMetadata"]["HTTPStatusCode"], error.response) from error
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def pages(self, operation: str, key: str, size: int, **members) -> list:
        pages = self.client.get_paginator(xform_name(operation)).paginate(PaginationConfig={"PageSize": size}, **members)
        return [item for page in pages for item in page[key]]

    def wait(self, waiter: str, **members) -> None:
        self.client.get_waiter(xform_name(waiter)).wait(**members)


class Bridge:
    """A process that answers each line with a line."""

    def __init__(self, process: subprocess.Popen):
        self.process = process

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the process ended"
        return json.loads(line)


class Cli(Bridge):
    """The AWS CLI, which tells neither the status of an error nor its members."""

    def run(self, *arguments: str) -> dict:
        """What a command of the service shows."""
        done = self.ask(["--output", "json", "iotsitewise", *arguments])
        if done["code"]:
            error = re.search(r"An error occurred \((\w+)\) when calling", done["error"])
            assert error, done["error"]
            raise Refused(error[1], None, {})
        return json.loads(done["shown"]) if done["shown"].strip() else {}

    def call(self, operation: str, **members) -> dict:
        return self.run(xform_name(operation, "-"), "--cli-input-json", json.dumps(members))

    def pages(self, operation: str, key: str, size: int, **members) -> list:
        arguments = ["--cli-input-json", json.dumps(members), "--page-size", str(size)]
        return self.run(xform_name(operation, "-"), *arguments)[key]

    def wait(self, waiter: str, **members) -> None:
        self.run("wait", xform_name(waiter, "-"), "--cli-input-json", json.dumps(members))


class JavaScript(Bridge):
    """The SDK in a process of Node."""

    def _ask(self, request: dict):
        answer = self.ask(request)
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
