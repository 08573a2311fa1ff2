"""One story of a portal, told by the clients that people use, set up as the page about clients says."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from access_policy_clients import Boto, Cli, JavaScript, Refused, moment
from recorder import recorder

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/access-policies-clients.md"
ABSENT = "11111111-1111-4111-8111-111111111111"


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def recorded(stack):
    """The URL for the clients; afterwards all that they sent must have been what API Gateway wants."""
    with recorder(stack.api) as (url, sent):
        yield url
        assert sent
        assert {request.service for request in sent} == {"execute-api"}
        assert {request.host for request in sent} == {url.removeprefix("http://")}


@pytest.fixture
def environment(stack, account, recorded) -> dict:
    """A shell's environment that knows nothing of this machine's settings."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), "URL": recorded,
        "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": stack.region,
        "AWS_REGION": stack.region, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "",
    }


def shell(script: str, environment: dict) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def with_models(environment) -> dict:
    """The environment after the page's commands that patch the models."""
    shown = shell(f"{blocks('sh')[0]}\nprintf '\\nEND\\n'\nenv -0", environment).split("\nEND\n", 1)[1]
    return dict(variable.split("=", 1) for variable in shown.split("\0") if variable)


@pytest.fixture
def boto3_in_code(environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    page = {}
    exec(blocks("python")[0], page)
    return Boto(page["client_of"]("iotsitewise", environment["URL"]))


@pytest.fixture
def boto3_with_models(with_models, monkeypatch):
    for name, value in with_models.items():
        monkeypatch.setenv(name, value)
    return Boto(boto3.Session().client("iotsitewise"))


@contextmanager
def bridge(*command: str | Path, **where):
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **where) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def cli_with_models(with_models):
    with bridge(sys.executable, ROOT / "tests/e2e/cli_bridge.py", env=with_models) as process:
        yield Cli(process)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The SDK for JavaScript, installed when its lock file has changed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    folder = ROOT / "tests/e2e/js"
    lock, done = folder / "package-lock.json", folder / "node_modules/.installed"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, timeout=300)
        done.write_bytes(lock.read_bytes())
    return folder / "node_modules"


@pytest.fixture
def javascript(environment, node_modules, tmp_path):
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "client.mjs").write_text(blocks("js")[0] + "\nexport { client };\n")
    shutil.copy(ROOT / "tests/e2e/js/bridge.mjs", tmp_path)
    with bridge("node", "bridge.mjs", cwd=tmp_path, env=environment) as process:
        yield JavaScript(process)


@pytest.mark.parametrize("client", ["boto3_in_code", "boto3_with_models", "cli_with_models", "javascript"])
def test_a_portal_is_set_up_shared_and_closed(client, request, account):
    client = request.getfixturevalue(client)
    call, token = client.call, lambda: str(uuid.uuid4())

    portal = call("CreatePortal", portalName="plant", portalContactEmail="operator@example.com",
                  roleArn=f"arn:aws:iam::{account}:role/portal", tags={"site": "north"})
    assert portal["portalStatus"]["state"] == "CREATING"
    client.wait("PortalActive", portalId=portal["portalId"])
    described = call("DescribePortal", portalId=portal["portalId"])
    assert (described["portalStatus"]["state"], described["portalAuthMode"]) == ("ACTIVE", "SSO")
    project = call("CreateProject", portalId=portal["portalId"], projectName="line")
    assert [item["id"] for item in client.pages("ListPortals", "portalSummaries", 1)] == [portal["portalId"]]
    projects = client.pages("ListProjects", "projectSummaries", 1, portalId=portal["portalId"])
    assert [item["id"] for item in projects] == [project["projectId"]]

    # Everybody is let in; the second time by the same token nothing happens.
    on_portal, on_project = {"portal": {"id": portal["portalId"]}}, {"project": {"id": project["projectId"]}}
    user, group = {"user": {"id": "u-1"}}, {"group": {"id": "g-1"}}
    arns = {kind: f"arn:aws:iam::{account}:{kind}/operator" for kind in ("user", "role")}
    iam_user, iam_role = {"iamUser": {"arn": arns["user"]}}, {"iamRole": {"arn": arns["role"]}}
    grants = {}
    for name, identity, resource in [("user", user, on_portal), ("group", group, on_project),
                                     ("iamUser", iam_user, on_portal), ("iamRole", iam_role, on_project)]:
        grant = {"accessPolicyIdentity": identity, "accessPolicyResource": resource, "accessPolicyPermission": "VIEWER"}
        once = token()
        made = call("CreateAccessPolicy", **grant, clientToken=once)
        grants[name] = made["accessPolicyId"]
        assert made["accessPolicyArn"].endswith(f":{account}:access-policy/{made['accessPolicyId']}")
    assert call("CreateAccessPolicy", **grant, clientToken=once)["accessPolicyId"] == grants["iamRole"]
    refused(call, "InvalidRequestException", 400, "CreateAccessPolicy",
            **{**grant, "accessPolicyPermission": "ADMINISTRATOR"}, clientToken=once)

    # Each filter finds its own.
    listed = lambda **filters: client.pages("ListAccessPolicies", "accessPolicySummaries", 1, **filters)
    ids = lambda **filters: {item["id"] for item in listed(**filters)}
    assert ids() == set(grants.values())
    assert ids(identityType="USER", identityId="u-1") == {grants["user"]}
    assert ids(identityType="GROUP", identityId="g-1") == {grants["group"]}
    assert ids(identityType="IAM", iamArn=arns["role"]) == {grants["iamRole"]}
    assert ids(resourceType="PORTAL", resourceId=portal["portalId"]) == {grants["user"], grants["iamUser"]}
    assert ids(resourceType="PROJECT", resourceId=project["projectId"]) == {grants["group"], grants["iamRole"]}
    refused(call, "InvalidRequestException", 400, "ListAccessPolicies", identityType="USER")

    # A grant is changed as a whole.
    before = call("DescribeAccessPolicy", accessPolicyId=grants["user"])
    assert (before["accessPolicyIdentity"], before["accessPolicyResource"]) == (user, on_portal)
    created = moment(before["accessPolicyCreationDate"])
    assert created == moment(before["accessPolicyLastUpdateDate"])
    call("UpdateAccessPolicy", accessPolicyId=grants["user"], accessPolicyIdentity=group,
         accessPolicyResource=on_project, accessPolicyPermission="ADMINISTRATOR")
    after = call("DescribeAccessPolicy", accessPolicyId=grants["user"])
    assert (after["accessPolicyIdentity"], after["accessPolicyResource"]) == (group, on_project)
    assert after["accessPolicyPermission"] == "ADMINISTRATOR"
    assert moment(after["accessPolicyCreationDate"]) == created
    assert timedelta() < moment(after["accessPolicyLastUpdateDate"]) - created < timedelta(minutes=10)

    # Tags
    tags = lambda arn: call("ListTagsForResource", resourceArn=arn)["tags"]
    assert tags(portal["portalArn"]) == {"site": "north"}
    call("TagResource", resourceArn=portal["portalArn"], tags={"site": "south", "cost centre": "é/+&=?"})
    assert tags(portal["portalArn"]) == {"site": "south", "cost centre": "é/+&=?"}
    call("UntagResource", resourceArn=portal["portalArn"], tagKeys=["site", "cost centre", "never there"])
    assert tags(portal["portalArn"]) == {}

    # What cannot be has the name that the service model gives it.
    refused(call, "ResourceNotFoundException", 404, "DescribeAccessPolicy", accessPolicyId=ABSENT)
    refused(call, "ResourceNotFoundException", 404, "CreateAccessPolicy", **{
        **grant, "accessPolicyResource": {"portal": {"id": ABSENT}}})
    refused(call, "InvalidRequestException", 400, "CreateAccessPolicy", **{**grant, "accessPolicyPermission": "OWNER"})
    conflict = refused(call, "ConflictingOperationException", 409, "DeletePortal", portalId=portal["portalId"])
    if conflict:
        assert (conflict["resourceId"], conflict["resourceArn"]) == (portal["portalId"], portal["portalArn"])

    # Everything is taken back; a repeated deletion is the same one if its token is.
    for number, policy in enumerate(grants.values()):
        once = token()
        for _ in range(2 if number == 0 else 1):
            call("DeleteAccessPolicy", accessPolicyId=policy, clientToken=once)
    refused(call, "ResourceNotFoundException", 404, "DeleteAccessPolicy", accessPolicyId=grants["user"])
    assert ids() == set()
    call("DeleteProject", projectId=project["projectId"])
    assert call("DeletePortal", portalId=portal["portalId"])["portalStatus"]["state"] == "DELETING"
    client.wait("PortalNotExists", portalId=portal["portalId"])


