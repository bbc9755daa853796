"""What the figures share: colours, factor labels, the frame of an axes, and words for what is undefined.

Text of a study is drawn literally: a dollar sign is a dollar sign (no mathtext), and characters that do not print are
blanks. Colours are those of Okabe and Ito (2008, jfly.uni-koeln.de/color), told apart with any colour vision.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

import sensitivity.accessor  # noqa: F401  (registers tree.sa)
from sensitivity.doses import doses
from sensitivity.methods.catalogue import METHODS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, MUTED, LINE = "#1b1f23", "#6a737c", "#c9ced3"
"""Text, secondary text and factors out of focus, grid."""

BLACK, WHITE = "#101010", "#ffffff"
"""Text inside coloured areas, which keep their colour on a dark page."""

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d1f")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":")

WIDTH = 8.0
"""Inches; with text of 9 points a figure reads well at the width of a page."""

TEXT, SMALL = 9.0, 7.5
"""Points."""

LEGEND_BELOW = 37.0
"""Points from the axes down to a legend: room for tick labels and the axis title."""

LABEL_LENGTH = 48
"""Characters of a factor's label: a longer one would leave no room for the figure."""


def new_axes(height: float) -> "Axes":
    """Axes of a new figure, `height` inches tall, that belongs to no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout="constrained").add_subplot()


def on(colour: str) -> str:
    """Black or white, whichever stands out more from a colour: by its relative luminance (WCAG 2.1)."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return WHITE if luminance < 0.179 else BLACK  # where (1 + 0.05) / (x + 0.05) = (x + 0.05) / 0.05


def clean(text: str, length: int = LABEL_LENGTH) -> str:
    """Text on one line, without characters that do not print, cut to a length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def labels(tree: xr.DataTree) -> dict[str, str]:
    """Label of each factor and dependent block; where two would read the same, the name tells them apart."""
    parameters = tree["parameters"].to_dataset()
    names = [str(name) for name in parameters["factor"].values]
    shown = [clean(label) or clean(name) for name, label in zip(names, parameters["label"].values, strict=True)]
    times = Counter(shown)
    found = {n: s if times[s] == 1 else clean(n) for n, s in zip(names, shown, strict=True)}
    return found | {block: clean(block) for block in blocks(tree)}


def blocks(tree: xr.DataTree) -> dict[str, list[str]]:
    """Members of each block of factors that depend on each other."""
    parameters = tree["parameters"].to_dataset()
    found: dict[str, list[str]] = {}
    for name, block in zip(parameters["factor"].values, parameters["block"].values, strict=True):
        if str(block):
            found.setdefault(str(block), []).append(str(name))
    return found


def mechanisms(tree: xr.DataTree) -> dict[str, str]:
    """Mechanism of each factor."""
    parameters = tree["parameters"].to_dataset()
    return {str(n): clean(m) for n, m in zip(parameters["factor"].values, parameters["mechanism"].values, strict=True)}


def ranked(tree: xr.DataTree, output: str, method: str) -> pd.DataFrame:
    """Indices of one output from the strongest factor down, with the factors' labels."""
    table: pd.DataFrame = tree.sa.rank(output, method=method)
    known = labels(tree)
    table.insert(0, "label", [known[str(name)] for name in table.index])
    return table


def unit(tree: xr.DataTree, output: str, method: str) -> str:
    """Unit of an output, ready to be printed."""
    units = tree[method]["output_units"].sel(output=output).item()
    return "dimensionless" if str(units) == "1" else clean(units)


def level(tree: xr.DataTree, method: str, index: str) -> str:
    """Level of the intervals in per cent."""
    return f"{float(tree[method][f'{index}_ci'].attrs['ci_prob']):.0%}"


def why_undefined(method: str, used: float) -> str:
    """Say in words why an index is not a number, from the count behind it."""
    entry = METHODS[method]
    return f"undefined ({entry.lacking if used < entry.least else 'no variance above its floor'})"


def say(ax: "Axes", message: str) -> None:
    """Write a message across empty axes."""
    ax.text(0.5, 0.5, message, transform=ax.transAxes, ha="center", va="center", color=INK, size=TEXT, parse_math=False)


def units(column: xr.DataArray) -> str:
    """Unit of a column, ready to be printed."""
    unit = str(column.attrs.get("units", ""))
    return "dimensionless" if unit in ("", "1") else clean(unit)


def of_patients(patients: xr.Dataset) -> str:
    """Say whose figure this is."""
    what = patients.attrs.get("title") or f"{patients.sizes['patient']:,} patients"
    return f"{clean(what)} at the nominal point"


