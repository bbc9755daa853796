"""The functions behind the commands: what the command line calls, a notebook can call.

What analyses is imported by what needs it: checking a study should not wait for xarray.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sensitivity import config, growth, plan, view
from sensitivity.checks import check_model
from sensitivity.contracts import Stop
from sensitivity.errors import Diagnostic, NotConverged, SensitivityError, UsageError
from sensitivity.forecast import Forecast, forecast
from sensitivity.growth import sizes
from sensitivity.jobs import Log, job
from sensitivity.loading import LoadError
from sensitivity.lock import owned
from sensitivity.pilot import Pilot, pilot
from sensitivity.plan import Plan
from sensitivity.rehearsal import rehearse
from sensitivity.run import Progress, Report, Share, evaluate, never, open_run
from sensitivity.scenario_model import load_model
from sensitivity.stages import all_stages, main_stage
from sensitivity.study import Study

if TYPE_CHECKING:
    import xarray as xr

    from sensitivity.reproduction import Reproduction


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
    from sensitivity.analysis import analyse

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
    from sensitivity.analysis import analyse

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


def validate_study(
    path: str | Path, overrides: Sequence[str] = (), run: bool = False
) -> tuple[Study, list[Diagnostic]]:
    """Check a study file and its model; two rows are run, of a model that has to be compiled only if `run` says so.

    Returns
    -------
    (Study, list of Diagnostic)
        The diagnostics are warnings.

    Raises
    ------
    ConfigError
    """
    study, warnings = open_study(path, overrides)
    model = load_model(study)
    if run or not getattr(model, "compiles", False):  # `run_study` runs them, which has to compile anyway
        check_model(study, model, path)
    return study, warnings


def plan_study(
    path: str | Path, overrides: Sequence[str] = (), workers: int | None = None
) -> tuple[Study, list[Diagnostic], Pilot, Forecast]:
    """Run the pilot and the rehearsal of a study file: how sure it will be, and what it will take.

    Returns
    -------
    (Study, list of Diagnostic, Pilot, Forecast)
        The diagnostics are warnings.

    Raises
    ------
    ConfigError
    SensitivityError
        When the study fails in small.
    """
    study, warnings = open_study(path, overrides, workers)
    model = load_model(study)
    check_model(study, model, path)
    found = pilot(study, model, main_stage(study))
    rehearsed = rehearse(path, overrides, found.run_s)
    return study, warnings, found, forecast(study, all_stages(study), rehearsed)


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
    from sensitivity.analysis import analyse

    path = Path(path)
    if path.is_file():
        study, _ = open_study(path, overrides)
        path = plan.directory_of(study, path.stem, Path(out)).path
    opened = plan.load(path)
    with job(opened.directory.path, sizes(opened.study), ""):
        return opened, analyse(opened)


def reproduce_run(path: str | Path, sample: int = 64, seed: int = 0) -> "Reproduction":
    """Simulate some runs of a finished run directory again, and analyse all of it again; nothing is written.

    Raises
    ------
    Incomplete
        When chunks are missing.
    SensitivityError
        When there is no result, or its model cannot be loaded.
    """
    from sensitivity.reproduction import reproduce

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
