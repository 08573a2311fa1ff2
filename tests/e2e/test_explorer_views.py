"""The permission explorer in a browser: query box, facts, groups, rows, drawer, filters, graph, downloads, inventory."""

import csv
import json
import re
from itertools import pairwise

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from browser import NARROW, PREFIX, Explorer
from conftest import authorization
from explorer_setups import browser, new_tenant, sample_tenant, visit, watched  # noqa: F401  (fixtures)
from playwright.sync_api import expect

from sample import account as sample

S3 = "action.name STARTS WITH 's3:'"
LIMITED = "source.cloud.resource.name = '444455556666' AND action.name = 's3:GetObject'"
REPORTS = "arn:aws:s3:::acme-reports/*"


def found(stack, tenant, condition, **members) -> dict:
    """What the API answers."""
    body = {"query": PREFIX + condition, "limit": 10_000, **members}
    reply = requests.post(f"{stack.api}/api/v1/permission", json=body, headers={"Authorization": authorization(tenant)}, timeout=60)
    return reply.json()["data"]


# 1. Query box


def test_attributes_operators_and_values_are_completed_by_keyboard(visit, sample_tenant):
    explorer = visit(sample_tenant)
    box, options = explorer.query, explorer.page.get_by_role("option")
    box.fill("")
    box.press_sequentially(f"{PREFIX}grantedby.cloud.policy.na")
    expect(options).to_have_text(["grantedby.cloud.policy.name"])
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "completion-0")
    box.press("Tab")
    expect(box).to_have_value(f"{PREFIX}grantedby.cloud.policy.name ")
    expect(box).to_be_focused()
    expect(options.filter(has_text="CONTAINS")).to_have_count(1)
    box.press_sequentially("= 'dev")
    expect(options).to_have_text(["'developer'"])
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value(f"{PREFIX}grantedby.cloud.policy.name = 'developer' ")
    box.press("Escape")
    expect(options).to_have_count(0)
    box.press("Enter")
    expect(explorer.view).to_contain_text("bob")


def test_each_example_runs(visit, sample_tenant):
    explorer = visit(sample_tenant)
    examples = explorer.page.locator("#examples button")
    expect(examples).to_have_count(7)
    for number in range(7):
        query = examples.nth(number).get_attribute("title")
        with explorer.page.expect_response("**/api/v1/permission") as reply:
            examples.nth(number).click()
        assert reply.value.status == 200, query
        expect(explorer.query).to_have_value(query)
        expect(explorer.facts).to_contain_text(re.compile("rows?"))


# 2. Facts line


def test_the_facts_are_those_of_the_api(visit, stack, sample_tenant):
    explorer = visit(sample_tenant, S3)
    total = found(stack, sample_tenant, S3)["totalRows"]
    expect(explorer.facts).to_contain_text(f"{total:,} rows")
    expect(explorer.facts).to_contain_text(re.compile(r"snapshot of \w{3} \d+, \d{4}"))
    expect(explorer.facts).to_have_attribute("aria-live", "polite")
    expect(explorer.page.locator("#gaps")).to_contain_text("Not imported: credential reports, running resources.")


# 3. Groups and rows


@pytest.mark.parametrize(("by", "member"), [
    ("Source", "sourceResourceId"), ("Policy", "grantedByCloudPolicyId"), ("Action", "effectiveActionName"),
    ("Destination", "destResourceId destResourceType")])
def test_groups_count_the_rows_of_the_api(visit, stack, sample_tenant, by, member):
    explorer = visit(sample_tenant, S3)
    explorer.button(by).click()
    expect(explorer.button(by)).to_have_attribute("aria-pressed", "true")
    rows = found(stack, sample_tenant, S3)["items"]
    groups = {tuple(row[one] for one in member.split()) for row in rows}
    expect(explorer.view).to_contain_text(f"{len(groups)} groups, {len(rows)} rows.")
    counts = [int(text.replace(",", "")) for text in explorer.view.locator("td.count").all_text_contents()]
    assert sum(counts) == len(rows) and counts == sorted(counts, reverse=True)
    widths = explorer.view.locator("td.meter span").evaluate_all("bars => bars.map(bar => bar.offsetWidth)")
    assert widths[0] == max(widths) > widths[-1] or len(set(counts)) == 1


