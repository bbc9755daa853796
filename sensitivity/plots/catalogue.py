"""The figures of a result in one table: what each shows and what it needs from the tree.

The accessor's ``dt.sa.plot``, the command and the report look here. A new figure is a module of this room with
``data`` and ``plot``, and one entry.
"""

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Entry:
    """A figure: its module in this room, what it shows, and the nodes or ``node:variable`` that it needs.

    ``{method}`` stands for the method that answers, ``*_time`` for that of any method.
    """

    module: str
    shows: str
    needs: tuple[str, ...]
    whole: bool = False
    """Whether it shows all outputs together when no output is named."""
    across: bool = False
    """Whether it shows scenarios together; the others show one."""

    def __str__(self) -> str:
        """What it shows."""
        return self.shows


RUNS = ("design", "runs")

FIGURES: Mapping[str, Entry] = {
    "bars": Entry("bars", "S1 and ST of every factor with intervals", ("{method}:ST",)),
    "morris": Entry("morris", "strength against interaction or curvature", ("morris",)),
    "tornado": Entry("tornado", "change of the output at both ends of each factor", RUNS),
    "over_time": Entry("over_time", "indices of a time course over time", ("*_time",)),
    "stacked": Entry("stacked", "shares of the variance over time, stacked", ("sobol_time",)),
    "convergence": Entry("convergence", "indices as the design doubles", ("{method}_convergence",)),
    "ranks": Entry("ranks", "probability of each rank", ("{method}:rank_probability",)),
    "rsa": Entry("rsa", "factors among resistant and responding runs", ("given", *RUNS)),
    "scatter": Entry("scatter", "runs and their mean along a factor", RUNS),
    "cusunoro": Entry("cusunoro", "cumulative normalised output along every factor", RUNS),
    "fan": Entry("fan", "median and bands of an output", RUNS),
    "failures": Entry("failures", "where runs failed", RUNS),
    "interactions": Entry("interactions", "second-order indices of pairs", ("{method}:S2",)),
    "pawn": Entry("pawn", "distributions of the output in slices of a factor", ("given", *RUNS)),
    "dose_response": Entry("dose_response", "output along a factor at levels of another", RUNS),
    "screening": Entry("screening", "check of a screening", ("andres",), whole=True),
    "compare": Entry("compare", "indices in each scenario", ("{method}:scenario",), across=True),
    "ledger": Entry("ledger", "shares of the variance by source", ("{method}_ledger",), whole=True),
    "kaplan_meier": Entry(
        "kaplan_meier", "survival of the patients of one trial", ("patients:time", "patients:event"), whole=True
    ),
    "waterfall": Entry("waterfall", "best change of each patient of one trial", ("patients:change",), whole=True),
    "swimmer": Entry(
        "swimmer",
        "time, response and end of patients of one trial",
        ("patients:time", "patients:responded", "patients:end", "patients:best"),
        whole=True,
    ),
}
"""By name, in the order in which a reader asks for them."""

WORDS: Mapping[str, str] = {
    "design": "the runs themselves",
    "runs": "the runs themselves",
    "morris": "a Morris design",
    "andres": "a screening that was checked",
    "*_time": "indices over time",
    "sobol_time": "Sobol' indices over time",
    "given": "given-data indices",
    "{method}:ST": "total indices",
    "{method}:S2": "second-order indices (design.second_order)",
    "{method}:scenario": "scenarios",
    "{method}:rank_probability": "probabilities of ranks",
    "{method}_convergence": "indices at growing sizes of the design",
    "{method}_ledger": "a ledger (analysis.ledger)",
    **dict.fromkeys(
        (f"patients:{name}" for name in ("time", "event", "change", "responded", "end", "best")),
        "patients (a model of a trial)",
    ),
}
"""What a need is called to a reader."""


def figure(name: str) -> ModuleType:
    """Return the module of a figure, with its functions ``data`` and ``plot``.

    Raises
    ------
    KeyError
        When there is no such figure; names those there are.
    """
    if name not in FIGURES:
        raise KeyError(f"no figure '{name}'; there are {', '.join(FIGURES)}")
    return import_module(f"sensitivity.plots.{FIGURES[name].module}")


def lacking(tree: xr.DataTree, name: str) -> list[str]:
    """What a figure needs and the result does not hold; empty when it can be drawn.

    Raises
    ------
    KeyError
        When there is no such figure; names those there are.
    """
    figure(name)
    needs = FIGURES[name].needs
    return list(dict.fromkeys(WORDS[n] for n in needs if not _holds(tree, n.format(method=tree.sa.method))))


def _holds(tree: xr.DataTree, need: str) -> bool:
    node, _, variable = need.partition(":")
    if node.startswith("*"):
        return any(child.endswith(node[1:]) and not child.startswith("outputs") for child in tree.children)
    if node not in tree.children:
        return False
    return not variable or variable in tree[node].to_dataset().variables or variable in tree[node].to_dataset().dims


class Figure:
    """One figure of one result: call it to draw, ask its `table` for the numbers drawn."""

    def __init__(self, tree: xr.DataTree, name: str) -> None:
        self._tree, self._name = tree, name
        self.__doc__ = FIGURES[name].shows

    def __call__(self, output: str | None = None, ax: "Axes | None" = None, **options: Any) -> "Axes":
        """Draw one output, the first unless told, on `ax` or on a new figure; return the axes.

        In a notebook a new figure is also shown.

        Raises
        ------
        KeyError
            When the result lacks what the figure needs, or has no such output or factor.
        """
        axes: Axes = self._function("plot")(self._tree, self._output(output), ax=ax, **options)
        if ax is None and "ipykernel" in sys.modules:
            _show(axes)
        return axes

    def table(self, output: str | None = None, **options: Any) -> pd.DataFrame:
        """Return the numbers drawn, as a tidy table.

        Raises
        ------
        KeyError
            As when it is drawn.
        """
        found: pd.DataFrame = self._function("data")(self._tree, self._output(output), **options)
        return found

    def _function(self, name: str) -> Callable[..., Any]:
        missing = lacking(self._tree, self._name)
        if missing:
            raise KeyError(f"the figure '{self._name}' needs {', '.join(missing)}, which the result does not hold")
        function: Callable[..., Any] = getattr(figure(self._name), name)
        return function

    def _output(self, output: str | None) -> str | None:
        known: list[str] = self._tree.sa.outputs
        if output is not None and output not in known:
            raise KeyError(f"no output '{output}'; there are {', '.join(known)}")
        if output is not None or FIGURES[self._name].whole:
            return output
        timed = FIGURES[self._name].needs[0].endswith("_time")
        return next(iter(self._tree.sa.courses), known[0]) if timed else known[0]


def _show(axes: "Axes") -> None:
    from IPython.display import Image, display

    picture, drawn = io.BytesIO(), axes.get_figure(root=True)
    assert drawn is not None
    drawn.savefig(picture, format="png", dpi=110)
    display(Image(picture.getvalue()))


class Plots:
    """Figures of one result, each by its name: ``dt.sa.plot.bars(output)``; ``list(dt.sa.plot)`` names the drawable."""

    def __init__(self, tree: xr.DataTree) -> None:
        self._tree = tree

    def __getattr__(self, name: str) -> Figure:
        if name.startswith("_") or name not in FIGURES:
            raise AttributeError(f"no figure '{name}'; there are {', '.join(FIGURES)}")
        return Figure(self._tree, name)

    def __dir__(self) -> list[str]:
        return list(FIGURES)

    def __iter__(self) -> Iterator[str]:
        return (name for name in FIGURES if not lacking(self._tree, name))
