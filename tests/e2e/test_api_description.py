"""The description of the API: that it is right by itself, that the tests are held to it, and that its page works."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import requests
from api_description import Description, closed, differences
from conftest import Clients, exchanges
from explorer_setups import browser, watched  # noqa: F401  (fixtures)
from openapi_core import OpenAPI
from playwright.sync_api import expect

# What schemathesis does not check here, and why.
NOT_CHECKED = {
    "negative_data_rejection": "members that are not known are ignored, null is an absent member, and a policy with faults gets findings",
    "positive_data_acceptance": "rules over several members, and over what exists, are not part of a schema",
    "missing_required_header": "the local stack takes unsigned requests",
    "ignored_auth": "the local stack does not check signatures",
    "use_after_free": "a portal, a project and a policy that are deleted are tested by name",
    "ensure_resource_availability": "a portal, a project and a policy that are created are tested by name",
}
SECONDS = 60
# Another seed makes other random requests: `SCHEMATHESIS_SEED=7 make e2e TEST=api_description`.
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
# A control character in a header is no HTTP: the server refuses the request before the API sees it, with an empty 400.
NO_HTTP = re.compile(r"\[400\] Bad Request:\s+<EMPTY>.*-H \$'[^']*\\x(?:[01]|7f)", re.DOTALL)


@pytest.fixture(scope="module")
def document(stack) -> dict:
    return requests.get(f"{stack.api}/openapi.json", timeout=30).json()


def test_the_description_is_openapi_3_1(document):
    OpenAPI.from_dict(document).check_spec()
    assert document["openapi"].startswith("3.1.")


def test_every_example_is_as_its_schema_says(document):
    found = 0

    def look(value):
        nonlocal found
        if isinstance(value, dict):
            schema = value.get("schema", value) if "content" not in value else value
            if "example" in value and isinstance(schema, dict) and {"type", "$ref", "anyOf", "enum"} & schema.keys():
                whole = closed(copy.deepcopy({"components": document["components"], **schema}))
                jsonschema.Draft202012Validator(whole).validate(value["example"])
                found += 1
            for name, member in value.items():
                if name != "example":
                    look(member)
        elif isinstance(value, list):
            for item in value:
                look(item)

    look(document)
    assert found > 50


def test_every_request_with_a_body_has_an_example(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            body = operation.get("requestBody") if isinstance(operation, dict) else None
            if body:
                name = body.get("$ref", "").rpartition("/")[2]
                body = document["components"]["requestBodies"][name] if name else body
                assert "example" in body["content"]["application/json"], f"{method} {path}"


def test_what_the_description_lacks_fails_the_test_that_sent_it(stack, account, description):
    requests.get(f"{stack.api}/policies?size=5", timeout=30)
    taken = exchanges.take()
    assert differences(taken, description) == []

    lacking = Description(stack.api)
    schema = lacking.document["components"]["responses"]["PolicyPage"]["content"]["application/json"]["schema"]
    del schema["properties"]["totalItems"]
    del lacking.document["paths"]["/portals"]["get"]["responses"]["200"]
    lacking.document["paths"]["/policies"]["get"]["parameters"] = [
        {"name": "size", "in": "query", "schema": {"type": "integer", "maximum": 4}}
    ]
    lacking.read()
    requests.get(f"{stack.api}/portals", timeout=30)
    found = "\n".join(differences(taken + exchanges.take(), lacking))
    for difference in ("'totalItems' was unexpected", "5 is greater than the maximum", "Unknown response http status: 200"):
        assert difference in found


def test_the_requests_of_every_client_are_looked_at(stack, account, signed):
    Clients(stack, account)("iotsitewise").list_portals()
    requests.get(f"{stack.api}/policies", timeout=30)
    subprocess.run(["curl", "--silent", "--fail", "--json", "{}", f"{stack.api}/policy/validation"], check=True, capture_output=True)
    taken = exchanges.take()
    assert [sent.path for sent, _ in taken] == ["/portals", "/policies", "/policy/validation"]
    assert (taken[2][0].body, taken[2][1].status_code) == (b"{}", 200)
    assert json.loads(taken[2][1].data)["success"] is False


def test_the_links_of_the_api_name_the_description_and_its_page(stack):
    links = requests.get(stack.api, headers={"Accept": "application/json"}, timeout=30).json()
    assert requests.get(stack.api + links["openapi"], timeout=30).json()["openapi"]
    assert "<title>" in requests.get(stack.api + links["documentation"], timeout=30).text


def test_the_page_shows_the_operations_in_a_browser(stack, watched):
    page = watched.context(None).new_page()
    page.goto(f"{stack.api}/docs#/policies/UpdatePolicy")
    expect(page.locator("#description")).to_contain_text("Access governance API")
    expect(page.locator("#description")).to_contain_text("OAS 3.1")
    expect(page.locator("#description")).to_contain_text("Replace a policy as a whole")


@pytest.mark.parametrize("phases", ["examples,coverage", "fuzzing"])
def test_schemathesis_finds_nothing_that_is_not_explained(stack, account, signed, phases):
    tool = Path(sys.executable).with_name("schemathesis")
    command = [
        tool, "--no-color", "run", f"{stack.api}/openapi.json", "--phases", phases, "--seed", SEED,
        "--max-examples", "10", "--max-time", str(SECONDS), "--continue-on-failure", "--warnings", "off",
        "--exclude-checks", ",".join(NOT_CHECKED), "--header", f"Authorization: {signed()['Authorization']}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * 5)
    found = re.split(r"\n\d+\. Test Case ID: ", done.stdout)[1:]
    is_explained = done.returncode == 0 or (found and all(NO_HTTP.search(case) for case in found))
    assert is_explained, done.stdout[-6000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested and int(tested[1]) > 60, done.stdout[-2000:]
