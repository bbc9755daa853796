"""From chunk files to a result: indices of every stage, the result file, the report and the manifest."""

import json
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from sensitivity import doses, failures, floors, given, imputation, levels, patients, plan, statistics
from sensitivity.contracts import Estimate, Status
from sensitivity.errors import Incomplete, TooManyFailures
from sensitivity.jobs import extensions, jobs, timestamp
from sensitivity.machine import code_version, machine_class
from sensitivity.methods.catalogue import RANKED_BY
from sensitivity.plan import Plan, StagePlan
from sensitivity.result.file import write
from sensitivity.result.labels import StageResult
from sensitivity.result.tree import build
from sensitivity.stage import Stage
from sensitivity.stages import by_output
from sensitivity.store import Chunk, dump_json, write_atomically
from sensitivity.study import Study
from sensitivity.study_json import to_json
from sensitivity.work import piece

STRUCTURED = ("study", "versions", "machines", "jobs", "extensions", "levels")
"""Provenance that is JSON inside an attribute of the result, and plain in the manifest."""


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
        given.companions(stage, np.concatenate(collected.given), by_output(study, study.splits), study.ci)
        if keep_rows
        else None,
        collected.machines,
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
        self.machines: Counter[str] = Counter()
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
                missing = plan.missing(opened, self.stage_plan)
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
        self.machines[chunk.header.get("machine", "unknown")] += 1
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


def result(opened: Plan, started: float | None = None) -> xr.DataTree:
    """Indices of all stages with their provenance; nothing is written."""
    with threadpool_limits(1):  # the last bits of a matrix product depend on the number of threads
        results = [analyse_stage(opened, name, keep_rows=True) for name in opened.stage_names]
    subjects = patients.read(opened.directory)
    tree = build(opened.study, results, opened.time_unit, _provenance(opened, results, started), subjects)
    tree.attrs["run"] = opened.directory.path.name
    return tree


def analyse(opened: Plan, started: float | None = None) -> xr.DataTree:
    """Indices of all stages: writes ``result.nc``, ``report.html`` and ``manifest.json`` and returns the tree."""
    from sensitivity.report import pages, write_report

    tree = result(opened, started)
    provenance = dict(tree["provenance"].attrs)  # without the pages: the manifest says where the result comes from
    tree["provenance"].attrs |= {"pages": pages.collect(opened.study.model), "doses": doses.collect(opened.study)}
    write(tree, opened.directory.result)
    write_report(tree, opened.directory.report)
    manifest = {**provenance, **{name: json.loads(provenance[name]) for name in STRUCTURED}}
    manifest["content_hash"] = tree.attrs["content_hash"]
    write_atomically(opened.directory.manifest, dump_json(manifest))
    return tree


def _provenance(opened: Plan, results: list[StageResult], started: float | None) -> dict[str, Any]:
    now = time.time()
    records = jobs(opened.directory.path)
    for record in records:  # this one is about to end
        if (record.get("host"), record.get("pid")) == (socket.gethostname(), os.getpid()) and "end" not in record:
            record |= {"finished": timestamp(), "end": "finished"}
    return {
        "run": opened.directory.path.name,
        "identity": opened.identity,
        "seed": str(opened.study.seed),
        "study": dump_json(to_json(opened.study)).decode(),
        "model": opened.study.model.use,
        "model_sha256": opened.model_sha256,
        "levels": levels.collect(opened.study),
        "kept_factors": [factor.name for factor in results[-1].stage.factors],
        "versions": dump_json(dict(opened.versions)).decode(),
        "python": sys.version.split()[0],
        **code_version(),
        "host": socket.gethostname(),
        "machine": machine_class(),
        "machines": dump_json(_machines(results)).decode(),
        "jobs": dump_json(records).decode(),
        "extensions": dump_json(extensions(records)).decode(),
        "argv": sys.argv[1:] or [""],
        "started": _timestamp(now if started is None else started),
        "finished": _timestamp(now),
        "wall_s": 0.0 if started is None else now - started,
    }


def _machines(results: list[StageResult]) -> dict[str, int]:
    """Chunks by the class of the machine that evaluated them."""
    found: Counter[str] = Counter()
    for result in results:
        found.update(result.machines)
    return dict(found)


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
