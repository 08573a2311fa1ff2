"""Fixtures: the clients of access policies, each set up as the page about clients says.

Who imports them has a fixture `endpoint`, the URL that the clients are given.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from access_policy_clients import Boto, Cli, JavaScript

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/access-policies-clients.md"


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def environment(stack, account, endpoint) -> dict:
    """A shell's environment that knows the module's `endpoint` and nothing of this machine's settings."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), "URL": endpoint,
        "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": stack.region,
        "AWS_REGION": stack.region, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "NODE_NO_WARNINGS": "1",
    }


def shell(script: str, environment: dict) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def with_models(environment) -> dict:
    """The environment after the page's commands that patch the models."""
    shown = shell(f"{blocks('sh')[0]}\nprintf '\\nEND\\n'\nenv -0", environment).split("\nEND\n", 1)[1]
    return dict(variable.split("=", 1) for variable in shown.split("\0") if variable)


@pytest.fixture
def boto3_in_code(environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers the environment of another test
    page = {}
    exec(blocks("python")[0], page)
    return Boto(page["client_of"]("iotsitewise", environment["URL"]))


@pytest.fixture
def boto3_with_models(with_models, monkeypatch):
    for name, value in with_models.items():
        monkeypatch.setenv(name, value)
    return Boto(boto3.Session().client("iotsitewise"))


@contextmanager
def bridge(*command: str | Path, **where):
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **where) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def cli_with_models(with_models):
    with bridge(sys.executable, ROOT / "tests/e2e/cli_bridge.py", env=with_models) as process:
        yield Cli(process)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The SDK for JavaScript, installed when its lock file has changed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    folder = ROOT / "tests/e2e/js"
    lock, done = folder / "package-lock.json", folder / "node_modules/.installed"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, timeout=300)
        done.write_bytes(lock.read_bytes())
    return folder / "node_modules"


@pytest.fixture
def javascript(environment, node_modules, tmp_path):
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "client.mjs").write_text(blocks("js")[0] + "\nexport { client };\n")
    shutil.copy(ROOT / "tests/e2e/js/bridge.mjs", tmp_path)
    with bridge("node", "bridge.mjs", cwd=tmp_path, env=environment) as process:
        yield JavaScript(process)
