"""Experiments that the model is held against: how each is set up, and what the model says.

Cells in culture carry the calibration of `models.tdm1.calibration`, mice that of `models.tdm1.xenografts`; patients are
at the table's nominal values but for what the experiment fixes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engine.requests import Output
from models.tdm1 import calibration
from models.tdm1.model import TDM1
from models.tdm1.observed import Viability

FloatArray = NDArray[np.float64]

DAY, CYCLE = 24.0, 504.0
MOLAR = 148781e-6
"""Micrograms a millilitre of a nanomolar T-DM1."""

ASSAYS = {
    "SK-BR-3": {"hours": 72.0, "cell_doubling_time": 37.4, "seeded_cells": 5000.0, "medium_volume": 100.0},
    "BT-474EEI": {"hours": 144.0, "cell_doubling_time": 80.0, "seeded_cells": 1000.0, "medium_volume": 2000.0},
}
"""Cytotoxicity assays: three days in a well of 96 (Lewis Phillips 2008); six days before colonies are counted
(Erickson 2012). Doubling times from Cellosaurus; cell numbers and volumes assumed."""

PURE = {"masked_fraction": 0.0, "p95_fraction": 0.0, "nonamplified_fraction": 0.0, "resistant_fraction": 0.0}
"""A line of one kind of cells, whose copies were measured by what antibody binds."""


def ask(
    request: Sequence[Output], rows: int = 1, options: Mapping[str, Any] | None = None, **values: Any
) -> dict[str, FloatArray]:
    """Simulate rows of the values given, everything else nominal; NaN where a row failed."""
    columns = {name: np.broadcast_to(np.asarray(v, dtype=np.float64), (rows,)) for name, v in values.items()}
    model = TDM1(**{"rtol": 1e-5, "classes": 17, **(options or {})})
    found = model.simulate(columns, np.zeros((rows, 2), dtype=np.uint64), request)
    return {output.name: np.asarray(found[output.name].values) for output in request}


def value(of: str, reduce: str, hours: float, options: Mapping[str, Any] | None = None, **values: Any) -> float:
    """One number of one row, from a window that begins at 0."""
    return float(ask([Output("y", of, reduce, (0.0, hours))], options=options, **values)["y"][0])


def viability(line: str, nanomolar: Sequence[float], **values: float) -> FloatArray:
    """Living cells relative to untreated ones at the end of the assay of `line`, parameters changed to `values`."""
    fit, assay = calibration.fitted(), dict(ASSAYS[line])
    hours = assay.pop("hours")
    rows = len(nanomolar) + 1
    medium = np.array([0.0, *nanomolar]) * MOLAR
    found = ask([Output("alive", "well.living_cells", "last", (0.0, hours))], rows, None, **fit.rates, **assay, **PURE,
                **values, her2_copies=fit.copies[line], medium_concentration=medium)["alive"]  # fmt: skip
    relative: FloatArray = found[1:] / found[0]
    return relative


def half_inhibition(nanomolar: Sequence[float], relative: Sequence[float] | FloatArray) -> float:
    """Concentration (nM) where a curve is halfway from its first to its last value; NaN where it never is."""
    x, y = np.log(np.asarray(nanomolar)), np.asarray(relative)
    half = 0.5 * (y[0] + y[-1])
    below = np.flatnonzero(y <= half)
    if not below.size or below[0] == 0:
        return float("nan")
    k = below[0]
    return float(np.exp(x[k - 1] + (y[k - 1] - half) / (y[k - 1] - y[k]) * (x[k] - x[k - 1])))


def observed_half(points: Sequence[Viability]) -> float:
    """The same of measured points."""
    return half_inhibition([p.nanomolar for p in points], [p.relative for p in points])
