"""Holds the requests and replies of the tests to the description of the API.

The local stack writes down every request that it gets and its reply, whichever client sent it (`LOCAL_EXCHANGES`). The fixture
`held_to_the_description` of conftest compares them with the description that the API serves after each test, and fails the
test when something differs.

A reply must be described in whole: also a member that the description lacks is a difference. A request has to be as
described only when it succeeds, because tests send faulty requests on purpose.
"""

import base64
import copy
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

import requests
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.exceptions import PathError
from werkzeug.datastructures import Headers, ImmutableMultiDict
from whole_lines import whole_lines

# Bodies that are not JSON.
TEXTS = ("application/x-ndjson", "image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript", "text/plain")


@dataclass
class Sent:
    """A request in the form that openapi-core reads."""

    host_url: str
    method: str
    path: str
    query: str
    headers: dict
    body: bytes | None
    # The API does not look at it.
    content_type: str = "application/json"
    parameters: RequestParameters = field(init=False)

    def __post_init__(self):
        query = ImmutableMultiDict(parse_qsl(self.query, keep_blank_values=True))
        self.parameters = RequestParameters(query=query, header=Headers(self.headers))


@dataclass
class Received:
    """A reply in the form that openapi-core reads."""

    status_code: int
    headers: Headers
    data: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "application/json")


class Description:
    """The description that a stack serves."""

    def __init__(self, api: str):
        document = requests.get(f"{api}/openapi.json", timeout=30).json()
        # Who calls is the subject of tests of its own; the local stack takes an account from any signature.
        document.pop("security", None)
        for item in document["paths"].values():
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("security", None)
        self.document = document
        self.read()

    def read(self) -> None:
        texts = Config(extra_media_type_deserializers=dict.fromkeys(TEXTS, text))
        self.requests = OpenAPI.from_dict(self.document, config=texts)
        self.replies = OpenAPI.from_dict(closed(copy.deepcopy(self.document)), config=texts)

    def differences(self, sent: Sent, received: Received) -> list[str]:
        errors = list(self.replies.iter_response_errors(sent, received))
        if any(isinstance(error, PathError) for error in errors) and received.status_code >= 400:
            # Neither the description nor the API has such an operation.
            return []
        found = [f"reply {error_text(error)}" for error in errors]
        if received.status_code < 300:
            found += [f"request {error_text(error)}" for error in self.requests.iter_request_errors(sent)]
        return found


def closed(value):
    """The same schemas, in which an object has no other members than the described ones."""
    if isinstance(value, dict):
        for member in value.values():
            closed(member)
        kind = value.get("type")
        if isinstance(kind, (str, list)) and "object" in kind and "properties" in value:
            value.setdefault("additionalProperties", False)
    elif isinstance(value, list):
        for item in value:
            closed(item)
    return value


def error_text(error: Exception) -> str:
    parts = [str(error)]
    while error.__cause__:
        error = error.__cause__
        parts.append(str(error))
    for schema_error in getattr(error, "schema_errors", []):
        parts.append(f"{schema_error.json_path}: {schema_error.message}"[:600])
    return ": ".join(parts)


def without_nulls(value):
    """A null member is an absent one."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def body_of(text: bytes) -> bytes | None:
    try:
        return json.dumps(without_nulls(json.loads(text))).encode()
    except (ValueError, RecursionError):
        return text or None


class Exchanges:
    """What stacks have written down and no test has looked at yet."""

    def __init__(self):
        self.files: dict[Path, tuple[str, int]] = {}

    def add(self, file: Path, api: str) -> None:
        """Reads the file of this stack from now on."""
        self.files[file] = (api, 0)

    def take(self) -> list[tuple[Sent, Received]]:
        found = []
        for file, (api, start) in self.files.items():
            lines, end = whole_lines(file, start)
            self.files[file] = (api, end)
            found += [exchange(api, json.loads(line)) for line in lines]
        return found


def exchange(api: str, line: dict) -> tuple[Sent, Received]:
    body, reply_body = (base64.b64decode(line[name]) for name in ("body", "replyBody"))
    sent = Sent(api, line["method"].lower(), plain(line["path"]), line["query"], dict(line["headers"]), body_of(body))
    return sent, Received(line["status"], Headers([tuple(pair) for pair in line["replyHeaders"]]), reply_body)


def plain(path: str) -> str:
    """The path without percent signs where none is needed (RFC 3986, section 6.2.2.2)."""
    def character(code: re.Match) -> str:
        text = chr(int(code[1], 16))
        return text if re.fullmatch(r"[A-Za-z0-9._~-]", text) else code[0]

    return re.sub("%([0-9A-Fa-f]{2})", character, path)


def differences(exchanges: list[tuple[Sent, Received]], description: Description) -> list[str]:
    """How exchanges differ from the description."""
    found = [
        f"{sent.method.upper()} {sent.path} -> {received.status_code}: {difference}"
        for sent, received in exchanges for difference in description.differences(sent, received)
    ]
    return list(dict.fromkeys(found))


def text(body: bytes, **_parameters) -> str:
    return body.decode()
