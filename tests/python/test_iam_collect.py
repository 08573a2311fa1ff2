"""What iam-collect has written, and the documents that are made of it: one realm is written both ways."""

import io
import json
import tracemalloc
from pathlib import Path

import pytest

from access.iam_collect import documents
from access.iam_collect_store import Folder, LayoutError, Prefix, Report

ACCOUNT, OTHER = "111122223333", "444455556666"


def statement(action, resource="*", **more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}  # fmt: skip
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def iam(account, kind, name):
    return f"arn:aws:iam::{account}:{kind}/{name}"


def realm_documents() -> dict[str, dict]:
    """The realm as the documents of the inventory say it."""
    own = iam(ACCOUNT, "policy", "team/Own")
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    return {
        f"{ACCOUNT}/authorization-details.json": {
            "UserDetailList": [{
                "Arn": iam(ACCOUNT, "user", "team/Alice"), "UserName": "Alice", "UserId": "AIDA1",
                "UserPolicyList": [{"PolicyName": "inline", "PolicyDocument": statement("s3:GetObject")}],
                "AttachedManagedPolicies": [{"PolicyName": "Own", "PolicyArn": own}], "GroupList": ["Ops"],
                "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": own},
                "Tags": [{"Key": "Team", "Value": "a"}],
            }],
            "GroupDetailList": [{
                "Arn": iam(ACCOUNT, "group", "Ops"), "GroupName": "Ops", "GroupPolicyList": [],
                "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess", "PolicyArn": administrator}],
            }],
            "RoleDetailList": [{
                "Arn": iam(ACCOUNT, "role", "Web"), "RoleName": "Web", "RolePolicyList": [], "AttachedManagedPolicies": [],
                "AssumeRolePolicyDocument": TRUST, "InstanceProfileList": [{"Arn": iam(ACCOUNT, "instance-profile", "Web")}],
                "Tags": [],
            }],
            "Policies": [
                {"Arn": own, "PolicyName": "Own", "PolicyVersionList": [
                    {"VersionId": "current", "IsDefaultVersion": True, "Document": statement("sqs:*")}]},
                {"Arn": administrator, "PolicyName": "AdministratorAccess", "PolicyVersionList": [
                    {"VersionId": "current", "IsDefaultVersion": True, "Document": FULL}]},
            ],
        },
        f"{ACCOUNT}/resource-policies.json": {
            "account": ACCOUNT, "services": ["lambda", "s3", "sqs"], "regions": ["eu-west-1", "us-east-1"],
            "publicAccessBlock": {"blockPublicAcls": True, "ignorePublicAcls": False, "blockPublicPolicy": True,
                                  "restrictPublicBuckets": False},
            "resourcePolicies": [
                {"resourceArn": "arn:aws:s3:::plain", "region": "us-east-1"},
                {"resourceArn": "arn:aws:s3:::site", "region": "eu-west-1",
                 "policyDocument": statement("s3:GetObject", "arn:aws:s3:::site/*", Principal="*"),
                 "publicAccessBlock": {"blockPublicAcls": False, "ignorePublicAcls": True, "blockPublicPolicy": False,
                                       "restrictPublicBuckets": True}},
                {"resourceArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:Jobs", "policyDocument": statement(
                    "sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:Jobs", Principal={"AWS": OTHER})},
            ],
        },
        f"{ACCOUNT}/compute.json": {
            "account": ACCOUNT, "services": ["lambda"], "regions": ["eu-west-1", "us-east-1"],
            "computeResources": [{"arn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:Orders", "name": "Orders",
                                  "roleArn": iam(ACCOUNT, "role", "Web"), "tags": {"team": "shop"}}],
        },
        "organization.json": {
            "organizationId": "o-a1", "managementAccount": "999999999999",
            "serviceControlPolicies": [
                {"id": "p-Deny1", "name": "no queues", "content": statement("sqs:*")},
                {"id": "p-FullAWSAccess", "name": "FullAWSAccess", "content": FULL},
            ],
            "resourceControlPolicies": [{"id": "p-RCPFullAWSAccess", "name": "RCPFullAWSAccess", "content": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}}],
            "root": {
                "id": "r-1", "serviceControlPolicies": ["p-FullAWSAccess"], "resourceControlPolicies": ["p-RCPFullAWSAccess"],
                "organizationalUnits": [{
                    "id": "ou-1", "name": "Shop", "serviceControlPolicies": ["p-FullAWSAccess"],
                    "resourceControlPolicies": ["p-RCPFullAWSAccess"],
                    "accounts": [{"id": ACCOUNT, "name": "Shop production",
                                  "serviceControlPolicies": ["p-FullAWSAccess", "p-Deny1"],
                                  "resourceControlPolicies": ["p-RCPFullAWSAccess"]}],
                }],
                "accounts": [{"id": "999999999999", "serviceControlPolicies": ["p-FullAWSAccess"],
                              "resourceControlPolicies": ["p-RCPFullAWSAccess"]}],
            },
        },
    }  # fmt: skip


