"""The evidence of policy generations over the running stack: gaps, progress, and the policies in force."""

import gzip
import json

import pytest
import requests
from test_inventory import Inventory
from trails import allow, role_with, statements


def test_damaged_files_are_reported_and_not_fatal(generate, trail, stack, signed):
    good = trail.put([trail.record("sqs", "CreateQueue")])
    whole = gzip.compress(json.dumps({"Records": [trail.record("sns", "CreateTopic")] * 50}).encode())
    cut = trail.put([], body=whole[: len(whole) // 2])
    other = trail.put([], body=b"no log file at all")
    answer = generate()
    assert answer["jobDetails"]["status"] == "SUCCEEDED"
    assert answer["generatedPolicyResult"]["properties"]["isComplete"] is False
    assert "sqs:CreateQueue" in str(statements(answer))
    url = f"{stack.api}/policy/generation/{answer['jobDetails']['jobId']}/evidence"
    evidence = requests.get(url, headers=signed()).json()
    assert {cut, other} == {file["file"] for file in evidence["reading"]["damagedFiles"]}
    assert good not in str(evidence["reading"]["damagedFiles"])


def test_a_trail_without_log_files_is_a_gap(generate, trail, evidence, account):
    answer = generate()
    assert answer["jobDetails"]["status"] == "SUCCEEDED"
    assert answer["generatedPolicyResult"]["properties"]["isComplete"] is False
    found = evidence(answer["jobDetails"]["jobId"])
    gap = next(gap for gap in found["gaps"] if gap["code"] == "NO_LOG_FILES")
    assert gap["prefixes"] == [f"{trail.bucket}/AWSLogs/{account}/CloudTrail/"]
    assert found["progress"]["filesPlanned"] == 0


def test_a_misspelt_principal_is_a_gap_with_the_nearest_ones(generate, trail, evidence, account):
    trail.put([trail.record("sqs", "CreateQueue"), trail.record("sqs", "CreateQueue", role="other", path="/")])
    answer = generate(principal=f"arn:aws:iam::{account}:role/app/wbe")
    found = evidence(answer["jobDetails"]["jobId"])
    gap = next(gap for gap in found["gaps"] if gap["code"] == "NO_RECORD_OF_PRINCIPAL")
    assert gap["nearest"][0] == f"arn:aws:iam::{account}:role/app/web"
    assert answer["generatedPolicyResult"]["properties"]["isComplete"] is False


def test_an_organizations_trail_is_read_with_and_without_the_id_of_the_organization(generate, trail, clients, evidence):
    clients("cloudtrail", local=True).create_trail(
        Name="organization", S3BucketName=trail.bucket, IsMultiRegionTrail=True, IsOrganizationTrail=True)
    arn = trail.arn.replace("trail/main", "trail/organization")
    details = trail.details(trails=[{"cloudTrailArn": arn, "allRegions": True}])
    before = trail.put([trail.record("sqs", "CreateQueue")])
    answer = generate(details=details)
    assert answer["jobDetails"]["status"] == "SUCCEEDED"
    assert "sqs:CreateQueue" in str(statements(answer))
    gaps = evidence(answer["jobDetails"]["jobId"])["gaps"]
    assert {"ORGANIZATION_LAYOUT"} <= {gap["code"] for gap in gaps}
    body = gzip.compress(json.dumps({"Records": [trail.record("sns", "CreateTopic")]}).encode())
    key = before.replace("AWSLogs/", "AWSLogs/o-abcdefghij/")
    trail.s3.put_object(Bucket=trail.bucket, Key=key, Body=body)
    answer = generate(details=details)
    assert statements(answer)[0]["Action"] == ["sns:CreateTopic", "sqs:CreateQueue"]
    gaps = evidence(answer["jobDetails"]["jobId"])["gaps"]
    assert "ORGANIZATION_LAYOUT" not in {gap["code"] for gap in gaps}


def test_the_evidence_shows_how_far_a_job_came(analyzer, generate, trail, evidence, principal):
    trail.put([trail.record("sqs", "CreateQueue")])
    answer = generate()
    found = evidence(answer["jobDetails"]["jobId"])
    assert found["status"] == "SUCCEEDED"
    progress = found["progress"]
    assert (progress["filesPlanned"], progress["filesRead"]) == (1, 1)
    assert progress["bytesPlanned"] == progress["bytesRead"] > 0
    assert (progress["records"], progress["matched"]) == (1, 1)
    trail.s3.delete_object(Bucket=trail.bucket, Key=trail.put([]))
    failed = generate(details=trail.details(trails=[{"cloudTrailArn": trail.arn.replace("trail/main", "trail/none")}]))
    found = evidence(failed["jobDetails"]["jobId"])
    assert (found["status"], found["jobError"]["code"]) == ("FAILED", "RESOURCE_NOT_FOUND_ERROR")
    assert found["progress"]["filesPlanned"] is None and found["completedOn"]
    started = analyzer.start_policy_generation(
        policyGenerationDetails={"principalArn": principal}, cloudTrailDetails=trail.details())["jobId"]
    assert evidence(started)["status"] in ("IN_PROGRESS", "SUCCEEDED")


def test_many_objects_stay_inside_their_bucket(generate, trail, evidence):
    read = lambda number: trail.record(
        "s3", "GetObject", eventCategory="Data", requestParameters={"bucketName": "b", "key": f"p/{number}.txt"})
    trail.put([read(number) for number in range(101)])
    found = evidence(generate()["jobDetails"]["jobId"])
    action = next(action for action in found["actions"] if action["action"] == "s3:GetObject")
    assert action["resourcePatterns"] == ["arn:aws:s3:::b/p/*"]


@pytest.fixture
def import_details(clients, stack, account, signed, eventually):
    """Imports authorization details of the account, and waits until they are in force."""

    inventory = Inventory(stack, clients("s3", local=True), account, signed, eventually)
    return lambda details: inventory.accept("authorization-details.json", json.dumps(details))


def test_the_evidence_shows_what_of_the_policies_in_force_was_never_used(generate, trail, evidence, principal, import_details):
    import_details(role_with(
        principal, allow(["s3:GetObject", "s3:PutObject", "s3:DeleteBucket"], ["arn:aws:s3:::a", "arn:aws:s3:::a/*"]),
        allow(["iam:ListUsers", "iam:ListRoles", "dynamodb:GetItem", "ssmmessages:OpenDataChannel"]),
        AttachedManagedPolicies=[{"PolicyName": "gone", "PolicyArn": principal.replace(":role/app/web", ":policy/gone")}]))
    trail.put([
        trail.record("s3", "GetObject", eventCategory="Data", requestParameters={"bucketName": "a", "key": "k"}),
        trail.record("iam", "ListUsers"), trail.record("sqs", "CreateQueue", requestParameters={"queueName": "q"}),
        trail.record("iam", "ListRoles", role="admin")])
    found = evidence(generate()["jobDetails"]["jobId"])["inForce"]
    assert found["status"] == "COMPARED" and found["snapshot"]["id"] and found["snapshot"]["createdAt"]
    assert (found["effectiveActions"], found["usedActions"]) == (7, 2)
    assert found["unusedActions"] == ["iam:ListRoles", "s3:DeleteBucket", "s3:PutObject"]
    assert [(one["service"], one["reason"], one["actions"]) for one in found["unknownUses"]] == [
        ("dynamodb", "NO_DATA_EVENTS", ["dynamodb:GetItem"]),
        ("ssmmessages", "NO_OPERATION", ["ssmmessages:OpenDataChannel"])]
    assert [(one["name"], one["effectiveActions"], one["usedActions"], one["unusedActions"]) for one in found["policies"]] == [
        ("web", 7, 2, 3)]
    assert {one["action"]: one["change"] for one in found["differences"]} == {
        "iam:ListUsers": "NONE", "s3:GetObject": "NARROWED", "sqs:CreateQueue": "ADDED"}
    narrowed = next(one for one in found["differences"] if one["action"] == "s3:GetObject")
    assert (narrowed["inForce"], narrowed["proposed"]) == (["arn:aws:s3:::a/*"], ["arn:aws:s3:::a/k"])
    assert found["missing"] == [f"managed policy {principal.replace(':role/app/web', ':policy/gone')}"]


def test_the_evidence_says_that_no_policy_is_imported(generate, trail, evidence, principal, account, import_details):
    trail.put([trail.record("iam", "ListUsers")])
    job = generate()["jobDetails"]["jobId"]
    found = evidence(job)["inForce"]
    assert found["status"] == "ACCOUNT_NOT_IMPORTED" and f"account {account} is imported" in found["message"]
    import_details(role_with(principal.replace("/app/", "/other/"), allow("iam:ListUsers")))
    found = evidence(job)["inForce"]
    assert found["status"] == "PRINCIPAL_NOT_IMPORTED" and principal in found["message"]
