"""Sends mixed reads and writes of every family of operations to the local stack, and reports how it answers.

    make load                     # 2, 16, then 64 connections
    make load CONNECTIONS=64 SECONDS=60 REQUESTS=100000

Uses the stack on PORT and AWS_PORT if one is running, and loads the sample account into it; otherwise starts a
temporary one. A stage ends after so many seconds or so many requests, whichever is first. The exit code is 1 if any
reply had a status of 500 or above, or if a connection broke.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path

import bounds
import locust  # before `requests`, because it replaces sockets
import requests
from caller import ACCOUNT, SIGNED, Caller
from locust.env import Environment

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "demo")]
import demo  # noqa: E402
from sample import trail  # noqa: E402

COLUMNS = ("operation", "requests", "requests/s", "p50 ms", "p99 ms", "errors", "5xx")
# Runs in the environment of the command-line client, which has boto3.
PREPARE = "import sys, policy_generation, sample.load; sys.exit(sample.load.main() or policy_generation.load(sys.argv[1]))"


def prepare(api: str, aws: str) -> None:
    """Loads the sample account, a trail and its log files; makes what all connections share."""
    ports = {"PORT": api.rsplit(":", 1)[1], "AWS_PORT": aws.rsplit(":", 1)[1]}
    modules = {"PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("clients", "demo", "."))}
    command = [ROOT / ".venv/bin/python", "-c", PREPARE, aws]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **ports, **modules}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the sample account could not be loaded:\n{done.stdout}{done.stderr}")

    def post(path: str, body: dict) -> dict:
        reply = requests.post(api + path, json=body, headers=SIGNED, timeout=60)
        reply.raise_for_status()
        return reply.json()

    role = f"arn:aws:iam::{ACCOUNT}:role/portal"
    Caller.portal = post("/portals", {"portalName": "Load", "portalContactEmail": "load@example.com", "roleArn": role})["portalId"]
    key = post("/access_keys", {"name": f"load-{uuid.uuid4()}"})
    Caller.key = key["id"], key["secretKey"]
    jobs = requests.get(api + "/policy/generation", headers=SIGNED, timeout=60).json()["policyGenerations"]
    Caller.generation = {"job": jobs[0]["jobId"], "details": {
        "accessRole": f"arn:aws:iam::{ACCOUNT}:role/trail-reader",
        "startTime": (trail.END - timedelta(days=trail.DAYS)).isoformat(),
        "endTime": trail.END.isoformat(),
        "trails": [{"cloudTrailArn": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/demo", "allRegions": True}]}}


def stage(api: str, connections: int, seconds: int, most_requests: int) -> int:
    """Runs one stage and prints its report; how many requests failed by the fault of the stack."""
    environment = Environment(user_classes=[Caller], host=api, stop_timeout=30)
    statuses: dict[str, Counter] = {}

    def ended(name, response, exception, **_):
        status = response.status_code if response is not None else 0
        statuses.setdefault(name, Counter())[status] += 1
        if environment.stats.total.num_requests >= most_requests:
            environment.runner.quit()

    environment.events.request.add_listener(ended)
    runner = environment.create_local_runner()
    runner.start(connections, spawn_rate=connections)
    timer = locust.runners.gevent.spawn_later(seconds, runner.quit)
    runner.greenlet.join()
    timer.kill()
    return report(environment.stats, statuses, connections)


def report(stats, statuses: dict[str, Counter], connections: int) -> int:
    """Prints a table of the operations, and what failed."""
    print(f"\n{connections} connections")
    rows, broken = [], 0
    for entry in [*sorted(stats.entries.values(), key=lambda entry: entry.name), stats.total]:
        of = statuses.get(entry.name) if entry is not stats.total else sum(statuses.values(), Counter())
        server = sum(count for status, count in (of or {}).items() if status >= 500 or status == 0)
        if entry is not stats.total:
            broken += server
        rows.append((
            "all" if entry is stats.total else entry.name, f"{entry.num_requests}", f"{entry.total_rps:.1f}",
            f"{entry.get_response_time_percentile(0.5):.0f}", f"{entry.get_response_time_percentile(0.99):.0f}",
            f"{entry.num_failures}", f"{server}"))
    widths = [max(len(row[column]) for row in [COLUMNS, *rows]) for column in range(len(COLUMNS))]
    for row in [COLUMNS, *rows]:
        print("  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]))
    for error in sorted(stats.errors.values(), key=lambda error: error.name):
        print(f"  {error.occurrences} × {error.name}: {error.error}")
    return broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--api", type=bounds.on_this_machine, help="address of a running stack; with --aws")
    parser.add_argument("--aws", type=bounds.on_this_machine, help="address of its AWS services")
    parser.add_argument("--seconds", type=bounds.at_most(bounds.MOST_SECONDS), default=20, help="of a stage")
    parser.add_argument("--requests", type=bounds.at_most(bounds.MOST_REQUESTS), default=20_000, help="of a stage")
    parser.add_argument("connections", type=bounds.at_most(bounds.MOST_CONNECTIONS), nargs="*", default=[2, 16, 64])
    options = parser.parse_args()
    if bool(options.api) != bool(options.aws):
        parser.error("--api and --aws belong together")
    found = (options.api, options.aws) if options.api else demo.running()
    with tempfile.TemporaryDirectory() as folder:
        stack = None
        try:
            if not found:
                stack, found = demo.start(Path(folder))
            prepare(*found)
            broken = sum(stage(found[0], connections, options.seconds, options.requests) for connections in options.connections)
        finally:
            if stack:
                stack.terminate()
                stack.wait()
    print(f"\n{broken} requests failed by the fault of the stack" if broken else "\nno reply had a status of 500 or above")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
