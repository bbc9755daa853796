"""Group /<method>_convergence: how indices and criteria settle as the design doubles."""

from typing import Any

import numpy as np
import xarray as xr

from sensitivity.contracts import Estimate
from sensitivity.methods.catalogue import METHODS
from sensitivity.methods.convergence import Targets, criteria
from sensitivity.result.labels import StageResult, strings
from sensitivity.streams import Purpose, key

MEANINGS = {
    "width": "width of the widest interval",
    "ranking": "95 % quantile of the weighted changes of ranks between two studies of this size",
    "screening": "width of the widest interval of a factor whose index is below 0.05",
}


def convergence_group(result: StageResult, targets: Targets) -> xr.Dataset:
    """Indices that rank, with intervals and criteria, at every size of the design, and whether the criteria are met.

    Indices in the output's unit are judged relative to the largest one.
    """
    stage = result.stage
    index, n = METHODS[stage.name].ranked_by, len(stage.inputs)
    found, judged = [], []
    for blocks, estimate in result.growth:
        at = _factors(estimate, stage.summary, n)
        rng = np.random.Generator(np.random.Philox(key=key(stage.seed, Purpose.CONVERGENCE, blocks)))
        found.append(at)
        judged.append(criteria(at, rng, relative=not METHODS[stage.name].shares))
    dims = ("blocks", "output", "factor")
    data: dict[str, Any] = {
        index: (dims, np.stack([at.value.T for at in found])),
        f"{index}_ci": ((*dims, "ci_bound"), np.stack([np.moveaxis(at.ci, 0, -1).swapaxes(0, 1) for at in found])),
    }
    for name, meaning in MEANINGS.items():
        values = np.stack([getattr(one, name) for one in judged])
        data[name] = (dims[:2], values, {"long_name": meaning, "target": getattr(targets, name)})
    for name, met in judged[-1].met(targets).items():
        told = np.where(np.isnan(getattr(judged[-1], name)), -1, met)
        data[f"{name}_met"] = (
            "output",
            told.astype(np.int8),
            {"long_name": f"1: {name} is met; -1: it cannot be told"},
        )
    names = list(stage.inputs)
    data["widest"] = ("output", strings([names[i] for i in judged[-1].widest]), {"long_name": "widest interval"})
    coords = {
        "blocks": ("blocks", np.array([blocks for blocks, _ in result.growth]), {"long_name": "blocks of the design"}),
        "output": strings([output.name for output in stage.outputs]),
        "factor": strings(names),
        "ci_bound": strings(["lower", "upper"]),
    }
    return xr.Dataset(data, coords=coords)


def _factors(estimate: Estimate, elements: list[int], n: int) -> Estimate:
    deviations = estimate.deviations
    return Estimate(
        estimate.value[:n, elements],
        estimate.se[:n, elements],
        estimate.ci[:, :n, elements],
        None if deviations is None else deviations[:, :n, elements],
    )
