"""Writes the table of AWS managed policies from a pinned public package; see NOTICE for where it comes from.

    python3 catalog/managed_policies.py [--inputs FOLDER]

The package is taken from the folder of inputs and fetched into it when it is not there.
"""

import argparse
import ast
import io
import json
import tempfile
import zipfile
import zlib
from pathlib import Path

import sources

TABLE = Path(__file__).parent.parent / "shared/inventory/data/managed-policies.tsv.zlib"
MODULE = "moto/iam/aws_managed_policies.py"


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


def table(found: dict) -> str:
    day = max(policy["UpdateDate"] for policy in found.values())[:10]
    lines = {
        policy["Path"] + name: json.dumps(policy["Document"], separators=(",", ":"), ensure_ascii=False)
        for name, policy in found.items()
    }
    return "\n".join([day, *(f"{path}\t{lines[path]}" for path in sorted(lines))]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=Path, help="folder of packages; a temporary one when left out")
    inputs = parser.parse_args().inputs
    with tempfile.TemporaryDirectory() as temporary:
        folder = inputs or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = policies(sources.package(sources.MANAGED_POLICIES, folder))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_bytes(zlib.compress(table(found).encode(), 9))
    print(f"{TABLE.name}: {len(found)} policies, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
