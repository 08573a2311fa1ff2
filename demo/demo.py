"""Calls every operation of the API once on the local stack, and prints each request with its reply.

Uses the stack on PORT and AWS_PORT if one is running. Otherwise it starts a temporary one. The name of a walk, such as
`policy_generation`, chooses only that one. `-v` prints requests and replies in full.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import transcript

ROOT = Path(__file__).resolve().parents[1]
WALKS = {
    "policy_generation": "From log files to a policy",
    "permissions": "Who can do what",
    "policies": "Policies of sub accounts",
    "access_policies": "Who can open which portal",
}


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def running() -> tuple[str, str] | None:
    api = f"http://127.0.0.1:{os.environ.get('PORT') or '3000'}"
    aws = f"http://127.0.0.1:{os.environ.get('AWS_PORT') or '3001'}"
    return (api, aws) if answers(api) and answers(aws) else None


def start(folder: Path) -> tuple[subprocess.Popen, tuple[str, str]]:
    ready = folder / "ready.json"
    environment = {**os.environ, "PORT": "0", "AWS_PORT": "0", "DYNAMODB_PORT": "0", "LOCAL_DIR": str(folder / "data")}
    with (folder / "log").open("wb") as log:
        stack = subprocess.Popen(
            [ROOT / os.environ.get("LOCAL_BINARY", "target/debug/local"), "--ready-file", ready],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )
    for _ in range(600):
        if ready.exists():
            place = json.loads(ready.read_text())
            return stack, (place["api"], place["aws"])
        if stack.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"the local stack did not start:\n{(folder / 'log').read_text()}")


def walk_all(api: str, aws: str, names: list[str]) -> None:
    for name in names:
        transcript.heading(WALKS[name])
        importlib.import_module(name).walk(api, aws)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-v", "--verbose", action="store_true", help="requests and replies in full")
    parser.add_argument("walks", nargs="*", metavar="WALK", help=", ".join(WALKS))
    options = parser.parse_args()
    if unknown := set(options.walks) - set(WALKS):
        parser.error(f"there is no walk {', '.join(sorted(unknown))}: the walks are {', '.join(WALKS)}")
    transcript.verbose = options.verbose
    names = options.walks or list(WALKS)
    found = running()
    if found:
        walk_all(*found, names)
    else:
        with tempfile.TemporaryDirectory() as folder:
            stack, found = start(Path(folder))
            try:
                walk_all(*found, names)
            finally:
                stack.terminate()
                stack.wait()
    if not options.verbose:
        print("\n`make demo VERBOSE=1` prints every request and reply in full.")


if __name__ == "__main__":
    main()