@pytest.mark.parametrize("field", ["source", "grantedByPolicy", "action", "destination"])
def test_a_click_on_a_group_selects_its_rows_and_no_others(visit, stack, sample_tenant, field):
    """The same id can be a destination of several types: each is a group of its own."""
    condition = "(source.public = true OR action.name STARTS WITH 's3:' OR action.name STARTS WITH 'sts:Assume')"
    explorer = visit(sample_tenant, condition)
    groups = requests.post(
        f"{stack.api}/iam/api/v4/search/permission?limit=10000", headers={"Authorization": authorization(sample_tenant)},
        json={"query": PREFIX + condition, "groupByFields": [field]}, timeout=60).json()["data"]
    assert groups["nextPageToken"] is None and len(groups["items"]) > 5
    queries = """async ([query, field, items]) => {
        const { GROUPINGS, clausesOf } = await import("./explorer/groups.js");
        const { withClauses } = await import("./explorer/clauses.js");
        const grouping = GROUPINGS.find((one) => one.field === field);
        return items.map((item) => ["=", "!="].map((operator) => withClauses(query, clausesOf(grouping, item), operator)));
    }"""
    rows = groups["rowCount"]
    made = explorer.page.evaluate(queries, [PREFIX + condition, field, groups["items"]])
    for item, (only, without) in zip(groups["items"], made, strict=True):
        totals = [found(stack, sample_tenant, query.removeprefix(PREFIX), limit=1)["totalRows"] for query in (only, without)]
        assert totals == [item["rowCount"], rows - item["rowCount"]], only


def test_a_click_on_a_destination_group_names_its_type(visit, sample_tenant):
    explorer = visit(sample_tenant, S3, by="destination")
    row = explorer.view.get_by_role("row").nth(1)
    count = row.locator("td.count").text_content()
    kind = row.locator(".type").text_content()
    row.locator(".cell").click()
    explorer.page.get_by_role("menuitem", name=f"dest.cloud.resource.type = '{kind}'").click()
    expect(explorer.query).to_have_value(re.compile(f"AND dest.cloud.resource.type = '{kind}'$"))
    expect(explorer.facts).to_contain_text(f"{count} row")


def test_rows_come_page_by_page_in_the_order_of_the_api(visit, stack, sample_tenant):
    explorer = visit(sample_tenant, S3, view="rows")
    actions = explorer.view.locator("td.effectiveActionName")
    expect(actions).to_have_count(100)
    with explorer.page.expect_request("**/api/v1/permission/page") as page:
        explorer.view.get_by_role("region", name="Rows").evaluate("region => region.scrollTo(0, region.scrollHeight)")
    assert page.value.post_data_json["pageToken"]
    expect(actions).to_have_count(200)
    expected = [row["effectiveActionName"] for row in found(stack, sample_tenant, S3)["items"][:200]]
    assert actions.all_text_contents() == expected


def test_columns_are_chosen(visit, sample_tenant):
    explorer = visit(sample_tenant, S3, view="rows")
    heads = explorer.view.get_by_role("columnheader")
    expect(heads).to_have_count(8)
    explorer.view.get_by_text("Columns", exact=True).click()
    explorer.view.get_by_label("Source account").check()
    explorer.view.get_by_label("Exceptions").uncheck()
    titles = ["Explanation", "Source", "Source account", "Action", "Destination", "Policy", "Granting entity", "Last access"]
    expect(heads).to_have_text(titles)
    expect(explorer.view.locator("td.sourceCloudAccount").nth(1)).to_have_text("acme-shop")


# 4. Row drawer


