"""Human tumours in mice: what a mouse is, four lines after single doses, and the fit of how they die.

A line has its own growth, HER2 and occupancy of arrest; loss, clearance and the rates of slow death are common to the
four and fitted with the occupancies to the logarithm of volume. ``python -m models.tdm1.xenografts`` fits again and
prints; ``--write`` stores what it found in the table that `fitted` reads.
"""

import argparse
import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engine.requests import Output
from models.tdm1 import observed
from models.tdm1.experiments import DAY, PURE, ask
from models.tdm1.model import TDM1
from models.tdm1.observed import Xenograft

FloatArray = NDArray[np.float64]

MOUSE = {
    "clearance": 0.0934 * 70.0, "volume_central": 0.043 * 70.0, "q_intercompartmental": 0.118 * 70.0,
    "volume_peripheral": 0.0948 * 70.0, "trastuzumab_clearance": 0.3 * 0.0934 * 70.0, "lesions": 70.0 / 0.025,
    "soluble_her2": 0.0, "normal_her2": 0.0, "permeability": 310.0,
}  # fmt: skip
"""A mouse of 25 g as seventieths of a kilogram of one of 70 kg, and as many lesions as mice.

Disposition per kilogram from Singh and Shah 2017 (AAPS J 19:1054); antibody does not bind mouse HER2. Trastuzumab's
clearance is assumed. The permeability lies below their 334 um/day, chosen with DM1 in the tumour in view (V12).
"""

COMMON = {
    "cell_loss": (0.1, 0.8),
    "dead_clearance": (1.5, 7.0),
    "quiescence_exit": (0.002, 0.1),
    "catastrophe_ratio": (0.05, 0.8),
    "catastrophe_death": (0.02, 0.2),
    "damage_killing": (0.002, 0.05),
}
"""Parameters common to the lines, with their bounds: those of the table, wider for loss and clearance."""

THRESHOLDS = (0.002, 0.05)
"""Bounds of the occupancy that arrests half of the mitoses of a line."""

SEEN = 1.0
"""Volume (mm^3) below which a tumour is not seen."""


@cache
def fitted() -> dict[str, float]:
    """Return the stored fit: common parameters, and the occupancy of arrest under the name of each line."""
    return {r["name"]: float(r["value"]) for r in observed.rows("mouse")}


def mouse(line: str) -> dict[str, float]:
    """Return the parameters of a mouse with a tumour of `line`, doses and growth excepted."""
    fit = fitted()
    return {**MOUSE, **PURE, **{name: fit[name] for name in COMMON}, "apoptosis_occupancy": fit[line]}


def course(one: Xenograft, dose: float, days: Sequence[float]) -> FloatArray:
    """Volume (mm^3) of one tumour on the days after a single dose (mg/kg); a dose of 0 is the untreated control."""
    times = tuple(sorted({DAY * day for day in days}))
    found = ask([Output("v", "tumour.volume", times=times)], 1, {"dose": _dose(dose)}, **mouse(one.line),
                **_growth(one, dose))["v"][0]  # fmt: skip
    volume: FloatArray = np.interp([DAY * day for day in days], times, found) / MOUSE["lesions"]
    return volume


def error(one: Xenograft) -> float:
    """Root mean square of ln(predicted/observed) over every point of a line after day 0."""
    off: list[float] = []
    for dose in one.courses:
        later = _later(one, dose)
        off += list(np.log(course(one, dose, [day for day, _ in later]) / np.array([volume for _, volume in later])))
    return float(np.sqrt(np.mean(np.square(off))))


def _dose(dose: float) -> str:
    return f"{max(dose, 1e-9)} mg/kg_bw"


def _growth(one: Xenograft, dose: float) -> dict[str, float]:
    return {"her2_copies": one.copies, "tumour_doubling_time": one.doubling, "linear_growth": one.linear,
            "lesion_volume": one.first(dose)}  # fmt: skip


def _later(one: Xenograft, dose: float) -> list[tuple[float, float]]:
    return [(day, volume) for day, volume in one.courses[dose] if day > 0.0 and volume > 0.0]


def squares(candidates: FloatArray) -> FloatArray:
    """Sum of squares of ln(predicted/observed) of all points for each row of candidates.

    Parameters
    ----------
    candidates : (n, parameters) array
        Parameters of `COMMON`, then ln of the occupancy of arrest of each line.
    """
    lines, total = observed.xenografts(), np.zeros(len(candidates))
    for dose in sorted({dose for one in lines for dose in one.courses}):
        treated = [(i, one) for i, one in enumerate(lines) if dose in one.courses]
        times = tuple(sorted({DAY * day for _, one in treated for day, _ in _later(one, dose)}))
        rows = len(treated) * len(candidates)
        columns = {name: np.full(rows, value) for name, value in {**MOUSE, **PURE}.items()}
        columns |= {name: np.tile(candidates[:, k], len(treated)) for k, name in enumerate(COMMON)}
        columns |= {
            name: np.repeat([_growth(one, dose)[name] for _, one in treated], len(candidates))
            for name in _growth(lines[0], 0.0)
        }
        columns["apoptosis_occupancy"] = np.concatenate([np.exp(candidates[:, len(COMMON) + i]) for i, _ in treated])
        found = (
            _model(dose)
            .simulate(columns, np.zeros((rows, 2), dtype=np.uint64), [Output("v", "tumour.volume", times=times)])["v"]
            .values
        )
        for (_, one), part in zip(treated, np.split(found / MOUSE["lesions"], len(treated)), strict=True):
            later = _later(one, dose)
            where = [times.index(DAY * day) for day, _ in later]
            off = np.log(np.maximum(part[:, where], SEEN)) - np.log([volume for _, volume in later])
            total += np.sum(off**2, axis=1)
    return np.where(np.isfinite(total), total, 1e6)


@cache
def _model(dose: float) -> TDM1:
    return TDM1(rtol=1e-3, classes=9, dose=_dose(dose), max_steps=5000)


def fit() -> dict[str, float]:
    """Fit by differential evolution, the same candidates each time."""
    from scipy.optimize import differential_evolution

    lines = [one.line for one in observed.xenografts()]
    bounds = [*COMMON.values(), *[tuple(np.log(THRESHOLDS))] * len(lines)]

    def cost(x: FloatArray) -> FloatArray:
        return squares(x.T)

    options: dict[str, Any] = {"vectorized": True, "popsize": 4, "maxiter": 100, "rng": 1, "updating": "deferred"}
    search: Any = differential_evolution
    found = search(cost, bounds, polish=False, **options)
    common = dict(zip(COMMON, map(float, found.x), strict=False))
    return common | dict(zip(lines, map(float, np.exp(found.x[len(COMMON) :])), strict=True))


def main() -> None:
    """Fit, print, and store where asked."""
    parser = argparse.ArgumentParser(prog="python -m models.tdm1.xenografts", description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the fit in the package's table")
    write = parser.parse_args().write
    found: Mapping[str, float] = fit()
    for name, value in found.items():
        print(f"{name:20s} {value:10.4g}")
    if write:
        path = Path(str(files("models.tdm1").joinpath("data", "mouse.csv")))
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write("# Fitted by `python -m models.tdm1.xenografts --write` on xenografts.csv.\n")
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("name", "value"))
            writer.writerows((name, f"{value:.4g}") for name, value in found.items())
        fitted.cache_clear()
    for one in observed.xenografts():
        print(f"{one.line:20s} {error(one):10.3f} root mean square of ln volume, stored fit")


if __name__ == "__main__":
    main()
