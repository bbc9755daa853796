"""ST (or mu_star) of a time course over time: the strongest factors with interval ribbons, the others in grey."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP = 6
"""Factors in colour: more lines than this cannot be told apart."""

WIDEST = (-0.3, 1.3)
"""Sobol' indices outside are noise of a vanishing variance: the axis does not stretch to them, and says so."""


def method(tree: xr.DataTree, output: str) -> str:
    """Method of the time course: Sobol' when there is one, else Morris.

    Raises
    ------
    KeyError
        When the result holds no indices of this output over time.
    """
    for name in RANKED_BY:
        if f"{name}_time" in tree.children and output in tree[f"{name}_time"].children:
            return name
    raise KeyError(f"the result holds no indices over time of '{output}'")


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor and time: label, whether it is among the strongest, index with bounds.

    The factors come in the order of their index of the whole time course.
    """
    name = method(tree, output)
    index = RANKED_BY[name]
    order = [str(factor) for factor in tree.sa.rank(output, method=name).index]
    node = tree[f"{name}_time/{output}"].to_dataset().sel(factor=order)
    known = style.labels(tree)
    bounds = node[f"{index}_ci"].transpose("factor", "time", "ci_bound").values
    n = node.sizes["time"]
    return pd.DataFrame(
        {
            "label": np.repeat([known[factor] for factor in order], n),
            "strongest": np.repeat(np.arange(len(order)) < TOP, n),
            index: node[index].transpose("factor", "time").values.ravel(),
            f"{index}_lower": bounds[..., 0].ravel(),
            f"{index}_upper": bounds[..., 1].ravel(),
        },
        index=pd.MultiIndex.from_product([order, node["time"].values], names=["factor", "time"]),
    )


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None, doses: "list[float] | None" = None) -> "Axes":
    """Draw lines and ribbons, and a mark at each of the `doses` (times).

    Lines have gaps where the index is undefined, and the note counts those times.
    """
    table, name = data(tree, output), method(tree, output)
    index = RANKED_BY[name]
    time = tree[f"{name}_time/{output}"]["time"]
    if ax is None:
        ax = style.new_axes(4.6)
    x = f"time ({style.clean(time.attrs.get('units', ''))})"
    shares = METHODS[name].shares
    if shares:
        y = "ST, total Sobol' index (dimensionless)"
    else:
        y = f"μ* ({style.unit(tree, output, name)} per unit of quantile)"
    undefined = table[index].isna().groupby(level="time").all()
    if undefined.all():
        style.frame(ax, tree, output, x, y)
        style.say(ax, style.why_undefined(name, METHODS[name].least if shares else 0).capitalize())
        return ax
    _lines(ax, table, index)
    low, high = ax.get_ylim()
    low = min(low, 0.0)
    notes = [f"bands: {style.level(tree, name, index)} intervals"]
    if undefined.any():
        notes.append(f"undefined at {undefined.sum()} of {len(undefined)} times")
    if shares and (low < WIDEST[0] or high > WIDEST[1]):
        notes.append("cut at the frame where the output hardly varies")
        low, high = max(low, WIDEST[0]), min(high, WIDEST[1])
    ax.set_ylim(low, high)
    style.frame(ax, tree, output, x, y, "; ".join(notes))
    room = 0.02 * float(time.max() - time.min())
    ax.set_xlim(float(time.min()) - room, float(time.max()) + room)  # also where the index is undefined
    style.dose_marks(ax, tree, output, doses)
    return ax


def _lines(ax: "Axes", table: pd.DataFrame, index: str) -> None:
    strong = table[table["strongest"]]
    weak = table[~table["strongest"]]
    handles, names = [], []
    for number, (_, course) in enumerate(strong.groupby(level="factor", sort=False)):
        colour, times = style.PALETTE[number], course.index.get_level_values("time")
        ax.fill_between(times, course[f"{index}_lower"], course[f"{index}_upper"], color=colour, alpha=0.2, linewidth=0)
        dash = style.DASHES[number % len(style.DASHES)]
        handles += ax.plot(times, course[index], color=colour, linewidth=1.6, linestyle=dash)
        names.append(str(course["label"].iloc[0]))
    others = []
    for _, course in weak.groupby(level="factor", sort=False):
        times = course.index.get_level_values("time")
        others += ax.plot(times, course[index], color=style.LINE, linewidth=1.0, zorder=1.5)
    if others:
        handles.append(others[0])
        names.append(f"{len(others)} others")
    ax.axhline(0.0, color=style.MUTED, linewidth=0.8)
    style.legend_below(ax, handles, names, columns=2)
