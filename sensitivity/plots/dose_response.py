"""An output along one factor at low, middle and high values of another: whether the second changes the response."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import runs, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = ("low", "middle", "high")
BINS = 10


def data(tree: xr.DataTree, output: str, factor: str | None = None, by: str | None = None) -> pd.DataFrame:
    """Return one row a level of the factor `by` and tenth of `factor`: middle, mean with 95 % bounds, runs.

    The strongest factor along the axis and the next one as levels, unless told.
    """
    from scipy.stats import t

    found = runs.scalar(tree, output)
    order = runs.strongest(tree, output, found.factors)
    name = factor or next(one for one in order if one != by)
    other = by or next((one for one in order if one != name), name)
    x, u, third = found.x[:, found.column(name)], found.u[:, found.column(name)], found.u[:, found.column(other)] * 3
    rows = []
    for i, level in enumerate(LEVELS):
        for j in range(BINS):
            inside = np.isfinite(found.y) & (np.minimum(third, 2).astype(int) == i)
            inside &= np.minimum(u * BINS, BINS - 1).astype(int) == j
            y, n = found.y[inside], int(inside.sum())
            mean = float(y.mean()) if n else np.nan
            half = float(t.ppf(0.975, n - 1) * y.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
            middle = float(np.median(x[inside])) if n else np.nan
            rows.append((level, j + 1, middle, mean, mean - half, mean + half, n))
    table = pd.DataFrame(rows, columns=["level", "tenth", name, "mean", "lower", "upper", "runs"])
    table.attrs |= {"factor": name, "by": other}
    return table.set_index(["level", "tenth"])


def plot(
    tree: xr.DataTree, output: str, ax: "Axes | None" = None, factor: str | None = None, by: str | None = None
) -> "Axes":
    """Draw a line with a ribbon for each third of the second factor."""
    table = data(tree, output, factor, by)
    if ax is None:
        ax = style.new_axes(4.4)
    name, other = str(table.attrs["factor"]), str(table.attrs["by"])
    unit = runs.scalar(tree, output).unit
    y = f"mean of {style.clean(output)} ({style.clean(unit)})"
    style.frame(ax, tree, output, style.factor_axis(tree, name), y, "bands: 95% intervals of the mean")
    handles, names = [], []
    for number, level in enumerate(LEVELS):
        part, colour = table.loc[level], style.PALETTE[number]
        ax.fill_between(part[name], part["lower"], part["upper"], color=colour, alpha=0.2, linewidth=0)
        handles += ax.plot(part[name], part["mean"], color=colour, linewidth=1.8, linestyle=style.DASHES[number])
        names.append(f"{level} third of {style.labels(tree)[other]}")
    if str(tree["parameters"].to_dataset()["dist"].sel(factor=name).item()).startswith("log"):
        ax.set_xscale("log")
    style.legend_below(ax, handles, names, columns=1)
    return ax
