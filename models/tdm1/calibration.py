"""Calibration of the cell on the pulse-chase of Erickson 2012 (Mol Cancer Ther 11:1133).

Two lines are fitted together: endocytosis, proteolysis, deconjugation, passive efflux, exocytosis and the share of DM1
that was free from the start are common, the surface load is each line's own. The half-lives of Maass 2016 (AAPS J
18:635) for net internalisation and efflux take part as measurements do; that of degradation contradicts the points.
The third line is predicted with only its load refitted. ``python -m models.tdm1.calibration`` fits again, prints, and
says what every other choice of the predicted line gives; ``--write`` stores what it found in the table that `fitted`
reads. Amounts are those of the culture, so division does not dilute them.
"""

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engine.requests import Output
from models.engine.solver import solve
from models.tdm1 import networks, observed, regimen
from models.tdm1.observed import ChasePoint
from models.tdm1.parameters import TABLE

FloatArray = NDArray[np.float64]

FITTED_LINES, PREDICTED_LINE = ("SK-BR-3", "MCF7-neo/HER2"), "BT-474EEI"

RATES = ("k_e", "k_lys", "k_dec", "k_off", "k_out", "k_lex")
"""Rates that are fitted, within the ranges of the table."""

LEAST_K_OFF = 1e-3
"""Lower bound of dissociation, per hour, below the table's.

Antibody bound by both arms leaves a dense surface much more slowly than the one-armed binding of the table: nearly all
of the DM1 loaded is still in the culture's cells after a day.
"""

TOLERANCE, TOLERANCE_OF_TOTALS = 0.3, 0.15
"""What a point may be off by, relative: the study's tolerances, by which the fit weighs the points."""

HALF_LIVES = {"net internalisation": (6.0, 14.0), "degradation": (10.0, 25.0), "efflux": (44.0, 73.0)}
"""Intervals in hours over three lines (Maass 2016), taken as one standard deviation either side in the logarithm.

That of degradation is 18 to 25 there, which the points contradict; it is opened downwards.
"""

FREE = (1e-4, 0.2)
"""Bounds of the share of DM1 that is free in the cell from the start."""

LOADS = (5e4, 5e6)
"""Bounds of HER2 a cell."""

