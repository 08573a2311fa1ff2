"""What one connection of the load test does: reads and writes of every family, each deleted again by who made it."""

import random
import uuid

from locust import FastHttpUser, constant, task

ACCOUNT = "111122223333"
SCOPE = f"{ACCOUNT}/20260101/us-east-1/execute-api/aws4_request"
# The local stack takes the account from the access key id and verifies no signature.
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=local"}
WEB = f"arn:aws:iam::{ACCOUNT}:role/app/web"
DOOR = "/api.prismacloud.io"
CONDITIONS = (
    "source.cloud.type = 'AWS'",
    "action.name = 's3:GetObject' AND source.cloud.resource.type = 'user'",
    "action.name CONTAINS ALL ('iam:PassRole', 'lambda:CreateFunction')",
    "action.access.isadministrative = true AND action.name STARTS WITH 'iam:'",
    "NOT dest.cloud.type = 'AWS'",
)


def query() -> str:
    return f"config from iam where {random.choice(CONDITIONS)}"


def policy(*actions: str) -> dict:
    target = {"product": "Server", "actions": list(actions), "resourceNrns": ["*"]}
    return {"policyName": "load-test", "description": "", "permissions": [{"effect": "Allow", "targets": [target]}]}


class Caller(FastHttpUser):
    """One connection, which sends a request as soon as the reply to the one before is there."""

    wait_time = constant(0)
    connection_timeout = network_timeout = 60.0
    # Of the run: a portal that all share, an access key, and what a policy generation reads.
    portal = key = generation = None
    login = None

    def send(self, operation: str, method: str, path: str, body=None, headers: dict | None = None):
        """The reply, read as JSON; `None` if the request failed."""
        headers = SIGNED if headers is None else headers
        with self.client.request(method, path, json=body, headers=headers, name=operation, catch_response=True) as reply:
            if reply.status_code < 200 or reply.status_code >= 300:
                reply.failure(str(reply.status_code))
                return None
            reply.success()
            return reply.json() if reply.text else {}

    @task(4)
    def access_policy(self):
        user = str(uuid.uuid4())
        on_portal = {"accessPolicyResource": {"portal": {"id": self.portal}}, "accessPolicyIdentity": {"user": {"id": user}}}
        created = self.send("CreateAccessPolicy", "POST", "/access-policies", {
            **on_portal, "accessPolicyPermission": "VIEWER", "clientToken": str(uuid.uuid4()), "tags": {"team": "load"}})
        if not created:
            return
        path = f"/access-policies/{created['accessPolicyId']}"
        self.send("DescribeAccessPolicy", "GET", path)
        self.send("ListAccessPolicies", "GET", f"/access-policies?identityType=USER&identityId={user}")
        self.send("ListTagsForResource", "GET", f"/tags?resourceArn={created['accessPolicyArn']}")
        self.send("UpdateAccessPolicy", "PUT", path, {**on_portal, "accessPolicyPermission": "ADMINISTRATOR"})
        self.send("DeleteAccessPolicy", "DELETE", path)

    @task(1)
    def project(self):
        created = self.send("CreateProject", "POST", "/projects", {"portalId": self.portal, "projectName": "Caps"})
        if created:
            self.send("ListProjects", "GET", f"/projects?portalId={self.portal}")
            self.send("DeleteProject", "DELETE", f"/projects/{created['projectId']}")

    @task(4)
    def sub_account_policy(self):
        self.send("ValidatePolicy", "POST", "/policy/validation", policy("View*", "Chnge*"))
        created = self.send("CreatePolicy", "POST", "/policies", policy("View*"))
        if not created:
            return
        path = f"/policies/{created['policyId']}"
        self.send("UpdatePolicy", "PUT", path, policy("View*", "Change*"))
        self.send("GetPolicy", "GET", path + "?withPermissions=true")
        self.send("ListPolicies", "GET", "/policies")
        holder, ids = f"/sub-accounts/{uuid.uuid4()}/policies", {"policyIdList": [created["policyId"]]}
        self.send("AttachPolicies", "POST", holder, ids)
        self.send("DetachPolicies", "DELETE", holder, ids)
        self.send("DeletePolicy", "DELETE", path)

    @task(6)
    def search(self):
        found = self.send("GetPermissions", "POST", "/api/v1/permission", {"query": query(), "limit": 100})
        token = found and found["data"]["nextPageToken"]
        if token:
            self.send("GetPermissionsPage", "POST", "/api/v1/permission/page", {"pageToken": token, "limit": 100})
        self.send("Suggest", "POST", "/api/v1/suggest", {"query": "config from iam where source.pub"})

    @task(2)
    def groups(self):
        self.send("GetPermissionsV4", "POST", "/iam/api/v4/search/permission", {
            "query": query(), "groupByFields": ["source", "grantedByPolicy"]})

    @task(1)
    def saved_search(self):
        found = self.send("GetPermissions", "POST", "/api/v1/permission", {"query": query(), "limit": 1})
        if found:
            path = f"/search/history/{found['id']}"
            self.send("SaveSearch", "POST", path, {"name": str(uuid.uuid4()), "query": found["query"]})
            self.send("ListSearches", "GET", "/search/history?filter=saved")

    @task(1)
    def behind_the_door(self):
        # The gateway lets ten logins a second through.
        if self.login is None or random.random() < 0.01:
            found = self.send("LogIn", "POST", DOOR + "/login", {"username": self.key[0], "password": self.key[1]}, {})
            self.login = found and found["token"]
        if self.login:
            body, headers = {"query": query(), "limit": 10}, {"x-redlock-auth": self.login}
            self.send("GetPermissions, with a login", "POST", DOOR + "/api/v1/permission", body, headers)

    @task(1)
    def policy_generation(self):
        self.send("ListPolicyGenerations", "GET", "/policy/generation?maxResults=10")
        self.send("GetGeneratedPolicy", "GET", f"/policy/generation/{self.generation['job']}")
        if random.random() < 0.1:  # a job takes seconds, and five may run at once
            started = self.send("StartPolicyGeneration", "PUT", "/policy/generation", {
                "policyGenerationDetails": {"principalArn": WEB}, "cloudTrailDetails": self.generation["details"]})
            if started:
                self.send("CancelPolicyGeneration", "PUT", f"/policy/generation/{started['jobId']}")
