"""What the service model wants of a request, decided without a line of the server's code.

Rules that go beyond the model stand in the profiles, but for those about documents and texts in general.
"""

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .model import Operation, Shape

DEEPEST = 127
"""Arrays and objects within each other (RFC 8259, section 9, allows a receiver to set a limit)."""


@dataclass(frozen=True)
class Fault:
    """A rule that is broken at a member; the path of the body as a whole is empty."""

    path: str
    rule: str


class NotADocument(Exception):
    """The body is not one JSON object."""


def document(body: bytes) -> dict:
    """The body as RFC 8259 reads it, without duplicate members."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotADocument(str(error)) from error
    if not isinstance(value, dict):
        raise NotADocument("not an object")
    _sound(value, 1)
    return value


def _distinct(pairs: list) -> dict:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member is named twice (access policies 5)")
    return dict(pairs)


def _no_number(text: str):
    raise ValueError(f"{text} is no JSON number")


def _sound(value: Any, depth: int) -> None:
    """Refuses what Python's reader lets pass: half surrogate pairs, numbers out of range, depths without end."""
    if depth > DEEPEST:
        raise NotADocument("nested too deeply")
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise NotADocument("half a surrogate pair")
    if isinstance(value, float) and math.isinf(value):
        raise NotADocument("a number out of range")
    if isinstance(value, dict):
        for name, member in value.items():
            _sound(name, depth)
            _sound(member, depth + 1)
    if isinstance(value, list):
        for element in value:
            _sound(element, depth + 1)


def values_of(operation: Operation, path: dict[str, str], query: list[tuple[str, str]], body: bytes):
    """The input that a request carries, and the faults of its text: what the members mean is `faults_of`'s."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for member in operation.members_in("uri"):
        values[member] = path[operation.input.wire_name(member)]
    for member, shape in operation.members_in("querystring").items():
        texts = [text for name, text in query if name == operation.input.wire_name(member)]
        if shape.kind == "list":
            if texts:
                values[member] = texts
        elif len(texts) > 1:
            faults.append(Fault(member, "given more than once (access policies 5)"))
        elif texts:
            read = _from_text(shape, texts[0])
            if read is None:
                faults.append(Fault(member, f"not {shape.kind}"))
            else:
                values[member] = read
    if operation.has_body:
        values.update(document(body))
    return values, faults


def _from_text(shape: Shape, text: str):
    match shape.kind:
        case "string":
            return text
        case "integer" | "long":
            return int(text) if re.fullmatch("-?[0-9]+", text) else None
        case "boolean":
            return {"true": True, "false": False}.get(text)
    raise NotImplementedError(shape.kind)


def faults_of(shape: Shape, value: Any, path: str = "", answer: bool = False) -> list[Fault]:
    """All that the model holds against a value. `answer`: what a server says, where times have one form."""
    fault = lambda rule: [Fault(path, rule)]
    match shape.kind:
        case "structure":
            if not isinstance(value, dict):
                return fault("not an object")
            found = []
            for name, member in shape.members.items():
                inner = f"{path}.{name}" if path else name
                if value.get(name) is not None:
                    found += faults_of(member, value[name], inner, answer)
                elif name in shape.required:
                    found.append(Fault(inner, "required"))
                elif answer and name in value:
                    found.append(Fault(inner, "null in an answer (access policies 5)"))
            return found
        case "list":
            if not isinstance(value, list):
                return fault("not a list")
            found = _sizes(shape, len(value), path)
            for index, element in enumerate(value):
                inner = f"{path}[{index}]"
                found += [Fault(inner, "null element")] if element is None else faults_of(
                    shape.element, element, inner, answer)
            return found
        case "map":
            if not isinstance(value, dict):
                return fault("not an object")
            # An answer without tags is `{}`, whatever the model's minimum (access policies 9).
            found = _sizes(shape, len(value), path) if value or not answer else []
            for key, member in value.items():
                inner = f"{path}.{key}"
                found += faults_of(shape.key, key, path, answer)
                found += [Fault(inner, "null value (access policies 9)")] if member is None else faults_of(
                    shape.value, member, inner, answer)
            return found
        case "string":
            return _text(shape, value, path)
        case "integer" | "long":
            if isinstance(value, bool) or not isinstance(value, int):
                return fault("not a whole number")
            return _bounds(shape, value, path, "value")
        case "boolean":
            return [] if isinstance(value, bool) else fault("not a boolean")
        case "timestamp":
            return [] if _is_time(shape, value, answer) else fault("not a time")
        case "blob":
            try:
                size = len(base64.b64decode(value, validate=True)) if isinstance(value, str) else None
            except (binascii.Error, ValueError):
                size = None
            return fault("not base64") if size is None else _sizes(shape, size, path)
    raise NotImplementedError(shape.kind)


def _text(shape: Shape, value: Any, path: str) -> list[Fault]:
    if not isinstance(value, str):
        return [Fault(path, "not a text")]
    if shape["enum"] and value not in shape["enum"]:
        return [Fault(path, "not in the enumeration")]
    found = _sizes(shape, len(value), path)
    # Whole-string match: access policies 4, policy generation 1.3.
    if shape["pattern"] and not re.fullmatch(shape["pattern"], value):
        found.append(Fault(path, "pattern"))
    return found


def _sizes(shape: Shape, size: int, path: str) -> list[Fault]:
    return _bounds(shape, size, path, "length")


def _bounds(shape: Shape, number: int, path: str, what: str) -> list[Fault]:
    if shape["min"] is not None and number < shape["min"]:
        return [Fault(path, f"{what} below {shape['min']}")]
    if shape["max"] is not None and number > shape["max"]:
        return [Fault(path, f"{what} above {shape['max']}")]
    return []


def _is_time(shape: Shape, value: Any, answer: bool) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if answer:
        # One form each, which every SDK reads: access policies 5, policy generation 1.3.
        if shape["timestampFormat"] == "iso8601":
            return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value))
        return is_number and value > 0
    if is_number:
        return abs(value) < 10**12
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
