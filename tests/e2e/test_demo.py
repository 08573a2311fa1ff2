"""The demonstration over the running stack."""

import os
import subprocess
import sys

from conftest import ROOT

HEADINGS = ["From log files to a policy", "Who can do what", "Policies of sub accounts", "Who can open which portal"]


def demo(stack, *arguments: str) -> subprocess.CompletedProcess:
    ports = {"PORT": stack.api.rsplit(":", 1)[1], "AWS_PORT": stack.aws.rsplit(":", 1)[1]}
    environment = {**os.environ, **ports, "PYTHONPATH": f"{ROOT / 'clients'}:{ROOT}"}
    return subprocess.run(
        [sys.executable, ROOT / "demo/demo.py", *arguments], env=environment, capture_output=True, text=True, timeout=300)


def test_the_demonstration_is_two_screens_long_and_begins_with_the_main_job(stack):
    done = demo(stack)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in HEADINGS] == HEADINGS
    assert len(lines) <= 66
    # What the replies are is tested elsewhere; that none is an unexpected error, here.
    assert not [line for line in lines if "  500 " in line or "  502 " in line or "  403 " in line]


def test_all_of_it_is_shown_when_asked_for(stack):
    done = demo(stack, "-v", "policies")
    assert done.returncode == 0, done.stderr
    assert '"policyName": "web-operators"' in done.stdout and "-> 412" in done.stdout


def test_an_unknown_part_is_named(stack):
    done = demo(stack, "polices")
    assert done.returncode == 2 and "there is no walk polices: the walks are policy_generation" in done.stderr
