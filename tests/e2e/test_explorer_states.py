"""The permission explorer in the states that matter: a first visit, an error, a slow answer, a lost connection, millions of rows."""

import json
import re

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from browser import NARROW, PREFIX, Explorer
from clients_with_keys import Keys
from conftest import authorization
from explorer_setups import ADMINISTRATORS, browser, large_tenant, new_tenant, sample_tenant, visit, watched  # noqa: F401  (fixtures)
from playwright.sync_api import Route, expect

PERMISSION = "**/api/v1/permission"
GROUPS = "**/iam/api/v4/search/permission*"


def held(page, address):
    """Keeps requests until the test lets them go: a slow answer without a clock."""
    waiting: list[Route] = []
    page.route(address, lambda route: waiting.append(route))
    return waiting


def let_go(waiting):
    for route in waiting:
        route.continue_()
    waiting.clear()


def test_a_first_visit_says_how_to_import(visit, account):
    explorer = visit(account)
    expect(explorer.facts).to_contain_text("0 rows")
    expect(explorer.facts).to_contain_text("nothing is imported")
    empty = explorer.page.locator("#empty")
    expect(empty).to_contain_text("make sample")
    expect(empty).to_contain_text("aws iam get-account-authorization-details")
    expect(explorer.page.locator("#views")).to_be_hidden()
    explorer.button("Inventory").click()
    expect(explorer.page.get_by_role("dialog", name="Inventory")).to_contain_text("Nothing is imported yet")


def test_no_row_is_never_shown_as_an_all_clear(visit, sample_tenant):
    explorer = visit(sample_tenant, "source.public = true AND source.email = 'x'")
    expect(explorer.facts).to_contain_text("0 rows")
    gaps = explorer.page.locator("#gaps")
    expect(gaps).to_contain_text("No row is not a proof that nobody has access.")
    expect(gaps).to_contain_text("Not imported: credential reports, running resources.")
    gaps.get_by_text("are not evaluated").click()
    expect(gaps.get_by_role("listitem").filter(has_text="access control lists")).to_be_visible()
    expect(explorer.notes).to_contain_text("NO_DATA")
    expect(explorer.page.locator("mark.doubt")).to_have_text("source.email = 'x'")


def test_an_error_is_underlined_and_the_word_that_was_meant_is_a_button(visit, watched, sample_tenant):
    watched.may_fail = True
    explorer = visit(sample_tenant, "action.nme = 's3:GetObject'")
    alert = explorer.page.get_by_role("alert").first
    expect(alert).to_contain_text("Line 1, column 23. Unknown attribute action.nme.")
    expect(explorer.page.locator("mark.fault")).to_have_text("action.nme")
    explorer.button("Use action.name").press("Enter")
    expect(explorer.query).to_have_value(f"{PREFIX}action.name = 's3:GetObject'")
    expect(explorer.facts).to_contain_text("rows")
    expect(explorer.page.locator("mark")).to_have_count(0)


def test_a_query_is_shown_as_text_and_never_becomes_markup(visit, watched, sample_tenant):
    watched.may_fail = True
    markup = "source.cloud.resource.name = '<img src=x onerror=alert(1)>'"
    explorer = visit(sample_tenant, markup)
    expect(explorer.page.locator("#recent")).to_contain_text(markup)
    explorer.run("action.name = 'x' <b>")
    expect(explorer.page.get_by_role("alert").first).to_contain_text("<")
    assert explorer.page.locator("img, #marks b, #notes b b").count() == 0


def test_a_slow_answer_is_announced_and_can_be_stopped(visit, watched, sample_tenant):
    explorer = visit(sample_tenant, "source.public = true")
    expect(explorer.facts).to_contain_text("1 row")
    waiting = held(explorer.page, PERMISSION)
    explorer.run("action.name = 'iam:PassRole'")
    expect(explorer.facts).to_have_text("The query is still running …")
    expect(explorer.page.locator("#results")).to_have_attribute("aria-busy", "true")
    watched.may_fail = True
    explorer.button("Stop", explorer.page.locator("#running")).click()
    expect(explorer.page.locator("#results")).to_be_hidden()
    expect(explorer.query).to_be_focused()
    waiting.clear()
    explorer.page.unroute(PERMISSION)
    explorer.query.press("Enter")
    expect(explorer.facts).to_contain_text("rows")


