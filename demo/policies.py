"""A policy with mistakes and the findings about them; then a right one: created, read, updated, attached, deleted."""

import client
from transcript import count

BROKEN = {
    "policyName": "web operators of the shop in Seoul",
    "description": "Reads servers",
    "permissions": [
        {
            "effect": "allow",
            "targets": [
                {"product": "Sever", "actions": ["View*"], "resourceNrns": ["*"]},
                {"product": "APIGateway", "actions": ["getAPIDetail", "View/*"], "resourceNrn": ["*"]},
            ],
        }
    ],
}


def policy(*actions: str) -> dict:
    target = {"product": "Server", "actions": list(actions), "resourceNrns": ["*"]}
    return {"policyName": "web-operators", "description": "Reads servers", "permissions": [{"effect": "Allow", "targets": [target]}]}


def findings(found: dict) -> str:
    details = found.get("details", [])
    return f"{count(len(details), 'finding')}, such as {details[0]['location']}: {details[0]['message']}" if details else "no finding"


def walk(api: str, _aws: str) -> None:
    def call(method: str, path: str, body=None, summary=None, **headers: str):
        return client.http(api, method, path, body, summary=summary, **headers)

    call("POST", "/policy/validation", BROKEN, findings)
    created, headers = call("POST", "/policies", policy("View*"), lambda found: f"policy {found['policyId']}")
    path, tag = f"/policies/{created['policyId']}", headers["ETag"]
    call("GET", path + "?withPermissions=true", summary=lambda found: f"{found['policyName']}, version {tag}")
    call("PUT", path + "?includeInfo=true", policy("View*", "Change*"), changes, **{"If-Match": tag})
    call("PUT", path, policy("View*"), **{"If-Match": tag})  # by somebody who has not seen the update
    ids = {"policyIdList": [created["policyId"]]}
    call("POST", "/sub-accounts/web-1/policies", ids, lambda found: f"attached: {found[0]['success']}")
    call("GET", "/sub-accounts/web-1/policies",
         summary=lambda found: f"{count(found['totalItems'], 'policy', 'policies')} of this sub account")
    call("DELETE", path)  # refused: it is attached
    call("DELETE", "/sub-accounts/web-1/policies", ids, lambda found: f"detached: {found[0]['success']}")
    call("DELETE", path)


def changes(found: dict) -> str:
    details = (found.get("validationResult") or {}).get("details", [])
    added = [one["message"] for one in details if one["code"] == "iam.policy.info.accessAdded"]
    return added[0] if added else "updated"
