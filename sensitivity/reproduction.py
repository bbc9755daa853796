"""A finished run done again in part: some of its runs are simulated anew, and everything is analysed anew.

Runs are addressed, so that any of them can be simulated alone. Where a study was too large to keep its rows, whole
chunks are evaluated anew instead, and all that they store is compared.
"""

from dataclasses import dataclass

import numpy as np

from sensitivity import plan
from sensitivity.analysis import result
from sensitivity.contracts import Model
from sensitivity.errors import Incomplete
from sensitivity.loading import source_sha256
from sensitivity.machine import machine_class
from sensitivity.plan import Plan, StagePlan
from sensitivity.result.difference import Difference, differences, relative
from sensitivity.result.file import content_hash, load
from sensitivity.stage import evaluate, evaluate_runs
from sensitivity.work import chunk_arrays


@dataclass(frozen=True)
class Reproduction:
    """What came out of it.

    Attributes
    ----------
    simulated, runs : int
        Runs simulated anew, of how many.
    apart : list of Difference
        Runs (or arrays of chunks) that are not the same, with the place of each.
    content_hash, again : str
        Of the result that is there, and of the one made anew.
    variables : list of Difference
        Variables of the result that are not the same.
    altered : bool
        Whether the result file is no longer what was written.
    environment : list of str
        What is not as it was when the run was made.
    """

    simulated: int
    runs: int
    apart: list[Difference]
    content_hash: str
    again: str
    variables: list[Difference]
    altered: bool
    environment: list[str]

    def differs(self, tolerance: float = 0.0) -> bool:
        """Tell whether anything differs by more than a tolerance."""
        return self.altered or any(one.size > tolerance for one in [*self.apart, *self.variables])


def reproduce(opened: Plan, model: Model, sample: int, seed: int) -> Reproduction:
    """Simulate some runs of a finished run again, and analyse all of it again; nothing is written.

    Parameters
    ----------
    sample : int
        Runs to simulate.
    seed : int
        Chooses them.

    Raises
    ------
    Incomplete
        When chunks are missing.
    SensitivityError
        When there is no result.
    """
    stored = load(opened.directory.path)
    anew = result(opened)
    stages = [plan.load_stage(opened, name) for name in opened.stage_names]
    total = sum(one.stage.runs for one in stages)
    rng = np.random.Generator(np.random.Philox(key=seed))
    chosen = np.sort(rng.choice(total, min(sample, total), replace=False))
    first, simulated, apart = 0, 0, []
    for one in stages:
        numbers = chosen[(chosen >= first) & (chosen < first + one.stage.runs)] - first
        first += one.stage.runs
        for chunk, inside in _by_chunk(one, numbers).items():
            if not one.keep_rows and simulated >= sample:
                break
            done, found = _again(opened, one, model, chunk, inside)
            simulated += done
            apart += found
    return Reproduction(
        simulated,
        total,
        apart,
        str(stored.attrs["content_hash"]),
        str(anew.attrs["content_hash"]),
        differences(stored, anew),
        content_hash(stored) != stored.attrs["content_hash"],
        _environment(opened, str(stored["provenance"].attrs.get("machine", ""))),
    )


def _by_chunk(stage_plan: StagePlan, numbers: np.ndarray) -> dict[int, list[int]]:
    """Numbers of runs of a stage, by chunk and counted inside it."""
    runs = stage_plan.stage.block_size * stage_plan.stage.replicates
    found: dict[int, list[int]] = {}
    for number in numbers:
        chunk = int(number) // runs // stage_plan.chunk_size
        found.setdefault(chunk, []).append(int(number) - stage_plan.blocks(chunk)[0] * runs)
    return found


def _again(
    opened: Plan, stage_plan: StagePlan, model: Model, chunk: int, inside: list[int]
) -> tuple[int, list[Difference]]:
    """Simulate some runs of a chunk again, or all of it where its rows were not kept; number of runs, what differs."""
    stage, (start, stop) = stage_plan.stage, stage_plan.blocks(chunk)
    there = opened.directory.read_chunk(stage.name, chunk, stage_plan.header(chunk))
    if there is None:
        raise Incomplete(f"chunk {chunk} of stage {stage.name} is missing; run again to evaluate it")
    design = stage.design(start, stop)
    if not stage_plan.keep_rows:
        arrays = chunk_arrays(stage_plan, start, design, evaluate(stage, model, design))
        sizes = {name: relative(there.arrays[name], array) for name, array in arrays.items()}
        where = f"stage {stage.name} chunk {chunk}"
        return design.blocks * stage.block_size * stage.replicates, [
            Difference(f"{where} {name}", size) for name, size in sizes.items() if size
        ]
    rows = evaluate_runs(stage, model, design, inside)
    y = there.arrays["y"].reshape(-1, rows.y.shape[-1])[inside]
    status = there.arrays["status"].ravel()[inside]
    found = []
    for i, number in enumerate(inside):
        point, replicate = divmod(number, stage.replicates)
        block, point = divmod(point, stage.block_size)
        size = max(relative(y[i], rows.y[i, 0, 0]), relative(status[i : i + 1], rows.status[i, 0]))
        if size:
            where = f"block {start + block} point {point}" + (f" replicate {replicate}" if stage.replicates > 1 else "")
            found.append(Difference(f"stage {stage.name} {where}", size))
    return len(inside), found


def _environment(opened: Plan, made_on: str) -> list[str]:
    now = plan.versions()
    said = [f"{name} {old} -> {now.get(name)}" for name, old in opened.versions.items() if now.get(name) != old]
    if source_sha256(opened.study.model) != opened.model_sha256:
        said.append(f"the source of the model {opened.study.model.use}")
    if made_on and made_on != machine_class():
        said.append(f"machine {made_on} -> {machine_class()}")
    return said
