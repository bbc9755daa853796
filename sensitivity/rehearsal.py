"""A study run in small, in a process of its own: what one run, one chunk, the analysis and the report of it cost.

The process is started afresh, so that its start, its peak of memory and its files are those of a run. Kernels are
compiled before, by whoever rehearses.
"""

import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sensitivity.errors import SensitivityError
from sensitivity.growth import size
from sensitivity.study import ExecutorSpec, Study

SECONDS = 2.0
"""Time that all runs of a rehearsal may take, as far as a design can be made so small."""

RUNS = (256, 32768)
"""Fewest and most runs of the main design: fewer say little, more say nothing new."""


@dataclass(frozen=True)
class Rehearsed:
    """What was measured.

    Attributes
    ----------
    start_s : float
        From the start of the process until the first run of the model: imports, reading and checking the study.
    run_s : mapping of str to float
        Seconds a run, by stage: its share of the design, the model, the sums and the file.
    analysis_s : float
        Analysis, result and report.
    evaluated_bytes, finished_bytes : int
        Peak memory when everything was evaluated, and at the end.
    runs : int
        Of all stages.
    result_bytes, report_bytes : int
    row_bytes : float
        Bytes in the result of one kept run, as they are compressed.
    kept : int
        Runs whose rows are in the result.
    """

    start_s: float
    run_s: dict[str, float]
    analysis_s: float
    evaluated_bytes: int
    finished_bytes: int
    runs: int
    result_bytes: int
    report_bytes: int
    row_bytes: float
    kept: int


def rehearse(path: str | Path, overrides: Sequence[str], run_s: float) -> Rehearsed:
    """Run a study in small.

    Parameters
    ----------
    run_s : float
        Seconds a run, more or less: says how small.

    Raises
    ------
    SensitivityError
        When the small run fails; says how.
    """
    with tempfile.TemporaryDirectory() as folder:
        # Not through the command line: it must not be found in a folder of that name, nor take part in a job array.
        command = [sys.executable, "-m", "sensitivity.rehearsal", str(Path(path).resolve()), folder, str(run_s)]
        done = subprocess.run([*command, str(time.time()), *overrides], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise SensitivityError(f"the study cannot be run in small: {said}")
    return Rehearsed(**json.loads(done.stdout))


def small(study: Study, run_s: float) -> Study:
    """The study with a design of some hundred to some ten thousand runs, in four chunks, in one process."""
    from sensitivity.stages import main_stage

    runs = min(max(SECONDS / max(run_s, 1e-9), RUNS[0]), RUNS[1])
    per_block = main_stage(study).block_size * study.replicates
    blocks = 1 << max(4, int(runs / per_block).bit_length() - 1)
    screen = study.screen
    if screen is not None:
        screen = replace(screen, method=_of_size(screen.method, 8))
    method = _of_size(study.method, blocks)
    executor = ExecutorSpec("serial", 1, max(1, method.layout.blocks // 4))
    return replace(study, method=method, screen=screen, executor=executor, max_failed=1.0)


def _of_size(method: Any, blocks: int) -> Any:
    """The method with about so many blocks, where it can have so few; never with more than it has."""
    sizes = size(method)
    scrambles = {"scrambles": min(4, sizes["scrambles"])} if "scrambles" in sizes else {}
    name = next((name for name in ("n_base", "trajectories", "curves") if name in sizes), None)
    wanted = {} if name is None else {name: min(sizes[name], 2 if name == "curves" else blocks)}
    try:
        return replace(method, **wanted, **scrambles)
    except ValueError:  # a method that knows better
        return method


def _measure(path: str, out: str, run_s: float, began: float, overrides: Sequence[str]) -> Rehearsed:
    from sensitivity import config
    from sensitivity.analysis import analyse
    from sensitivity.checks import check_model
    from sensitivity.machine import peak_memory
    from sensitivity.run import Progress, evaluate, open_run
    from sensitivity.scenario_model import load_model

    study, _ = config.read_study(path, overrides)
    model = load_model(study)
    check_model(study, model, path)
    start_s = time.time() - began
    records: dict[str, list[Any]] = {}

    def report(progress: Progress) -> None:
        if progress.record is not None:
            records.setdefault(progress.stage, []).append(progress.record)

    opened = open_run(small(study, run_s), model, "small", Path(out), config.resolved_text(path, overrides))
    evaluate(opened, model, report)
    evaluated_bytes = peak_memory()
    before = time.perf_counter()
    tree = analyse(opened)
    analysis_s = time.perf_counter() - before
    timed = {name: of_stage[1:] or of_stage for name, of_stage in records.items()}  # the first chunk loads the model
    row_bytes, kept = _row_bytes(tree)
    return Rehearsed(
        start_s,
        {name: sum(r.wall_s for r in chunks) / sum(r.runs for r in chunks) for name, chunks in timed.items()},
        analysis_s,
        evaluated_bytes,
        peak_memory(),
        sum(record.runs for of_stage in records.values() for record in of_stage),
        opened.directory.result.stat().st_size,
        opened.directory.report.stat().st_size,
        row_bytes,
        kept,
    )


def _row_bytes(tree: Any) -> tuple[float, int]:
    """Bytes of a kept run in the result, compressed as the file does it, and the number of those runs."""
    nodes = [node for node in tree.subtree if node.path.split("/")[1] in ("design", "runs", "outputs", "outputs_time")]
    total = 0
    for node in nodes:
        for name, variable in node.to_dataset(inherit=False).variables.items():
            if "sample" in variable.dims:
                values = np.ascontiguousarray(variable.values)
                shuffled = values.reshape(-1).view(np.uint8).reshape(-1, values.dtype.itemsize).T
                # Coordinates are not compressed.
                total += values.nbytes if name in node.coords else len(zlib.compress(shuffled.tobytes(), 1))
    status = tree["runs"]["status"] if nodes else np.empty(0)
    return (total / status.size if status.size else 0.0), int(status.size)


if __name__ == "__main__":
    path, out, run_s, began, *overrides = sys.argv[1:]
    try:
        print(json.dumps(asdict(_measure(path, out, float(run_s), float(began), overrides))))
    except SensitivityError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
