"""A figure as SVG to be placed inside a page: the same bytes each time, in the colours of the page.

Text stays text, so that it can be searched, read aloud and enlarged. The greys of the frame become the page's
variables ``--ink``, ``--muted`` and ``--line``, so that the figure follows a dark page.
"""

import io
import re
from typing import TYPE_CHECKING

from sensitivity.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VARIABLES = {style.INK: "var(--ink)", style.MUTED: "var(--muted)", style.LINE: "var(--line)"}


def inline(ax: "Axes", salt: str) -> str:
    """SVG element of the figure of `ax`.

    Parameters
    ----------
    salt : str
        Makes the ids of the figure: different for every figure of a page.
    """
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        ax.figure.canvas.figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    # Ids of groups serve nobody and repeat from figure to figure. "<" cannot occur inside text: it is escaped there.
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    return re.sub(r"<[^>]*>", _page_colours, text)  # only inside tags: a factor may be called like a colour


def _page_colours(tag: re.Match[str]) -> str:
    text = tag.group()
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    return text
