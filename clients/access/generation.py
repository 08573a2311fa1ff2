"""From CloudTrail log files on this machine to a policy, through the local stack."""

import json
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from access import log_files, output
from access.endpoint import Endpoint
from access.failure import Failure

LONGEST = timedelta(days=90)
MOST_PRINTED = 40  # rows of the table
ACTION_COLUMNS = ("action", "calls", "denied", "last seen", "resources")
POLICY_COLUMNS = ("policy", "held by", "allows", "used", "never used")
CHANGE_COLUMNS = ("action", "change", "in force", "proposed")


@dataclass(frozen=True)
class Uploaded:
    """What was put into the bucket."""

    files: int
    records: int
    first: datetime
    last: datetime


def principal_account(principal: str) -> str:
    """The account of a user or role."""
    parts = principal.split(":")
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        role = parts[5].split("/")[1]
        raise Failure(f"--principal names a session: name its role, arn:{parts[1]}:iam::{parts[4]}:role/{role}")
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith(("role/", "user/")):
        raise Failure(f"`{principal}` is not the ARN of a user or role, such as arn:aws:iam::111122223333:role/app/web")
    return parts[4]


@contextmanager
def trail_of(endpoint: Endpoint, account: str):
    """A bucket, a trail that writes into it, and a role that may read both; they are removed afterwards."""
    name = f"from-logs-{uuid.uuid4().hex[:12]}"
    client = {service: endpoint.aws_client(service, account) for service in ("s3", "cloudtrail", "iam")}
    s3, cloudtrail, iam = client["s3"], client["cloudtrail"], client["iam"]

    def policy(principal, action, **more):
        statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    place = {} if endpoint.region == "us-east-1" else {
        "CreateBucketConfiguration": {"LocationConstraint": endpoint.region}}
    s3.create_bucket(Bucket=name, **place)
    try:
        writer = {"Service": "cloudtrail.amazonaws.com"}
        s3.put_bucket_policy(Bucket=name, Policy=policy(writer, "s3:PutObject", Resource=f"arn:aws:s3:::{name}/*"))
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=policy({"AWS": f"arn:aws:iam::{account}:root"}, "sts:AssumeRole"))
        trail = cloudtrail.create_trail(Name=name, S3BucketName=name, IsMultiRegionTrail=True)
        yield s3, name, trail["TrailARN"], role["Role"]["Arn"]
    finally:
        # Each one alone: what was not made cannot be removed.
        for remove in (
            lambda: cloudtrail.delete_trail(Name=name),
            lambda: iam.delete_role(RoleName=name),
            lambda: empty(s3, name),
            lambda: s3.delete_bucket(Bucket=name),
        ):
            try:
                remove()
            except (BotoCoreError, ClientError) as error:
                output.say(f"not removed from the local stack: {error}", "dim")


