"""A small study before the large one: how much of an output is noise, and what size would be sure enough.

A pilot is 256 base rows in 8 scramblings, each point run 4 times where the model is stochastic. Of the noise it takes
lambda, the variance within a point over that between points. At fixed runs the error of product estimators is least
near m = lambda replicates with independent streams, and at fewer with shared ones; beyond 16 further runs are better
spent on rows. Widths of intervals shrink at least as one over the square root of the rows, so that sizes are upper
estimates.
"""

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from sensitivity import floors, statistics
from sensitivity.contracts import Estimate, FloatArray, Model, Status
from sensitivity.methods.intervals import t_quantile
from sensitivity.methods.sobol import Sobol, default_scrambles
from sensitivity.stage import Stage, evaluate, nominal_outputs
from sensitivity.statistics import Piece, leaf_sums
from sensitivity.streams import Purpose, key
from sensitivity.study import Study

ROWS, SCRAMBLES, REPLICATES = 256, 8, 4
MOST_REPLICATES = 16
SURE = 0.99
"""Level at which a pilot tells a signal from none: chance alone would show one in 200 noisy outputs some signal."""
LARGEST = 2**24
"""Base rows beyond which no size is proposed: the pilot says nothing of designs that are so much larger."""


@dataclass(frozen=True)
class Advice:
    """What a pilot says of one output.

    Attributes
    ----------
    output : str
    noise_ratio : float
        Lambda: variance of the noise over that of the mean, 0 for a deterministic model, infinite where the pilot
        cannot tell the latter from zero.
    width : float
        Expected width of the widest interval of ST at the size and replicates of the study, NaN where it is unknown.
    n_base : int or None
        Base rows at which that should be below the study's target with the replicates proposed; None beyond `LARGEST`,
        or where noise hides the mean.
    """

    output: str
    noise_ratio: float
    width: float
    n_base: int | None


@dataclass(frozen=True)
class Pilot:
    """Findings of a pilot.

    Attributes
    ----------
    advice : tuple of Advice
        One an output.
    replicates : int
        Proposed for all outputs: the largest that one of them asks for.
    runs, failed : int
        Of the pilot.
    run_s : float
        Seconds a run on one core, compiling left out.
    """

    advice: tuple[Advice, ...]
    replicates: int
    runs: int
    failed: int
    run_s: float

    @property
    def n_base(self) -> int | None:
        """Base rows that serve every output; None where one of them cannot be served."""
        sizes = [one.n_base for one in self.advice]
        return None if any(size is None for size in sizes) else max(size for size in sizes if size is not None)


def pilot(study: Study, model: Model, stage: Stage) -> Pilot:
    """Run the pilot of a study in this process.

    Parameters
    ----------
    stage : Stage
        Main stage of the study.
    """
    m = REPLICATES if model.stochastic else 1
    method = Sobol(ROWS, SCRAMBLES)
    small = replace(stage, name="pilot", method=method, seed=key(study.seed, Purpose.PILOT), replicates=m,
                    quantities={}, ledger={}, groups={})  # fmt: skip
    small = replace(small, shift=nominal_outputs(small, model))  # the first run compiles
    small = replace(small, floors=floors.of_stage(model, small))
    leaves, failed = {}, 0
    began = time.perf_counter()
    for a, b, _, _ in method.layout.leaves:
        rows = evaluate(small, model, small.design(a, b))
        failed += int(np.sum(rows.status != Status.OK))
        leaves[a] = leaf_sums(small, a, rows.y)
    seconds = time.perf_counter() - began
    found = floors.blank(small, method.estimates(statistics.totals(small, [Piece(leaves, {})]), study.ci, small.pools))
    ratios = _noise_ratios(found, small.summary)
    replicates = max((_replicates(ratio) for ratio in ratios), default=1) if model.stochastic else 1
    widths = np.max(2.0 * found["ST"].se[:, small.summary], axis=0)  # per unit of the t quantile
    advice = tuple(
        _advice(study, output.name, float(ratio), float(width), m, replicates)
        for output, ratio, width in zip(small.outputs, ratios, widths, strict=True)
    )
    return Pilot(advice, replicates, small.runs, failed, seconds / small.runs)


def _noise_ratios(found: dict[str, Estimate], summary: list[int]) -> FloatArray:
    if "noise_share" not in found:
        return np.zeros(len(summary))
    share = found["noise_share"].value[summary]
    most = share + t_quantile(SURE, SCRAMBLES - 1.0) * found["noise_share"].se[summary]
    drowned = ~(most < 1.0)  # the variance of the mean may as well be zero
    return np.where(drowned, np.inf, np.maximum(share, 0.0) / np.where(drowned, 1.0, 1.0 - share))


def _replicates(ratio: float) -> int:
    """Replicates for a noise ratio: itself, between 2 and 16, and even, so that pairs can be made."""
    wanted = MOST_REPLICATES if math.isinf(ratio) else round(ratio)
    return min(max(2, wanted + wanted % 2), MOST_REPLICATES)


def _advice(study: Study, output: str, ratio: float, width: float, m: int, proposed: int) -> Advice:
    def at(rows: int, replicates: int) -> float:
        scrambles = default_scrambles(rows)
        noise = 1.0 if not ratio else (1.0 + ratio / replicates) / (1.0 + ratio / m) if math.isfinite(ratio) else 1.0
        return float(width * noise * math.sqrt(ROWS / rows) * t_quantile(study.ci, scrambles - 1.0))

    rows = study.method.layout.blocks if isinstance(study.method, Sobol) else ROWS
    size = ROWS
    while size < LARGEST and not at(size, proposed) <= study.converge.width:
        size *= 2
    enough = math.isfinite(ratio) and at(size, proposed) <= study.converge.width
    return Advice(output, ratio, at(rows, max(study.replicates, 1)), size if enough else None)