def refused(call, name: str, status: int, operation: str, **members) -> dict:
    """The members of the error with which a call ends."""
    with pytest.raises(Refused) as error:
        call(operation, **members)
    assert error.value.name == name
    assert error.value.status in (status, None)
    return error.value.members


def test_the_commands_of_the_page_work_one_after_the_other(environment):
    script = "\n".join(blocks("sh")).replace("make client-models", "make client-models >&2")
    shown = shell(script, environment).replace("}\n{", "},{")
    created, listed = json.loads(f"[{shown}]")
    assert listed["accessPolicySummaries"][0]["id"] == created["accessPolicyId"]
    assert [item["permission"] for item in listed["accessPolicySummaries"]] == ["VIEWER"]


def test_policy_generation_is_reached_in_both_ways(with_models, environment, monkeypatch):
    for name, value in with_models.items():
        monkeypatch.setenv(name, value)
    page = {}
    exec(blocks("python")[0], page)
    for client in [boto3.Session().client("accessanalyzer"), page["client_of"]("accessanalyzer", environment["URL"])]:
        assert client.list_policy_generations()["policyGenerations"] == []


@pytest.mark.parametrize("is_zipped", [True, False])
def test_models_are_patched_whichever_way_botocore_keeps_them(tmp_path, is_zipped):
    plain = {"metadata": {"signingName": "x", "serviceId": "Y"},
             "operations": {"A": {"name": "A", "endpoint": {"hostPrefix": "api."}}, "B": {"name": "B"}}}
    for service in ("accessanalyzer", "iotsitewise"):
        for version in ("2001-01-01", "2019-01-01"):
            folder = tmp_path / "data" / service / version
            folder.mkdir(parents=True)
            text = json.dumps({**plain, "version": "2.0" if version > "2010" else "1.0"}).encode()
            name = "service-2.json.gz" if is_zipped else "service-2.json"
            (folder / name).write_bytes(gzip.compress(text) if is_zipped else text)
    command = [sys.executable, ROOT / "clients/models.py", "--data", tmp_path / "data", tmp_path / "out"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert f"export AWS_DATA_PATH={tmp_path / 'out'}" in shown
    for service in ("accessanalyzer", "iotsitewise"):
        assert [path.name for path in (tmp_path / "out" / service).iterdir()] == ["2019-01-01"]
        written = json.loads((tmp_path / "out" / service / "2019-01-01/service-2.json").read_text())
        assert written == {"version": "2.0", "metadata": {"signingName": "execute-api", "serviceId": "Y"},
                           "operations": {"A": {"name": "A"}, "B": {"name": "B"}}}
