"""What the demonstration prints: a line for each request, or everything with `-v`."""

import json
import shutil
import sys

verbose = False
LEFT = 46
_line = ""


def heading(text: str) -> None:
    print(f"\n=== {text} ===" if verbose else f"\n{bold(text)}", flush=True)


def count(number: int, one: str, several: str | None = None) -> str:
    """A number with the word for so many things."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def remark(text: str) -> None:
    """A sentence about what follows. Only with `-v`."""
    if verbose:
        print(f"\n{text}", flush=True)


def request(whole: str, brief: str, body: object = None) -> None:
    """Shows a request before it is sent: the whole of it with `-v`, else `brief`, together with the reply."""
    global _line
    _line = brief
    if verbose:
        print(f"\n$ {whole}", flush=True)
        if body is not None:
            print(json.dumps(body, indent=2))


def reply(whole: str, brief: str) -> None:
    """Shows what came back: the whole of it with `-v`, else `brief`."""
    global _line
    if verbose:
        print(whole, flush=True)
        return
    width = shutil.get_terminal_size((120, 24)).columns - LEFT - 4
    print(f"  {cut(_line, LEFT):{LEFT}}  {cut(brief, width)}", flush=True)
    _line = ""


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else text
