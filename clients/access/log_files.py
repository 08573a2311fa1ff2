"""CloudTrail log files in a folder, and the objects that a trail would have made of them in a bucket."""

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAME = re.compile(r"(?P<account>\d{12})_CloudTrail_(?P<region>[a-z0-9-]+)_(?P<time>\d{8}T\d{4})Z_\w+\.json(\.gz)?")
"""How CloudTrail names a log file (CloudTrail user guide, "CloudTrail log file name format")."""


class NotALogFile(Exception):
    """The file holds no CloudTrail records. The text says why."""


@dataclass(frozen=True)
class LogObject:
    """One log file as it lies in a bucket."""

    key: str
    body: bytes
    records: int
    first: datetime
    last: datetime


def log_files(folder: Path) -> list[Path]:
    """The files below a folder that can be log files, in the order of their paths."""
    return sorted(path for path in folder.rglob("*") if path.name.endswith((".json", ".json.gz")) and path.is_file())


def records_of(file: Path) -> list[dict]:
    """The records of a log file.

    Raises `NotALogFile`.
    """
    content = file.read_bytes()
    try:
        found = json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    except (ValueError, OSError, EOFError) as error:
        raise NotALogFile(f"not JSON: {error}") from error
    records = found.get("Records") if isinstance(found, dict) else None
    if not isinstance(records, list):
        raise NotALogFile("no CloudTrail log: there is no list `Records`")
    return [record for record in records if isinstance(record, dict)]


def time_of(record: dict) -> datetime | None:
    """When the call was made."""
    try:
        time = datetime.fromisoformat(record["eventTime"])
    except (KeyError, TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def objects_of(file: Path, account: str) -> Iterator[LogObject]:
    """The objects that a trail of an account would have put into its bucket for the records of a file.

    A file that CloudTrail named is one object. Records of a file with another name are parted by region and day, because
    the key of an object names both. A record without a time or a region is not taken.
    """
    records = records_of(file)
    named = NAME.fullmatch(file.name)
    parts: dict[tuple[str, str], list[tuple[datetime, dict]]] = defaultdict(list)
    for record in records:
        time, region = time_of(record), named["region"] if named else record.get("awsRegion")
        if time and region:
            part = named["time"][:8] if named else f"{time:%Y%m%d}"
            parts[region, part].append((time, record))
    for (region, day), timed in sorted(parts.items()):
        times = [time for time, _ in timed]
        content = json.dumps({"Records": [record for _, record in timed]}, separators=(",", ":")).encode()
        minute = named["time"] if named else f"{max(times):%Y%m%dT%H%M}"
        unique = hashlib.sha256(f"{file}{content!r}".encode()).hexdigest()[:16]
        folder = f"AWSLogs/{account}/CloudTrail/{region}/{day[:4]}/{day[4:6]}/{day[6:8]}"
        key = f"{folder}/{account}_CloudTrail_{region}_{minute}Z_{unique}.json.gz"
        yield LogObject(key, gzip.compress(content, 6, mtime=0), len(timed), min(times), max(times))
