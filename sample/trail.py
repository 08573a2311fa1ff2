"""A month of CloudTrail records of the sample account, as log files. The same seed makes the same bytes."""

import gzip
import json
import random
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

ACCOUNT = "111122223333"
REGION = "us-east-1"
END = datetime(2026, 10, 31, tzinfo=UTC)
DAYS = 30
SEED = 20261031

ORDERS = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0b0e4a2c-7d2b-4f0e-9c5a-3f1f1d9f6f10"

# Of 100 calls of the role: weight, service, event, request parameters, resources, whether it is a data event.
WEB_CALLS = [
    (38, "s3", "GetObject", True), (14, "s3", "PutObject", True), (20, "dynamodb", "GetItem", True),
    (10, "dynamodb", "PutItem", True), (6, "dynamodb", "DescribeTable", False), (6, "kms", "Decrypt", False),
    (4, "secretsmanager", "GetSecretValue", False), (2, "ssm", "GetParameter", False),
]
OTHER_CALLS = [
    ("user", "alice", "iam", "ListUsers"), ("user", "bob", "lambda", "UpdateFunctionCode20150331v2"),
    ("user", "bob", "ec2", "DescribeInstances"), ("user", "carol", "athena", "StartQueryExecution"),
    ("role", "app/orders", "sqs", "GetQueueAttributes"), ("role", "deploy", "cloudformation", "DescribeStacks"),
]


class Writer:
    """Makes records one after the other, with ids of its own random numbers."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def record(self, time: datetime, kind: str, name: str, service: str, event: str, **more) -> dict:
        path_and_name, short = name, name.rsplit("/", 1)[-1]
        arn = f"arn:aws:iam::{ACCOUNT}:{kind}/{path_and_name}"
        unique = "".join(letter for letter in short.upper() if letter.isalnum())
        if kind == "user":
            identity = {"type": "IAMUser", "principalId": "AIDA" + (unique + "SAMPLESAMPLESAMPLE")[:17], "arn": arn,
                        "accountId": ACCOUNT, "userName": short}
        else:
            id_ = "AROA" + (unique + "SAMPLESAMPLESAMPLE")[:17]
            session = f"i-0a1b2c3d4e5f6{self.random.randrange(3):04d}"
            identity = {
                "type": "AssumedRole", "principalId": f"{id_}:{session}",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{short}/{session}", "accountId": ACCOUNT,
                "sessionContext": {"sessionIssuer": {
                    "type": "Role", "principalId": id_, "arn": arn, "accountId": ACCOUNT, "userName": short}},
            }
        return {
            "eventVersion": "1.11", "userIdentity": identity, "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": f"{service}.amazonaws.com", "eventName": event, "awsRegion": REGION,
            "sourceIPAddress": "203.0.113.7", "userAgent": "sample", "requestParameters": None, "responseElements": None,
            "requestID": self.id(), "eventID": self.id(), "readOnly": event.startswith(("Get", "List", "Describe")),
            "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
            **more,
        }

    def web_call(self, time: datetime) -> dict:
        """A call of the role whose policy the sample generates."""
        _, service, event, is_data = self.random.choices(WEB_CALLS, [call[0] for call in WEB_CALLS])[0]
        more = {}
        if service == "s3":
            key = f"{self.random.randrange(400):04d}/photo.png"
            more = {"requestParameters": {"bucketName": "acme-uploads", "key": key}, "resources": [
                {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::acme-uploads/{key}"},
                {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::acme-uploads", "accountId": ACCOUNT}]}
        elif service == "dynamodb":
            more = {"requestParameters": {"tableName": "orders"}, "resources": [
                {"type": "AWS::DynamoDB::Table", "ARN": ORDERS, "accountId": ACCOUNT}]}
        elif service == "kms":
            more = {"resources": [{"type": "AWS::KMS::Key", "ARN": KEY, "accountId": ACCOUNT}]}
        elif service == "secretsmanager":
            more = {"requestParameters": {"secretId": "shop/payment"}}
        elif service == "ssm":
            more = {"requestParameters": {"name": "/shop/banner"}}
        if is_data:
            more |= {"managementEvent": False, "eventCategory": "Data"}
        return self.record(time, "role", "app/web", service, event, **more)


def records(seed: int = SEED) -> list[dict]:
    """Some 4,000 records of thirty days, in the order of their times."""
    writer = Writer(seed)
    made = []
    for day in range(DAYS):
        midnight = END - timedelta(days=day + 1)
        for _ in range(writer.random.randrange(90, 130)):
            made.append(writer.web_call(midnight + timedelta(seconds=writer.random.randrange(86_400))))
        for _ in range(24):
            time = midnight + timedelta(seconds=writer.random.randrange(86_400))
            made.append(writer.record(time, *writer.random.choice(OTHER_CALLS)))
    return sorted(made, key=lambda record: (record["eventTime"], record["eventID"]))


def write(folder: Path, seed: int = SEED) -> int:
    """Writes the records as CloudTrail puts them into a bucket, a file for each six hours.

    Returns how many records there are.
    """
    made = records(seed)
    files = defaultdict(list)
    for record in made:
        time = datetime.fromisoformat(record["eventTime"])
        files[time.replace(hour=time.hour // 6 * 6, minute=0, second=0)].append(record)
    for number, (time, content) in enumerate(sorted(files.items())):
        delivered = time + timedelta(hours=6) - timedelta(minutes=1)
        day = folder / f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{delivered:%Y/%m/%d}"
        day.mkdir(parents=True, exist_ok=True)
        file = day / f"{ACCOUNT}_CloudTrail_{REGION}_{delivered:%Y%m%dT%H%M}Z_Sample{number:010d}.json.gz"
        file.write_bytes(gzip.compress(json.dumps({"Records": content}).encode(), 6, mtime=0))
    return len(made)
