"""What a study will take: wall time, memory and disk, from a rehearsal of it, and whether this machine has as much."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sensitivity import executors, given
from sensitivity.errors import DoesNotFit
from sensitivity.growth import size
from sensitivity.plan import chunk_size, rows_fit
from sensitivity.rehearsal import Rehearsed
from sensitivity.stage import Stage
from sensitivity.statistics import cut_blocks, leaf_sums, whole_leaves
from sensitivity.study import Study

CHUNK_OVERHEAD = 6000
"""Bytes of a chunk beside its numbers: the marker, the header, and what an archive says of each of its arrays."""

ROW_COPIES = 3.0
"""Times that kept rows are in memory when the result is put together and written: 2.6 to 3.9 were measured."""

CHUNK_COPIES = 4.0
"""Times that the points and outputs of a chunk are in memory while it is evaluated, measured."""


@dataclass(frozen=True)
class StageForecast:
    """One stage: runs, chunks, seconds a run on one core, and the bytes of its chunk files."""

    name: str
    runs: int
    chunks: int
    run_s: float
    chunk_bytes: int


@dataclass(frozen=True)
class Forecast:
    """What a study will take.

    Attributes
    ----------
    stages : tuple of StageForecast
    workers : int
        Processes that evaluate; 1 where the parent does it alone.
    start_s, evaluate_s, analysis_s : float
        Parts of the wall time, compiling left out.
    parent_bytes, worker_bytes : int
        Peak memory of the process that was started and of each worker; workers have none where there is only one.
    chunk_bytes, result_bytes, report_bytes : int
        Of the run directory.
    """

    stages: tuple[StageForecast, ...]
    workers: int
    start_s: float
    evaluate_s: float
    analysis_s: float
    parent_bytes: int
    worker_bytes: int
    chunk_bytes: int
    result_bytes: int
    report_bytes: int

    @property
    def runs(self) -> int:
        """Runs of all stages."""
        return sum(stage.runs for stage in self.stages)

    @property
    def wall_s(self) -> float:
        """Seconds from start to end."""
        return self.start_s + self.evaluate_s + self.analysis_s

    @property
    def memory(self) -> int:
        """Bytes of all processes together."""
        return self.parent_bytes + (self.workers if self.workers > 1 else 0) * self.worker_bytes

    @property
    def disk(self) -> int:
        """Bytes of the run directory."""
        return self.chunk_bytes + self.result_bytes + self.report_bytes


def forecast(study: Study, stages: list[Stage], found: Rehearsed) -> Forecast:
    """What a study will take.

    Parameters
    ----------
    stages : list of Stage
        Of the study, in order.
    """
    wanted = study.executor.workers or executors.cpu_count()
    workers = 1 if study.executor.kind == "serial" else wanted
    parts, evaluate_s, inside = [], 0.0, 0
    for stage in stages:
        blocks, run_s = stage.method.layout.blocks, found.run_s[stage.name]
        block_s = run_s * stage.block_size * stage.replicates
        each = study.executor.chunk_size or chunk_size(stage, block_s, wanted)
        chunks = -(-blocks // each)
        parts.append(StageForecast(stage.name, stage.runs, chunks, run_s, _chunk_bytes(study, stage, each, chunks)))
        busy = min(workers, chunks, executors.cpu_count())
        # The last chunks leave workers idle: half a chunk on average.
        evaluate_s += block_s * (blocks / busy + (each / 2 if busy > 1 else 0.0) + min(4, blocks))
        inside = max(inside, min(each, blocks) * stage.block_size * stage.replicates * _run_bytes(stage))
    several = workers > 1 and any(part.chunks > 1 for part in parts)
    kept = sum(stage.runs for stage in stages) if all(rows_fit(study, stage) for stage in stages) else 0
    more = max(0, kept - found.kept)
    row_bytes = 8 * (stages[-1].elements[-1][1] + 2 * len(study.factors))
    evaluated = found.evaluated_bytes + int(CHUNK_COPIES * inside)
    finished = found.finished_bytes + int(ROW_COPIES * row_bytes * more)
    return Forecast(
        tuple(parts),
        workers if several else 1,
        found.start_s * (2.0 if several else 1.0),  # workers start when the parent has
        evaluate_s,
        found.analysis_s,
        finished if several else max(evaluated, finished),
        evaluated,
        sum(part.chunk_bytes for part in parts),
        int(found.result_bytes - found.row_bytes * found.kept + found.row_bytes * kept),
        found.report_bytes,
    )


def _run_bytes(stage: Stage) -> int:
    """Points and outputs of a run in memory."""
    return 8 * (2 * len(stage.factors) + stage.elements[-1][1])


def _chunk_bytes(study: Study, stage: Stage, each: int, chunks: int) -> int:
    """Size of the chunk files of a stage: what a chunk of this grid stores, times their number."""
    elements, runs = stage.elements[-1][1], stage.block_size * stage.replicates
    blocks = stage.method.layout.blocks
    stop = min(each, blocks)
    whole = whole_leaves(stage, 0, stop)
    first, last, _, _ = next(stage.method.layout.leaves)
    shape = (last - first, stage.block_size, stage.replicates, elements)
    flat = replace(stage, shift=(0.0,) * elements)
    leaf = sum(array.nbytes for array in leaf_sums(flat, first, np.zeros(shape)).values())
    keep = rows_fit(study, stage)
    rows = (stop if keep else len(cut_blocks(stage, 0, stop))) * runs * 8 * elements
    rows += stop * runs * 5 if keep else 0  # status and steps
    fixed = CHUNK_OVERHEAD + 8 * elements
    points = 8 * min(given.blocks(stage), blocks) * len(stage.independent) * elements
    return chunks * fixed + int((rows + len(whole) * leaf) * blocks / stop) + points


def refuse_unfit(study: Study, found: Forecast, out: Path) -> None:
    """Refuse a study that this machine cannot hold.

    Raises
    ------
    DoesNotFit
        Says what is short, and which setting to lower.
    """
    name = next(iter(size(study.method)))
    have = free_disk(out)
    if found.disk > have:
        growing = found.chunk_bytes + found.result_bytes
        most = size(study.method)[name] * max(0, have - found.report_bytes) / max(growing, 1)
        raise DoesNotFit(f"the run needs {_mib(found.disk)} of disk and {out} has {_mib(have)} free: lower "
                         f"design.{name} to {_largest(study, most):,}, or give another --out")  # fmt: skip
    have = free_memory()
    if found.memory <= have:
        return
    needs = f"the run needs {_mib(found.memory)} of memory and {_mib(have)} are free"
    workers = (have - found.parent_bytes) // max(found.worker_bytes, 1)
    if workers >= 1 and found.workers > 1:
        raise DoesNotFit(f"{needs}: lower executor.workers to {workers}")
    if found.workers > 1 and found.parent_bytes + found.worker_bytes <= have:
        raise DoesNotFit(f"{needs}: lower executor.workers to 1")
    raise DoesNotFit(f"{needs}: lower executor.chunk_size, design.{name} or the number of times of the outputs")


def _largest(study: Study, most: float) -> int:
    """Largest size not above `most` that the method can have."""
    return 1 << max(0, int(most).bit_length() - 1) if study.method.name == "sobol" else max(1, int(most))


def free_disk(folder: Path) -> int:
    """Bytes that may be written below a folder, which need not exist."""
    folder = folder.resolve()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def free_memory() -> int:
    """Bytes that new processes may take: of the machine, or of the control group that this one is in."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            free = min(free, int(limit) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        pass
    return free


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
