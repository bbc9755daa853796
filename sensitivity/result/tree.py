"""The result tree: labelled arrays with units, intervals and provenance, as one netCDF-4 file.

    /parameters     factor                     ranges, units, sources
    /design         sample, factor             x in the factors' units, u in the unit cube, addresses of the samples
    /runs           sample[, replicate]        status, steps
    /outputs        sample[, replicate]        one variable a scalar output
    /outputs_time/<output>                     sample[, replicate], time
    /sobol          output, factor[, factor_2] S1, ST, S2 with _se and _ci; time courses by their generalised index
    /sobol_groups   output, group
    /sobol_ledger   output, entry              shares of the variance that add up to one, in a stated order
    /sobol_together together, factor           indices of several outputs taken together
    /given          output, factor             given-data indices of the independent runs
    /given_shapley  output, unit               shares of factors that depend on each other
    /sobol_time/<output>                       factor, time
    /morris, /morris_groups, /morris_time      mu, mu_star, sigma; of groups mu_star
    /andres         output, varied             whether the factors that a screening kept explain the outputs
    /efast, ...     as /sobol                  S1, ST
    /sobol_convergence, /morris_convergence    blocks, output, factor: indices and criteria as the design doubles
    /sobol_contrasts            contrast, output, factor: indices of a scenario less those of the first
    /sobol_failures, /morris_failures          factor: what failed runs have in common, where any failed
    /patients       patient                    subjects at the nominal point, of a model that has them
    /diagnostics    output                     runs, failures, undefined values
    /provenance     attributes                 study, versions, seed, times

A study with scenarios has a further dimension ``scenario`` wherever there is an output: the scenarios by name, then the
difference of each other one to the first.

No coordinate stands at the root, and booleans are int8: xarray and netCDF would refuse them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.contracts import Status
from sensitivity.failures import FailureMap
from sensitivity.methods.catalogue import METHODS
from sensitivity.result.check import check_group
from sensitivity.result.convergence import convergence_group
from sensitivity.result.derived import derived_groups
from sensitivity.result.file import SCHEMA, content_hash
from sensitivity.result.given import given_groups
from sensitivity.result.indices import index_groups
from sensitivity.result.labels import StageResult, strings
from sensitivity.result.rows import rows_groups
from sensitivity.result.scenarios import contrasts, of_scenario, stacked
from sensitivity.stage import Stage
from sensitivity.study import Study


def build(
    study: Study,
    stages: Sequence[StageResult],
    time_unit: str,
    provenance: Mapping[str, Any],
    patients: xr.Dataset | None = None,
) -> xr.DataTree:
    """Assemble the tree of a finished study."""
    if study.scenarios:
        numbers = range(len(study.labels))
        parts = [_nodes(study, [of_scenario(r, study, number) for r in stages], time_unit) for number in numbers]
        nodes = stacked(parts, study.labels)
        differences = contrasts(stages[-1], study, study.ci)
        if differences is not None:
            nodes[f"/{stages[-1].stage.name}_contrasts"] = differences
    else:
        nodes = _nodes(study, stages, time_unit)
    if patients is not None:
        nodes["/patients"] = patients
    tree = xr.DataTree.from_dict(nodes)
    tree.attrs["content_hash"] = content_hash(tree)
    tree["provenance"] = xr.DataTree(xr.Dataset(attrs=dict(provenance)))
    return tree


def _nodes(study: Study, stages: Sequence[StageResult], time_unit: str) -> dict[str, xr.Dataset]:
    nodes: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs=_root_attributes(study))}
    kept = {factor.name for factor in stages[-1].stage.factors}
    nodes["/parameters"] = _parameters(study, kept)
    if all(result.rows is not None for result in stages):
        nodes |= rows_groups(study, stages, time_unit)
    for result in stages:
        if result.stage.name in METHODS:
            nodes |= index_groups(result, time_unit, study.ci)
            nodes[f"/{result.stage.name}_convergence"] = convergence_group(result, study.converge)
        else:
            nodes[f"/{result.stage.name}"] = check_group(result, study.ci)
        if result.stage.name == study.method.name:
            nodes |= derived_groups(result, study)
            if result.companions is not None:
                nodes |= given_groups(result.companions, result.stage.names, study.ci)
        if result.failures is not None:
            nodes[f"/{result.stage.name}_failures"] = _failures(result.stage, result.failures)
    nodes["/diagnostics"] = _diagnostics(stages)
    nodes["/"].attrs["rows"] = "kept" if "/design" in nodes else "not kept: too large (256 MiB); indices only"
    lost = [name for name in study.groups if name not in stages[-1].stage.groups]
    if lost:
        nodes["/"].attrs["groups_not_ranked"] = f"{', '.join(lost)}: the screening dropped a member"
    return nodes


def _root_attributes(study: Study) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "Conventions": "CF-1.11",
        "title": study.title,
        "context_of_use": study.context_of_use,
        "sample_dims": "sample",
        "method": study.method.name,
    }


def _parameters(study: Study, kept: set[str]) -> xr.Dataset:
    factors = study.factors
    block = {member: name for name, one in study.blocks.items() for member in one.members}
    support = np.array([factor.distribution.support for factor in factors])
    text = {
        "units": [factor.unit for factor in factors],
        "dist": [factor.distribution.dist for factor in factors],
        "dist_args": [json.dumps(dict(factor.distribution.arguments), sort_keys=True) for factor in factors],
        "label": [factor.label or factor.name for factor in factors],
        "meaning": [factor.meaning for factor in factors],
        "mechanism": [factor.mechanism for factor in factors],
        "source": [factor.source for factor in factors],
        "block": [block.get(factor.name, "") for factor in factors],
    }
    data: dict[str, Any] = {name: ("factor", np.array(values, dtype=object)) for name, values in text.items()}
    data |= {
        "low": ("factor", support[:, 0]),
        "high": ("factor", support[:, 1]),
        "nominal": ("factor", np.array([factor.nominal for factor in factors])),
        "truncated": ("factor", np.array([factor.distribution.truncated for factor in factors], dtype=np.int8)),
        "assumed": ("factor", np.array([factor.assumed for factor in factors], dtype=np.int8)),
        "kept": ("factor", np.array([factor.name in kept for factor in factors], dtype=np.int8)),
    }
    return xr.Dataset(data, coords={"factor": strings([factor.name for factor in factors])})


def _failures(stage: Stage, found: FailureMap) -> xr.Dataset:
    """Which factors failed runs are tied to."""
    meanings = {
        "distance": "Kolmogorov-Smirnov distance between the quantiles of failed and of all independent points",
        "p_value": "probability of such a distance by chance, adjusted for the number of factors (Holm)",
        "low": "quantile where the shortest range with 90 % of the failures begins",
        "high": "quantile where it ends",
    }
    data: dict[str, Any] = {
        n: ("factor", getattr(found, n), {"long_name": m, "units": "1"}) for n, m in meanings.items()
    }
    data["tied"] = ("factor", found.tied.astype(np.int8), {"long_name": "1: failures are tied to the factor"})
    counts = {"points": found.points, "failed_points": found.failed}
    return xr.Dataset(data, coords={"factor": strings([f.name for f in stage.factors])}, attrs=counts)


def _diagnostics(stages: Sequence[StageResult]) -> xr.Dataset:
    """Runs and failures of each stage, and values that are undefined although their run succeeded."""
    outputs = stages[0].stage.outputs
    counts = np.array([[result.status_counts.get(s.name.lower(), 0) for s in Status] for result in stages])
    failed = counts.sum(axis=1) - counts[:, Status.OK]
    missing = np.array([[result.undefined[a:b].max() for a, b in result.stage.elements] for result in stages])
    return xr.Dataset(
        {
            "status_count": (("stage", "status"), counts, {"long_name": "runs by status"}),
            "runs": ("stage", counts.sum(axis=1), {"long_name": "runs"}),
            "failed": ("stage", failed, {"long_name": "runs whose status is not ok"}),
            "missing": (("stage", "output"), missing, {"long_name": "runs without a finite value"}),
        },
        coords={
            "stage": strings([result.stage.name for result in stages]),
            "status": strings([s.name.lower() for s in Status]),
            "output": strings([output.name for output in outputs]),
        },
    )
