"""CUSUNORO curves: cumulative sums of the normalised output, sorted by each factor.

A curve that stays near zero belongs to a factor that does not move the mean of the output; one above zero falls with
the factor's middle, one below rises (Plischke 2012, doi 10.1016/j.ress.2011.12.013).
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import runs, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP = 6
STEPS = 101


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor and share of the runs: label, whether among the strongest, cumulative sum."""
    found = runs.scalar(tree, output)
    fine = np.isfinite(found.y)
    y = found.y[fine]
    spread = y.std() if y.size else 0.0
    normal = (y.mean() - y) / spread if spread > 0.0 else np.full(y.shape, np.nan)
    at, known, parts = np.linspace(0.0, 1.0, STEPS), style.labels(tree), []
    for number, name in enumerate(runs.strongest(tree, output, found.factors)):
        order = np.argsort(found.u[fine][:, found.column(name)], kind="stable")
        curve = np.concatenate([[0.0], np.cumsum(normal[order]) / max(1, y.size)])
        index = pd.MultiIndex.from_product([[name], at], names=["factor", "share"])
        value = curve[np.round(at * y.size).astype(int)]
        parts.append(pd.DataFrame({"label": known[name], "strongest": number < TOP, "sum": value}, index=index))
    return pd.concat(parts)


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the curves, the strongest factors in colour."""
    table = data(tree, output)
    if ax is None:
        ax = style.new_axes(4.6)
    x, y = "share of the runs, sorted by the factor (dimensionless)", "cumulative normalised output (dimensionless)"
    style.frame(ax, tree, output, x, y, "flat: the factor does not move the mean")
    if table["sum"].isna().all():
        style.say(ax, "The output does not vary")
        return ax
    style.courses(ax, table, "sum", "share")
    return ax
