"""Pages in headless Chromium, watched: nothing from another origin, nothing on the console, no page that breaks.

A page belongs to an account by the signature that its requests carry, as a client's would. The local stack does not check
signatures; deployed, a page signs in with an access key.
"""

import os
import re
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import chromium
import pytest
from conftest import authorization
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# No service of the browser's own may use the network.
FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]
# What is expected comes when it comes; a machine that runs many things at once is slow.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
PREFIX = "config from iam where "
# What Chromium writes on the console about a reply that the page then explains.
FAILED_REQUEST = re.compile(r"Failed to load resource: (the server responded with a status of|net::ERR_(INTERNET_DISCONNECTED|FAILED))")


@contextmanager
def launched():
    """A browser with a new profile."""
    program = chromium.find()
    if not program:
        missing = f"BROWSER TESTS DO NOT RUN: {chromium.ADVICE}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """Browser contexts on one stack, and what went wrong in them."""

    def __init__(self, browser: Browser, address: str):
        self.browser, self.address = browser, address
        self.wrong, self.contexts = [], []
        self.may_fail = False  # a test that makes requests fail expects the console to say so

    def context(self, account: str | None, **settings) -> BrowserContext:
        """A visitor with an empty profile; requests are of `account`."""
        settings = {"viewport": WIDE, "reduced_motion": "reduce", "timezone_id": "UTC", "locale": "en-US", **settings}
        context = self.browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        if account:
            context.set_extra_http_headers({"Authorization": authorization(account)})
        context.on("console", self._console)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))
        context.on("request", self._request)
        self.contexts.append(context)
        return context

    def _console(self, message):
        expected = self.may_fail and FAILED_REQUEST.match(message.text)
        if message.type in ("error", "warning") and not expected:
            self.wrong.append(f"console: {message.text}")

    def _request(self, request):
        url = urlsplit(request.url)
        if url.scheme in ("blob", "data"):
            return
        if f"{url.scheme}://{url.netloc}" != self.address:
            self.wrong.append(f"another origin: {request.url}")
        if "config" in request.url.partition("#")[0]:
            self.wrong.append(f"a query in an address: {request.url}")

    def close(self):
        for context in self.contexts:
            context.close()


class Explorer:
    """The permission explorer in one page."""

    def __init__(self, page: Page, address: str):
        self.page, self.address = page, address

    def open(self, condition: str | None = None, **state: str):
        """Opens the page at a query and a view, as a link does."""
        fragment = "&".join(f"{name}={quote(value)}" for name, value in self.state(condition, **state).items())
        self.page.goto(f"{self.address}/#{fragment}")
        return self

    @staticmethod
    def state(condition: str | None, **state: str) -> dict[str, str]:
        return {"q": PREFIX + condition, **state} if condition else state

    @property
    def query(self):
        return self.page.locator("#query")

    @property
    def facts(self):
        return self.page.locator("#facts")

    @property
    def view(self):
        return self.page.locator("#view")

    @property
    def notes(self):
        return self.page.locator("#notes")

    def button(self, name: str, within=None):
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def run(self, condition: str):
        """Writes a query and runs it by Enter."""
        self.query.fill(PREFIX + condition)
        self.query.press("Escape")
        self.query.press("Enter")

    def is_wider_than_the_screen(self) -> bool:
        return self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
