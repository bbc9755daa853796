"""How ST (or mu_star) of the strongest factors settles as the design doubles, with interval ribbons."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP = 6
"""Factors in colour: more lines than this cannot be told apart."""


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor and size of the design: label and index with bounds, strongest factors only."""
    method: str = tree.sa.method
    index = RANKED_BY[method]
    order = [str(factor) for factor in tree.sa.rank(output).index[:TOP]]
    node = tree[f"{method}_convergence"].to_dataset().sel(output=output, factor=order)
    known, n = style.labels(tree), node.sizes["blocks"]
    bounds = node[f"{index}_ci"].transpose("factor", "blocks", "ci_bound").values
    return pd.DataFrame(
        {
            "label": np.repeat([known[factor] for factor in order], n),
            index: node[index].transpose("factor", "blocks").values.ravel(),
            f"{index}_lower": bounds[..., 0].ravel(),
            f"{index}_upper": bounds[..., 1].ravel(),
        },
        index=pd.MultiIndex.from_product([order, node["blocks"].values], names=["factor", "blocks"]),
    )


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw lines and ribbons against the size of the design, one doubling a step."""
    table, method = data(tree, output), tree.sa.method
    index = RANKED_BY[method]
    if ax is None:
        ax = style.new_axes(4.2)
    entry = METHODS[method]
    y = "ST, total Sobol' index (dimensionless)"
    if not entry.shares:
        y = f"μ* ({style.unit(tree, output, method)} per unit of quantile)"
    style.frame(ax, tree, output, entry.used, y, f"bands: {style.level(tree, method, index)} intervals")
    if table[index].isna().all():
        style.say(ax, style.why_undefined(method, entry.least if entry.shares else 0).capitalize())
        return ax
    handles, names = [], []
    for number, (_, course) in enumerate(table.groupby(level="factor", sort=False)):
        colour, sizes = style.PALETTE[number], course.index.get_level_values("blocks")
        ax.fill_between(sizes, course[f"{index}_lower"], course[f"{index}_upper"], color=colour, alpha=0.2, linewidth=0)
        dash, marker = style.DASHES[number % len(style.DASHES)], style.MARKERS[number]
        handles += ax.plot(sizes, course[index], color=colour, linewidth=1.6, linestyle=dash, marker=marker, ms=4)
        names.append(str(course["label"].iloc[0]))
    sizes = table.index.get_level_values("blocks").unique()
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    if entry.shares:  # intervals of the smallest designs may be wider than all that can be
        low, high = ax.get_ylim()
        ax.set_ylim(max(low, -0.3), min(high, 1.3))
    ax.axhline(0.0, color=style.MUTED, linewidth=0.8)
    style.legend_below(ax, handles, names, columns=2)
    return ax
