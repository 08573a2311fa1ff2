"""Deletion of a tenant: everything of it goes, and nothing of another one."""

import os
import subprocess
import sys

import requests
from clients_with_keys import Keys
from conftest import ROOT
from test_access_keys import POLICY
from test_inventory import DETAILS, Inventory, details


def test_everything_of_a_tenant_goes_and_nothing_of_another(stack, account, client_of, signed, eventually):
    other = str(int(account) + 500_000)

    def fill(tenant):
        headers = signed(tenant)
        assert requests.post(f"{stack.api}/policies", json=POLICY, headers=headers, timeout=30).ok
        Keys(stack, headers).create()
        requests.post(f"{stack.api}/portals", json={"portalName": "p", "portalContactEmail": "a@b.cd"}, headers=headers, timeout=30)
        inventory = Inventory(stack, client_of(stack, tenant)("s3", local=True), tenant, signed, eventually)
        inventory.accept(DETAILS, details(tenant, "ann"))

    def items_of(tenant):
        client = client_of(stack, tenant)("dynamodb", local=True)
        found = {}
        for table in stack.tables.values():
            items = client.get_paginator("scan").paginate(TableName=table, ProjectionExpression="pk").build_full_result()["Items"]
            found[table] = sum(item["pk"]["S"].startswith(tenant) for item in items)
        return found

    def delete(tenant, *more):
        return subprocess.run(
            [sys.executable, ROOT / "clients/delete_tenant.py", "--tenant", tenant, "--tables", ",".join(stack.tables.values()),
             "--bucket", stack.buckets["InventoryBucket"], "--dynamodb-url", stack.dynamodb, "--s3-url", stack.aws,
             "--pause", "1", *more],
            capture_output=True, text=True, timeout=120, cwd=ROOT,
            env={**os.environ, "AWS_ACCESS_KEY_ID": tenant, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": stack.region})

    for tenant in (account, other):
        fill(tenant)
    before = items_of(other)
    assert sum(count > 0 for count in items_of(account).values()) >= 3
    counted = delete(account)
    assert counted.returncode == 0 and "nothing was deleted" in counted.stdout, counted.stderr
    assert sum(items_of(account).values()) > 0

    done = delete(account, "--yes")
    assert done.returncode == 0 and done.stdout.endswith("nothing is left\n"), done.stdout + done.stderr
    assert sum(items_of(account).values()) == 0
    assert items_of(other) == before
    objects = client_of(stack, account)("s3", local=True).list_objects_v2(Bucket=stack.buckets["InventoryBucket"], Prefix=f"{account}/")
    assert objects["KeyCount"] == 0
    listed = requests.get(f"{stack.api}/policies", headers=signed(), timeout=30)
    assert listed.ok and POLICY["policyName"] not in listed.text


def test_a_tenant_that_is_no_account_is_refused():
    done = subprocess.run([sys.executable, ROOT / "clients/delete_tenant.py", "--tenant", "1", "--stack", "s", "--yes"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "twelve digits" in done.stderr
