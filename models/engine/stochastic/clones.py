"""Sampled courses of a branching process: one tumour a stream, by address."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from models.engine.cache import compiled
from models.engine.stochastic.branching import BranchingProcess, FloatArray
from models.engine.stochastic.philox import Words, keys
from models.engine.stochastic.purpose import Purpose

CRITICAL = 1e4
"""Number of cells above which a type follows its mean: one per cent of noise, a hundredth of that in a growth rate."""

NEGLIGIBLE = 1e-15
"""Chance of a switch within half a step that is taken for none."""


class Courses(NamedTuple):
    """What came out, row by row.

    Attributes
    ----------
    cells : (n, times, K) array
        Cells of each type, whole numbers below the critical one; at the last step that ended no later.
    relapse : (n,) array
        When the family reached its size, on a logarithmic scale within the step; infinite for never.
    """

    cells: FloatArray
    relapse: FloatArray


@cache
def _kernel() -> Callable[..., None]:
    text = files("models.engine.stochastic.kernel").joinpath("branches.py").read_text("utf-8")
    return compiled(text, "branches", "branch")


def sample(
    process: BranchingProcess,
    first: FloatArray,
    streams: Words,
    times: Sequence[float],
    *,
    step: float,
    family: NDArray[np.bool_] | None = None,
    size: float = np.inf,
    critical: float = CRITICAL,
    patient: int = 0,
) -> Courses:
    """Run one tumour a stream up to the last time.

    Parameters
    ----------
    first : (K,) or (n, K) array
        Cells of each type at the start.
    times : sequence of float
        Increasing.
    family : (K,) bool, optional
        The types whose sum is watched; all of them if left out.
    size : float
        Cells of the family that count as relapse.

    Raises
    ------
    ValueError
        For numbers of cells that are negative or not finite, or times that do not increase.
    """
    first = np.array(np.broadcast_to(np.asarray(first, dtype=np.float64), (len(streams), process.types)))
    if not np.all((first >= 0.0) & np.isfinite(first)):
        raise ValueError("numbers of cells must be finite and not negative")
    when = np.asarray(times, dtype=np.float64)
    if not (when.size and when[0] >= 0.0 and np.all(np.diff(when) > 0.0) and 0.0 < step < np.inf and when[-1] > 0.0):
        raise ValueError("times must be increasing and not negative, and a step positive")
    edges = np.array([*(a for a, _, _ in process.segments(when[-1])), when[-1]])
    counts = np.maximum(np.ceil(np.diff(edges) / step - 1e-9), 1.0).astype(np.int64)
    rates = [s - np.diag(s.sum(axis=1)) for s in process.switching]
    chances = np.stack([expm(0.5 * dt * rates[i]) for i, dt in enumerate(np.diff(edges) / counts)])
    chances[chances < NEGLIGIBLE] = 0.0
    sources, targets = np.nonzero(np.any(chances > 0.0, axis=0) & ~np.eye(process.types, dtype=bool))
    starts = np.searchsorted(sources, np.arange(process.types + 1)).astype(np.int64)
    marks = np.ones(process.types) if family is None else np.asarray(family, dtype=np.float64)
    courses, crossed = np.zeros((len(streams), len(when), process.types)), np.full(len(streams), np.inf)
    _kernel()(
        first, np.ascontiguousarray(process.birth), np.ascontiguousarray(process.death), process.mutation,
        chances, starts, targets.astype(np.int64), edges, counts, critical,
        keys(streams, Purpose.BRANCHING, patient), when, marks, size, courses, crossed, np.zeros(process.types),
        np.zeros(process.types),
    )  # fmt: skip
    return Courses(courses, crossed)
