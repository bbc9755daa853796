"""Swimmer plot: each patient's time on treatment as a lane, with the start of the response and what ended it."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LANES = 60
"""Lanes that can be told apart on a page: of more patients, some at equal distances in the order of their times."""


def data(tree: xr.DataTree, output: str | None = None) -> pd.DataFrame:
    """Return one row a patient, longest time first: time, start of the response, end, best response, drawn or not."""
    patients = tree["patients"].to_dataset()
    columns = {name: patients[name].values for name in ("time", "responded", "end", "best")}
    table = pd.DataFrame(columns, index=pd.Index(patients["patient"].values, name="patient"))
    table = table.sort_values("time", ascending=False, kind="stable")
    chosen = np.linspace(0.0, len(table) - 1.0, min(LANES, len(table))).round().astype(int)
    table["drawn"] = np.isin(np.arange(len(table)), chosen)
    return table


def plot(tree: xr.DataTree, output: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw lanes coloured by best response; a dot where the response began, a mark at the end by its kind."""
    patients, whole = tree["patients"].to_dataset(), data(tree)
    table = whole[whole["drawn"]]
    if ax is None:
        ax = style.new_axes(1.8 + 0.075 * len(table))
    unit = style.units(patients["time"])
    note = style.of_patients(patients)
    note += f"; {len(table)} of them, evenly by time" if len(table) < len(whole) else ""
    y = "patients, sorted by their time"
    style.frame(ax, tree, "Time without progression, response and end", f"time ({unit})", y, note)
    at, names = np.arange(len(table)), []
    handles: list[Any] = []
    colour = style.group_colours(whole["best"])
    for best in dict.fromkeys(table["best"]):
        part = (table["best"] == best).to_numpy()
        handles.append(ax.barh(at[part], table["time"].to_numpy()[part], height=0.7, color=colour[best], alpha=0.6))
        names.append(style.clean(str(best)))
    began = table["responded"].to_numpy(dtype=float)
    if np.isfinite(began).any():
        handles += ax.plot(began, at, linestyle="none", marker="o", markersize=3.0, color=style.INK)
        names.append("response began")
    for marker, end in zip(style.MARKERS[1:], dict.fromkeys(table["end"]), strict=False):
        part = (table["end"] == end).to_numpy()
        handles += ax.plot(table["time"].to_numpy()[part], at[part], linestyle="none", marker=marker, markersize=3.5,
                           markerfacecolor="none", color=style.INK)  # fmt: skip
        names.append(f"end: {style.clean(str(end))}")
    ax.set_yticks([])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(left=0.0)
    style.legend_below(ax, handles, names, columns=4)
    return ax
