"""Who is let into which portal: a portal, a project, a grant that is sent twice, lists, and the grant withdrawn."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

ACCOUNT = os.environ.get("AWS_ACCESS_KEY_ID", "111122223333")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/web"


def cli(api: str, *arguments: str):
    """Runs the AWS CLI, shows the command and its answer, and gives the answer."""
    shown = " ".join(f"'{argument}'" if set(" {}") & set(argument) else argument for argument in arguments)
    print(f"\n$ aws iotsitewise {shown} --endpoint-url {api}", flush=True)
    # The client puts `monitor.` before the host of any endpoint, unless it is told not to.
    environment = {**os.environ, "AWS_DISABLE_HOST_PREFIX_INJECTION": "true", "AWS_MAX_ATTEMPTS": "1"}
    command = [Path(sys.executable).with_name("aws"), "iotsitewise", *arguments, "--endpoint-url", api, "--output", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    print((done.stdout or done.stderr).strip() or "-> done")
    return json.loads(done.stdout) if done.stdout.strip() else None


def walk(api: str, _aws: str) -> None:
    portal = cli(api, "create-portal", "--portal-name", "Line 7", "--portal-contact-email", "line7@example.com",
                 "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/portal")["portalId"]
    project = cli(api, "create-project", "--portal-id", portal, "--project-name", "Caps")["projectId"]
    grant = ["--access-policy-identity", f"iamRole={{arn={ROLE}}}", "--access-policy-resource", f"project={{id={project}}}"]
    once = ["create-access-policy", *grant, "--access-policy-permission", "VIEWER", "--client-token", str(uuid.uuid4()),
            "--tags", "team=line-7"]
    print("\nA repetition under the same client token is the same grant; with other parameters it is refused:")
    policy = cli(api, *once)
    cli(api, *once)
    cli(api, *(word.replace("VIEWER", "ADMINISTRATOR") for word in once))
    about = ["--access-policy-id", policy["accessPolicyId"]]
    cli(api, "list-access-policies", "--identity-type", "IAM", "--iam-arn", ROLE)
    cli(api, "list-tags-for-resource", "--resource-arn", policy["accessPolicyArn"])
    cli(api, "update-access-policy", *about, *grant, "--access-policy-permission", "ADMINISTRATOR")
    cli(api, "describe-access-policy", *about)
    cli(api, "delete-portal", "--portal-id", portal)  # refused: it has a project
    cli(api, "delete-access-policy", *about)
    cli(api, "list-access-policies", "--resource-type", "PROJECT", "--resource-id", project)
    cli(api, "describe-access-policy", *about)
    print("\nWhat is wrong with a request is said all at once:")
    cli(api, "create-access-policy", "--access-policy-identity", "{}", "--access-policy-permission", "OWNER",
        "--access-policy-resource", "portal={id=a1b2c3d4-5678-90ab-cdef-aaaaaEXAMPLE}")
    cli(api, "delete-project", "--project-id", project)
    cli(api, "delete-portal", "--portal-id", portal)
