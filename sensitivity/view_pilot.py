"""What a pilot found, as text and as plain values."""

import math
from typing import TYPE_CHECKING, Any

from sensitivity.view import number, table

if TYPE_CHECKING:
    from sensitivity.pilot import Pilot
    from sensitivity.study import Study


def record(study: "Study", runs: int, found: "Pilot") -> dict[str, Any]:
    """Plain values; None where something cannot be told."""
    return {
        "runs": runs,
        "run_s": found.run_s,
        "core_s": runs * found.run_s,
        "replicates": study.replicates,
        "pilot": {"runs": found.runs, "failed": found.failed},
        "target_width": study.converge.width,
        "proposed": {"replicates": found.replicates, "n_base": found.n_base},
        "outputs": [
            {
                "output": one.output,
                "noise_ratio": _told(one.noise_ratio),
                "width": _told(one.width),
                "n_base": one.n_base,
            }
            for one in found.advice
        ],
    }


def text(study: "Study", runs: int, found: "Pilot") -> str:
    """A table of the outputs, and what follows in words."""
    header = ["output", "noise / signal", "widest interval of ST now", f"n_base for {study.converge.width:g}"]
    rows = [
        [one.output, _ratio(one.noise_ratio), number(one.width, 2), f"{one.n_base:,}" if one.n_base else "out of reach"]
        for one in found.advice
    ]
    core = runs * found.run_s
    lines = [
        table(header, rows, aligned=True),
        f"{runs:,} runs as the study is written, about {_duration(core)} on one core "
        f"({number(1e3 * found.run_s, 2)} ms a run, from {found.runs:,} pilot runs, {found.failed:,} failed)",
    ]
    wanted = []
    if found.replicates != study.replicates:
        wanted.append(f"noise.replicates={found.replicates}")
    if study.method.name == "sobol" and found.n_base and found.n_base != study.method.layout.blocks:
        wanted.append(f"design.n_base={found.n_base}")
    if wanted:
        lines.append("should do: " + " ".join(f"--set {setting}" for setting in wanted))
    elif found.n_base is None:
        lines.append("an output is out of reach of its target: widen analysis.converge.width, or look at its noise")
    else:
        lines.append("the size of the study should do")
    return "\n".join(lines)


def _told(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ratio(value: float) -> str:
    return "0" if value == 0.0 else number(value, 2) if math.isfinite(value) else "hidden by noise"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{max(seconds, 1.0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
