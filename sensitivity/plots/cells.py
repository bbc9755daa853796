"""A heat map of shares: named lines and columns, with the numbers written into the cells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DARK = 0.55
"""Share of the scale above which text in a cell is white."""


def draw(
    ax: "Axes",
    values: np.ndarray,
    lines: Sequence[str],
    columns: Sequence[str],
    told: Sequence[Sequence[str]],
    *,
    top: float = 1.0,
) -> None:
    """Draw the map.

    Parameters
    ----------
    values : (lines, columns)
        From 0 to `top`; NaN is left blank.
    told : (lines, columns)
        Text of each cell.
    """
    ax.imshow(values, cmap="Blues", vmin=0.0, vmax=top, aspect="auto", interpolation="nearest")
    ax.set_xticks(range(len(columns)), list(columns), parse_math=False)
    style.rows(ax, lines)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.grid(visible=False)
    size = style.SMALL if len(columns) <= 20 else 5.0
    for (i, j), value in np.ndenumerate(values):
        if told[i][j]:
            colour = style.WHITE if value > DARK * top else style.BLACK
            ax.text(j, i, told[i][j], ha="center", va="center", size=size, color=colour, parse_math=False)
