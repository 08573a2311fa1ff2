"""Values of a shape on both sides of each of its constraints, and of the wrong types.

A value is named by what is special about it. Whether it is right is not known here.
"""

import base64
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from .model import Shape
from .patterns import ODD, WHITE, skeletons

Variants = Iterator[tuple[str, Any]]

LONGEST = 2_000
"""Texts without a longest length are tried up to here in all variants, in code points."""

HUGE = 100_000
"""Texts of a body without a longest length are tried once with so many characters."""

LONG_TARGET = 6_000
"""The same for texts in the path and the query: API Gateway takes 10,240 bytes of request line and headers."""

MANY = 20_000
"""Lists without a longest length are tried once with so many elements, which is less than 6 MB."""

OF_TYPES = {
    "a text": "text", "an empty text": "", "a number": 1, "a fraction": 0.5, "true": True, "false": False,
    "an empty list": [], "a list": ["text"], "an empty object": {}, "an object": {"unknown": 1},
    "null": None, "a number as text": "1", "true as text": "true",
}


def sample(shape: Shape) -> Any:
    """A plain value; structures with all of their members."""
    match shape.kind:
        case "structure":
            return {name: sample(member) for name, member in shape.members.items()}
        case "list":
            return [sample(shape.element)]
        case "map":
            return {sample(shape.key): sample(shape.value)}
        case "string":
            return shape["enum"][0] if shape["enum"] else _text(shape, max(shape["min"] or 0, 3))
        case "integer" | "long":
            return shape["min"] or 1
        case "boolean":
            return True
        case "blob":
            return base64.b64encode(b"data").decode()
        case "timestamp":
            return "2026-01-01T00:00:00Z"
    raise NotImplementedError(shape.kind)


def variants(shape: Shape) -> Variants:
    """Values that are special for the shape itself; those of its members are found by walking on."""
    yield from OF_TYPES.items()
    match shape.kind:
        case "string":
            yield from _texts(shape)
            if not shape["max"]:
                yield f"{HUGE} characters", _text(shape, HUGE)
        case "integer" | "long":
            yield from _numbers(shape)
        case "list":
            yield from _lists(shape)
        case "map":
            yield from _maps(shape)
        case "blob":
            yield from _blobs(shape)
        case "timestamp":
            yield from _timestamps()


def text_variants(shape: Shape) -> Variants:
    """The same for a member that travels as text, in the path or in the query."""
    match shape.kind:
        case "string":
            yield from _texts(shape)
            if not shape["max"]:
                yield f"{LONG_TARGET} characters", _text(shape, LONG_TARGET)
        case "integer" | "long":
            for label, number in _numbers(shape):
                yield label, str(number)
            for text in ["", " 1", "1 ", "1.0", "1e1", "0x1", "one", "null", "true", "--1", "1,2", "\u0661", "1\n"]:
                yield f"not a number: {text!r}", text
        case "boolean":
            for text in ["true", "false", "True", "FALSE", "1", "0", "yes", "null", "", " true", "true "]:
                yield f"flag {text!r}", text
        case kind:
            raise NotImplementedError(kind)


def _text(shape: Shape, length: int | None = None) -> str:
    """A text of that length, if the pattern has one."""
    if shape["pattern"]:
        return skeletons(shape["pattern"])[0].text(length)
    return "".join(random.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=length or 0))


def _texts(shape: Shape) -> Variants:
    if shape["enum"]:
        for value in shape["enum"]:
            yield f"value {value}", value
        first = shape["enum"][0]
        for value in [first.lower(), first.title(), first[:-1], first + "S", f" {first}", f"{first}\n", "UNKNOWN", ""]:
            yield f"value {value!r}", value
        return
    least, most = shape["min"] or 0, shape["max"] or LONGEST
    for length in sorted({least - 1, least, least + 1, most - 1, most, *([most + 1] if shape["max"] else [])}):
        if length >= 0:
            yield f"{length} characters", _text(shape, length)
            yield f"{length} letters", "x" * length
            yield f"{length} characters of four bytes", "😀" * length
    plain = _text(shape, max(least, 4))
    yield "upper case", plain.upper()
    yield "the zero id", "00000000-0000-0000-0000-000000000000"
    yield "aws: in front", "aws:key"
    for character in WHITE + ODD:
        yield f"U+{ord(character):04X} in the middle", plain[:1] + character + plain[2:]
    for character in "\n \0":
        yield f"U+{ord(character):04X} in front", character + plain
        yield f"U+{ord(character):04X} at the end", plain + character
        yield f"U+{ord(character):04X} instead of the last", plain[:-1] + character
    if shape["pattern"]:
        yield from _around_the_pattern(shape, shape["max"] or LONGEST)


