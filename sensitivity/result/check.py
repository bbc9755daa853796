"""Group /andres: whether the factors that a screening kept explain the outputs."""

from typing import Any

import numpy as np
import xarray as xr

from sensitivity.methods.andres import EXPLAINED, verdicts
from sensitivity.result.labels import StageResult, strings

MEANINGS = {
    "correlation": "correlation with the output when all factors vary",
    "rank_correlation": "rank correlation with the output when all factors vary",
    "share": "variance when only these factors vary, relative to that when all vary",
}


def check_group(result: StageResult, ci: float) -> xr.Dataset:
    """Correlations of each output with itself when only the kept, or only the dropped factors vary, and the verdict."""
    stage = result.stage
    data: dict[str, Any] = {}
    for name, meaning in MEANINGS.items():
        estimate = result.estimates[name]
        attributes = {"long_name": meaning, "units": "1"}
        interval = np.moveaxis(estimate.ci[:, :, stage.summary], (0, 2), (2, 0))
        data[name] = (("output", "varied"), estimate.value[:, stage.summary].T, attributes)
        data[f"{name}_se"] = (("output", "varied"), estimate.se[:, stage.summary].T, attributes)
        data[f"{name}_ci"] = (
            ("output", "varied", "ci_bound"),
            interval,
            {**attributes, "ci_kind": "t interval", "ci_prob": ci},
        )
    told = {"long_name": "1: the kept factors explain the output; -1: they do not; 0: it cannot be told"}
    data["verdict"] = ("output", verdicts(result.estimates["correlation"], stage.summary), told)
    coords = {
        "output": strings([output.name for output in stage.outputs]),
        "varied": strings(list(stage.units)),
        "ci_bound": strings(["lower", "upper"]),
    }
    counts = {"points": stage.method.layout.blocks, "explained": EXPLAINED}
    return xr.Dataset(data, coords=coords, attrs=counts)
