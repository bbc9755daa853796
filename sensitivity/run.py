"""The whole of a run on one page: evaluate what is missing, analyse, write the result and the report."""

import itertools
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from sensitivity import executors, failures, floors, given, imputation, plan, screening, stages, statistics
from sensitivity.contracts import Estimate, Model, Status
from sensitivity.errors import Incomplete, Stopped, TooManyFailures
from sensitivity.loading import source_sha256
from sensitivity.methods.catalogue import RANKED_BY
from sensitivity.plan import Plan, StagePlan
from sensitivity.result.file import write
from sensitivity.result.labels import StageResult
from sensitivity.result.tree import build
from sensitivity.stage import Stage
from sensitivity.store import Chunk, dump_json, write_atomically
from sensitivity.study import Study
from sensitivity.work import Record, Task, piece, run_chunk


@dataclass(frozen=True)
class Progress:
    """How far a stage has come."""

    stage: str
    chunks: int
    done: int
    runs: int
    failed: int


@dataclass(frozen=True)
class Share:
    """Part ``index`` of ``count`` of the chunks, counted from 0: one task of a job array."""

    index: int
    count: int


Report = Callable[[Progress], None]
Stop = Callable[[], bool]


def never() -> bool:
    """Go on to the end."""
    return False


def open_run(study: Study, model: Model, name: str, out: Path, config_text: str) -> Plan:
    """Create or take up the run directory ``<out>/<name>-<8 hex>`` of a study.

    Raises
    ------
    ResumeRefused
        When the directory exists and was made with another model source, version or size.
    """
    return plan.create(study, name, out, model, source_sha256(study.model), config_text)


def evaluate(opened: Plan, model: Model, report: Report, share: Share | None = None, stop: Stop = never) -> bool:
    """Evaluate every missing chunk, stage by stage; tell whether all stages are complete.

    With a `share`, only that part of the first incomplete stage is evaluated. No chunk is begun once `stop` says so.

    Raises
    ------
    Stopped
        When `stop` left chunks to do; those that had begun are finished.
    """
    workers = opened.study.executor.workers or executors.cpu_count()
    for name in opened.stage_names:
        stage_plan = _stage_plan(opened, model, name, workers)
        missing = _missing(opened, stage_plan)
        mine = missing if share is None else [c for c in missing if c % share.count == share.index]
        _evaluate_chunks(opened, stage_plan, mine, workers, report, stop)
        if share is not None and _missing(opened, stage_plan):
            return False
    return True


def _stage_plan(opened: Plan, model: Model, name: str, workers: int) -> StagePlan:
    if opened.directory.stage(name).exists():
        return plan.load_stage(opened, name)
    study = opened.study
    if study.screen is None:
        stage = stages.main_stage(study)
    elif name == opened.stage_names[0]:
        stage = stages.screening_stage(study)
    else:
        screen = analyse_stage(opened, opened.stage_names[0])
        kept = screening.keep(screen.stage, screen.estimates, study.screen.keep)
        stage = stages.check_stage(study, kept) if name == plan.CHECK else stages.main_stage(study, kept)
    return plan.plan_stage(opened, stage, model, workers)


def _missing(opened: Plan, stage_plan: StagePlan) -> list[int]:
    """Chunks without a readable file."""
    name = stage_plan.stage.name
    present = {
        chunk
        for chunk in opened.directory.markers(name, stage_plan.chunks)
        if opened.directory.read_chunk(name, chunk, stage_plan.header(chunk)) is not None
    }
    return [chunk for chunk in range(stage_plan.chunks) if chunk not in present]


def _evaluate_chunks(
    opened: Plan, stage_plan: StagePlan, chunks: list[int], workers: int, report: Report, stop: Stop
) -> None:
    name = stage_plan.stage.name
    directory = str(opened.directory.path.resolve())  # a worker may have another working directory
    folder = opened.study.model.folder
    tasks = [Task(directory, name, chunk, stage_plan.key, folder) for chunk in chunks]
    executor = executors.build(opened.study.executor.kind, workers, len(tasks))
    done, runs, failed = stage_plan.chunks - len(chunks), 0, 0
    report(Progress(name, stage_plan.chunks, done, runs, failed))
    left = len(tasks)
    record: Record
    with closing(executor.map(run_chunk, itertools.takewhile(lambda _: not stop(), tasks))) as records:
        for record in records:
            left, done, runs, failed = left - 1, done + 1, runs + record.runs, failed + record.failed
            report(Progress(name, stage_plan.chunks, done, runs, failed))
    if left:
        raise Stopped(f"{done} of {stage_plan.chunks} chunks of stage {name} are finished and kept; run again to go on")


def analyse_stage(opened: Plan, name: str, *, keep_rows: bool = False) -> StageResult:
    """Indices of one stage from its chunk files.

    Raises
    ------
    Incomplete
        When chunks are missing; names them.
    TooManyFailures
        When more runs failed than the study allows.
    """
    if not opened.directory.stage(name).exists():
        raise Incomplete(f"stage {name} of {opened.directory.path} has not begun; run again to evaluate it")
    stage_plan = plan.load_stage(opened, name)
    stage, study = stage_plan.stage, opened.study
    collected = _Collected(stage_plan, keep_rows and stage_plan.keep_rows)
    pieces = (piece(stage_plan, chunk) for chunk in collected.read(opened))
    growth = []
    for rows, totals in statistics.growth(stage, pieces):
        estimates = floors.blank(stage, stage.method.estimates(totals, study.ci, stage.pools))
        if name in RANKED_BY:
            growth.append((stage.method.layout.size(rows), estimates[RANKED_BY[name]]))
    estimates = _unshifted(stage, estimates)
    _refuse_failures(study, stage, collected)
    elements = stage.elements[-1][1]
    pairs = stage.method.used(totals)[:, :elements]
    kept = collected.rows()
    values = {index: estimate.value for index, estimate in estimates.items()}
    return StageResult(
        stage,
        estimates,
        pairs,
        kept,
        collected.status_counts,
        collected.undefined,
        growth,
        failures.failure_map(collected.failures),
        {} if kept is None else imputation.ranges(stage, kept, values, study.ci),
        given.companions(stage, np.concatenate(collected.given), study.splits, study.ci) if keep_rows else None,
    )


