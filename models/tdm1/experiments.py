"""Experiments that the model is held against: how each is set up, and what the model says.

Cells in culture carry the calibration of `models.tdm1.calibration`; patients and mice are at the table's nominal
values but for what the experiment fixes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engine.requests import Output
from models.tdm1 import calibration
from models.tdm1.model import TDM1
from models.tdm1.observed import Viability, Xenograft

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

MOUSE = {
    "clearance": 0.0934 * 70.0, "volume_central": 0.043 * 70.0, "q_intercompartmental": 0.118 * 70.0,
    "volume_peripheral": 0.0948 * 70.0, "trastuzumab_clearance": 0.3 * 0.0934 * 70.0, "lesions": 70.0 / 0.025,
    "soluble_her2": 0.0, "normal_her2": 0.0, "cell_loss": 0.5,
    "permeability": 334.0, "dead_clearance": 3.0,
}  # fmt: skip
"""A mouse of 25 g as seventieths of a kilogram of one of 70 kg, and as many lesions as mice.

Disposition per kilogram and permeability from Singh and Shah 2017 (AAPS J 19:1054); antibody does not bind mouse HER2.
Trastuzumab's clearance, cell loss, and dead cells that halve in three days (volumes fall that fast) are assumed.
"""


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


def viability(line: str, nanomolar: Sequence[float]) -> FloatArray:
    """Living cells relative to untreated ones at the end of the assay of `line`."""
    fit, assay = calibration.fitted(), dict(ASSAYS[line])
    hours = assay.pop("hours")
    rows = len(nanomolar) + 1
    medium = np.array([0.0, *nanomolar]) * MOLAR
    found = ask([Output("alive", "well.living_cells", "last", (0.0, hours))], rows, None, **fit.rates, **assay, **PURE,
                her2_copies=fit.copies[line], medium_concentration=medium)["alive"]  # fmt: skip
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


def xenograft(mouse: Xenograft, dose: float, days: Sequence[float]) -> FloatArray:
    """Volume (mm^3) of one tumour on the days after a single dose (mg/kg); a dose of 0 is the untreated control."""
    first = mouse.courses[dose][0][1]
    times = sorted({*(DAY * day for day in days)})
    found = ask([Output("v", "tumour.volume", times=tuple(times))], 1, {"dose": f"{max(dose, 1e-9)} mg/kg_bw"}, **MOUSE,
                **PURE, her2_copies=mouse.copies, tumour_doubling_time=mouse.doubling, linear_growth=mouse.linear,
                lesion_volume=first)["v"][0]  # fmt: skip
    volume: FloatArray = np.interp([DAY * day for day in days], times, found) / MOUSE["lesions"]
    return volume


def xenograft_error(mouse: Xenograft) -> float:
    """Root mean square of ln(predicted/observed) over every point of a line after day 0."""
    errors: list[float] = []
    for dose, course in mouse.courses.items():
        later = [(day, volume) for day, volume in course if day > 0.0 and volume > 0.0]
        predicted = xenograft(mouse, dose, [day for day, _ in later])
        errors += list(np.log(predicted / np.array([volume for _, volume in later])))
    return float(np.sqrt(np.mean(np.square(errors))))
