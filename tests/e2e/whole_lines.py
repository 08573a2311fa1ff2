"""Lines of files to which a program still appends.

One append of a line can be seen in two parts: where the line passes the end of a page of 4,096 bytes, Linux may show the file
with the first part alone. What comes after the last line break is therefore a line that is not written yet.
"""

from pathlib import Path


def whole_lines(file: Path, start: int = 0) -> tuple[list[str], int]:
    """The lines from a position on that are written to their end, and the position after them."""
    if not file.exists():
        return [], start
    with file.open("rb") as opened:
        opened.seek(start)
        text = opened.read()
    whole = text[:text.rfind(b"\n") + 1]
    return whole.decode().split("\n")[:-1], start + len(whole)
