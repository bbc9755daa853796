"""Kaplan-Meier curves of groups of patients from times and events, with Greenwood intervals on the log-log scale.

Kaplan and Meier (1958, doi 10.1080/01621459.1958.10501452); the interval is that of Kalbfleisch and Prentice (1980),
which stays between 0 and 1.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sensitivity.contracts import BoolArray, FloatArray
from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CI = 0.95


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


def data(groups: Mapping[str, tuple[FloatArray, BoolArray]]) -> pd.DataFrame:
    """Return the curves of named groups of (times, events)."""
    return pd.concat({name: curve(*pair) for name, pair in groups.items()}, names=["group"])


def plot(
    groups: Mapping[str, tuple[FloatArray, BoolArray]],
    ax: "Axes | None" = None,
    *,
    title: str,
    event: str,
    unit: str,
    run: str = "",
) -> "Axes":
    """Draw steps with their bands, ticks where patients are censored, and the median in the legend.

    Parameters
    ----------
    event : str
        What happens, such as ``"progression"``.
    unit : str
        Of the times.
    run : str
        Id of the run that the patients come from.
    """
    table = data(groups)
    if ax is None:
        ax = style.new_axes(4.4)
    note = f"bands: {CI:.0%} intervals; ticks: censored"
    style.frame(
        ax, run, title, f"time ({style.clean(unit)})", f"share without {style.clean(event)} (dimensionless)", note
    )
    handles, names = [], []
    for number, name in enumerate(groups):
        part = table.xs(name, level="group")
        assert isinstance(part, pd.DataFrame)
        colour, dash = style.PALETTE[number % len(style.PALETTE)], style.DASHES[number % len(style.DASHES)]
        handles += ax.step(part.index, part["share"], where="post", color=colour, linewidth=1.8, linestyle=dash)
        ax.fill_between(part.index, part["lower"], part["upper"], step="post", color=colour, alpha=0.15, linewidth=0)
        ticks = part[part["censored"] > 0]
        ax.plot(ticks.index, ticks["share"], linestyle="none", marker="|", color=colour, markersize=6)
        names.append(f"{style.clean(name)}: n = {len(groups[name][0]):,}, median {_median(part, style.clean(unit))}")
    ax.set_ylim(0.0, 1.03)
    ax.set_xlim(left=0.0)
    style.legend_below(ax, handles, names, columns=1)
    return ax


def _median(part: pd.DataFrame, unit: str) -> str:
    below = part.index[part["share"] <= 0.5]
    return f"{below[0]:.4g} {unit}" if len(below) else "not reached"
