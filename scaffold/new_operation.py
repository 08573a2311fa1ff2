"""Makes the places of a new operation after the pattern of one that exists.

    make new-operation NAME=tag-policy LIKE=get-policy METHOD=PUT ROUTE='/policies/{policyId}/tags'

It writes the end-to-end test (which fails until the operation does something), the reply, the handler, the entry point
with its line in `functions/Cargo.toml`, and the function with its route in `template.yaml`. It names the places whose
content only you know: the rules, the store, the errors.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Refused(Exception):
    """The operation cannot be made. The text says why."""


@dataclass(frozen=True)
class Operation:
    """Names of one operation in all the forms that files use."""

    name: str  # tag-policy

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    @property
    def function(self) -> str:
        return "".join(word.title() for word in self.name.split("-"))


def replace_once(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if text.count(old) != 1:
        raise Refused(f"{file} has {text.count(old)} times what should be there once: {old.strip()!r}")
    file.write_text(text.replace(old, new))


def insert_sorted(file: Path, line: str, pattern: str) -> None:
    """Puts a line among those that match the pattern, in their order."""
    lines = file.read_text().splitlines(keepends=True)
    places = [number for number, text in enumerate(lines) if re.match(pattern, text)]
    if not places:
        raise Refused(f"{file} has no line like `{line}`")
    after = [number for number in places if lines[number].strip() < line.strip()]
    lines.insert((after[-1] + 1) if after else places[0], line + "\n")
    file.write_text("".join(lines))


def make(root: Path, new: Operation, like: Operation, method: str, route: str) -> list[str]:
    """Makes the places below `root`, and returns what was made and what is left to do, a line each."""
    functions = root / "functions"
    handlers = list((functions / "src").glob(f"*/{like.module}.rs"))
    if len(handlers) != 1:
        raise Refused(f"there is no operation `{like.name}`: LIKE is the name of a file in functions/src/bin, without .rs")
    family = handlers[0].parent.name
    entry = functions / f"src/bin/{new.name}.rs"
    if entry.exists():
        raise Refused(f"the operation `{new.name}` exists already")
    if method not in METHODS:
        raise Refused(f"METHOD is one of {', '.join(METHODS)}")
    if not re.fullmatch(r"(/([a-zA-Z0-9._-]+|\{[a-zA-Z]+\}))+", route):
        raise Refused(f"`{route}` is not a route such as /policies/{{policyId}}/tags")

    pattern = handlers[0].read_text()
    state = re.search(r"pub async fn handle(?:<[^(]*>)?\(\s*(?:\w+): (&[\w:<>]+),", pattern)
    if not state:
        raise Refused(f"{handlers[0]} has no handler of the usual form: choose another LIKE")
    of_state = {"&State": "use super::State;\n"}.get(state[1], f"use store::{state[1].lstrip('&')};\n")

    model = root / f"shared/model/src/{family}/{new.module}.rs"
    model.write_text(f'''//! The reply of `{new.function}`.

use serde::Serialize;

/// The reply of `{new.function}`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct {new.function}Reply {{}}
''')
    insert_sorted(root / f"shared/model/src/{family}.rs", f"mod {new.module};", r"mod \w+;")
    insert_sorted(root / f"shared/model/src/{family}.rs", f"pub use {new.module}::{new.function}Reply;", r"pub use \w+::")

    imports = [f"use api::{family}::Error;\n", "use api::{Reply, Request};\n", f"use model::{family}::{new.function}Reply;\n"]
    use_store = of_state if of_state.startswith("use store") else ""
    use_super = "" if use_store else "\n" + of_state
    (functions / f"src/{family}/{new.module}.rs").write_text(f'''//! `{method} {route}`

{"".join(imports)}{use_store}{use_super}
/// Is not written yet: say here in one sentence what the operation does.
///
/// # Errors
/// Those of the operation.
#[expect(clippy::unused_async, reason = "nothing is read or written yet")]
pub async fn handle(_state: {state[1]}, request: Request) -> Result<Reply, Error> {{
    let _tenant = request.tenant()?;
    Ok(Reply::ok(&{new.function}Reply::default()))
}}
''')
    insert_sorted(functions / f"src/{family}.rs", f"pub mod {new.module};", r"pub mod \w+;")
    copied = (functions / f"src/bin/{like.name}.rs").read_text()
    entry.write_text(copied.replace(f"::{like.module}", f"::{new.module}"))
    insert_sorted(functions / "Cargo.toml", f'    {{ name = "{new.name}", test = false }},', r"    \{ name = ")

    template = root / "template.yaml"
    text = template.read_text()
    one_resource = r":\n(?:(?:   .*)?\n)+?(?=^  \S)"
    block = re.search("".join(f"^  {like.function}{part}{one_resource}" for part in ("", "Role", "Logs")), text, re.MULTILINE)
    if not block:
        raise Refused(f"template.yaml has no function {like.function} followed by {like.function}Role and {like.function}Logs")
    own = re.sub(rf"\b{like.function}(?=Role\b|Logs\b|:|\"|\n)", new.function, block[0])
    own = own.replace(f"Binary: {like.name} ", f"Binary: {new.name} ")
    own = re.sub(r"( +Description: ).*", lambda found: f"{found[1]}{method} {route}", own, count=1)
    one = f'        Route: {{ Type: Api, Properties: {{ RestApiId: !Ref Api, Path: "{route}", Method: {method} }} }}\n'
    events = re.search(r"^      Events:\n(?:        .*\n)+", own, re.MULTILINE)
    if not events:
        raise Refused(f"{like.function} has no route in template.yaml: choose another LIKE")
    own = own.replace(events[0], "      Events:\n" + one)
    text = text.replace(block[0], block[0].rstrip("\n") + "\n\n" + own.rstrip("\n") + "\n\n")
    any_method = r"(?:ANY|x-amazon-apigateway-any-method)"
    any_event = re.compile(rf'Path: "?{re.escape(route)}"?, Method: {any_method} ')
    catch_all = re.search(rf"^        AnyPath: .*\n(?:        \w+: .*Method: {any_method} .*\n)+", text, re.MULTILINE)
    if catch_all and not any_event.search(text):
        of_paths = re.findall(rf"Method: ({any_method}) ", catch_all[0])[-1]
        unknown = one.replace("Route:", f"{new.function}Path:").replace(f"Method: {method}", f"Method: {of_paths}")
        text = text.replace(catch_all[0], catch_all[0] + unknown)
    template.write_text(text)

    path = re.sub(r"\{\w+\}", "x", route)
    (root / f"tests/e2e/test_{new.module}.py").write_text(f'''"""{new.function} over the running stack."""

import requests


def test_{new.module}_does_what_it_promises(stack, signed):
    answer = requests.request("{method}", f"{{stack.api}}{path}", headers=signed(), json={{}}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.json() != {{}}, "the operation is not written yet"
''')
    crate = {"policies": "ncloud", "policy_generation": "trail", "permissions": "permissions"}.get(family, "iam")
    return [
        f"made   tests/e2e/test_{new.module}.py: fails until the operation does something",
        f"made   shared/model/src/{family}/{new.module}.rs: the reply; add the request, if there is a body",
        f"made   functions/src/{family}/{new.module}.rs: the handler",
        f"made   functions/src/bin/{new.name}.rs, and its line in functions/Cargo.toml: the entry point",
        f"made   template.yaml: {new.function} with the rights of {like.function}; take away what it does not need",
        f"to do  shared/{crate}/src: the rules, if there is something to decide",
        f"to do  shared/store/src: what is read or written for {family}, with its contract test",
        f"to do  shared/api/src/{family}.rs: a variant for each new error",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for option in ("--name", "--like", "--method", "--route"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", options.name):
        print(f"new-operation: NAME=`{options.name}` is not a name such as tag-policy", file=sys.stderr)
        return 2
    try:
        lines = make(ROOT, Operation(options.name), Operation(options.like), options.method.upper(), options.route)
    except Refused as reason:
        print(f"new-operation: {reason}", file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
