"""From CloudTrail log files to a least-privilege policy, with the AWS CLI."""

import json
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path

import boto3
import client
import transcript
from client import ACCOUNT
from transcript import count

from sample import account, trail

BUCKET = "demo-trail-logs"


def load(aws: str) -> None:
    """Puts the log files of the sample into a bucket, with a trail and a role that may read it."""
    def of(service: str):
        return boto3.client(service, endpoint_url=aws, region_name="us-east-1", aws_access_key_id=ACCOUNT,
                            aws_secret_access_key="local")

    s3, cloudtrail, iam = of("s3"), of("cloudtrail"), of("iam")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(account.trust(
        {"Service": "cloudtrail.amazonaws.com"}, "s3:PutObject", Resource=f"arn:aws:s3:::{BUCKET}/*")))
    with tempfile.TemporaryDirectory() as folder:
        trail.write(Path(folder))
        for file in sorted(Path(folder).rglob("*.gz")):
            s3.put_object(Bucket=BUCKET, Key=file.relative_to(folder).as_posix(), Body=file.read_bytes())
    if "demo" not in [one["Name"] for one in cloudtrail.describe_trails()["trailList"]]:
        cloudtrail.create_trail(Name="demo", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    if "trail-reader" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
        trust = account.trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        iam.create_role(RoleName="trail-reader", AssumeRolePolicyDocument=json.dumps(trust))


def walk(api: str, aws: str) -> None:
    load(aws)

    def call(*arguments: str, summary=None):
        return client.aws(api, "accessanalyzer", *arguments, summary=summary)

    principal = ["--policy-generation-details", json.dumps({"principalArn": account.WEB})]
    details = {
        "accessRole": f"arn:aws:iam::{ACCOUNT}:role/trail-reader",
        "startTime": (trail.END - timedelta(days=trail.DAYS)).isoformat(),
        "endTime": trail.END.isoformat(),
        "trails": [{"cloudTrailArn": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/demo", "allRegions": True}],
    }
    job = call("start-policy-generation", *principal, "--cloud-trail-details", json.dumps(details), "--client-token",
               str(uuid.uuid4()), summary=lambda found: f"job {found['jobId']}")["jobId"]
    while ended(api, job) == "IN_PROGRESS":
        time.sleep(0.2)
    found = call("get-generated-policy", "--job-id", job, "--include-resource-placeholders",
                 summary=lambda found: found["jobDetails"]["status"])
    for one in found["generatedPolicyResult"]["generatedPolicies"]:
        document = json.loads(one["policy"])
        of = [statement["Action"] for statement in document["Statement"]]
        actions = [action for one in of for action in ([one] if isinstance(one, str) else one)]
        transcript.reply(json.dumps(document, indent=2), f"the policy allows {', '.join(actions)}")
    call("list-policy-generations", "--max-results", "5", summary=lambda found: count(len(found["policyGenerations"]), "job"))
    client.http(api, "GET", f"/policy/generation/{job}/evidence", summary=evidence)
    transcript.remark("All faults of a request are in one reply:")
    call("start-policy-generation", "--policy-generation-details", '{"principalArn": "arn:aws:iam::1:group/x"}',
         "--cloud-trail-details", '{"accessRole": "x", "startTime": "2026-01-02", "endTime": "2026-01-01", "trails": []}')
    again = call("start-policy-generation", *principal, "--cloud-trail-details", json.dumps(details),
                 summary=lambda found: f"job {found['jobId']}")
    call("cancel-policy-generation", "--job-id", again["jobId"])


def ended(api: str, job: str) -> str:
    """The status of a job, without a line in the transcript."""
    analyzer = boto3.client("accessanalyzer", endpoint_url=api, region_name="us-east-1", aws_access_key_id=ACCOUNT,
                            aws_secret_access_key="local")
    return analyzer.get_generated_policy(jobId=job)["jobDetails"]["status"]


def evidence(found: dict) -> str:
    reading = found["reading"]
    gaps = "; ".join(gap["message"] for gap in found["gaps"]) or "none"
    return f"{reading['files']} files, {reading['records']} records, {reading['matched']} of the role; gaps: {gaps}"
