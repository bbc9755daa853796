"""Whether a design is large enough: the criteria of Sarrazin, Pianosi & Wagener (2016).

Three questions (doi 10.1016/j.envsoft.2016.02.005): are the values narrow, is the order settled, and are the factors
that look unimportant known to be? Values converge last and screening first. Where the paper resamples rows, rankings
are drawn from the joint distribution of the indices given the scramblings (`ranking.joint_draws`), for rows of a
scrambled Sobol' design are not independent.
"""

from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import Estimate, FloatArray
from sensitivity.methods.ranking import joint_draws

SMALL = 0.05
"""Indices below are those of factors to be screened out."""


@dataclass(frozen=True)
class Targets:
    """Largest values of the criteria at which a design counts as large enough.

    Attributes
    ----------
    width : float
        Of the widest interval.
    ranking : float
        Of the 95 % quantile of the rank changes between two studies, weighted by the indices: 1 is a change of about
        one place of an important factor.
    screening : float
        Of the widest interval of a factor whose index is below 0.05.
    """

    width: float = 0.05
    ranking: float = 1.0
    screening: float = 0.05


@dataclass(frozen=True)
class Criteria:
    """The criteria of each element, arrays (elements,); NaN where they cannot be told.

    Attributes
    ----------
    widest : (elements,) int
        Factor with the widest interval, the first undefined one where there is one.
    """

    width: FloatArray
    ranking: FloatArray
    screening: FloatArray
    widest: np.ndarray

    def met(self, targets: Targets) -> dict[str, np.ndarray]:
        """Whether each criterion is met, arrays (elements,); an undefined one is not."""
        return {name: getattr(self, name) <= limit for name, limit in vars(targets).items()}


def criteria(estimate: Estimate, rng: np.random.Generator, *, relative: bool) -> Criteria:
    """Judge indices.

    Parameters
    ----------
    estimate : Estimate
        Indices that rank, (factors, elements).
    relative : bool
        Measure against the largest index of the element, for indices that have the output's unit.
    """
    value, low, high = estimate.value, estimate.ci[0], estimate.ci[1]
    if relative:
        finite = np.where(np.isfinite(value), value, 0.0)
        largest = np.max(finite, axis=0)
        scale = np.where(largest > 0.0, largest, np.nan)
        value, low, high = value / scale, low / scale, high / scale
    widths = high - low
    small = np.where(np.isfinite(value), value < SMALL, True)  # an undefined index may be anything
    screening = np.max(np.where(small, widths, 0.0), axis=0)
    order = np.full(value.shape[1], np.nan)
    if estimate.deviations is not None:
        order = _rank_changes(estimate, rng)
    place = np.where(np.isfinite(widths), widths, np.inf)
    return Criteria(np.max(widths, axis=0), order, screening, np.argmax(place, axis=0))


def _rank_changes(estimate: Estimate, rng: np.random.Generator) -> FloatArray:
    """95 % quantile over pairs of studies of the weighted change of ranks (their equation for STAT_ranking)."""
    assert estimate.deviations is not None
    changes = np.full(estimate.value.shape[1], np.nan)
    for e, known, drawn in joint_draws(estimate.value, estimate.deviations, rng):
        if known.size < len(estimate.value):
            continue
        rank = np.argsort(np.argsort(-drawn, axis=1, kind="stable"), axis=1, kind="stable")
        pairs = len(drawn) // 2
        weight = np.maximum(np.maximum(drawn[:pairs], drawn[pairs:]), 0.0) ** 2
        total = np.sum(weight, axis=1)  # zero where noise brings every index below zero: then no change matters
        moved = np.sum(np.abs(rank[:pairs] - rank[pairs:]) * weight, axis=1) / np.where(total > 0.0, total, 1.0)
        changes[e] = np.quantile(moved, 0.95)
    return changes
