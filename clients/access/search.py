"""Permission search: rows of a query, and who can do one action on one resource."""

import json
from collections.abc import Iterator

from access import output
from access.endpoint import Endpoint
from access.failure import Failure

COLUMNS = {
    "source": "sourceResourceName",
    "source type": "sourceResourceType",
    "action": "effectiveActionName",
    "destination": "destResourceId",
    "granted by": "grantedByCloudEntityName",
    "policy": "grantedByCloudPolicyName",
    "last used": "lastAccessDate",
    "limits": "exceptions",
}
"""Columns of the table, and the member of a row that each of them shows."""

LARGEST_PAGE = 1_000
START = "config from iam where"


def whole_query(text: str) -> str:
    """The query with the words that every query begins with."""
    return text if text.lower().split()[:3] == START.split()[:3] else f"{START} {text}"


def quoted(text: str) -> str:
    """A string literal of the query language."""
    return "'" + text.replace("'", "''") + "'"


def who_can_query(action: str, resource: str) -> str:
    """The query for everybody who can do an action on one resource."""
    return f"{START} action.name = {quoted(action)} AND dest.cloud.resource.id COVERS {quoted(resource)}"


def pages(endpoint: Endpoint, query: str, limit: int | None) -> Iterator[dict]:
    """The replies of the API one after the other: the first whole reply, then further pages, up to `limit` rows in all."""
    left = limit
    size = min(LARGEST_PAGE, limit or LARGEST_PAGE)
    body = {"query": query, "limit": size}
    reply = json.loads(endpoint.send("POST", "/api/v1/permission", json.dumps(body).encode(), query=query).body)
    yield reply
    page = reply["data"]
    while page["nextPageToken"] and (left is None or left > len(page["items"])):
        left = None if left is None else left - len(page["items"])
        body = {"pageToken": page["nextPageToken"], "limit": size if left is None else min(size, left)}
        page = json.loads(endpoint.send("POST", "/api/v1/permission/page", json.dumps(body).encode()).body)
        yield {"data": page}


def files(endpoint: Endpoint, query: str, media_type: str) -> Iterator[bytes]:
    """The whole result as CSV or NDJSON, part by part."""
    body = json.dumps({"query": query, "limit": LARGEST_PAGE}).encode()
    path = "/api/v1/permission"
    while True:
        reply = endpoint.send("POST", path, body, media_type, query)
        text = reply.body
        if media_type == "text/csv" and path.endswith("/page"):
            text = text.partition(b"\r\n")[2]  # each part begins with the header line
        yield text
        token = reply.headers.get("x-next-page-token")
        if not token:
            return
        path, body = "/api/v1/permission/page", json.dumps({"pageToken": token}).encode()


def shown(row: dict) -> dict:
    """A row of the API as a row of the table."""
    found = {column: row.get(member) for column, member in COLUMNS.items()}
    found["source"] = "everybody" if row.get("sourcePublic") else row.get("sourceResourceName") or row.get("sourceResourceId")
    found["last used"] = last_used(row)
    found["limits"] = [one["messageCode"] for one in row.get("exceptions") or []]
    return found


def last_used(row: dict) -> str:
    """The day on which the source last used the action, or why there is none."""
    status = (row.get("lastAccessStatus") or "").lower()
    return (row.get("lastAccessDate") or "")[:10] or {"not_accessed_in_tracking_period": "never"}.get(status, "not tracked")


def run(endpoint: Endpoint, query: str, limit: int | None, form: str) -> None:
    """Prints the rows of a query. `limit` is the number of rows at most, `None` means all."""
    if form in ("csv", "ndjson") and limit is None:
        for part in files(endpoint, query, "text/csv" if form == "csv" else "application/x-ndjson"):
            output.result.file.write(part.decode())
        return
    first, rows = None, []
    for reply in pages(endpoint, query, limit):
        first = first or reply
        rows += reply["data"]["items"]
    rows = rows[:limit]
    if form == "json":
        whole = {**first, "data": {**first["data"], "items": rows}}
        output.document(whole)
    elif form == "table":
        if rows:
            output.write([shown(row) for row in rows], list(COLUMNS), form, whole=("action",))
    else:
        output.write(rows, list(rows[0]) if rows else [], form)
    facts(endpoint, first, len(rows))


def facts(endpoint: Endpoint, reply: dict, printed: int) -> None:
    """Says how much was found, where, and what the rows do not show."""
    total = reply["data"]["totalRows"]
    more = "" if printed == total else f", {printed:,} of them printed (--all prints all)"
    account = f" in account {endpoint.account}" if endpoint.account else ""
    snapshot = reply.get("snapshot")
    of = f", as imported at {snapshot['createdAt'][:19]}Z" if snapshot else ""
    output.say(f"{total:,} row{'' if total == 1 else 's'}{account}{of}{more}", "bold")
    for warning in reply.get("warnings") or []:
        output.say(f"warning {warning['code']}: {warning['message']}", "yellow")
    codes = {warning["code"] for warning in reply.get("warnings") or []}
    if not snapshot and "NOTHING_IMPORTED" not in codes:
        output.say(
            f"Nothing is imported{account}: the rows above can only be what this stack itself grants. Import an account "
            "with `access import FILE`, or load the sample with `make sample`.",
            "yellow",
        )
    causes = reply.get("incompleteBecause") or []
    if reply.get("complete"):
        output.say("Complete: nothing that is not evaluated or not imported can change this result.", "dim")
    elif causes:
        output.say("Not complete: " + ", ".join(cause["code"] for cause in causes) + ".", "dim")
    # An empty result is often read as a proof.
    for cause in [] if total else causes:
        output.say(f"  {cause['code']}: {cause['message']}", "dim")


def who_can(endpoint: Endpoint, action: str, resource: str, limit: int | None, form: str) -> None:
    """Prints everybody who can do an action on a resource, also through patterns and `*`."""
    if ":" not in action or "*" in action:
        raise Failure(f"`{action}` is not one action: write service:Action, such as s3:GetObject")
    if not resource.startswith("arn:") or resource.count(":") < 5:
        raise Failure(f"`{resource}` is not an ARN, such as arn:aws:s3:::my-bucket/key")
    if "*" in resource or "?" in resource:
        raise Failure(
            f"`{resource}` is a pattern: name one resource, such as arn:aws:s3:::my-bucket/key. "
            f"`access query \"action.name = {quoted(action)}\"` shows all grants of the action, with the patterns that they name"
        )
    run(endpoint, who_can_query(action, resource), limit, form)
