"""Access policies, portals and projects: what there is to refer to, and the rules beyond the model of `iotsitewise`."""

import json
import re
import uuid

from .cases import Case
from .judge import Fault
from .model import Operation, Service
from .replies import Outcome, body_of, known
from .variants import sample
from .wire import Reply, send, serialise

SERVICE = Service("iotsitewise")
OPERATIONS = [
    "CreateAccessPolicy", "DescribeAccessPolicy", "ListAccessPolicies", "UpdateAccessPolicy", "DeleteAccessPolicy",
    "TagResource", "UntagResource", "ListTagsForResource",
    "CreatePortal", "DescribePortal", "ListPortals", "UpdatePortal", "DeletePortal",
    "CreateProject", "DescribeProject", "ListProjects", "UpdateProject", "DeleteProject",
    "ListProjectAssets", "BatchAssociateProjectAssets",
]
NO_ID = "00000000-0000-0000-0000-000000000000"
ABSENT = "11111111-1111-4111-8111-111111111111"
NOT_FOUND: Outcome = (404, "ResourceNotFoundException")


class World:
    """An account with a portal, a project in it, and an access policy on the portal."""

    lasts_for = 60  # requests that made something: quotas are 100 portals, and 100 projects in a portal

    def __init__(self, url: str, account: str):
        self.url, self.account = url, account
        self.portals, self.projects, self.policies = set(), set(), set()
        self.portal, self.portal_arn = self.new_portal()
        self.project, self.project_arn = self.new_project(self.portal)
        self.policy, self.policy_arn = self.new_policy()

    def call(self, operation: str, values: dict) -> dict:
        reply = send(self.url, serialise(SERVICE.operation(operation), values), self.account)
        if reply.status >= 300:
            raise AssertionError(f"{operation} answers {reply.status} {reply.body!r}")
        return body_of(reply)

    def new_portal(self) -> tuple[str, str]:
        made = self.call("CreatePortal", {
            "portalName": "plant", "portalContactEmail": "a@example.com",
            "roleArn": f"arn:aws:iam::{self.account}:role/portal"})
        self.portals.add(made["portalId"])
        return made["portalId"], made["portalArn"]

    def new_project(self, portal: str) -> tuple[str, str]:
        made = self.call("CreateProject", {"portalId": portal, "projectName": "line"})
        self.projects.add(made["projectId"])
        return made["projectId"], made["projectArn"]

    def new_policy(self) -> tuple[str, str]:
        made = self.call("CreateAccessPolicy", {
            "accessPolicyIdentity": {"user": {"id": "someone"}}, "accessPolicyResource": {"portal": {"id": self.portal}},
            "accessPolicyPermission": "VIEWER"})
        self.policies.add(made["accessPolicyId"])
        return made["accessPolicyId"], made["accessPolicyArn"]


