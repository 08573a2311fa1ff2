"""Import of documents about an account, and what became of them."""

import gzip
import json
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from access import output
from access.endpoint import LOCAL_ACCOUNT, Endpoint
from access.failure import Failure

WITHIN_SECONDS = 300

KINDS = {
    "authorization-details": "UserDetailList",
    "last-accessed": "reports",
    "resource-policies": "resourcePolicies",
    "service-control-policies": "root",
}
"""Kinds of documents, and a member that only documents of this kind have."""


def kind_of(file: Path, content: bytes) -> str:
    """The kind of a document by its file's name, or by what it holds."""
    stem = file.name.removesuffix(".gz").removesuffix(".json")
    if stem in KINDS:
        return stem
    try:
        document = json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
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
    """Where the document lies in the bucket: `<tenant>/[<account>/]<kind>.json[.gz]`."""
    kind = kind.removesuffix(".gz").removesuffix(".json")
    return f"{tenant}/{kind}.json{'.gz' if file.name.endswith('.gz') else ''}"


def bucket_of(endpoint: Endpoint) -> str:
    """The inventory bucket of the local stack."""
    buckets = endpoint.aws_client("s3", LOCAL_ACCOUNT).list_buckets()["Buckets"]
    names = [bucket["Name"] for bucket in buckets if "-inventory-" in bucket["Name"]]
    if not names:
        raise Failure(f"{endpoint.aws_url} has no inventory bucket: is another program on AWS_PORT?")
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
    for finding in accepted["findings"]:
        where = finding.get("location") or finding.get("place")
        statement = "" if finding["statement"] is None else f", statement {finding['statement']}"
        line(f"  {where}{statement}: {finding['message']}", "yellow")
    more = accepted["findingsTotal"] - len(accepted["findings"])
    if more:
        line(f"  and {more} more")
    return True


def import_file(endpoint: Endpoint, file: Path, kind: str | None, bucket: str | None) -> bool:
    """Puts a document into the inventory bucket, waits until it is in force or refused, and returns whether it is in force."""
    try:
        content = file.read_bytes()
    except IsADirectoryError:
        raise Failure(f"{file} is a folder: name one file") from None
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from error
    kind = kind or kind_of(file, content)
    inventory(endpoint)  # an API that cannot be reached is reported before anything is uploaded
    if endpoint.is_local:
        account, s3, bucket = endpoint.account, endpoint.aws_client("s3", LOCAL_ACCOUNT), bucket or bucket_of(endpoint)
    elif bucket:
        account, s3 = endpoint.aws_client("sts").get_caller_identity()["Account"], endpoint.aws_client("s3")
    else:
        raise Failure("name the inventory bucket of the deployed stack with --bucket (it is the output InventoryBucket)")
    key = key_of(file, kind, account)
    try:
        put = s3.put_object(Bucket=bucket, Key=key, Body=content)
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"{file} cannot be put into the inventory bucket: {error}") from error
    name, tag = key.partition("/")[2], put["ETag"].strip('"')
    with output.notes.status(f"importing {file} into account {account}"):
        deadline = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < deadline:
            found = inventory(endpoint)
            document = outcome(found, name, tag)
            if document:
                return report(found, document)
            time.sleep(0.1)
    raise Failure(
        f"{key} is in the bucket, and nothing became of it within {WITHIN_SECONDS} seconds. The log of the function "
        "ImportInventory says why"
    )


def inventory(endpoint: Endpoint) -> dict:
    """What is imported."""
    return json.loads(endpoint.send("GET", "/api/v1/inventory").body)
