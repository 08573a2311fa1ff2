"""Makes the pictures of docs/explorer.md anew: the sample account on a temporary stack, in Chromium.

    make screenshots
"""

import tempfile
from pathlib import Path

from browser import NARROW, Explorer, Watched, launched
from conftest import ROOT, RunningStack
from explorer_setups import import_sample, new_tenant
from playwright.sync_api import Page, expect

PICTURES = ROOT / "docs/explorer"
WIDE = {"width": 1120, "height": 780}
LARGEST = 150_000  # bytes
WHY = "source.cloud.resource.name = '444455556666' AND action.name = 's3:GetObject'"


def groups(explorer: Explorer) -> Page:
    explorer.open("action.access.isadministrative = true")
    expect(explorer.view).to_contain_text("alice")
    return explorer.page


def rows(explorer: Explorer) -> Page:
    explorer.open("action.name = 'iam:PassRole' OR source.public = true", view="rows")
    expect(explorer.view).to_contain_text("everybody")
    return explorer.page


def drawer(explorer: Explorer) -> Page:
    explorer.open(WHY, view="rows")
    explorer.view.locator(".why").first.click()
    expect(explorer.page.get_by_role("dialog", name="Why this row exists")).to_contain_text('"Version"')
    return explorer.page


def graph(explorer: Explorer) -> Page:
    explorer.open("action.name STARTS WITH 's3:'", view="graph")
    expect(explorer.view).to_contain_text("A line joins two neighbours")
    return explorer.page


PICTURE_OF = {
    "groups": (groups, WIDE, "light"),
    "groups-narrow": (groups, NARROW, "dark"),
    "rows-narrow": (rows, NARROW, "light"),
    "drawer": (drawer, WIDE, "dark"),
    "graph": (graph, WIDE, "light"),
}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        running = RunningStack(Path(folder))
        stack = running.start()
        try:
            account, inventory = new_tenant(stack)
            import_sample(inventory)
            for name, (bring, size, scheme) in PICTURE_OF.items():
                watched = Watched(browser, stack.api)
                page = watched.context(account, viewport=size, color_scheme=scheme).new_page()
                bring(Explorer(page, stack.api))
                file = PICTURES / f"{name}.png"
                page.screenshot(path=file)
                watched.close()
                assert not watched.wrong and file.stat().st_size < LARGEST, (name, watched.wrong, file.stat().st_size)
                print(file.relative_to(ROOT))
        finally:
            running.stop()


if __name__ == "__main__":
    main()