def test_the_drawer_shows_the_statements_that_grant_and_deny(visit, stack, sample_tenant):
    explorer = visit(sample_tenant, LIMITED, view="rows")
    explorer.button("Why can 444455556666 do s3:GetObject?").click()
    drawer = explorer.page.get_by_role("dialog", name="Why this row exists")
    expect(drawer).to_contain_text(f"444455556666 can do s3:GetObject on {REPORTS}.")
    expect(drawer.locator("figure pre")).to_contain_text('"Version"')
    policy = sample.RESOURCE_POLICIES["arn:aws:s3:::acme-reports"]
    assert json.loads(drawer.locator("figure pre").text_content()) == policy
    for effect, kind in (("Allow", "granting"), ("Deny", "denying")):
        shown = [json.loads(text) for text in drawer.locator(f"mark.{kind}").all_text_contents()]
        assert shown and all(one in policy["Statement"] and one["Effect"] == effect for one in shown), shown
    expect(drawer.locator(".statement.denying")).to_contain_text("denies it")
    expect(drawer).to_contain_text("An explicit Deny removes a part of the row.")
    explorer.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(explorer.button("Why can 444455556666 do s3:GetObject?")).to_be_focused()


def test_the_drawer_says_the_residual_condition_in_words(visit, sample_tenant):
    explorer = visit(sample_tenant, "action.name = 'iam:PassRole' AND source.cloud.resource.name = 'dave'", view="rows")
    explorer.view.locator(".why").first.click()
    drawer = explorer.page.get_by_role("dialog", name="Why this row exists")
    expect(drawer).to_contain_text("The access is allowed only if the conditions below hold.")
    expect(drawer).to_contain_text("the condition key iam:passedtoservice satisfies StringEquals “lambda.amazonaws.com”")
    assert json.loads(drawer.locator("mark.granting").first.text_content())["Condition"]


def test_the_drawer_shows_the_statements_until_the_policies_are_there_and_when_they_do_not_come(visit, watched, sample_tenant):
    watched.may_fail = True
    explorer = visit(sample_tenant, LIMITED, view="rows")
    expect(explorer.facts).to_contain_text("1 row")
    waiting = []
    explorer.page.route("**/api/v1/permission", lambda route: waiting.append(route))
    explorer.button("Why can 444455556666 do s3:GetObject?").click()
    drawer = explorer.page.get_by_role("dialog", name="Why this row exists")
    expect(drawer).to_contain_text("The whole policies are being read …")
    statements = [json.loads(text) for text in drawer.locator("mark").all_text_contents()]
    assert {one["Effect"] for one in statements} == {"Allow", "Deny"}
    while not waiting:
        explorer.page.wait_for_timeout(10)
    waiting[0].abort()
    expect(drawer).to_contain_text("Only the statements are shown. The API cannot be reached.")
    assert [json.loads(text) for text in drawer.locator("mark").all_text_contents()] == statements


def test_the_statement_of_a_long_policy_is_in_sight(visit, sample_tenant):
    explorer = visit(sample_tenant, "source.cloud.resource.name = 'bob' AND action.access.level = 'Data Write'", view="rows")
    explorer.view.locator(".why").last.click()
    drawer = explorer.page.get_by_role("dialog", name="Why this row exists")
    text = drawer.locator("figure pre").first
    expect(text).to_contain_text('"Version"')
    statements = json.loads(text.text_content())["Statement"]
    marked = [json.loads(mark) for mark in text.locator("mark").all_text_contents()]
    assert 0 < len(marked) < len(statements), "a statement about something else is not marked"
    assert all(one in statements for one in marked)
    above = "mark => { const text = mark.closest('pre').getBoundingClientRect(), own = mark.getBoundingClientRect(); "
    assert drawer.locator("mark").first.evaluate(above + "return own.top >= text.top && own.top < text.bottom; }")


def test_the_drawer_shows_the_way_to_administrator(visit, sample_tenant):
    explorer = visit(sample_tenant, "source.reachesadministrator = true AND source.cloud.resource.name = 'dave'", view="rows")
    explorer.view.locator(".why").first.click()
    drawer = explorer.page.get_by_role("dialog", name="Why this row exists")
    expect(drawer.get_by_role("heading", name="Way to administrator")).to_be_visible()
    expect(drawer.locator("ol > li").first).to_contain_text(":user/dave gains")


# 5. Click on a cell, and the address