def realm_files() -> dict[str, object]:
    """The realm as iam-collect writes it: everything but the contents in lower case, names percent-encoded."""
    base, org = f"aws/aws/accounts/{ACCOUNT}", "aws/aws/organizations/o-a1"
    realm = realm_documents()
    details = realm[f"{ACCOUNT}/authorization-details.json"]
    user, role, own = details["UserDetailList"][0], details["RoleDetailList"][0], details["Policies"][0]["Arn"]
    site, jobs = realm[f"{ACCOUNT}/resource-policies.json"]["resourcePolicies"][1:]
    scp, rcp = "arn:aws:organizations::aws:policy/service_control_policy/", "arn:aws:organizations::aws:policy/resource_control_policy/"
    deny = "arn:aws:organizations::999999999999:policy/o-a1/service_control_policy/p-Deny1"
    full, rcp_full = f"{scp}p-FullAWSAccess", f"{rcp}p-RCPFullAWSAccess"
    return {
        f"{base}/metadata.json": {"name": "Shop production"},
        f"{base}/organization.json": {"organizationId": "o-a1"},
        f"{base}/s3-bpa.json": {"blockPublicAcls": True, "blockPublicPolicy": True},
        f"{base}/iam/user/team%2falice/metadata.json": {"arn": user["Arn"], "name": "Alice", "id": "AIDA1", "path": "/team/",
                                                        "created": "2026-01-01T00:00:00Z", "permissionBoundary": own},
        f"{base}/iam/user/team%2falice/inline-policies.json": user["UserPolicyList"],
        f"{base}/iam/user/team%2falice/managed-policies.json": [own],
        f"{base}/iam/user/team%2falice/groups.json": [iam(ACCOUNT, "group", "Ops")],
        f"{base}/iam/user/team%2falice/tags.json": {"Team": "a"},
        f"{base}/iam/group/ops/metadata.json": {"arn": iam(ACCOUNT, "group", "Ops"), "name": "Ops"},
        f"{base}/iam/group/ops/managed-policies.json": ["arn:aws:iam::aws:policy/AdministratorAccess"],
        f"{base}/iam/role/web/metadata.json": {"arn": role["Arn"], "name": "Web"},
        f"{base}/iam/role/web/trust-policy.json": TRUST,
        f"{base}/iam/instance-profile/web/metadata.json": {"arn": iam(ACCOUNT, "instance-profile", "Web"), "roles": [role["Arn"]]},
        f"{base}/iam/policy/team%2fown/metadata.json": {"arn": own, "name": "Own"},
        f"{base}/iam/policy/team%2fown/current-policy.json": statement("sqs:*"),
        f"{base}/iam/aws/policy/administratoraccess/metadata.json": {
            "arn": "arn:aws:iam::aws:policy/AdministratorAccess", "name": "AdministratorAccess"},
        f"{base}/iam/aws/policy/administratoraccess/current-policy.json": FULL,
        f"{base}/s3/plain/metadata.json": {"arn": "arn:aws:s3:::plain", "name": "plain", "region": "us-east-1"},
        f"{base}/s3/site/metadata.json": {"arn": "arn:aws:s3:::site", "name": "site", "region": "eu-west-1"},
        f"{base}/s3/site/policy.json": site["policyDocument"],
        f"{base}/s3/site/bpa.json": {"ignorePublicAcls": True, "restrictPublicBuckets": True},
        f"{base}/sqs/eu-west-1/jobs/metadata.json": {"arn": jobs["resourceArn"], "name": "Jobs"},
        f"{base}/sqs/eu-west-1/jobs/policy.json": jobs["policyDocument"],
        f"{base}/lambda/eu-west-1/function/orders/metadata.json": {
            "arn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:Orders", "name": "Orders", "role": role["Arn"]},
        f"{base}/lambda/eu-west-1/function/orders/tags.json": {"team": "shop"},
        f"{org}/metadata.json": {"id": "o-a1", "rootOu": "r-1", "rootAccountId": "999999999999", "features": {
            "SERVICE_CONTROL_POLICY": True, "RESOURCE_CONTROL_POLICY": True}},
        f"{org}/accounts.json": {ACCOUNT: {"ou": "ou-1", "scps": [full, deny], "rcps": [rcp_full]},
                                 "999999999999": {"ou": "r-1", "scps": [full], "rcps": [rcp_full]}},
        f"{org}/ous.json": {"r-1": {"scps": [full], "rcps": [rcp_full]}, "ou-1": {"parent": "r-1", "scps": [full], "rcps": [rcp_full]}},
        f"{org}/ous/ou-1/metadata.json": {"id": "ou-1", "name": "Shop"},
        f"{org}/scps/p-deny1/metadata.json": {"arn": deny, "name": "no queues", "awsManaged": False},
        f"{org}/scps/p-deny1/policy.json": statement("sqs:*"),
        "aws/aws/indexes/buckets-to-accounts.json": {"site": ACCOUNT},
    }  # fmt: skip


