"""What the tests of the permission explorer share: a browser, a page of an account, and accounts to look at."""

import json

import pytest
from browser import Explorer, Watched, launched
from conftest import Clients, accounts, authorization, wait_until
from test_inventory import Inventory, entity

from sample import account as sample

ADMINISTRATORS = 450
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def new_tenant(stack) -> tuple[str, Inventory]:
    """An account that nobody uses, and its inventory."""
    account = str(next(accounts))
    s3 = Clients(stack, account)("s3", local=True)
    return account, Inventory(stack, s3, account, lambda tenant: {"Authorization": authorization(tenant)}, wait_until)


@pytest.fixture(scope="session")
def sample_tenant(stack) -> str:
    """A tenant that has imported the sample account."""
    account, inventory = new_tenant(stack)
    import_sample(inventory)
    return account


def import_sample(inventory: Inventory) -> None:
    for kind, make in sample.DOCUMENTS.items():
        inventory.accept(f"{kind}.json", json.dumps(make()))


@pytest.fixture(scope="session")
def large_tenant(stack) -> str:
    """A tenant with more than 13 million rows: administrators, each of whom can do everything on everything."""
    account, inventory = new_tenant(stack)
    arn = f"arn:aws:iam::{account}:policy/everything"
    attached = [{"PolicyName": "everything", "PolicyArn": arn}]
    users = [
        entity(account, "user", f"administrator-{number:03}", AttachedManagedPolicies=attached) for number in range(ADMINISTRATORS)
    ]
    versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": EVERYTHING}]
    policies = [{"PolicyName": "everything", "PolicyId": "ANPAEVERYTHING", "Arn": arn, "PolicyVersionList": versions}]
    inventory.accept("authorization-details.json", json.dumps({"UserDetailList": users, "Policies": policies}))
    return account


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of one file: while it runs, no other event loop can."""
    with launched() as browser:
        yield browser


@pytest.fixture
def watched(browser, stack):
    """Browser contexts that are held to: no error, no other origin, no query in an address."""
    watched = Watched(browser, stack.api)
    yield watched
    watched.close()
    assert not watched.wrong, "\n".join(watched.wrong)


@pytest.fixture
def visit(watched, stack):
    """`visit(account, "action.name = 's3:GetObject'", view="rows")` opens the page; settings of the context may follow."""

    def open_page(account: str | None, condition: str | None = None, *, settings: dict | None = None, **state: str) -> Explorer:
        page = watched.context(account, **(settings or {})).new_page()
        return Explorer(page, stack.api).open(condition, **state)

    return open_page
