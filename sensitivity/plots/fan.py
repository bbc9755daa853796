"""How uncertain an output is: its median and the bands of 50 and 90 % of the runs."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import runs, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a time (or a single row): quantiles of the runs, runs that count, runs without a value."""
    found = runs.independent(tree, output)
    y = found.y if found.y.ndim > 1 else found.y[:, None]
    columns = {f"q{100 * q:02.0f}": np.full(y.shape[1], np.nan) for q in QUANTILES}
    counted = np.isfinite(y).sum(axis=0)
    for j in np.flatnonzero(counted):
        for q, name in zip(QUANTILES, columns, strict=True):
            columns[name][j] = np.quantile(y[np.isfinite(y[:, j]), j], q)
    index = pd.Index([np.nan] if found.time is None else found.time.values, name="time")
    return pd.DataFrame({**columns, "runs": counted, "without": len(y) - counted}, index=index)


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None, doses: "list[float] | None" = None) -> "Axes":
    """Draw bands over time with a mark at each of the `doses`, or the distribution of a scalar output."""
    table, found = data(tree, output), runs.independent(tree, output)
    if ax is None:
        ax = style.new_axes(3.8)
    name = f"{style.clean(output)} ({style.clean(found.unit)})"
    note = f"{int(table['runs'].max()):,} runs, {int(table['without'].max()):,} without a value"
    if table["q50"].isna().all():
        style.frame(ax, tree, output, name, "", note)
        style.say(ax, "No run has a value")
        return ax
    dark, light = style.PALETTE[0], style.PALETTE[5]
    if found.time is None:
        style.frame(ax, tree, output, name, "runs (count)", f"{note}; shaded: 50% and 90% of them")
        row = table.iloc[0]
        ax.hist(found.y[np.isfinite(found.y)], bins=40, color=style.MUTED)
        ax.axvspan(row["q05"], row["q95"], color=light, alpha=0.25, linewidth=0, zorder=0.5)
        ax.axvspan(row["q25"], row["q75"], color=light, alpha=0.45, linewidth=0, zorder=0.6)
        ax.axvline(row["q50"], color=style.PALETTE[1], linewidth=2.0)
        return ax
    unit = style.clean(found.time.attrs.get("units", ""))
    style.frame(ax, tree, output, f"time ({unit})", name, f"{note}; bands: 50% and 90% of them")
    ax.fill_between(table.index, table["q05"], table["q95"], color=light, alpha=0.35, linewidth=0)
    ax.fill_between(table.index, table["q25"], table["q75"], color=light, alpha=0.7, linewidth=0)
    ax.plot(table.index, table["q50"], color=dark, linewidth=2.0)
    style.dose_marks(ax, tree, output, doses)
    return ax
