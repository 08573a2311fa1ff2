"""Import of documents about an account, and what became of them."""

import gzip
import json
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from access import iam_collect, iam_collect_store, output
from access.endpoint import ACCOUNT, LOCAL_ACCOUNT, Endpoint
from access.failure import Failure

WITHIN_SECONDS = 300

KINDS = {
    "authorization-details": "UserDetailList",
    "compute": "computeResources",
    "credential-report": "ReportFormat",
    "last-accessed": "reports",
    "organization": "root",
    "resource-policies": "resourcePolicies",
}
"""Kinds of documents, and a member that only documents of this kind have."""

OLD_NAMES = {"service-control-policies": "organization"}
"""Names that kinds of documents had before."""


def kind_of(file: Path, content: bytes) -> str:
    """The kind of a document by its file's name, or by what it holds."""
    stem = file.name.removesuffix(".gz").removesuffix(".json").removesuffix(".csv")
    if stem in KINDS or stem in OLD_NAMES:
        return stem
    try:
        text = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        if text.startswith(b"user,arn,"):
            return "credential-report"
        document = json.loads(text)
    except (ValueError, OSError, EOFError) as error:
        raise Failure(f"{file} is not JSON, and its name is not a kind of document: {error}") from error
    first = document[0] if isinstance(document, list) and document else document
    kinds = [kind for kind, member in KINDS.items() if isinstance(first, dict) and member in first]
    if len(kinds) != 1:
        raise Failure(
            f"{file}: the kind of the document is not clear. Name it with --as (make import: AS=…): {', '.join(KINDS)}; "
            "for one account of several: ACCOUNT/KIND"
        )
    return kinds[0]


def key_of(file: Path, kind: str, tenant: str) -> str:
    """The key of the document in the bucket: `<tenant>/[<account>/]<kind>.json[.gz]`."""
    kind = kind.removesuffix(".gz").removesuffix(".json").removesuffix(".csv")
    account, _, name = kind.rpartition("/")
    if (name not in KINDS and name not in OLD_NAMES) or (account and not ACCOUNT.fullmatch(account)):
        raise Failure(
            f"`{kind}` is not the kind of a document. Kinds are {', '.join(KINDS)}; for one account of several: ACCOUNT/KIND"
        )
    ending = ".csv" if file.name.removesuffix(".gz").endswith(".csv") else ".json"
    return f"{tenant}/{kind}{ending}{'.gz' if file.name.endswith('.gz') else ''}"


def bucket_of(endpoint: Endpoint) -> str:
    """The inventory bucket of the local stack."""
    buckets = endpoint.aws_client("s3", LOCAL_ACCOUNT).list_buckets()["Buckets"]
    names = [bucket["Name"] for bucket in buckets if "-inventory-" in bucket["Name"]]
    if not names:
        raise Failure(f"{endpoint.aws_url} has no inventory bucket: is another program on this port?")
    return names[0]


def outcome(found: dict, name: str, tag: str) -> dict | None:
    """What became of the version with this tag; `None` while that is not known."""
    document = next((one for one in found["documents"] if one["name"] == name), None)
    latest = document and (document["refused"] or document["accepted"])
    if not latest or latest["eTag"] != tag or found["isCompiling"]:
        return None
    return document


def report(found: dict, document: dict) -> bool:
    """Prints whether a document was accepted, and returns that."""

    def line(text: str, style: str | None = None) -> None:
        output.say(text, style, output.result)

    if document["refused"]:
        line(f"refused: {document['name']}: {document['refused']['message']}", "red")
        line("the version before it stays in force" if document["accepted"] else "nothing of it is in force")
        return False
    counts = ", ".join(f"{number} {name}" for name, number in found["counts"].items() if number)
    line(f"accepted: {document['name']}; in force now: {counts or 'nothing'}", "green")
    accepted = document["accepted"]
    change = accepted.get("change")
    if change and change["removedTotal"]:
        before = ", ".join(f"{change['before'].get(what, 0)} {what}" for what in accepted["counts"])
        gone = some(change["removed"], change["removedTotal"])
        line(f"  the version before it held {before}; {change['removedTotal']} of them are gone: {gone}", "yellow")
    for finding in accepted["findings"]:
        where = finding.get("location") or finding.get("place")
        statement = "" if finding["statement"] is None else f", statement {finding['statement']}"
        line(f"  {where}{statement}: {finding['message']}", "yellow")
    more = accepted["findingsTotal"] - len(accepted["findings"])
    if more:
        line(f"  and {more} more")
    report_completeness(found["completeness"])
    return True


def some(names: list[str], total: int) -> str:
    """The names, and how many more there are."""
    return ", ".join(names) + (f" and {total - len(names)} more" if total > len(names) else "")


def report_completeness(completeness: dict) -> None:
    """Prints what the documents in force do not hold."""

    def line(text: str) -> None:
        output.say(text, "yellow", output.result)

    for one in completeness["missing"]:
        users = some(one["principals"], one["principalsTotal"])
        line(f"  missing: the {one['kind']} {one['name']}, which {users} needs: what a search shows of them is incomplete")
    more = completeness["missingTotal"] - len(completeness["missing"])
    if more:
        line(f"  and {more} more things are missing")
    table = completeness["managedPolicies"]
    if table:
        line(f"  {table['total']} managed policies of AWS are not in the documents; their form of {table['asOf']} is used")


