"""Kaplan-Meier curves of the patients of one trial, with Greenwood intervals on the log-log scale.

Kaplan and Meier (1958, doi 10.1080/01621459.1958.10501452); the interval is that of Kalbfleisch and Prentice (1980),
which stays between 0 and 1.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.contracts import BoolArray, FloatArray
from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CI = 0.95

LINE = 11.0
"""Points between the lines of numbers at risk."""


def curve(time: FloatArray, event: BoolArray) -> pd.DataFrame:
    """Return one row a time at which something happened: at risk, events, censored, share without event, bounds.

    Parameters
    ----------
    time : (patients,)
        Time of the event, or of the last look.
    event : (patients,)
        Whether the event happened; else the patient is censored.

    Raises
    ------
    ValueError
        When the arrays do not fit, or a time is negative or not finite.
    """
    from scipy.stats import norm

    time, event = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    if time.ndim != 1 or time.shape != event.shape:
        raise ValueError(f"times {time.shape} and events {event.shape} differ")
    if not (np.isfinite(time).all() and (time >= 0.0).all()):
        raise ValueError("a time is negative or not finite")
    at = np.concatenate([[0.0], np.unique(time[time > 0.0])])
    risk = np.array([(time >= t).sum() for t in at])
    events = np.array([(event & (time == t)).sum() for t in at])
    censored = np.array([(~event & (time == t)).sum() for t in at])
    share = np.cumprod(1.0 - events / np.maximum(risk, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (risk * (risk - events)))
        half = norm.ppf(0.5 + CI / 2.0) * np.sqrt(greenwood) / np.abs(np.log(share))
        lower, upper = share ** np.exp(half), share ** np.exp(-half)
    whole = events.cumsum() == 0  # nothing happened yet: no interval
    lower, upper = np.where(whole, 1.0, lower), np.where(whole, 1.0, upper)
    columns = {"at_risk": risk, "events": events, "censored": censored, "share": share, "lower": lower, "upper": upper}
    return pd.DataFrame(columns, index=pd.Index(at, name="time"))


def data(tree: xr.DataTree, output: str | None = None, *, by: str | None = None) -> pd.DataFrame:
    """Return the curve of all patients, or one for each value of the column `by`; one row a group and time.

    Raises
    ------
    KeyError
        When there is no such column; names those there are.
    """
    patients = tree["patients"].to_dataset()
    time, event = patients["time"].values, patients["event"].values.astype(bool)
    found = {name: curve(time[who], event[who]) for name, who in style.parted(patients, by).items()}
    return pd.concat(found, names=["group"])


def plot(tree: xr.DataTree, output: str | None = None, ax: "Axes | None" = None, *, by: str | None = None) -> "Axes":
    """Draw steps with their bands, ticks where patients are censored, numbers at risk, and the median in the legend."""
    patients, table = tree["patients"].to_dataset(), data(tree, by=by)
    if ax is None:
        ax = style.new_axes(4.6)
    unit, event = style.units(patients["time"]), style.clean(patients["event"].attrs.get("long_name", "the event"))
    note = f"{style.of_patients(patients)}; bands: {CI:.0%} intervals; ticks: censored"
    y = "share without event (dimensionless)"
    style.frame(ax, tree, f"Survival without {event}", f"time ({unit})", y, note)
    handles, names, groups = [], [], list(dict.fromkeys(table.index.get_level_values("group")))
    for number, name in enumerate(groups):
        part = table.xs(name, level="group")
        assert isinstance(part, pd.DataFrame)
        colour, dash = style.PALETTE[number % len(style.PALETTE)], style.DASHES[number % len(style.DASHES)]
        handles += ax.step(part.index, part["share"], where="post", color=colour, linewidth=1.8, linestyle=dash)
        ax.fill_between(part.index, part["lower"], part["upper"], step="post", color=colour, alpha=0.15, linewidth=0)
        ticks = part[part["censored"] > 0]
        ax.plot(ticks.index, ticks["share"], linestyle="none", marker="|", color=colour, markersize=6)
        size = int(part["at_risk"].iloc[0])
        names.append(f"{style.clean(name)}: n = {size:,}, median {_median(part, unit)}")
    ax.set_ylim(0.0, 1.03)
    ax.set_xlim(left=0.0)
    _at_risk(ax, table, groups)
    style.legend_below(ax, handles, names, columns=1, down=LINE * (len(groups) + 1.5))
    return ax


def _at_risk(ax: "Axes", table: pd.DataFrame, groups: list[str]) -> None:
    """Numbers at risk at the ticks, a line a group, under the title of the axis."""
    high = ax.get_xlim()[1]
    ticks = [float(t) for t in ax.get_xticks() if 0.0 <= t <= high]
    first = style.LEGEND_BELOW + 2.0
    style.below(ax, 0.0, first, "at risk", ha="left", color=style.MUTED)
    for number, name in enumerate(groups):
        part = table.xs(name, level="group")
        at = np.asarray(part.index, dtype=float)
        colour = style.PALETTE[number % len(style.PALETTE)]
        for tick in ticks:
            later = at >= tick
            left = int(part["at_risk"].to_numpy()[np.argmax(later)]) if later.any() else 0
            style.below(ax, tick / high, first + LINE * (number + 1), f"{left}", ha="center", color=colour)


def _median(part: pd.DataFrame, unit: str) -> str:
    below = part.index[part["share"] <= 0.5 + 1e-12]  # products of fractions round
    return f"{below[0]:.4g} {unit}" if len(below) else "not reached"
