"""What the start of a function costs: processor time from its beginning until it asks the Runtime API for its first event.

    start_up.py PROGRAM [FUNCTION…]    prints a table; PROGRAM is a folder of built functions or the one program of the local stack
"""

import http.server
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import yaml
from used_rights import ROOT, Template

TEMPLATE = yaml.load((ROOT / "template.yaml").read_text(), Template)
DEADLINE_SECONDS = 30


@dataclass(frozen=True)
class Start:
    """Milliseconds of one start."""

    processor: float
    wall: float


def functions() -> dict[str, dict[str, str]]:
    """The binary of each function, with the environment that the template gives it by default."""
    parameters = {"AWS::AccountId": "111122223333", "AWS::Partition": "aws", "AWS::StackName": "stack"}
    parameters |= {name: str(parameter["Default"]) for name, parameter in TEMPLATE["Parameters"].items()}
    everywhere = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    found = {}
    for body in TEMPLATE["Resources"].values():
        if body["Type"] == "AWS::Serverless::Function":
            own = body["Properties"].get("Environment", {}).get("Variables", {})
            variables = {name: parameters.get(str(value), str(value)) for name, value in {**everywhere, **own}.items()}
            found[body["Metadata"]["BuildProperties"]["Binary"]] = variables
    return found


class RuntimeApi:
    """The Lambda Runtime API up to the first question, which it does not answer."""

    def __init__(self):
        self.asked = threading.Event()
        # An optimised program asks before `Popen` has returned.
        self.is_known = threading.Event()
        self.begin = self.process = self.cost = None
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                end = time.perf_counter()
                api.is_known.wait()
                api.cost = Start(processor_milliseconds(api.process.pid), (end - api.begin) * 1e3)
                api.asked.set()
                api.process.wait()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start_of(self, program: Path, binary: str, variables: dict[str, str]) -> Start:
        environment = {
            **variables, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}", "AWS_REGION": "us-east-1",
            "AWS_LAMBDA_FUNCTION_NAME": binary, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": "group", "AWS_LAMBDA_LOG_STREAM_NAME": "stream", "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "AWS_EC2_METADATA_DISABLED": "true",
            # Nothing listens there: what a start reads ahead is refused at once.
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        }
        executable = program / binary / "bootstrap" if program.is_dir() else program
        self.asked.clear()
        self.is_known.clear()
        self.begin = time.perf_counter()
        self.process = subprocess.Popen([binary], executable=executable, env=environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.is_known.set()
        try:
            if not self.asked.wait(DEADLINE_SECONDS):
                raise RuntimeError(f"{binary} did not ask for an event")
        finally:
            self.process.kill()
            self.process.wait()
        return self.cost


def processor_milliseconds(process: int) -> float:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def cheapest(program: Path, wanted: list[str] | None = None, rounds: int = 5) -> dict[str, Start]:
    """The cheapest of several starts of each function; the functions take turns, so that other work meets all of them."""
    api, found = RuntimeApi(), {}
    known = {binary: variables for binary, variables in functions().items() if not wanted or binary in wanted}
    for _ in range(rounds):
        for binary, variables in known.items():
            start, before = api.start_of(program, binary, variables), found.get(binary)
            found[binary] = start if before is None else Start(
                min(start.processor, before.processor), min(start.wall, before.wall))
    api.server.shutdown()
    return found


def main(program: str, *wanted: str) -> None:
    starts = cheapest(Path(program), list(wanted), rounds=9)
    print("| function | processor time, ms | time, ms |\n|---|---|---|")
    for binary, start in sorted(starts.items(), key=lambda item: -item[1].processor):
        name = re.sub(r"(?:^|-)(\w)", lambda letter: letter[1].upper(), binary)
        print(f"| {name} | {start.processor:.1f} | {start.wall:.1f} |")


if __name__ == "__main__":
    os.chdir(ROOT)
    main(*sys.argv[1:])
