"""Groups /design, /runs, /outputs and /outputs_time: every run of every stage."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.contracts import Status
from sensitivity.factors import to_values
from sensitivity.result.labels import StageResult, describe, strings, time_axis
from sensitivity.study import Study


def rows_groups(study: Study, stages: Sequence[StageResult], time_unit: str) -> dict[str, xr.Dataset]:
    """Groups /design, /runs, /outputs and /outputs_time: every run of every stage along ``sample``."""
    parts: dict[str, list[np.ndarray]] = {}
    for number, result in enumerate(stages):
        for name, values in _stage_rows(study, number, result).items():
            parts.setdefault(name, []).append(values)
    table = {name: np.concatenate(values) for name, values in parts.items()}
    noisy = study.replicates > 1
    run_dims = ("sample", "replicate") if noisy else ("sample",)
    per_run = {name: table[name] if noisy else table[name][:, 0] for name in ("y", "status", "steps")}
    samples = {"sample": np.arange(len(table["x"]))}
    stage_names = " ".join(result.stage.name for result in stages)
    design = xr.Dataset(
        {
            "x": (("sample", "factor"), table["x"], {"long_name": "factor values in their own units"}),
            "u": (("sample", "factor"), table["u"], {"long_name": "quantiles; NaN where a factor is held fixed"}),
            "stage": ("sample", table["stage"], _flags(range(len(stages)), stage_names)),
            **{name: ("sample", table[name]) for name in ("block", "scramble", "row", "point")},
        },
        coords={**samples, "factor": strings([factor.name for factor in study.factors])},
    )
    meanings = " ".join(status.name.lower() for status in Status)
    runs = xr.Dataset(
        {
            "status": (run_dims, per_run["status"], _flags([int(s) for s in Status], meanings)),
            "steps": (run_dims, per_run["steps"], {"long_name": "solver steps, -1 where unknown"}),
        },
        coords=samples,
    )
    nodes = {"/design": design, "/runs": runs, "/outputs": xr.Dataset(coords=samples)}
    for (a, b), output in zip(stages[0].stage.elements, study.outputs, strict=True):
        values = per_run["y"][..., a:b]
        attributes = {"units": output.unit, "long_name": describe(output, time_unit)}
        if output.times is None:
            nodes["/outputs"][output.name] = (run_dims, values[..., 0], attributes)
        else:
            nodes[f"/outputs_time/{output.name}"] = xr.Dataset(
                {output.name: ((*run_dims, "time"), values, attributes)},
                coords={**samples, "time": time_axis(output, time_unit)},
            )
    return nodes


def _stage_rows(study: Study, number: int, result: StageResult) -> dict[str, np.ndarray]:
    stage, rows = result.stage, result.rows
    assert rows is not None
    design = stage.design(0, stage.method.layout.blocks)
    blocks, size = design.blocks, stage.block_size
    n = blocks * size
    columns = [[f.name for f in study.factors].index(f.name) for f in stage.factors]
    x = np.tile([factor.nominal for factor in study.factors], (n, 1))
    quantiles = stage.quantiles(design.flat)
    x[:, columns] = to_values(stage.factors, quantiles)
    u = np.full((n, len(study.factors)), np.nan)
    u[:, columns] = quantiles
    return {
        "x": x,
        "u": u,
        "stage": np.full(n, number, dtype=np.int8),
        "block": np.repeat(np.arange(blocks), size),
        "scramble": np.repeat(design.scramble, size),
        "row": np.repeat(design.row, size),
        "point": np.tile(np.arange(size), blocks),
        "y": rows["y"].reshape(n, stage.replicates, -1),
        "status": rows["status"].reshape(n, stage.replicates),
        "steps": rows["steps"].reshape(n, stage.replicates),
    }


def _flags(values: Sequence[int] | range, meanings: str) -> dict[str, Any]:
    return {"flag_values": np.array(list(values), dtype=np.int8), "flag_meanings": meanings}