def _unshifted(stage: Stage, estimates: dict[str, Estimate]) -> dict[str, Estimate]:
    """Put back into the mean what was subtracted before the sums were taken."""
    if "mean" not in estimates:
        return estimates
    mean = estimates["mean"]
    shift = np.zeros(mean.value.shape[-1])
    shift[: len(stage.shift)] = stage.shift
    return {**estimates, "mean": Estimate(mean.value + shift, mean.se, mean.ci + shift)}


class _Collected:
    """What is gathered from the chunk files of a stage while they stream by."""

    def __init__(self, stage_plan: StagePlan, keep_rows: bool) -> None:
        self.stage_plan = stage_plan
        self.keep_rows = keep_rows
        self.status_counts: dict[str, int] = {}
        self.undefined = np.zeros(stage_plan.stage.elements[-1][1], dtype=np.int64)
        self.failures = np.zeros((2, len(stage_plan.stage.factors), failures.BINS), dtype=np.int64)
        self.given: list[np.ndarray] = []
        self.message = ""
        self._rows: dict[str, list[np.ndarray]] = {"y": [], "status": [], "steps": []}

    def read(self, opened: Plan) -> "Any":
        """Yield the chunks in order.

        Raises
        ------
        Incomplete
            When one is missing; names all that are.
        """
        name = self.stage_plan.stage.name
        for number in range(self.stage_plan.chunks):
            chunk = opened.directory.read_chunk(name, number, self.stage_plan.header(number))
            if chunk is None:
                missing = _missing(opened, self.stage_plan)
                shown = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
                raise Incomplete(
                    f"{len(missing)} of {self.stage_plan.chunks} chunks of stage {name} are missing ({shown}); "
                    "run again to evaluate them"
                )
            self._take(chunk)
            yield chunk

    def _take(self, chunk: Chunk) -> None:
        for status, count in chunk.header["status_counts"].items():
            self.status_counts[status] = self.status_counts.get(status, 0) + count
        self.undefined += chunk.arrays["undefined"]
        self.failures += chunk.arrays["failures"]
        self.given.append(chunk.arrays["given"])
        self.message = self.message or chunk.header["message"]
        if self.keep_rows:
            for name, values in self._rows.items():
                values.append(chunk.arrays[name])

    def rows(self) -> Mapping[str, np.ndarray] | None:
        """Rows of all blocks, where they are kept and wanted."""
        return {name: np.concatenate(values) for name, values in self._rows.items()} if self.keep_rows else None


def _refuse_failures(study: Study, stage: Stage, collected: _Collected) -> None:
    counts = {name: n for name, n in collected.status_counts.items() if name != Status.OK.name.lower()}
    failed, total = sum(counts.values()), sum(collected.status_counts.values())
    if failed > study.max_failed * total:
        causes = ", ".join(f"{n} {name}" for name, n in sorted(counts.items(), key=lambda item: -item[1]))
        said = f" First message: {collected.message}." if collected.message else ""
        raise TooManyFailures(
            f"{failed} of {total} runs of stage {stage.name} failed ({causes}); at most "
            f"{study.max_failed:.1%} may (failures.max_fraction).{said} Narrow the ranges of the factors that cause "
            "it, or raise failures.max_fraction knowing that the indices then describe the surviving region."
        )


def analyse(opened: Plan, started: float | None = None) -> xr.DataTree:
    """Indices of all stages: writes ``result.nc``, ``report.html`` and ``manifest.json`` and returns the tree."""
    with threadpool_limits(1):  # the last bits of a matrix product depend on the number of threads
        results = [analyse_stage(opened, name, keep_rows=True) for name in opened.stage_names]
    provenance = _provenance(opened, results, started)
    tree = build(opened.study, results, opened.time_unit, provenance)
    tree.attrs["run"] = opened.directory.path.name
    write(tree, opened.directory.result)
    from sensitivity.report import write_report

    write_report(tree, opened.directory.report)
    manifest = {**provenance, "content_hash": tree.attrs["content_hash"]}
    write_atomically(opened.directory.manifest, dump_json(manifest))
    return tree


def _provenance(opened: Plan, results: list[StageResult], started: float | None) -> dict[str, Any]:
    now = time.time()
    from sensitivity.study import to_json

    return {
        "run": opened.directory.path.name,
        "identity": opened.identity,
        "seed": str(opened.study.seed),
        "study": dump_json(to_json(opened.study)).decode(),
        "model": opened.study.model.use,
        "model_sha256": opened.model_sha256,
        "kept_factors": [factor.name for factor in results[-1].stage.factors],
        "versions": dump_json(dict(opened.versions)).decode(),
        "python": sys.version.split()[0],
        "host": socket.gethostname(),
        "argv": sys.argv[1:] or [""],
        "started": _timestamp(now if started is None else started),
        "finished": _timestamp(now),
        "wall_s": 0.0 if started is None else now - started,
    }


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
