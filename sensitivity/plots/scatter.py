"""An output against one factor: the runs themselves, and their mean along the factor."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import runs, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 25
"""Steps of the running mean; each holds as many runs as the others."""


def data(tree: xr.DataTree, output: str, factor: str | None = None) -> pd.DataFrame:
    """Return one row a run, from the smallest value of the factor up: factor, output and running mean.

    The strongest factor unless told.
    """
    found = runs.scalar(tree, output)
    name = factor or runs.strongest(tree, output, found.factors)[0]
    fine = np.isfinite(found.y)
    x, y = found.x[fine, found.column(name)], found.y[fine]
    order = np.argsort(x, kind="stable")
    bins = np.array_split(order, min(BINS, max(1, len(order) // 5)))
    mean = np.concatenate([np.full(len(part), y[part].mean()) for part in bins]) if len(order) else y
    middle = np.concatenate([np.full(len(part), np.median(x[part])) for part in bins]) if len(order) else x
    return pd.DataFrame({name: x[order], output: y[order], "mean": mean, "middle": middle})


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None, factor: str | None = None) -> "Axes":
    """Draw points, as one picture inside the figure, and the mean."""
    table = data(tree, output, factor)
    found, name = runs.scalar(tree, output), str(table.columns[0])
    if ax is None:
        ax = style.new_axes(4.2)
    note = f"{len(table):,} runs; line: mean of bins of equal number"
    style.frame(
        ax, tree, output, style.factor_axis(tree, name), f"{style.clean(output)} ({style.clean(found.unit)})", note
    )
    ax.plot(
        table.iloc[:, 0],
        table.iloc[:, 1],
        linestyle="none",
        marker=".",
        markersize=4.0,
        color=style.PALETTE[0],
        alpha=max(0.2, 0.8 - len(table) / 10_000),  # many points overlap, few must be seen
        markeredgewidth=0.0,
        rasterized=True,
    )
    line = table.drop_duplicates("middle")
    ax.plot(line["middle"], line["mean"], color=style.PALETTE[1], linewidth=2.0)
    law = str(tree["parameters"].to_dataset()["dist"].sel(factor=name).item())
    if law.startswith("log") and len(table) and float(table[name].min()) > 0.0:
        ax.set_xscale("log")
    return ax
