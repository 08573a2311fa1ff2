"""From CloudTrail log files to a least-privilege policy, with the AWS CLI."""

import gzip
import json
import subprocess
import sys
import time
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3

ACCOUNT = "111122223333"
BUCKET = "demo-trail-logs"
PRINCIPAL = f"arn:aws:iam::{ACCOUNT}:role/app/web"


def record(time_of, source, name, principal=PRINCIPAL, **members):
    role = principal.rsplit("/", 1)[-1]
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEEXAMPLE:i-0abc",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/i-0abc",
            "accountId": ACCOUNT,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLEEXAMPLE",
                    "arn": principal,
                    "accountId": ACCOUNT,
                    "userName": role,
                }
            },
        },
        "eventTime": time_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "requestParameters": None,
        "responseElements": None,
        "eventID": str(uuid.uuid4()),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **members,
    }


def sample(time_of):
    """A small web application that reads and writes, and is refused once; and somebody else's calls."""
    objects = f"arn:aws:s3:::shop-uploads/{uuid.uuid4()}.png"
    data = {"managementEvent": False, "eventCategory": "Data"}
    return [
        record(time_of, "sts", "GetCallerIdentity"),
        record(time_of, "dynamodb", "DescribeTable", requestParameters={"tableName": "orders"}),
        record(time_of, "s3", "PutObject", **data, requestParameters={"bucketName": "shop-uploads", "key": objects.split("/", 1)[1]},
               resources=[{"type": "AWS::S3::Object", "ARN": objects},
                          {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::shop-uploads", "accountId": ACCOUNT}]),
        record(time_of, "lambda", "CreateFunction20150331", requestParameters={
            "functionName": "resize", "role": f"arn:aws:iam::{ACCOUNT}:role/resize"}),
        record(time_of, "kms", "Decrypt", resources=[{
            "type": "AWS::KMS::Key", "accountId": ACCOUNT,
            "ARN": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0b0e4a2c-7d2b-4f0e-9c5a-3f1f1d9f6f10"}]),
        record(time_of, "secretsmanager", "GetSecretValue", errorCode="AccessDenied",
               errorMessage=f"User: arn:aws:sts::{ACCOUNT}:assumed-role/web/i-0abc is not authorized to perform: "
                            "secretsmanager:GetSecretValue on resource: payment because no identity-based policy "
                            "allows the secretsmanager:GetSecretValue action"),
        record(time_of, "ec2", "TerminateInstances", principal=f"arn:aws:iam::{ACCOUNT}:role/admin"),
    ]


def load(aws, end):
    """Puts the sample into a bucket in the layout of CloudTrail, with a trail and a role that may read it."""
    client = lambda service: boto3.client(service, endpoint_url=aws, region_name="us-east-1")
    s3, cloudtrail, iam = client("s3"), client("cloudtrail"), client("iam")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
         "Resource": f"arn:aws:s3:::{BUCKET}/*"}]}))
    for hours in range(1, 25):
        time_of = end - timedelta(hours=hours)
        key = (f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{time_of:%Y/%m/%d}/"
               f"{ACCOUNT}_CloudTrail_us-east-1_{time_of:%Y%m%dT%H%M}Z_{uuid.uuid4().hex[:16]}.json.gz")
        s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps({"Records": sample(time_of)}).encode()))
    existing = [trail["Name"] for trail in cloudtrail.describe_trails()["trailList"]]
    if "demo" not in existing:
        cloudtrail.create_trail(Name="demo", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                      "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}
    if "trail-reader" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
        iam.create_role(RoleName="trail-reader", AssumeRolePolicyDocument=json.dumps(trust))


def cli(api, *arguments):
    """Runs the AWS CLI, shows the command and its answer, and gives the answer."""
    shown = " ".join(argument if " " not in argument and "{" not in argument else f"'{argument}'" for argument in arguments)
    print(f"\n$ aws accessanalyzer {shown} --endpoint-url {api}", flush=True)
    aws = Path(sys.executable).with_name("aws")
    done = subprocess.run([aws, "accessanalyzer", *arguments, "--endpoint-url", api], capture_output=True, text=True)
    print((done.stdout or done.stderr).strip())
    return json.loads(done.stdout) if done.stdout.strip() else None


def walk(api, aws):
    end = datetime.now(timezone.utc).replace(microsecond=0)
    load(aws, end)
    details = {
        "accessRole": f"arn:aws:iam::{ACCOUNT}:role/trail-reader",
        "startTime": (end - timedelta(days=2)).isoformat(),
        "endTime": end.isoformat(),
        "trails": [{"cloudTrailArn": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/demo", "allRegions": True}],
    }
    started = cli(api, "start-policy-generation", "--policy-generation-details", json.dumps({"principalArn": PRINCIPAL}),
                  "--cloud-trail-details", json.dumps(details), "--client-token", str(uuid.uuid4()))
    job = started["jobId"]
    while True:
        answer = cli(api, "get-generated-policy", "--job-id", job, "--include-resource-placeholders")
        if answer["jobDetails"]["status"] != "IN_PROGRESS":
            break
        time.sleep(0.5)
    for policy in answer["generatedPolicyResult"]["generatedPolicies"]:
        print(json.dumps(json.loads(policy["policy"]), indent=2))
    cli(api, "list-policy-generations", "--max-results", "5")
    print(f"\n$ curl {api}/policy/generation/{job}/evidence")
    request = urllib.request.Request(f"{api}/policy/generation/{job}/evidence",
                                     headers={"Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/x"})
    print(json.dumps(json.load(urllib.request.urlopen(request)), indent=2))
    print("\nWhat is wrong with a request is said all at once:")
    cli(api, "start-policy-generation", "--policy-generation-details", '{"principalArn": "arn:aws:iam::1:group/x"}',
        "--cloud-trail-details", '{"accessRole": "x", "startTime": "2026-01-02", "endTime": "2026-01-01", "trails": []}')
    again = cli(api, "start-policy-generation", "--policy-generation-details", json.dumps({"principalArn": PRINCIPAL}),
                "--cloud-trail-details", json.dumps(details))
    cli(api, "cancel-policy-generation", "--job-id", again["jobId"])
    cli(api, "get-generated-policy", "--job-id", again["jobId"])