def _around_the_pattern(shape: Shape, most: int) -> Variants:
    ways = skeletons(shape["pattern"])
    for number, way in enumerate(ways):
        yield f"way {number} through the pattern", way.text()
        yield f"way {number} through the pattern, longest", way.text(most)
    last = ways[0].text()
    for index in range(min(len(last), 40)):
        yield f"without character {index}", last[:index] + last[index + 1:]
    for index, part in enumerate(ways[0].parts):
        for character in part.edges():
            yield f"U+{ord(character):04X} as part {index} of the pattern", ways[0].text(at=index, first=character)
        if part.most > 1:
            for size in {max(part.least - 1, 0), part.least, min(part.most, most), min(part.most, most) + 1}:
                yield f"{size} characters as part {index} of the pattern", ways[0].text(at=index, size=size)
    yield "a line before", f"x\n{last}"
    yield "a line after", f"{last}\nx"


def _numbers(shape: Shape) -> Variants:
    least, most = shape["min"], shape["max"]
    numbers = {0, 1, -1, 100, 2**31 - 1, -(2**63)}
    for bound in (least, most):
        if bound is not None:
            numbers |= {bound - 1, bound, bound + 1}
    for number in sorted(numbers):
        yield f"number {number}", number


def _lists(shape: Shape) -> Variants:
    least, most = shape["min"] or 0, shape["max"] or 3
    for size in sorted({0, 1, least, most, *([most + 1] if shape["max"] else [])}):
        yield f"{size} elements", [sample(shape.element) for _ in range(size)]
    if not shape["max"]:
        element = shape.element
        element = _text(element, element["max"]) if element["max"] else sample(element)
        yield f"{MANY} elements", [element] * MANY
    yield "a null element", [sample(shape.element), None]
    yield "an element of another type", [sample(shape.element), 1]


def _maps(shape: Shape) -> Variants:
    least, most = shape["min"] or 0, shape["max"] or 3
    for size in sorted({0, 1, least, most, *([most + 1] if shape["max"] else [])}):
        yield f"{size} entries", {f"key {number}": sample(shape.value) for number in range(size)}
    if not shape["max"]:
        value = sample(shape.value)
        yield f"{MANY} entries", {str(number): value for number in range(MANY)}
    yield "a null value", {"key": None}
    yield "a value of another type", {"key": 1}
    yield "keys that differ in case", {"key": sample(shape.value), "KEY": sample(shape.value)}
    for label, key in _texts(shape.key):
        yield f"key: {label}", {key: sample(shape.value)}


def _blobs(shape: Shape) -> Variants:
    encoded = lambda size: base64.b64encode(b"\xff" * size).decode()
    for size in sorted({0, 1, 2, 3, shape["max"] or LONGEST, *([shape["max"] + 1] if shape["max"] else [])}):
        yield f"{size} bytes", encoded(size)
    for text in ["=", "AAA", "AAAAA", "AA=A", "AA==AA==", "____", "AAA A", "AAAA\n", "A===", "💾"]:
        yield f"not base64: {text!r}", text


def _timestamps() -> Variants:
    """Forms of the midnight of two days ago, which every rule about the past lets pass, and what is no time."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    day, day_before = midnight.strftime("%Y-%m-%d"), (midnight - timedelta(days=1)).strftime("%Y-%m-%d")
    seconds = int(midnight.timestamp())
    for text in [f"{day}T00:00:00Z", f"{day}T00:00:00.123Z", f"{day}T00:00:00.123456789Z",
                 f"{day}T05:30:00+05:30", f"{day_before}T16:00:00-08:00",
                 "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", f"{day}T25:00:00Z", f"{day}T00:00:00", day,
                 "yesterday", midnight.strftime("%a, %d %b %Y %H:%M:%S GMT"), str(seconds), f"{day}T00:00:00Z ",
                 f"{day}T00:00:00+99:99", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]:
        yield f"time {text!r}", text
    for number in [seconds, float(seconds), seconds + 0.125, -1, 0, 1e300, -1e300, 10**18, 2**63]:
        yield f"time {number!r}", number
