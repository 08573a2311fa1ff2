import json
from collections import Counter

from sample import account, trail


def test_the_same_seed_makes_the_same_bytes(tmp_path):
    assert trail.write(tmp_path / "a") == trail.write(tmp_path / "b") > 3_000
    of = {name: {file.relative_to(tmp_path / name): file.read_bytes() for file in (tmp_path / name).rglob("*.gz")} for name in "ab"}
    assert of["a"] == of["b"]
    assert len(of["a"]) > 100


def test_another_seed_makes_other_records():
    assert trail.records(1) != trail.records(2)


def test_every_name_in_the_account_is_of_something_that_is_there():
    details = account.authorization_details()
    policies = {policy["Arn"] for policy in details["Policies"]}
    groups = {group["GroupName"] for group in details["GroupDetailList"]}
    for entity in details["UserDetailList"] + details["GroupDetailList"] + details["RoleDetailList"]:
        assert {one["PolicyArn"] for one in entity["AttachedManagedPolicies"]} <= policies
        assert set(entity.get("GroupList", [])) <= groups
        boundary = entity.get("PermissionsBoundary")
        assert boundary is None or boundary["PermissionsBoundaryArn"] in policies
    principals = {entity["Arn"] for entity in details["UserDetailList"] + details["RoleDetailList"]}
    assert {report["Arn"] for report in account.last_accessed()["reports"]} <= principals
    assert {record["userIdentity"].get("arn") for record in trail.records() if record["userIdentity"]["type"] == "IAMUser"} <= principals


def test_ids_differ_and_documents_are_json():
    details = account.authorization_details()
    ids = [one[key] for kind, key in (("UserDetailList", "UserId"), ("RoleDetailList", "RoleId")) for one in details[kind]]
    assert max(Counter(ids).values()) == 1
    for make in account.DOCUMENTS.values():
        assert json.loads(json.dumps(make())) == make()
