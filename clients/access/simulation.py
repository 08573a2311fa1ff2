"""The decision on one request of a user or role, and why."""

import json

from access import output
from access.endpoint import Endpoint
from access.failure import Failure

COLUMNS = ("effect", "layer", "policy", "statement", "sid")
STYLES = {"allowed": "green", "conditional": "yellow", "notKnown": "yellow"}


def context_of(pairs: list[str]) -> dict:
    """Condition keys with their values; a key that is given several times has several values."""
    context: dict[str, list[str]] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise Failure(f"`{pair}` is not a condition key with a value, such as aws:SourceIp=203.0.113.1")
        context.setdefault(key, []).append(value)
    return context


def simulate(endpoint: Endpoint, principal: str, action: str, resource: str, pairs: list[str], complete: bool, form: str) -> bool:
    """Prints the decision with its statements, and returns whether the request is allowed."""
    body = {
        "principal": principal, "action": action, "resource": resource,
        "context": context_of(pairs), "contextIsComplete": complete,
    }
    reply = json.loads(endpoint.send("POST", "/api/v1/permission/simulate", json.dumps(body).encode()).body)
    if form == "json":
        output.document(reply)
    else:
        statements = [("Allow", one) for one in reply["allowedBy"]] + [("Deny", one) for one in reply["deniedBy"]]
        rows = [
            {"effect": effect, "layer": one["layer"], "policy": one["policyId"], "statement": one["statement"], "sid": one["sid"]}
            for effect, one in statements
        ]
        if rows or form != "table":
            output.write(rows, COLUMNS, form)
    decision = reply["decision"]
    output.say(f"{decision}: {principal} {action} {resource}", STYLES.get(decision, "red"))
    if decision != "allowed":
        for sentence in reply["wouldChange"]:
            output.say(f"  {sentence}")
    for reservation in reply["reservations"]:
        output.say(f"{reservation['code']}: {reservation['message']}", "yellow")
    for key in reply["ignoredContext"]:
        output.say(f"{key} does not count: the principal or the resource decides it", "yellow")
    return decision == "allowed"