def test_a_click_on_a_cell_filters_and_the_address_is_the_search(visit, watched, stack, sample_tenant):
    explorer = visit(sample_tenant, "source.public = true OR action.name = 'iam:PassRole'", view="rows")
    grouped = f"{PREFIX}(source.public = true OR action.name = 'iam:PassRole')"
    explorer.view.locator("td.effectiveActionName .cell").filter(has_text="iam:PassRole").first.click()
    menu = explorer.page.get_by_role("menu")
    items = ["Only this: action.name = 'iam:PassRole'", "All but this: action.name != 'iam:PassRole'"]
    expect(menu.get_by_role("menuitem")).to_have_text(items)
    explorer.page.keyboard.press("ArrowDown")
    explorer.page.keyboard.press("Enter")
    expect(explorer.query).to_have_value(f"{grouped} AND action.name != 'iam:PassRole'")
    expect(explorer.facts).to_contain_text("1 row")
    explorer.view.locator("td.sourceResourceName .cell").first.click()
    explorer.page.get_by_role("menuitem", name="Only this: source.public = true").click()
    expect(explorer.query).to_have_value(f"{grouped} AND action.name != 'iam:PassRole' AND source.public = true")
    link = explorer.page.url
    assert "view=rows" in link.partition("#")[2] and "#" in link
    explorer.page.go_back()
    explorer.page.go_back()
    expect(explorer.query).to_have_value(f"{PREFIX}source.public = true OR action.name = 'iam:PassRole'")
    other = Explorer(watched.context(sample_tenant).new_page(), stack.api)
    other.page.goto(link)
    expect(other.query).to_have_value(f"{grouped} AND action.name != 'iam:PassRole' AND source.public = true")
    expect(other.facts).to_contain_text("1 row")
    expect(other.page.get_by_role("tab", name="Rows")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("path", ["/prod", "/prod/"])
def test_the_page_works_below_a_stage(watched, stack, sample_tenant, path):
    """A gateway in front of the stack is played by the browser: it takes the stage away, as API Gateway does."""
    page = watched.context(sample_tenant).new_page()

    def forward(route):
        answer = route.fetch(url=route.request.url.replace("/prod", "", 1))
        if "text/html" in answer.headers["content-type"]:
            # What the function writes when the path of the request has a stage; its own tests show that it does.
            route.fulfill(response=answer, body=answer.text().replace('<base href="/">', '<base href="/prod/">'))
        else:
            route.fulfill(response=answer)

    page.route(f"{stack.api}/prod**", forward)
    page.route(f"{stack.api}/prod/**", forward)
    outside = []
    page.on("request", lambda request: outside.append(request.url))
    explorer = Explorer(page, stack.api)
    page.goto(f"{stack.api}{path}#q={PREFIX}source.public = true")
    expect(explorer.facts).to_contain_text("1 row")
    explorer.run("action.name = 'iam:PassRole'")
    expect(explorer.view).to_contain_text("deploy")
    assert page.url.startswith(f"{stack.api}{path}#")
    assert all(url.startswith(f"{stack.api}/prod") for url in outside), outside


# 6. Graph


def test_each_node_of_the_graph_filters(visit, stack, sample_tenant):
    explorer = visit(sample_tenant, S3, view="graph")
    sections = explorer.view.locator(".graph section")
    expect(sections).to_have_count(4)
    expect(sections.get_by_role("heading")).to_have_text(["Source", "Granting entity", "Policy", "Destination"])
    rows = found(stack, sample_tenant, S3)["items"]
    expect(sections.nth(0).get_by_role("button")).to_have_count(len({row["sourceResourceId"] for row in rows}))
    lines = explorer.view.locator(".graph path")
    columns = ["sourceResourceId", "grantedByCloudEntityId", "grantedByCloudPolicyId", "destResourceId"]
    expect(lines).to_have_count(sum(len({(row[left], row[right]) for row in rows}) for left, right in pairwise(columns)))
    sections.nth(2).get_by_role("button", name="developer").press("Enter")
    explorer.page.get_by_role("menuitem").first.press("Enter")
    expect(explorer.query).to_have_value(f"{PREFIX}{S3} AND grantedby.cloud.policy.id = 'arn:aws:iam::111122223333:policy/developer'")
    expect(sections.nth(2).get_by_role("button")).to_have_text(["developer"])


# 7. Download


@pytest.mark.parametrize(("kind", "condition"), [
    ("CSV", "source.cloud.resource.name = 'alice' AND action.access.level = 'Data Write'"),
    ("NDJSON", "source.cloud.resource.name = 'alice' AND action.name STARTS WITH 's'"),
])
def test_a_download_follows_the_pages_to_the_end(visit, stack, sample_tenant, tmp_path, kind, condition):
    explorer = visit(sample_tenant, condition)
    pages = []
    explorer.page.on("request", lambda request: pages.append(request.url) if request.url.endswith("/permission/page") else None)
    total = found(stack, sample_tenant, condition, limit=1)["totalRows"]
    with explorer.page.expect_download(timeout=60_000) as download:
        explorer.button(f"Download {kind}").click()
    file = tmp_path / "rows"
    download.value.save_as(file)
    assert download.value.suggested_filename == f"permissions.{kind.lower()}"
    expect(explorer.page.locator("#download-text")).to_have_text(f"{total:,} rows were saved as permissions.{kind.lower()}.")
    assert pages, "the result is larger than a page"
    with file.open(newline="") as text:
        ids = [row["id"] for row in csv.DictReader(text)] if kind == "CSV" else [json.loads(line)["id"] for line in text]
    assert len(ids) == len(set(ids)) == total


def test_a_download_can_be_stopped(visit, watched, sample_tenant):
    explorer = visit(sample_tenant, "source.cloud.resource.name = 'alice' AND action.access.level = 'Data Write'")
    expect(explorer.facts).to_contain_text("rows")
    saved, waiting = [], []
    explorer.page.on("download", lambda file: saved.append(file))
    explorer.page.route("**/api/v1/permission/page", lambda route: waiting.append(route))
    explorer.button("Download CSV").click()
    progress = explorer.page.locator("#download-progress")
    expect(progress).to_contain_text(re.compile(r"[1-9][\d,]* of [\d,]+ rows"))
    watched.may_fail = True
    explorer.button("Stop", progress).click()
    expect(progress).to_contain_text("The download was stopped. Nothing was saved.")
    assert not saved


# 8. Inventory


def test_the_inventory_says_what_is_imported_refused_and_how_to_import(visit, stack):
    account, inventory = new_tenant(stack)
    broken = {"UserName": "ann", "Arn": f"arn:aws:iam::{account}:user/ann", "UserPolicyList": [
        {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}}]}
    inventory.accept("authorization-details.json", json.dumps({"UserDetailList": [broken]}))
    inventory.refuse("authorization-details.json", "{}")
    explorer = visit(account)
    explorer.button("Inventory").press("Enter")
    panel = explorer.page.get_by_role("dialog", name="Inventory")
    expect(panel).to_contain_text("The snapshot in force was made on")
    expect(panel.locator("dl")).to_contain_text("users1")
    expect(panel).to_contain_text("authorization-details.json")
    expect(panel).to_contain_text("1 finding: parts that take no part in decisions.")
    expect(panel).to_contain_text("UserDetailList[0].UserPolicyList[0]")
    expect(panel.locator(".error")).to_contain_text("A newer version was refused")
    expect(panel).to_contain_text("make import FILE=details.json")


