"""Get Permissions V4 over the running stack: groups are the rows of the search, counted."""

import json
from collections import Counter

import pytest
from test_permissions import Search, error, imported, search  # noqa: F401  (fixtures)

PATH = "/iam/api/v4/search/permission"
QUERY = "config from iam where source.cloud.type = 'AWS'"
EVERY_FIELD = [
    "source", "sourceCloudAccount", "grantedByEntity", "entityCloudAccount", "grantedByPolicy", "policyCloudAccount",
    "grantedByLevel", "action", "destination", "destCloudAccount", "lastAccess",
]


@pytest.fixture
def groups(search, imported):  # noqa: F811
    """Asks for one page of groups."""

    def ask(fields=None, query=QUERY, limit=None, **members):
        body = {"query": query, **({"groupByFields": fields} if fields is not None else {}), **members}
        return search.post(PATH if limit is None else f"{PATH}?limit={limit}", body)

    return ask


def every(groups, fields, limit):
    """All pages of a grouping."""
    items, token = [], None
    while True:
        reply = groups(fields, limit=limit, nextPageToken=token)
        assert reply.status_code == 200, reply.text
        data = reply.json()["data"]
        assert len(data["items"]) <= limit
        items += data["items"]
        token = data["nextPageToken"]
        if not token:
            return items, data


@pytest.mark.parametrize("fields, members", [
    (["source"], ["sourceResourceId"]),
    (["action"], ["effectiveActionName"]),
    (["grantedByPolicy", "destination"], ["grantedByCloudPolicyId", "destResourceId", "destResourceType"]),
    (["destCloudAccount"], ["destCloudAccount"]),
])
def test_groups_of_all_pages_are_the_rows_counted(groups, search, fields, members):  # noqa: F811
    rows = search.rows("source.cloud.type = 'AWS'")
    expected = Counter(tuple(row[name] for name in members) for row in rows)
    for limit in (1, 3, 1000):
        items, data = every(groups, fields, limit)
        assert {tuple(item[name] for name in members): item["rowCount"] for item in items} == expected
        assert len(items) == len(expected) == data["totalRows"]
        assert data["rowCount"] == len(rows)
        assert [item["rowCount"] for item in items] == sorted(expected.values(), reverse=True)


def test_a_member_of_a_field_that_is_not_named_is_null(groups, account):
    item = next(one for one in groups(["source"]).json()["data"]["items"] if one["sourceResourceName"] == "alice")
    values = {name: value for name, value in item.items() if value is not None and name not in ("id", "rowCount")}
    assert values == {
        "sourceResourceId": f"arn:aws:iam::{account}:user/alice", "sourceResourceType": "user", "sourceResourceName": "alice",
        "sourcePublic": False, "sourceCloudType": "AWS", "sourceCloudRegion": "AWS Global", "sourceCloudServiceName": "iam",
    }


@pytest.mark.parametrize("fields", [None, [], EVERY_FIELD])
def test_without_fields_or_with_all_of_them_the_reply_has_the_rows(groups, search, fields):  # noqa: F811
    rows = search.rows("source.cloud.type = 'AWS'")
    items, data = every(groups, fields, 4)
    assert [item["id"] for item in items] == [row["id"] for row in rows]
    assert data["totalRows"] == len(rows) and "rowCount" not in data
    for item, row in zip(items, rows, strict=True):
        assert item["rowCount"] == 1
        same = set(item) & set(row)
        assert len(same) > 30 and {name: item[name] for name in same} == {name: row[name] for name in same}
        assert item["wildCardDestCloudResourceName"] == row["isWildCardDestCloudResourceName"]


def test_the_reply_is_that_of_a_search(groups, search, imported):  # noqa: F811
    by_v1 = search.get("source.cloud.type = 'AWS'").json()
    for token in (None, groups(["source"], limit=1).json()["data"]["nextPageToken"]):
        by_v4 = groups(["source"], limit=1, nextPageToken=token).json()
        assert {name: by_v4[name] for name in by_v1 if name != "data"} == {name: by_v1[name] for name in by_v1 if name != "data"}


def test_pages_go_on_with_the_data_of_the_first_page(groups, imported, clients, account, stack, signed, eventually):  # noqa: F811
    from test_inventory import Inventory

    whole, _ = every(groups, ["source"], 1000)
    first = groups(["source"], limit=1).json()
    inventory = Inventory(stack, clients("s3", local=True), account, signed, eventually)
    inventory.accept("authorization-details.json", json.dumps({"UserDetailList": [
        {"Arn": f"arn:aws:iam::{account}:user/zoe", "UserName": "zoe", "UserPolicyList": []}]}))
    items, token, snapshots = first["data"]["items"], first["data"]["nextPageToken"], {json.dumps(first["snapshot"])}
    while token:
        page = groups(None, limit=1, nextPageToken=token).json()
        items, token = items + page["data"]["items"], page["data"]["nextPageToken"]
        snapshots.add(json.dumps(page["snapshot"]))
    assert items == whole and len(snapshots) == 1


def test_a_token_is_for_its_query_its_fields_and_its_operation(groups, search):  # noqa: F811
    token = groups(["source"], limit=1).json()["data"]["nextPageToken"]
    assert groups(["source"], nextPageToken=token).status_code == 200
    assert groups(["source"], query=QUERY.upper().replace("'AWS'", " 'aws'"), nextPageToken=token).status_code == 200
    error(groups(["action"], nextPageToken=token), 400, "invalid_page_token")
    error(groups(["source"], query=QUERY + " AND source.public = true", nextPageToken=token), 400, "invalid_page_token")
    error(search.page(token), 400, "invalid_page_token")
    of_v1 = search.get("source.cloud.type = 'AWS'", 1).json()["data"]["nextPageToken"]
    error(groups(["source"], nextPageToken=of_v1), 400, "invalid_page_token")
    error(groups(["source"], nextPageToken="null"), 400, "invalid_page_token")


def test_a_search_runs_again_by_its_id(groups, search):  # noqa: F811
    found = groups(["source"]).json()
    again = search.post(PATH, {"searchId": found["id"], "groupByFields": ["source"]}).json()
    assert again["data"]["items"] == found["data"]["items"] and again["query"] == QUERY
    error(search.post(PATH, {"searchId": "0" * 32}), 404, "not_found")


@pytest.mark.parametrize("fields, limit, code, target", [
    (["principal"], None, "invalid_group_by_field", "groupByFields"),
    ("source", None, "invalid_type", "groupByFields"),
    (["source"], 0, "limit_out_of_range", "limit"),
    (["source"], 10001, "limit_out_of_range", "limit"),
    (["source"], "many", "invalid_type", "limit"),
])
def test_a_faulty_request_says_which_member_is_at_fault(groups, fields, limit, code, target):
    assert error(groups(fields, limit=limit), 400, code)["target"] == target


def test_nothing_imported_says_so(stack, signed):
    reply = Search(stack, signed()).post(PATH, {"query": QUERY, "groupByFields": ["source"]}).json()
    assert (reply["data"]["items"], reply["data"]["totalRows"], reply["data"]["rowCount"]) == ([], 0, 0)
    assert "NOTHING_IMPORTED" in [warning["code"] for warning in reply["warnings"]]
