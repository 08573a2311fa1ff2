"""Deletes everything that a stack stores about one tenant: the items of its tables and the documents of its bucket.

    make delete-tenant TENANT=444455556666 STACK=access-governance YES=1

Without YES it counts and deletes nothing. It works with the AWS credentials of the environment, not through the API: nobody who
may call the API can delete a tenant. Log lines and backups stay until their time is over.
"""

import argparse
import re
import sys
import time

import boto3

# Each table has these two keys, and the partition of everything begins with the tenant.
KEYS = ("pk", "sk")


class Stack:
    """Where a stack stores things: by its outputs, or by the names that were given."""

    def __init__(self, options: argparse.Namespace):
        if options.stack:
            found = boto3.client("cloudformation").describe_stacks(StackName=options.stack)["Stacks"][0]["Outputs"]
            outputs = {output["OutputKey"]: output["OutputValue"] for output in found}
            tables, bucket = outputs["Tables"], outputs["InventoryBucket"]
        else:
            tables, bucket = options.tables, options.bucket
        dynamodb = boto3.resource("dynamodb", endpoint_url=options.dynamodb_url)
        self.tables = [dynamodb.Table(name) for name in tables.split(",")]
        self.bucket = boto3.resource("s3", endpoint_url=options.s3_url).Bucket(bucket)


def keys_of(table, tenant: str):
    """The keys of the tenant's items. It reads the whole table: one read unit for each 8 KB."""
    start = {}
    while True:
        page = table.scan(
            ProjectionExpression="pk, sk", FilterExpression="pk = :tenant OR begins_with(pk, :parts)",
            ExpressionAttributeValues={":tenant": tenant, ":parts": f"{tenant}#"}, **start)
        yield from ({name: item[name] for name in KEYS} for item in page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def delete_items(table, tenant: str, really: bool) -> int:
    keys = list(keys_of(table, tenant))
    if really:
        with table.batch_writer(overwrite_by_pkeys=list(KEYS)) as batch:
            for key in keys:
                batch.delete_item(Key=key)
    return len(keys)


def delete_documents(bucket, tenant: str, really: bool) -> int:
    """All versions, not only the last ones."""
    versions = bucket.object_versions.filter(Prefix=f"{tenant}/")
    count = sum(1 for _ in versions)
    if really and count:
        versions.delete()
    return count


def delete(stack: Stack, tenant: str, really: bool, pause: float) -> bool:
    """Whether nothing is left. A document that goes away starts an import, which writes once more: hence several rounds."""
    print(f"{delete_documents(stack.bucket, tenant, really)} versions of documents in {stack.bucket.name}")
    quiet = 0
    for number in range(10):
        found = {table.name: delete_items(table, tenant, really) for table in stack.tables}
        for name, count in found.items():
            if count or number == 0:
                print(f"{count} items in {name}")
        if not really:
            return True
        quiet = 0 if any(found.values()) else quiet + 1
        if quiet == 2:
            return True
        time.sleep(pause)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--stack", help="name of the CloudFormation stack; else --tables and --bucket")
    parser.add_argument("--tables", help="names of the tables, separated by commas")
    parser.add_argument("--bucket", help="name of the inventory bucket")
    parser.add_argument("--dynamodb-url")
    parser.add_argument("--s3-url")
    parser.add_argument("--pause", type=float, default=20, help="seconds between two rounds")
    parser.add_argument("--yes", action="store_true", help="delete; without it things are counted")
    options = parser.parse_args()
    if not re.fullmatch(r"\d{12}", options.tenant):
        parser.error(f"TENANT=`{options.tenant}` is no account: an account has twelve digits")
    if not options.stack and not (options.tables and options.bucket):
        parser.error("name the stack with STACK, or --tables and --bucket")
    if not delete(Stack(options), options.tenant, options.yes, options.pause):
        print("delete-tenant: something still writes for this tenant; take its access away first", file=sys.stderr)
        return 1
    print("nothing is left" if options.yes else "nothing was deleted: YES=1 deletes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
