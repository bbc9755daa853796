"""Indices of time courses at every time, small enough to travel inside the page: what its time slider shows."""

import math
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.methods.catalogue import METHODS
from sensitivity.plots import style

ROWS = 8
"""Factors listed at a time."""


def courses(tree: xr.DataTree, method: str) -> dict[str, dict[str, Any]]:
    """Factors' labels, times, the index that ranks with its interval, by the name of the output; None where undefined.

    Three digits a value: the result file keeps them all.
    """
    if f"{method}_time" not in tree.children:
        return {}
    index, labels, found = METHODS[method].ranked_by, style.labels(tree), {}
    for output in (name for name in tree.sa.outputs if name in tree[f"{method}_time"].children):
        data = tree[f"{method}_time/{output}"].to_dataset()
        if index not in data:  # a name with a slash, which no study file has, is no node of its own
            continue
        value = data[index].transpose("factor", "time").values
        bounds = data[f"{index}_ci"].transpose("factor", "time", "ci_bound").values
        finite = value[np.isfinite(value)]
        unit = "" if METHODS[method].shares else f"{style.unit(tree, output, method)} per unit of quantile"
        found[output] = {
            "factors": [labels[str(name)] for name in data["factor"].values],
            "time": [float(f"{t:.4g}") for t in data["time"].values],
            "unit": style.clean(data["time"].attrs.get("units", "")),
            "index": index,
            "index_unit": unit,
            "largest": _short(float(finite.max())) if finite.size and finite.max() > 0.0 else 1.0,
            "value": [[_short(v) for v in row] for row in value],
            "interval": [[[_short(v) for v in pair] for pair in row] for row in bounds],
        }
    return found


def _short(value: float) -> float | None:
    return float(f"{value:.3g}") if math.isfinite(value) else None
