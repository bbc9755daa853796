"""The functions behind the commands: what the command line calls, a notebook can call."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sensitivity import config, growth, plan, view
from sensitivity.analysis import analyse
from sensitivity.checks import check_model
from sensitivity.config_document import read_document
from sensitivity.contracts import Stop
from sensitivity.errors import Diagnostic, NotConverged, SensitivityError, UsageError
from sensitivity.growth import sizes
from sensitivity.jobs import Log, job
from sensitivity.loading import LoadError
from sensitivity.lock import owned
from sensitivity.pilot import Pilot, pilot
from sensitivity.plan import Plan
from sensitivity.reproduction import Reproduction, reproduce
from sensitivity.result.file import load as load_result
from sensitivity.run import Progress, Report, Share, evaluate, never, open_run
from sensitivity.scenario_model import load_model
from sensitivity.stages import main_stage
from sensitivity.study import Study
from sensitivity.study_json import from_json
from sensitivity.yaml12 import Document

if TYPE_CHECKING:
    import xarray as xr


def silent(progress: Progress) -> None:
    """Report no progress."""


def open_study(
    path: str | Path, overrides: Sequence[str] = (), workers: int | None = None
) -> tuple[Study, list[Diagnostic]]:
    """Read a study file, with ``a.b=c`` overrides and a number of workers from the command line.

    Raises
    ------
    ConfigError
        With every problem of the file.
    """
    return config.read_study(path, [*overrides, *([] if workers is None else [f"executor.workers={workers}"])])


def resolve_study(path: str | Path, overrides: Sequence[str] = ()) -> tuple[Study, Document]:
    """Read a study file, or that of a run directory: what it means, and what is written where.

    Raises
    ------
    ConfigError
        With every problem of the file.
    """
    file = Path(path) / "config.yaml" if Path(path).is_dir() else Path(path)
    study = study_of(path, overrides) if file != Path(path) else open_study(path, overrides)[0]
    return study, read_document(file, overrides)


def study_of(path: str | Path, overrides: Sequence[str] = ()) -> Study:
    """Return the study of a study file, of a run directory, or of a result file.

    Raises
    ------
    ConfigError, SensitivityError
        When it cannot be read, or the result does not keep its study.
    """
    if Path(path).is_dir():
        return plan.load(Path(path)).study
    if Path(path).suffix == ".nc":
        kept = load_result(path)["provenance"].attrs.get("study")
        if kept is None:
            raise SensitivityError(f"{path} does not keep its study")
        return from_json(json.loads(kept))
    return open_study(path, overrides)[0]


def share(text: str) -> Share:
    """Part ``I/N`` of the chunks.

    Raises
    ------
    UsageError
        When it is written otherwise.
    """
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and int(index) < int(count)):
        raise UsageError(f"--chunk {text}: write I/N with 0 <= I < N, such as 0/64")
    return Share(int(index), int(count))


def run_study(
    path: str | Path,
    out: str | Path = "results",
    overrides: Sequence[str] = (),
    workers: int | None = None,
    share: Share | None = None,
    report: Report = silent,
    warn: Callable[[list[Diagnostic]], None] = lambda warnings: None,
    stop: Stop = never,
) -> "tuple[Plan, xr.DataTree | None]":
    """Run a study file: evaluate what is missing, analyse, write the result and the report.

    Returns
    -------
    (Plan, xarray.DataTree or None)
        Where it is, and the result; None when a share leaves chunks for others.

    Raises
    ------
    ConfigError, TooManyFailures, ResumeRefused, WorkerLost
    Stopped
        When `stop` says so before everything is evaluated.
    """
    started = time.time()
    study, warnings = open_study(path, overrides, workers)
    warn(warnings)
    model = load_model(study)
    check_model(study, model, path)
    name = Path(path).stem
    directory = plan.directory_of(study, name, Path(out))
    with owned(directory.path, shared=share is not None, stop=stop) as alone:
        if alone:
            directory.sweep()
        opened = open_run(study, model, name, Path(out), config.resolved_text(path, overrides))
        with job(directory.path, sizes(study), "" if share is None else f"{share.index}/{share.count}") as log:
            complete = evaluate(opened, model, _logged(report, log), share, stop)
            if share is not None or not complete:
                return opened, None
            return opened, analyse(opened, started)


def _logged(report: Report, log: Log) -> Report:
    """Report that also goes to the log of the job, chunk by chunk."""

    def both(progress: Progress) -> None:
        what = f", {progress.record}" if progress.record else ""
        log(f"stage {progress.stage}: {progress.done} of {progress.chunks} chunks are there{what}")
        report(progress)

    return both


def extend_run(
    path: str | Path,
    settings: Sequence[str],
    workers: int | None = None,
    report: Report = silent,
    stop: Stop = never,
) -> "tuple[Plan, xr.DataTree]":
    """Grow the design of a run directory: what is there is kept, what is new is evaluated.

    Parameters
    ----------
    settings : sequence of str
        ``design.n_base=4096``, or another size of its method.

    Raises
    ------
    ResumeRefused
        When the size is smaller, or the model's source or a package has changed; says which.
    UsageError, TooManyFailures, WorkerLost, Stopped
    """
    started = time.time()
    folder = Path(path).resolve()
    before = plan.load(folder)
    study, written = growth.grown(before.study, settings)
    study = replace(study, executor=replace(study.executor, workers=workers or study.executor.workers))
    if plan.directory_of(study, before.name, folder.parent).path != folder:
        raise UsageError(f"{path} was renamed; its name was {before.name}-{before.identity[:8]}")
    model = load_model(study)
    with owned(folder, shared=False, stop=stop) as alone:
        if alone:
            before.directory.sweep()
        text = config.resolved_text(folder / "config.yaml", written)
        opened = open_run(study, model, before.name, folder.parent, text)
        with job(folder, sizes(study), "") as log:
            evaluate(opened, model, _logged(report, log), None, stop)
            return opened, analyse(opened, started)


def validate_study(path: str | Path, overrides: Sequence[str] = ()) -> tuple[Study, list[Diagnostic]]:
    """Check a study file and its model; nothing is run but two rows.

    Returns
    -------
    (Study, list of Diagnostic)
        The diagnostics are warnings.

    Raises
    ------
    ConfigError
    """
    study, warnings = open_study(path, overrides)
    check_model(study, load_model(study), path)
    return study, warnings


def pilot_study(path: str | Path, overrides: Sequence[str] = ()) -> tuple[Study, list[Diagnostic], Pilot]:
    """Run the pilot of a study file: how much is noise, and which size should do.

    Returns
    -------
    (Study, list of Diagnostic, Pilot)
        The diagnostics are warnings.

    Raises
    ------
    ConfigError
    """
    study, warnings = open_study(path, overrides)
    model = load_model(study)
    check_model(study, model, path)
    return study, warnings, pilot(study, model, main_stage(study))


def analyse_run(
    path: str | Path, out: str | Path = "results", overrides: Sequence[str] = ()
) -> "tuple[Plan, xr.DataTree]":
    """Analyse a run directory again from its chunks, without running the model.

    Parameters
    ----------
    path : str or Path
        The directory, or the study file that it was made from with `out` and `overrides`.

    Raises
    ------
    Incomplete
        When chunks are missing; names them.
    """
    path = Path(path)
    if path.is_file():
        study, _ = open_study(path, overrides)
        path = plan.directory_of(study, path.stem, Path(out)).path
    opened = plan.load(path)
    with job(opened.directory.path, sizes(opened.study), ""):
        return opened, analyse(opened)


def reproduce_run(path: str | Path, sample: int = 64, seed: int = 0) -> Reproduction:
    """Simulate some runs of a finished run directory again, and analyse all of it again; nothing is written.

    Raises
    ------
    Incomplete
        When chunks are missing.
    SensitivityError
        When there is no result, or its model cannot be loaded.
    """
    opened = plan.load(Path(path))
    try:
        model = load_model(opened.study)
    except LoadError as error:
        raise SensitivityError(f"{path}: {error}") from None
    return reproduce(opened, model, sample, seed)


def require_converged(tree: "xr.DataTree") -> None:
    """Refuse a result that is not as sure as its study's targets ask.

    Raises
    ------
    NotConverged
        Says what is not sure enough, and what size of the design should do.
    """
    missed = view.not_converged(tree)
    if missed:
        raise NotConverged("not converged\n  " + "\n  ".join(missed))
