"""Permission search, grouped: how many rows each source, policy, action or destination has."""

import json
from collections.abc import Iterator

from access import output, search
from access.endpoint import Endpoint

FIELDS = {
    "source": {"source": "sourceResourceName", "source type": "sourceResourceType", "source id": "sourceResourceId"},
    "sourceCloudAccount": {"source account": "sourceCloudAccount"},
    "grantedByEntity": {"granted by": "grantedByCloudEntityName", "entity type": "grantedByCloudEntityType"},
    "entityCloudAccount": {"entity account": "grantedByCloudEntityAccount"},
    "grantedByPolicy": {"policy": "grantedByCloudPolicyName", "policy type": "grantedByCloudPolicyType"},
    "policyCloudAccount": {"policy account": "grantedByCloudPolicyAccount"},
    "action": {"action": "effectiveActionName"},
    "destination": {"destination": "destResourceId", "destination type": "destResourceType"},
    "destCloudAccount": {"destination account": "destCloudAccount"},
    "lastAccess": {"last used": "lastAccessDate"},
}
"""What rows can be grouped by, as the API names it: the columns of the table, and the members of a group that they show."""

LARGEST_PAGE = 1_000


def pages(endpoint: Endpoint, query: str, fields: list[str], limit: int | None) -> Iterator[dict]:
    """The replies of the API one after the other, up to `limit` groups in all."""
    left, token = limit, None
    while left is None or left > 0:
        size = LARGEST_PAGE if left is None else min(LARGEST_PAGE, left)
        body = {"query": query, "groupByFields": fields, "nextPageToken": token}
        path = f"/iam/api/v4/search/permission?limit={size}"
        reply = json.loads(endpoint.send("POST", path, json.dumps(body).encode(), query=query).body)
        yield reply
        left = None if left is None else left - len(reply["data"]["items"])
        token = reply["data"]["nextPageToken"]
        if not token:
            return


def shown(group: dict, fields: list[str]) -> dict:
    """A group of the API as a row of the table."""
    found = {column: group[member] for field in fields for column, member in FIELDS[field].items()}
    if "source" in fields and group["sourcePublic"]:
        found["source"] = "everybody"
    if "lastAccess" in fields:
        found["last used"] = search.last_used(group)
    return {"rows": f"{group['rowCount']:,}", **found}


def run(endpoint: Endpoint, query: str, fields: list[str], limit: int | None, form: str) -> None:
    """Prints the groups of a query, those with the most rows first."""
    first, groups = None, []
    for reply in pages(endpoint, query, fields, limit):
        first = first or reply
        groups += reply["data"]["items"]
    if form == "json":
        output.document({**first, "data": {**first["data"], "items": groups}})
    elif form == "table":
        rows = [shown(group, fields) for group in groups]
        if rows:
            output.write(rows, list(rows[0]), form, whole=("action",))
    else:
        output.write(groups, list(groups[0]) if groups else [], form)
    total, counted = first["data"]["totalRows"], first["data"]["rowCount"]
    more = "" if total == len(groups) else f", {len(groups):,} of them printed (--all prints all)"
    output.say(f"{total:,} group{'' if total == 1 else 's'}{more}", "bold")
    search.facts(endpoint, {**first, "data": {**first["data"], "totalRows": counted}}, counted)