def parted(patients: xr.Dataset, by: str | None) -> dict[str, Any]:
    """Who belongs to each value of a column, (patients,) each; all together where there is none.

    Raises
    ------
    KeyError
        When there is no such column; names those there are.
    """
    if by is None:
        return {"all patients": np.ones(patients.sizes["patient"], dtype=bool)}
    if by not in patients:
        raise KeyError(f"patients have no '{by}'; they have {', '.join(map(str, patients.data_vars))}")
    values = patients[by].values
    texts = values.dtype.kind in "OU"
    return {str(v) if texts else f"{by} = {v:g}": values == v for v in sorted(set(values.tolist()))}


def group_colours(names: pd.Series) -> dict[str, str]:
    """Colour of each group by its place in the alphabet: the same in every figure of a result."""
    return {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(sorted(set(names)))}


def below(ax: "Axes", at: float, down: float, text: str, **looks: Any) -> None:
    """Write small text `down` points under the axes, at a share of their width."""
    ax.annotate(text, (at, 0.0), xycoords="axes fraction", xytext=(0.0, -down), textcoords="offset points", va="top",
                size=SMALL, parse_math=False, **looks)  # fmt: skip


def legend_below(ax: "Axes", handles: Sequence[Any], names: Sequence[str], columns: int, down: float = 0.0) -> None:
    """Legend under the axes, below their tick labels and title whatever their height, and `down` points further."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.figure.canvas.figure
    below = ScaledTranslation(0.0, -(LEGEND_BELOW + down) / 72.0, figure.dpi_scale_trans)
    legend = ax.legend(
        handles,
        names,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=ax.transAxes + below,
        ncols=columns,
        fontsize=SMALL,
        labelcolor=INK,
        frameon=False,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def factor_axis(tree: xr.DataTree, factor: str) -> str:
    """Label and unit of a factor, for an axis."""
    units = str(tree["parameters"].to_dataset()["units"].sel(factor=factor).item())
    return f"{labels(tree)[factor]} ({'dimensionless' if units == '1' else clean(units)})"


def frame(ax: "Axes", tree: xr.DataTree | str, title: str, x: str, y: str, note: str = "") -> None:
    """Title, axis labels, a note and the run id above the axes, grid and quiet spines.

    Parameters
    ----------
    tree : DataTree or str
        The result, or the id of the run where the data came without one.
    """
    run = tree if isinstance(tree, str) else tree.attrs.get("run", "")
    ax.set_title(clean(title, 90), loc="left", pad=20, size=TEXT + 2, weight="bold", color=INK, parse_math=False)
    small: dict[str, Any] = {
        "transform": ax.transAxes,
        "va": "bottom",
        "size": SMALL,
        "color": MUTED,
        "parse_math": False,
    }
    ax.text(0.0, 1.01, note, ha="left", **small)
    ax.text(1.0, 1.01, clean(run), ha="right", **small)
    ax.set_xlabel(x, size=TEXT, color=INK, parse_math=False)
    ax.set_ylabel(y, size=TEXT, color=INK, parse_math=False)
    ax.tick_params(which="both", colors=INK, labelsize=TEXT, length=0, pad=5.0)
    ax.tick_params(axis="x", pad=8.0)  # clear of the lowest number of the other axis
    ax.grid(color=LINE, linewidth=0.6)
    ax.set_axisbelow(True)
    for spine in ax.spines.values():
        spine.set_color(LINE)


def rows(ax: "Axes", names: Sequence[str]) -> None:
    """One named line of the axes for each of `names`, the first on top."""
    ax.set_yticks(range(len(names)), list(names), parse_math=False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")


def courses(ax: "Axes", table: pd.DataFrame, value: str, along: str) -> None:
    """Lines of the strongest factors in colour and of the others in grey, and their legend."""
    handles, names, others = [], [], []
    for number, (_, course) in enumerate(table[table["strongest"]].groupby(level="factor", sort=False)):
        dash = DASHES[number % len(DASHES)]
        at = course.index.get_level_values(along)
        handles += ax.plot(at, course[value], color=PALETTE[number % len(PALETTE)], linewidth=1.6, linestyle=dash)
        names.append(str(course["label"].iloc[0]))
    for _, course in table[~table["strongest"]].groupby(level="factor", sort=False):
        others += ax.plot(course.index.get_level_values(along), course[value], color=LINE, linewidth=1.0, zorder=1.5)
    if others:
        handles.append(others[0])
        names.append(f"{len(others)} others")
    legend_below(ax, handles, names, columns=2)


def dose_marks(ax: "Axes", tree: xr.DataTree, output: str, times: Sequence[float] | None) -> None:
    """Triangles on the time axis where doses are given, said in the note; those of the result where none are told."""
    low, high = ax.get_xlim()
    inside = [float(t) for t in (doses(tree, output) if times is None else times) if low <= float(t) <= high]
    if inside:
        ax.plot(inside, [0.02] * len(inside), "^", transform=ax.get_xaxis_transform(), color=INK, ms=6, clip_on=False)
        ax.set_xlim(low, high)
        note = ax.texts[0]
        note.set_text("; ".join(words for words in (note.get_text(), "triangles: doses") if words))
