"""The line of a study file that a message is about, with the place underlined."""

import re
from unicodedata import east_asian_width

WIDTH = 120
"""Characters of a line that are shown: a file may hold a megabyte on one line."""

_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.)*\""  # a text in quotes
    r"|'(?:[^']|'')*'"
    r"|(?:[^\s,\[\]{}:#]|:(?!\s|$)|(?<!\s)#| +(?![\s,\[\]{}:#]|$))+"  # a plain key or value, to its comma or colon
)


def lines_of(file: str) -> list[str]:
    """Lines of a text file as YAML counts them; none when there is no such file, as for an argument ``--set``."""
    try:
        with open(file, encoding="utf-8-sig", errors="replace", newline="") as stream:
            return re.split(r"\r\n?|\n", stream.read())
    except (OSError, ValueError):
        return []


def excerpt(lines: list[str], line: int, column: int) -> str:
    """Return the line and, below it, carets under what begins at `column`; empty when there is no such line.

    Parameters
    ----------
    line, column : int
        Counted from 1.
    """
    if not 1 <= line <= len(lines) or not lines[line - 1].strip():
        return ""
    text, at = lines[line - 1], column - 1
    token = _TOKEN.match(text, at)
    length = token.end() - at if token else 1
    start = max(0, at - WIDTH // 2) if len(text) > WIDTH else 0
    shown = "".join(c if c.isprintable() else " " for c in text[start : start + WIDTH])
    before = "".join("  " if east_asian_width(c) in "WF" else " " for c in shown[: at - start])
    carets = "^" * max(1, min(length, start + len(shown) - at))
    number = f"{line:5d}"
    return f"{number} | {shown.rstrip()}\n{' ' * len(number)} | {before}{carets}"
