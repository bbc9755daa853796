"""Best change of tumour size of every patient as a waterfall, from the largest growth to the deepest response.

Bounds of response are those of RECIST 1.1 for the sum of diameters: +20 % and -30 % (Eisenhauer et al. 2009,
doi 10.1016/j.ejca.2008.10.026).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sensitivity.contracts import FloatArray
from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PROGRESSION, RESPONSE = 0.2, -0.3
CAP = 1.0
"""Growth above a doubling is drawn as a doubling, and counted."""


def data(best_change: FloatArray, group: Sequence[str] | None = None) -> pd.DataFrame:
    """Return one row a patient, largest growth first: change relative to baseline, and group.

    Raises
    ------
    ValueError
        When the lengths differ or a change is below -1.
    """
    change = np.asarray(best_change, dtype=float)
    names = [""] * len(change) if group is None else [str(name) for name in group]
    if len(names) != len(change):
        raise ValueError(f"{len(change)} changes and {len(names)} groups")
    if (change < -1.0).any():
        raise ValueError("a tumour cannot shrink by more than all of it: changes are shares of the baseline")
    table = pd.DataFrame({"change": change, "group": names}).dropna(subset=["change"])
    return table.sort_values("change", ascending=False, kind="stable")


def plot(
    best_change: FloatArray,
    group: Sequence[str] | None = None,
    ax: "Axes | None" = None,
    *,
    title: str,
    run: str = "",
) -> "Axes":
    """Draw a bar a patient, coloured by group, with the bounds of progression and response."""
    table = data(best_change, group)
    if ax is None:
        ax = style.new_axes(4.0)
    y = "best change from baseline (dimensionless)"
    missing, capped = len(np.asarray(best_change)) - len(table), int((table["change"] > CAP).sum())
    note = f"n = {len(table):,}"
    note += f"; {missing} undefined and not drawn" if missing else ""
    note += f"; {capped} above +{CAP:.0%} cut there" if capped else ""
    style.frame(ax, run, title, "patients, sorted by their change", y, note)
    at, handles, names = np.arange(len(table)), [], list(dict.fromkeys(table["group"]))
    for number, name in enumerate(names):
        part = (table["group"] == name).to_numpy()
        height = np.minimum(table["change"].to_numpy()[part], CAP)
        handles.append(ax.bar(at[part], height, width=1.0, color=style.PALETTE[number % len(style.PALETTE)]))
    for bound in (PROGRESSION, RESPONSE):
        ax.axhline(bound, color=style.INK, linewidth=0.9, linestyle=(0, (4, 3)))
    ax.axhline(0.0, color=style.MUTED, linewidth=0.8)
    ax.set_xticks([])
    ax.set_ylim(-1.05, max(0.35, min(CAP, float(table["change"].max())) + 0.05) if len(table) else 1.0)
    if names != [""]:
        style.legend_below(ax, handles, [style.clean(name) for name in names], columns=3)
    return ax
