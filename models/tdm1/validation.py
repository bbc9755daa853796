"""Every validation target with what was observed, what the model says, the tolerance, and whether it passes.

``python -m models.tdm1.validation [--json] [--write]``. A target whose data were used to choose numbers of the model is
marked as fitted, all others as predicted. A miss is printed as a miss. Targets and their numbers (V1 to V31) are those
of the project's study of the literature; trials of populations belong to a population of virtual patients and are not
here. ``--write`` stores what `models.tdm1.pages` puts into reports.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from models.engine.requests import Output
from models.tdm1 import calibration, contrast, experiments, observed, pages, xenografts
from models.tdm1.experiments import CYCLE, DAY, ask, value
from models.tdm1.targets import FITTED, PREDICTED, Target, fold, inside, larger, relative

SINK = (
    "no saturable loss gives it: 84 mg less 0.676 L/day times at most 58 ug day/mL is 45 mg, which cannot be less at "
    "2.4 mg/kg and would leave 182 of the 331 (at least 215) seen there; one patient a dose"
)
"""Why the exposure at low doses is missed."""

SPLITS = {
    "MCF7-neo/HER2": "its conjugated DM1 falls by 1 % from 7 to 19 h while SK-BR-3 lose half, and at 7 h all "
    "unconjugated DM1 (262) is below its parts in cells and medium (301 + 33)",
    "SK-BR-3": "176 nM unconjugated at 3 h (11 % of the load) against 5 % in BT-474EEI, and 8 nM in the medium at 9 h "
    "against 33 in MCF7-neo/HER2 at 7 h",
}
"""What the points of a line contradict in the two others."""


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
        exposure = relative("V5", f"AUC at {dose:g} mg/kg, ug day/mL", area,
                            value("tumour.plasma_tdm1", "auc", 3.0 * CYCLE, options) / DAY, 35.0, ladder)  # fmt: skip
        yield replace(exposure, note=SINK if dose in (0.6, 1.2) else "")
    for day, seen in ((14.0, 9.0), (21.0, 22.0)):
        # At 6 h, before much conjugate has lost its DM1, the patients had 102 ug/mL of antibody and 67 of conjugate.
        total, conjugate = (
            value(f"tumour.plasma_{name}", "last", day * DAY, trastuzumab_before=33.0) for name in ("antibody", "tdm1")
        )
        what = f"total antibody over conjugate at day {day:g}, 33 ug/mL trastuzumab there before (read at 6 h)"
        yield fold("Krop", what, seen, total / conjugate, 2.0, ladder)
    for day, seen in ((7.0, 2.1), (14.0, 1.5)):
        yield relative("DAR", f"circulating ratio at day {day:g}", seen,
                       value("tumour.plasma_ratio", "last", day * DAY), 5.0, "Bender 2014 (cynomolgus)",
                       FITTED)  # fmt: skip


def cell() -> Iterator[Target]:
    """Yield the handling of T-DM1 by cells in culture."""
    fit, points = calibration.fitted(), observed.pulse_chase()
    for line, (close, total) in calibration.within(points, fit).items():
        role = PREDICTED if line == calibration.PREDICTED_LINE else FITTED
        what = f"{line}: % of {total} points of the pulse-chase within 30 %"
        yield inside("V6-V8", what, 85.0, 100.0, 100.0 * close / total, "Erickson 2012", role)
    for line, conflict in SPLITS.items():
        close, total = calibration.within(points, calibration.calibrate(line))[line]
        yield inside("V6-V8", f"{line}, predicted from the two others instead: % of {total}",
                     85.0, 100.0, 100.0 * close / total, "Erickson 2012", note=conflict)  # fmt: skip
    maass = "Maass 2016 AAPS J 18:635"
    for name, (low, high), note in (
        ("net internalisation", (6.0, 14.0), ""),
        ("degradation", (5.0, 25.0), "18 to 25 there; the pulse-chase is faster, 10 to 25 took part in its fit"),
        ("efflux", (44.0, 73.0), ""),
    ):
        yield inside("V9", f"half-life of {name}, h", low, high, fit.half_lives[name], maass, FITTED, note)
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
    found = ask(request, 1, {"dose": "15 mg/kg_bw"}, **xenografts.mouse(mouse.line), her2_copies=mouse.copies,
                tumour_doubling_time=mouse.doubling, linear_growth=mouse.linear, lesion_volume=250.0)  # fmt: skip
    source = "Erickson 2012 as plotted by Scheuher 2022"
    # So was the permeability of mice, on DM1 in the tumour.
    yield fold("V12", "total DM1 in the tumour, nM, days 1 to 7", 460.0, float(found["dm1_total_tumour"][0]), 2.0,
               source, FITTED)  # fmt: skip
    yield fold("V12", "unconjugated DM1 in the tumour, nM, days 1 to 7", 126.0,
               0.56 * float(found["dm1_unconjugated"][0]), 2.0, source, FITTED)  # fmt: skip
    for line, one in mice.items():
        yield inside("xenograft", f"{line}: root mean square of ln volume", 0.0, 0.3, xenografts.error(one),
                     "Scheuher 2022, Fig. 4, S4", FITTED)  # fmt: skip


def orderings() -> Iterator[Target]:
    """Yield what was seen as more or less, in the full model of a tumour."""

    def occupancy(**values: float) -> float:
        return value("tumour.tubulin_occupancy", "mean", CYCLE, None, **values)

    def kill(options: Mapping[str, str] | None = None, **values: float) -> float:
        return value("tumour.log10_kill", "last", 23.0 * DAY, options, **values)

    usual = occupancy(mdr1_efflux=0.0)
    yield larger("V13", "occupancy in MDR1+ cells, PEG4Mal over MCC",
                  occupancy(mdr1_efflux=3000.0, linker_efflux_factor=0.1), occupancy(mdr1_efflux=3000.0), 2.0,
                  "Kovtun 2010")  # fmt: skip
    yield larger("V14", "occupancy, normal over blocked V-ATPase", usual, occupancy(vatpase_activity=0.1), 2.0,
                  "Wang 2017")  # fmt: skip
    yield larger("V15", "occupancy, normal over lost SLC46A3", usual, occupancy(k_esc=0.02), 1.25, "Hamblett 2015")
    yield from _neuregulin(kill)
    yield larger("V17", "kill, 70 over 350 mm3", kill(her2_copies=2e5, lesion_volume=70.0),
                  kill(her2_copies=2e5, lesion_volume=350.0), 1.0, "Barok 2011 (JIMT-1)")  # fmt: skip
    yield larger("V17", "kill, microscopic over 70 mm3", kill(her2_copies=2e5, lesion_volume=1.0),
                  kill(her2_copies=2e5, lesion_volume=70.0), 1.0, "Barok 2011 (JIMT-1)")  # fmt: skip
    yield larger("V18", "cells out of the cycle, a week after over before treatment",
                  value("tumour.quiescent_share", "last", 7.0 * DAY), 0.6, 1.0, "Barok 2011 (N87)")  # fmt: skip

    def mode(copies: float) -> float:
        dead = {
            name: value(f"tumour.{name}_cells", "last", CYCLE, her2_copies=copies, permeability=334.0)
            for name in ("apoptotic", "catastrophic")
        }
        return dead["apoptotic"] / sum(dead.values())

    yield larger("V19", "share of deaths in mitosis, 3+ over HER2-low", mode(1e6), mode(1e4), 1.0, "Barok 2011")
    yield larger("order", "kill, geldanamycin after over before", kill({"intervention": "hsp90_after"}),
                  kill({"intervention": "hsp90_before"}), 1.0, "Barok 2014")  # fmt: skip
    plain = {"resistant_fraction": 0.0, "mutation_rate": 0.0, "apoptosis_occupancy": 0.01}
    gone, left = (
        value("tumour.log10_kill", "last", 8.0 * CYCLE, {"cycles": 8}, **plain, nonamplified_fraction=f,
              nonamplified_copies=2e3)
        for f in (0.0, 0.1)
    )  # fmt: skip
    yield larger("cure", "decades killed in eight cycles, without over with HER2-negative cells", gone, left, 2.0,
                  "Metzger Filho 2021")  # fmt: skip
    yield from _her2()


def _neuregulin(kill: Callable[..., float]) -> Iterator[Target]:
    """Yield what neuregulin takes away: in culture, where it was measured, and in a tumour."""
    source = "Barok 2014, ref. 54"

    def culture(**values: float) -> float:
        return -float(np.log10(experiments.viability("SK-BR-3", [0.5], **values)[0]))

    for where, found, note in (
        ("culture", culture, ""),
        ("a tumour", kill, "seen in culture; cells spared in mitosis slip and die later in the same course"),
    ):
        rescued = found(neuregulin=1.0)
        free = {"without over with neuregulin": found(neuregulin=0.0),
                "with neuregulin, PIK3CA-mutant over not": found(neuregulin=1.0, pik3ca_mutant=1.0)}  # fmt: skip
        for words, more in free.items():
            yield replace(larger("V16", f"kill in {where} {words}", more, rescued, 1.05, source), note=note)


def _her2() -> Iterator[Target]:
    for permeability in contrast.PERMEABILITIES:
        low, high, crossover = contrast.elasticities(permeability)
        where = f"at {permeability:g} um/day (R* {crossover:.3g} copies)"
        yield inside("R*", f"d ln DM1/d ln HER2 at 0.2 R* {where}", 0.5, np.inf, low, "corrections, item 1")
        yield inside("R*", f"d ln DM1/d ln HER2 at 30 R* {where}", -0.1, 0.1, high, "corrections, item 1")


def targets() -> list[Target]:
    """Evaluate every target."""
    return [*plasma(), *cell(), *animals(), *orderings()]


def evaluate() -> dict[str, Any]:
    """Evaluate everything that is printed and shown, as plain values."""
    return {
        "targets": [asdict(t) for t in targets()],
        "contrast": [{"change": label, **shares} for label, shares in contrast.contrast()],
        "xenografts": [pages.drawn(one) for one in observed.xenografts()],
    }


def main() -> None:
    """Print the targets and the contrast, as text or as one JSON document."""
    parser = argparse.ArgumentParser(prog="python -m models.tdm1.validation", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--write", action="store_true", help="store what reports show of it in the package")
    options = parser.parse_args()
    found = evaluate()
    if options.write:
        pages.store(found)
    if options.json:
        print(json.dumps({**found, "passed": sum(t["passed"] for t in found["targets"])}, indent=1))
        return
    rows = found["targets"]
    width = max(len(t["what"]) for t in rows)
    for t in rows:
        verdict = "pass" if t["passed"] else "MISS"
        print(f"{verdict}  {t['name']:9s} {t['what']:{width}s}  {t['predicted']:10.4g}  {t['observed']:>16s}  "
              f"{t['tolerance']:8s} {t['role']:9s} {t['source']}")  # fmt: skip
        if t["note"]:
            print(f"{'':16s}{t['note']}")
    print(f"\n{pages.count(rows)}\n")
    print(f"{'mean cytosolic DM1 relative to nominal':40s} {'in vitro':>10s} {'well mixed':>10s} {'classes':>10s}")
    for row in found["contrast"]:
        print(f"{row['change']:40s} " + " ".join(f"{row[s]:10.3g}" for s in contrast.WINDOWS))


if __name__ == "__main__":
    main()
