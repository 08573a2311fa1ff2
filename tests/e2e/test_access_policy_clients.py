"""One story of a portal, told by the clients that people use, set up as the page about clients says."""

import functools
import gzip
import json
import re
import shlex
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import awscli
import boto3
import pytest
from access_policy_clients import Refused, moment
from client_setups import (  # noqa: F401, fixtures
    ROOT,
    blocks,
    boto3_in_code,
    boto3_with_models,
    cli_with_models,
    environment,
    javascript,
    node_modules,
    shell,
    with_models,
)
from recorder import recorder

ABSENT = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def endpoint(stack):
    """The URL for the clients; afterwards all that they sent must have been what API Gateway wants."""
    with recorder(stack.api) as (url, sent):
        yield url
        assert sent
        assert {request.service for request in sent} == {"execute-api"}
        assert {request.host for request in sent} == {url.removeprefix("http://")}


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


EXAMPLES = """create-portal create-project create-access-policy describe-access-policy list-access-policies describe-portal
    list-portals describe-project list-projects update-access-policy tag-resource list-tags-for-resource untag-resource
    delete-access-policy delete-project delete-portal""".split()


def test_the_printed_examples_of_the_cli_work_in_their_order(cli_with_models, tmp_path):
    known = {}
    for command, files, printed in (example for name in EXAMPLES for example in printed_examples(name)):
        for name, content in files.items():
            (tmp_path / name).write_text(with_what_exists(content, known))
        command = with_what_exists(command, known).replace("file://", f"file://{tmp_path}/").replace("\\\n", " ")
        answer = cli_with_models.run(*shlex.split(command)[2:])
        # What the service has made stands for what the page names.
        for member, example in re.findall(r'"(portalId|portalArn|projectId|accessPolicyId)": "([^"]*EXAMPLE)"', printed):
            known.setdefault(example, answer[member])
        if printed:
            assert members_of(json.loads(printed)) <= members_of(answer), command
        else:
            assert answer == {}, command


def printed_examples(name: str):
    """Commands of the CLI's own pages with the files that they read and the answers that are printed below them."""
    page = (Path(awscli.__file__).parent / f"examples/iotsitewise/{name}.rst").read_text()
    for part in re.split(r"(?=^    aws )", page, flags=re.MULTILINE)[1:]:
        indented = re.findall(r"^(.*)::\n\n((?:    .*\n)+)", part, re.MULTILINE)
        files = {title.split("``")[1]: content for title, content in indented if title.startswith("Contents of")}
        output = [content for title, content in indented if title == "Output"]
        yield part.partition("\n\n")[0], files, output[0] if output else ""


def with_what_exists(text: str, known: dict) -> str:
    """The text with ids that exist; the examples tag an asset, of which there are none here."""
    portal = next((value for value in known.values() if value.startswith("arn:")), "")
    text = re.sub(r"arn:aws:iotsitewise:\S*:asset/\S*EXAMPLE", portal, text)
    return functools.reduce(lambda text, pair: text.replace(*pair), known.items(), text)


def members_of(value, path: str = "") -> set[str]:
    """Paths of the members of an answer."""
    if isinstance(value, dict):
        return set().union(*({f"{path}.{name}"} | members_of(member, f"{path}.{name}") for name, member in value.items()))
    return set().union(*(members_of(element, f"{path}[]") for element in value)) if isinstance(value, list) else set()


def test_policy_generation_is_reached_in_both_ways(with_models, environment, monkeypatch):
    for name, value in with_models.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
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
