"""Groups /sobol_ledger and /sobol_together: what follows from the indices of several units or outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.contracts import Estimate, FloatArray
from sensitivity.methods.ledger import ledger, together
from sensitivity.quantities import MEAN, NOISELESS
from sensitivity.result.labels import StageResult, strings, variables
from sensitivity.stage import Stage
from sensitivity.study import Study

OTHER, NOISE = "other inputs", "noise"


def derived_groups(result: StageResult, study: Study) -> dict[str, xr.Dataset]:
    """Ledger of a stage that has one, and the indices of outputs taken together as the study asks for."""
    nodes = {}
    if result.stage.ledger or (study.ledger and "noise_share" in result.estimates):
        nodes[f"/{result.stage.name}_ledger"] = _ledger(result, study)
    if study.together:
        nodes[f"/{result.stage.name}_together"] = _together(result, study.together, study.ci)
    return nodes


def _ledger(result: StageResult, study: Study) -> xr.Dataset:
    stage, ci = result.stage, study.ci
    first, unions = result.estimates["S1"], stage.unions
    start = len(stage.units) - len(unions)
    at = stage.summary
    closed = [_at(first, start + i, at) for i in range(len(unions))]
    noise = result.estimates.get("noise_share")
    share = None if noise is None else _without_noise(_at(noise, None, at), stage)
    found = ledger(closed, share, ci, complete=len(unions) < len(stage.ledger))
    meaning = "share of the output's variance that an entry explains beyond those before it"
    names = [*stage.ledger, OTHER, next((name for name, reason in study.ledger_levels.items() if not reason), NOISE)]
    without = {name: reason for name, reason in study.ledger_levels.items() if reason}
    order = [*(name for name in study.ledger if name in stage.ledger or name in without), *names[-2:]]
    found = _placed(found, [names.index(name) if name in names else None for name in order])
    labels = {
        "output": strings([output.name for output in stage.outputs]),
        "entry": strings(order),
        "reason": ("entry", strings([without.get(name, "") for name in order]), {"long_name": "why a share is 0"}),
        "ci_bound": strings(["lower", "upper"]),
    }
    return xr.Dataset(variables("share", found, ("entry", "output"), meaning, ci), coords=labels)


def _placed(found: Estimate, rows: Sequence[int | None]) -> Estimate:
    """Rows of an estimate in a new order; None stands for one that is exactly 0."""

    def of(values: FloatArray) -> FloatArray:
        nothing = np.zeros_like(values[..., :1, :])
        parts = [nothing if row is None else values[..., row : row + 1, :] for row in rows]
        return np.concatenate(parts, axis=-2)

    return Estimate(of(found.value), of(found.se), of(found.ci))


def _without_noise(share: Estimate, stage: Stage) -> Estimate:
    """No share of noise where what is analysed is a quantity of the noise itself, such as its variance."""
    free = np.array([stage.quantities.get(output.name, MEAN).kind in NOISELESS for output in stage.outputs])

    def zero(values: FloatArray) -> FloatArray:
        return np.where(free, 0.0, values)

    deviations = None if share.deviations is None else zero(share.deviations)
    return Estimate(zero(share.value), zero(share.se), zero(share.ci), deviations)


def _together(result: StageResult, asked: Mapping[str, Sequence[str]], ci: float) -> xr.Dataset:
    stage, n = result.stage, len(result.stage.inputs)
    element = dict(zip([output.name for output in stage.outputs], stage.summary, strict=True))
    data: dict[str, Any] = {}
    for name in ("S1", "ST"):
        if name not in result.estimates:
            continue
        each = [together(result.estimates[name], [element[o] for o in outputs], ci) for outputs in asked.values()]
        stacked = Estimate(*(np.stack([getattr(one, part) for one in each], axis=-1) for part in ("value", "se", "ci")))
        first = replace(stacked, value=stacked.value[:n], se=stacked.se[:n], ci=stacked.ci[:, :n])
        meaning = f"{name} of several outputs together, each over its variance"
        data |= variables(name, first, ("factor", "together"), meaning, ci)
    labels = {
        "together": strings(list(asked)),
        "outputs": ("together", strings([", ".join(outputs) for outputs in asked.values()])),
        "factor": strings(list(stage.inputs)),
        "ci_bound": strings(["lower", "upper"]),
    }
    return xr.Dataset(data, coords=labels)


def _at(estimate: Estimate, unit: int | None, elements: list[int]) -> Estimate:
    """One unit's index (elements,), or an index that has no units."""

    def of(values: FloatArray) -> FloatArray:
        return values[..., elements] if unit is None else values[..., unit, :][..., elements]

    deviations = None if estimate.deviations is None else of(estimate.deviations)
    return Estimate(of(estimate.value), of(estimate.se), of(estimate.ci), deviations)
