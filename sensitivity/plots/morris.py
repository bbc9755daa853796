"""The Morris plane of one output: strength (mu_star) against interaction or curvature (sigma), with intervals.

The guide lines sigma / mu_star = 0.1, 0.5 and 1 part factors that act almost linearly, monotonically, almost
monotonically, and non-monotonically or by interaction (Garcia Sanchez et al. 2014, doi 10.1016/j.enbuild.2012.08.048).
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.plots import style
from sensitivity.plots.placement import place_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

GUIDES = (0.1, 0.5, 1.0)


def data(tree: xr.DataTree, output: str) -> pd.DataFrame:
    """Return one row a factor: label, mechanism, mu_star, mu and sigma with bounds, trajectories used."""
    table = style.ranked(tree, output, "morris")
    known = style.mechanisms(tree)
    table.insert(1, "mechanism", [known[str(name)] for name in table.index])
    return table


def plot(tree: xr.DataTree, output: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the plane; labels go to the strongest factors first, and the note counts those without room."""
    table = data(tree, output)
    if ax is None:
        ax = style.new_axes(5.2)
    effect = f"{style.unit(tree, output, 'morris')} per unit of quantile"
    x, y = f"μ*, mean absolute effect ({effect})", f"σ, standard deviation of the effects ({effect})"
    note = f"lines: {style.level(tree, 'morris', 'mu_star')} intervals"
    drawn = table.dropna(subset=["mu_star", "sigma"])
    if drawn.empty:
        style.frame(ax, tree, output, x, y)
        style.say(ax, style.why_undefined("morris", 0).capitalize())
        return ax
    style.frame(ax, tree, output, x, y, note)
    colours = _points(ax, drawn)
    _limits(ax, drawn)
    guides = _guides(ax)
    points = list(zip(drawn["mu_star"], drawn["sigma"], strict=True))
    labels = place_labels(ax, points, list(drawn["label"]), colours, guides, _whiskers(ax))
    left_out, undefined = len(drawn) - len(labels), len(table) - len(drawn)
    if left_out:
        note += f"; {left_out} of {len(drawn)} factors without room for a label"
    if undefined:
        note += f"; {undefined} undefined and not drawn"
    ax.texts[0].set_text(note)
    return ax


def _points(ax: "Axes", table: pd.DataFrame) -> list[str]:
    """Draw points with whiskers, coloured by mechanism where they are few; return the colour of each point."""
    kinds = sorted(set(table["mechanism"]))  # the same colour in the figure of every output
    few = 1 < len(kinds) <= len(style.PALETTE)
    number = {kind: i if few else 0 for i, kind in enumerate(kinds)}
    for kind in kinds if few else [None]:
        part = table if kind is None else table[table["mechanism"] == kind]
        i = 0 if kind is None else number[kind]
        ax.hlines(part["sigma"], part["mu_star_lower"], part["mu_star_upper"], color=style.PALETTE[i], linewidth=0.8)
        ax.vlines(part["mu_star"], part["sigma_lower"], part["sigma_upper"], color=style.PALETTE[i], linewidth=0.8)
        ax.plot(
            part["mu_star"],
            part["sigma"],
            linestyle="none",
            marker=style.MARKERS[i],
            color=style.PALETTE[i],
            markersize=5,
        )
    if few:
        style.legend_below(ax, ax.get_lines(), [kind or "other" for kind in kinds], columns=4)
    return [style.PALETTE[number[kind]] for kind in table["mechanism"]]


def _whiskers(ax: "Axes") -> "list[Bbox]":
    """Places of the interval lines in pixels: labels had better not cross them."""
    from matplotlib.collections import LineCollection
    from matplotlib.transforms import Bbox

    lines = [line for c in ax.collections if isinstance(c, LineCollection) for line in c.get_segments()]
    return [Bbox(ax.transData.transform(line)) for line in lines]


def _limits(ax: "Axes", table: pd.DataFrame) -> None:
    """Everything drawn inside, with zero and whatever interval reaches below it."""
    for name, set_limits in (("mu_star", ax.set_xlim), ("sigma", ax.set_ylim)):
        values = table[[name, f"{name}_lower", f"{name}_upper"]].to_numpy(dtype=float)
        low, high = min(0.0, float(np.nanmin(values))), float(np.nanmax(values))
        room = 0.05 * (high - low) or 1.0
        set_limits(low - room, high + room)


def _guides(ax: "Axes") -> "list[Bbox]":
    """Lines of constant sigma / mu_star out to the frame; return the places of their labels."""
    (left, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    ax.axhline(0.0, color=style.MUTED, linewidth=0.6)
    ax.axvline(0.0, color=style.MUTED, linewidth=0.6)
    texts = []
    for slope in GUIDES:
        end = min(right, top / slope)
        at_top = slope * end > 0.9 * top  # written to the left of a line that leaves through the top, else above it
        ax.plot([0.0, end], [0.0, slope * end], color=style.MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
        texts.append(
            ax.annotate(
                f"σ/μ* = {slope:g}",
                (end, slope * end),
                xytext=(-12.0, -2.0) if at_top else (-3.0, 3.0),
                textcoords="offset points",
                ha="right",
                va="top" if at_top else "bottom",
                size=style.SMALL,
                color=style.MUTED,
                parse_math=False,
            )
        )
    ax.set_xlim(left, right)
    ax.set_ylim(ax.get_ylim()[0], top)
    ax.figure.canvas.figure.draw_without_rendering()
    return [text.get_window_extent() for text in texts]
