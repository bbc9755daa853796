"""Labels beside points without overlap: a label that finds no room is left out, and the caller says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

DISTANCES = (6.0, 16.0, 30.0, 46.0)
"""Points between a label and its point; beyond the first a thin line joins them."""

ANGLES = (0, 45, 315, 90, 270, 135, 225, 180)
"""Degrees, the most readable side first."""

MARGIN = 3.0
"""Pixels kept free around a label: room for the font of another viewer."""


def place_labels(
    ax: "Axes",
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    colours: Sequence[str],
    taken: "Sequence[Bbox]",
    avoided: "Sequence[Bbox]",
) -> "list[Annotation]":
    """Label points in their order, the first ones with the free choice of place.

    Parameters
    ----------
    points : sequence of (x, y)
        In data coordinates; the limits of the axes are final.
    taken : sequence of Bbox
        Places, in pixels, that labels must keep clear of besides the points.
    avoided : sequence of Bbox
        Places that labels cross only where there is no other room.

    Returns
    -------
    list
        The labels that found room.
    """
    from matplotlib.transforms import Bbox

    ax.figure.canvas.figure.draw_without_rendering()  # the layout decides where the axes are
    pixels = ax.transData.transform(np.asarray(points, dtype=float).reshape(-1, 2))
    taken = [*taken, *(Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in pixels)]
    inside = ax.bbox.padded(-MARGIN)
    placed = []
    for pixel, point, text, colour in zip(pixels, points, texts, colours, strict=True):
        measured = ax.text(0.0, 0.0, text, size=style.SMALL, parse_math=False)
        extent = measured.get_window_extent()
        measured.remove()
        free = [
            (sum(place.box.overlaps(other) for other in avoided), place)
            for place in _places(pixel, extent.width, extent.height, ax.figure.dpi / 72.0)
            if _contains(inside, place.box) and not any(place.box.padded(MARGIN).overlaps(other) for other in taken)
        ]
        if free:
            _, place = min(free, key=lambda candidate: candidate[0])  # of equals the nearest
            taken.append(place.box)
            placed.append(_write(ax, point, text, colour, place))
    return placed


@dataclass(frozen=True)
class _Place:
    """Offset in points of a label's left middle, the end of the label that its line meets, and its box in pixels."""

    offset: tuple[float, float]
    end: float
    box: "Bbox"


def _places(pixel: np.ndarray, width: float, height: float, scale: float) -> Iterator[_Place]:
    """Places of a label of this size, in pixels, around a point, nearest first."""
    from matplotlib.transforms import Bbox

    for distance in DISTANCES:
        for angle in ANGLES:
            across, up = np.cos(np.radians(angle)), np.sin(np.radians(angle))
            end = 0.5 - 0.5 * float(np.round(across))  # right of the point, centred on it, or left of it
            x = across * distance * scale - end * width
            y = up * (distance * scale + height / 2.0)
            box = Bbox.from_bounds(pixel[0] + x, pixel[1] + y - height / 2.0, width, height)
            yield _Place((x / scale, y / scale), end, box)


def _write(ax: "Axes", point: tuple[float, float], text: str, colour: str, place: _Place) -> "Annotation":
    line = {"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 0.0, "shrinkB": 3.0}
    label = ax.annotate(
        text,
        point,
        xytext=place.offset,
        textcoords="offset points",
        size=style.SMALL,
        color=style.INK,
        va="center",
        parse_math=False,
        arrowprops={**line, "relpos": (place.end, 0.5)},
    )
    label.set_in_layout(False)
    return label


def _contains(outer: "Bbox", inner: "Bbox") -> bool:
    return bool(outer.x0 <= inner.x0 and outer.y0 <= inner.y0 and inner.x1 <= outer.x1 and inner.y1 <= outer.y1)
