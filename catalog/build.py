"""Writes the tables of actions and operations; see NOTICE for where they come from.

    python3 catalog/build.py [--inputs FOLDER] [--service-reference FOLDER --retrieved DATE]

The service reference comes from AWS's published address, or from a folder of its documents and the day on which they
were retrieved. The packages are taken from the folder of inputs, and fetched into it when they are missing.
"""

import argparse
import datetime
import sys
import tempfile
from pathlib import Path

import catalogue
import operations
import sources
import templates

ROOT = Path(__file__).resolve().parent.parent


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    print(f"{path.relative_to(ROOT)}: {len(text.encode())} bytes, {text.count(chr(10))} lines")


def build(inputs: Path, service_reference: Path | None, retrieved: str) -> None:
    reference, digest = sources.service_reference(service_reference)
    version = f"AWS service reference of {retrieved} ({len(reference)} documents, {digest}), {sources.PACKAGES}"
    models = sources.models(inputs)
    known = catalogue.merged(reference, sources.reference(inputs), sources.dependents(inputs))
    event_sources = catalogue.event_sources(known, reference, models)
    write(ROOT / "shared/iam/data/catalogue.tsv", catalogue.table(known, version, event_sources))
    methods = templates.Methods(sources.methods(inputs), known)
    table = operations.Operations(reference, known, models, methods).build()
    write(ROOT / "shared/trail/data/operations.tsv", table.table(version))
    for guess in table.guessed:
        print(f"not reviewed: {guess}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=Path, help="folder of packages; a temporary one when left out")
    parser.add_argument("--service-reference", type=Path, help="folder of the documents; AWS's address when left out")
    parser.add_argument("--retrieved", type=datetime.date.fromisoformat, help="when the documents were retrieved")
    arguments = parser.parse_args()
    if bool(arguments.service_reference) != bool(arguments.retrieved):
        parser.error("--service-reference and --retrieved belong together")
    retrieved = str(arguments.retrieved or datetime.datetime.now(datetime.UTC).date())
    if arguments.inputs:
        arguments.inputs.mkdir(parents=True, exist_ok=True)
        build(arguments.inputs, arguments.service_reference, retrieved)
    else:
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder), arguments.service_reference, retrieved)


if __name__ == "__main__":
    main()
