"""Who can open which portal: a portal, a project, a grant that is sent twice, lists, and the grant withdrawn."""

import uuid

import transcript
from client import ACCOUNT, aws
from transcript import count

ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/web"


def walk(api: str, _aws: str) -> None:
    def call(*arguments: str, summary=None):
        return aws(api, "iotsitewise", *arguments, summary=summary)

    portal = call("create-portal", "--portal-name", "Line 7", "--portal-contact-email", "line7@example.com", "--role-arn",
                  f"arn:aws:iam::{ACCOUNT}:role/portal", summary=lambda found: f"portal {found['portalId']}")["portalId"]
    project = call("create-project", "--portal-id", portal, "--project-name", "Caps",
                   summary=lambda found: f"project {found['projectId']}")["projectId"]
    grant = ["--access-policy-identity", f"iamRole={{arn={ROLE}}}", "--access-policy-resource", f"project={{id={project}}}"]
    once = ["create-access-policy", "--access-policy-permission", "VIEWER", *grant, "--client-token", str(uuid.uuid4()),
            "--tags", "team=line-7"]
    transcript.remark("A repetition under the same client token is the same grant. With other parameters it is refused:")
    policy = call(*once, summary=lambda found: f"access policy {found['accessPolicyId']}")
    call(*once, summary=lambda found: f"the same client token, so the same access policy {found['accessPolicyId']}")
    call(*(word.replace("VIEWER", "ADMINISTRATOR") for word in once))
    about = ["--access-policy-id", policy["accessPolicyId"]]
    call("list-access-policies", "--identity-type", "IAM", "--iam-arn", ROLE,
         summary=lambda found: f"{count(len(found['accessPolicySummaries']), 'access policy', 'access policies')} of this role")
    call("list-tags-for-resource", "--resource-arn", policy["accessPolicyArn"], summary=lambda found: f"tags {found['tags']}")
    call("update-access-policy", *about, *grant, "--access-policy-permission", "ADMINISTRATOR")
    call("describe-access-policy", *about, summary=lambda found: f"permission {found['accessPolicyPermission']}")
    call("delete-portal", "--portal-id", portal)  # refused: it has a project
    call("delete-access-policy", *about)
    call("list-access-policies", "--resource-type", "PROJECT", "--resource-id", project,
         summary=lambda found: f"{count(len(found['accessPolicySummaries']), 'access policy', 'access policies')} of this project")
    transcript.remark("All faults of a request are in one reply:")
    call("create-access-policy", "--access-policy-permission", "OWNER", "--access-policy-identity", "{}",
         "--access-policy-resource", "portal={id=a1b2c3d4-5678-90ab-cdef-aaaaaEXAMPLE}")
    call("delete-project", "--project-id", project)
    call("delete-portal", "--portal-id", portal)
