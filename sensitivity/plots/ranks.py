"""How sure the order is: the probability of each rank of each factor, as a heat map."""

from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from sensitivity.methods.catalogue import RANKED_BY
from sensitivity.plots import cells, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CROWDED = 20
"""Ranks of which each bears its number."""


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor, the strongest first: label and the probability of every rank.

    Raises
    ------
    KeyError
        When the method has no independent replicates to draw rankings from.
    """
    node = tree[tree.sa.method].to_dataset()
    if "rank_probability" not in node:
        raise KeyError(f"the result does not say how sure its ranking is ({tree.sa.method})")
    order = [str(factor) for factor in tree.sa.rank(output).index]
    chances = node["rank_probability"].sel(output=output, factor=order).transpose("factor", "rank").to_pandas()
    known = style.labels(tree)
    assert isinstance(chances, pd.DataFrame)
    chances.columns = pd.Index([int(rank) for rank in node["rank"].values])
    chances.insert(0, "label", [known[name] for name in order])
    return chances


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the map; each cell of at least 5 % holds its percentage."""
    table = data(tree, output)
    if ax is None:
        ax = style.new_axes(1.6 + 0.28 * len(table))
    values = table.drop(columns="label")
    style.frame(ax, tree, output, f"rank by {RANKED_BY[tree.sa.method]}", "", "probability of each rank in %")
    n = values.shape[1]
    told = [[f"{v:.0%}"[:-1] if v >= 0.05 else "" for v in line] for line in values.to_numpy(dtype=float)]
    cells.draw(ax, values.to_numpy(dtype=float), list(table["label"]), [str(r) for r in values.columns], told)
    step = 1 if n <= CROWDED else 5  # numbers of two digits would touch
    ax.set_xticks(range(step - 1, n, step), [str(rank) for rank in range(step, n + 1, step)])
    ax.set_xlim(-0.5, n - 0.5)
    return ax
