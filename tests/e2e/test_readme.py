"""The commands of the README, run in order in one shell against a running stack."""

import os
import re
import subprocess

import pytest
from conftest import ROOT, RunningStack

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_block_is_how_to_run_and_test_and_no_command_has_a_gap():
    assert [line.split("#")[0].strip() for line in BLOCKS[0].splitlines()] == ["make run", "make test"]
    assert not [block for block in BLOCKS if "…" in block]


def test_everything_that_is_needed_is_named():
    first = README.partition("## The first ten minutes")[0]
    for tool in ("cargo", "C compiler", "make", "python3", "venv", "curl"):
        assert tool in first


@pytest.fixture(scope="module")
def transcript(tmp_path_factory):
    """What the blocks print, on a stack of its own that runs as `make run` starts it."""
    folder = tmp_path_factory.mktemp("readme")
    running = RunningStack(folder)
    stack = running.start()
    ports = {"3000": stack.api.rsplit(":", 1)[1], "3001": stack.aws.rsplit(":", 1)[1]}
    script = ["set -Eu", "trap 'echo \"@failed: $BASH_COMMAND\"' ERR"]
    for number, block in enumerate(BLOCKS[1:], 1):
        commands = re.sub(r"(?<=127\.0\.0\.1:)(3000|3001)", lambda found: ports[found[1]], block)
        script += [f"echo '@block {number}'", commands.rstrip("\n")]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "PORT": ports["3000"], "AWS_PORT": ports["3001"],
        # Nothing of the machine's own settings.
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": "",
    }
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    running.stop()
    return done.stdout, done.stderr


def test_every_block_runs(transcript):
    stdout, stderr = transcript
    assert "@failed" not in stdout, f"{stdout[-3000:]}\n{stderr[-3000:]}"
    assert stdout.count("@block ") == len(BLOCKS) - 1


@pytest.mark.parametrize("expected", [
    "1. Administrators, and who can become one",
    "2. Who reaches in from outside",
    "3. The policy that arn:aws:iam::111122223333:role/app/web needs",
    "AdministratorAccess",
    "everybody",
    "lambda:UpdateFunctionCode",
    '"isComplete"',
    "Did you mean Server?",
    "iotsitewise:VIEWER",
])
def test_the_commands_return_what_the_text_says(transcript, expected):
    assert expected in transcript[0]


def test_no_search_of_the_readme_is_empty(transcript):
    stdout, stderr = transcript
    assert "\n0 rows" not in stderr and '"totalRows":0' not in stdout
