"""Groups /<method>, /<method>_groups and /<method>_time, such as /sobol_groups: indices with their intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.methods.ranking import rank_probabilities
from sensitivity.quantities import MEAN
from sensitivity.result.labels import StageResult, strings, time_axis
from sensitivity.streams import Purpose, key

MEANINGS = {
    "S1": "first-order Sobol' index",
    "ST": "total Sobol' index",
    "S2": "second-order Sobol' index (pure interaction)",
    "mean": "mean of the output over the design",
    "variance": "variance of the output over the design",
    "noise_share": "share of the variance that is noise within a point",
    "mu": "mean elementary effect per unit of quantile",
    "mu_star": "mean absolute elementary effect per unit of quantile",
    "mean_square": "mean squared elementary effect per unit of quantile, without the noise of the model",
    "sigma": "standard deviation of the elementary effects",
    "rank_probability": "probability that a factor has a rank by the index that ranks",
    "top_probability": "probability that the first factors, as many as the rank says, are the ones shown first",
}
SIGNED = frozenset({"mu", "sigma"})
"""Indices that a group has not: its members have no common direction."""

UNITLESS = frozenset({"S1", "ST", "S2", "noise_share", "rank_probability", "top_probability"})


def index_groups(result: StageResult, time_unit: str, ci: float) -> dict[str, xr.Dataset]:
    """Index groups of one stage: one element a scalar output, the pool of each time course, and its times."""
    stage = result.stage
    summary = stage.summary
    labels = {
        "output": strings([output.name for output in stage.outputs]),
        "output_units": ("output", strings([stage.unit(output) for output in stage.outputs])),
        "quantity": ("output", strings([stage.quantities.get(o.name, MEAN).words or "mean of" for o in stage.outputs])),
        "generalised": (
            "output",
            np.array([output.times is not None for output in stage.outputs], dtype=np.int8),
            {"long_name": "1: one index for a whole time course"},
        ),
    }
    name, n = stage.name, len(stage.inputs)
    nodes = {f"/{name}": _index_dataset(result, summary, "output", slice(0, n), ci, labels)}
    layout = stage.method.layout
    pairs = np.stack([result.pairs[:, a:b].min(axis=1) for a, b in stage.elements])
    nodes[f"/{name}"]["pairs"] = (
        ("output", "factor"),
        pairs[:, :n],
        {"long_name": f"{METHODS[name].used} used, of {layout.size(layout.rows)}"},
    )
    if stage.groups and len(stage.units) > n:
        groups = slice(n, n + len(stage.groups))
        nodes[f"/{name}_groups"] = _index_dataset(result, summary, "output", groups, ci, labels)
    for (a, b), output in zip(stage.elements, stage.outputs, strict=True):
        if output.times is not None:
            coords = {"time": time_axis(output, time_unit)}
            node = _index_dataset(result, list(range(a, b)), "time", slice(0, n), ci, coords)
            node.attrs["output_units"] = stage.unit(output)
            nodes[f"/{name}_time/{output.name}"] = node
    return nodes


def _index_dataset(
    result: StageResult, elements: list[int], dim: str, units: slice, ci: float, coords: Mapping[str, Any]
) -> xr.Dataset:
    """Every index with its standard error and interval; `dim` is what the elements are."""
    stage = result.stage
    names = list(stage.units)[units]
    unit_dim = "factor" if units.start == 0 else "group"
    data: dict[str, Any] = {}
    for name, estimate in result.estimates.items():
        rank = estimate.value.ndim
        if unit_dim == "group" and (rank == 3 or name in SIGNED):
            continue
        dims = (dim, unit_dim, "factor_2")[:rank]
        arrays = {"": estimate.value, "_se": estimate.se, "_ci": np.moveaxis(estimate.ci, 0, -1)}
        for suffix, values in arrays.items():
            axis = rank - 1
            values = np.take(values, elements, axis=axis)
            for unit_axis in range(rank - 1):
                values = values[(slice(None),) * unit_axis + (units,)]
            values = np.moveaxis(values, axis, 0)
            attributes: dict[str, Any] = {"long_name": MEANINGS[name]}
            if name in UNITLESS:
                attributes["units"] = "1"
            if suffix == "_ci":
                attributes |= {"ci_kind": "t interval", "ci_prob": ci}
            data[name + suffix] = ((*dims, "ci_bound") if suffix == "_ci" else dims, values, attributes)
        if rank == 3:
            data |= _blank_diagonal(data, name)
        if name in result.ranges:
            moved = np.moveaxis(result.ranges[name][:, units][:, :, elements], (0, 2), (2, 0))
            meaning = "smallest and largest index with failed runs at the extremes of the observed outputs"
            data[f"{name}_range"] = ((*dims, "ci_bound"), moved, {"long_name": meaning})
    if dim == "output":
        data |= _certainty(result, elements, units, unit_dim)
    labels: dict[str, Any] = {**coords, unit_dim: strings(names), "ci_bound": strings(["lower", "upper"])}
    if any("factor_2" in entry[0] for entry in data.values()):
        labels["factor_2"] = strings(names)
    if "top_probability" in data:
        labels["rank"] = np.arange(1, len(names) + 1)
    return xr.Dataset(data, coords=labels)


def _certainty(result: StageResult, elements: list[int], units: slice, unit_dim: str) -> dict[str, Any]:
    """How sure the ranking is, where the method has independent replicates."""
    estimate = result.estimates[RANKED_BY[result.stage.name]]
    if estimate.deviations is None:
        return {}
    rng = np.random.Generator(np.random.Philox(key=key(result.stage.seed, Purpose.RANKING)))
    rank, top = rank_probabilities(
        estimate.value[units][:, elements], estimate.deviations[:, units][:, :, elements], rng
    )
    found = {
        "rank_probability": (("output", unit_dim, "rank"), np.moveaxis(rank, -1, 0)),
        "top_probability": (("output", "rank"), top.T),
    }
    return {n: (dims, values, {"long_name": MEANINGS[n], "units": "1"}) for n, (dims, values) in found.items()}


def _blank_diagonal(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A factor has no interaction with itself: NaN on the diagonal."""
    blanked = {}
    for suffix in ("", "_se", "_ci"):
        dims, values, attributes = data[name + suffix]
        values = values.copy()
        diagonal = np.arange(values.shape[1])
        values[:, diagonal, diagonal] = np.nan
        blanked[name + suffix] = (dims, values, attributes)
    return blanked
