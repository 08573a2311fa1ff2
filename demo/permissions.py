"""A sample account, imported; who can do what in it, page by page and as a file; what the stack itself grants beside it."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
TENANT = "999900001111"  # of its own, so that nothing is imported over anything
ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": statements}


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


SAMPLE = {
    "UserDetailList": [
        {"Arn": f"{ARN}:user/alice", "UserName": "alice", "UserId": "AIDAALICE", "GroupList": ["developers"]},
        {
            "Arn": f"{ARN}:user/bob",
            "UserName": "bob",
            "UserId": "AIDABOB",
            "UserPolicyList": [
                {
                    "PolicyName": "deploy",
                    "PolicyDocument": document(
                        allow(
                            "iam:PassRole",
                            f"{ARN}:role/app",
                            Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                        ),
                        allow("ec2:RunInstances", "*"),
                        allow("s3:Get*", "*"),
                        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*"},
                    ),
                }
            ],
        },
    ],
    "GroupDetailList": [
        {
            "Arn": f"{ARN}:group/developers",
            "GroupName": "developers",
            "GroupId": "AGPADEVELOPERS",
            "GroupPolicyList": [
                {
                    "PolicyName": "logs",
                    "PolicyDocument": document(
                        allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"])
                    ),
                }
            ],
        }
    ],
    "RoleDetailList": [
        {
            "Arn": f"{ARN}:role/app",
            "RoleName": "app",
            "RoleId": "AROAAPP",
            "AssumeRolePolicyDocument": document(
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
            ),
            "RolePolicyList": [{"PolicyName": "all", "PolicyDocument": document(allow("*", "*"))}],
        }
    ],
}
SHOWN = (
    "sourceResourceName",
    "effectiveActionName",
    "destResourceType",
    "destResourceId",
    "grantedByCloudEntityName",
    "grantedByCloudPolicyName",
)


class Client:
    """Prints each request and its answer; of rows a few members."""

    def __init__(self, api: str):
        self.api = api
        # The local stack takes the account from the access key id and verifies no signature.
        scope = f"{TENANT}/20260101/us-east-1/execute-api/aws4_request"
        self.signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local"

    def __call__(self, method: str, path: str, body=None, accept: str = "application/json"):
        print(f"\n$ {method} {path}   Accept: {accept}")
        if body is not None:
            print(json.dumps(body))
        request = urllib.request.Request(
            self.api + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self.signature, "Accept": accept},
        )
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        totals = answer.headers["x-total-rows"]
        print(f"-> {answer.status} {answer.headers['Content-Type']}", *(f"x-total-rows: {total}" for total in [totals] if total))
        if answer.headers["Content-Type"] != "application/json":
            print(text[:1500])
            return text
        found = json.loads(text) if text else None
        page = found.get("data", found) if isinstance(found, dict) else {}
        if "items" in page:
            for row in page["items"]:
                codes = ", ".join(one["messageCode"] for one in row["exceptions"])
                print("  ", *(str(row[name]) for name in SHOWN), f"[{codes}]" if codes else "", sep="  ")
            more = "and a token for the rest" if page["nextPageToken"] else "which is all"
            print(f"   {len(page['items'])} of {page['totalRows']} rows, {more}")
        elif found is not None:
            print(json.dumps(found, indent=2, ensure_ascii=False))
        return found

    def search(self, condition: str, limit: int = 5, accept: str = "application/json", **members):
        query = f"config from iam where {condition}"
        return self("POST", "/api/v1/permission", {"query": query, "limit": limit, **members}, accept)


def imported(api: str, aws: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "authorization-details.json"
        file.write_text(json.dumps(SAMPLE))
        ports = {"PORT": str(urlsplit(api).port), "AWS_PORT": str(urlsplit(aws).port)}
        command = [sys.executable, ROOT / "local/import_inventory.py", file, "--tenant", TENANT]
        subprocess.run(command, env={**os.environ, **ports}, check=True)


def walk(api: str, aws: str) -> None:
    imported(api, aws)
    call = Client(api)
    call.search("action.name = 's3:GetObject' AND source.cloud.resource.type = 'user'")
    call.search("action.name CONTAINS ALL ('iam:PassRole', 'ec2:RunInstances')", explain=True)
    found = call.search("source.cloud.resource.name = 'app' AND dest.cloud.service.name = 'sqs'", 3)
    call("POST", "/api/v1/permission/page", {"pageToken": found["data"]["nextPageToken"]})
    call.search("dest.cloud.resource.name IN ('logs', 'logs/*')", 1, "text/csv")
    call.search("dest.cloud.resourse.name = 'logs'")  # misspelt
    call("POST", "/api/v1/suggest", {"query": "config from iam where source.pub"})
    print("\nWhat this stack grants itself is there as soon as it is written:")
    policy = {"product": "Server", "actions": ["View*"], "resourceNrns": ["*"]}
    body = {"policyName": "servers", "description": "", "permissions": [{"effect": "Allow", "targets": [policy]}]}
    ids = {"policyIdList": [call("POST", "/policies", body)["policyId"]]}
    call("POST", "/sub-accounts/web-1/policies", ids)
    call.search("NOT dest.cloud.type = 'AWS'")
    call("DELETE", "/sub-accounts/web-1/policies", ids)
    call.search("NOT dest.cloud.type = 'AWS'")
    call("DELETE", f"/policies/{ids['policyIdList'][0]}")
