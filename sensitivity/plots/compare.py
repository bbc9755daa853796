"""Scenarios beside each other: the index of each factor in each scenario, joined by lines."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP = 8
"""Factors with a colour and a name: those strongest in any scenario."""

GAP = 0.045
"""Least distance of two names, as a share of the height."""


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor and scenario: label, index with bounds, rank.

    Raises
    ------
    KeyError
        When the result holds one scenario only.
    """
    index = RANKED_BY[tree.sa.method]
    node = tree[tree.sa.method].to_dataset()
    if "scenario" not in node.dims:
        raise KeyError("the result holds no scenarios to compare")
    own = [name for name in node["scenario"].values if " - " not in str(name)]  # the others are differences
    one, known = node.sel(output=output, scenario=own), style.labels(tree)
    value = one[index].transpose("factor", "scenario").values
    bounds = one[f"{index}_ci"].transpose("factor", "scenario", "ci_bound").values
    factors = [str(name) for name in one["factor"].values]
    order = np.argsort(-np.nan_to_num(value, nan=-1.0), axis=0, kind="stable")
    rank = np.argsort(order, axis=0, kind="stable") + 1
    table = pd.DataFrame(
        {
            "label": np.repeat([known[name] for name in factors], value.shape[1]),
            index: value.ravel(),
            f"{index}_lower": bounds[..., 0].ravel(),
            f"{index}_upper": bounds[..., 1].ravel(),
            "rank": rank.ravel(),
        },
        index=pd.MultiIndex.from_product(
            [factors, [str(s) for s in one["scenario"].values]], names=["factor", "scenario"]
        ),
    )
    strongest = table.groupby(level="factor")[index].max().sort_values(ascending=False, kind="stable").index
    return table.loc[list(strongest)]


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw a line a factor; names stand at the right, moved apart where they would meet."""
    table, method = data(tree, output), tree.sa.method
    index = RANKED_BY[method]
    scenarios = list(dict.fromkeys(table.index.get_level_values("scenario")))
    factors = list(dict.fromkeys(table.index.get_level_values("factor")))
    if ax is None:
        ax = style.new_axes(4.8)
    y = f"{index} (dimensionless)"
    if not METHODS[method].shares:
        y = f"μ* ({style.unit(tree, output, method)} per unit of quantile)"
    style.frame(ax, tree, output, "scenario", y, f"lines: {style.level(tree, method, index)} intervals")
    at = np.arange(len(scenarios))
    for number, factor in enumerate(factors):
        part = table.loc[factor].loc[scenarios]
        strong = number < TOP
        colour = style.PALETTE[number % len(style.PALETTE)] if strong else style.LINE
        ax.plot(at, part[index], color=colour, linewidth=1.8 if strong else 0.9, marker="o" if strong else "", ms=4)
        if strong:
            ax.vlines(at, part[f"{index}_lower"], part[f"{index}_upper"], color=colour, linewidth=1.0)
    ax.set_xticks(at, [style.clean(name) for name in scenarios], parse_math=False)
    ax.set_xlim(-0.2, len(scenarios) - 1 + 0.2)
    _names(ax, table, factors[:TOP], scenarios[-1], index)
    return ax


def _names(ax: "Axes", table: pd.DataFrame, factors: list[str], last: str, index: str) -> None:
    """Names outside the right edge, from the lowest up, each at least `GAP` above the one before."""
    low, high = ax.get_ylim()
    at_last = table[index].xs(last, level="scenario")
    ends = sorted((float(at_last[factor]), number) for number, factor in enumerate(factors))
    place = -np.inf
    for value, number in ends:
        place = max((value - low) / (high - low), place + GAP)
        ax.annotate(
            str(table.loc[(factors[number], last), "label"]),
            (1.015, place),
            xycoords="axes fraction",
            va="center",
            size=style.SMALL,
            color=style.INK,
            parse_math=False,
        )
        ax.plot(
            [1.0, 1.012],
            [(value - low) / (high - low), place],
            transform=ax.transAxes,
            color=style.PALETTE[number % len(style.PALETTE)],
            linewidth=1.0,
            clip_on=False,
        )
