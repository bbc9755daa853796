"""Best change of tumour size of every patient as a waterfall, from the largest growth to the deepest response.

Bounds of response are those of RECIST 1.1 for the sum of diameters: +20 % and -30 % (Eisenhauer et al. 2009,
doi 10.1016/j.ejca.2008.10.026).
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PROGRESSION, RESPONSE = 0.2, -0.3
CAP = 1.0
"""Growth above a doubling is drawn as a doubling, and counted."""


def data(tree: xr.DataTree, output: str | None = None, *, by: str | None = None) -> pd.DataFrame:
    """Return one row a patient, largest growth first: change relative to baseline, and group by the column `by`.

    Raises
    ------
    KeyError
        When there is no such column; names those there are.
    ValueError
        When a change is below -1.
    """
    patients = tree["patients"].to_dataset()
    change = np.asarray(patients["change"].values, dtype=float)
    if (change < -1.0).any():
        raise ValueError("a tumour cannot shrink by more than all of it: changes are shares of the baseline")
    group = np.full(len(change), "", dtype=object)
    for name, who in style.parted(patients, by).items():
        group[who] = name
    table = pd.DataFrame({"change": change, "group": group}, index=pd.Index(patients["patient"].values, name="patient"))
    return table.dropna(subset=["change"]).sort_values("change", ascending=False, kind="stable")


def plot(tree: xr.DataTree, output: str | None = None, ax: "Axes | None" = None, *, by: str | None = None) -> "Axes":
    """Draw a bar a patient, coloured by group (best response where there is one), with the bounds of both."""
    patients = tree["patients"].to_dataset()
    table = data(tree, by="best" if by is None and "best" in patients else by)
    if ax is None:
        ax = style.new_axes(4.0)
    y = "best change from baseline (dimensionless)"
    missing, capped = patients.sizes["patient"] - len(table), int((table["change"] > CAP).sum())
    note = style.of_patients(patients)
    note += f"; {missing} undefined and not drawn" if missing else ""
    note += f"; {capped} above +{CAP:.0%} cut there" if capped else ""
    style.frame(ax, tree, "Best change of tumour size", "patients, sorted by their change", y, note)
    at, handles, names = np.arange(len(table)), [], list(dict.fromkeys(table["group"]))
    colour = style.group_colours(table["group"])
    for name in names:
        part = (table["group"] == name).to_numpy()
        height = np.minimum(table["change"].to_numpy()[part], CAP)
        handles.append(ax.bar(at[part], height, width=1.0, color=colour[name]))
    for bound, word in ((PROGRESSION, "+20 %"), (RESPONSE, "−30 %")):
        ax.axhline(bound, color=style.INK, linewidth=0.9, linestyle=(0, (4, 3)))
        ax.annotate(word, (1.0, bound), xycoords=("axes fraction", "data"), xytext=(-3, 2), textcoords="offset points",
                    ha="right", va="bottom", size=style.SMALL, color=style.INK, parse_math=False)  # fmt: skip
    ax.axhline(0.0, color=style.MUTED, linewidth=0.8)
    ax.set_xticks([])
    ax.set_xlim(-0.5, max(len(table), 1) - 0.5)
    ax.set_ylim(-1.05, max(0.35, min(CAP, float(table["change"].max())) + 0.05) if len(table) else 1.0)
    counts = table["group"].value_counts()
    style.legend_below(ax, handles, [f"{style.clean(name)} ({counts[name]})" for name in names], columns=4)
    return ax
