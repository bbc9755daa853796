"""Calibration of the cell on the pulse-chase of Erickson 2012 (Mol Cancer Ther 11:1133).

Two lines are fitted together: endocytosis, proteolysis, deconjugation, passive efflux and the share of DM1 that was
free from the start are common, the surface load is each line's own. The third line is predicted with only its load
refitted. ``python -m models.tdm1.calibration`` fits again and prints; ``--write`` stores what it found in the table
that `fitted` reads. Amounts are those of the culture, so division does not dilute them.
"""

import argparse
import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engine.requests import Output
from models.engine.solver import solve
from models.tdm1 import networks, observed, regimen
from models.tdm1.observed import ChasePoint

FloatArray = NDArray[np.float64]

FITTED_LINES, PREDICTED_LINE = ("SK-BR-3", "BT-474EEI"), "MCF7-neo/HER2"

RATES = {
    "k_e": (0.06, 1.5),
    "k_lys": (0.02, 10.0),
    "k_dec": (2e-4, 0.0223),
    "k_off": (1e-3, 0.65),
    "k_out": (0.02, 1.0),
}
"""Rates that are fitted, per hour, with their bounds: those of the table, widened where the points ask for it.

Proteolysis is not bounded from above by them. Antibody bound by both arms leaves a dense surface much more slowly than
the one-armed binding of the table: nearly all of the DM1 loaded is still in the culture's cells after a day.
"""

FREE = (1e-4, 0.2)
"""Bounds of the share of DM1 that is free in the cell from the start."""

NO_DIVISION = {"cell_doubling_time": 1e9}


@dataclass(frozen=True)
class Fit:
    """What was found.

    Attributes
    ----------
    rates : dict of str to float
        Of the parameters in `RATES`, per hour.
    free : float
        Share of DM1 that is free from the start.
    copies : dict of str to float
        HER2 molecules a cell of 2 pL, by line: the surface load.
    """

    rates: dict[str, float]
    free: float
    copies: dict[str, float]

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters of the model at the fitted values."""
        return {**self.rates, **NO_DIVISION}


def predicted(points: Sequence[ChasePoint], fit: Fit) -> FloatArray:
    """DM1 (nM of cell volume) at each of the points."""
    lines = sorted({p.line for p in points})
    times = tuple(sorted({p.hours for p in points}))
    names = ("her2_adc", "dm1_unconjugated", "dm1_total", "dm1_extracellular")
    request = [Output(name, name, times=times) for name in names[1:]]
    columns = {name: np.full(len(lines), value) for name, value in fit.parameters.items()}
    columns["her2_copies"] = np.array([fit.copies[line] for line in lines])
    start = [Output("start", "dm1_total", times=(0.0,))]
    found = solve(networks.culture(), columns, regimen.LOADED_AND_WASHED, [*request, *start], rows=len(lines),
                  rtol=1e-7, max_steps=100_000)  # fmt: skip
    result = []
    for p in points:
        row, k = lines.index(p.line), times.index(p.hours)
        load = found.values["start"][row, 0]
        free, inside, medium = (
            (1.0 - fit.free) * found.values[name][row, k]
            for name in ("dm1_unconjugated", "dm1_total", "dm1_extracellular")
        )
        there = fit.free * load  # what was free from the start stays in the cell
        kinds = {
            "conjugated": inside - free, "unconjugated": free + there, "total": inside + there, "medium": medium,
            "all unconjugated": free + there + medium,
        }  # fmt: skip
        result.append(kinds[p.kind])
    return np.array(result)


def fit_rates(points: Sequence[ChasePoint]) -> Fit:
    """Fit the two lines of `FITTED_LINES` by least squares of logarithms."""
    chosen = [p for p in points if p.line in FITTED_LINES]
    measured = np.log([p.dm1 for p in chosen])
    low, high = np.log(np.array([*RATES.values(), FREE, *[(1e4, 1e7)] * len(FITTED_LINES)])).T

    def unpack(x: FloatArray) -> Fit:
        values = np.exp(x)
        return Fit(
            dict(zip(RATES, map(float, values), strict=False)), float(values[len(RATES)]),
            dict(zip(FITTED_LINES, map(float, values[len(RATES) + 1 :]), strict=True)),
        )  # fmt: skip

    # Uptake and proteolysis follow each other, so each may be the slow one: two valleys, and both are searched.
    starts = [np.log([k_e, k_lys, 0.002, 0.01, 0.2, 0.02, 6e5, 2e5]) for k_e, k_lys in ((0.4, 2.0), (1.2, 0.05))]
    return unpack(_least(lambda x: np.log(predicted(chosen, unpack(x))) - measured, starts, low, high))


def fit_load(points: Sequence[ChasePoint], line: str, fit: Fit) -> Fit:
    """Refit the surface load of `line` and nothing else; the system is linear in it but for tubulin."""
    chosen = [p for p in points if p.line == line]
    measured = np.log([p.dm1 for p in chosen])

    def with_load(x: FloatArray) -> Fit:
        return Fit(fit.rates, fit.free, {**fit.copies, line: float(np.exp(x[0]))})

    start, low, high = np.log([[7e5], [1e4], [1e7]])
    return with_load(_least(lambda x: np.log(predicted(chosen, with_load(x))) - measured, [start], low, high))


def _least(
    residuals: Callable[[FloatArray], FloatArray], starts: Sequence[FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return the best of the fits from several starts; points off by far more than 0.2 in the logarithm weigh less."""
    from scipy.optimize import least_squares

    options: dict[str, Any] = {"bounds": (low, high), "loss": "soft_l1", "f_scale": 0.2, "diff_step": 1e-4}
    found = [least_squares(residuals, start, **options) for start in starts]
    best: FloatArray = min(found, key=lambda fit: float(fit.cost)).x
    return best


