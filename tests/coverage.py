"""Which lines of the pure crates their own tests execute: builds these crates instrumented, runs their tests, prints a table.

    python3 tests/coverage.py [CRATE…]       # make coverage CRATE=…

Only our crates are instrumented, by a wrapper around rustc, so that cargo takes the dependencies as they are. Functions and the edges
are not counted: most of what tests them runs in other processes, which leave no trace here. Files of tests are not counted
either; modules of tests inside of a file are.

Source: the rustc book, "Instrumentation-based Code Coverage".
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "target/coverage"
NOT_PURE = {"api", "aws", "cloudformation", "sdk", "store", "testkit"}
FILES_OF_TESTS = re.compile(r"/tests?(/|\.rs$)|/in_lambda\.rs$|/testkit/|/documented\.rs$")


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT).stdout


def tools() -> Path:
    """The folder of llvm-profdata and llvm-cov that read what this rustc writes: those of the toolchain, or Debian's."""
    of_rustc = dict(line.split(": ", 1) for line in output("rustc", "-vV").splitlines() if ": " in line)
    major = of_rustc["LLVM version"].split(".")[0]
    candidates = [
        Path(output("rustc", "--print", "sysroot").strip()) / "lib/rustlib" / of_rustc["host"] / "bin",
        Path(f"/usr/lib/llvm-{major}/bin"),
    ]
    found = [folder for folder in candidates if (folder / "llvm-cov").exists() and (folder / "llvm-profdata").exists()]
    if found:
        return found[0]
    package = f"llvm-{major}"
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"coverage: installing Debian's package {package}", file=sys.stderr)
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], **quiet)
    if (candidates[1] / "llvm-cov").exists():
        return candidates[1]
    sys.exit(f"coverage: no llvm-cov of version {major} is there; `rustup component add llvm-tools`, or Debian's package {package}")


def crates() -> list[str]:
    members = json.loads(output("cargo", "metadata", "--no-deps", "--format-version", "1"))["packages"]
    folders = {package["name"]: Path(package["manifest_path"]).parent.relative_to(ROOT).parts for package in members}
    return sorted(name for name, folder in folders.items() if folder[0] == "shared" and name not in NOT_PURE)


def main(names: list[str]) -> None:
    llvm = tools()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    wrapper = FOLDER / "rustc"
    wrapper.write_text('#!/bin/sh\nexec "$@" -C instrument-coverage\n')
    wrapper.chmod(0o755)
    environment = {
        # A quarter of the random cases executes the same lines.
        "PROPTEST_CASES": "64",
        **os.environ,
        "RUSTC_WORKSPACE_WRAPPER": str(wrapper),
        # Instrumented build scripts and macros write profiles too, while the crates are built.
        "LLVM_PROFILE_FILE": str(FOLDER / "built-%p-%m.profraw"),
    }
    names = names or crates()
    tests = ["cargo", "test", "--locked", "--lib", *(part for name in names for part in ("--package", name))]
    built = subprocess.run([*tests, "--no-run", "--message-format", "json"], stdout=subprocess.PIPE, check=True, cwd=ROOT, env=environment)
    programs = [message["executable"] for message in map(json.loads, built.stdout.splitlines()) if message.get("executable")]
    environment["LLVM_PROFILE_FILE"] = str(FOLDER / "%m-%p.profraw")
    subprocess.run([*tests, "--quiet"], check=True, cwd=ROOT, env=environment)

    profile = FOLDER / "tests.profdata"
    written = [file for file in FOLDER.glob("*.profraw") if not file.name.startswith("built-")]
    subprocess.run([llvm / "llvm-profdata", "merge", "-sparse", "-failure-mode=warn", *written, "-o", profile], check=True)
    objects = [part for program in programs for part in ("-object", program)]
    exported = output(str(llvm / "llvm-cov"), "export", "-summary-only", f"-instr-profile={profile}", *objects)
    print_table(names, json.loads(exported)["data"][0]["files"])


def print_table(names: list[str], files: list[dict]) -> None:
    print("coverage: lines of each crate that its own tests execute, and those of the other crates in the table")
    all_lines = all_covered = 0
    for name in names:
        folder = f"{ROOT}/shared/{name}/src/"
        counted = [file["summary"]["lines"] for file in files
                   if file["filename"].startswith(folder) and not FILES_OF_TESTS.search(file["filename"])]
        lines, covered = (sum(file[what] for file in counted) for what in ("count", "covered"))
        all_lines, all_covered = all_lines + lines, all_covered + covered
        print(f"{name:16}{covered:8} of {lines:6} {100 * covered / max(lines, 1):6.1f} %")
    print(f"{'all':16}{all_covered:8} of {all_lines:6} {100 * all_covered / max(all_lines, 1):6.1f} %")


if __name__ == "__main__":
    main(sys.argv[1:])