def empty(s3, bucket: str) -> None:
    """Deletes every object of a bucket."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": one["Key"]} for one in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})


def progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[records]:,} records"),
        TimeElapsedColumn(),
        console=output.notes,
    )


def upload(s3, bucket: str, account: str, folder: Path) -> Uploaded:
    """Puts the log files of a folder into a bucket, as a trail would have done."""
    files = log_files.log_files(folder)
    if not files:
        raise Failure(f"{folder} holds no file whose name ends in .json or .json.gz: CloudTrail log files end so")
    count = records = 0
    times: list[datetime] = []
    skipped: list[str] = []
    with progress_bar() as bar, ThreadPoolExecutor(4) as workers:
        task = bar.add_task("uploading", total=len(files), records=0)
        puts = []
        for file in files:
            try:
                for one in log_files.objects_of(file, account):
                    puts.append(workers.submit(s3.put_object, Bucket=bucket, Key=one.key, Body=one.body))
                    count, records = count + 1, records + one.records
                    times += [one.first, one.last]
            except log_files.NotALogFile as reason:
                skipped.append(f"{file}: {reason}")
            # Not more bodies in memory than a few per worker.
            while len(puts) > 16:
                puts.pop(0).result()
            bar.update(task, advance=1, records=records)
        for put in puts:
            put.result()
    for text in skipped[:5]:
        output.say(f"skipped {text}", "yellow")
    if len(skipped) > 5:
        output.say(f"and {len(skipped) - 5} more files were skipped", "yellow")
    if not times:
        raise Failure(f"no file of {folder} holds a CloudTrail record with a time and a region")
    return Uploaded(count, records, min(times), max(times))


def window(uploaded: Uploaded, start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """The time range of the generation: that of the records unless it is given; at most 90 days."""
    latest = end or min(uploaded.last + timedelta(seconds=1), datetime.now(UTC))
    earliest = start or uploaded.first
    if not start and latest - earliest > LONGEST:
        earliest = latest - LONGEST
        output.say(
            f"the records are of more than 90 days: only those since {earliest:%Y-%m-%d} are read. --start and --end choose "
            "other days",
            "yellow",
        )
    if earliest >= latest:
        raise Failure(f"the time range is empty: it begins on {earliest.isoformat()} and ends on {latest.isoformat()}")
    return earliest, latest


def wait(endpoint: Endpoint, job: str) -> dict:
    """Waits until a generation has ended, and returns it with its policies."""
    path = f"/policy/generation/{job}?includeResourcePlaceholders=true"
    with output.notes.status("reading the log files"):
        pause = 0.1
        while True:
            found = json.loads(endpoint.send("GET", path).body)
            if found["jobDetails"]["status"] != "IN_PROGRESS":
                return found
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)


@dataclass(frozen=True)
class Generated:
    """A generation that has succeeded."""

    uploaded: Uploaded
    policies: list[str]
    evidence: dict


def generate(endpoint: Endpoint, folder: Path, principal: str, start: datetime | None, end: datetime | None) -> Generated:
    """Puts the log files of a folder under a trail of the local stack, and generates the policy of a principal.

    Bucket, trail and role are removed again. The job stays for as long as the stack keeps jobs.
    """
    account = principal_account(principal)
    if not endpoint.is_local:
        raise Failure(
            "`policy from-logs` works with the local stack only. A deployed stack reads the trail itself: use "
            "`aws accessanalyzer start-policy-generation` (docs/policy-generation.md)"
        )
    if not folder.is_dir():
        raise Failure(f"{folder} is not a folder")
    endpoint = endpoint.as_account(account)
    try:
        with trail_of(endpoint, account) as (s3, bucket, trail, role):
            uploaded = upload(s3, bucket, account, folder)
            first, last = window(uploaded, start, end)
            body = {
                "policyGenerationDetails": {"principalArn": principal},
                "cloudTrailDetails": {
                    "accessRole": role,
                    "startTime": first.isoformat(),
                    "endTime": last.isoformat(),
                    "trails": [{"cloudTrailArn": trail, "allRegions": True}],
                },
                "clientToken": str(uuid.uuid4()),
            }
            job = json.loads(endpoint.send("PUT", "/policy/generation", json.dumps(body).encode()).body)["jobId"]
            found = wait(endpoint, job)
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"the AWS services of the local stack on {endpoint.aws_url} refused: {error}") from error
    if found["jobDetails"]["status"] != "SUCCEEDED":
        error = found["jobDetails"].get("jobError") or {}
        raise Failure(f"the generation {found['jobDetails']['status'].lower()}: {error.get('message', 'no reason is given')}")
    evidence = json.loads(endpoint.send("GET", f"/policy/generation/{job}/evidence").body)
    return Generated(uploaded, [one["policy"] for one in found["generatedPolicyResult"]["generatedPolicies"]], evidence)


def from_logs(
    endpoint: Endpoint, folder: Path, principal: str, start: datetime | None, end: datetime | None, into: Path, form: str
) -> None:
    """Generates a policy, writes it to `policy-1.json` (and further ones), and prints its evidence."""
    found = generate(endpoint, folder, principal, start, end)
    written = write_policies(found.policies, into)
    if form == "json":
        output.document(found.evidence)
    else:
        rows = action_rows(found.evidence)
        printed = rows[:MOST_PRINTED] if form == "table" else rows
        output.write(printed, ACTION_COLUMNS, form, f"What {principal} did", whole=("action", "last seen"))
        if len(printed) < len(rows):
            output.say(f"and {len(rows) - len(printed)} more actions: -o csv prints all")
        if form == "table":
            what_to_remove(found.evidence)
    summary(found.evidence, found.uploaded, written)


def write_policies(policies: list[str], into: Path) -> list[Path]:
    """Writes each policy document to a file."""
    into.mkdir(parents=True, exist_ok=True)
    files = [into / f"policy-{number}.json" for number in range(1, len(policies) + 1)]
    for file, policy in zip(files, policies, strict=True):
        file.write_text(json.dumps(json.loads(policy), indent=2) + "\n")
    return files


def action_rows(evidence: dict) -> list[dict]:
    """The actions of the evidence as rows of a table."""
    return [
        {
            "action": action["action"],
            "calls": action["count"],
            "denied": action["denied"] or None,
            "last seen": (action["lastSeen"] or "")[:16].replace("T", " "),
            "resources": some([resource["arn"] for resource in action.get("resources", []) if "arn" in resource]),
        }
        for action in evidence["actions"]
    ]


def what_to_remove(evidence: dict) -> None:
    """Prints how much of each policy in force was used, and what the proposed policies change."""
    in_force = evidence["inForce"]
    if in_force["status"] != "COMPARED":
        output.say(f"what can be removed is not known: {in_force['message']}", "yellow")
        return
    policies = [
        {"policy": policy["name"], "held by": policy["heldBy"].rsplit(":", 1)[-1], "allows": policy["effectiveActions"],
         "used": policy["usedActions"], "never used": policy["unusedActions"]}
        for policy in in_force["policies"]
    ]
    output.table(policies, POLICY_COLUMNS, "Policies in force, by actions")
    changes = [
        {"action": one["action"], "change": one["change"].lower(), "in force": some(one["inForce"]), "proposed": some(one["proposed"])}
        for one in in_force["differences"] if one["change"] != "NONE"
    ]
    output.table(changes[:MOST_PRINTED], CHANGE_COLUMNS, "What the proposed policies change", whole=("action",))
    if len(changes) > MOST_PRINTED:
        output.say(f"and {len(changes) - MOST_PRINTED} more changes: -o json prints all")
    output.say(
        f"never used: {len(in_force['unusedActions'])} of {in_force['effectiveActions']} allowed actions"
        f"{'; ' + by_service(in_force['unusedActions']) if in_force['unusedActions'] else ''}", on=output.result)
    for unknown in in_force["unknownUses"]:
        output.say(f"not known: {len(unknown['actions'])} actions of {unknown['service']}, because {unknown['message']}", "yellow")
    for missing in in_force["missing"]:
        output.say(f"not imported: the {missing}, so that more may be allowed, or less", "yellow")


def by_service(actions: list[str]) -> str:
    """How many actions there are of each service."""
    counts = Counter(action.partition(":")[0] for action in actions)
    return ", ".join(f"{service} {count}" for service, count in sorted(counts.items()))


def some(arns: list[str]) -> str:
    """The first ARN, and how many more there are."""
    return "" if not arns else arns[0] if len(arns) == 1 else f"{arns[0]} and {len(arns) - 1} more"


def summary(evidence: dict, uploaded: Uploaded, written: list[Path]) -> None:
    """Says what was read, what is missing, and where the policy is."""
    reading = evidence["reading"]
    output.say(
        f"{uploaded.records:,} records in {uploaded.files:,} files uploaded; {reading['records']:,} records read, "
        f"{reading['matched']:,} of them of the principal; {len(evidence['actions'])} actions",
        "bold",
    )
    for gap in evidence["gaps"]:
        output.say(f"gap: {gap['message']}", "yellow")
    for event in evidence["unmappedEvents"][:5]:
        output.say(f"no action is known for the event {event['event']}", "yellow")
    if written:
        output.say("written: " + ", ".join(map(str, written)), "green")
    else:
        output.say("no policy was written: the log files hold no call that a policy can allow", "yellow")
