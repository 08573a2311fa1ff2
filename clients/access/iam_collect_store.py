"""Where the collector iam-collect writes, a folder or a prefix of an S3 bucket, and what was taken from there."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


class LayoutError(Exception):
    """The folder is not what iam-collect writes, or a file in it cannot be read."""


class Folder:
    """The base folder on a disk."""

    def __init__(self, base: Path):
        self.base = base

    def __str__(self) -> str:
        return str(self.base)

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders in a folder, in order."""
        folder = self.base / prefix
        return sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []

    def keys(self, prefix: str) -> Iterator[str]:
        """Paths of all files below a folder, without the base."""
        for parent, folders, files in os.walk(self.base / prefix):
            folders.sort()
            for name in sorted(files):
                yield (Path(parent) / name).relative_to(self.base).as_posix()

    def read(self, key: str) -> bytes | None:
        """The contents of a file; `None` when it is absent."""
        try:
            return (self.base / key).read_bytes()
        except FileNotFoundError:
            return None


class Prefix:
    """Keys below a prefix of an S3 bucket; `client` is a client of boto3."""

    def __init__(self, client, bucket: str, prefix: str):
        self.client, self.bucket = client, bucket
        self.prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def pages(self, prefix: str, **more):
        below = f"{self.prefix}{prefix}/" if prefix else self.prefix
        return self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=below, **more)

    def folders(self, prefix: str) -> list[str]:
        found = (one["Prefix"] for page in self.pages(prefix, Delimiter="/") for one in page.get("CommonPrefixes", []))
        return sorted(name.rstrip("/").rsplit("/", 1)[-1] for name in found)

    def keys(self, prefix: str) -> Iterator[str]:
        for page in self.pages(prefix):
            for one in page.get("Contents", []):
                if not one["Key"].endswith("/"):
                    yield one["Key"].removeprefix(self.prefix)

    def read(self, key: str) -> bytes | None:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None


@dataclass
class Report:
    """What was taken, what was left out and what was not there."""

    taken: Counter = field(default_factory=Counter)
    left_out: Counter = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)

    def lines(self) -> list[str]:
        taken = ", ".join(f"{number} {what}" for what, number in sorted(self.taken.items()))
        lines = [f"taken: {taken or 'nothing'}"]
        lines += [f"left out: {number} {what}" for what, number in sorted(self.left_out.items())]
        return lines + [f"missing: {what}" for what in self.missing]


def read_json(store: Folder | Prefix, key: str):
    content = store.read(key)
    if content is None:
        return None
    try:
        return json.loads(content)
    except ValueError as error:
        raise LayoutError(f"{key} is not JSON: {error}") from error


def arn_of(value) -> str:
    """An ARN, given as text or as an object that names it."""
    return value if isinstance(value, str) else next(value[name] for name in ("arn", "Arn", "PolicyArn") if name in value)
