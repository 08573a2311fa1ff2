"""Makes the places of a new operation after the pattern of one that exists.

    make new-operation NAME=tag-policy LIKE=get-policy METHOD=PUT ROUTE='/policies/{policyId}/tags'

It makes every place of an operation, from the end-to-end test to the description of the API. What it makes compiles and
passes all tests but the new one: the operation answers 501, in the form of its family, until it is written.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from scaffold.families import FAMILIES, Family

ROOT = Path(__file__).resolve().parents[1]
# Items of a Rust file, and lines of a Cargo.toml, with the name that they are sorted by. Modules of tests stand apart.
MODULE = r"^(?:pub(?:\(\w+\))? )?mod (?!tests\b)(\w+);\n"
EXPORT = r"^pub use (\w+)::[^;]*;\n"
BINARY = r'^    \{ name = "([a-z0-9-]+)".*\n'
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


class Tree:
    """Files below a folder. Changes are written together at the end, so that a refusal leaves everything as it was."""

    def __init__(self, root: Path):
        self.root = root
        self.changed: dict[str, str] = {}

    def read(self, file: str) -> str:
        return self.changed.get(file) or (self.root / file).read_text()

    def write(self, file: str, text: str) -> None:
        self.changed[file] = text

    def replace_once(self, file: str, old: str, new: str) -> None:
        text = self.read(file)
        if text.count(old) != 1:
            raise Refused(f"{file} has {text.count(old)} times what should be there once: {old.strip()!r}")
        self.write(file, text.replace(old, new))

    def insert_sorted(self, file: str, pattern: str, key: str, text: str) -> None:
        """Puts a text among those that match the pattern, in the order of the names that its group finds."""
        old = self.read(file)
        items = list(re.finditer(pattern, old, re.MULTILINE))
        if not items:
            raise Refused(f"{file} has nothing like `{text.strip()}`")
        later = [item.start() for item in items if item[1] > key]
        place = later[0] if later else items[-1].end()
        self.write(file, old[:place] + text + old[place:])

    def insert_after_table(self, file: str, start: str, row: str) -> None:
        """Puts a row at the end of the first table that comes after a text."""
        before, found, rest = self.read(file).partition(start)
        rows = re.search(r"^\|.*\n(?:\|.*\n)*", rest, re.MULTILINE)
        if not found or not rows:
            raise Refused(f"{file} has no table after {start!r}")
        self.write(file, before + found + rest[:rows.end()] + row + "\n" + rest[rows.end():])

    def save(self) -> None:
        for file, text in self.changed.items():
            (self.root / file).write_text(text)


def promise(tree: Tree, new: Operation, method: str, route: str) -> str:
    file = f"tests/e2e/test_{new.module}.py"
    path = re.sub(r"\{\w+\}", "x", route)
    tree.write(file, f'''"""{new.function} over the running stack."""

import requests


def test_{new.module}_does_what_it_promises(stack, signed):
    answer = requests.request("{method}", f"{{stack.api}}{path}", headers=signed(), json={{}}, timeout=30)
    assert answer.status_code == 200, answer.text
''')
    return f"{file}: the promise; the test fails until the operation does something"


def reply(tree: Tree, new: Operation, family: str) -> str:
    file = f"shared/model/src/{family}/{new.module}.rs"
    tree.write(file, f'''//! The reply of `{new.function}`.

use serde::Serialize;

/// The reply of `{new.function}`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct {new.function}Reply {{}}
''')
    tree.insert_sorted(f"shared/model/src/{family}.rs", MODULE, new.module, f"mod {new.module};\n")
    tree.insert_sorted(f"shared/model/src/{family}.rs", EXPORT, new.module, f"pub use {new.module}::{new.function}Reply;\n")
    return f"{file}: the reply; add the request, if the operation takes one"


def rules(tree: Tree, new: Operation, known: Family) -> str:
    if not known.rules:
        return "no pure crate: this family decides in shared/model and by conditions of shared/store"
    file = f"shared/{known.rules}/src/{new.module}.rs"
    tree.write(file, f'''//! The rules of `{new.function}`. Time and ids are arguments, so that the same input gives the same decision.

/// Says what the rules decide about a request
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {{
    /// The request is done.
    Accepted,
    /// The rules are not written yet.
    NotWritten,
}}

/// Decides a request.
#[must_use]
pub const fn decide() -> Decision {{
    Decision::NotWritten
}}
''')
    tree.insert_sorted(f"shared/{known.rules}/src/lib.rs", MODULE, new.module, f"pub mod {new.module};\n")
    return f"{file}: the rules; delete the file if there is nothing to decide"


def store(tree: Tree, new: Operation, known: Family) -> str:
    file = f"shared/store/src/{known.table}/{new.module}.rs"
    tree.write(file, f'''//! Reads and writes the items of `{new.function}`.

use model::account::AccountId;

use super::{known.store};
use crate::StoreError;
use crate::item::key;

impl {known.store} {{
    /// Returns whether the account has an item of `{new.function}`, strongly consistently. Put here what the operation reads or
    /// writes: one conditional write or one transaction decides.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn {new.module}(&self, account: &AccountId) -> Result<bool, StoreError> {{
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(account.as_str(), "{new.module.upper()}")))
            .consistent_read(true)
            .send()
            .await?;
        Ok(found.item.is_some())
    }}
}}
''')
    tree.insert_sorted(f"shared/store/src/{known.table}.rs", MODULE, new.module, f"mod {new.module};\n")
    return f"{file}: the store; its contract test goes into shared/store/src/{known.table}/tests"


def handler(tree: Tree, new: Operation, pattern: str, family: str, known: Family, method: str, route: str) -> str:
    state = re.search(r"pub async fn handle(?:<[^(]*>)?\(\s*\w+: (&(\w*)[\w:<>()]*),", pattern)
    if not state:
        raise Refused("LIKE has no handler of the usual form: choose another")
    imported = re.search(rf"^use ([\w:]+::)(?:{state[2]}|\{{[^}}]*\b{state[2]}\b[^}}]*\}});$", pattern, re.MULTILINE)
    if state[2] and not imported:
        raise Refused("LIKE keeps a state of its own: choose another")
    of_state = f"use {imported[1]}{state[2]};\n" if state[2] else ""
    of_family = of_state.startswith("use super")
    imports = [f"use api::{known.errors}::Error;\n", "use api::{Reply, Request};\n", "" if of_family else of_state]
    answer = "    Err(Error::NotWritten)\n"
    if known.rules:
        imports.append(f"use model::{family}::{new.function}Reply;\n")
        imports.append(f"use {known.rules}::{new.module}::{{Decision, decide}};\n")
        answer = f'''    match decide() {{
        Decision::Accepted => Ok(Reply::ok(&{new.function}Reply::default())),
        Decision::NotWritten => Err(Error::NotWritten),
    }}
'''
    file = f"functions/src/{family}/{new.module}.rs"
    tree.write(file, f'''//! `{method} {route}` is not written yet.

{"".join(sorted(imports))}{chr(10) + of_state if of_family else ""}
/// Says that the operation is not written yet: say here in one sentence what it does.
///
/// # Errors
/// Those of the operation.
#[expect(clippy::unused_async, reason = "nothing is read or written yet")]
pub async fn handle(_state: {state[1]}, request: Request) -> Result<Reply, Error> {{
    let _tenant = request.tenant()?;
{answer}}}
''')
    tree.insert_sorted(f"functions/src/{family}.rs", MODULE, new.module, f"pub mod {new.module};\n")
    return f"{file}: the handler"


def entry_point(tree: Tree, new: Operation, like: Operation) -> str:
    file = f"functions/src/bin/{new.name}.rs"
    copied = tree.read(f"functions/src/bin/{like.name}.rs")
    tree.write(file, copied.replace(f"::{like.module}", f"::{new.module}"))
    tree.insert_sorted("functions/Cargo.toml", BINARY, new.name, f'    {{ name = "{new.name}", test = false }},\n')
    return f"{file}, and its line in functions/Cargo.toml: the entry point"


def errors(tree: Tree, known: Family) -> str:
    file = f"shared/api/src/{known.errors}.rs"
    if "NotWritten" in tree.read(file):
        return f"{file}: the error `NotWritten` is there already; add the operation's own"
    enum = re.search(r"^pub enum Error \{\n(?:.*\n)*?\}\n", tree.read(file), re.MULTILINE)
    variant = '''    /// Status 501: the operation is not written yet.
    #[error("the operation is not written yet")]
    NotWritten,
}
'''
    tree.replace_once(file, enum[0], enum[0].removesuffix("}\n") + variant)
    for old, arm in known.arms:
        tree.replace_once(file, old, arm)
    tests = f"shared/api/src/{known.errors}/tests.rs"
    last = re.search(r"( +)Error::(\w+)((?: \{ \.\. \})?) => return None,\n", tree.read(tests))
    chain = f"{last[1]}Error::{last[2]}{last[3]} => Error::NotWritten,\n{last[1]}Error::NotWritten => return None,\n"
    tree.replace_once(tests, last[0], chain)
    tree.insert_after_table("docs/errors.md", f"\n{known.heading}\n", known.row)
    if known.snapshot:
        tree.write(known.snapshot, tree.read(known.snapshot).rstrip("\n") + f"\n{known.row}\n")
    return f"{file}: the error `NotWritten`, also in docs/errors.md; put the operation's own errors in its place"


def template(tree: Tree, new: Operation, like: Operation, method: str, route: str) -> str:
    text = tree.read("template.yaml")
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
    tree.write("template.yaml", text)
    return f"template.yaml: {new.function} with the rights of {like.function}; take away what it does not need"


def description(tree: Tree, new: Operation, like: Operation, method: str, route: str) -> str:
    """Describes the operation beside the one that it is like, with the errors that the family shares."""
    files = sorted(path.relative_to(tree.root).as_posix() for path in (tree.root / "docs/openapi").glob("*.yaml"))
    found = [file for file in files if re.search(rf"^      operationId: {like.function}$", tree.read(file), re.MULTILINE)]
    if len(found) != 1:
        raise Refused(f"docs/openapi describes {like.function} {len(found)} times instead of once: choose another LIKE")
    doors = tree.read("docs/openapi/openapi.yaml").partition("\nx-doors:\n")[2].partition("\n\n")[0]
    if f"      - {route}\n" in doors + "\n":
        raise Refused(f"clients that cannot sign reach {route} by a path of their own: add the operation and both routes by hand")
    file = found[0]
    text = tree.read(file)
    operation = re.search(rf"^    \w+:\n      operationId: {like.function}\n(?:      .*\n)+", text, re.MULTILINE)[0]
    tags = re.search(r"^      tags: .*\n", operation, re.MULTILINE)[0]
    forbidden = re.compile(r'^        "403": \{ \$ref: .*\n', re.MULTILINE)
    shared = forbidden.search(operation) or forbidden.search(text)
    names = re.findall(r"\{(\w+)\}", route)
    parameters = "".join(f"        - {{ name: {name}, in: path, required: true, schema: {{ type: string }} }}\n" for name in names)
    item = re.search(rf'^  "?{re.escape(route)}"?:\n(?:    .*\n)+', text, re.MULTILINE)
    if item and re.search(rf"^    {method.lower()}:\n", item[0], re.MULTILINE):
        raise Refused(f"{method} {route} is described already in {file}")
    if item and re.search(r"^    parameters:", item[0], re.MULTILINE):
        parameters = ""
    parameters = f"      parameters:\n{parameters}" if parameters else ""
    described = f'''    {method.lower()}:
      operationId: {new.function}
{tags}      summary: Is not written yet
{parameters}      responses:
        "200":
          description: The operation is done.
          content: {{ application/json: {{ schema: {{ type: object }} }} }}
{shared[0] if shared else ""}        "501": {{ description: The operation is not written yet. }}
'''
    if item:
        text = text.replace(item[0], item[0] + described)
    else:
        of_like = re.search(rf"^  \S.*:\n(?:    .*\n)*?    \w+:\n      operationId: {like.function}\n(?:    .*\n)*", text, re.MULTILINE)[0]
        text = text.replace(of_like, f"{of_like}  {route}:\n{described}")
    tree.write(file, text)
    return f"{file}: the description; say what the operation takes and returns"


def page(tree: Tree, new: Operation, like: Operation, method: str, route: str) -> str:
    """A row in the table of operations that has the one that it is like."""
    own = re.search(rf"^  {like.function}:\n(?:(?:   .*)?\n)+", tree.read("template.yaml"), re.MULTILINE)[0]
    pattern, of_method = re.search(r'Path: "?([^",]+)"?, Method: (\w+)', own).groups()
    row = re.compile(rf"^\|.*`{of_method} {re.escape(pattern)}[`?].*\|\n(?:\|.*\n)*", re.MULTILINE)
    pages = sorted(path.relative_to(tree.root).as_posix() for path in (tree.root / "docs").glob("*.md"))
    for file in pages:
        if rows := row.search(tree.read(file)):
            cells = rows[0].splitlines()[0].count(" |") - 2
            added = f"| {new.function} | `{method} {route}` |" + " not written yet |" + " |" * (cells - 1) + "\n"
            tree.write(file, tree.read(file).replace(rows[0], rows[0] + added))
            return f"{file}: a row in the table of operations"
    raise Refused(f"no page of docs/ has a table with `{of_method} {pattern}`: choose another LIKE")


def make(root: Path, new: Operation, like: Operation, method: str, route: str) -> list[str]:
    """Makes the places below `root`, and returns them, a line each, in the order of CONTRIBUTING.md."""
    tree = Tree(root)
    handlers = list((root / "functions/src").glob(f"*/{like.module}.rs"))
    if len(handlers) != 1 or not (root / f"functions/src/bin/{like.name}.rs").exists():
        raise Refused(f"there is no operation `{like.name}`: LIKE is the name of a file in functions/src/bin, without .rs")
    family = handlers[0].parent.name
    if (root / f"functions/src/bin/{new.name}.rs").exists():
        raise Refused(f"the operation `{new.name}` exists already")
    if method not in METHODS:
        raise Refused(f"METHOD is one of {', '.join(METHODS)}")
    if not re.fullmatch(r"(/([a-zA-Z0-9._-]+|\{[a-zA-Z]+\}))+", route):
        raise Refused(f"`{route}` is not a route such as /policies/{{policyId}}/tags")
    known = FAMILIES.get(family)
    if not known:
        raise Refused(f"the operations of functions/src/{family} have no table of their own: choose another LIKE")
    lines = [
        promise(tree, new, method, route),
        reply(tree, new, family),
        rules(tree, new, known),
        store(tree, new, known),
        handler(tree, new, handlers[0].read_text(), family, known, method, route),
        entry_point(tree, new, like),
        errors(tree, known),
        template(tree, new, like, method, route),
        description(tree, new, like, method, route),
        page(tree, new, like, method, route),
    ]
    tree.save()
    return lines


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
