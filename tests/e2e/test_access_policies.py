"""Access policies over the running stack, with boto3 and the AWS CLI as they come: who is let into which portal."""

import json
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.exceptions
import pytest
import requests
from conftest import TEMPLATE

ROLE = "arn:aws:iam::111122223333:role/portal"
NOWHERE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def sitewise(clients):
    """The stock client of this test's account; what it would check itself goes through to the API."""
    return clients("iotsitewise", parameter_validation=False)


@pytest.fixture
def portal(sitewise):
    return create_portal(sitewise)


def create_portal(client, **more):
    answer = client.create_portal(portalName="Line 7", portalContactEmail="line7@example.com", roleArn=ROLE, **more)
    return answer["portalId"]


def grant(portal=None, user="user-1", permission="VIEWER", **more):
    """Parameters of a policy, to create it or to update one."""
    return {
        "accessPolicyIdentity": {"user": {"id": user}},
        "accessPolicyResource": {"portal": {"id": portal}},
        "accessPolicyPermission": permission,
        **more,
    }


def refused(call, **parameters):
    """The error that a call gets: its type, status and message."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_policy_is_created_read_listed_updated_and_deleted(sitewise, portal, account):
    before = datetime.now(UTC)
    created = sitewise.create_access_policy(**grant(portal, tags={"team": "line 7"}))
    policy = created["accessPolicyId"]
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert created["accessPolicyArn"] == f"arn:aws:iotsitewise:us-east-1:{account}:access-policy/{policy}"
    found = sitewise.describe_access_policy(accessPolicyId=policy)
    assert found["accessPolicyArn"] == created["accessPolicyArn"]
    assert found["accessPolicyIdentity"] == {"user": {"id": "user-1"}}
    assert found["accessPolicyResource"] == {"portal": {"id": portal}}
    assert found["accessPolicyPermission"] == "VIEWER"
    assert found["accessPolicyCreationDate"] == found["accessPolicyLastUpdateDate"]
    assert abs(found["accessPolicyCreationDate"] - before) < timedelta(minutes=1)
    (summary,) = sitewise.list_access_policies(resourceType="PORTAL", resourceId=portal)["accessPolicySummaries"]
    assert summary == {
        "id": policy, "identity": {"user": {"id": "user-1"}}, "resource": {"portal": {"id": portal}},
        "permission": "VIEWER", "creationDate": found["accessPolicyCreationDate"],
        "lastUpdateDate": found["accessPolicyLastUpdateDate"]}

    role = {"iamRole": {"arn": "arn:aws:iam::111122223333:role/a"}}
    sitewise.update_access_policy(accessPolicyId=policy, **grant(portal, permission="ADMINISTRATOR")
                                  | {"accessPolicyIdentity": role})
    changed = sitewise.describe_access_policy(accessPolicyId=policy)
    assert changed["accessPolicyIdentity"] == role
    assert changed["accessPolicyPermission"] == "ADMINISTRATOR"
    assert changed["accessPolicyCreationDate"] == found["accessPolicyCreationDate"]
    assert changed["accessPolicyLastUpdateDate"] > found["accessPolicyLastUpdateDate"]
    assert sitewise.list_tags_for_resource(resourceArn=created["accessPolicyArn"])["tags"] == {"team": "line 7"}

    answer = sitewise.delete_access_policy(accessPolicyId=policy)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    code, status, _ = refused(sitewise.describe_access_policy, accessPolicyId=policy)
    assert (code, status) == ("ResourceNotFoundException", 404)
    assert sitewise.list_access_policies()["accessPolicySummaries"] == []


def test_a_portal_and_its_projects(sitewise, account, clients):
    details = {
        "portalDescription": "Bottling", "portalAuthMode": "IAM", "notificationSenderEmail": "alarms@example.com",
        "alarms": {"alarmRoleArn": ROLE, "notificationLambdaArn": "arn:aws:lambda:us-east-1:111122223333:function:f"},
        "portalType": "SITEWISE_PORTAL_V2",
        "portalTypeConfiguration": {"tools": {"portalTools": ["ASSISTANT", "DASHBOARD"]}, "empty": {}},
    }
    logo = {"data": b"\x89PNG", "type": "PNG"}
    created = clients("iotsitewise").create_portal(
        portalName="Line 7", portalContactEmail="line7@example.com", roleArn=ROLE, tags={"a": ""},
        portalLogoImageFile=logo, **details)
    portal = created["portalId"]
    digits = portal.replace("-", "")
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert created["portalStatus"] == {"state": "CREATING"}
    assert created["portalStartUrl"] == f"https://{portal}.app.iotsitewise.aws"
    assert created["ssoApplicationId"] == f"ins-{digits[:16]}"
    sitewise.get_waiter("portal_active").wait(portalId=portal, WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    found = sitewise.describe_portal(portalId=portal)
    assert found["portalArn"] == f"arn:aws:iotsitewise:us-east-1:{account}:portal/{portal}"
    assert found["portalClientId"] == f"E-{digits[:24]}"
    assert {name: found[name] for name in details} == details
    assert "portalLogoImageLocation" not in found
    assert found["portalContactEmail"] == "line7@example.com"
    plain = sitewise.describe_portal(portalId=create_portal(sitewise))
    assert plain["portalAuthMode"] == "SSO"
    assert not {"portalDescription", "alarms", "portalType", "portalTypeConfiguration"} & plain.keys()
    listed = sitewise.list_portals()["portalSummaries"]
    assert [entry["id"] for entry in listed] == sorted([portal, plain["portalId"]])
    assert {entry["status"]["state"] for entry in listed} == {"ACTIVE"}

    made = sitewise.create_project(portalId=portal, projectName="Caps", projectDescription="of bottles")
    project = made["projectId"]
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["projectArn"] == f"arn:aws:iotsitewise:us-east-1:{account}:project/{project}"
    described = sitewise.describe_project(projectId=project)
    assert (described["portalId"], described["projectName"]) == (portal, "Caps")
    (entry,) = sitewise.list_projects(portalId=portal)["projectSummaries"]
    assert (entry["id"], entry["name"], entry["description"]) == (project, "Caps", "of bottles")
    assert sitewise.list_projects(portalId=NOWHERE)["projectSummaries"] == []

    with pytest.raises(sitewise.exceptions.ConflictingOperationException) as caught:
        sitewise.delete_portal(portalId=portal)
    conflict = caught.value.response
    assert conflict["resourceId"] == portal
    assert conflict["resourceArn"] == created["portalArn"] == found["portalArn"]
    assert conflict["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert sitewise.delete_project(projectId=project)["ResponseMetadata"]["HTTPStatusCode"] == 204
    gone = sitewise.delete_portal(portalId=portal)
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert gone["portalStatus"] == {"state": "DELETING"}
    sitewise.get_waiter("portal_not_exists").wait(portalId=portal, WaiterConfig={"Delay": 0, "MaxAttempts": 1})


def test_access_to_a_project_outlives_it(sitewise, portal):
    project = sitewise.create_project(portalId=portal, projectName="Caps")["projectId"]
    on_project = grant(portal) | {"accessPolicyResource": {"project": {"id": project}}}
    policy = sitewise.create_access_policy(**on_project)["accessPolicyId"]
    sitewise.delete_project(projectId=project)
    code, status, _ = refused(sitewise.create_access_policy, **on_project)
    assert (code, status) == ("ResourceNotFoundException", 404)
    code, status, _ = refused(sitewise.update_access_policy, accessPolicyId=policy, **on_project)
    assert (code, status) == ("ResourceNotFoundException", 404)
    (left,) = sitewise.list_access_policies(resourceType="PROJECT", resourceId=project)["accessPolicySummaries"]
    assert left["id"] == policy
    sitewise.update_access_policy(accessPolicyId=policy, **grant(portal))
    assert sitewise.list_access_policies(resourceType="PROJECT", resourceId=project)["accessPolicySummaries"] == []
    sitewise.delete_access_policy(accessPolicyId=policy)


IDENTITIES = {
    "user": ({"user": {"id": "x"}}, {"identityType": "USER", "identityId": "x"}),
    "group": ({"group": {"id": "x"}}, {"identityType": "GROUP", "identityId": "x"}),
    "iamUser": ({"iamUser": {"arn": "arn:aws:iam::1:user/" + "x" * 1500}},
                {"identityType": "IAM", "iamArn": "arn:aws:iam::1:user/" + "x" * 1500}),
    "iamRole": ({"iamRole": {"arn": ROLE}}, {"identityType": "IAM", "iamArn": ROLE}),
}


def test_lists_are_filtered_by_identity_and_resource(sitewise, portal):
    other = create_portal(sitewise)
    made = {}
    for name, (identity, _) in IDENTITIES.items():
        for where in (portal, other):
            answer = sitewise.create_access_policy(**grant(where) | {"accessPolicyIdentity": identity})
            made[name, where] = answer["accessPolicyId"]

    def ids(**filters):
        return [entry["id"] for entry in sitewise.list_access_policies(**filters)["accessPolicySummaries"]]

    assert ids() == sorted(made.values())
    for where in (portal, other):
        on = {"resourceType": "PORTAL", "resourceId": where}
        assert ids(**on) == sorted(made[name, where] for name in IDENTITIES)
        for name, (_, of) in IDENTITIES.items():
            assert ids(**of, **on) == [made[name, where]]
    for name, (_, of) in IDENTITIES.items():
        assert ids(**of) == sorted([made[name, portal], made[name, other]])
    assert ids(resourceType="PROJECT", resourceId=portal) == []
    assert ids(identityType="USER", identityId="nobody") == []


@pytest.mark.parametrize("size", [1, 50, 250])
def test_the_paginator_finds_every_policy_once(clients, account, size):
    client = clients("iotsitewise", max_pool_connections=8)
    portal = create_portal(client)
    total = 256 if size > 1 else 12
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: client.create_access_policy(**grant(portal, user=f"user-{n % 3}")), range(total)))
    for filters in ({}, {"resourceType": "PORTAL", "resourceId": portal}, {"identityType": "USER", "identityId": "user-1"}):
        pages = list(client.get_paginator("list_access_policies").paginate(**filters, maxResults=size))
        found = [entry for page in pages for entry in page["accessPolicySummaries"]]
        wanted = [answer["accessPolicyId"] for n, answer in enumerate(made) if "identityId" not in filters or n % 3 == 1]
        assert [entry["id"] for entry in found] == sorted(wanted)
        assert len(pages) == -(-len(wanted) // size)
        assert all("nextToken" in page for page in pages[:-1]) and "nextToken" not in pages[-1]


def test_a_page_token_belongs_to_its_list_and_not_to_its_size(sitewise, portal):
    for number in range(4):
        sitewise.create_access_policy(**grant(portal, user=f"user-{number}"))
    everything = [entry["id"] for entry in sitewise.list_access_policies()["accessPolicySummaries"]]
    first = sitewise.list_access_policies(maxResults=1)
    rest = sitewise.list_access_policies(maxResults=3, nextToken=first["nextToken"])
    assert [entry["id"] for page in (first, rest) for entry in page["accessPolicySummaries"]] == everything
    assert "nextToken" not in rest
    token = first["nextToken"]
    for wrong in ({"resourceType": "PORTAL", "resourceId": portal}, {"identityType": "USER", "identityId": "user-1"}):
        assert refused(sitewise.list_access_policies, nextToken=token, **wrong)[:2] == ("InvalidRequestException", 400)
    for forged in ("AAAA", token[:-4], "a", "=", "x" * 4096):
        assert refused(sitewise.list_access_policies, nextToken=forged)[:2] == ("InvalidRequestException", 400)
    assert refused(sitewise.list_portals, nextToken=token)[:2] == ("InvalidRequestException", 400)


def test_everything_wrong_with_a_request_is_told_at_once(sitewise):
    code, status, message = refused(
        sitewise.create_access_policy, accessPolicyIdentity={"user": {"id": "a b"}, "iamUser": {"arn": "x"}},
        accessPolicyResource={}, accessPolicyPermission="OWNER", clientToken="short", tags={})
    assert (code, status) == ("InvalidRequestException", 400)
    places = [part.split("'")[1] for part in message.split("Value at ")[1:]]
    assert places == ["accessPolicyIdentity.user.id", "accessPolicyIdentity.iamUser.arn", "accessPolicyIdentity",
                      "accessPolicyResource", "accessPolicyPermission", "clientToken", "tags"]
    assert message.startswith("7 validation errors detected: Value at ")
    assert "Member must satisfy enum value set: [ADMINISTRATOR, VIEWER]" in message
    assert "a b" not in message


def test_a_repetition_under_the_same_token_is_the_same_request(sitewise, portal):
    token = str(uuid.uuid4())
    first = sitewise.create_access_policy(**grant(portal, clientToken=token, tags={"b": "2", "a": "1"}))
    again = sitewise.create_access_policy(**grant(portal, clientToken=token, tags={"a": "1", "b": "2"}))
    policy = first["accessPolicyId"]
    assert again["accessPolicyId"] == policy
    assert len(sitewise.list_access_policies()["accessPolicySummaries"]) == 1
    code, status, message = refused(sitewise.create_access_policy, **grant(portal, clientToken=token))
    assert (code, status) == ("InvalidRequestException", 400)
    assert message == "The client token was used before with other parameters"

    change = {"accessPolicyId": policy, "clientToken": token, **grant(portal, user="user-2")}
    sitewise.update_access_policy(**change)
    sitewise.update_access_policy(accessPolicyId=policy, **grant(portal, user="user-3"))
    sitewise.update_access_policy(**change)
    assert sitewise.describe_access_policy(accessPolicyId=policy)["accessPolicyIdentity"] == {"user": {"id": "user-3"}}

    for _ in range(2):
        answer = sitewise.delete_access_policy(accessPolicyId=policy, clientToken=token)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(sitewise.delete_access_policy, accessPolicyId=policy)[0] == "ResourceNotFoundException"
    again = sitewise.create_access_policy(**grant(portal, clientToken=token, tags={"a": "1", "b": "2"}))
    assert again["accessPolicyId"] == policy
    assert refused(sitewise.describe_access_policy, accessPolicyId=policy)[0] == "ResourceNotFoundException"


def test_tags_are_merged_removed_and_limited(sitewise, portal, account, clients):
    arn = f"arn:aws:iotsitewise:us-east-1:{account}:portal/{portal}"
    tags = lambda: sitewise.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags() == {}
    sitewise.tag_resource(resourceArn=arn, tags={"a": "1", "A": ""})
    sitewise.tag_resource(resourceArn=arn, tags={"a": "2", "c": "3"})
    assert tags() == {"a": "2", "A": "", "c": "3"}
    sitewise.untag_resource(resourceArn=arn, tagKeys=["a", "not there"])
    assert tags() == {"A": "", "c": "3"}
    with pytest.raises(sitewise.exceptions.TooManyTagsException) as caught:
        sitewise.tag_resource(resourceArn=arn, tags={f"k{n}": "v" for n in range(49)})
    assert caught.value.response["resourceName"] == arn
    assert tags() == {"A": "", "c": "3"}
    sitewise.tag_resource(resourceArn=arn, tags={f"k{n}": "v" for n in range(48)})
    assert len(tags()) == 50
    for wrong in ({"aws:a": "1"}, {"": "1"}, {"a": None}, {"a": "x" * 257}, {}):
        assert refused(sitewise.tag_resource, resourceArn=arn, tags=wrong)[0] == "InvalidRequestException"
    for unknown in (arn.replace(portal, NOWHERE), arn.replace(account, "999999999999")):
        for call, more in ((sitewise.tag_resource, {"tags": {"a": "1"}}), (sitewise.list_tags_for_resource, {}),
                           (sitewise.untag_resource, {"tagKeys": ["a"]})):
            assert refused(call, resourceArn=unknown, **more)[0] == "ResourceNotFoundException"
    for no_arn in ("x", arn.replace("us-east-1", "eu-west-1"), arn.replace(":portal/", ":asset/")):
        assert refused(sitewise.list_tags_for_resource, resourceArn=no_arn)[0] == "InvalidRequestException"


def test_tags_set_at_the_same_time_all_stay(clients, account):
    client = clients("iotsitewise", max_pool_connections=8)
    arn = f"arn:aws:iotsitewise:us-east-1:{account}:portal/{create_portal(client)}"
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: client.tag_resource(resourceArn=arn, tags={f"k{n}": str(n)}), range(6)))
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {f"k{n}": str(n) for n in range(6)}


def test_accounts_do_not_see_each_other(sitewise, portal, clients):
    other = clients("iotsitewise", account="999999999999")
    policy = sitewise.create_access_policy(**grant(portal))["accessPolicyId"]
    assert refused(other.describe_access_policy, accessPolicyId=policy)[0] == "ResourceNotFoundException"
    assert refused(other.create_access_policy, **grant(portal))[0] == "ResourceNotFoundException"
    assert refused(other.delete_access_policy, accessPolicyId=policy)[0] == "ResourceNotFoundException"
    listed = other.list_access_policies(resourceType="PORTAL", resourceId=portal)
    assert listed["accessPolicySummaries"] == []


def test_limits_are_those_of_the_template(own_stack, client_of):
    limits = {"MaxPortals": 1, "MaxProjectsPerPortal": 2, "MaxAccessPoliciesPerResource": 1}
    parameters = [flag for name, limit in limits.items() for flag in ("--parameter", f"{name}={limit}")]
    client = client_of(own_stack("--template", TEMPLATE, *parameters).start(), "111122223333")("iotsitewise")
    portal = create_portal(client)
    code, status, message = refused(lambda: create_portal(client))
    assert (code, status) == ("LimitExceededException", 410)
    assert message == "The number of portals of an account is limited to 1"
    projects = [client.create_project(portalId=portal, projectName="Caps")["projectId"] for _ in range(2)]
    assert refused(client.create_project, portalId=portal, projectName="Caps")[:2] == ("LimitExceededException", 410)
    token = str(uuid.uuid4())
    first = client.create_access_policy(**grant(portal, clientToken=token))
    assert refused(client.create_access_policy, **grant(portal))[:2] == ("LimitExceededException", 410)
    again = client.create_access_policy(**grant(portal, clientToken=token))
    assert again["accessPolicyId"] == first["accessPolicyId"]
    client.delete_access_policy(accessPolicyId=first["accessPolicyId"])
    client.create_access_policy(**grant(portal))
    # A move is never refused. It takes no place of a resource that is full, and frees the place that it had.
    on = [{"accessPolicyResource": {"project": {"id": project}}} for project in projects]
    moved, stays = (client.create_access_policy(**{**grant(portal), **one})["accessPolicyId"] for one in on)
    client.update_access_policy(accessPolicyId=moved, **{**grant(portal), **on[1]})
    client.create_access_policy(**{**grant(portal), **on[0]})
    client.delete_access_policy(accessPolicyId=stays)
    client.create_access_policy(**{**grant(portal), **on[1]})
    assert refused(client.create_access_policy, **{**grant(portal), **on[1]})[:2] == ("LimitExceededException", 410)


def test_on_the_wire_dates_are_numbers_and_errors_have_their_type_in_the_header(stack, signed, sitewise, portal):
    policy = sitewise.create_access_policy(**grant(portal))["accessPolicyId"]
    found = requests.get(f"{stack.api}/access-policies/{policy}", headers=signed(), timeout=30)
    assert found.headers["Content-Type"] == "application/json"
    assert isinstance(found.json()["accessPolicyCreationDate"], (int, float))
    deleted = requests.delete(f"{stack.api}/access-policies/{policy}", headers=signed(), timeout=30)
    assert (deleted.status_code, deleted.text) == (204, "")
    missing = requests.get(f"{stack.api}/access-policies/{policy}", headers=signed(), timeout=30)
    assert missing.status_code == 404
    assert missing.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"
    assert missing.json() == {"message": "There is no such access policy"}
    for path in ("/access-policies/%zz", "/access-policies/x", f"/access-policies/{policy.upper()}", "/projects",
                 "/access-policies?maxResults=1&maxResults=2", "/access-policies?maxResults=", "/tags"):
        wrong = requests.get(stack.api + path, headers=signed(), timeout=30)
        assert (wrong.status_code, wrong.headers["x-amzn-ErrorType"]) == (400, "InvalidRequestException"), path
    patched = requests.patch(f"{stack.api}/access-policies/{policy}", headers=signed(), timeout=30)
    assert (patched.status_code, patched.headers["x-amzn-ErrorType"]) == (405, "UnknownOperationException")


def test_a_walk_with_the_cli(stack, account):
    def aws(*arguments):
        environment = {
            "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": stack.region, "AWS_ENDPOINT_URL_IOTSITEWISE": stack.api, "AWS_MAX_ATTEMPTS": "1",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true", "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        command = [Path(sys.executable).parent / "aws", "--output", "json", "iotsitewise", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout) if done.stdout.strip() else done.stderr.strip()

    portal = aws("create-portal", "--portal-name", "Line 7", "--portal-contact-email", "line7@example.com",
                 "--role-arn", ROLE)["portalId"]
    project = aws("create-project", "--portal-id", portal, "--project-name", "Caps")["projectId"]
    policy = aws("create-access-policy", "--access-policy-identity", f"iamRole={{arn={ROLE}}}",
                 "--access-policy-resource", f"project={{id={project}}}",
                 "--access-policy-permission", "ADMINISTRATOR", "--tags", "team=caps")
    listed = aws("list-access-policies", "--identity-type", "IAM", "--iam-arn", ROLE, "--page-size", "1")
    assert [entry["id"] for entry in listed["accessPolicySummaries"]] == [policy["accessPolicyId"]]
    tags = aws("list-tags-for-resource", "--resource-arn", policy["accessPolicyArn"])
    assert tags == {"tags": {"team": "caps"}}
    assert "ConflictingOperationException" in aws("delete-portal", "--portal-id", portal)
    assert aws("update-access-policy", "--access-policy-id", policy["accessPolicyId"], "--access-policy-identity",
               f"iamRole={{arn={ROLE}}}", "--access-policy-resource", f"portal={{id={portal}}}",
               "--access-policy-permission", "VIEWER") == ""
    assert aws("delete-access-policy", "--access-policy-id", policy["accessPolicyId"]) == ""
    missing = aws("describe-access-policy", "--access-policy-id", policy["accessPolicyId"])
    assert "(ResourceNotFoundException)" in missing and "There is no such access policy" in missing
