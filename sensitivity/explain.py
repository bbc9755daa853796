"""Pages that ``sensitivity explain`` prints: codes of errors, terms, and methods with their sources.

A page is a section of a Markdown file in ``pages``: its heading holds the names that find it.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sensitivity.errors import UsageError, suggest

HOME = Path(__file__).parent / "pages"


@cache
def pages() -> Mapping[str, str]:
    """Return the text of every page by each of its names."""
    found: dict[str, str] = {}
    for path in sorted(HOME.glob("*.md")):
        for section in path.read_text(encoding="utf-8").split("\n## ")[1:]:
            heading, _, text = section.partition("\n")
            for name in heading.split(","):
                assert name.strip().lower() not in found, name
                found[name.strip().lower()] = f"{heading.strip()}\n\n{text.strip()}"
    return found


def explain(term: str) -> str:
    """Return the page of a code or term, whatever its case.

    Raises
    ------
    UsageError
        When there is none; names the nearest.
    """
    known = pages()
    key = " ".join(term.replace("_", " ").lower().split())
    for name, text in known.items():
        if name.replace("_", " ") == key:
            return text
    raise UsageError(f"no page on {term!r}{suggest(term.lower(), known)}")
