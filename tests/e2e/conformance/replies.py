"""Whether an answer is one that the operation may give: its status, its type, its members and their values."""

import json

from .judge import document, faults_of
from .model import Operation, Shape
from .wire import Reply

Outcome = tuple[int, str | None]
"""A status and the name of an error; no name is the success of the model."""


def outcome_of(operation: Operation, reply: Reply) -> Outcome:
    return reply.status, reply.headers.get("x-amzn-errortype")


def problems(operation: Operation, reply: Reply) -> list[str]:
    """What is wrong with an answer whatever was asked."""
    status, error = outcome_of(operation, reply)
    if not reply.headers.get("x-amzn-requestid"):
        return ["no request id"]
    if error is None:
        return _success(operation, reply)
    if error not in operation.errors:
        return [f"{error} is no error of {operation.name}"]
    shape = operation.errors[error]
    modelled = shape["error"]["httpStatusCode"]
    if status != modelled:
        return [f"{error} with status {status} instead of {modelled}"]
    if status >= 500:
        return [f"{error}: {reply.body.decode()}"]
    return _body(shape, reply)


def _success(operation: Operation, reply: Reply) -> list[str]:
    if reply.status != operation.success:
        return [f"status {reply.status}: {reply.body[:200]!r}"]
    if reply.status == 204:
        return [f"a body with 204: {reply.body!r}"] if reply.body else []
    if operation.output is None:
        return [] if reply.body in (b"", b"{}") else [f"a body where the model has none: {reply.body!r}"]
    return _body(operation.output, reply)


def _body(shape: Shape, reply: Reply) -> list[str]:
    if reply.headers.get("content-type") != "application/json":
        return [f"content type {reply.headers.get('content-type')}"]
    try:
        body = document(reply.body)
    except Exception as error:  # whatever it is, it is no answer
        return [f"{error!r}: {reply.body[:200]!r}"]
    in_headers = {name for name in shape.members if shape.location(name) == "header"}
    found = [f"`{fault.path}`: {fault.rule}" for fault in faults_of(shape, body, answer=True)]
    found += [f"no member `{name}`" for name in shape.required if name not in body and name not in in_headers]
    return found + [f"unknown member `{path}`" for path in _unknown(shape, body)]


def _unknown(shape: Shape, value, path: str = "") -> list[str]:
    """Members that no client of the model knows; extensions live elsewhere."""
    if shape.kind == "structure" and isinstance(value, dict):
        inner = [_unknown(shape.members[name], member, f"{path}.{name}") if name in shape.members else [f"{path}.{name}"]
                 for name, member in value.items()]
        return sum(inner, [])
    if shape.kind == "list" and isinstance(value, list):
        return sum((_unknown(shape.element, element, f"{path}[]") for element in value), [])
    return []


def known(shape: Shape, value):
    """What a server may keep of a value: modelled members that are not null."""
    if shape.kind == "structure":
        return {name: known(member, value[name]) for name, member in shape.members.items() if value.get(name) is not None}
    if shape.kind == "list":
        return [known(shape.element, element) for element in value]
    if shape.kind == "map":
        return {key: known(shape.value, member) for key, member in value.items()}
    return value


def body_of(reply: Reply) -> dict:
    return json.loads(reply.body or b"{}")
