"""Validation of a policy of NAVER Cloud Sub Account."""

import json
from pathlib import Path

from access import output
from access.endpoint import Endpoint
from access.failure import Failure, Refused

COLUMNS = ("type", "location", "message", "code")
STYLES = {"ERROR": "red", "WARN": "yellow"}


def validate(endpoint: Endpoint, file: Path, form: str) -> bool:
    """Prints every finding about the policy in a file, and returns whether the policy has no error."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from error
    try:
        reply = json.loads(endpoint.send("POST", "/policy/validation", content).body)
    except Refused as refused:
        raise Failure(f"{file}: {refused}") from refused
    findings = reply.get("details") or []
    if form == "json":
        output.document(reply)
    elif findings or form != "table":
        output.write(findings, COLUMNS, form)
    errors = sum(finding["type"] == "ERROR" for finding in findings)
    if errors:
        output.say(f"{file}: {errors} error{'s' if errors > 1 else ''}: the policy would be refused", "red")
    else:
        output.say(f"{file}: no error: the policy would be accepted", "green")
    return not errors
