"""How results are printed: a table for people; CSV, JSON or NDJSON for programs.

Results go to standard output, and everything else (warnings, progress, totals) to standard error, so that a pipe holds
the result alone.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

FORMATS = ("table", "csv", "json", "ndjson")

WIDEST = 10_000
"""Columns of an output that is not a terminal: no line of a table is cut or folded there."""

result = Console(highlight=False, width=None if sys.stdout.isatty() else WIDEST)
notes = Console(stderr=True, highlight=False)


def say(text: str, style: str | None = None, on: Console = notes) -> None:
    """Prints one line for people. Square brackets in the text are text."""
    on.print(Text(text, style=style or ""), soft_wrap=True)


def cell(value: object) -> str:
    """The text of one value in a table or in CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    return str(value)


def spreadsheet_cell(value: object) -> str:
    """The text of one value in CSV. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    text = cell(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not isinstance(value, (int, float)) else text


def table(rows: Iterable[dict], columns: Sequence[str], title: str | None = None, whole: Sequence[str] = ()) -> None:
    """Prints rows as a table. Cells of the columns in `whole` are never folded."""
    shown = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold", no_wrap=column in whole)
    for row in rows:
        shown.add_row(*(Text(cell(row.get(column))) for column in columns))
    result.print(shown)


def write(
    rows: Sequence[dict], columns: Sequence[str], form: str, title: str | None = None, whole: Sequence[str] = ()
) -> None:
    """Prints rows in one of `FORMATS`; `title` and `whole` are as in `table`."""
    if form == "table":
        table(rows, columns, title, whole)
    elif form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows([spreadsheet_cell(row.get(column)) for column in columns] for row in rows)
    elif form == "json":
        document(list(rows))
    else:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))


def document(value: object) -> None:
    """Prints one JSON document."""
    print(json.dumps(value, indent=2, ensure_ascii=False))
