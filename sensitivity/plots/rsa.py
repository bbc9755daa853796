"""Where resistant runs lie: distributions of the strongest factors among resistant and responding runs.

Monte-Carlo filtering (Hornberger and Spear 1981): the further the two curves are apart, the more the factor decides.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import runs, style
from sensitivity.splits import Split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP = 3
"""Factors drawn: of each two curves."""

STEPS = 101


def data(tree: xr.DataTree, output: str, factors: list[str] | None = None) -> pd.DataFrame:
    """Return one row a factor and quantile: label, share of resistant and of responding runs up to there.

    The factors are those with the largest Kolmogorov-Smirnov distance unless told.
    """
    given = tree.sa.given(output)
    rule = Split.parse(str(tree["given"].to_dataset()["resistant"].sel(output=output).item()))
    found = runs.scalar(tree, output)
    fine = np.isfinite(found.y)
    resistant = rule.resistant(found.y[fine])
    order = map(str, given["ks_distance"].sort_values(ascending=False, kind="stable").index)
    shown = factors or [name for name in order if name in found.factors][:TOP]  # a block's members have no own quantile
    if not shown:
        raise KeyError(f"no factor of '{output}' varies by itself")
    at, known, parts = np.linspace(0.0, 1.0, STEPS), style.labels(tree), []
    for name in shown:
        u = found.u[fine][:, found.column(name)]
        columns: dict[str, object] = {"label": known[name]}
        for side, mask in (("resistant", resistant), ("responding", ~resistant)):
            part = np.sort(u[mask])
            columns[side] = np.searchsorted(part, at, side="right") / part.size if part.size else np.nan
        index = pd.MultiIndex.from_product([[name], at], names=["factor", "quantile"])
        parts.append(pd.DataFrame(columns, index=index))
    return pd.concat(parts)


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None, factors: list[str] | None = None) -> "Axes":
    """Draw solid lines for resistant runs, dashed ones for responding runs."""
    table = data(tree, output, factors)
    if ax is None:
        ax = style.new_axes(4.6)
    words = str(tree["given"].to_dataset()["resistant"].sel(output=output).item())
    note = f"solid: resistant ({words}); dashed: responding"
    style.frame(ax, tree, output, "quantile of the factor (dimensionless)", "share of the runs (dimensionless)", note)
    empty = [side for side in ("resistant", "responding") if table[side].isna().all()]
    if empty:
        style.say(ax, f"No run is {empty[0]}: there is nothing to compare")
        return ax
    given = tree.sa.given(output)
    handles, names = [], []
    for number, (name, course) in enumerate(table.groupby(level="factor", sort=False)):
        colour, at = style.PALETTE[number % len(style.PALETTE)], course.index.get_level_values("quantile")
        handles += ax.plot(at, course["resistant"], color=colour, linewidth=1.8)
        ax.plot(at, course["responding"], color=colour, linewidth=1.4, linestyle="--")
        row = given.loc[str(name)]
        interval = f"[{row['ks_distance_lower']:.2f}, {row['ks_distance_upper']:.2f}]"
        names.append(f"{course['label'].iloc[0]}, KS {row['ks_distance']:.2f} {interval}")
    style.legend_below(ax, handles, names, columns=1)
    return ax
