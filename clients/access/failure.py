"""What ends a command: a message that says what is wrong and what to do."""

import json


class Failure(Exception):
    """The command cannot go on. The text is for the person at the terminal."""


class Refused(Failure):
    """The API refused a request."""

    def __init__(self, text: str, status: int, code: str | None):
        super().__init__(text)
        self.status = status
        self.code = code


def refusal(status: int, body: bytes, query: str | None = None) -> Refused:
    """Reads the error formats of all families of operations. `query` is the query that was sent, if there was one."""
    try:
        reply = json.loads(body)
    except ValueError:
        reply = {}
    if not isinstance(reply, dict):
        reply = {}
    error = reply.get("error")
    error = error if isinstance(error, dict) else reply
    code = error.get("code") or error.get("errorCode")
    message = error.get("message") or reply.get("message") or reply.get("Message") or body[:300].decode(errors="replace")
    lines = [f"{message} (HTTP {status})"]
    # Some messages have all details and the messages of all fields in them.
    if "position" in error and query:
        lines += marked(query, error["position"])
        if error.get("expected"):
            lines.append("expected: " + ", ".join(error["expected"]))
        if error.get("suggestion"):
            lines.append(f"Did you mean `{error['suggestion']}`?")
    elif isinstance(error.get("details"), list):
        lines += [f"  {detail}" for detail in error["details"] if str(detail) not in str(message)]
    elif error.get("details"):
        lines.append(f"  {error['details']}")
    fields = [field for field in reply.get("fieldList") or [] if str(field.get("message")) not in str(message)]
    lines += [f"  {field.get('name')}: {field.get('message')}" for field in fields]
    return Refused("\n".join(lines), status, None if code is None else str(code))


def marked(query: str, position: dict) -> list[str]:
    """The line of the query that holds the position, and carets below it."""
    line = query.split("\n")[position["line"] - 1] if position["line"] <= query.count("\n") + 1 else ""
    column = max(position["column"] - 1, 0)
    start = max(column - 70, 0)
    return ["  " + line[start : start + 140], "  " + " " * (column - start) + "^" * max(position.get("length", 1), 1)]
