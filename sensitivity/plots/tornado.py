"""What moving each factor to either end of its range does to an output, in the output's unit, with intervals.

An end is a tenth of a factor's quantiles, all other factors varying: the difference to the mean of all runs is an
effect of the factor over its whole range, not of a small step from one point.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import runs, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

END = 0.1
"""Share of the quantiles called an end."""

SIDES = (("low", style.PALETTE[5], "lowest tenth of the factor"), ("high", style.PALETTE[1], "highest tenth"))


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor, the widest first: label, low and high effect with bounds."""
    found = runs.scalar(tree, output)
    known = style.labels(tree)
    fine = np.isfinite(found.y)
    y, u, scramble = found.y[fine], found.u[fine], found.scramble[fine]
    mean = y.mean() if y.size else np.nan
    rows = []
    for i, name in enumerate(found.factors):
        row: dict[str, object] = {"label": known[name]}
        for side, at in (("low", u[:, i] < END), ("high", u[:, i] > 1.0 - END)):
            row[side], row[f"{side}_lower"], row[f"{side}_upper"] = _effect(y[at] - mean, scramble[at])
        rows.append(row)
    table = pd.DataFrame(rows, index=pd.Index(found.factors, name="factor"))
    width = (table["high"] - table["low"]).abs().astype(float)
    return table.loc[width.sort_values(ascending=False, kind="stable").index]


def _effect(y: np.ndarray, scramble: np.ndarray) -> tuple[float, float, float]:
    """Mean with its 95 % t interval, from the means of the independent parts of the design where there are some."""
    from scipy.stats import t

    if y.size == 0:
        return np.nan, np.nan, np.nan
    parts = np.array([y[scramble == s].mean() for s in np.unique(scramble)])
    parts = parts if len(parts) >= 4 else y
    if len(parts) < 2:
        return float(y.mean()), np.nan, np.nan
    half = float(t.ppf(0.975, len(parts) - 1) * parts.std(ddof=1) / np.sqrt(len(parts)))
    return float(y.mean()), float(y.mean()) - half, float(y.mean()) + half


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the bars around the mean."""
    table = data(tree, output)
    if ax is None:
        ax = style.new_axes(1.9 + 0.3 * len(table))
    unit = runs.scalar(tree, output).unit
    style.frame(ax, tree, output, f"change from the mean of all runs ({style.clean(unit)})", "", "lines: 95% intervals")
    y = np.arange(len(table))
    for side, colour, name in SIDES:
        ax.barh(y, table[side].to_numpy(dtype=float), height=0.6, color=colour, label=name)
        ax.hlines(y, table[f"{side}_lower"], table[f"{side}_upper"], color=style.INK, linewidth=1.1)
    ax.axvline(0.0, color=style.MUTED, linewidth=0.8)
    style.rows(ax, list(table["label"]))
    style.legend_below(ax, *ax.get_legend_handles_labels(), columns=2)
    return ax
