"""Shares of the variance of a time course over time: S1 of the strongest factors, stacked, and what is left.

What is left above the bars is interaction and the factors not named. First-order indices are drawn as zero where they
fall below it; the table keeps them.
"""

from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP = 6


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a time: S1 of the strongest factors, by name, and the rest up to one.

    Raises
    ------
    KeyError
        When the output is no time course.
    """
    if output not in tree["sobol_time"].children:
        raise KeyError(f"the result holds no indices over time of '{output}'")
    order = [str(factor) for factor in tree.sa.rank(output, method="sobol").index]
    node = tree[f"sobol_time/{output}"].to_dataset().sel(factor=order[:TOP])
    table = node["S1"].transpose("time", "factor").to_pandas()
    assert isinstance(table, pd.DataFrame)
    table.columns = pd.Index([str(name) for name in table.columns])
    table["rest"] = 1.0 - table.clip(lower=0.0).sum(axis=1, min_count=1)
    return table


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None, doses: "list[float] | None" = None) -> "Axes":
    """Draw the areas, with a mark at each of the `doses` (times)."""
    table, known = data(tree, output), style.labels(tree)
    if ax is None:
        ax = style.new_axes(4.4)
    time = tree[f"sobol_time/{output}"]["time"]
    x = f"time ({style.clean(time.attrs.get('units', ''))})"
    note = "above the areas: interactions and other factors"
    defined = table.dropna()
    if len(defined) < len(table):
        note += f"; undefined at {len(table) - len(defined)} of {len(table)} times"
    style.frame(ax, tree, output, x, "S1, share of the variance (dimensionless)", note)
    names = [name for name in table.columns if name != "rest"]
    if defined.empty:
        style.say(ax, "The output does not vary at any time")
        return ax
    shares = defined[names].clip(lower=0.0).to_numpy(dtype=float).T
    areas = ax.stackplot(defined.index, shares, colors=style.PALETTE[: len(names)], alpha=0.85, lw=0)
    ax.set_ylim(0.0, max(1.0, float(shares.sum(axis=0).max())))
    ax.set_xlim(table.index.min(), table.index.max())
    style.dose_marks(ax, tree, output, doses)
    style.legend_below(ax, areas, [known[name] for name in names], columns=2)
    return ax
