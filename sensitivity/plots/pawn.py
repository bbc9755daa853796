"""PAWN: how far the distribution of an output moves when one factor is held in a slice of its range."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import runs, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SLICES = 5
STEPS = 201


def data(tree: xr.DataTree, output: str, factor: str | None = None) -> pd.DataFrame:
    """Return one row a value of the output: share of all runs up to there, and of those in each slice of the factor.

    The factor with the largest PAWN index unless told.
    """
    given = tree.sa.given(output)
    found = runs.scalar(tree, output)
    order = map(str, given["pawn_median"].sort_values(ascending=False, kind="stable").index)
    name = factor or next((one for one in order if one in found.factors), None)
    if name is None:
        raise KeyError(f"no factor of '{output}' varies by itself")
    fine = np.isfinite(found.y)
    y, u = found.y[fine], found.u[fine, found.column(name)]
    at = np.quantile(y, np.linspace(0.0, 1.0, STEPS)) if y.size else np.zeros(0)
    columns = {"all": _share(y, at)}
    for i in range(SLICES):
        columns[f"slice {i + 1}"] = _share(y[np.minimum((u * SLICES).astype(int), SLICES - 1) == i], at)
    table = pd.DataFrame(columns, index=pd.Index(at, name=output))
    table.attrs["factor"] = name
    return table


def _share(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    if not values.size:
        return np.full(at.shape, np.nan)
    return np.asarray(np.searchsorted(np.sort(values), at, side="right") / values.size)


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None, factor: str | None = None) -> "Axes":
    """Draw the curves of all runs in black and of the slices from light to dark."""
    import matplotlib as mpl

    table = data(tree, output, factor)
    if ax is None:
        ax = style.new_axes(4.4)
    name = str(table.attrs["factor"])
    row = tree.sa.given(output).loc[name]
    index = f"{row['pawn_median']:.2f} [{row['pawn_median_lower']:.2f}, {row['pawn_median_upper']:.2f}]"
    note = (
        f"PAWN {index}; as published {row['pawn_median_plain']:.2f}, by chance up to {row['pawn_median_critical']:.2f}"
    )
    unit = runs.scalar(tree, output).unit
    x = f"{style.clean(output)} ({style.clean(unit)})"
    style.frame(ax, tree, f"{output}: {style.labels(tree)[name]}", x, "share of the runs (dimensionless)", note)
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.85, SLICES))
    handles = []
    for i in range(SLICES):
        handles += ax.plot(table.index, table[f"slice {i + 1}"], color=shades[i], linewidth=1.5)
    handles += ax.plot(table.index, table["all"], color=style.INK, linewidth=2.0, linestyle="--")
    names = [f"quantiles {i / SLICES:g} to {(i + 1) / SLICES:g}" for i in range(SLICES)]
    style.legend_below(ax, handles, [*names, "all runs"], columns=3)
    return ax
