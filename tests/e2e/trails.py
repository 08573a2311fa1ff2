"""A trail with log files for the tests of policy generation, and what they read of its policies."""

import gzip
import json
import uuid
from datetime import UTC, datetime, timedelta

END = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
START = END - timedelta(days=2)


class Trail:
    """A trail of one account with its bucket and access role, and log files put there as CloudTrail does."""

    def __init__(self, clients):
        self.account = clients.account
        self.s3 = clients("s3", local=True)
        self.bucket = f"trail-logs-{self.account}"
        self.s3.create_bucket(Bucket=self.bucket)
        service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:*", "Resource": "*"}
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [service]}))
        trail = clients("cloudtrail", local=True).create_trail(Name="main", S3BucketName=self.bucket, IsMultiRegionTrail=True)
        self.arn = trail["TrailARN"]
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
        role = clients("iam", local=True).create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))
        self.role = role["Role"]["Arn"]

    def record(self, source, name, role="web", path="/app/", region="us-east-1", time=END - timedelta(hours=3), **members):
        return {
            "eventVersion": "1.11", "eventType": "AwsApiCall", "eventCategory": "Management", "eventID": str(uuid.uuid4()),
            "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "eventSource": f"{source}.amazonaws.com", "eventName": name,
            "awsRegion": region, "sourceIPAddress": "203.0.113.7", "requestParameters": None, "responseElements": None,
            "recipientAccountId": self.account,
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROAEXAMPLE:s", "accountId": self.account,
                "arn": f"arn:aws:sts::{self.account}:assumed-role/{role}/s",
                "sessionContext": {"sessionIssuer": {
                    "type": "Role", "principalId": "AROAEXAMPLE", "accountId": self.account, "userName": role,
                    "arn": f"arn:aws:iam::{self.account}:role{path}{role}"}}},
            **members,
        }

    def put(self, records, region="us-east-1", delivered=END - timedelta(hours=2), body=None):
        key = (f"AWSLogs/{self.account}/CloudTrail/{region}/{delivered:%Y/%m/%d}/{self.account}_CloudTrail_{region}_"
               f"{delivered:%Y%m%dT%H%M}Z_{uuid.uuid4().hex[:16]}.json.gz")
        body = body if body is not None else gzip.compress(json.dumps({"Records": records}).encode())
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key

    def details(self, **changes):
        return {"accessRole": self.role, "startTime": START, "endTime": END,
                "trails": [{"cloudTrailArn": self.arn, "allRegions": True}], **changes}


def statements(answer):
    policies = answer["generatedPolicyResult"]["generatedPolicies"]
    return [statement for policy in policies for statement in json.loads(policy["policy"])["Statement"]]


def role_with(principal, *statements, **members):
    policy = {"PolicyName": "web", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    return {"RoleDetailList": [{
        "Arn": principal, "RoleName": principal.rsplit("/", 1)[1], "RolePolicyList": [policy],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}, **members}]}


def allow(actions, resources="*"):
    return {"Effect": "Allow", "Action": actions, "Resource": resources}
