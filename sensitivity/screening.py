"""Which factors a screening keeps for the second stage."""

from collections.abc import Mapping

import numpy as np

from sensitivity.contracts import Estimate
from sensitivity.stage import Stage


def scores(stage: Stage, estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Score of each factor: the largest, over outputs, of its mu_star relative to the output's largest mu_star.

    A factor that matters to any output scores high, whatever the outputs' units; a time course counts by the time
    average of its absolute effects. An undefined effect counts as 1: what was not measured is not screened out.
    """
    mu_star = estimates["mu_star"].value[: len(stage.factors), stage.summary]
    largest = np.nanmax(np.where(np.isfinite(mu_star), mu_star, 0.0), axis=0)
    relative = np.where(largest > 0.0, mu_star / np.where(largest > 0.0, largest, 1.0), 0.0)
    told = np.isfinite(mu_star).any(axis=0)  # an output that does not vary says nothing of any factor
    relative = np.where(np.isfinite(mu_star), relative, np.where(told, 1.0, 0.0))
    return {factor.name: float(score) for factor, score in zip(stage.factors, relative.max(axis=1), strict=True)}


def keep(stage: Stage, estimates: Mapping[str, Estimate], number: int) -> list[str]:
    """Names of the `number` factors with the highest scores, in the order of the study; ties go to the earlier one."""
    by_score = scores(stage, estimates)
    best = sorted(by_score, key=lambda name: -by_score[name])[:number]
    return [factor.name for factor in stage.factors if factor.name in best]
