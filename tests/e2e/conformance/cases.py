"""Requests of an operation, each with one thing special about it."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from .model import Operation, Shape
from .variants import text_variants, variants
from .wire import Request, serialise

MISSING = object()


@dataclass(frozen=True)
class Case:
    """A request to be made, against what a world has to refer to."""

    member: str
    special: str
    build: Callable[..., Request]

    def __str__(self) -> str:
        return f"{self.member or 'the request'}: {self.special}"


def cases(operation: Operation, profile) -> Iterator[Case]:
    """All of them: values, documents, paths and queries, and what the profile adds."""
    yield Case("", "plain", lambda world: serialise(operation, profile.base(operation, world)))
    for member, shape in operation.input.members.items():
        yield from _members(operation, profile, shape, [member], operation.input.location(member) == "body")
    if operation.has_body:
        yield from _documents(operation, profile)
    else:
        yield from _ignored_bodies(operation, profile)
    yield from _targets(operation, profile)
    yield from _content_types(operation, profile)
    for special, build in profile.more(operation):
        yield Case("", special, lambda world, build=build: build(world))


def _members(operation: Operation, profile, shape: Shape, steps: list, in_body: bool) -> Iterator[Case]:
    """A member in all its variants, then what is inside it."""
    name = _path(steps)

    def case(special: str, value) -> Case:
        def build(world) -> Request:
            values = profile.carrier(operation, steps, world)
            _put(values, steps, value(world) if callable(value) else value)
            return serialise(operation, values)
        return Case(name, special, build)

    is_path = len(steps) == 1 and operation.input.location(steps[0]) == "uri"
    if not is_path:
        yield case("missing", MISSING)
    if in_body:
        for special, value in variants(shape):
            yield case(special, value)
    else:
        of = shape.element if shape.kind == "list" else shape
        for special, text in text_variants(of):
            if not (is_path and text in ("", ".", "..")):  # another route
                yield case(special, text)
        if shape.kind == "list":
            for size in (1, 2, shape["max"] or 3, (shape["max"] or 3) + 1):
                yield case(f"{size} of them", [f"key{number}" for number in range(size)])
    match shape.kind:
        case "structure":
            yield case("an unknown member", lambda world: {
                **_get(profile.carrier(operation, steps, world), steps), "unknown": {"deeply": [None]}})
            if shape.name in profile.exactly_one:
                yield from _several(profile, shape, case)
            for member, inner in shape.members.items():
                yield from _members(operation, profile, inner, [*steps, member], in_body)
        case "list" if in_body:
            yield from _members(operation, profile, shape.element, [*steps, 0], in_body)
        case "map" if shape.value.kind == "structure":
            yield from _members(operation, profile, shape.value, [*steps, "key"], in_body)
        case "map":
            for special, value in variants(shape.value):
                yield case(f"value: {special}", {"key": value})


def _several(profile, shape: Shape, case) -> Iterator[Case]:
    """Of the members of which exactly one is to be there: two, all, one beside nulls, one that is empty."""
    names = list(shape.members)
    alternatives = lambda world: profile.alternatives(world)[shape.name]
    for name in names:
        yield case(f"{name} alone", lambda world, name=name: {name: alternatives(world)[name]})
        yield case(f"{name} beside nulls", lambda world, name=name: {
            **dict.fromkeys(names), name: alternatives(world)[name]})
        yield case(f"{name} empty", {name: {}})
        for other in names:
            if other != name:
                yield case(f"{name} and {other}", lambda world, pair=(name, other): {
                    one: alternatives(world)[one] for one in pair})
                yield case(f"{name} and an empty {other}", lambda world, name=name, other=other: {
                    name: alternatives(world)[name], other: {}})
    yield case("all at once", alternatives)


def _documents(operation: Operation, profile) -> Iterator[Case]:
    """Bodies that are no JSON document, that are no object, or that are written unusually."""

    def case(special: str, rewrite: Callable[[str], str | bytes]) -> Case:
        def build(world) -> Request:
            request = serialise(operation, profile.base(operation, world))
            body = rewrite(request.body.decode())
            request.body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
            return request
        return Case("", special, build)

    first = next(iter(operation.members_in("body")))
    twice = lambda text, name: text[:-1] + f', "{name}": {json.dumps(json.loads(text).get(first))}}}'
    with_member = lambda text, member: f"{text[:-1]}, {member}}}"
    yield case("no body", lambda text: "")
    for special, text in {
        "blank": " \n", "an array": "[]", "a text": '"x"', "a number": "1", "null": "null", "true": "true",
        "an empty object": "{}", "an object cut off": "{", "no JSON": "key=value", "XML": "<a/>", "a NUL": "\0",
    }.items():
        yield case(special, lambda _, text=text: text)
    yield case("in an array", lambda text: f"[{text}]")
    yield case("as a text", json.dumps)
    for cut in (1, 2, 10):
        yield case(f"cut off {cut} before the end", lambda text, cut=cut: text[:-cut])
    yield case("cut off in the middle", lambda text: text[: len(text) // 2])
    yield case("trailing comma", lambda text: text[:-1] + ",}")
    yield case("leading comma", lambda text: "{," + text[1:])
    yield case("trailing text", lambda text: text + "x")
    yield case("a second document", lambda text: text + text)
    yield case("a trailing NUL", lambda text: text + "\0")
    yield case("white space around", lambda text: f"\r\n\t {text}\n ")
    yield case("white space that JSON does not know", lambda text: f"\u00a0{text}")
    yield case("a comment", lambda text: text[:-1] + "/* */}")
    yield case("single quotes", lambda text: text.replace('"', "'"))
    yield case("a byte order mark", lambda text: b"\xef\xbb\xbf" + text.encode())
    yield case("UTF-16", lambda text: text.encode("utf-16"))
    yield case("UTF-16 without a mark", lambda text: text.encode("utf-16-le"))
    for special, junk in {
        "a stray byte": b"\xff", "an overlong slash": b"\xc0\xaf", "half a surrogate pair in bytes": b"\xed\xa0\x80",
        "half a character": b"\xe2\x82", "beyond Unicode": b"\xf4\x90\x80\x80",
    }.items():
        yield case(special, lambda text, junk=junk: text[:-1].encode() + b', "unknown": "' + junk + b'"}')
    yield case("a member twice", lambda text: twice(text, first))
    yield case("a member twice, once escaped", lambda text: twice(text, f"\\u{ord(first[0]):04x}{first[1:]}"))
    yield case("a member twice, once null", lambda text: f'{{"{first}": null, {text[1:]}')
    for special, member in {
        "an unknown member twice": '"unknown": 1, "unknown": 1',
        "a member twice deep within": '"unknown": [{"a": 1, "a": 1}]',
        "names that differ in case": '"Unknown": 1, "unknown": 1', "an unknown member": '"unknown": {"a": [1, null, {}]}',
        "an unknown null": '"unknown": null', "an empty name": '"": 1', "NaN": '"unknown": NaN',
        "infinity": '"unknown": Infinity', "a number out of range": '"unknown": 1e999', "a leading zero": '"unknown": 01',
        "a plus sign": '"unknown": +1', "a number without digits": '"unknown": 1.', "a bare word": '"unknown": yes',
        "a line break in a text": '"unknown": "\n"', "a wrong escape": r'"unknown": "\x41"',
        "half a surrogate pair": r'"unknown": "\ud800"', "a surrogate pair": r'"unknown": "\ud83d\ude00"',
        "no colon": '"unknown" 1', "a name without quotes": "unknown: 1",
        "a large number": '"unknown": 123456789012345678901',
        "nested deeply": f'"unknown": {"[" * 100}{"]" * 100}', "nested too deeply": f'"unknown": {"[" * 200}{"]" * 200}',
        "nested without end": '"unknown": ' + "[" * 100_000,
        "objects nested without end": '"unknown": ' + '{"a":' * 50_000,
        "an unknown text of a million characters": f'"unknown": "{"x" * 1_000_000}"',
        "an unknown list of 100,000 elements": f'"unknown": [{",".join("1" * 100_000)}]',
    }.items():
        yield case(special, lambda text, member=member: with_member(text, member))


def _ignored_bodies(operation: Operation, profile) -> Iterator[Case]:
    """An operation without members in the body does not look at one."""
    for body in (b"{}", b"{", b"\xff", b'{"maxResults": "x"}', b"x" * 100_000):
        def build(world, body=body) -> Request:
            request = serialise(operation, profile.base(operation, world))
            request.body = body
            return request
        yield Case("", f"a body that nobody asked for: {body[:20]!r}", build)


def _content_types(operation: Operation, profile) -> Iterator[Case]:
    """The type of a request is not examined (access policies 5)."""
    for kind in (None, "", "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/octet-stream",
                 "application/json; charset=utf-8", "application/x-amz-json-1.1", "multipart/form-data", "nonsense"):
        def build(world, kind=kind) -> Request:
            request = serialise(operation, profile.base(operation, world))
            request.headers = {} if kind is None else {"Content-Type": kind}
            return request
        yield Case("", f"content type {kind!r}", build)


def _targets(operation: Operation, profile) -> Iterator[Case]:
    """Ways to write the path and the query."""

    def case(special: str, rewrite: Callable[[Request], None]) -> Case:
        def build(world) -> Request:
            request = serialise(operation, profile.base(operation, world))
            rewrite(request)
            return request
        return Case("", special, build)

    escaped = lambda text, form: "".join(form % byte for byte in text.encode())
    for name in operation.members_in("uri"):
        def put(request: Request, raw: str, value: str | None, name: str = name) -> None:
            request.raw_path, request.path = operation.uri.replace("{%s}" % name, raw), {name: value}

        for form in ("%%%02X", "%%%02x"):
            yield case(f"path in escapes like {form % 0xAF}", lambda request, form=form, name=name: put(
                request, escaped(request.path[name], form), request.path[name]))
        yield case("path escaped twice", lambda request, name=name: put(
            request, quote(escaped(request.path[name], "%%%02X")), escaped(request.path[name], "%%%02X")))
        for raw in ("%", "%4", "%zz", "%FF", "%C0%AF", "%u0041"):
            yield case(f"path {raw}", lambda request, raw=raw: put(request, raw, None))
    yield case("an unknown parameter", lambda request: request.query.append(("unknown", "1")))
    yield case("an unknown parameter twice", lambda request: request.query.extend([("unknown", "1"), ("unknown", "2")]))
    yield case("an empty parameter", lambda request: request.query.append(("", "")))
    for member in operation.members_in("querystring"):
        name = operation.input.wire_name(member)
        value = lambda world, member=member: profile.carrier(operation, [member], world)

        def with_member(special: str, rewrite, member=member, name=name, value=value) -> Case:
            def build(world) -> Request:
                request = serialise(operation, value(world))
                rewrite(request, name)
                return request
            return Case(member, special, build)

        yield with_member("twice", lambda request, name: request.query.extend(
            [pair for pair in request.query if pair[0] == name][:1]))
        yield with_member("twice, once empty", lambda request, name: request.query.append((name, "")))
        yield with_member("in another case", lambda request, name: request.query.append((name.upper(), "x")))
        yield with_member("without a value", lambda request, name: _raw(request, name))


def _raw(request: Request, name: str) -> None:
    """The parameter's bare name, without an equals sign."""
    request.query = [(other, value) for other, value in request.query if other != name]
    rest = request.target.partition("?")[2]
    request.raw_query = f"{rest}&{name}" if rest else name
    request.query.append((name, ""))


def _path(steps: list) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _get(values, steps: list):
    for step in steps:
        values = values[step]
    return copy.deepcopy(values)


def _put(values, steps: list, value) -> None:
    for step in steps[:-1]:
        values = values[step]
    if value is MISSING and isinstance(values, dict):
        values.pop(steps[-1], None)
    elif value is MISSING:
        del values[steps[-1]]
    else:
        values[steps[-1]] = value