CULTURE = {"cell_doubling_time": 1e9, "masked_fraction": 0.0, "p95_fraction": 0.0}
"""No division while the DM1 is chased; copies are those that antibody binds."""


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
    def half_lives(self) -> dict[str, float]:
        """Half-lives in hours of what Maass 2016 measured, other parameters at the table's values."""
        table = {p.name: p.nominal for p in TABLE}
        share = table["beta3_fraction"]
        kd = table["tubulin_kd"] / (1.0 - share + share / table["beta3_kd_ratio"])
        rates = {
            "net internalisation": self.rates["k_e"] * (1.0 - table["recycling_fraction"]),
            "degradation": self.rates["k_lys"],
            "efflux": self.rates["k_out"] * kd / (kd + table["tubulin_total"]),
        }
        return {name: float(np.log(2.0) / rate) for name, rate in rates.items()}

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters of the model at the fitted values."""
        return {**self.rates, **CULTURE}


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


def fit_rates(points: Sequence[ChasePoint], lines: Sequence[str] = FITTED_LINES) -> Fit:
    """Fit the rates and loads of `lines` by least squares of logarithms in units of their tolerances."""
    from scipy.optimize import least_squares

    chosen = [p for p in points if p.line in lines]
    measured = np.log([p.dm1 for p in chosen])
    tolerance = np.array([TOLERANCE_OF_TOTALS if p.kind == "total" else TOLERANCE for p in chosen])
    low, high = np.log(np.array([*_bounds(), FREE, *[LOADS] * len(lines)])).T
    middle, half = np.log(np.array([(np.sqrt(a * b), np.sqrt(b / a)) for a, b in HALF_LIVES.values()])).T

    def unpack(x: FloatArray) -> Fit:
        values = [float(v) for v in np.exp(x)]
        return Fit(
            dict(zip(RATES, values, strict=False)), values[len(RATES)],
            dict(zip(lines, values[len(RATES) + 1 :], strict=True)),
        )  # fmt: skip

    def residuals(x: FloatArray) -> FloatArray:
        fit = unpack(x)
        off = (np.log(predicted(chosen, fit)) - measured) / tolerance
        # Points off by far more than their tolerance weigh less: the readings contradict each other here and there.
        robust = np.sign(off) * np.sqrt(2.0 * (np.sqrt(1.0 + off**2) - 1.0))
        half_lives = np.log([fit.half_lives[name] for name in HALF_LIVES])
        return np.concatenate([robust, (half_lives - middle) / half])

    # Uptake and proteolysis follow each other, so each may be the slow one: two valleys, and both are searched.
    starts = [
        np.log([k_e, k_lys, 0.003, 0.0015, 0.14, 0.03, 0.07, *[6e5] * len(lines)])
        for k_e, k_lys in ((0.7, 0.12), (1.2, 0.05))
    ]
    options: dict[str, Any] = {"bounds": (low, high), "diff_step": 1e-4}
    found = [least_squares(residuals, x, **options) for x in starts]
    return unpack(min(found, key=lambda fit: float(fit.cost)).x)


def _bounds() -> list[tuple[float, float]]:
    """Bounds of the rates, per hour."""
    laws = {p.name: p.distribution or {} for p in TABLE}
    ranges = {name: (float(laws[name]["low"]), float(laws[name]["high"])) for name in RATES}
    ranges["k_off"] = (LEAST_K_OFF, ranges["k_off"][1])
    return list(ranges.values())


def fit_load(points: Sequence[ChasePoint], line: str, fit: Fit) -> Fit:
    """Refit the surface load of `line` and nothing else: most points within `TOLERANCE`, then the least error."""
    chosen = [p for p in points if p.line == line]
    measured = np.array([p.dm1 for p in chosen])

    def rated(load: float) -> tuple[int, float]:
        off = predicted(chosen, replace(fit, copies={line: load})) / measured
        return -int((np.abs(off - 1.0) <= TOLERANCE).sum()), float(np.abs(np.log(off)).sum())

    loads = [float(load) for load in np.geomspace(*LOADS, 461)]  # 1 % apart
    return replace(fit, copies={**fit.copies, line: min(loads, key=rated)})


def calibrate(predict: str = PREDICTED_LINE) -> Fit:
    """Fit two lines, then the load of each line, also of the one to `predict`, at the common rates."""
    points = observed.pulse_chase()
    lines = sorted({p.line for p in points})
    fit = fit_rates(points, [line for line in lines if line != predict])
    for line in lines:
        fit = fit_load(points, line, fit)
    return fit


def fitted() -> Fit:
    """Return the stored calibration."""
    values: Mapping[str, float] = {r["name"]: float(r["value"]) for r in observed.rows("calibrated")}
    return Fit(
        {name: values[name] for name in RATES}, values["free from the start"],
        {name.removeprefix("copies "): value for name, value in values.items() if name.startswith("copies ")},
    )  # fmt: skip


def within(points: Sequence[ChasePoint], fit: Fit, tolerance: float = TOLERANCE) -> dict[str, tuple[int, int]]:
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
    for name, hours in fit.half_lives.items():
        print(f"half-life {name:20s} {hours:6.1f} hour")
    points = observed.pulse_chase()
    for line, (close, total) in within(points, fit).items():
        role = "predicted, load refitted" if line == PREDICTED_LINE else "fitted"
        print(f"{line:24s} {close} of {total} points within 30 % ({role})")
    for line in FITTED_LINES:
        close, total = within(points, calibrate(line))[line]
        print(f"{line:24s} {close} of {total} points within 30 % if it is predicted from the two others")
    if write:
        path = Path(str(files("models.tdm1").joinpath("data", "calibrated.csv")))
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write("# Fitted by `python -m models.tdm1.calibration --write` on erickson2012.csv.\n")
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("name", "value", "unit"))
            writer.writerows((name, f"{value:.8g}", unit) for name, value, unit in table(fit))


if __name__ == "__main__":
    main()
