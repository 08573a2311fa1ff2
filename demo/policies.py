"""A policy with mistakes and what is said about them; then a right one: created, read, updated, attached, deleted."""

import json
import os
import urllib.error
import urllib.request

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
RIGHT = {
    "policyName": "web-operators",
    "description": "Reads servers",
    "permissions": [
        {"effect": "Allow", "targets": [{"product": "Server", "actions": ["View*"], "resourceNrns": ["*"]}]}
    ],
}
WIDER = {
    **RIGHT,
    "permissions": [
        {"effect": "Allow", "targets": [{"product": "Server", "actions": ["View*", "Change*"], "resourceNrns": ["*"]}]}
    ],
}


class Client:
    """Prints each request and its answer."""

    def __init__(self, api: str):
        self.api = api
        # The local stack takes the account from the access key id and verifies no signature.
        scope = f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/execute-api/aws4_request"
        self.signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local"

    def __call__(self, method: str, path: str, body=None, **headers: str):
        print(f"\n$ {method} {path}", *(f"{name}: {value}" for name, value in headers.items()))
        if body is not None:
            print(json.dumps(body, indent=2))
        request = urllib.request.Request(
            self.api + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self.signature, "Content-Type": "application/json", **headers},
        )
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read()
        print(f"-> {answer.status}", *(f"ETag: {tag}" for tag in [answer.headers["ETag"]] if tag))
        found = json.loads(text) if text else None
        if found is not None:
            print(json.dumps(found, indent=2, ensure_ascii=False))
        return found, answer.headers["ETag"]


def walk(api: str, _aws: str) -> None:
    call = Client(api)
    call("POST", "/policy/validation", BROKEN)
    created, tag = call("POST", "/policies", RIGHT)
    path = f"/policies/{created['policyId']}"
    call("GET", path + "?withPermissions=true")
    call("PUT", path + "?includeInfo=true", WIDER, **{"If-Match": tag})
    call("PUT", path, RIGHT, **{"If-Match": tag})  # somebody who has not seen the update
    ids = {"policyIdList": [created["policyId"]]}
    call("POST", "/sub-accounts/web-1/policies", ids)
    call("GET", "/sub-accounts/web-1/policies")
    call("DELETE", path)  # refused: it is attached
    call("DELETE", "/sub-accounts/web-1/policies", ids)
    call("DELETE", path)
    call("GET", path)
