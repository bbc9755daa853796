"""The variance ledger of every output: what each source of variation adds, as parts of one bar."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def data(tree: xr.DataTree, output: str | None = None) -> pd.DataFrame:
    """Return one row an output and entry: share with bounds; all outputs unless told.

    Raises
    ------
    KeyError
        When the study asked for none.
    """
    table: pd.DataFrame = tree.sa.ledger()
    return table if output is None else table.loc[[output]]


def plot(tree: xr.DataTree, output: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw a bar an output; parts of at least 6 % hold their percentage."""
    table = data(tree, output)
    outputs = list(dict.fromkeys(table.index.get_level_values("output")))
    entries = list(dict.fromkeys(table.index.get_level_values("entry")))
    if ax is None:
        ax = style.new_axes(2.0 + 0.45 * len(outputs) + 0.12 * len(entries))
    x = "share of the output's variance (dimensionless)"
    style.frame(ax, tree, "Variance ledger", x, "", "each part: what it explains beyond those before it")
    start, handles = np.zeros(len(outputs)), []
    for number, entry in enumerate(entries):
        share = table["share"].xs(entry, level="entry").loc[outputs].to_numpy(dtype=float)
        width = np.clip(np.nan_to_num(share), 0.0, None)
        hatch = "" if number < len(style.PALETTE) else "///"
        colour = style.PALETTE[number % len(style.PALETTE)]
        bars = ax.barh(
            range(len(outputs)), width, left=start, height=0.65, color=colour, hatch=hatch, edgecolor="#ffffff"
        )
        handles.append(bars)
        for i, part in enumerate(width):
            if part >= 0.06:
                middle, words = start[i] + part / 2.0, f"{part:.0%}"
                ax.text(middle, i, words, ha="center", va="center", size=style.TEXT, color=style.on(colour))
        start += width
    style.rows(ax, [style.clean(name) for name in outputs])
    style.legend_below(ax, handles, [style.clean(name) for name in entries], columns=min(4, len(entries)))
    return ax
