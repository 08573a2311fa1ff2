"""The inventory over the running stack: documents put into the bucket, what is made of them, and what is refused."""

import gzip
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
import requests
from conftest import ROOT

DETAILS = "authorization-details.json"
LAST = "last-accessed.json"


def entity(account, kind, name, **more):
    return {"Arn": f"arn:aws:iam::{account}:{kind}/{name}", f"{kind.title()}Name": name, **more}


def details(account, *users, **more):
    return json.dumps({"UserDetailList": [entity(account, "user", user) for user in users], **more})


def last_accessed(account, *users):
    reports = [{"Arn": f"arn:aws:iam::{account}:user/{user}", "JobStatus": "COMPLETED", "ServicesLastAccessed": []}
               for user in users]
    return json.dumps({"reports": reports})


class Inventory:
    """The inventory of one tenant: puts and removes documents, and waits until the API knows what became of them."""

    def __init__(self, stack, s3, tenant, signed, eventually):
        self.stack, self.s3, self.tenant, self.signed, self.eventually = stack, s3, tenant, signed, eventually
        self.bucket = stack.buckets["InventoryBucket"]

    def read(self) -> dict:
        answer = requests.get(f"{self.stack.api}/api/v1/inventory", headers=self.signed(self.tenant), timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        return answer.json()

    def document(self, name: str) -> dict | None:
        return next((one for one in self.read()["documents"] if one["name"] == name), None)

    def put(self, name: str, body: str | bytes) -> dict:
        """What became of the document that was put."""
        put = self.s3.put_object(Bucket=self.bucket, Key=f"{self.tenant}/{name}", Body=body)
        tag = put["ETag"].strip('"')

        def known():
            document = self.document(name)
            latest = document and (document["refused"] or document["accepted"])
            return document if latest and latest["eTag"] == tag and not self.read()["isCompiling"] else None

        return self.eventually(known, within=60)

    def accept(self, name: str, body: str | bytes) -> dict:
        document = self.put(name, body)
        assert document["refused"] is None, document
        return self.read()

    def refuse(self, name: str, body: str | bytes) -> str:
        return self.put(name, body)["refused"]["message"]

    def gone(self, name: str) -> dict:
        self.eventually(lambda: self.document(name) is None and not self.read()["isCompiling"], within=60)
        return self.read()


@pytest.fixture
def inventory(stack, clients, account, signed, eventually):
    return Inventory(stack, clients("s3", local=True), account, signed, eventually)


def test_nothing_is_imported_at_first(inventory):
    nothing = {"accounts": 0, "users": 0, "groups": 0, "roles": 0, "policies": 0, "resourcePolicies": 0,
               "incompletePrincipals": 0}
    complete = {"incompletePrincipals": 0, "missing": [], "missingTotal": 0, "managedPolicies": None}
    assert inventory.read() == {
        "snapshot": None, "isCompiling": False, "accounts": [], "counts": nothing, "completeness": complete,
        "ignoredDocuments": 0, "documents": []}


def test_documents_are_counted_and_named(inventory, account):
    policies = [{"Arn": f"arn:aws:iam::{account}:policy/p", "PolicyVersionList": [{"IsDefaultVersion": True, "Document": {
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, {"Effect": "allow"}]}}]}]
    text = details(account, "alice", "bob", RoleDetailList=[entity(account, "role", "web")], Policies=policies)
    found = inventory.accept(DETAILS, text)
    assert found["accounts"] == [account]
    assert found["counts"] == {
        "accounts": 1, "users": 2, "groups": 0, "roles": 1, "policies": 1, "resourcePolicies": 0, "incompletePrincipals": 0}
    (document,) = found["documents"]
    assert (document["name"], document["accepted"]["size"]) == (DETAILS, len(text))
    places = {(one["place"], one["statement"]) for one in document["accepted"]["findings"]}
    assert places == {("Policies[0].PolicyVersionList[0].Document", 1)}
    assert document["accepted"]["findingsTotal"] == len(document["accepted"]["findings"])
    assert len(found["snapshot"]["id"]) == 32


def test_the_same_documents_again_change_nothing(inventory, account):
    first = inventory.accept(DETAILS, details(account, "alice"))
    inventory.refuse(LAST, "{")
    assert inventory.accept(DETAILS, details(account, "alice"))["snapshot"] == first["snapshot"]


