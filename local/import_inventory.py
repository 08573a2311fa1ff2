"""Puts a document into the inventory bucket of the running local stack and tells whether it was accepted.

    python local/import_inventory.py FILE [--tenant 000000000000] [--as authorization-details]

The stack is looked for on PORT (3000) and AWS_PORT (3001).
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

KINDS = ("authorization-details", "last-accessed", "resource-policies", "service-control-policies")
STACK_ACCOUNT = "000000000000"  # owns the bucket
WITHIN_SECONDS = 300


def document_name(file: Path, wanted: str | None) -> str:
    """The key below the tenant: `[<account>/]<document>.json[.gz]`."""
    ending = ".json.gz" if file.name.endswith(".gz") else ".json"
    name = (wanted or file.name).removesuffix(".gz").removesuffix(".json")
    if name.rsplit("/", 1)[-1] not in KINDS:
        sys.exit(f"{file.name}: say which document it is: AS={'|'.join(KINDS)}, in an account's folder AS=<account>/…")
    return name + ending


def inventory(api: str, tenant: str) -> dict:
    scope = f"{tenant}/20260101/us-east-1/execute-api/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local"}
    with urllib.request.urlopen(urllib.request.Request(f"{api}/api/v1/inventory", headers=headers), timeout=30) as answer:
        return json.load(answer)


def outcome(found: dict, name: str, tag: str) -> dict | None:
    """What became of the version with this tag; `None` while nobody knows."""
    document = next((one for one in found["documents"] if one["name"] == name), None)
    latest = document and (document["refused"] or document["accepted"])
    if not latest or latest["eTag"] != tag or found["isCompiling"]:
        return None
    return document


def told(found: dict, document: dict) -> int:
    if document["refused"]:
        print(f"refused: {document['name']}: {document['refused']['message']}")
        print("the version before it stays in force" if document["accepted"] else "nothing of it is in force")
        return 1
    counts = ", ".join(f"{number} {name}" for name, number in found["counts"].items() if number)
    print(f"accepted: {document['name']}; in force now: {counts or 'nothing'}; snapshot {found['snapshot']['id']}")
    for finding in document["accepted"]["findings"]:
        statement = "" if finding["statement"] is None else f", statement {finding['statement']}"
        print(f"  {finding['place']}{statement}: {finding['message']}")
    more = document["accepted"]["findingsTotal"] - len(document["accepted"]["findings"])
    if more:
        print(f"  and {more} more")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--tenant", default=STACK_ACCOUNT)
    parser.add_argument("--as", dest="name")
    asked = parser.parse_args()
    name = document_name(asked.file, asked.name)
    api = f"http://127.0.0.1:{os.environ.get('PORT', '3000')}"
    aws = f"http://127.0.0.1:{os.environ.get('AWS_PORT', '3001')}"
    s3 = boto3.client(
        "s3", endpoint_url=aws, region_name="us-east-1", aws_access_key_id=STACK_ACCOUNT, aws_secret_access_key="local"
    )
    try:
        buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if "-inventory-" in bucket["Name"]]
        put = s3.put_object(Bucket=buckets[0], Key=f"{asked.tenant}/{name}", Body=asked.file.read_bytes())
    except (BotoCoreError, ClientError, IndexError) as error:
        sys.exit(f"no local stack with an inventory bucket on {aws} (make run): {error}")
    except OSError as error:
        sys.exit(str(error))
    tag = put["ETag"].strip('"')
    deadline = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            found = inventory(api, asked.tenant)
        except urllib.error.URLError as error:
            sys.exit(f"no API on {api} (make run): {error}")
        document = outcome(found, name, tag)
        if document:
            return told(found, document)
        time.sleep(0.1)
    sys.exit(f"nothing became of it within {WITHIN_SECONDS} seconds: the log of the stack says why")


if __name__ == "__main__":
    sys.exit(main())
