"""Dimension ``scenario``: one tree of findings a scenario, stacked, and how indices differ between them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.contracts import Estimate
from sensitivity.given import Companions
from sensitivity.methods.catalogue import METHODS
from sensitivity.methods.intervals import from_deviations
from sensitivity.result.labels import StageResult, strings, variables
from sensitivity.study import Study

SHARED = ("/", "/parameters", "/design", "/runs")
"""Groups that are the same in every scenario, as ``/<method>_failures`` are."""


def of_scenario(result: StageResult, study: Study, number: int) -> StageResult:
    """What a stage gave in one scenario, or of one difference, with the outputs' own names."""
    stage, labels = result.stage, study.labels
    n, pools = stage.elements[-1][1] // len(labels), len(stage.pools) // len(labels)
    total = n * len(labels)
    own = slice(number * n, (number + 1) * n)
    columns = [*range(own.start, own.stop), *range(total + number * pools, total + (number + 1) * pools)]

    def part(estimate: Estimate) -> Estimate:
        deviations = None if estimate.deviations is None else estimate.deviations[..., columns]
        return Estimate(estimate.value[..., columns], estimate.se[..., columns], estimate.ci[..., columns], deviations)

    return replace(
        result,
        stage=replace(
            stage, outputs=study.outputs, quantities=study.quantities, shift=stage.shift[own], floors=stage.floors[own]
        ),
        estimates={name: part(estimate) for name, estimate in result.estimates.items()},
        pairs=result.pairs[:, own],
        rows=None if result.rows is None else {**result.rows, "y": result.rows["y"][..., own]},
        undefined=result.undefined[own],
        growth=[(blocks, part(estimate)) for blocks, estimate in result.growth],
        ranges={name: moved[..., columns] for name, moved in result.ranges.items()},
        companions=None if result.companions is None else _companions(result.companions, study, labels[number]),
    )


def _companions(found: Companions, study: Study, label: str) -> Companions:
    plain = {f"{output.name}, {label}": output.name for output in study.outputs}
    at = [i for i, name in enumerate(found.outputs) if name in plain]

    def part(estimate: Estimate) -> Estimate:
        return Estimate(estimate.value[..., at], estimate.se[..., at], estimate.ci[..., at])

    return replace(
        found,
        outputs=[plain[found.outputs[i]] for i in at],
        estimates={name: part(estimate) for name, estimate in found.estimates.items()},
        values={name: values[..., at] for name, values in found.values.items()},
        splits={plain[name]: words for name, words in found.splits.items() if name in plain},
        shapley=None if found.shapley is None else (found.shapley[0], part(found.shapley[1])),
    )


def stacked(parts: Sequence[Mapping[str, xr.Dataset]], labels: Sequence[str]) -> dict[str, xr.Dataset]:
    """Groups of all scenarios as one, along ``scenario``."""
    index = xr.Variable("scenario", strings(labels), {"long_name": "scenario, or its difference to the first"})
    nodes = {}
    for path, first in parts[0].items():
        if path in SHARED or path.endswith("_failures"):
            nodes[path] = first
            continue
        own = [name for name in first.data_vars if path != "/diagnostics" or "output" in first[name].dims]
        joined = xr.concat(
            [part[path][own] for part in parts], dim=index, coords="minimal", compat="override", join="override",
            data_vars="all", combine_attrs="override",
        )  # fmt: skip
        nodes[path] = first.drop_vars(own).merge(joined, combine_attrs="override")
    return nodes


def contrasts(result: StageResult, study: Study, ci: float) -> xr.Dataset | None:
    """Group /<method>_contrasts: each index of each scenario less that of the first, with paired intervals.

    The scenarios share their scramblings, whose spread gives the interval of a difference: what they have in common
    cancels. None where a method has no independent replicates.
    """
    stage, n = result.stage, len(result.stage.inputs)
    parts = [of_scenario(result, study, number) for number in range(len(study.scenarios))]
    data: dict[str, Any] = {}
    for name in METHODS[stage.name].columns:
        each = [part.estimates[name] for part in parts]
        if any(one.deviations is None for one in each):
            return None
        differences = []
        for one in each[1:]:
            assert one.deviations is not None
            assert each[0].deviations is not None
            at = parts[0].stage.summary
            deviations = (one.deviations - each[0].deviations)[:, :n][..., at]
            differences.append(from_deviations((one.value - each[0].value)[:n][:, at], deviations, ci))
        found = [variables(name, d, ("factor", "output"), f"{name} less that of the first scenario", ci)
                 for d in differences]  # fmt: skip
        for key, (dims, _, attributes) in found[0].items():
            data[key] = (("contrast", *dims), np.stack([one[key][1] for one in found]), attributes)
    labels = {
        "contrast": strings([f"{s.name} - {study.scenarios[0].name}" for s in study.scenarios[1:]]),
        "output": strings([output.name for output in study.outputs]),
        "factor": strings(list(stage.inputs)),
        "ci_bound": strings(["lower", "upper"]),
    }
    return xr.Dataset(data, coords=labels)
