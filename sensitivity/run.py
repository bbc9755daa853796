"""Evaluate what is missing of a run, stage by stage and chunk by chunk."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sensitivity import executors, patients, plan, screening, stages
from sensitivity.contracts import Executor, Model, Stop
from sensitivity.errors import Stopped
from sensitivity.loading import source_sha256
from sensitivity.plan import Plan, StagePlan
from sensitivity.study import CHECK, Study
from sensitivity.work import Record, Task, run_chunk


@dataclass(frozen=True)
class Progress:
    """How far a stage, or the part of it that is evaluated here, has come.

    `record` is what has just been finished, None at the beginning.
    """

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
    patients.keep(opened.directory, opened.study, model)
    spec = opened.study.executor
    workers = spec.workers or executors.cpu_count()
    part = share or Share(0, 1)
    with closing(executors.build(spec.kind, workers, spec.options)) as executor:
        for name in opened.stage_names:
            stage_plan = _stage_plan(opened, model, name, workers * part.count)
            mine = range(part.index, stage_plan.chunks, part.count)
            _evaluate_chunks(opened, stage_plan, mine, executor, report, stop)
            # What other parts wrote is only looked for here: whoever analyses it reads all of it.
            if share is not None and len(list(opened.directory.markers(name, stage_plan.chunks))) < stage_plan.chunks:
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
        from sensitivity.analysis import analyse_stage  # xarray is not needed by what evaluates

        screen = analyse_stage(opened, opened.stage_names[0])
        kept = screening.keep(screen.stage, screen.estimates, study.screen.keep)
        stage = stages.check_stage(study, kept) if name == CHECK else stages.main_stage(study, kept)
    return plan.plan_stage(opened, stage, model, workers)


def _evaluate_chunks(
    opened: Plan, stage_plan: StagePlan, mine: Sequence[int], executor: Executor, report: Report, stop: Stop
) -> None:
    name, chunks = stage_plan.stage.name, plan.missing(opened, stage_plan, mine)
    directory = str(opened.directory.path.resolve())  # a worker may have another working directory
    folder = opened.study.model.folder
    tasks = [Task(directory, name, chunk, stage_plan.key, folder) for chunk in chunks]
    done, runs, failed = len(mine) - len(chunks), 0, 0
    if mine:
        report(Progress(name, len(mine), done, runs, failed))
    left = len(tasks)
    record: Record
    with closing(executor.map(run_chunk, tasks, stop)) as records:
        for record in records:
            left, done, runs, failed = left - 1, done + 1, runs + record.runs, failed + record.failed
            report(Progress(name, len(mine), done, runs, failed, record))
    if left:
        raise Stopped(f"{done} of {len(mine)} chunks of stage {name} are finished and kept; run again to go on")
