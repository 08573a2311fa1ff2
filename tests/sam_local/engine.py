"""A Docker engine for `sam local`, and the image in which it starts the functions.

An engine that runs already is used. Otherwise root starts one of its own from `dockerd`, which touches no firewall rule and
keeps all of its files in one folder.
"""

import contextlib
import json
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import certifi

# `sam local --invoke-image` makes an image of this name from another one, unless it is there.
IMAGE = "access-governance-functions"
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
ARCHITECTURE = ARCHITECTURES[platform.machine()]
BRIDGE = "172.29.0.1"
START_SECONDS = 30
PACKAGES = ["docker.io", "containerd", "runc"]


class NoEngine(Exception):
    """There is no Docker engine, and none can be started; the text says what is missing."""


def docker(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(["docker", *arguments], capture_output=True, check=True, **options)


def answers() -> bool:
    try:
        docker("version")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def find_dockerd(tools: Path) -> str:
    """The program of an engine: the one of this machine, or Debian's, unpacked into `tools` and not installed."""
    if os.geteuid():
        raise NoEngine("no Docker engine runs, and only root can start one")
    if shutil.which("dockerd") and shutil.which("docker"):
        return "dockerd"
    if not shutil.which("apt-get"):
        raise NoEngine("no Docker engine runs, and there is no `dockerd`")
    if not (tools / "usr/sbin/dockerd").exists():
        tools.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "update", "--quiet=2"], check=True)
        with tempfile.TemporaryDirectory() as folder:
            # _apt, who downloads, may write there.
            Path(folder).chmod(0o777)
            subprocess.run(["apt-get", "download", "--quiet=2", *PACKAGES], cwd=folder, check=True)
            for package in Path(folder).glob("*.deb"):
                subprocess.run(["dpkg-deb", "--extract", package, tools], check=True)
    os.environ["PATH"] = f"{tools}/usr/sbin:{tools}/usr/bin:{os.environ['PATH']}"
    tried = subprocess.run(["dockerd", "--version"], capture_output=True, text=True)
    if tried.returncode:
        raise NoEngine(f"Debian's `dockerd` does not start here: {tried.stderr.strip()}\nInstall it: apt-get install docker.io")
    return "dockerd"


@contextlib.contextmanager
def running(folder: Path, tools: Path) -> Iterator[None]:
    """An engine that the environment of this process leads to; one of its own ends with the block."""
    if answers():
        yield
        return
    socket = f"unix://{folder}/docker.sock"
    folder.mkdir(parents=True)
    command = [find_dockerd(tools), "--iptables=false", f"--bip={BRIDGE}/24", f"--host={socket}", f"--data-root={folder}/data",
               f"--exec-root={folder}/run", f"--pidfile={folder}/docker.pid"]
    with (folder / "dockerd.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    os.environ["DOCKER_HOST"] = socket
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoEngine(f"dockerd did not start:\n{(folder / 'dockerd.log').read_text()[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)
        del os.environ["DOCKER_HOST"]
        # What containers had mounted is busy for a moment.
        shutil.rmtree(folder, ignore_errors=True)


def gateway() -> str:
    """The address at which a container reaches this machine."""
    settings = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}", text=True)
    return settings.stdout.strip() or BRIDGE


def output_of(function: str) -> list[dict]:
    """The JSON lines that the containers of a function have written."""
    listed = docker("ps", "--all", "--quiet", "--filter", f"label=sam.cli.function.name={function}", text=True)
    lines = [line for container in listed.stdout.split() for line in docker("logs", container, text=True).stdout.splitlines()]
    return [json.loads(line) for line in lines if line.startswith("{")]


def make_image(programs: list[Path], emulator: Path) -> str:
    """Makes the image from this machine: the libraries that the programs load, a shell, and the runtime emulator of SAM.

    No registry of images is asked. Programs that were built here need the C library of here; what AWS has is another one,
    and `make build` links for it.
    """
    shell = Path("/bin/bash")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for file in {shell, *(library for program in [shell, *programs] for library in libraries(program))}:
            target = root / file.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        rapid = root / "var/rapid/aws-lambda-rie"
        rapid.parent.mkdir(parents=True)
        shutil.copy(emulator, rapid)
        rapid.chmod(0o755)
        # Without any root certificate the AWS SDK does not start.
        (root / "etc/ssl/certs").mkdir(parents=True)
        shutil.copy(certifi.where(), root / "etc/ssl/certs/ca-certificates.crt")
        for directory in ("tmp", "var/task", "opt"):
            (root / directory).mkdir(parents=True, exist_ok=True)
        image = root.with_suffix(".tar")
        with tarfile.open(image, "w") as archive:
            archive.add(root, arcname=".")
        try:
            docker("import", str(image), f"{IMAGE}:rapid-{ARCHITECTURE}")
        finally:
            image.unlink()
    return IMAGE


def libraries(program: Path) -> list[Path]:
    """The libraries of a program, and its loader."""
    lines = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines()
    words = [word for line in lines for word in line.split() if word.startswith("/")]
    return [Path(word) for word in words]