def test_a_broken_document_is_refused_whole_and_the_last_good_one_stays(inventory, account):
    inventory.accept(DETAILS, details(account, "alice"))
    before = inventory.accept(LAST, last_accessed(account, "alice"))
    assert inventory.refuse(LAST, '{"reports":[\n{"Arn":1}]}').endswith("at line 2 column 8")
    assert inventory.read()["snapshot"] == before["snapshot"]
    message = inventory.refuse(DETAILS, details(account, "alice", "alice"))
    assert message == f"UserDetailList[1].Arn: `arn:aws:iam::{account}:user/alice` is given more than once"
    broken = details(account, "alice", UserDetailList=[entity(
        account, "user", "alice", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": "%7B%22Statement%22"}])])
    assert inventory.refuse(DETAILS, broken).startswith("UserDetailList[0].UserPolicyList[0].PolicyDocument: ")
    found = inventory.accept(DETAILS, details(account, "alice", "bob"))
    assert found["counts"]["users"] == 2
    kept = inventory.document(LAST)
    assert kept["accepted"] and kept["refused"], "the good version is still in force, and the broken one is still shown"


@pytest.mark.parametrize(("body", "message"), [
    ("", "the document is empty"),
    (" \n", "the document is empty"),
    ("{}", "the document is empty"),
    ("[]", "the document is empty"),
    ('{"message":"Forbidden"}', "it is an error reply, `Forbidden`"),
    ('{"Error":{"Code":"AccessDenied","Message":"no"}}', "it is an error reply, `no`"),
    ('{"UserId":"AIDA","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/x"}',
     "it is the reply of `aws sts get-caller-identity`"),
    ('{"Records":[]}', "it is a log file of CloudTrail"),
    ('{"reports":[]}', "it is a `last-accessed` document"),
    ('{"UserDetailList":[],"NextToken":"eyJ"}', "NextToken says that more pages follow, and no last page is there"),
    ('{"UserDetailList":[],"IsTruncated":true,"Marker":"x"}', "IsTruncated says that more pages follow"),
])
def test_an_empty_or_foreign_file_does_not_wipe_an_account(inventory, account, body, message):
    before = inventory.accept(DETAILS, details(account, "alice"))
    assert message in inventory.refuse(DETAILS, body)
    after = inventory.read()
    assert (after["snapshot"], after["counts"]) == (before["snapshot"], before["counts"])


def test_a_document_that_lacks_a_group_that_it_should_hold_is_refused(inventory, account):
    group = {"GroupDetailList": [entity(account, "group", "ops")]}
    text = json.dumps({"UserDetailList": [entity(account, "user", "alice", GroupList=["dev"])], **group})
    assert inventory.refuse(DETAILS, text) == (
        "UserDetailList[0].GroupList[0]: the document does not hold `dev`, so that a part of the document is missing")


def attached(account, policy):
    user = entity(account, "user", "alice", AttachedManagedPolicies=[{"PolicyName": "p", "PolicyArn": policy}])
    return json.dumps({"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []})


def rows(stack, signed, query):
    asked = {"query": f"config from iam where {query}", "limit": 10}
    answer = requests.post(f"{stack.api}/api/v1/permission", json=asked, headers=signed(), timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["items"]


def test_a_managed_policy_of_aws_that_a_filter_left_out_counts_all_the_same(inventory, account, signed, stack):
    found = inventory.accept(DETAILS, attached(account, "arn:aws:iam::aws:policy/AdministratorAccess"))
    table = found["completeness"]["managedPolicies"]
    assert (table["names"], table["total"]) == (["arn:aws:iam::aws:policy/AdministratorAccess"], 1)
    assert table["asOf"] > "2026-01-01"
    assert found["counts"]["incompletePrincipals"] == 0
    assert rows(stack, signed, "action.access.isadministrative = true")[0]["sourceResourceName"] == "alice"


def test_a_managed_policy_that_nobody_holds_is_reported_and_never_nothing(inventory, account):
    policy = f"arn:aws:iam::{account}:policy/own"
    found = inventory.accept(DETAILS, attached(account, policy))
    (missing,) = found["completeness"]["missing"]
    assert missing == {"kind": "managed policy", "name": policy, "principalsTotal": 1,
                       "principals": [f"arn:aws:iam::{account}:user/alice"]}
    assert found["counts"]["incompletePrincipals"] == 1


def test_a_new_version_says_what_it_takes_away(inventory, account):
    assert inventory.accept(DETAILS, details(account, "alice", "bob"))["documents"][0]["accepted"]["change"] is None
    accepted = inventory.accept(DETAILS, details(account, "bob"))["documents"][0]["accepted"]
    assert accepted["counts"] == {"users": 1, "groups": 0, "roles": 0, "policies": 0}
    assert accepted["change"] == {
        "before": {"users": 2, "groups": 0, "roles": 0, "policies": 0}, "addedTotal": 0, "removedTotal": 1,
        "removed": [f"arn:aws:iam::{account}:user/alice"]}


def test_the_account_of_a_resource_policies_document_counts_as_collected(inventory, account, signed, stack):
    other = "444455556666"
    policy = {"PolicyName": "send", "PolicyDocument": {"Statement": {
        "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:us-east-1:{other}:q"}}}
    inventory.accept(DETAILS, json.dumps({"UserDetailList": [entity(account, "user", "alice", UserPolicyList=[policy])]}))
    query = "action.name = 'sqs:SendMessage'"
    assert len(rows(stack, signed, query)) == 1, "nobody knows what the other account allows"
    buckets = {"account": other, "services": ["s3"], "resourcePolicies": []}
    inventory.accept("resource-policies.json", json.dumps(buckets))
    assert len(rows(stack, signed, query)) == 1, "queues were not collected"
    inventory.accept("resource-policies.json", json.dumps({"account": other, "resourcePolicies": []}))
    assert rows(stack, signed, query) == [], "the queue has no policy, so that no other account can use it"


def test_the_policy_of_a_repository_needs_no_resource(inventory, account, signed, stack):
    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "ecr:BatchGetImage"}
    repository = f"arn:aws:ecr:us-east-1:{account}:repository/r"
    found = inventory.accept("resource-policies.json", json.dumps({"account": account, "resourcePolicies": [
        {"resourceArn": repository, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]}))
    assert found["documents"][0]["accepted"]["findings"] == []
    (row,) = rows(stack, signed, "action.name = 'ecr:BatchGetImage'")
    assert "444455556666" in json.dumps(row) and repository in json.dumps(row)


REPORT = """user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,\
access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date
alice,arn:aws:iam::{account}:user/alice,2021-01-02T03:04:05+00:00,true,no_information,2022-01-02T03:04:05+00:00,false,\
true,2023-01-02T03:04:05+00:00,N/A,false,N/A,N/A
"""


def test_credentials_are_those_of_the_report_and_an_account_without_one_is_named(inventory, account, signed, stack):
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}}
    inventory.accept(DETAILS, json.dumps({"UserDetailList": [entity(account, "user", "alice", UserPolicyList=[policy])]}))
    without_mfa = "NOT source.mfaenabled = true AND action.name = 's3:GetObject' AND dest.cloud.resource.type = 'object'"

    def answer():
        body = {"query": f"config from iam where {without_mfa}", "limit": 9}
        found = requests.post(f"{stack.api}/api/v1/permission", json=body, headers=signed(account), timeout=30).json()
        return found["data"]["totalRows"], [one["message"] for one in found.get("warnings", ()) if one["code"] == "NO_DATA"]

    total, (message,) = answer()
    assert total == 1 and "no document `credential-report` is imported" in message
    inventory.accept("credential-report.csv", REPORT.format(account=account))
    assert answer() == (1, [])
    assert len(rows(stack, signed, "grantedby.cloud.entity.lastlogin.days > 90 AND source.cloud.accesskey.lastused.days > 90 "
                                   "AND dest.cloud.resource.type = 'object'")) == 1
    inventory.accept(f"444455556666/{DETAILS}", details("444455556666", "bob"))
    total, (message,) = answer()
    assert total == 1 and "1 user of the account 444455556666" in message


def test_a_function_holds_what_its_role_holds(inventory, account, signed, stack):
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}}}
    inventory.accept(DETAILS, json.dumps({"RoleDetailList": [entity(account, "role", "orders", RolePolicyList=[policy])]}))
    function = {"arn": f"arn:aws:lambda:eu-west-1:{account}:function:f", "roleArn": f"arn:aws:iam::{account}:role/orders"}
    found = inventory.accept("compute.json", json.dumps({"account": account, "computeResources": [function]}))
    assert found["documents"][1]["accepted"]["counts"] == {"computeResources": 1}
    query = ("source.cloud.service.name = 'lambda' AND source.cloud.resource.type = 'function' "
             "AND action.name = 's3:DeleteObject' AND dest.cloud.resource.type = 'object'")
    (row,) = rows(stack, signed, query)
    assert (row["sourceResourceId"], row["grantedByCloudEntityName"]) == (function["arn"], "orders")
    gone = function | {"roleArn": f"arn:aws:iam::{account}:role/gone"}
    found = inventory.accept("compute.json", json.dumps({"account": account, "computeResources": [gone]}))
    assert [(one["kind"], one["name"]) for one in found["completeness"]["missing"]] == [("role", gone["roleArn"])]


def test_the_other_kinds_of_documents_are_read(inventory, account):
    found = inventory.accept("credential-report.csv", REPORT.format(account=account))
    assert found["documents"][0]["accepted"]["counts"] == {"users": 1}
    function = {"arn": f"arn:aws:lambda:eu-west-1:{account}:function:f", "roleArn": f"arn:aws:iam::{account}:role/f"}
    inventory.accept("compute.json", json.dumps({"account": account, "computeResources": [function]}))
    assert inventory.document("compute.json")["accepted"]["counts"] == {"computeResources": 1}
    allow = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    organization = {"serviceControlPolicies": [{"id": "p-1", "content": allow}], "resourceControlPolicies": [],
                    "root": {"serviceControlPolicies": ["p-1"], "accounts": [{"id": account, "name": "Shop"}]}}
    inventory.accept("organization.json", json.dumps(organization))
    assert inventory.document("organization.json")["accepted"]["counts"] == {"accounts": 1, "policies": 1}
    assert "describes an organization" in inventory.refuse("service-control-policies.json", json.dumps(organization))


def test_a_compressed_document_is_read(inventory, account):
    assert inventory.refuse(f"{DETAILS}.gz", details(account, "alice")).startswith("the document is not compressed by gzip")
    found = inventory.accept(f"{DETAILS}.gz", gzip.compress(details(account, "alice").encode()))
    assert found["counts"]["users"] == 1


def test_several_accounts_are_one_snapshot(inventory, account):
    inventory.accept(f"111111111111/{DETAILS}", details("111111111111", "alice"))
    found = inventory.accept(f"222222222222/{DETAILS}", details("222222222222", "alice"))
    assert (found["accounts"], found["counts"]["users"]) == (["111111111111", "222222222222"], 2)
    assert "does not belong to the account 333333333333" in inventory.refuse(
        f"333333333333/{DETAILS}", details("111111111111", "bob"))
    assert f"is in `111111111111/{DETAILS}` as well as in `{DETAILS}`" in inventory.refuse(
        DETAILS, details("111111111111", "alice"))
    assert "no document has this name" in inventory.refuse("users.csv", "alice")


def test_a_removed_document_is_gone_and_with_the_last_one_everything(inventory, account):
    inventory.accept(DETAILS, details(account, "alice"))
    inventory.accept(f"111111111111/{DETAILS}", details("111111111111", "bob"))
    inventory.accept(LAST, last_accessed(account, "alice"))
    inventory.s3.delete_object(Bucket=inventory.bucket, Key=f"{account}/111111111111/{DETAILS}")
    assert inventory.gone(f"111111111111/{DETAILS}")["accounts"] == [account]
    keys = [{"Key": f"{account}/{name}"} for name in (DETAILS, LAST)]
    inventory.s3.delete_objects(Bucket=inventory.bucket, Delete={"Objects": keys})
    inventory.gone(DETAILS)
    assert inventory.gone(LAST)["snapshot"] is None


def test_tenants_do_not_see_each_other(inventory, account, signed, stack):
    inventory.accept(DETAILS, details(account, "alice"))
    other = requests.get(f"{stack.api}/api/v1/inventory", headers=signed("999999999999"), timeout=30).json()
    assert other["documents"] == []


def test_what_is_imported_is_searched(inventory, account, signed, stack):
    policy = {"PolicyName": "read", "PolicyDocument": {"Statement": {
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}}}
    inventory.accept(DETAILS, json.dumps({"UserDetailList": [entity(account, "user", "alice", UserPolicyList=[policy])]}))
    asked = {"query": "config from iam where action.name = 's3:GetObject'", "limit": 10}
    answer = requests.post(f"{stack.api}/api/v1/permission", json=asked, headers=signed(), timeout=30)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["data"]["items"]
    assert row["sourceResourceName"] == "alice"


def test_a_snapshot_that_another_release_wrote_is_compiled_anew_while_searches_go_on(
    inventory, account, signed, stack, eventually
):
    accepted = inventory.accept(DETAILS, details(account, "alice"))
    table = {"TableName": stack.tables["PermissionsTable"], "Key": {"pk": {"S": account}, "sk": {"S": "CURRENT"}}}
    database = boto3.client("dynamodb", endpoint_url=stack.dynamodb, region_name=stack.region,
                            aws_access_key_id="local", aws_secret_access_key="local")
    database.update_item(
        **table,
        UpdateExpression="SET inForce.#form = :other",
        ExpressionAttributeNames={"#form": "form"},
        ExpressionAttributeValues={":other": {"S": "0"}},
    )
    asked = {"query": "config from iam where source.cloud.type = 'AWS'", "limit": 10}

    def search() -> dict:
        answer = requests.post(f"{stack.api}/api/v1/permission", json=asked, headers=signed(), timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["snapshot"]

    assert search()["isOutdated"] is True
    snapshot = eventually(lambda: (found := search()).get("isOutdated") is None and found)
    assert snapshot["id"] == accepted["snapshot"]["id"]
    assert inventory.read()["counts"] == accepted["counts"]


def test_a_restart_that_empties_the_bucket_takes_nothing_away(own_stack, client_of, account, signed, eventually):
    running = own_stack()
    stack = running.start()
    inventory = Inventory(stack, client_of(stack, account)("s3", local=True), account, signed, eventually)
    before = inventory.accept(DETAILS, details(account, "alice"))

    stack = running.restart()
    inventory = Inventory(stack, client_of(stack, account)("s3", local=True), account, signed, eventually)
    assert inventory.read() == before
    after = inventory.accept(LAST, last_accessed(account, "alice"))
    assert after["counts"] == before["counts"]
    assert [document["name"] for document in after["documents"]] == [DETAILS, LAST]
    assert after["snapshot"] != before["snapshot"]


def test_accounts_are_collected_and_what_fails_stops_nothing_else(own_stack, client_of, signed, eventually):
    owner, tenant = "444455556666", "111122223333"
    roles = f"arn:aws:iam::{owner}:role/inventory, no role at all"
    running = own_stack("--template", ROOT / "template.yaml", "--parameter", f"CollectInventoryRoleArns={roles}")
    stack = running.start()
    clients = client_of(stack, owner)
    iam, s3 = clients("iam", local=True), clients("s3", local=True)
    iam.create_role(RoleName="inventory", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": tenant}, "Action": "sts:AssumeRole"}]}))
    iam.create_user(UserName="alice")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=json.dumps(document))
    s3.create_bucket(Bucket="collected-site")
    s3.create_bucket(Bucket="collected-plain")
    document = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::collected-site/*"}]}
    s3.put_bucket_policy(Bucket="collected-site", Policy=json.dumps(document))

    answer = client_of(stack, tenant)("lambda", local=True, read_timeout=300).invoke(FunctionName="CollectInventory")
    assert "FunctionError" not in answer
    collected, other = json.loads(answer["Payload"].read())["accounts"]
    folder = f"{tenant}/{owner}"
    assert collected["documents"] == [
        f"{folder}/{DETAILS}", f"{folder}/credential-report.csv", f"{folder}/resource-policies.json"]
    # The local IAM makes no reports of last accesses, and there is no local Cloud Control.
    assert "failed to start the last accessed report" in collected["failures"]
    assert any(failure.startswith("AWS::KMS::Key in us-east-1: ") for failure in collected["failures"])
    put = s3.get_object(Bucket=stack.buckets["InventoryBucket"], Key=f"{folder}/resource-policies.json")["Body"].read()
    document = json.loads(put)
    assert document["services"] == ["s3"], "what could not be listed is not taken for nothing"
    assert [entry["resourceArn"] for entry in document["resourcePolicies"]] == [
        "arn:aws:s3:::collected-plain", "arn:aws:s3:::collected-site"]
    assert (other["documents"], other["failures"]) == ([], ["not the ARN of a role"])

    inventory = Inventory(stack, s3, tenant, signed, eventually)
    found = eventually(lambda: len(inventory.read()["documents"]) == 3 and inventory.read(), within=60)
    assert found["accounts"] == [owner]
    assert (found["counts"]["users"], found["counts"]["resourcePolicies"]) == (1, 1)
    assert all(document["refused"] is None for document in found["documents"])


@pytest.fixture
def make_import(stack, account, tmp_path):
    """Runs the command of `make import` on the shared stack."""

    def run(text: str, name: str, *arguments: str) -> subprocess.CompletedProcess:
        file = tmp_path / name
        file.write_text(text)
        ports = {"PORT": stack.api.rsplit(":", 1)[1], "AWS_PORT": stack.aws.rsplit(":", 1)[1]}
        command = [ROOT / "bin/access", "import", file, "--account", account, *arguments]
        return subprocess.run(command, env={**os.environ, **ports}, capture_output=True, text=True, timeout=120)

    return run


def test_make_import_tells_what_was_accepted_and_what_was_refused(make_import, account):
    good = make_import(details(account, "alice", "bob"), "example.json", "--as", "authorization-details")
    assert good.returncode == 0, good.stderr
    assert "accepted: authorization-details.json; in force now: 1 accounts, 2 users" in good.stdout
    bad = make_import('{"reports":[', LAST)
    assert bad.returncode == 1
    assert bad.stdout.startswith("refused: last-accessed.json: the document is not valid JSON: EOF")
    unknown = make_import("{}", "example.json")
    assert unknown.returncode == 2
    assert "the kind of the document is not clear" in unknown.stderr


def test_iam_collect_gives_the_same_snapshot_as_the_documents_that_say_the_same(stack, account, clients, signed, eventually, tmp_path):
    """One realm, imported both ways by two tenants."""
    sys.path[:0] = [str(ROOT / "clients"), str(ROOT / "tests/python")]
    from test_iam_collect import realm_documents, realm_files, write

    s3, other = clients("s3", local=True), "555566667777"
    by_hand = Inventory(stack, s3, other, signed, eventually)
    for name, document in realm_documents().items():
        by_hand.accept(name, json.dumps(document))
    write(tmp_path, realm_files())
    ports = {"PORT": stack.api.rsplit(":", 1)[1], "AWS_PORT": stack.aws.rsplit(":", 1)[1]}
    command = ["make", "import", "FROM=iam-collect", f"DIR={tmp_path}", f"ACCOUNT={account}"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **ports}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "taken: 1 RCPS, 2 SCPS, 1 accounts, 2 accounts of the organization, 1 compute resources" in done.stdout
    assert "missing: data of account 999999999999 of the organization" in done.stdout
    assert "accepted: 4 of 4 documents; in force now: 1 accounts, 1 users, 1 groups, 1 roles, 2 policies" in done.stdout
    found = Inventory(stack, s3, account, signed, eventually).read()
    assert found["snapshot"]["id"] == by_hand.read()["snapshot"]["id"]


def test_forty_documents_put_at_once_are_all_imported_by_no_more_imports_than_are_reserved(
        own_stack, client_of, account, signed, eventually):
    running = own_stack()
    stack = running.start()
    inventory = Inventory(stack, client_of(stack, account)("s3", local=True), account, signed, eventually)
    accounts = [str(100_000_000_000 + number) for number in range(40)]
    names = [f"{one}/{DETAILS}" for one in accounts]
    bodies = [details(one, "alice") for one in accounts]
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda name, body: inventory.s3.put_object(
            Bucket=inventory.bucket, Key=f"{account}/{name}", Body=body), names, bodies))

    def imported():
        read = inventory.read()
        accepted = {document["name"] for document in read["documents"] if document["accepted"]}
        return read if accepted == set(names) and not read["isCompiling"] else None

    assert eventually(imported, within=120)["counts"]["users"] == 40

    def all_ended():
        lines = [line for line in running.lines() if line.get("operation") == "ImportInventory"]
        return lines if len(lines) >= 40 else None

    imports = eventually(all_ended, within=120)
    assert {line["outcome"] for line in imports} == {"succeeded"}
    # Each process has one cold start: there are as many as ran at once.
    assert sum(line["ColdStarts"] for line in imports) <= 2
