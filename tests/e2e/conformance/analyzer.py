"""Policy generation: what there is to refer to, and the rules beyond the model of `accessanalyzer`."""

import json
import re
from datetime import UTC, datetime, timedelta

from .cases import Case
from .judge import Fault
from .model import Operation, Service
from .replies import Outcome, body_of
from .variants import sample
from .wire import Reply, Request, send, serialise

SERVICE = Service("accessanalyzer")
OPERATIONS = ["StartPolicyGeneration", "ListPolicyGenerations", "GetGeneratedPolicy", "CancelPolicyGeneration"]

LINE_BREAKS = "\n\r\u2028\u2029"
"""What `.` does not stand for in the regular expressions of Smithy models (ECMA 262)."""


class World:
    """An account with one job."""

    lasts_for = 1  # requests that start something: few jobs may be in progress

    def __init__(self, url: str, account: str):
        self.url, self.account = url, account
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._job = None

    @property
    def job(self) -> str:
        if self._job is None:
            start = SERVICE.operation("StartPolicyGeneration")
            self._job = body_of(send(self.url, serialise(start, Profile.start(self)), self.account))["jobId"]
        return self._job


class Profile:
    service = SERVICE
    world = World
    refusal: Outcome = (400, "ValidationException")
    exactly_one: set[str] = set()
    beyond_the_model = {"cloudTrailDetails", "cloudTrailDetails.startTime", "cloudTrailDetails.endTime"}

    @staticmethod
    def start(world: World) -> dict:
        at = lambda days: (world.now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "policyGenerationDetails": {"principalArn": f"arn:aws:iam::{world.account}:role/app/web"},
            "cloudTrailDetails": {
                "trails": [{"cloudTrailArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/none",
                            "regions": ["eu-west-1"], "allRegions": False}],
                "accessRole": f"arn:aws:iam::{world.account}:role/reader", "startTime": at(30), "endTime": at(1)},
            "clientToken": sample(SERVICE.operation("StartPolicyGeneration").input.members["clientToken"]),
        }

    def base(self, operation: Operation, world: World) -> dict:
        match operation.name:
            case "StartPolicyGeneration":
                return self.start(world)
            case "ListPolicyGenerations":
                return {"principalArn": f"arn:aws:iam::{world.account}:user/someone", "maxResults": "10"}
            case _:
                return {"jobId": world.job}

    def carrier(self, operation: Operation, steps: list, world: World) -> dict:
        """A right request that has the member."""
        values = self.base(operation, world)
        if steps == ["clientToken"]:
            # Refused for its account after all is read: a token needs no job of its own to be looked at.
            values["policyGenerationDetails"] = {"principalArn": "arn:aws:iam::111122223333:role/app/web"}
        return values

    def more(self, operation: Operation):
        if operation.name == "ListPolicyGenerations":
            yield "a plus sign in a name", lambda world: Request(
                operation, {}, [("principalArn", "arn:aws:iam::1:user/a+b")], b"",
                raw_query="principalArn=arn:aws:iam::1:user/a+b")
            yield "a page larger than any", lambda world: serialise(operation, {"maxResults": "9" * 30})
            yield "nothing at all", lambda world: serialise(operation, {})
        if operation.name == "GetGeneratedPolicy":
            yield "both flags", lambda world: serialise(operation, {
                "jobId": world.job, "includeResourcePlaceholders": "true", "includeServiceLevelTemplate": "true"})

    def faults(self, operation: Operation, values: dict, world: World) -> list[Fault]:
        """Beyond the model; the values are right by the model."""
        found = []
        arn = lambda path, text: found.append(Fault(path, "a line break in an ARN (policy generation 1.3)")) if any(
            c in text for c in LINE_BREAKS) else None
        match operation.name:
            case "StartPolicyGeneration":
                principal = values["policyGenerationDetails"]["principalArn"]
                arn("policyGenerationDetails.principalArn", principal)
                if len(principal) > 2_048:
                    found.append(Fault("policyGenerationDetails.principalArn", "too long (docs, policy generation: sizes)"))
                details = values.get("cloudTrailDetails")
                if details is None:
                    return [*found, Fault("cloudTrailDetails", "no default trail here (policy generation 2)")]
                before = len(found)
                arn("cloudTrailDetails.accessRole", details["accessRole"])
                if not details["trails"] and len(found) > before:
                    found.append(Fault("cloudTrailDetails.trails", "no trail, and no role for the event history (docs)"))
                return found + self._cloud_trail_faults(details, arn, world)
            case "ListPolicyGenerations":
                arn("principalArn", values.get("principalArn") or "")
                if values.get("nextToken") is not None:
                    found.append(Fault("nextToken", "not one of ours (policy generation 2)"))
            case _:
                if values["jobId"] != world.job:
                    found.append(Fault("jobId", "no such job (policy generation 1)"))
        return found

    def _cloud_trail_faults(self, details: dict, arn, world: World) -> list[Fault]:
        path = "cloudTrailDetails"
        found = []
        if len(json.dumps(details, separators=(",", ":"), ensure_ascii=False).encode()) > 256 * 1024:
            found.append(Fault(path, "too large for one item (docs, policy generation: sizes)"))
        for index, trail in enumerate(details["trails"]):
            arn(f"{path}.trails[{index}].cloudTrailArn", trail["cloudTrailArn"])
            for number, region in enumerate(trail.get("regions") or []):
                if not re.fullmatch("[a-z0-9-]+", region):
                    where = f"{path}.trails[{index}].regions[{number}]"
                    found.append(Fault(where, "no name of a region (docs, policy generation: regions)"))
        start, end = (_instant(details.get(name), world) for name in ("startTime", "endTime"))
        if start >= end:
            found.append(Fault(f"{path}.startTime", "not before the end (policy generation 2)"))
        elif end > world.now.timestamp() + 330:
            found.append(Fault(f"{path}.endTime", "in the future (policy generation 2)"))
        elif end - start > 90 * 86_400:
            found.append(Fault(f"{path}.startTime", "more than 90 days (policy generation 2)"))
        return found

    def outcomes(self, operation: Operation, values: dict, world: World) -> list[Outcome]:
        """What may come of a request in which nothing is wrong."""
        match operation.name:
            case "StartPolicyGeneration":
                owners = [values["policyGenerationDetails"]["principalArn"], values["cloudTrailDetails"]["accessRole"]]
                if any(arn.split(":")[4] != world.account for arn in owners):
                    return [(403, "AccessDeniedException")]  # policy generation 2, account
            case "CancelPolicyGeneration":
                return [(200, None), self.refusal]  # the job may have ended by itself
        return [(200, None)]

    def differences(self, case: Case, operation: Operation, values: dict, reply: Reply, world: World) -> list[str]:
        """What a successful request said and the service does not say again."""
        if operation.name != "StartPolicyGeneration":
            return []
        ask = lambda name: send(world.url, serialise(SERVICE.operation(name), body_of(reply)), world.account)
        properties = body_of(ask("GetGeneratedPolicy"))["generatedPolicyResult"]["properties"]
        ask("CancelPolicyGeneration")  # or hundreds of jobs would be in the way of other tests
        said = [{"cloudTrailArn": trail["cloudTrailArn"], "regions": trail.get("regions") or [],
                 **({"allRegions": trail["allRegions"]} if trail.get("allRegions") is not None else {})}
                for trail in values["cloudTrailDetails"]["trails"]]
        found = []
        if properties["principalArn"] != values["policyGenerationDetails"]["principalArn"]:
            found.append("principalArn is not read back")
        if properties["cloudTrailProperties"]["trailProperties"] != said:
            found.append("trails are not read back")
        return found

    def reason(self, faults: list[Fault], reply: Reply) -> str | None:
        """What is wrong with the `reason` of a refusal (policy generation 1, 1.2)."""
        if faults[0].path == "":
            expected = "cannotParse"
        else:
            expected = "other" if "no such job" in faults[0].rule else "fieldValidationFailed"
        said = body_of(reply)["reason"]
        return None if said == expected else f"reason {said}, expected {expected}"

    def shown(self, path: str) -> str:
        """The path by which a refusal names a member."""
        return path

    def paths_of(self, reply: Reply) -> list[str]:
        """The members that a refusal names."""
        return [field["name"] for field in body_of(reply).get("fieldList", [])]


def _instant(value, world: World) -> float:
    if value is None:
        return world.now.timestamp()
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)