# 9. For everybody


def test_the_keyboard_alone_is_enough(visit, sample_tenant):
    explorer = visit(sample_tenant, "action.name = 'iam:PassRole'")
    expect(explorer.facts).to_contain_text("rows")
    page, press = explorer.page, explorer.page.keyboard.press
    press("Tab")
    expect(explorer.button("Skip to the results")).to_be_focused()
    press("Enter")
    expect(page.locator("#results")).to_be_focused()
    page.get_by_role("tab", name="Groups").focus()
    press("ArrowRight")
    expect(page.get_by_role("tab", name="Rows")).to_be_focused()
    expect(page.get_by_role("tab", name="Rows")).to_have_attribute("aria-selected", "true")
    expect(explorer.view.locator(".why").first).to_be_visible()
    order = []
    for _ in range(8):
        press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 20) || document.activeElement.id"))
        if order[-1] == "Why":
            break
    assert order[:2] == ["Download CSV", "Download NDJSON"] and order[-1] == "Why", order
    press("Enter")
    drawer = page.get_by_role("dialog", name="Why this row exists")
    expect(explorer.button("Close", drawer)).to_be_focused()
    press("Enter")
    expect(explorer.view.locator(".why").first).to_be_focused()
    press("Tab")
    press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    press("Escape")
    expect(explorer.view.locator("td.sourceResourceName .cell").first).to_be_focused()


