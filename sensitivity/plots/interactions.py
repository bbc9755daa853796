"""Interactions of pairs: second-order indices as a heat map, blank where the interval holds zero."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import cells, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 15
"""Factors drawn, the strongest: cells of more could not be read."""


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a pair, each once: S2 with bounds, and whether its interval lies above zero.

    Raises
    ------
    KeyError
        When the study asked for no second-order indices.
    """
    node = tree[tree.sa.method].to_dataset()
    if "S2" not in node:
        raise KeyError("the result holds no S2: set design.second_order to true")
    order = [str(factor) for factor in tree.sa.rank(output).index][:MOST]
    value = node["S2"].sel(output=output, factor=order, factor_2=order).transpose("factor", "factor_2").values
    bounds = node["S2_ci"].sel(output=output, factor=order, factor_2=order)
    limits = bounds.transpose("factor", "factor_2", "ci_bound").values
    first, second = np.triu_indices(len(order), 1)
    low = limits[first, second, 0]
    return pd.DataFrame(
        {"S2": value[first, second], "S2_lower": low, "S2_upper": limits[first, second, 1], "told": low > 0.0},
        index=pd.MultiIndex.from_arrays(
            [[order[i] for i in first], [order[j] for j in second]], names=["factor", "factor_2"]
        ),
    )


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw one triangle; columns bear the numbers of the lines."""
    table, known = data(tree, output), style.labels(tree)
    order = [str(factor) for factor in tree.sa.rank(output).index][:MOST]
    if ax is None:
        ax = style.new_axes(1.8 + 0.32 * len(order))
    node = tree[tree.sa.method].to_dataset()
    note = f"blank: the {float(node['S2_ci'].attrs['ci_prob']):.0%} interval holds zero"
    x = "second factor, by its number on the left\nnumbers: S2, share of the variance (dimensionless)"
    factors = len(tree.sa.rank(output))
    if len(order) < factors:
        x += f"; first {len(order)} of {factors} factors"
    style.frame(ax, tree, output, x, "", note)
    values = np.full((len(order), len(order)), np.nan)
    told_pairs = table[table["told"]]
    for (one, two), value in zip(told_pairs.index, told_pairs["S2"], strict=True):
        values[order.index(two), order.index(one)] = value
    told = [[f"{v:.2f}" if np.isfinite(v) else "" for v in line] for line in values]
    lines = [f"{known[name]}  {number}" for number, name in enumerate(order, start=1)]
    top = float(np.nanmax(values)) if table["told"].any() else 1.0
    cells.draw(ax, values, lines, [str(i) for i in range(1, len(order) + 1)], told, top=top)
    if not table["told"].any():
        style.say(ax, "No interaction of two factors can be told from zero")
    return ax
