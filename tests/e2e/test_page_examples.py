"""The examples of the pages of operations: each request runs, and its reply has the members that the page shows."""

import json
import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

BLOCK = re.compile(r"^```(sh|python|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs" / page).read_text()
    section = text.split("\n## A request and its reply\n", 1)[1].split("\n## ", 1)[0]
    return BLOCK.findall(section)


@pytest.mark.parametrize("page", ["policy-generation.md", "policies.md", "access-policies.md", "permission-search.md"])
def test_each_example_runs_and_replies_as_the_page_shows(stack, page):
    found = blocks(page)
    languages = [language for language, _ in found]
    assert languages.count("sh") == 2 and languages.count("python") == 1 and languages.count("json") == 1, page
    shown = json.loads(next(text for language, text in found if language == "json"))
    environment = {
        "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), "ENDPOINT": stack.api,
        "AWS_ACCESS_KEY_ID": "111122223333", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": "",
        "AWS_ENDPOINT_URL": stack.aws,
    }
    (ROOT / "target").mkdir(exist_ok=True)
    replies = []
    for language, text in found:
        if language == "json":
            continue
        command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        replies.append(done.stdout)
    by_curl, by_python = json.loads(replies[0]), json.loads(replies[-1])
    assert shown.keys() <= by_curl.keys() and shown.keys() <= by_python.keys()
