"""The commands and their options."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from access import endpoint, generation, groups, inventory, output, search, simulation, validation
from access.failure import Failure

EXAMPLES = """\
examples:
  access query "action.access.isadministrative = true"
  access query "action.access.isadministrative = true" --group-by source
  access query "source.public = true" -o csv --all > public.csv
  access who-can s3:GetObject arn:aws:s3:::my-bucket/key
  access policy from-logs ./logs --principal arn:aws:iam::111122223333:role/app/web
  access import details.json
  access validate policy.json
  access query "source.public = true" --endpoint https://abc.execute-api.eu-west-1.amazonaws.com/prod
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns 0, or 1 if a document or policy was refused, or 2 if the command could not be done."""
    options = parser().parse_args(arguments)
    try:
        api = endpoint.choose(options.endpoint, options.account, options.region, options.profile)
        if api.account_note:
            output.say(f"access: {api.account_note}", "yellow")
        return 0 if options.run(api, options) else 1
    except Failure as failure:
        output.say(f"access: {failure}", "red")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the pipe has seen enough. What Python would flush at its end has no reader either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    common = argparse.ArgumentParser(add_help=False)
    where = common.add_argument_group("where")
    of_endpoint = "the API: of a deployed stack, or of a local one; without it the local stack on PORT (3000)"
    where.add_argument("--endpoint", metavar="URL", help=of_endpoint)
    where.add_argument("--profile", help="the profile of the AWS credentials, for a deployed stack")
    where.add_argument("--region", help="the region of the signature; taken from the URL if that names one")
    where.add_argument(
        "--account",
        help=f"the account, on the local stack; else AWS_ACCESS_KEY_ID if it is twelve digits, else {endpoint.LOCAL_ACCOUNT}",
    )
    common.add_argument("-o", "--output", choices=output.FORMATS, default="table", help="how the result is printed (table)")
    rows = argparse.ArgumentParser(add_help=False)
    most = rows.add_mutually_exclusive_group()
    most.add_argument("--limit", type=positive, default=100, help="the number of rows at most (100)")
    most.add_argument("--all", action="store_const", const=None, dest="limit", help="every row")

    root = argparse.ArgumentParser(
        prog="access",
        description="Answers access questions about AWS accounts.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    query = commands.add_parser("query", parents=[common, rows], help="the rows of a permission search")
    query.add_argument("query", help="the condition, such as \"action.name = 'iam:PassRole'\"; or the whole query")
    query.add_argument(
        "--group-by", type=fields, metavar="FIELDS", help=f"counts rows instead: by one or more of {', '.join(groups.FIELDS)}"
    )
    query.set_defaults(run=run_query)

    who = commands.add_parser("who-can", parents=[common, rows], help="everybody who can do an action on a resource")
    who.add_argument("action", help="such as s3:GetObject")
    who.add_argument("resource", help="an ARN, such as arn:aws:s3:::my-bucket/key")
    who.set_defaults(run=run_who_can)

    simulated = commands.add_parser("simulate", parents=[common], help="whether a user or role may do an action on a resource, and why")
    simulated.add_argument("principal", help="the ARN of a user or role of an imported account")
    simulated.add_argument("action", help="such as s3:GetObject")
    simulated.add_argument("resource", help="an ARN, such as arn:aws:s3:::my-bucket/key, or *")
    simulated.add_argument("--context", action="append", default=[], metavar="KEY=VALUE", help="a condition key of the request")
    simulated.add_argument("--complete", action="store_true", help="the request has no other condition keys")
    simulated.set_defaults(run=run_simulate)

    policy = commands.add_parser("policy", help="least-privilege policies").add_subparsers(required=True, metavar="COMMAND")
    logs = policy.add_parser(
        "from-logs", parents=[common], help="the policy that a user or role needs, from CloudTrail log files in a folder"
    )
    logs.add_argument("folder", type=Path, help="the folder with the log files (.json or .json.gz), at any depth")
    logs.add_argument("--principal", required=True, metavar="ARN", help="the user or role")
    logs.add_argument("--start", type=instant, help="first day or time (ISO 8601, UTC); else that of the first record")
    logs.add_argument("--end", type=instant, help="end; else the time of the last record")
    logs.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where policy-1.json is written (this folder)")
    logs.set_defaults(run=run_from_logs)

    document = commands.add_parser(
        "import", parents=[common], help="imports a document about an account, or all that iam-collect has written"
    )
    document.add_argument("file", help="the document; with --from iam-collect the folder, or s3://BUCKET/PREFIX")
    document.add_argument("--from", dest="source", choices=["iam-collect"], help="the collector that wrote the folder")
    document.add_argument(
        "--remove", action="store_true", help="with --from: remove the documents of accounts that the folder does not have"
    )
    document.add_argument(
        "--as", dest="kind", metavar="KIND", help=f"the kind of the document, if its name does not say it: {', '.join(inventory.KINDS)}"
    )
    document.add_argument("--bucket", help="the inventory bucket of a deployed stack")
    document.set_defaults(run=run_import)

    validate = commands.add_parser("validate", parents=[common], help="everything that is wrong with a Sub Account policy")
    validate.add_argument("file", type=Path)
    validate.set_defaults(run=run_validate)
    return root


def positive(text: str) -> int:
    """A number of rows."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number") from None
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def fields(text: str) -> list[str]:
    """Names of fields that rows are grouped by, joined by commas."""
    names = text.split(",")
    unknown = [name for name in names if name not in groups.FIELDS]
    if unknown:
        raise argparse.ArgumentTypeError(f"`{unknown[0]}` is none of {', '.join(groups.FIELDS)}")
    return names


def instant(text: str) -> datetime:
    """A time; without an offset it is UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        examples = "2026-10-01 or 2026-10-01T12:00:00Z"
        raise argparse.ArgumentTypeError(f"`{text}` is neither a date nor a time, such as {examples}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def run_query(api: endpoint.Endpoint, options: argparse.Namespace) -> bool:
    query = search.whole_query(options.query)
    if options.group_by:
        groups.run(api, query, options.group_by, options.limit, options.output)
    else:
        search.run(api, query, options.limit, options.output)
    return True


def run_who_can(api: endpoint.Endpoint, options: argparse.Namespace) -> bool:
    search.who_can(api, options.action, options.resource, options.limit, options.output)
    return True


def run_simulate(api: endpoint.Endpoint, options: argparse.Namespace) -> bool:
    return simulation.simulate(
        api, options.principal, options.action, options.resource, options.context, options.complete, options.output)


def run_from_logs(api: endpoint.Endpoint, options: argparse.Namespace) -> bool:
    generation.from_logs(api, options.folder, options.principal, options.start, options.end, options.into, options.output)
    return True


def run_import(api: endpoint.Endpoint, options: argparse.Namespace) -> bool:
    if options.source:
        return inventory.import_iam_collect(api, options.file, options.bucket, options.remove)
    return inventory.import_file(api, Path(options.file), options.kind, options.bucket)


def run_validate(api: endpoint.Endpoint, options: argparse.Namespace) -> bool:
    return validation.validate(api, options.file, options.output)
