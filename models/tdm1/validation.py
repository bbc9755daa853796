"""Every validation target with what was observed, what the model says, the tolerance, and whether it passes.

``python -m models.tdm1.validation [--json]``. A target whose data were used to choose numbers of the model is marked as
fitted, all others as predicted. A miss is printed as a miss. Targets and their numbers (V1 to V31) are those of the
project's study of the literature; trials of populations belong to a population of virtual patients and are not here.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from models.engine.requests import Output
from models.tdm1 import calibration, experiments, observed
from models.tdm1.experiments import CYCLE, DAY, PURE, ask, value
from models.tdm1.parameters import TABLE

FITTED, PREDICTED = "fitted", "predicted"


@dataclass(frozen=True)
class Target:
    """One target.

    Attributes
    ----------
    name, what, source : str
    observed, tolerance : str
        As printed; an ordering has its words here.
    predicted : float
    passed : bool
    role : str
        ``"fitted"`` or ``"predicted"``.
    """

    name: str
    what: str
    observed: str
    predicted: float
    tolerance: str
    passed: bool
    role: str
    source: str


def relative(
    name: str, what: str, seen: float, said: float, percent: float, source: str, role: str = PREDICTED
) -> Target:
    """Compare with a number within a percentage."""
    close = abs(said / seen - 1.0) <= percent / 100.0
    return Target(name, what, f"{seen:g}", said, f"+-{percent:g} %", bool(close), role, source)


def fold(name: str, what: str, seen: float, said: float, times: float, source: str, role: str = PREDICTED) -> Target:
    """Compare with a number within a factor."""
    close = bool(np.isfinite(said)) and 1.0 / times <= said / seen <= times
    return Target(name, what, f"{seen:g}", said, f"x/ {times:g}", close, role, source)


def inside(name: str, what: str, low: float, high: float, said: float, source: str, role: str = PREDICTED) -> Target:
    """Compare with an interval."""
    return Target(name, what, f"{low:g} to {high:g}", said, "inside", bool(low <= said <= high), role, source)


def plasma() -> Iterator[Target]:
    """Yield pharmacokinetics in patients at 3.6 mg/kg, and the dose ladder of the first trial."""
    lu = "Lu 2014 (typical patient, printed digits)"
    for hour, seen in ((6.0, 70.01182), (498.0, 1.679592)):
        yield relative("V1", f"T-DM1 in plasma at {hour:g} h, ug/mL", seen,
                       value("in_vivo.plasma_tdm1", "last", hour), 0.1, lu, FITTED)  # fmt: skip
    marianne = "Lu 2019 (MARIANNE, n = 375)"
    yield relative("V2", "Cmax, ug/mL", 74.4, value("tumour.plasma_tdm1", "max", CYCLE), 10.0, marianne)
    yield relative("V2", "Ctrough, ug/mL", 1.34, value("tumour.plasma_tdm1", "last", CYCLE), 30.0, marianne)
    yield relative("V2", "AUC, ug day/mL", 338.0, value("tumour.plasma_tdm1", "auc", CYCLE) / DAY, 10.0, marianne)
    yield relative("V4", "Cmax, ug/mL", 80.9, value("tumour.plasma_tdm1", "max", CYCLE), 25.0, "TDM4258g")
    ladder = "Krop 2010, Girish 2012 (TDM3569g)"
    for dose, top, area in ((0.3, 9.1, 14.5), (0.6, 13.3, 24.5), (1.2, 20.3, 43.0), (2.4, 76.3, 331.0),
                            (3.6, 74.3, 295.0), (4.8, 133.5, 693.0)):  # fmt: skip
        options = {"dose": f"{dose} mg/kg_bw"}
        yield relative("V5", f"Cmax at {dose:g} mg/kg, ug/mL", top,
                       value("tumour.plasma_tdm1", "max", CYCLE, options), 35.0, ladder)  # fmt: skip
        yield relative("V5", f"AUC at {dose:g} mg/kg, ug day/mL", area,
                       value("tumour.plasma_tdm1", "auc", 3.0 * CYCLE, options) / DAY, 35.0, ladder)  # fmt: skip
    for day, seen in ((14.0, 9.0), (21.0, 22.0)):
        total, conjugate = (
            value(f"tumour.plasma_{name}", "last", day * DAY) for name in ("antibody", "tdm1")
        )  # fmt: skip
        yield fold("Krop", f"total antibody over conjugate at day {day:g}", seen, total / conjugate, 2.0, ladder)
    for day, seen in ((7.0, 2.1), (14.0, 1.5)):
        yield relative("DAR", f"circulating ratio at day {day:g}", seen,
                       value("tumour.plasma_ratio", "last", day * DAY), 5.0, "Bender 2014 (cynomolgus)",
                       FITTED)  # fmt: skip


def cell() -> Iterator[Target]:
    """Yield the handling of T-DM1 by cells in culture."""
    fit, points = calibration.fitted(), observed.pulse_chase()
    for line, (close, total) in calibration.within(points, fit).items():
        role = PREDICTED if line == calibration.PREDICTED_LINE else FITTED
        what = f"{line}: points of the pulse-chase within 30 %, % of {total}"
        yield inside("V6-V8", what, 85.0, 100.0, 100.0 * close / total, "Erickson 2012", role)
    maass = "Maass 2016 AAPS J 18:635"
    net = fit.rates["k_e"] * 0.6 / 7.6
    yield inside("V9", "half-life of net internalisation, h", 6.0, 14.0, np.log(2.0) / net, maass)
    yield inside("V9", "half-life of degradation, h (18 to 25, which conflicts with V6)", 5.0, 25.0,
                 np.log(2.0) / fit.rates["k_lys"], maass)  # fmt: skip
    free = 930.0 / (1.0 - 0.1 + 0.1 / 2.0) / (930.0 / (1.0 - 0.1 + 0.1 / 2.0) + 10_000.0)
    yield inside("V9", "half-life of efflux with tubulin, h (conflicts with V6)", 44.0, 73.0,
                 np.log(2.0) / (fit.rates["k_out"] * free), maass)  # fmt: skip
    for minutes, seen in ((5.0, 50.0), (30.0, 85.0)):
        back = 100.0 * 7.0 / 7.6 * (1.0 - np.exp(-7.6 * minutes / 60.0))
        yield inside("V10", f"internalised antibody back at {minutes:g} min, %", seen - 15.0, seen + 15.0, back,
                     "Austin 2004", FITTED)  # fmt: skip
    kept = (0.6 / (0.6 + 0.2 * 7.0)) / (0.6 / 7.6)
    yield inside("V11", "retained under geldanamycin, fold", 3.0, 4.0, kept, "Austin 2004, Barr 2008", FITTED)
    for line, source in (("SK-BR-3", "Lewis Phillips 2008"), ("BT-474EEI", "Erickson 2012, colonies")):
        curve = [p for p in observed.cytotoxicity() if p.line == line]
        seen = experiments.observed_half(curve)
        said = experiments.half_inhibition(
            [p.nanomolar for p in curve], experiments.viability(line, [p.nanomolar for p in curve])
        )  # fmt: skip
        # The occupancy that arrests mitosis was chosen with these curves and the xenografts in view.
        yield fold("IC50", f"{line}: half inhibition in a finite medium, nM", seen, said, 2.0, source, FITTED)


def animals() -> Iterator[Target]:
    """Yield xenografts: DM1 in the tumour and volumes."""
    mice = {m.line: m for m in observed.xenografts()}
    mouse = mice["BT-474EEI"]
    request = [Output(name, f"tumour.{name}", "mean", (DAY, 7.0 * DAY)) for name in
               ("dm1_total_tumour", "dm1_unconjugated")]  # fmt: skip
    found = ask(request, 1, {"dose": "15 mg/kg_bw"}, **experiments.MOUSE, **PURE, her2_copies=mouse.copies,
                tumour_doubling_time=mouse.doubling, linear_growth=mouse.linear, lesion_volume=250.0)  # fmt: skip
    source = "Erickson 2012 as plotted by Scheuher 2022"
    # So was the permeability of mice, on DM1 in the tumour.
    yield fold("V12", "total DM1 in the tumour, nM, days 1 to 7", 460.0, float(found["dm1_total_tumour"][0]), 2.0,
               source, FITTED)  # fmt: skip
    yield fold("V12", "unconjugated DM1 in the tumour, nM, days 1 to 7", 126.0,
               0.56 * float(found["dm1_unconjugated"][0]), 2.0, source, FITTED)  # fmt: skip
    for line, one in mice.items():
        error = experiments.xenograft_error(one)
        yield inside(
            "xenograft",
            f"{line}: root mean square of ln volume",
            0.0,
            0.3,
            error,
            "Scheuher 2022, Fig. 4, S4",
            FITTED,
        )


def _larger(name: str, what: str, first: float, second: float, by: float, source: str) -> Target:
    """Expect the first number to be at least `by` times the second."""
    return Target(name, what, f"at least {by:g}-fold", first / second, f">= {by:g}", bool(first >= by * second),
                  PREDICTED, source)  # fmt: skip


def orderings() -> Iterator[Target]:
    """Yield what was seen as more or less, in the full model of a tumour."""

    def occupancy(**values: float) -> float:
        return value("tumour.tubulin_occupancy", "mean", CYCLE, None, **values)

    def kill(options: Mapping[str, str] | None = None, **values: float) -> float:
        return value("tumour.log10_kill", "last", 23.0 * DAY, options, **values)

    usual = occupancy(mdr1_efflux=0.0)
    yield _larger("V13", "occupancy in MDR1+ cells, PEG4Mal over MCC",
                  occupancy(mdr1_efflux=3000.0, linker_efflux_factor=0.1), occupancy(mdr1_efflux=3000.0), 2.0,
                  "Kovtun 2010")  # fmt: skip
    yield _larger("V14", "occupancy, normal over blocked V-ATPase", usual, occupancy(vatpase_activity=0.1), 2.0,
                  "Wang 2017")  # fmt: skip
    yield _larger("V15", "occupancy, normal over lost SLC46A3", usual, occupancy(k_esc=0.02), 1.25, "Hamblett 2015")
    yield _larger("V16", "kill, without over with neuregulin", kill(neuregulin=0.0), kill(neuregulin=1.0), 1.05,
                  "Barok 2014, ref. 54")  # fmt: skip
    yield _larger("V16", "kill with neuregulin, PIK3CA-mutant over not", kill(neuregulin=1.0, pik3ca_mutant=1.0),
                  kill(neuregulin=1.0), 1.05, "Barok 2014, ref. 54")  # fmt: skip
    yield _larger("V17", "kill, 70 over 350 mm3", kill(her2_copies=2e5, lesion_volume=70.0),
                  kill(her2_copies=2e5, lesion_volume=350.0), 1.0, "Barok 2011 (JIMT-1)")  # fmt: skip
    yield _larger("V17", "kill, microscopic over 70 mm3", kill(her2_copies=2e5, lesion_volume=1.0),
                  kill(her2_copies=2e5, lesion_volume=70.0), 1.0, "Barok 2011 (JIMT-1)")  # fmt: skip
    yield _larger("V18", "cells out of the cycle, a week after over before treatment",
                  value("tumour.quiescent_share", "last", 7.0 * DAY), 0.6, 1.0, "Barok 2011 (N87)")  # fmt: skip

    def mode(copies: float) -> float:
        dead = {
            name: value(f"tumour.{name}_cells", "last", CYCLE, her2_copies=copies, permeability=334.0)
            for name in ("apoptotic", "catastrophic")
        }
        return dead["apoptotic"] / sum(dead.values())

    yield _larger("V19", "share of deaths in mitosis, 3+ over HER2-low", mode(1e6), mode(1e4), 1.0, "Barok 2011")
    yield _larger("order", "kill, geldanamycin after over before", kill({"intervention": "hsp90_after"}),
                  kill({"intervention": "hsp90_before"}), 1.0, "Barok 2014")  # fmt: skip
    plain = {"resistant_fraction": 0.0, "mutation_rate": 0.0, "apoptosis_occupancy": 0.01}
    gone, left = (
        value("tumour.log10_kill", "last", 8.0 * CYCLE, {"cycles": 8}, **plain, nonamplified_fraction=f,
              nonamplified_copies=2e3)
        for f in (0.0, 0.1)
    )  # fmt: skip
    yield _larger("cure", "decades killed in eight cycles, without over with HER2-negative cells", gone, left, 2.0,
                  "Metzger Filho 2021")  # fmt: skip
    yield from _her2()


def _her2() -> Iterator[Target]:
    for permeability in (60.0, 334.0):
        low, high, crossover = elasticities(permeability)
        where = f"at {permeability:g} um/day (R* {crossover:.3g} copies)"
        yield inside("R*", f"d ln DM1/d ln HER2 at 0.2 R* {where}", 0.5, np.inf, low, "corrections, item 1")
        yield inside("R*", f"d ln DM1/d ln HER2 at 30 R* {where}", -0.1, 0.1, high, "corrections, item 1")


def elasticities(permeability: float) -> tuple[float, float, float]:
    """Return d ln DM1/d ln HER2 well below and well above the crossover R*, and R*."""
    plain = {**PURE, "permeability": permeability}
    crossover = value("tumour.her2_crossover", "last", DAY, None, **plain)
    step, places = 1.05, crossover * np.array([0.2, 30.0])
    dm1 = ask([Output("y", "tumour.dm1_cytosolic", "mean", (0.0, CYCLE))], 4, None, **plain,
              her2_copies=np.concatenate([places / step, places * step]))["y"]  # fmt: skip
    low, high = np.log(dm1[2:] / dm1[:2]) / (2.0 * np.log(step))
    return float(low), float(high), crossover


CHANGES: Mapping[str, tuple[str, float]] = {
    "HER2 2e3": ("her2_copies", 2e3),
    "HER2 2e4": ("her2_copies", 2e4),
    "HER2 1e5": ("her2_copies", 1e5),
    "HER2 2.3e6": ("her2_copies", 2.3e6),
    "masked 0.7": ("masked_fraction", 0.7),
    "p95 0.4": ("p95_fraction", 0.4),
    "shedding 0.04/h": ("k_shed", 0.04),
    "endocytosis 0.125/h": ("k_e", 0.125),
    "recycling 0.97": ("recycling_fraction", 0.97),
    "sorting 0.1/h": ("k_sort", 0.1),
    "proteolysis 0.02/h": ("k_lys", 0.02),
    "V-ATPase 0.1": ("vatpase_activity", 0.1),
    "SLC46A3 0.02/h": ("k_esc", 0.02),
    "MDR1 3000 nM/h": ("mdr1_efflux", 3000.0),
    "permeability 334": ("permeability", 334.0),
}
"""Changes whose effects the models are compared on."""

WINDOWS = {"in_vitro": 72.0, "in_vivo": CYCLE, "tumour": CYCLE}
"""Settings compared, with the hours over which DM1 is averaged: three days in constant medium, a cycle in tumours."""


def contrast() -> list[tuple[str, dict[str, float]]]:
    """Return, by change, the mean DM1 in the cytosol relative to nominal in each of `WINDOWS`."""
    usual = {p.name: p.nominal for p in TABLE}
    changed: list[tuple[str, float]] = [("her2_copies", usual["her2_copies"]), *CHANGES.values()]
    columns = {
        name: [value if name == which else usual[name] for which, value in changed] for name in dict(CHANGES.values())
    }
    found = {
        setting: ask([Output("y", f"{setting}.dm1_cytosolic", "mean", (0.0, end))], len(changed), None, **columns)["y"]
        for setting, end in WINDOWS.items()
    }
    return [
        (label, {setting: float(y[k + 1] / y[0]) for setting, y in found.items()}) for k, label in enumerate(CHANGES)
    ]


def targets() -> list[Target]:
    """Evaluate every target."""
    return [*plasma(), *cell(), *animals(), *orderings()]


def main() -> None:
    """Print the targets and the contrast, as text or as one JSON document."""
    parser = argparse.ArgumentParser(prog="python -m models.tdm1.validation", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    as_json = parser.parse_args().json
    found, table = targets(), contrast()
    passed = sum(t.passed for t in found)
    if as_json:
        rows = [{"change": label, **shares} for label, shares in table]
        print(json.dumps({"targets": [asdict(t) for t in found], "passed": passed, "contrast": rows}, indent=1))
        return
    width = max(len(t.what) for t in found)
    for t in found:
        verdict = "pass" if t.passed else "MISS"
        print(f"{verdict}  {t.name:9s} {t.what:{width}s}  {t.predicted:10.4g}  {t.observed:>14s}  {t.tolerance:8s} "
              f"{t.role:9s} {t.source}")  # fmt: skip
    print(f"\n{passed} of {len(found)} targets pass; "
          f"{sum(t.passed for t in found if t.role == PREDICTED)} of {sum(t.role == PREDICTED for t in found)} not "
          "fitted\n")  # fmt: skip
    print(f"{'mean cytosolic DM1 relative to nominal':40s} {'in vitro':>10s} {'well mixed':>10s} {'classes':>10s}")
    for label, shares in table:
        print(f"{label:40s} " + " ".join(f"{share:10.3g}" for share in shares.values()))


if __name__ == "__main__":
    main()
