"""What a reproduction or a comparison found, as text and as plain values."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sensitivity.methods.catalogue import METHODS
from sensitivity.view import number, table, with_interval

if TYPE_CHECKING:
    from sensitivity.comparison import Comparison
    from sensitivity.reproduction import Reproduction
    from sensitivity.result.difference import Difference

SHOWN = 10


def reproduction_record(found: "Reproduction", tolerance: float) -> dict[str, Any]:
    """Plain values of a reproduction."""
    return {
        "reproduced": not found.differs(tolerance),
        "simulated": found.simulated,
        "runs": found.runs,
        "apart": _sizes(found.apart),
        "content_hash": found.content_hash,
        "content_hash_again": found.again,
        "variables": _sizes(found.variables),
        "altered": found.altered,
        "environment": found.environment,
    }


def reproduction(found: "Reproduction") -> str:
    """What was simulated and analysed anew, and what differs, in words."""
    lines = [f"simulated again {found.simulated:,} of {found.runs:,} runs: {_words(found.apart)}"]
    lines.append(f"analysed again: {_words(found.variables)}, content hash {found.again[:16]}")
    if found.altered:
        lines.append("result.nc was altered after it was written: its content is not what its hash says")
    if found.environment:
        lines.append(f"not as it was: {'; '.join(found.environment)}")
    return "\n".join(lines)


def comparison_record(found: "Comparison", tolerance: float) -> dict[str, Any]:
    """Plain values of a comparison."""
    return {
        "same": not found.differs(tolerance),
        "content_hash": list(found.hashes),
        "settings": {name: list(pair) for name, pair in found.settings.items()},
        "variables": _sizes(found.variables),
        "ranked_by": [METHODS[method].ranked_by for method in found.methods],
        "rankings": [
            {name: _told(value) if isinstance(value, tuple) else value for name, value in row.items()}
            for row in found.rankings
        ],
    }


def comparison(found: "Comparison", names: tuple[str, str]) -> str:
    """Rankings side by side with their intervals, the settings and the variables that differ."""
    header = ["output", "factor"]
    for name, method in zip(names, found.methods, strict=True):
        header += [f"rank in {name}", f"{METHODS[method].ranked_by} [interval]"]
    rows = []
    for row in found.rankings:
        cells = [row["output"], row["factor"]]
        for i, method in enumerate(found.methods):
            known = row["rank"][i] is not None
            index = with_interval(row["value"][i], row["lower"][i], row["upper"][i], method) if known else ""
            cells += [str(row["rank"][i]) if known else "", index]
        rows.append(cells)
    parts = [table(header, rows)]
    if found.settings:
        changed = [[name, _value(a), _value(b)] for name, (a, b) in found.settings.items()]
        parts.append(table(["setting", *names], changed))
    parts.append(f"content hash {found.hashes[0]}\ncontent hash {found.hashes[1]}\nresults: {_words(found.variables)}")
    return "\n\n".join(parts)


def _words(found: "Sequence[Difference]") -> str:
    if not found:
        return "the same to the last bit"
    shown = ", ".join(map(str, found[:SHOWN])) + (", ..." if len(found) > SHOWN else "")
    return f"{len(found)} differ (parts of the largest magnitude): {shown}"


def _sizes(found: "Sequence[Difference]") -> dict[str, float | None]:
    return {one.variable: one.size if math.isfinite(one.size) else None for one in found}


def _told(pair: tuple[Any, ...]) -> list[Any]:
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in pair]


def _value(value: Any) -> str:
    return "-" if value is None else number(value, 6) if isinstance(value, float) else str(value)
