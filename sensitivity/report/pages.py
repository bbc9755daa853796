"""Pages that a model adds to the report: what it was held against, in tables and figures of its own.

``model.report_pages()`` returns a list of pages as plain values: ``{"title", "text": [sentence, ...], "tables":
[{"caption", "heads", "rows"}, ...], "figures": [{"caption", "panels"}, ...]}``, where a panel is ``{"title", "x", "y",
"log", "series": [{"label", "x", "y", "kind": "line" or "points"}, ...]}``. All but the title may be left out. The
values travel in the result, so that a report needs no model; they are a stranger's, so they are checked and escaped.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import xarray as xr
from markupsafe import Markup, escape

from sensitivity.function_model import one_line
from sensitivity.loading import load
from sensitivity.plots import panels, style, svg
from sensitivity.study import ModelUse


@dataclass(frozen=True)
class Table:
    """A table: cells are texts."""

    caption: str
    heads: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Page:
    """One page, ready to be printed."""

    title: str
    text: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figures: list[Markup] = field(default_factory=list)


def collect(use: ModelUse) -> str:
    """Ask the model for its pages, as JSON; a model that cannot say them says why, and the run is kept."""
    try:
        found: Any = getattr(load(use), "report_pages", list)()
        text = json.dumps(found, allow_nan=False)
        _pages(json.loads(text))
    except Exception as error:  # a stranger's code, after hours of computing
        return json.dumps([{"title": "Pages of the model", "text": [f"report_pages() failed: {one_line(error)}"]}])
    return text


def pages(tree: xr.DataTree) -> list[Page]:
    """Pages that the result carries."""
    return _pages(json.loads(tree["provenance"].attrs.get("pages", "[]")))


def _pages(found: Sequence[dict[str, Any]]) -> list[Page]:
    return [
        Page(
            str(page["title"]),
            [str(sentence) for sentence in page.get("text", [])],
            [_table(one) for one in page.get("tables", [])],
            [_figure(one, f"page-{i}-{k}") for k, one in enumerate(page.get("figures", []))],
        )
        for i, page in enumerate(found)
    ]


def _table(one: dict[str, Any]) -> Table:
    heads = [str(head) for head in one["heads"]]
    rows = [[_cell(value) for value in row] for row in one["rows"]]
    if any(len(row) != len(heads) for row in rows):
        raise ValueError(f"table '{one['caption']}': every row needs {len(heads)} cells")
    return Table(str(one["caption"]), heads, rows)


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) and math.isfinite(value) else str(value)


def _figure(one: dict[str, Any], salt: str) -> Markup:
    drawing = svg.inline(panels.plot([panels.panel(p) for p in one["panels"]]), salt)
    label = escape(style.clean(str(one["caption"]), 200))
    caption = escape(str(one["caption"]))
    picture = drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return Markup(f"{picture}<figcaption>{caption}</figcaption>")  # matplotlib escaped the text of the drawing
