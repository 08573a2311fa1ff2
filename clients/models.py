"""Writes service models with which boto3 and the AWS CLI talk to this API, made from the models they came with.

Two members differ: the signature names `execute-api`, as API Gateway wants it, and no operation puts a prefix such as
`monitor.` before the host of the endpoint. Needs Python alone; botocore only to find its own models.
"""

import argparse
import gzip
import importlib.util
import json
import sys
from pathlib import Path

SERVICES = ["accessanalyzer", "iotsitewise"]


def data_folder(given: Path | None) -> Path:
    """Where botocore keeps its models."""
    if given is None:
        found = importlib.util.find_spec("botocore")
        if found is None:
            sys.exit(f"{sys.executable} has no botocore: name the folder of its models with --data")
        given = Path(found.submodule_search_locations[0]) / "data"
    if not given.is_dir():
        sys.exit(f"{given} is no folder")
    return given


def read(folder: Path, service: str) -> tuple[str, dict]:
    """The newest model of a service, gzipped or plain, and its version."""
    models = sorted(folder.glob(f"{service}/*/service-2.json*"))
    if not models:
        sys.exit(f"{folder} holds no model of {service}")
    content = models[-1].read_bytes()
    if models[-1].suffix == ".gz":
        content = gzip.decompress(content)
    return models[-1].parent.name, json.loads(content)


def patched(model: dict) -> dict:
    """The model with the signature and without the host prefixes."""
    operations = {
        name: {member: value for member, value in operation.items() if member != "endpoint"}
        for name, operation in model["operations"].items()
    }
    return {**model, "metadata": {**model["metadata"], "signingName": "execute-api"}, "operations": operations}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--data", type=Path, help="botocore's folder `data`; that of this Python unless given")
    arguments.add_argument("folder", type=Path, help="where to write")
    given = arguments.parse_args()
    source = data_folder(given.data)
    for service in SERVICES:
        version, model = read(source, service)
        target = given.folder / service / version / "service-2.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(patched(model), ensure_ascii=False))
        print(f"{target} from {source}", file=sys.stderr)
    print(f"""\
# For boto3 and the AWS CLI; the endpoint is the stage's URL of the stack, or http://127.0.0.1:3000.
export AWS_DATA_PATH={given.folder.resolve()}
export AWS_ENDPOINT_URL_IOTSITEWISE=https://…/prod AWS_ENDPOINT_URL_ACCESSANALYZER=https://…/prod""")


if __name__ == "__main__":
    main()