def write(base: Path, files: dict[str, object]) -> Folder:
    for key, content in files.items():
        path = base / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return Folder(base)


def read(store) -> tuple[dict[str, dict], Report]:
    report = Report()
    return dict(documents(store, report)), report


def test_one_realm_gives_the_same_documents_both_ways(tmp_path):
    found, report = read(write(tmp_path, realm_files()))
    assert found == realm_documents()
    assert report.taken == {
        "accounts": 1, "users": 1, "groups": 1, "roles": 1, "managed policies": 2, "policies of resources": 2,
        "compute resources": 1, "SCPS": 2, "RCPS": 1, "accounts of the organization": 2,
    }  # fmt: skip
    assert report.missing == ["data of account 999999999999 of the organization"]


class S3:
    """What the converter calls of a client of boto3, with pages of two keys."""

    class exceptions:  # noqa: N801
        class NoSuchKey(Exception):
            pass

    def __init__(self, objects: dict[str, bytes]):
        self.objects = objects

    def get_paginator(self, _):
        return self

    def paginate(self, Bucket, Prefix, Delimiter=None):
        keys = sorted(key for key in self.objects if key.startswith(Prefix))
        if Delimiter:
            folders = sorted({Prefix + key.removeprefix(Prefix).split("/")[0] + "/" for key in keys if "/" in key.removeprefix(Prefix)})
            yield {"CommonPrefixes": [{"Prefix": folder} for folder in folders]}
            return
        for start in range(0, len(keys), 2):
            yield {"Contents": [{"Key": key} for key in keys[start : start + 2]]}

    def get_object(self, Bucket, Key):
        if Key not in self.objects:
            raise self.exceptions.NoSuchKey
        return {"Body": io.BytesIO(self.objects[Key])}


def test_a_prefix_of_a_bucket_is_read_as_a_folder_is():
    objects = {f"iam-data/{key}": json.dumps(content).encode() for key, content in realm_files().items()}
    found, _ = read(Prefix(S3(objects), "bucket", "/iam-data"))
    assert found == realm_documents()