def test_the_total_is_shown_while_the_groups_are_counted(visit, sample_tenant):
    explorer = visit(sample_tenant, "source.public = true")
    expect(explorer.facts).to_contain_text("1 row")
    waiting = held(explorer.page, GROUPS)
    explorer.run("action.access.isadministrative = true")
    expect(explorer.facts).to_contain_text("58,079 rows")
    expect(explorer.view).to_contain_text("Counting …")
    # Long enough for the notice of a slow query, which must not replace the facts.
    explorer.page.wait_for_timeout(600)
    expect(explorer.facts).to_contain_text("58,079 rows")
    let_go(waiting)
    expect(explorer.view).to_contain_text("alice")


def test_an_older_query_is_given_up_for_a_newer_one(visit, watched, sample_tenant):
    watched.may_fail = True
    explorer = visit(sample_tenant, "source.public = true")
    expect(explorer.facts).to_contain_text("1 row")
    waiting = held(explorer.page, PERMISSION)
    explorer.run("action.name = 'iam:PassRole'")
    expect(explorer.facts).to_have_text("The query is still running …")
    with explorer.page.expect_event("requestfailed", lambda request: "iam:PassRole" in (request.post_data or "")):
        explorer.run("source.public = true AND action.name = 's3:GetObject'")
    while len(waiting) < 2:
        explorer.page.wait_for_timeout(10)
    waiting[1].continue_()
    expect(explorer.facts).to_contain_text("1 row")
    expect(explorer.page.get_by_role("alert")).to_have_count(0)


def test_a_lost_connection_is_explained_and_the_query_can_be_tried_again(visit, watched, sample_tenant):
    watched.may_fail = True
    explorer = visit(sample_tenant, "source.public = true")
    expect(explorer.facts).to_contain_text("1 row")
    explorer.page.context.set_offline(True)
    explorer.run("action.name = 'iam:PassRole'")
    expect(explorer.page.get_by_role("alert").first).to_contain_text("The API cannot be reached.")
    expect(explorer.page.locator("#results")).to_be_hidden()
    explorer.page.context.set_offline(False)
    explorer.button("Try again").click()
    expect(explorer.facts).to_contain_text("rows")
    expect(explorer.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "words"), [(429, "too many requests"), (504, "did not answer in time"), (500, "The API answered with the status 500.")]
)
def test_a_refusal_of_the_gateway_is_a_sentence(visit, watched, sample_tenant, status, words):
    """The reply is intercepted: the local gateway does not refuse on demand."""
    watched.may_fail = True
    explorer = visit(sample_tenant, "source.public = true")
    expect(explorer.facts).to_contain_text("1 row")
    explorer.page.route(PERMISSION, lambda route: route.fulfill(status=status, body=""))
    explorer.run("action.name = 'iam:PassRole'")
    expect(explorer.page.get_by_role("alert").first).to_contain_text(words)
    expect(explorer.button("Try again")).to_be_visible()


def test_thirteen_million_rows_are_as_quick_to_look_at_as_ten(visit, large_tenant):
    """The rows are real: administrators of a generated account. No request is larger than a page."""
    sizes = []
    explorer = visit(large_tenant)
    page = explorer.page
    page.on("response", lambda reply: sizes.append(rows_of(reply)))
    explorer.run("source.cloud.type = 'AWS'")
    expect(explorer.facts).to_contain_text(re.compile(r"^13,\d{3},\d{3} rows"))
    expect(explorer.view).to_contain_text("administrator-000")
    expect(explorer.view).to_contain_text(f"200 of {ADMINISTRATORS} groups")
    explorer.button("Load more groups").click()
    expect(explorer.view).to_contain_text(f"400 of {ADMINISTRATORS} groups")
    page.get_by_role("tab", name="Rows").click()
    expect(explorer.view).to_contain_text(re.compile(r"100 of 13,\d{3},\d{3} rows"))
    explorer.button("Load more rows").click()
    expect(explorer.view).to_contain_text(re.compile(r"200 of 13,\d{3},\d{3} rows"))
    page.get_by_role("tab", name="Graph").click()
    expect(explorer.view).to_contain_text(f"and {ADMINISTRATORS - 50} more")
    expect(explorer.view).to_contain_text("A line joins two neighbours", timeout=60_000)
    expect(explorer.view).to_contain_text("Policy to destination: the graph shows the first 1,000 of")
    assert page.locator(".graph section button").count() <= 200
    read = [size for size in sizes if size]
    assert read and max(read) <= 1000


