"""What the parts of the result tree share: one stage's findings, and how they are labelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.contracts import Estimate, FloatArray, OutputRequest
from sensitivity.failures import FailureMap
from sensitivity.given import Companions
from sensitivity.stage import Stage


@dataclass(frozen=True)
class StageResult:
    """All that one stage gave.

    Attributes
    ----------
    estimates : mapping of index name to Estimate
        Arrays (units, elements + pools) or (elements + pools,).
    pairs : (units, elements)
        Blocks used for each unit and element.
    rows : mapping or None
        ``y``, ``status``, ``steps`` of all blocks, where rows are kept.
    status_counts : mapping of status name to number of runs
    undefined : (elements,)
        Values that are not finite.
    growth : list of (blocks, Estimate)
        Indices that rank, as smaller designs of the same seed would have given them, and at the last as this one does.
    failures : FailureMap or None
        What failed runs have in common, where any failed.
    ranges : mapping of index name to (2, units, elements + pools)
        Where failed runs could move an index; empty where none failed or rows are not kept.
    companions : Companions or None
        Given-data indices of the independent runs, where the design has enough of them.
    machines : mapping of str to int
        Chunks by the class of the machine that evaluated them.
    """

    stage: Stage
    estimates: Mapping[str, Estimate]
    pairs: np.ndarray
    rows: Mapping[str, np.ndarray] | None
    status_counts: Mapping[str, int]
    undefined: np.ndarray
    growth: Sequence[tuple[int, Estimate]]
    failures: FailureMap | None = None
    ranges: Mapping[str, np.ndarray] = field(default_factory=dict)
    companions: Companions | None = None
    machines: Mapping[str, int] = field(default_factory=dict)


def variables(name: str, estimate: Estimate, dims: tuple[str, str], meaning: str, ci: float) -> dict[str, Any]:
    """Value, standard error and interval, with the second dimension first."""
    order = dims[::-1]
    attributes: dict[str, Any] = {"long_name": meaning, "units": "1"}
    interval: FloatArray = np.moveaxis(estimate.ci, 0, -1).swapaxes(0, 1)
    return {
        name: (order, estimate.value.T, attributes),
        f"{name}_se": (order, estimate.se.T, attributes),
        f"{name}_ci": ((*order, "ci_bound"), interval, {**attributes, "ci_kind": "t interval", "ci_prob": ci}),
    }


def strings(words: Sequence[str]) -> np.ndarray:
    """Coordinate of strings."""
    return np.array(list(words), dtype=object)


def time_axis(output: OutputRequest, time_unit: str) -> xr.Variable:
    """Time coordinate of a time course."""
    return xr.Variable("time", np.array(output.times), {"units": time_unit, "long_name": "time"})


def describe(output: OutputRequest, time_unit: str) -> str:
    """Say in words what an output is."""
    if output.times is not None:
        return f"{output.of} over time"
    if output.reduce is None or output.window is None:
        return output.of
    a, b = output.window
    above = "" if output.threshold is None else f" {output.threshold:g}"
    return f"{output.reduce}{above} of {output.of}, {a:g} to {b:g} {time_unit}"
