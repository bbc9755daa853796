"""Evaluate what is missing of a run, stage by stage and chunk by chunk."""

import itertools
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sensitivity import executors, plan, screening, stages
from sensitivity.analysis import analyse_stage
from sensitivity.contracts import Model
from sensitivity.errors import Stopped
from sensitivity.loading import source_sha256
from sensitivity.plan import Plan, StagePlan
from sensitivity.study import Study
from sensitivity.work import Record, Task, run_chunk


@dataclass(frozen=True)
class Progress:
    """How far a stage has come; `record` is what has just been finished, None at the beginning."""

    stage: str
    chunks: int
    done: int
    runs: int
    failed: int
    record: Record | None = None


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
        chunks = range(stage_plan.chunks)
        mine = chunks if share is None else chunks[share.index :: share.count]
        _evaluate_chunks(opened, stage_plan, plan.missing(opened, stage_plan, mine), workers, report, stop)
        if share is not None and not plan.complete(opened, stage_plan):
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
            report(Progress(name, stage_plan.chunks, done, runs, failed, record))
    if left:
        raise Stopped(f"{done} of {stage_plan.chunks} chunks of stage {name} are finished and kept; run again to go on")