def rows_of(reply) -> int:
    """How many rows or groups a reply holds."""
    if "/permission" not in reply.url or reply.status != 200:
        return 0
    body = json.loads(reply.body())
    return len(body.get("data", body)["items"])


def with_key_door(page, address):
    """The page as a deployed stack serves it: that it asks for a key is the only difference."""

    def deployed(route):
        answer = route.fetch()
        text = answer.text()
        assert '<meta name="sign-in" content="none">' in text
        route.fulfill(response=answer, body=text.replace('name="sign-in" content="none"', 'name="sign-in" content="key"'))

    page.route(f"{address}/", deployed)


def test_a_visitor_of_a_deployed_stack_signs_in_with_an_access_key(stack, watched, sample_tenant):
    watched.may_fail = True
    keys = Keys(stack, {"Authorization": authorization(sample_tenant)})
    key, secret = keys.create(name="page")
    page = watched.context(None, viewport=NARROW).new_page()
    with_key_door(page, stack.api)
    paths = []
    page.on("request", lambda request: paths.append(request.url.removeprefix(stack.api)))
    explorer = Explorer(page, stack.api).open("source.public = true")
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("Access key id").fill(key)
    dialog.get_by_label("Secret key").fill("wrong")
    dialog.get_by_label("Secret key").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("is wrong, or the key is disabled or expired")
    assert Axe().run(page).violations_count == 0
    assert not explorer.is_wider_than_the_screen()
    dialog.get_by_label("Secret key").fill(secret)
    explorer.button("Sign in", dialog).click()
    expect(explorer.facts).to_contain_text("1 row")
    expect(page.locator("#gaps")).to_contain_text("Not imported: credential reports")
    explorer.button("Inventory").click()
    panel = page.get_by_role("dialog", name="Inventory")
    expect(panel).to_contain_text("authorization-details.json")
    expect(panel).to_contain_text("aws s3 cp details.json s3://")
    explorer.button("Close", panel).click()
    asked = [path for path in paths if not path.startswith(("/explorer/", "/#"))]
    assert all(path == "/" or path.startswith("/api.prismacloud.io/") for path in asked), asked
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert key not in stored and secret not in stored
    explorer.button("Sign out").click()
    expect(dialog).to_be_visible()
    keys.delete(key)


def test_a_session_that_is_over_asks_for_the_key_again(stack, watched, visit, sample_tenant):
    watched.may_fail = True
    key, secret = Keys(stack, {"Authorization": authorization(sample_tenant)}).create(name="page")
    page = watched.context(None).new_page()
    with_key_door(page, stack.api)
    explorer = Explorer(page, stack.api).open("source.public = true")
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("Access key id").fill(key)
    dialog.get_by_label("Secret key").fill(secret)
    dialog.get_by_label("Secret key").press("Enter")
    expect(explorer.facts).to_contain_text("1 row")

    def forged(route):
        route.continue_(headers={**route.request.headers, "x-redlock-auth": "e30.e30.e30"})

    page.route("**/api.prismacloud.io/api/v1/permission", forged)
    explorer.run("action.name = 'iam:PassRole'")
    expect(dialog).to_contain_text("The session is over. Sign in again.")


def test_only_the_page_and_its_files_are_served_without_a_signature(stack):
    page = requests.get(stack.api, headers={"Accept": "text/html"}, timeout=30)
    files = re.findall(r'"(explorer/[^"]+)"', page.text)
    assert len(files) == 3
    for path in ["", *files]:
        reply = requests.get(f"{stack.api}/{path}", timeout=30)
        assert reply.status_code == 200, path
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert reply.headers["X-Content-Type-Options"] == "nosniff" and reply.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in reply.headers
    assert requests.get(f"{stack.api}/explorer/index.html", timeout=30).status_code == 404
    links = requests.get(stack.api, headers={"Accept": "application/json"}, timeout=30).json()
    assert {"openapi", "documentation", "permissions", "inventory"} <= links.keys()
