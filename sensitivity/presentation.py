"""What a result shows of itself in a notebook: figures, report, citations, words for its terms, and a card."""

from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import xarray as xr


def _above(where: str) -> Any:
    """Return what draws or writes a result, by its place: it stands above the tables it reads, and is imported late."""
    module, _, name = where.partition(":")
    return getattr(import_module(f"sensitivity.{module}"), name)


class Presentation:
    """Figures and texts of a result; the part of ``dt.sa`` that draws and writes."""

    def __init__(self, tree: xr.DataTree) -> None:
        self._whole = tree

    @cached_property
    def plot(self) -> Any:
        """Figures by name: ``dt.sa.plot.bars(output)`` draws, ``dt.sa.plot.bars.table(output)`` tells the numbers."""
        return _above("plots.catalogue:Plots")(self._whole)

    def report(self, path: "str | Path") -> Path:
        """Write the report as one HTML file; return its path."""
        target = Path(path)
        _above("report:write_report")(self._whole, target)
        return target

    def citations(self) -> str:
        """BibTeX of the methods behind the numbers."""
        text: str = _above("report.citations:bibtex")(self._whole)
        return text

    def explain(self, term: str) -> str:
        """Explain an index, a method, a term or the code of an error, such as ``"ST"``.

        Raises
        ------
        UsageError
            When there is no page on it; names the nearest.
        """
        page: str = _above("explain:explain")(term)
        return page

    def _repr_html_(self) -> str:
        """Return a card for notebooks: verdict and the strongest factors."""
        card: str = _above("report.card:card")(self._whole)
        return card
