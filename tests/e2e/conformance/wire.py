"""Requests as bytes. No HTTP library of the clients: they correct what they think is wrong."""

import http.client
import json
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from .model import Operation

_connections = threading.local()


@dataclass
class Request:
    """One request; everything but the path's parameters may be replaced by raw text."""

    operation: Operation
    path: dict[str, str | None]
    query: list[tuple[str, str]]
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    raw_path: str | None = None
    raw_query: str | None = None

    @property
    def target(self) -> str:
        path = self.raw_path or self.operation.uri
        for name, value in self.path.items():
            path = path.replace("{%s}" % name, quote(value or "", safe=""))
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query)
        query = query if self.raw_query is None else self.raw_query
        return f"{path}?{query}" if query else path


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def serialise(operation: Operation, values: dict[str, Any]) -> Request:
    """A request that carries the values as they are, right or wrong."""
    shape = operation.input
    path = {shape.wire_name(name): values[name] for name in operation.members_in("uri")}
    query = []
    for name in operation.members_in("querystring"):
        if name in values:
            several = values[name] if isinstance(values[name], list) else [values[name]]
            query += [(shape.wire_name(name), text) for text in several]
    elsewhere = {*operation.members_in("uri"), *operation.members_in("querystring")}
    body = {name: value for name, value in values.items() if name not in elsewhere}
    return Request(operation, path, query, json.dumps(body).encode() if operation.has_body else b"")


def send(url: str, request: Request, account: str) -> Reply:
    """The answer. The account is the access key id that the request claims to be signed with."""
    scope = f"{account}/20260101/us-east-1/execute-api/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local", **request.headers}
    for last in (False, True):
        connection = getattr(_connections, "open", {}).get(url)
        connection = connection or http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        _connections.open = {url: connection}
        try:
            connection.request(request.operation.method, request.target, request.body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
            # Of a header that is sent twice both values show, as clients see them.
            sent: dict[str, str] = {}
            for name, value in answer.getheaders():
                sent[name.lower()] = f"{sent[name.lower()]}, {value}" if name.lower() in sent else value
            return Reply(answer.status, sent, body)
        except (http.client.HTTPException, OSError):
            # A connection that was idle may be closed under our hands; a second failure is one.
            connection.close()
            _connections.open = {}
            if last:
                raise
    raise AssertionError("unreachable")
