"""Walks through every operation of the API on the local stack, printing each request and its answer.

Uses the stack on PORT and AWS_PORT when one is running, else starts one of its own in a temporary folder. Give the
name of a walk (`policy_generation`) to see only that one.
"""

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

ROOT = Path(__file__).resolve().parents[1]
WALKS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "demo")
ACCOUNT = "111122223333"  # the access key id is the account, on the local stack


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def running() -> tuple[str, str] | None:
    api = f"http://127.0.0.1:{os.environ.get('PORT', '3000')}"
    aws = f"http://127.0.0.1:{os.environ.get('AWS_PORT', '3001')}"
    return (api, aws) if answers(api) and answers(aws) else None


def start(folder: Path) -> tuple[subprocess.Popen, tuple[str, str]]:
    ready = folder / "ready.json"
    environment = {**os.environ, "PORT": "0", "AWS_PORT": "0", "DYNAMODB_PORT": "0", "LOCAL_DIR": str(folder / "data")}
    with (folder / "log").open("wb") as log:
        stack = subprocess.Popen(
            [ROOT / "target/debug/local", "--ready-file", ready], cwd=ROOT, env=environment, stdout=log, stderr=log
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
    os.environ.update(
        AWS_ACCESS_KEY_ID=ACCOUNT, AWS_SECRET_ACCESS_KEY="local", AWS_DEFAULT_REGION="us-east-1", AWS_PAGER=""
    )
    for name in names:
        print(f"\n=== {name.replace('_', ' ')} ===")
        importlib.import_module(name).walk(api, aws)


def main() -> None:
    names = sys.argv[1:] or WALKS
    found = running()
    if found:
        walk_all(*found, names)
        return
    with tempfile.TemporaryDirectory() as folder:
        stack, found = start(Path(folder))
        try:
            walk_all(*found, names)
        finally:
            stack.terminate()
            stack.wait()


if __name__ == "__main__":
    main()
