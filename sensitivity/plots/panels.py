"""Lines and points in panels beside each other: what a model wants shown of itself."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("line", "points")


@dataclass(frozen=True)
class Series:
    """Values to be joined by a line or drawn as points; series of one label share a colour."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: str


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    x: str
    y: str
    log: bool
    series: tuple[Series, ...]


def panel(values: Mapping[str, Any]) -> Panel:
    """Read a panel from plain values.

    Raises
    ------
    KeyError, TypeError, ValueError
        Where one is missing or is not what it must be.
    """
    return Panel(
        str(values["title"]), str(values["x"]), str(values["y"]), bool(values.get("log")),
        tuple(_series(one) for one in values["series"]),
    )  # fmt: skip


def _series(values: Mapping[str, Any]) -> Series:
    x, y = (tuple(float(v) for v in values[axis]) for axis in ("x", "y"))
    if len(x) != len(y) or values["kind"] not in KINDS:
        raise ValueError(f"series '{values['label']}' needs as many x as y and a kind of {' or '.join(KINDS)}")
    return Series(str(values["label"]), x, y, str(values["kind"]))


def plot(panels: Sequence[Panel]) -> "Axes":
    """Draw the panels, two a row, and return the first axes of the figure."""
    from matplotlib.figure import Figure

    rows = math.ceil(len(panels) / 2)
    figure = Figure(figsize=(style.WIDTH, 2.9 * rows), layout="constrained")
    grid = np.atleast_1d(figure.subplots(rows, min(len(panels), 2), squeeze=False)).ravel()
    for ax, one in zip(grid, panels, strict=False):
        _draw(ax, one)
    for ax in grid[len(panels) :]:
        ax.set_axis_off()
    first: Axes = grid[0]
    return first


def _draw(ax: "Axes", one: Panel) -> None:
    labels = list(dict.fromkeys(series.label for series in one.series))
    for series in one.series:
        place = labels.index(series.label) % len(style.PALETTE)
        look = {"linestyle": "-"} if series.kind == "line" else {"linestyle": "none", "marker": style.MARKERS[place]}
        ax.plot(series.x, series.y, color=style.PALETTE[place], markersize=3.5, linewidth=1.3, **look)  # type: ignore[arg-type]
    ax.set_title(style.clean(one.title, 60), loc="left", size=style.TEXT, color=style.INK, parse_math=False)
    ax.set_xlabel(style.clean(one.x), size=style.SMALL, color=style.INK, parse_math=False)
    ax.set_ylabel(style.clean(one.y), size=style.SMALL, color=style.INK, parse_math=False)
    if one.log:
        ax.set_yscale("log")
    ax.tick_params(colors=style.INK, labelsize=style.SMALL, length=0, which="both")
    ax.grid(color=style.LINE, linewidth=0.6)
    for spine in ax.spines.values():
        spine.set_color(style.LINE)
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=style.PALETTE[i % len(style.PALETTE)], marker=style.MARKERS[i % len(style.MARKERS)],
               markersize=3.5)
        for i in range(len(labels))
    ]  # fmt: skip
    legend = ax.legend(handles, [style.clean(label) for label in labels], fontsize=style.SMALL, frameon=False,
                       labelcolor=style.INK)  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
