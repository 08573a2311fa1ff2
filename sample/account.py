"""The documents of a sample account: a small web shop with what real accounts have.

People in groups, one of them an administrator, one who left; roles for programs; roles that other accounts, a vendor and a
build service may assume; a public bucket; a permissions boundary; an organization with service control policies; and the
reports of what was used. Everything is invented.
"""

from datetime import timedelta

from sample.trail import END

ACCOUNT = "111122223333"
AUDITOR = "444455556666"
VENDOR = "777788889999"
REGION = "us-east-1"
CREATED = "2025-02-03T09:00:00+00:00"
IAM = f"arn:aws:iam::{ACCOUNT}"
WEB = f"{IAM}:role/app/web"
GITHUB = f"{IAM}:oidc-provider/token.actions.githubusercontent.com"


def document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more) -> dict:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(principal, action="sts:AssumeRole", **more) -> dict:
    return document({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def unique_id(prefix: str, name: str) -> str:
    """An id in the form of IAM, the same for the same name."""
    letters = "".join(letter for letter in name.upper() if letter.isalnum())
    return prefix + (letters + "SAMPLESAMPLESAMPLE")[:17]


UPLOADS = ["arn:aws:s3:::acme-uploads", "arn:aws:s3:::acme-uploads/*"]
ORDERS = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"

POLICIES = {
    f"{IAM}:policy/developer": document(
        allow(["ec2:Describe*", "lambda:*", "logs:*", "cloudwatch:Get*", "cloudwatch:List*"]),
        allow(["s3:Get*", "s3:List*"], ["arn:aws:s3:::acme-*", "arn:aws:s3:::acme-*/*"]),
        allow("iam:PassRole", f"{IAM}:role/app/*", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
    ),
    f"{IAM}:policy/analyst": document(
        allow(["athena:StartQueryExecution", "athena:GetQuery*", "glue:Get*"]),
        allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::acme-reports", "arn:aws:s3:::acme-reports/*"]),
    ),
    f"{IAM}:policy/only-this-region": document(
        allow("*", Condition={"StringEquals": {"aws:RequestedRegion": REGION}}),
        deny(["iam:*", "organizations:*"]),
    ),
    f"{IAM}:policy/own-password": document(
        allow(["iam:ChangePassword", "iam:GetUser"], f"{IAM}:user/${{aws:username}}"),
    ),
    "arn:aws:iam::aws:policy/AdministratorAccess": document(allow("*")),
}

GROUPS = {
    "administrators": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    "developers": [f"{IAM}:policy/developer", f"{IAM}:policy/own-password"],
    "analysts": [f"{IAM}:policy/analyst", f"{IAM}:policy/own-password"],
}

USERS = {
    "alice": {"groups": ["administrators"]},
    "bob": {"groups": ["developers"], "boundary": f"{IAM}:policy/only-this-region"},
    "carol": {"groups": ["analysts"]},
    "dave": {
        "groups": ["developers"],
        "inline": {"repair-access": document(allow(["iam:CreateAccessKey", "iam:AttachUserPolicy"]))},
        "tags": {"left": "2026-03-31"},
    },
    "build-machine": {
        "inline": {"deploy": document(
            allow(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::acme-website/*"),
            allow("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*"),
        )},
    },
}

ROLES = {
    "app/web": {
        "trust": trust({"Service": "ec2.amazonaws.com"}),
        "inline": {"web": document(
            allow("s3:*", UPLOADS),
            allow("dynamodb:*", [ORDERS, f"{ORDERS}/index/*"]),
            allow(["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
                  f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/*"),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"),
            allow(["ses:SendEmail", "sns:Publish", "ssm:GetParameter"]),
            deny("s3:DeleteBucket"),
        )},
    },
    "app/orders": {
        "trust": trust({"Service": "lambda.amazonaws.com"}),
        "inline": {"orders": document(
            allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], ORDERS),
            allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                  f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"),
        )},
    },
    "deploy": {
        "trust": trust({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", Condition={"StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}),
        "inline": {"deploy": document(
            allow(["cloudformation:*", "lambda:*", "s3:*"]),
            allow("iam:PassRole", f"{IAM}:role/app/*"),
        )},
    },
    "audit": {
        "trust": trust({"AWS": f"arn:aws:iam::{AUDITOR}:root"}, Condition={"StringEquals": {"sts:ExternalId": "acme-2026"}}),
        "inline": {"read": document(allow(["iam:Get*", "iam:List*", "cloudtrail:LookupEvents", "config:Describe*"]))},
    },
    "vendor/backup": {
        "trust": trust({"AWS": f"arn:aws:iam::{VENDOR}:role/backup"}),
        "inline": {"backup": document(allow(["s3:GetObject", "s3:ListBucket", "rds:CreateDBSnapshot"]))},
    },
    "emergency": {
        "trust": trust({"AWS": f"{IAM}:user/alice"}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        "managed": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    },
}

RESOURCE_POLICIES = {
    "arn:aws:s3:::acme-website": document(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-website/*"}),
    "arn:aws:s3:::acme-reports": document(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{AUDITOR}:root"}, "Action": ["s3:GetObject", "s3:ListBucket"],
         "Resource": ["arn:aws:s3:::acme-reports", "arn:aws:s3:::acme-reports/*"]},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}},
         "Resource": ["arn:aws:s3:::acme-reports", "arn:aws:s3:::acme-reports/*"]}),
    f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders": document(
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
         "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders",
         "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"}}}),
}

LAST_ACCESSED = {
    # Principal: service: days before the report; with the actions that IAM tracks.
    f"{IAM}:user/alice": {"iam": (2, {"CreateRole": 40, "ListUsers": 2}), "s3": (9, {"ListAllMyBuckets": 9})},
    f"{IAM}:user/bob": {"lambda": (1, {"UpdateFunctionCode20150331v2": 1, "ListFunctions20150331": 1}), "logs": (1, {})},
    f"{IAM}:user/carol": {"athena": (3, {}), "glue": (3, {}), "s3": (3, {})},
    f"{IAM}:user/dave": {"lambda": (210, {"ListFunctions20150331": 210}), "iam": (None, {"CreateAccessKey": None})},
    f"{IAM}:user/build-machine": {"s3": (1, {}), "lambda": (1, {"UpdateFunctionCode20150331v2": 1})},
    WEB: {
        "s3": (0, {"CreateBucket": None, "DeleteBucketPolicy": None, "PutBucketPolicy": None, "ListAllMyBuckets": None}),
        "dynamodb": (0, {"DescribeTable": 0, "CreateTable": None, "DeleteTable": None, "UpdateTable": None}),
        "secretsmanager": (0, {}), "kms": (0, {}), "ses": (None, {}), "sns": (None, {}), "ssm": (1, {"GetParameter": 1}),
    },
    f"{IAM}:role/app/orders": {"dynamodb": (0, {}), "sqs": (0, {})},
    f"{IAM}:role/audit": {"iam": (64, {"GetAccountAuthorizationDetails": 64}), "cloudtrail": (None, {})},
    f"{IAM}:role/vendor/backup": {"s3": (None, {}), "rds": (None, {})},
}


def inline(policies: dict) -> list[dict]:
    return [{"PolicyName": name, "PolicyDocument": policy} for name, policy in policies.items()]


def attached(arns: list[str]) -> list[dict]:
    return [{"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn} for arn in arns]


def user(name: str, of: dict) -> dict:
    found = {
        "Path": "/", "UserName": name, "UserId": unique_id("AIDA", name), "Arn": f"{IAM}:user/{name}", "CreateDate": CREATED,
        "GroupList": of.get("groups", []), "UserPolicyList": inline(of.get("inline", {})), "AttachedManagedPolicies": [],
        "Tags": [{"Key": key, "Value": value} for key, value in of.get("tags", {}).items()],
    }
    if "boundary" in of:
        found["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": of["boundary"]}
    return found


def role(path_and_name: str, of: dict) -> dict:
    path, _, name = path_and_name.rpartition("/")
    return {
        "Path": f"/{path}/" if path else "/", "RoleName": name, "RoleId": unique_id("AROA", name),
        "Arn": f"{IAM}:role/{path_and_name}", "CreateDate": CREATED, "AssumeRolePolicyDocument": of["trust"],
        "InstanceProfileList": [], "RolePolicyList": inline(of.get("inline", {})),
        "AttachedManagedPolicies": attached(of.get("managed", [])), "Tags": [],
    }


def policy(arn: str, content: dict) -> dict:
    name = arn.rsplit("/", 1)[1]
    return {
        "PolicyName": name, "PolicyId": unique_id("ANPA", name), "Arn": arn, "Path": "/", "DefaultVersionId": "v1",
        "IsAttachable": True, "CreateDate": CREATED, "UpdateDate": CREATED,
        "PolicyVersionList": [{"Document": content, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": CREATED}],
    }


def authorization_details() -> dict:
    """As `aws iam get-account-authorization-details` prints it."""
    return {
        "UserDetailList": [user(name, of) for name, of in USERS.items()],
        "GroupDetailList": [
            {"Path": "/", "GroupName": name, "GroupId": unique_id("AGPA", name), "Arn": f"{IAM}:group/{name}",
             "CreateDate": CREATED, "GroupPolicyList": [], "AttachedManagedPolicies": attached(policies)}
            for name, policies in GROUPS.items()
        ],
        "RoleDetailList": [role(name, of) for name, of in ROLES.items()],
        "Policies": [policy(arn, content) for arn, content in POLICIES.items()],
    }


def resource_policies() -> dict:
    return {"account": ACCOUNT, "resourcePolicies": [
        {"resourceArn": arn, "policyDocument": content} for arn, content in RESOURCE_POLICIES.items()]}


def service_control_policies() -> dict:
    full = {"id": "p-FullAWSAccess", "name": "FullAWSAccess", "content": document(allow("*"))}
    guard = {"id": "p-guardrails", "name": "guardrails", "content": document(
        deny(["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "organizations:LeaveOrganization"]))}
    return {
        "organizationId": "o-acmesample", "managementAccount": "999900001111", "policies": [full, guard],
        "root": {"id": "r-acme", "name": "Root", "policies": [full["id"]], "organizationalUnits": [
            {"id": "ou-acme-production", "name": "production", "policies": [full["id"], guard["id"]],
             "accounts": [{"id": ACCOUNT, "name": "acme-shop", "policies": [full["id"]]}]}]},
    }


def last_accessed() -> dict:
    def time(days: int | None) -> str | None:
        return None if days is None else (END - timedelta(days=days)).isoformat()

    def service(namespace: str, days: int | None, actions: dict) -> dict:
        return {"ServiceNamespace": namespace, "LastAuthenticated": time(days), "TrackedActionsLastAccessed": [
            {"ActionName": action, "LastAccessedTime": time(at)} for action, at in actions.items()]}

    return {"reports": [
        {"Arn": arn, "JobStatus": "COMPLETED", "JobCompletionDate": END.isoformat(), "ServicesLastAccessed": [
            service(namespace, days, actions) for namespace, (days, actions) in services.items()]}
        for arn, services in LAST_ACCESSED.items()
    ]}


DOCUMENTS = {
    "authorization-details": authorization_details,
    "resource-policies": resource_policies,
    "service-control-policies": service_control_policies,
    "last-accessed": last_accessed,
}
"""Each kind of document of the inventory, and what makes it."""