class Profile:
    service = SERVICE
    world = World
    refusal: Outcome = (400, "InvalidRequestException")
    exactly_one = {"Identity", "Resource"}
    beyond_the_model = {"accessPolicyIdentity", "accessPolicyResource"}

    def alternatives(self, world: World) -> dict:
        return {
            "Identity": {
                "user": {"id": "a-user"}, "group": {"id": "a-group"}, "iamUser": {"arn": "arn:aws:iam::111122223333:user/x"},
                "iamRole": {"arn": "arn:aws:iam::111122223333:role/x"}},
            "Resource": {"portal": {"id": world.portal}, "project": {"id": world.project}},
        }

    def base(self, operation: Operation, world: World) -> dict:
        token = lambda: {"clientToken": str(uuid.uuid4())}
        binding = {"accessPolicyIdentity": {"group": {"id": "operators"}}, "accessPolicyPermission": "ADMINISTRATOR",
                   "accessPolicyResource": {"project": {"id": world.project}}}
        match operation.name:
            case "CreateAccessPolicy":
                return {**binding, "tags": {"key": "value"}, **token()}
            case "UpdateAccessPolicy":
                return {**binding, "accessPolicyId": world.policy, **token()}
            case "DescribeAccessPolicy":
                return {"accessPolicyId": world.policy}
            case "DeleteAccessPolicy":
                return {"accessPolicyId": world.new_policy()[0], **token()}
            case "ListAccessPolicies":
                return {"maxResults": "10"}
            case "TagResource":
                return {"resourceArn": world.new_policy()[1], "tags": {"key": "value"}}
            case "UntagResource":
                return {"resourceArn": world.policy_arn, "tagKeys": ["key"]}
            case "ListTagsForResource":
                return {"resourceArn": world.project_arn}
            case "CreatePortal":
                return {**sample(operation.input), "portalContactEmail": "a.b+c@example.com", **token()}
            case "CreateProject":
                return {**sample(operation.input), "portalId": world.portal, **token()}
            case "UpdatePortal":
                return {**sample(operation.input), "portalId": world.portal, "portalContactEmail": "a.b+c@example.com",
                        **token()}
            case "UpdateProject":
                return {**sample(operation.input), "projectId": world.project, **token()}
            case "ListProjectAssets":
                return {"projectId": world.project, "maxResults": "10"}
            case "BatchAssociateProjectAssets":
                return {"projectId": world.project, "assetIds": [ABSENT], **token()}
            case "DescribePortal":
                return {"portalId": world.portal}
            case "DescribeProject":
                return {"projectId": world.project}
            case "DeletePortal":
                return {"portalId": world.new_portal()[0], **token()}
            case "DeleteProject":
                return {"projectId": world.new_project(world.portal)[0], **token()}
            case "ListPortals":
                return {"maxResults": "10"}
            case "ListProjects":
                return {"portalId": world.portal, "maxResults": "10"}
        raise NotImplementedError(operation.name)

    def carrier(self, operation: Operation, steps: list, world: World) -> dict:
        """A right request that has the member, in which no other member excludes it."""
        member = steps[0]
        if operation.name.startswith("Delete") and member == "clientToken":
            # What is not there can be deleted at a quarter of the price; its token is read all the same.
            return dict.fromkeys(operation.members_in("uri"), ABSENT)
        values = self.base(operation, world)
        if operation.name == "ListAccessPolicies":
            arn = "arn:aws:iam::111122223333:user/x"
            values |= {
                "identityType": {"identityType": "USER", "identityId": "someone"},
                "identityId": {"identityType": "GROUP", "identityId": "someone"},
                "iamArn": {"identityType": "IAM", "iamArn": arn},
                "resourceType": {"resourceType": "PORTAL", "resourceId": world.portal},
                "resourceId": {"resourceType": "PROJECT", "resourceId": world.project},
            }.get(member, {})
        shape = operation.input.members[member]
        if shape.name in self.exactly_one and len(steps) > 1:
            values[member] = {steps[1]: self.alternatives(world)[shape.name][steps[1]]}
        if shape.kind == "map" and isinstance(steps[1:] and steps[1], str):
            values[member] = {steps[1]: sample(shape.value)}
        return values

    def more(self, operation: Operation):
        match operation.name:
            case "DeletePortal":
                yield "with projects left", lambda world: serialise(operation, {"portalId": world.portal})
            case "TagResource" | "UntagResource" | "ListTagsForResource":
                arns = {
                    "of the portal": lambda world: world.portal_arn, "of the project": lambda world: world.project_arn,
                    "of the policy": lambda world: world.policy_arn,
                    "of something absent": lambda world: world.policy_arn.replace(world.policy, ABSENT),
                    "of another kind": lambda world: world.policy_arn.replace("access-policy", "portal"),
                    "of no kind": lambda world: world.policy_arn.replace("access-policy", "asset"),
                    "of another account": lambda world: world.policy_arn.replace(world.account, "111122223333"),
                    "of no account": lambda world: world.policy_arn.replace(world.account, ""),
                    "of another service": lambda world: world.policy_arn.replace("iotsitewise", "iot"),
                    "with the zero id": lambda world: world.policy_arn.replace(world.policy, NO_ID),
                    "with an id in upper case": lambda world: world.policy_arn.replace(world.policy, "A" + ABSENT[1:]),
                    "with more behind": lambda world: world.policy_arn + "/x",
                    "with a line break behind": lambda world: world.policy_arn + "\n",
                    "that is a bare id": lambda world: world.policy,
                }
                for special, arn in arns.items():
                    yield f"an ARN {special}", lambda world, arn=arn: serialise(operation, {
                        **self.base(operation, world), "resourceArn": arn(world)})
            case "ListAccessPolicies":
                yield from self._filters(operation)
            case ("DescribeAccessPolicy" | "UpdateAccessPolicy" | "DeleteAccessPolicy" | "DescribePortal" | "DescribeProject"
                  | "UpdatePortal" | "UpdateProject" | "BatchAssociateProjectAssets"):
                member = next(iter(operation.members_in("uri")))
                yield "an id that nothing has", lambda world: serialise(operation, {
                    **self.base(operation, world), member: ABSENT})
        if operation.name in ("CreateAccessPolicy", "UpdateAccessPolicy"):
            for kind in ("portal", "project"):
                yield f"a {kind} that is not there", lambda world, kind=kind: serialise(operation, {
                    **self.base(operation, world), "accessPolicyResource": {kind: {"id": ABSENT}}})
            yield "a portal as a project", lambda world: serialise(operation, {
                **self.base(operation, world), "accessPolicyResource": {"project": {"id": world.portal}}})

    def _filters(self, operation: Operation):
        """Each combination of filters that are right by themselves (access policies 7.1)."""
        choices = {
            "identityType": [None, "USER", "GROUP", "IAM"], "identityId": [None, "someone"],
            "iamArn": [None, "arn:aws:iam::111122223333:user/x"], "resourceType": [None, "PORTAL", "PROJECT"],
            "resourceId": [None, lambda world: world.portal],
        }
        combinations = [{}]
        for name, values in choices.items():
            combinations = [{**given, **({} if value is None else {name: value})}
                            for given in combinations for value in values]
        for given in combinations:
            yield f"filters {sorted(given)} {given.get('identityType', '')}", lambda world, given=given: serialise(
                operation, {name: value(world) if callable(value) else value for name, value in given.items()})

    def faults(self, operation: Operation, values: dict, world: World) -> list[Fault]:
        """Beyond the model; the values are right by the model."""
        found = []
        for member in ("accessPolicyIdentity", "accessPolicyResource"):
            if member in operation.input.members:
                given = [name for name in operation.input.members[member].members if values[member].get(name) is not None]
                if len(given) != 1:
                    found.append(Fault(member, "not exactly one (access policies 7)"))
        types = values.get("portalTypeConfiguration")
        if types and len(json.dumps(types, separators=(",", ":"), ensure_ascii=False).encode()) > 256 * 1024:
            found.append(Fault("portalTypeConfiguration", "too large for one item (docs, access policies)"))
        if values.get("nextToken") is not None:
            found.append(Fault("nextToken", "not one of ours (access policies 7.1)"))
        if any(key.startswith("aws:") for key in values.get("tags") or []):
            found.append(Fault("tags", "a reserved key (access policies 9)"))
        if "resourceArn" in values and not self._arn(values["resourceArn"], world):
            found.append(Fault("resourceArn", "not an ARN of ours (access policies 9)"))
        if operation.name == "ListAccessPolicies":
            found += self._filter_faults(values)
        return found

    def _arn(self, text: str, world: World) -> tuple[str, str, str] | None:
        """Account, kind and id that an ARN names."""
        start = re.escape(":".join(world.policy_arn.split(":")[:4]))
        ids = SERVICE.raw["shapes"]["ID"]["pattern"].strip("^$")
        match = re.fullmatch(rf"{start}:([0-9]{{12}}):(access-policy|portal|project)/({ids})", text)
        return match and match.groups()

    def _filter_faults(self, values: dict) -> list[Fault]:
        """The table of access policies 7.1."""
        kind = values.get("identityType")
        partner = {"USER": "identityId", "GROUP": "identityId", "IAM": "iamArn"}.get(kind)
        found = []
        if kind is None and ("identityId" in values or "iamArn" in values):
            found.append(Fault("identityType", "required with identityId and with iamArn"))
        elif kind and any(name in values for name in {"identityId", "iamArn"} - {partner}):
            found.append(Fault("iamArn" if partner == "identityId" else "identityId", f"not with {kind}"))
        elif kind and partner not in values:
            found.append(Fault(partner, f"required for {kind}"))
        if ("resourceType" in values) != ("resourceId" in values):
            found.append(Fault("resourceId" if "resourceType" in values else "resourceType", "required with the other"))
        return found

    def outcomes(self, operation: Operation, values: dict, world: World) -> list[Outcome]:
        """What may come of a request in which nothing is wrong."""
        success: Outcome = (operation.success, None)
        there = True
        if "accessPolicyResource" in values:
            resource = known(operation.input.members["accessPolicyResource"], values["accessPolicyResource"])
            there &= resource.get("portal", {"id": world.portal})["id"] in world.portals
            there &= resource.get("project", {"id": world.project})["id"] in world.projects
        if "accessPolicyId" in values:
            there &= values["accessPolicyId"] in world.policies
        if "portalId" in values and operation.name != "ListProjects":
            there &= values["portalId"] in world.portals
        if "projectId" in values and operation.name != "ListProjectAssets":  # a list models no error for it
            there &= values["projectId"] in world.projects
        if operation.name == "BatchAssociateProjectAssets":
            there = False  # no asset is
        if "resourceArn" in values:
            account, kind, found = self._arn(values["resourceArn"], world)
            of_kind = {"access-policy": world.policies, "portal": world.portals, "project": world.projects}[kind]
            there &= account == world.account and found in of_kind
        if operation.name == "DeletePortal" and values["portalId"] == world.portal:
            return [(409, "ConflictingOperationException")]
        return [success] if there else [NOT_FOUND]

    def differences(self, case: Case, operation: Operation, values: dict, reply: Reply, world: World) -> list[str]:
        """What a successful request said and the service does not say again."""
        if case.member == "clientToken":
            return []
        said, body = known(operation.input, values), body_of(reply)
        not_shown = {"clientToken", "tags", "portalLogoImageFile", "portalLogoImage"}
        match operation.name:
            case "CreateAccessPolicy" | "UpdateAccessPolicy":
                policy = body.get("accessPolicyId") or values["accessPolicyId"]
                read = world.call("DescribeAccessPolicy", {"accessPolicyId": policy})
            case "CreatePortal" | "UpdatePortal":
                read = world.call("DescribePortal", {"portalId": body.get("portalId") or values["portalId"]})
            case "CreateProject" | "UpdateProject":
                read = world.call("DescribeProject", {"projectId": body.get("projectId") or values["projectId"]})
            case "TagResource":
                read, not_shown = world.call("ListTagsForResource", {"resourceArn": values["resourceArn"]}), {"resourceArn"}
            case "DeleteAccessPolicy" | "DeleteProject" | "DeletePortal":
                describe = operation.name.replace("Delete", "Describe")
                gone = serialise(SERVICE.operation(describe), {name: values[name] for name in operation.members_in("uri")})
                status = send(world.url, gone, world.account).status
                return [] if status == 404 else [f"{describe} answers {status} after it"]
            case _:
                return []
        found = [f"`{name}` is not read back" for name, value in said.items()
                 if name not in not_shown and read.get(name) != value]
        arn = next((value for name, value in body.items() if name.endswith("Arn")), None)
        if arn and case.member.startswith("tags"):
            tags = world.call("ListTagsForResource", {"resourceArn": arn})["tags"]
            found += [] if tags == said.get("tags", {}) else ["tags are not read back"]
        return found

    def reason(self, faults: list[Fault], reply: Reply) -> str | None:
        """Nothing: the error has a message alone."""

    def shown(self, path: str) -> str:
        """The path by which a refusal names a member: keys of tags are values, which are not quoted."""
        return re.sub(r"^(tags|tagKeys)[.\[].*", r"\1", path, flags=re.DOTALL)

    def paths_of(self, reply: Reply) -> list[str]:
        """The members that a refusal names."""
        return re.findall(r"Value at '([^']*)'", body_of(reply).get("message", ""))
