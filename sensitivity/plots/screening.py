"""Check of a screening (Andres 1997): correlation with the output when only kept, or only dropped factors vary."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = (("kept", -0.12, style.PALETTE[0], "o"), ("dropped", 0.12, style.PALETTE[1], "s"))


def data(tree: xr.DataTree, output: str | None = None) -> pd.DataFrame:
    """Return one row an output and set of varied factors; all outputs unless told.

    Raises
    ------
    KeyError
        When there was no screening with a check.
    """
    table: pd.DataFrame = tree.sa.screening()
    if table.empty:
        raise KeyError("the study checked no screening (design.screen)")
    return table if output is None else table.loc[[output]]


def plot(tree: xr.DataTree, output: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw a point with its interval for each set; kept factors belong at 1, dropped ones at 0."""
    table = data(tree, output)
    outputs = list(dict.fromkeys(table.index.get_level_values("output")))
    if ax is None:
        ax = style.new_axes(1.9 + 0.4 * len(outputs))
    x = "correlation with the output when all factors vary (dimensionless)"
    style.frame(ax, tree, "Check of the screening", x, "", "lines: 95% intervals")
    style.rows(ax, [style.clean(name) for name in outputs])
    handles = []
    for side, offset, colour, marker in SIDES:
        part = table.xs(side, level="varied").loc[outputs]
        y = np.arange(len(outputs)) + offset
        ax.hlines(y, part["correlation_lower"], part["correlation_upper"], color=colour, linewidth=1.4)
        handles += ax.plot(part["correlation"], y, linestyle="none", marker=marker, color=colour, markersize=6)
    ax.axvline(0.0, color=style.MUTED, linewidth=0.8)
    ax.axvline(1.0, color=style.MUTED, linewidth=0.8)
    style.legend_below(ax, handles, ["only kept factors vary", "only dropped factors vary"], columns=2)
    return ax
