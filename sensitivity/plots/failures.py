"""Where in the space of factors runs fail: the share of failed runs in each tenth of each factor's quantiles."""

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import cells, runs, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 10


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor, the one that failures follow most first: label and share of failed runs by tenth."""
    found = runs.independent(tree, output)
    known, rates = style.labels(tree), []
    for i in range(len(found.factors)):
        tenth = np.minimum((found.u[:, i] * BINS).astype(int), BINS - 1)
        runs_in = np.bincount(tenth, minlength=BINS)
        bad = np.bincount(tenth, weights=found.failed.astype(float), minlength=BINS)
        rates.append(np.divide(bad, runs_in, out=np.full(BINS, np.nan), where=runs_in > 0))
    table = pd.DataFrame(rates, index=pd.Index(found.factors, name="factor"), columns=range(1, BINS + 1))
    spread = table.max(axis=1) - table.min(axis=1)
    table.insert(0, "label", [known[name] for name in found.factors])
    return table.loc[spread.sort_values(ascending=False, kind="stable").index]


def worst_pair(tree: xr.DataTree, output: str) -> str:
    """Say in which quarters of which two factors most runs fail; nothing where none did."""
    found = runs.independent(tree, output)
    worst, words, known = 0.0, "", style.labels(tree)
    quarter = np.minimum((found.u * 4).astype(int), 3)
    for i in range(len(found.factors)):
        for j in range(i):
            cell = quarter[:, i] * 4 + quarter[:, j]
            n = np.bincount(cell, minlength=16)
            bad = np.bincount(cell, weights=found.failed.astype(float), minlength=16)
            rate = np.divide(bad, n, out=np.zeros(16), where=n >= 8)
            if rate.max() > worst:
                worst, at = float(rate.max()), divmod(int(rate.argmax()), 4)
                names = (known[found.factors[i]], known[found.factors[j]])
                words = f"worst pair: {worst:.0%} in quarter {at[0] + 1} of {names[0]} with {at[1] + 1} of {names[1]}"
    return words


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the map; the axis below names the tenths."""
    table, found = data(tree, output), runs.independent(tree, output)
    if ax is None:
        ax = style.new_axes(1.6 + 0.28 * len(table))
    failed, total = int(found.failed.sum()), len(found.failed)
    style.frame(
        ax,
        tree,
        f"Failed runs: {failed:,} of {total:,}",
        "tenth of the factor's quantiles (dimensionless)",
        "",
        "numbers: failed runs in %; blank: none",
    )
    values = table.drop(columns="label").to_numpy(dtype=float)
    told = [[f"{100 * v:.1f}" if v > 0.0 else "" for v in line] for line in values]
    top = float(np.nanmax(values)) or 1.0
    cells.draw(ax, values, list(table["label"]), [str(i) for i in range(1, BINS + 1)], told, top=top)
    if not failed:
        style.say(ax, "No run failed")
    else:
        pair = "\n".join(wrap(style.clean(worst_pair(tree, output), 240), 62))
        ax.set_xlabel(f"{ax.get_xlabel()}\n{pair}")
    return ax
