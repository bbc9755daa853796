"""What a pilot found, as text and as plain values."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sensitivity.view import number, table

if TYPE_CHECKING:
    from sensitivity.forecast import Forecast
    from sensitivity.pilot import Pilot
    from sensitivity.study import Study


def record(study: "Study", needs: "Forecast", found: "Pilot") -> dict[str, Any]:
    """Plain values; None where something cannot be told."""
    return {
        "runs": needs.runs,
        "run_s": found.run_s,
        "core_s": sum(stage.runs * stage.run_s for stage in needs.stages),
        "wall_s": needs.wall_s,
        "workers": needs.workers,
        "memory": {"parent": needs.parent_bytes, "worker": needs.worker_bytes, "all": needs.memory},
        "disk": {
            "chunks": needs.chunk_bytes,
            "result": needs.result_bytes,
            "report": needs.report_bytes,
            "all": needs.disk,
        },
        "stages": [asdict(stage) for stage in needs.stages],
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


def text(study: "Study", needs: "Forecast", found: "Pilot") -> str:
    """A table of the outputs, and what follows in words."""
    header = ["output", "noise / signal", "widest interval of ST now", f"n_base for {study.converge.width:g}"]
    rows = [
        [one.output, _ratio(one.noise_ratio), number(one.width, 2), f"{one.n_base:,}" if one.n_base else "out of reach"]
        for one in found.advice
    ]
    core = sum(stage.runs * stage.run_s for stage in needs.stages)
    processes = f"{needs.workers} workers" if needs.workers > 1 else "one process"
    memory = f"{_mib(needs.parent_bytes)}"
    if needs.workers > 1:
        memory += f" and {needs.workers} x {_mib(needs.worker_bytes)}"
    lines = [
        table(header, rows, aligned=True),
        f"{needs.runs:,} runs as the study is written ({number(1e3 * core / needs.runs, 2)} ms a run; "
        f"pilot: {found.runs:,} runs, {found.failed:,} failed)",
        f"about {_duration(needs.wall_s)} on {processes}, compiling left out; memory {memory}; disk {_mib(needs.disk)} "
        f"(chunks {_mib(needs.chunk_bytes)}, result {_mib(needs.result_bytes)}, report {_mib(needs.report_bytes)})",
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


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB" if size >= 10 * 2**20 else f"{size / 2**20:.1f} MiB"


def _told(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ratio(value: float) -> str:
    return "0" if value == 0.0 else number(value, 2) if math.isfinite(value) else "hidden by noise"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{max(seconds, 1.0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