PASS_ROLE = "action.name = 'iam:PassRole'"
STATES = {
    "groups": (PASS_ROLE, {}), "rows": (PASS_ROLE, {"view": "rows"}), "graph": (PASS_ROLE, {"view": "graph"}),
    "drawer": (LIMITED, {"view": "rows"}), "inventory": (PASS_ROLE, {}), "error": ("action.nme = 'x'", {}),
    "warning": ("source.email = 'x'", {}), "completions": (PASS_ROLE, {}), "menu": (PASS_ROLE, {}),
}


def bring(explorer, name):
    """Brings the page into the state, from where a link leads."""
    page = explorer.page
    expect(explorer.notes if name == "error" else explorer.facts).to_contain_text(re.compile("rows?|attribute"))
    if name == "drawer":
        explorer.view.locator(".why").first.click()
    elif name == "inventory":
        explorer.button("Inventory").click()
        expect(page.get_by_role("dialog", name="Inventory")).to_contain_text("In force since")
    elif name == "completions":
        explorer.query.press("End")
        explorer.query.press_sequentially(" ")
        explorer.query.press("ArrowDown")
        expect(page.get_by_role("option").first).to_be_visible()
    elif name in ("groups", "graph", "menu"):
        expect(explorer.view.get_by_role("button", name="alice")).to_be_visible()
        if name == "menu":
            explorer.view.get_by_role("button", name="alice").click()


@pytest.mark.parametrize("name", ["first visit", *STATES])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(visit, watched, sample_tenant, account, name):
    watched.may_fail = True
    condition, state = STATES.get(name, (None, {}))
    explorer = visit(sample_tenant if condition else account, condition, **state)
    page = explorer.page
    bring(explorer, name)
    reports = {"light": Axe().run(page)}
    page.emulate_media(color_scheme="dark")
    reports["dark"] = Axe().run(page, options={"runOnly": ["color-contrast"]})
    page.set_viewport_size(NARROW)
    reports["narrow"] = Axe().run(page)
    wrong = {where: report.generate_report() for where, report in reports.items() if report.violations_count}
    assert not wrong, "\n".join(f"{where}: {report}" for where, report in wrong.items())
    assert not explorer.is_wider_than_the_screen()


def test_nothing_moves_for_who_wants_it_so(visit, sample_tenant):
    explorer = visit(sample_tenant, S3)
    moving = "[...document.querySelectorAll('button')].filter(one => getComputedStyle(one).transitionDuration !== '0s').length"
    assert explorer.page.evaluate(moving) == 0
    explorer.page.emulate_media(reduced_motion="no-preference")
    assert explorer.page.evaluate(moving) > 0


def test_nothing_but_the_last_queries_is_stored(visit, sample_tenant):
    explorer = visit(sample_tenant, S3)
    expect(explorer.facts).to_contain_text("rows")
    for number in range(10):
        explorer.run(f"action.name = 's3:{number}'")
        expect(explorer.page.locator("#recent button").first).to_have_text(f"action.name = 's3:{number}'")
    stored = explorer.page.evaluate("({...localStorage})")
    assert list(stored) == ["permission-explorer-queries"]
    assert len(json.loads(stored["permission-explorer-queries"])) == 8
    assert explorer.page.evaluate("document.cookie + Object.keys(sessionStorage).join()") == ""
