"""Saved searches over the running stack."""

import pytest
from test_grouped_permissions import PATH
from test_permissions import Search, error, imported, search  # noqa: F401  (fixtures)

HISTORY = "/search/history"


@pytest.fixture
def history(search):  # noqa: F811
    import requests

    def call(method, path="", **more):
        return requests.request(method, search.api + HISTORY + path, headers=search.headers, timeout=30, **more)

    return call


def names(history, kind):
    reply = history("GET", params={"filter": kind})
    assert reply.status_code == 200, reply.text
    return [one["searchModel"]["name"] for one in reply.json()]


def test_a_search_is_run_saved_listed_run_by_its_id_and_deleted(search, imported, history):  # noqa: F811
    ran = search.get("source.cloud.resource.name = 'alice'").json()
    recent = history("GET", f"/{ran['id']}").json()
    assert recent == {
        "id": ran["id"], "name": "", "description": "", "searchType": "iam", "query": ran["query"], "saved": False,
        "timeRange": {"type": "to_now", "value": "epoch"},
    }
    saved = history("POST", f"/{ran['id']}", json={**recent, "name": "alice's", "description": "What alice can do", "saved": True})
    expected = {**recent, "name": "alice's", "description": "What alice can do", "saved": True}
    assert (saved.status_code, saved.json()) == (200, expected)
    assert history("GET", f"/{ran['id']}").json() == expected
    listed = history("GET", params={"filter": "saved"}).json()
    assert listed == [{"createdBy": "", "lastModifiedBy": "", "searchModel": expected}]
    assert "alice's" in names(history, "recent")
    for again in (search.post("/api/v1/permission", {"id": ran["id"], "limit": 100}),
                  search.post(PATH, {"searchId": ran["id"]})):
        found = again.json()
        assert [row["id"] for row in found["data"]["items"]] == [row["id"] for row in ran["data"]["items"]]
        assert {name: found[name] for name in ("id", "name", "description", "saved", "query")} == {
            name: expected[name] for name in ("id", "name", "description", "saved", "query")}
    deleted = history("DELETE", f"/{ran['id']}")
    assert (deleted.status_code, deleted.text) == (200, "")
    assert names(history, "saved") == []
    assert history("GET", f"/{ran['id']}").json() == recent
    error(history("DELETE", f"/{ran['id']}"), 404, "not_found")


def test_a_search_is_saved_with_its_own_query_and_a_name_of_its_own(search, imported, history):  # noqa: F811
    one, other = (search.get(f"source.cloud.resource.name = '{name}'").json() for name in ("alice", "bob"))
    save = {"name": "mine", "query": one["query"]}
    error(history("POST", f"/{other['id']}", json=save), 400, "unsupported_search_query")
    error(history("POST", f"/{'0' * 32}", json=save), 404, "not_found")
    error(history("POST", "/mine", json=save), 404, "not_found")
    assert history("POST", f"/{one['id']}", json=save).status_code == 200
    error(history("POST", f"/{other['id']}", json={**save, "query": other["query"]}), 400, "duplicate_search_name")
    # The same search may change its name, and the former one is free then.
    assert history("POST", f"/{one['id']}", json={**save, "name": "yours"}).status_code == 200
    assert history("POST", f"/{other['id']}", json={**save, "query": other["query"]}).status_code == 200
    assert names(history, "saved") == ["mine", "yours"]
    assert names(history, "recent").count("") == 0


@pytest.mark.parametrize("body, code, target", [
    ({"name": "n"}, "missing_field", "query"),
    ({"query": "config from iam where source.public = true"}, "missing_field", "name"),
    ({"query": "config from iam where source.public = true", "name": "n" * 201}, "too_long", "name"),
    ({"query": "config from cloud.resource where api.name = 'x'", "name": "n"}, "rql_syntax", "query"),
])
def test_a_faulty_search_is_not_saved(search, history, body, code, target):  # noqa: F811
    ran = search.get("source.public = true").json()
    assert error(history("POST", f"/{ran['id']}", json=body), 400, code)["target"] == target
    assert names(history, "saved") == []


def test_a_list_needs_a_filter_and_takes_a_limit(search, imported, history):  # noqa: F811
    for name in ("alice", "bob"):
        search.get(f"source.cloud.resource.name = '{name}'")
    assert len(history("GET", params={"filter": "recent", "limit": 1}).json()) == 1
    assert len(history("GET", params={"filter": "recent"}).json()) == 2
    error(history("GET"), 400, "missing_field")
    error(history("GET", params={"filter": "all"}), 400, "invalid_type")
    error(history("GET", params={"filter": "saved", "limit": "x"}), 400, "invalid_type")
    error(history("GET", params=[("filter", "saved"), ("filter", "recent")]), 400, "invalid_parameter")


def test_saved_searches_belong_to_their_tenant(search, stack, signed, history):  # noqa: F811
    ran = search.get("source.public = true").json()
    assert history("POST", f"/{ran['id']}", json={"name": "n", "query": ran["query"]}).status_code == 200
    other = Search(stack, signed("444455556666"))
    import requests

    for method, path in (("GET", f"/{ran['id']}"), ("DELETE", f"/{ran['id']}")):
        error(requests.request(method, stack.api + HISTORY + path, headers=other.headers, timeout=30), 404, "not_found")
    error(other.post("/api/v1/permission", {"id": ran["id"], "limit": 1}), 404, "not_found")
    listed = requests.get(stack.api + HISTORY, params={"filter": "saved"}, headers=other.headers, timeout=30)
    assert listed.json() == []
