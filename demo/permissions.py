"""The sample account, imported: who can do what in it, page by page and as a file; and what the stack itself grants."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import client
import transcript
from transcript import count

from sample import account

ROOT = Path(__file__).resolve().parents[1]
TENANT = "999900001111"  # of its own, so that nothing is imported over anything
SHOWN = (
    "sourceResourceName",
    "effectiveActionName",
    "destResourceId",
    "grantedByCloudEntityName",
    "grantedByCloudPolicyName",
)


def imported(api: str, aws: str) -> None:
    ports = {"PORT": str(urlsplit(api).port), "AWS_PORT": str(urlsplit(aws).port)}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("authorization-details", "resource-policies"):
            transcript.request(f"access import {kind}.json --account {TENANT}", f"access import {kind}.json")
            file = Path(folder) / f"{kind}.json"
            file.write_text(json.dumps(account.DOCUMENTS[kind]()))
            command = [sys.executable, "-m", "access", "import", file, "--account", TENANT]
            done = subprocess.run(command, env={**os.environ, **ports}, check=True, capture_output=True, text=True)
            transcript.reply(done.stdout.strip(), done.stdout.strip())


def page_of(found: dict) -> str:
    """The first row and the total of a page."""
    page = found.get("data", found)
    if not page["items"]:
        return f"{page['totalRows']} rows"
    first = ", ".join(str(page["items"][0][name]) for name in SHOWN)
    return f"{count(page['totalRows'], 'row')}, first: {first}"


def walk(api: str, aws: str) -> None:
    imported(api, aws)

    def call(method: str, path: str, body=None, summary=None, brief=None, **headers: str):
        return client.http(api, method, path, body, TENANT, summary, brief, **headers)[0]

    def search(condition: str, limit: int = 5, summary=page_of, **members):
        query = f"config from iam where {condition}"
        headers = {"Accept": members.pop("accept")} if "accept" in members else {}
        return call("POST", "/api/v1/permission", {"query": query, "limit": limit, **members}, summary, condition, **headers)

    search("action.name = 's3:GetObject' AND source.cloud.resource.type = 'user'")
    search("action.name CONTAINS ALL ('iam:PassRole', 'lambda:CreateFunction')", explain=True)
    found = search("source.cloud.resource.name = 'emergency' AND dest.cloud.service.name = 'sqs'", 3)
    call("POST", "/api/v1/permission/page", {"pageToken": found["data"]["nextPageToken"]},
         lambda found: f"the next {len(found['items'])} rows")
    call("POST", "/iam/api/v4/search/permission", {"query": found["query"], "groupByFields": ["grantedByPolicy"]},
         lambda found: f"{count(found['data']['rowCount'], 'row')} in {count(found['data']['totalRows'], 'group')}")
    saved = f"/search/history/{found['id']}"
    call("POST", saved, {"name": "queues", "query": found["query"]}, lambda found: f"saved as {found['name']}")
    call("GET", "/search/history?filter=saved", summary=lambda found: count(len(found), "saved search", "saved searches"))
    call("GET", saved, summary=lambda found: found["query"])
    call("DELETE", saved)
    search("source.public = true", 1, accept="text/csv", summary=lambda text: f"a file of {len(text.splitlines())} lines")
    search("dest.cloud.resourse.name = 'logs'")  # misspelt
    call("POST", "/api/v1/suggest", {"query": "config from iam where source.pub"},
         lambda found: f"suggestions: {', '.join(found['suggestions'])}")
    call("GET", "/api/v1/inventory", summary=lambda found: f"{found['counts']['users']} users, {found['counts']['roles']} roles")
    transcript.remark("What this stack grants itself is there as soon as it is written:")
    policy = {"product": "Server", "actions": ["View*"], "resourceNrns": ["*"]}
    body = {"policyName": "servers", "description": "", "permissions": [{"effect": "Allow", "targets": [policy]}]}
    ids = {"policyIdList": [call("POST", "/policies", body, lambda found: f"policy {found['policyId']}")["policyId"]]}
    call("POST", "/sub-accounts/web-1/policies", ids)
    search("NOT dest.cloud.type = 'AWS'")
    call("DELETE", "/sub-accounts/web-1/policies", ids)
    call("DELETE", f"/policies/{ids['policyIdList'][0]}")
