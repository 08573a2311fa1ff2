"""Holds the requests and replies of the tests to the description of the API.

Every request that `requests` or botocore sends to a stack of `template.yaml` is compared with the description that the
API serves, and so is its reply. The fixture `held_to_the_description` of conftest does this after each test, and fails the
test when something differs.

A reply must be described in whole: also a member that the description lacks is a difference. A request has to be as
described only when it succeeds, because tests send faulty requests on purpose.
"""

import copy
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import requests
from botocore.httpsession import URLLib3Session
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.exceptions import PathError
from werkzeug.datastructures import Headers, ImmutableMultiDict

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


def body_of(body) -> bytes | None:
    if body is None or hasattr(body, "read"):
        return None
    text = body.encode() if isinstance(body, str) else bytes(body)
    try:
        return json.dumps(without_nulls(json.loads(text))).encode()
    except (ValueError, RecursionError):
        return text or None


class Watch:
    """Keeps what `requests` and botocore send and receive."""

    def __init__(self):
        self.stacks: set[str] = set()
        self.kept: list[tuple[Sent, Received]] = []

    def add(self, api: str) -> None:
        """Keeps from now on what is sent to this stack."""
        self.stacks.add(api.rstrip("/"))

    def look(self, method: str, url: str, headers, body, reply) -> None:
        parts = urlsplit(url)
        api = f"{parts.scheme}://{parts.netloc}"
        if api in self.stacks:
            sent = Sent(api, method.lower(), parts.path or "/", parts.query, text_headers(headers), body_of(body))
            self.kept.append((sent, Received(reply.status_code, Headers(text_headers(reply.headers)), reply.content)))

    def differences(self, description: Description) -> list[str]:
        """How what was kept differs from the description. Forgets it."""
        kept, self.kept = self.kept, []
        found = [
            f"{sent.method.upper()} {sent.path} -> {received.status_code}: {difference}"
            for sent, received in kept for difference in description.differences(sent, received)
        ]
        return list(dict.fromkeys(found))

    def install(self) -> None:
        by_requests, by_botocore = requests.Session.send, URLLib3Session.send

        def send(session, request, **options):
            reply = by_requests(session, request, **options)
            if not options.get("stream"):
                self.look(request.method, request.url, request.headers, request.body, reply)
            return reply

        def send_for_botocore(session, request):
            reply = by_botocore(session, request)
            if not request.stream_output:
                self.look(request.method, request.url, request.headers, request.body, reply)
            return reply

        requests.Session.send, URLLib3Session.send = send, send_for_botocore


def text(body: bytes, **_parameters) -> str:
    return body.decode()


def text_headers(headers) -> dict:
    return {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in headers.items()}
