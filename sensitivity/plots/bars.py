"""First-order and total indices of one output as bars with their intervals, sorted by the total index."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BARS = (("ST", -0.19, style.PALETTE[0], "ST, total"), ("S1", 0.19, style.PALETTE[4], "S1, alone"))
"""Index, place beside the factor's line, colour and name in the legend."""


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor: label, S1 and ST with bounds, blocks used."""
    return style.ranked(tree, output, tree.sa.method)


def noise_floor(tree: xr.DataTree, output: str) -> float:
    """Index below which this design cannot tell a factor from none; NaN where it cannot be told.

    Half the width of the widest interval among factors whose index is below 0.05 (the criterion ``screening`` of
    convergence). A dummy factor would not do: with a symmetric design its indices are exactly zero.
    """
    node = f"{tree.sa.method}_convergence"
    if node not in tree.children:
        return np.nan
    return float(tree[node].to_dataset()["screening"].sel(output=output).isel(blocks=-1)) / 2.0


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the bars; a new figure grows with the number of factors."""
    table = data(tree, output)
    if ax is None:
        ax = style.new_axes(1.3 + 0.32 * len(table))
    level = style.level(tree, tree.sa.method, "ST")
    style.frame(
        ax,
        tree,
        output,
        "share of the output's variance (dimensionless)",
        "",
        f"lines: {level} intervals",
    )
    y = np.arange(len(table))
    ax.set_yticks(y, list(table["label"]), parse_math=False)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.axvline(0.0, color=style.MUTED, linewidth=0.8)
    for index, offset, colour, name in BARS:
        value = table[index].to_numpy(dtype=float)
        ax.barh(y + offset, value, height=0.34, color=colour, label=name)
        ax.hlines(y + offset, table[f"{index}_lower"], table[f"{index}_upper"], color=style.INK, linewidth=1.1)
    if table["ST"].isna().all():
        style.say(ax, style.why_undefined(tree.sa.method, table["pairs"].max()).capitalize())
        ax.set_xlim(-0.05, 1.0)
        return ax
    for place, (_, row) in zip(y, table.iterrows(), strict=True):
        if np.isnan(row["ST"]):
            reason = style.why_undefined(tree.sa.method, row["pairs"])
            ax.text(0.01, float(place), reason, va="center", size=style.SMALL, color=style.MUTED, parse_math=False)
    floor = noise_floor(tree, output)
    if np.isfinite(floor):
        name = f"noise floor, {floor:.2g}"
        ax.axvline(floor, color=style.PALETTE[1], linewidth=1.2, linestyle=style.DASHES[3], label=name)
    ax.legend(loc="lower right", fontsize=style.TEXT, labelcolor=style.INK, frameon=False)
    return ax