def test_what_is_left_out_is_counted(tmp_path):
    base = f"aws/aws/accounts/{ACCOUNT}"
    files = realm_files() | {
        f"{base}/ec2/eu-west-1/vpc-endpoint/vpce-1/metadata.json": {"arn": f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc-endpoint/vpce-1"},
        f"{base}/ec2/eu-west-1/vpc-endpoint/vpce-1/endpoint-policy.json": FULL,
        f"{base}/iam/saml-provider/okta/metadata.json": {"arn": iam(ACCOUNT, "saml-provider", "okta")},
        f"{base}/ram/global/share.json": {},
        "aws/aws/accounts/readme/metadata.json": {},
    }  # fmt: skip
    found, report = read(write(tmp_path, files))
    assert report.left_out == {
        "policies of VPC endpoints (they are not evaluated)": 1,
        "IAM folders `saml-provider` (not evaluated)": 1,
        "shares of AWS RAM (they are not evaluated)": 1,
        "folders of accounts without an account id, for example `readme`": 1,
    }
    assert found[f"{ACCOUNT}/resource-policies.json"]["services"] == ["ec2", "lambda", "s3", "sqs"]


def test_levels_whose_policies_are_not_known_are_not_taken_for_empty_ones(tmp_path):
    files = realm_files()
    del files["aws/aws/organizations/o-a1/scps/p-deny1/policy.json"]
    files["aws/aws/organizations/o-a1/ous.json"]["ou-1"].pop("rcps")
    found, report = read(write(tmp_path, files))
    assert not {"serviceControlPolicies", "resourceControlPolicies"} & set(found["organization.json"])
    assert "where RCPS are attached: they are not evaluated" in report.missing
    assert any("p-Deny1, which is attached: SCPS are not evaluated" in line for line in report.missing)


def test_a_kind_of_policies_that_the_organization_does_not_use_limits_nothing(tmp_path):
    files = realm_files()
    files["aws/aws/organizations/o-a1/metadata.json"]["features"]["SERVICE_CONTROL_POLICY"] = False
    for level in [*files["aws/aws/organizations/o-a1/ous.json"].values(), *files["aws/aws/organizations/o-a1/accounts.json"].values()]:
        level["scps"] = []
    organization = read(write(tmp_path, files))[0]["organization.json"]
    account = organization["root"]["organizationalUnits"][0]["accounts"][0]
    assert account["serviceControlPolicies"] == ["p-FullAWSAccess"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no folder `aws`: name the folder that iam-collect writes to"),
        ({"aws/aws/indexes/x.json": {}}, "has no account and no organization"),
        ({f"aws/aws/accounts/{ACCOUNT}/iam/user/a/metadata.json": "{"}, "iam/user/a/metadata.json is not JSON"),
        ({f"aws/aws/accounts/{ACCOUNT}/iam/user/a/metadata.json": {"name": "a"}}, "iam/user/a/metadata.json has no `arn`"),
        ({f"aws/aws/accounts/{ACCOUNT}/iam/policy/p/metadata.json": {"arn": iam(ACCOUNT, "policy", "p")}},
         "has no `current-policy.json`"),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_read_is_refused_with_the_reason(tmp_path, files, message):
    with pytest.raises(LayoutError, match=message.replace("`", ".")):
        read(write(tmp_path, files))


def test_memory_does_not_grow_with_the_number_of_accounts(tmp_path):
    def peak(accounts: int, attempt: int = 0) -> int:
        files = {}
        for number in range(accounts):
            base = f"aws/aws/accounts/{number:012}"
            for user in range(20):
                arn = iam(f"{number:012}", "user", f"u{user}")
                files[f"{base}/iam/user/u{user}/metadata.json"] = {"arn": arn, "name": f"u{user}"}
        store = write(tmp_path / f"{accounts}-{attempt}", files)
        tracemalloc.start()
        for _ in documents(store, Report()):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)  # what is loaded once
    # Now and then the interpreter enlarges a table of its own, which would count as well: the least of three is without it.
    assert min(peak(60, attempt) for attempt in range(3)) < 1.5 * min(peak(10, attempt) for attempt in range(3))
