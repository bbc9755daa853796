"""Groups /sobol, /sobol_groups, /sobol_time, /morris and /morris_time: indices with their intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.result.labels import StageResult, strings, time_axis

MEANINGS = {
    "S1": "first-order Sobol' index",
    "ST": "total Sobol' index",
    "S2": "second-order Sobol' index (pure interaction)",
    "mean": "mean of the output over the design",
    "variance": "variance of the output over the design",
    "noise_share": "share of the variance that is noise within a point",
    "mu": "mean elementary effect per unit of quantile",
    "mu_star": "mean absolute elementary effect per unit of quantile",
    "sigma": "standard deviation of the elementary effects",
}
UNITLESS = frozenset({"S1", "ST", "S2", "noise_share"})


def index_groups(result: StageResult, time_unit: str, ci: float) -> dict[str, xr.Dataset]:
    """Index groups of one stage: one element a scalar output, the pool of each time course, and its times."""
    stage = result.stage
    summary, pool = [], stage.elements[-1][1]
    for (a, _), output in zip(stage.elements, stage.outputs, strict=True):
        if output.times is None:
            summary.append(a)
        else:
            summary.append(pool)
            pool += 1
    labels = {
        "output": strings([output.name for output in stage.outputs]),
        "output_units": ("output", strings([output.unit for output in stage.outputs])),
        "generalised": (
            "output",
            np.array([output.times is not None for output in stage.outputs], dtype=np.int8),
            {"long_name": "1: one index for a whole time course"},
        ),
    }
    name, n = stage.name, len(stage.factors)
    nodes = {f"/{name}": _index_dataset(result, summary, "output", slice(0, n), ci, labels)}
    pairs = np.stack([result.pairs[:, a:b].min(axis=1) for a, b in stage.elements])
    nodes[f"/{name}"]["pairs"] = (
        ("output", "factor"),
        pairs[:, :n],
        {"long_name": f"blocks used, of {stage.method.layout.blocks}"},
    )
    if len(stage.units) > n:
        nodes[f"/{name}_groups"] = _index_dataset(result, summary, "output", slice(n, None), ci, labels)
    for (a, b), output in zip(stage.elements, stage.outputs, strict=True):
        if output.times is not None:
            coords = {"time": time_axis(output, time_unit)}
            node = _index_dataset(result, list(range(a, b)), "time", slice(0, n), ci, coords)
            node.attrs["output_units"] = output.unit
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
        if rank == 3 and unit_dim == "group":
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
    labels: dict[str, Any] = {**coords, unit_dim: strings(names), "ci_bound": strings(["lower", "upper"])}
    if any("factor_2" in entry[0] for entry in data.values()):
        labels["factor_2"] = strings(names)
    return xr.Dataset(data, coords=labels)


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
