"""Chromium for the tests of pages: finds it, and installs Debian's package where it is absent.

    python3 tests/e2e/chromium.py     # make browser

Needs nothing but Python. Whoever cannot install is told what to install.
"""

import os
import shutil
import subprocess
import sys

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
INSTALL = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"]]
ADVICE = "install Chromium or Chrome (Debian: apt-get install chromium), or name one by the variable CHROMIUM"


def find() -> str | None:
    """The program, that of the variable CHROMIUM first; none when there is none."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def install() -> str | None:
    """Why it could not be installed; nothing when it was."""
    if not shutil.which("apt-get"):
        return "apt-get is not there"
    if os.geteuid() != 0:
        return "only root may install packages"
    print("browser tests: installing Debian's package chromium", file=sys.stderr)
    for command in INSTALL:
        done = subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)
        if done.returncode:
            return f"`{' '.join(command)}` failed"
    return None


def main() -> int:
    reason = None if find() else install()
    if found := find():
        print(f"browser tests: {found}")
        return 0
    print(f"browser tests: no browser was found, and {reason or 'the package has none'}; {ADVICE}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