def calibrate() -> Fit:
    """Fit the two lines, then the load of the third."""
    points = observed.pulse_chase()
    return fit_load(points, PREDICTED_LINE, fit_rates(points))


def fitted() -> Fit:
    """Return the stored calibration."""
    values: Mapping[str, float] = {r["name"]: float(r["value"]) for r in observed.rows("calibrated")}
    return Fit(
        {name: values[name] for name in RATES}, values["free from the start"],
        {line: values[f"copies {line}"] for line in (*FITTED_LINES, PREDICTED_LINE)},
    )  # fmt: skip


def within(points: Sequence[ChasePoint], fit: Fit, tolerance: float = 0.3) -> dict[str, tuple[int, int]]:
    """Count by line the points whose prediction is within `tolerance` of the measured value, and all."""
    close = np.abs(predicted(points, fit) / np.array([p.dm1 for p in points]) - 1.0) <= tolerance
    lines = np.array([p.line for p in points])
    return {line: (int(close[lines == line].sum()), int((lines == line).sum())) for line in sorted(set(lines))}


def table(fit: Fit) -> list[tuple[str, float, str]]:
    """Return the calibration as rows of name, value and unit."""
    return [
        *((name, value, "1/hour") for name, value in fit.rates.items()),
        ("free from the start", fit.free, "1"),
        *((f"copies {line}", value, "1") for line, value in fit.copies.items()),
    ]


def main() -> None:
    """Fit, print, and store where asked."""
    parser = argparse.ArgumentParser(prog="python -m models.tdm1.calibration", description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the fit in the package's table")
    write = parser.parse_args().write
    fit = calibrate()
    for name, value, unit in table(fit):
        print(f"{name:24s} {value:12.5g} {unit}")
    for line, (close, total) in within(observed.pulse_chase(), fit).items():
        role = "predicted, load refitted" if line == PREDICTED_LINE else "fitted"
        print(f"{line:24s} {close} of {total} points within 30 % ({role})")
    if write:
        path = Path(str(files("models.tdm1").joinpath("data", "calibrated.csv")))
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write("# Fitted by `python -m models.tdm1.calibration --write` on erickson2012.csv.\n")
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("name", "value", "unit"))
            writer.writerows((name, f"{value:.8g}", unit) for name, value, unit in table(fit))


if __name__ == "__main__":
    main()
