"""What a worker does: regenerate the rows of a chunk, run them, store them. The same on every executor."""

import hashlib
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from sensitivity import failures, given
from sensitivity.contracts import Model, Status
from sensitivity.design import Design
from sensitivity.errors import ResumeRefused
from sensitivity.loading import source_sha256
from sensitivity.machine import machine_class, peak_memory
from sensitivity.plan import StagePlan, cached_stage, versions
from sensitivity.scenario_model import load_model
from sensitivity.stage import Rows, evaluate
from sensitivity.statistics import Piece, cut_blocks, leaf_sums, whole_leaves
from sensitivity.store import Chunk


@dataclass(frozen=True)
class Task:
    """A chunk to evaluate: addresses only, so that any process with the run directory can do it."""

    directory: str
    stage: str
    chunk: int
    key: str
    model_folder: str

    def __str__(self) -> str:
        return f"chunk {self.chunk} of stage {self.stage}"


@dataclass(frozen=True)
class Record:
    """What a worker reports of a chunk; `worker` is where it was evaluated, `peak` its largest memory in bytes."""

    chunk: int
    runs: int
    failed: int
    wall_s: float
    message: str
    worker: str
    peak: int

    def __str__(self) -> str:
        return (
            f"chunk {self.chunk}: {self.runs} runs, {self.failed} failed, {self.wall_s:.3f} s, "
            f"{self.peak / 2**20:.0f} MiB, {self.worker}"
        )


@lru_cache(maxsize=4)
def _model(directory: str, stage: str, key: str, folder: str) -> Model:
    """Build the model once a process and plan: it may compile. The study's folder may have moved since the plan.

    Raises
    ------
    ResumeRefused
        When the source is not the one that the plan was made with: it was edited while the run went on; when a worker
        has other versions of the packages that make the numbers.
    """
    plan, _ = cached_stage(directory, stage, key)
    use = replace(plan.study.model, folder=folder)
    if source_sha256(use) != plan.model_sha256:
        raise ResumeRefused(f"the source of the model {use.use} changed while {directory} was running; run again")
    if versions() != plan.versions:
        raise ResumeRefused(f"a worker on {socket.gethostname()} has other package versions than {directory}")
    return load_model(replace(plan.study, model=use))


def run_chunk(task: Task) -> Record:
    """Evaluate one chunk and write it, unless it is there: another run, or a lost worker, may have written it."""
    began = time.perf_counter()
    plan, stage_plan = cached_stage(task.directory, task.stage, task.key)
    there = plan.directory.read_chunk(task.stage, task.chunk, stage_plan.header(task.chunk))
    if there is not None:
        return _record(task, there.header, began)
    model = _model(task.directory, task.stage, task.key, task.model_folder)
    stage = stage_plan.stage
    start, stop = stage_plan.blocks(task.chunk)
    design = stage.design(start, stop)
    rows = evaluate(stage, model, design)
    header: dict[str, Any] = {
        **stage_plan.header(task.chunk),
        "design_sha256": hashlib.sha256(design.points.tobytes()).hexdigest(),
        "status_counts": {
            status.name.lower(): int(np.sum(rows.status == status))
            for status in Status
            if np.any(rows.status == status)
        },
        "message": rows.message,
        "machine": machine_class(),
    }
    plan.directory.write_chunk(task.stage, task.chunk, header, chunk_arrays(stage_plan, start, design, rows))
    return _record(task, header, began)


def _record(task: Task, header: Mapping[str, Any], began: float) -> Record:
    counts = header["status_counts"]
    runs = sum(counts.values())
    failed = runs - counts.get(Status.OK.name.lower(), 0)
    seconds, worker = time.perf_counter() - began, f"process {os.getpid()} on {socket.gethostname()}"
    return Record(task.chunk, runs, failed, seconds, header["message"], worker, peak_memory())


def chunk_arrays(stage_plan: StagePlan, start: int, design: Design, rows: Rows) -> dict[str, np.ndarray]:
    """Arrays of a chunk file: sums of its whole leaves, and the rows of cut leaves or of all blocks."""
    stage, stop = stage_plan.stage, start + design.blocks
    leaves = whole_leaves(stage, start, stop)
    kept = list(range(start, stop)) if stage_plan.keep_rows else cut_blocks(stage, start, stop)
    arrays: dict[str, np.ndarray] = {
        "leaves": np.array([first for first, _ in leaves], dtype=np.int64),
        "blocks": np.array(kept, dtype=np.int64),
        "y": rows.y[[block - start for block in kept]],
        "given": given.of_chunk(stage, start, rows.y),
        "undefined": np.isnan(rows.y).sum(axis=(0, 1, 2)),
        "failures": failures.counts(design, np.any(rows.status != Status.OK, axis=-1), stage.quantiles),
    }
    if stage_plan.keep_rows:
        arrays |= {"status": rows.status, "steps": rows.steps}
    spans = [(first, first - start, last - start) for first, last in leaves]
    sums = [leaf_sums(stage, first, rows.y[a:b], design.take(a, b)) for first, a, b in spans]
    if sums:
        arrays |= {f"sum_{name}": np.stack([leaf[name] for leaf in sums]) for name in sums[0]}
    return arrays


def piece(stage_plan: StagePlan, chunk: Chunk) -> Piece:
    """What a chunk file contributes to the statistics."""
    arrays = chunk.arrays
    first_blocks = [int(first) for first in arrays["leaves"]]
    names = [name for name in arrays if name.startswith("sum_")]
    leaves = {first: {name[4:]: arrays[name][i] for name in names} for i, first in enumerate(first_blocks)}
    start, stop = int(chunk.header["start"]), int(chunk.header["stop"])
    cut = set(cut_blocks(stage_plan.stage, start, stop))
    blocks = {int(b): arrays["y"][i] for i, b in enumerate(arrays["blocks"]) if int(b) in cut}
    return Piece(leaves, blocks)
