"""Loads the sample account into the running local stack and prints three tables that come from it.

    make sample          # PORT and AWS_PORT say where the stack is

The documents and the log files stay in `target/sample`, to try other commands on them.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from access import endpoint, generation, inventory, output, search
from access.failure import Failure
from sample import account, trail

FOLDER = Path(__file__).resolve().parents[1] / "target/sample"
IDENTITY_TOOLS = "action.access.isadministrative = true AND action.name STARTS WITH 'iam:'"
FROM_OUTSIDE = (
    "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*' AND source.cloud.resource.type != 'service'"
)
PORTAL = "Bottling line 7"
SERVER_POLICY = {
    "policyName": "sample-operators",
    "description": "Starts and stops servers",
    "permissions": [{"effect": "Allow", "targets": [
        {"product": "Server", "actions": ["View*", "Change/startServerInstances", "Change/stopServerInstances"],
         "resourceNrns": ["*"]}]}],
}


def main() -> int:
    stack = endpoint.local(account.ACCOUNT)
    try:
        load(stack)
        evidence, policies = generate(stack)
        own_grants(stack)
        administrators(stack)
        from_outside(stack)
        generated(evidence, policies)
    except Failure as failure:
        output.say(f"make sample: {failure}", "red")
        return 2
    output.say(f"\nThe sample is account {account.ACCOUNT}. Ask more, for example:", "bold", output.result)
    for question in (
        """bin/access query "action.name = 'iam:PassRole'\"""",
        """bin/access who-can s3:GetObject arn:aws:s3:::acme-reports/2026.csv""",
        """bin/access query "grantedby.cloud.policy.name = 'web' AND action.lastaccess.days > 90\"""",
    ):
        output.say(f"  {question}", on=output.result)
    return 0


def load(stack: endpoint.Endpoint) -> None:
    """Imports the documents of the account."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind, make in account.DOCUMENTS.items():
        file = FOLDER / f"{kind}.json"
        file.write_text(json.dumps(make(), indent=2) + "\n")
        if not inventory.import_file(stack, file, kind, None):
            raise Failure(f"the document {kind} of the sample was refused")


def generate(stack: endpoint.Endpoint) -> tuple[dict, list[str]]:
    """Writes a month of log files, puts them under a trail, and generates the policy of one role."""
    trail.write(FOLDER / "logs")
    found = generation.generate(stack, FOLDER / "logs", account.WEB, None, None)
    return found.evidence, found.policies


def own_grants(stack: endpoint.Endpoint) -> None:
    """A portal with a project that a role may see, and a policy that a sub account holds; made once."""
    portals = send(stack, "GET", "/portals")["portalSummaries"]
    if all(portal["name"] != PORTAL for portal in portals):
        role = {"arn": account.WEB}
        portal = send(stack, "POST", "/portals", {
            "portalName": PORTAL, "portalContactEmail": "line7@example.com", "roleArn": account.WEB})
        project = send(stack, "POST", "/projects", {"portalId": portal["portalId"], "projectName": "Caps"})
        send(stack, "POST", "/access-policies", {
            "accessPolicyIdentity": {"iamRole": role}, "accessPolicyPermission": "VIEWER",
            "accessPolicyResource": {"project": {"id": project["projectId"]}}})
    listed = send(stack, "GET", "/policies?searchColumn=policyName&searchWord=sample-operators")["items"]
    if not listed:
        policy = send(stack, "POST", "/policies", SERVER_POLICY)
        if "policyId" not in policy:
            raise Failure(f"the Sub Account policy of the sample was refused: {json.dumps(policy)}")
        send(stack, "POST", "/sub-accounts/operator-1/policies", {"policyIdList": [policy["policyId"]]})


def send(stack: endpoint.Endpoint, method: str, path: str, body: dict | None = None) -> dict:
    reply = stack.send(method, path, None if body is None else json.dumps(body).encode()).body
    return json.loads(reply) if reply else {}


def rows_of(stack: endpoint.Endpoint, condition: str) -> list[dict]:
    """Every row of a search."""
    return [row for reply in search.pages(stack, search.whole_query(condition), None) for row in reply["data"]["items"]]


def administrators(stack: endpoint.Endpoint) -> None:
    """Who is administrator, or can make itself one, and why."""
    found: dict[tuple, set[str]] = defaultdict(set)
    for row in rows_of(stack, IDENTITY_TOOLS):
        key = (row["sourceResourceName"], row["sourceResourceType"], row["grantedByCloudEntityName"], row["grantedByCloudPolicyName"])
        found[key].add(row["effectiveActionName"])
    rows = [
        {"who": who, "type": kind, "through": through, "policy": policy,
         "how": "everything in IAM" if len(actions) > 20 else ", ".join(sorted(actions))}
        for (who, kind, through, policy), actions in sorted(found.items())
    ]
    output.table(rows, ("who", "type", "through", "policy", "how"), "\n1. Administrators, and who can become one")


def from_outside(stack: endpoint.Endpoint) -> None:
    """Who reaches into the account from outside."""
    rows = [search.shown(row) for row in rows_of(stack, FROM_OUTSIDE)]
    columns = ("source", "source type", "action", "destination", "policy", "limits")
    output.table(rows, columns, "2. Who reaches in from outside", ("action",))


def counted(actions: list) -> str:
    return f"{len(actions)} action{'' if len(actions) == 1 else 's'}"


def generated(evidence: dict, policies: list[str]) -> None:
    """What one role did in a month, and what its policy allows beside that."""
    in_force = evidence["inForce"]
    if in_force["status"] != "COMPARED":
        raise Failure(f"the policies of the sample are not compared: {in_force['message']}")
    services: dict[str, dict] = defaultdict(lambda: {"calls": 0, "used": [], "unused": [], "unknown": []})
    for action in evidence["actions"]:
        service, _, name = action["action"].partition(":")
        services[service]["calls"] += action["count"]
        services[service]["used"].append(name)
    for action in in_force["unusedActions"]:
        service, _, name = action.partition(":")
        services[service]["unused"].append(name)
    for unknown in in_force["unknownUses"]:
        services[unknown["service"]]["unknown"] += unknown["actions"]
    rows = [
        {"service": service, "calls": of["calls"], "the generated policy allows": ", ".join(of["used"]) or "nothing",
         "never used": f"{counted(of['unused'])}: {', '.join(of['unused'][:3])}{', …' if len(of['unused']) > 3 else ''}"
         if of["unused"] else "",
         "not known": counted(of["unknown"]) if of["unknown"] else ""}
        for service, of in sorted(services.items())
    ]
    columns = ("service", "calls", "the generated policy allows", "never used", "not known")
    output.table(rows, columns, f"3. The policy that {account.WEB} needs")
    size = sum(len(policy) for policy in policies)
    output.say(
        f"{in_force['usedActions']} of {in_force['effectiveActions']} allowed actions were used in {trail.DAYS} days; the "
        f"generated policy has {size:,} characters. Print it with:", on=output.result)
    output.say(
        f"  aws accessanalyzer get-generated-policy --job-id {evidence['jobId']} --include-resource-placeholders", on=output.result)


if __name__ == "__main__":
    sys.exit(main())
