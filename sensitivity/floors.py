"""Floors: variation so small that it says more about rounding and the solver than about the factors.

An index is a ratio of variances and looks as sure at 1e-30 as at 1. Where the standard deviation of an output (Morris:
its largest effect) lies below the floor that its model declares, or below the rounding of its own values, no index is
given.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, Model
from sensitivity.quantities import MEAN
from sensitivity.stage import Stage

ROUNDING = 1e-13
"""Relative to the values: some hundred roundings of double precision, as a model makes on its way to an output."""

KEPT = frozenset({"mean", "variance"})
"""Estimates that mean something however small the variation."""


def of_stage(model: Model, stage: Stage) -> tuple[float, ...]:
    """Floor of each output element, in the unit of what is analysed: what the model declares of the observable.

    An integral has the floor of its observable times the length of its window; a time and a probability have none.
    """
    found: list[float] = []
    for output in stage.outputs:
        observable = model.observables.get(output.of)
        floor = 0.0 if observable is None else observable.floor
        if output.reduce == "auc" and output.window is not None:
            floor *= output.window[1] - output.window[0]
        elif output.reduce in ("time_of_max", "time_above"):
            floor = 0.0
        quantity = stage.quantities.get(output.name, MEAN)
        floor = {"variance": floor**2, "probability": 0.0}.get(quantity.kind, floor)
        found += [floor] * output.size
    return tuple(found)


def blank(stage: Stage, estimates: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Make indices NaN in every element that varies less than its floor; what does not vary at all is left alone."""
    low = _below(stage, estimates)
    if not np.any(low):
        return dict(estimates)
    return {name: one if name in KEPT else _blanked(one, low) for name, one in estimates.items()}


def _below(stage: Stage, estimates: Mapping[str, Estimate]) -> np.ndarray:
    n = stage.elements[-1][1]
    declared = np.zeros(n) if not stage.floors else np.array(stage.floors)
    floors = np.maximum(declared, ROUNDING * np.abs(np.array(stage.shift)))
    if "variance" in estimates:
        squared = np.concatenate([floors**2, *([np.sum(floors[a:b] ** 2)] for a, b in stage.pools)])
        spread = np.maximum(estimates["variance"].value, 0.0)  # noise may bring an estimate below zero
    else:
        squared = np.concatenate([floors, *([np.mean(floors[a:b])] for a, b in stage.pools)])
        effects = estimates["mu_star"].value[: len(stage.factors)]
        spread = np.max(np.where(np.isfinite(effects), effects, 0.0), axis=0)
    return np.asarray((spread > 0.0) & (spread < squared))


def _blanked(estimate: Estimate, low: np.ndarray) -> Estimate:
    def off(values: FloatArray) -> FloatArray:
        return np.where(low, np.nan, values)

    deviations = None if estimate.deviations is None else off(estimate.deviations)
    return replace(estimate, value=off(estimate.value), se=off(estimate.se), ci=off(estimate.ci), deviations=deviations)
