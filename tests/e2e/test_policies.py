"""Policies over the running stack, with `requests` and curl: the published examples to the byte, and the family."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
import requests

F1 = ('{"policyName":"policy-test","description":"policy test ","permissions":[{"effect":"Allow","targets":'
      '[{"product":"Server","actions":["View*"],"resourceNrns":["*"]}]}]}')
S2 = ('{"validationResult":{"success":false,"details":['
      '{"type":"ERROR","code":"iam.policy.invalidName.length.max","location":"policyName",'
      '"message":"Policy name field must be less than 30 characters."},'
      '{"type":"ERROR","code":"iam.error.requiredFieldIsMissing","location":"permissions",'
      '"message":"The required value is missing."}]}}')
EXAMPLE_ID = "000000000-qwer-asdf-123456789012"


def policy(**changes):
    return {**json.loads(F1), **changes}


class Api:
    """Requests of one account."""

    def __init__(self, stack, headers):
        self.stack, self.headers = stack, headers

    def __call__(self, method, path, body=None, **headers):
        data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, self.stack.api + path, data=data, timeout=30, headers={**self.headers, **names})

    def create(self, **changes):
        answer = self("POST", "/policies", policy(**changes))
        assert answer.status_code == 200, answer.text
        return answer.json()["policyId"]


@pytest.fixture
def api(stack, signed):
    return Api(stack, signed())


@pytest.fixture
def table(stack):
    """The table itself, to put there what the API would not."""
    database = boto3.resource("dynamodb", endpoint_url=stack.dynamodb, region_name=stack.region,
                              aws_access_key_id="local", aws_secret_access_key="local")
    return database.Table(stack.tables["PoliciesTable"])


@pytest.fixture
def put_item(table, account):
    """Puts a policy with an id or a type that the API would not give."""

    def put(policy_id, policy_type="USER_CREATED"):
        table.put_item(Item={
            "pk": account, "sk": f"POLICY#{policy_id}", "policyName": "stored", "policyDesc": "", "policyType": policy_type,
            "version": 1, "byName": f"stored\x1f{policy_id}", "permissions": "[]"})
        table.put_item(Item={"pk": account, "sk": f"HOLDERS#{policy_id}", "holders": 0})

    return put


def test_the_published_success_to_the_byte(api, put_item):
    put_item(EXAMPLE_ID)
    answer = api("PUT", f"/policies/{EXAMPLE_ID}", F1)
    assert answer.status_code == 200
    assert answer.text == ('{"policyId":"000000000-qwer-asdf-123456789012","policyName":"policy-test",'
                           '"description":"policy test ","validationResult":{"success":true}}')
    assert answer.headers["ETag"] == '"2"'
    assert answer.headers["Content-Type"] == "application/json"


def test_the_published_failure_to_the_byte_stores_nothing(api):
    policy_id = api.create()
    for wanted in (policy_id, "unknown"):
        answer = api("PUT", f"/policies/{wanted}", {"policyName": "a" * 31, "description": "x"})
        assert (answer.status_code, answer.text) == (200, S2)
        assert "ETag" not in answer.headers
    assert api("GET", f"/policies/{policy_id}").headers["ETag"] == '"1"'


def test_an_update_with_curl(stack, signed, api):
    policy_id = api.create(policyName="before")
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail-with-body", "--request", "PUT", "--data-binary", F1,
         "--header", "Content-Type: application/json", "--header", f"Authorization: {signed()['Authorization']}",
         f"{stack.api}/policies/{policy_id}"], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout) == {
        "policyId": policy_id, "policyName": "policy-test", "description": "policy test ",
        "validationResult": {"success": True}}


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "1", F1 + " x", b'{"policyName":"\xff"}', '{"a":"\\ud800"}'])
def test_what_is_no_json_object_is_refused_before_all_else(api, body):
    for method, path in (("PUT", "/policies/unknown"), ("POST", "/policies"), ("POST", "/policy/validation")):
        answer = api(method, path, body)
        assert answer.status_code == 400, answer.text
        error = answer.json()["error"]
        assert (error["errorCode"], error["message"]) == ("100", "Bad Request Exception")
        assert " at line 1, column " in error["details"]


def test_a_body_over_a_mebibyte_is_too_large(api):
    answer = api("POST", "/policy/validation", F1 + " " * 1024 * 1024)
    assert answer.status_code == 413
    assert answer.json() == {"error": {"errorCode": "430", "message": "Request Entity Too Large"}}


def test_an_unknown_policy_is_not_found(api, stack, signed):
    mine = api.create()
    other = Api(stack, signed(account="999999999999"))
    for asked, policy_id in ((api, "unknown"), (api, "x" * 2000), (other, mine)):
        for answer in (asked("PUT", f"/policies/{policy_id}", F1, If_Match='"7"'),
                       asked("GET", f"/policies/{policy_id}"), asked("DELETE", f"/policies/{policy_id}")):
            assert answer.status_code == 404
            assert answer.json() == {"errorCode": 30, "message": f"Policy does not exist. (policyId: {policy_id})"}
    assert api("GET", f"/policies/{mine}").status_code == 200


def test_a_system_managed_policy_is_not_changed(api, put_item):
    put_item("sys", "SYSTEM_MANAGED")
    for answer in (api("PUT", "/policies/sys", F1, If_Match='"7"'), api("DELETE", "/policies/sys")):
        assert (answer.status_code, answer.json()["errorCode"]) == (403, 42)
    assert [item["policyId"] for item in api("GET", "/policies?type=SYSTEM_MANAGED").json()["items"]] == ["sys"]


def test_an_account_has_500_policies_of_its_own(api, table, account):
    table.put_item(Item={"pk": account, "sk": "USER_CREATED", "policies": 499})
    policy_id = api.create()
    refused = api("POST", "/policies", F1)
    assert (refused.status_code, refused.json()["errorCode"]) == (409, 40)
    assert api("DELETE", f"/policies/{policy_id}").status_code == 200
    api.create()


def test_a_policy_of_350_kib_is_stored_and_a_larger_one_is_a_finding(api):
    def sized(count):
        nrns = [f"nrn:PUB:Server:KR:1:Server/{number:0100d}" for number in range(count)]
        targets = [{"product": "Server", "actions": ["View*"], "resourceNrns": nrns}]
        return policy(permissions=[{"effect": "Allow", "targets": targets}])

    def length(count):
        return len(json.dumps(sized(count)["permissions"], separators=(",", ":")))

    most = (358_400 - length(1)) // (length(2) - length(1))
    policy_id = api("POST", "/policies", sized(most)).json()["policyId"]
    read = api("GET", f"/policies/{policy_id}?withPermissions=true").json()
    assert read["permissions"] == sized(most)["permissions"]
    too_large = api("POST", "/policies", sized(most + 2)).json()["validationResult"]
    assert [detail["code"] for detail in too_large["details"]] == ["iam.policy.size.max"]


def test_a_guarded_update_wins_once_and_its_repetition_is_told_to_read(api):
    policy_id = api.create()
    path = f"/policies/{policy_id}"
    first = api("PUT", path, F1, If_Match='"1"')
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    # The answer to the first was lost: the caller repeats it, then reads and finds its own policy.
    again = api("PUT", path, F1, If_Match='"1"')
    assert (again.status_code, again.json()["errorCode"]) == (412, 43)
    read = api("GET", path + "?withPermissions=true")
    assert (read.headers["ETag"], read.json()["policyName"]) == ('"2"', "policy-test")
    assert api("PUT", path, F1, If_Match='W/"2"').status_code == 412
    assert api("PUT", path, F1, If_Match="2").status_code == 400
    assert api("PUT", path, F1, If_Match="*").headers["ETag"] == '"3"'
    # Without a guard a repetition is simply done again.
    assert [api("PUT", path, F1).headers["ETag"] for _ in range(2)] == ['"4"', '"5"']
    assert api("DELETE", path, If_Match='"4"').status_code == 412
    assert api("DELETE", path, If_Match='"4", "5"').status_code == 200


def test_of_many_writers_with_one_tag_one_wins(api):
    path = f"/policies/{api.create()}"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api("PUT", path, F1, If_Match='"1"').status_code, range(8)))
    assert sorted(answers) == [200] + [412] * 7


def test_a_policy_read_back_can_be_put_again(api):
    policy_id = api.create(policyName="정책-ポリシー")
    read = api("GET", f"/policies/{policy_id}?withPermissions=true").json()
    assert list(read) == ["policyId", "policyName", "policyType", "policyDesc", "nrn", "permissions"]
    assert read["policyName"] == "정책-ポリシー"
    assert read["policyDesc"] == "policy test "
    assert read["permissions"][0]["targets"][0]["resourceNrns"] == ["nrn:*:Server:*::*"]
    again = api("PUT", f"/policies/{policy_id}?includeInfo=true", policy(
        policyName=read["policyName"], permissions=read["permissions"])).json()
    assert again["validationResult"]["success"]
    assert "iam.policy.info.noChange" in [detail["code"] for detail in again["validationResult"]["details"]]


def test_what_an_update_adds_and_removes_is_told_on_request(api):
    policy_id = api.create()
    targets = [{"product": "Server", "actions": ["Change*"], "resourceNrns": ["*"]}]
    body = policy(permissions=[{"effect": "Allow", "targets": targets}])
    details = api("PUT", f"/policies/{policy_id}?includeInfo=true", body).json()["validationResult"]["details"]
    found = {detail["code"]: detail["location"] for detail in details}
    assert found["iam.policy.info.accessAdded"] == "permissions[0].targets[0].actions[0]"
    assert found["iam.policy.info.accessRemoved"] == "permissions"
    assert api("GET", f"/policies/{policy_id}").json()["nrn"].endswith(f":Policy/{policy_id}")
    assert api("GET", f"/policies/{policy_id}?withPermissions=yes").status_code == 400


def test_validation_finds_what_creation_finds_and_stores_nothing(api):
    good = api("POST", "/policy/validation", F1)
    assert good.text == '{"success":true,"details":[]}'
    broken = policy(policyName="1", permissions=[{"effect": "allow", "targets": [
        {"product": "server", "actions": ["view*"], "resourceNrns": ["arn:aws:s3:::b"]}, {}]}], extra=1)
    flat = api("POST", "/policy/validation", broken).json()
    wrapped = api("POST", "/policies", broken).json()
    assert wrapped == {"validationResult": flat}
    locations = [detail["location"] for detail in flat["details"]]
    assert locations[0] == "policyName" and locations[-1] == "extra"
    assert "permissions[0].targets[1].product" in locations
    assert api("GET", "/policies").json()["totalItems"] == 0


def test_lists_are_paged_searched_and_ordered(api):
    empty = api("GET", "/policies").json()
    assert list(empty) == ["page", "totalPages", "totalItems", "hasPrevious", "hasNext", "isFirst", "isLast", "items"]
    assert (empty["totalPages"], empty["isFirst"], empty["isLast"], empty["items"]) == (0, True, True, [])
    for name in ("beta", "alpha", "Zeta", "alpha-2"):
        api.create(policyName=name)
    names = [item["policyName"] for page in (0, 1)
             for item in api("GET", f"/policies?size=3&page={page}").json()["items"]]
    assert names == ["Zeta", "alpha", "alpha-2", "beta"]
    found = api("GET", "/policies?searchColumn=policyName&searchWord=ALPHA").json()
    assert [item["policyName"] for item in found["items"]] == ["alpha", "alpha-2"]
    assert api("GET", "/policies?page=9").json()["items"] == []
    for bad in ("page=-1", "size=0", "size=101", "type=x", "searchColumn=policyName", "searchWord=a", "page=1&page=2"):
        assert api("GET", f"/policies?{bad}").status_code == 400, bad


def test_policies_are_attached_and_detached_one_by_one(api):
    first, second = api.create(policyName="aaa"), api.create(policyName="bbb")
    path = "/sub-accounts/3f5c-1/policies"
    answer = api("POST", path, {"policyIdList": [first, second, "none", first]})
    assert answer.status_code == 200
    assert answer.text == (
        f'[{{"success":true,"id":"{first}","name":"addPolicy"}},{{"success":true,"id":"{second}","name":"addPolicy"}},'
        '{"success":false,"id":"none","message":"This policy isn\'t registered."},'
        f'{{"success":false,"id":"{first}","message":"The policy has already been registered."}}]')
    assert [item["policyId"] for item in api("GET", path).json()["items"]] == [first, second]
    refused = api("DELETE", f"/policies/{first}")
    assert (refused.status_code, refused.json()["errorCode"]) == (409, 41)
    assert api("PUT", f"/policies/{first}", F1).status_code == 200
    answer = api("DELETE", path, {"policyIdList": [first, first]}).json()
    assert answer == [{"success": True, "id": first, "name": "removePolicy"},
                      {"success": False, "id": first, "message": "This policy isn't registered."}]
    deleted = api("DELETE", f"/policies/{first}")
    assert (deleted.status_code, deleted.text) == (200, "")
    assert api("DELETE", f"/policies/{first}").status_code == 404
    assert [item["policyId"] for item in api("GET", path).json()["items"]] == [second]


def test_who_holds_a_policy_is_listed_so_that_a_refused_deletion_can_be_acted_upon(api, account):
    held, free = api.create(), api.create()
    assert api("GET", f"/policies/{held}/resources").json() == []
    assert api("POST", "/sub-accounts/holder-1/policies", {"policyIdList": [held]}).json()[0]["success"]
    assert api("GET", f"/policies/{held}/resources").json() == [{
        "resourceType": "SubAccount", "resourceId": "holder-1", "resourceName": "holder-1",
        "nrn": f"nrn:PUB:IAM::{account}:SubAccount/holder-1"}]
    answer = api("DELETE", "/policies", {"policyIdList": [held, free, "none"]})
    assert [entry["success"] for entry in answer.json()] == [False, True, False], answer.text
    assert api("GET", f"/policies/{held}").status_code == 200
    assert api("GET", f"/policies/{free}/resources").status_code == 404


def test_a_policy_that_the_client_has_is_not_sent_again(api):
    policy_id = api.create()
    first = api("GET", f"/policies/{policy_id}?withPermissions=True")
    assert first.json()["permissions"]
    again = api("GET", f"/policies/{policy_id}", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


def test_a_product_that_the_catalogue_lacks_is_a_warning(api):
    target = {"product": "NextService", "actions": ["View*"], "resourceNrns": ["*"]}
    answer = api("POST", "/policies", policy(permissions=[{"effect": "Allow", "targets": [target]}])).json()
    assert answer["policyId"]
    assert [found["code"] for found in answer["validationResult"]["details"]] == ["iam.policy.unknownProduct"]


def test_a_policy_of_names_full_of_stars_is_answered_in_time(api):
    stars = "*a" * 18
    names = [f"nrn:PUB:Server:KR:1:Server/{stars}*{number:04}*b" for number in range(3_900)]
    target = {"product": "Server", "actions": ["View*"], "resourceNrns": names}
    answer = api("POST", "/policy/validation", policy(permissions=[{"effect": "Allow", "targets": [target]}]))
    assert answer.status_code == 200 and answer.json()["success"], answer.text
    assert [found["code"] for found in answer.json()["details"]] == ["iam.policy.info.redundancyNotChecked"]


def test_bad_lists_of_ids_and_sub_accounts_are_refused(api):
    for body in ({}, {"policyIdList": []}, {"policyIdList": ["a"] * 51}, {"policyIdList": [None]}, [], "{"):
        for method in ("POST", "DELETE"):
            answer = api(method, "/sub-accounts/sub/policies", body)
            assert (answer.status_code, answer.json()["error"]["errorCode"]) == (400, "100"), body
    for method in ("POST", "DELETE", "GET"):
        answer = api(method, "/sub-accounts/a_b/policies", None if method == "GET" else {"policyIdList": ["a"]})
        assert (answer.status_code, answer.json()["errorCode"]) == (404, 30)


def test_unknown_methods_and_paths_of_the_family_are_refused(api):
    for method, path, status in (("PATCH", "/policies", 405), ("POST", "/policies/a", 405), ("GET", "/policy/validation", 405),
                                 ("PUT", "/sub-accounts/a/policies", 405), ("GET", "/sub-accounts/a", 404)):
        answer = api(method, path, None)
        assert (answer.status_code, answer.json()["error"]["errorCode"]) == (status, "300")