def import_file(endpoint: Endpoint, file: Path, kind: str | None, bucket: str | None) -> bool:
    """Puts a document into the inventory bucket, waits until it is in force or refused, and returns whether it is in force."""
    try:
        content = file.read_bytes()
    except IsADirectoryError:
        raise Failure(f"{file} is a folder: name one file") from None
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from error
    kind = kind or kind_of(file, content)
    found = inventory(endpoint)  # an API that cannot be reached is reported before anything is uploaded
    account, s3, bucket = destination(endpoint, bucket)
    key = key_of(file, kind, account)
    tag = put(s3, bucket, key, content)
    name = key.partition("/")[2]
    with output.notes.status(f"importing {file} into account {account}"):
        found = wait(endpoint, {name: tag})
    return report(found, outcome(found, name, tag))


def destination(endpoint: Endpoint, bucket: str | None):
    """The tenant, a client of S3 and the inventory bucket."""
    if endpoint.is_local:
        return endpoint.account, endpoint.aws_client("s3", LOCAL_ACCOUNT), bucket or bucket_of(endpoint)
    if bucket:
        return endpoint.aws_client("sts").get_caller_identity()["Account"], endpoint.aws_client("s3"), bucket
    raise Failure("name the inventory bucket of the deployed stack with --bucket (it is the output InventoryBucket)")


def put(s3, bucket: str, key: str, content: bytes) -> str:
    """Puts a document, and returns the entity tag of its version."""
    try:
        return s3.put_object(Bucket=bucket, Key=key, Body=content)["ETag"].strip('"')
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"{key} cannot be put into the inventory bucket: {error}") from error


def wait(endpoint: Endpoint, tags: dict[str, str]) -> dict:
    """Waits until each of these versions, by name, is in force or refused. Returns what is imported then."""
    deadline, waiting = time.monotonic() + WITHIN_SECONDS, dict(tags)
    while time.monotonic() < deadline:
        found = inventory(endpoint)
        left = {name: tag for name, tag in waiting.items() if not outcome(found, name, tag)}
        if not left:
            return found
        if len(left) < len(waiting):  # thousands of documents take their time
            deadline, waiting = time.monotonic() + WITHIN_SECONDS, left
        time.sleep(0.1 if len(tags) == 1 else 0.5)
    raise Failure(
        f"{some(sorted(waiting)[:5], len(waiting))} is in the bucket, and nothing became of it within {WITHIN_SECONDS} seconds. "
        "The log of the function ImportInventory says why"
    )


def import_iam_collect(endpoint: Endpoint, base: str, bucket: str | None, remove: bool) -> bool:
    """Imports what the collector iam-collect has written to a folder or to `s3://<bucket>/<prefix>`, and returns whether
    everything of it is in force. With `remove`, documents of accounts that are no longer there are removed."""
    known = inventory(endpoint)
    account, s3, bucket = destination(endpoint, bucket)
    if base.startswith("s3://"):
        source, _, prefix = base.removeprefix("s3://").partition("/")
        store: iam_collect_store.Folder | iam_collect_store.Prefix = iam_collect_store.Prefix(s3, source, prefix)
    elif Path(base).is_dir():
        store = iam_collect_store.Folder(Path(base))
    else:
        raise Failure(f"{base} is not a folder: name the folder that iam-collect writes to, or s3://BUCKET/PREFIX")
    taken, tags = iam_collect_store.Report(), {}
    try:
        with output.notes.status(f"reading {base}") as status:
            for name, document in iam_collect.documents(store, taken, lambda text: status.update(f"reading {text}")):
                content = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
                tags[name] = put(s3, bucket, f"{account}/{name}", content)
            status.update(f"importing {len(tags)} documents into account {account}")
            found = wait(endpoint, tags)
    except iam_collect_store.LayoutError as error:
        raise Failure(f"{error}; {len(tags)} documents were put before that") from error
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"{base} cannot be read: {error}") from error
    for text in taken.lines():
        output.say(text, None, output.result)
    gone = gone_documents(known, taken.accounts)
    if remove:
        for name in gone:
            s3.delete_object(Bucket=bucket, Key=f"{account}/{name}")
        output.say(f"removed: {len(gone)} documents of accounts that the folder does not have", None, output.result)
    elif gone:
        output.say(
            f"kept: {len(gone)} documents of accounts that the folder does not have, for example {gone[0]}; --remove removes them",
            "yellow", output.result,
        )  # fmt: skip
    refused = [one for one in found["documents"] if one["name"] in tags and one["refused"]]
    for document in refused:
        output.say(f"refused: {document['name']}: {document['refused']['message']}", "red", output.result)
    counts = ", ".join(f"{number} {name}" for name, number in found["counts"].items() if number)
    taken = f"{len(tags) - len(refused)} of {len(tags)} documents"
    output.say(f"accepted: {taken}; in force now: {counts or 'nothing'}", "green", output.result)
    report_completeness(found["completeness"])
    return not refused


def gone_documents(known: dict, accounts: set[str]) -> list[str]:
    """Documents in the folders of accounts that are not among these."""
    names = [document["name"] for document in known["documents"]]
    return [name for name in names if "/" in name and name.partition("/")[0] not in accounts]


def inventory(endpoint: Endpoint) -> dict:
    """What is imported."""
    return json.loads(endpoint.send("GET", "/api/v1/inventory").body)
