"""The calibration on the pulse-chase is what its command finds, and the validation says what it must."""

import json
import subprocess
import sys

import numpy as np
import pytest

from models.tdm1 import calibration, experiments, observed, validation


def test_the_tables_hold_the_points():
    points = observed.pulse_chase()
    assert len(points) == 41
    assert {p.line: sum(q.line == p.line for q in points) for p in points} == {
        "BT-474EEI": 12, "MCF7-neo/HER2": 11, "SK-BR-3": 18,
    }  # fmt: skip
    # Measured points obey total = conjugated + unconjugated within their reading errors (the data's own note: 2 %).
    first = {p.kind: p.dm1 for p in points if p.line == "SK-BR-3" and p.hours < 3.5}
    assert first["total"] == pytest.approx(first["conjugated"] + first["unconjugated"], rel=0.03)
    assert len(observed.cytotoxicity()) == 18
    assert {m.line: len(m.courses) for m in observed.xenografts()} == {
        "N87": 4, "BT-474": 3, "KPL-4": 4, "BT-474EEI": 4,
    }  # fmt: skip


def test_the_command_finds_the_stored_fit():
    found, stored = calibration.calibrate(), calibration.fitted()
    for name, value, _ in calibration.table(found):
        # The optimiser stops at 1e-8 of the cost, which is flat at the minimum: four digits of a parameter.
        assert value == pytest.approx({n: v for n, v, _ in calibration.table(stored)}[name], rel=1e-3), name


def test_both_fitted_lines_are_within_thirty_percent():
    within = calibration.within(observed.pulse_chase(), calibration.fitted())
    for line in calibration.FITTED_LINES:
        close, total = within[line]
        assert close >= 0.85 * total


def test_half_inhibition():
    x = [0.01, 0.1, 1.0, 10.0]
    assert experiments.half_inhibition(x, [1.0, 1.0, 0.0, 0.0]) == pytest.approx(np.sqrt(0.1), rel=1e-12)
    assert np.isnan(experiments.half_inhibition(x, [0.4, 0.4, 0.4, 0.5]))


def test_targets_are_judged():
    assert validation.relative("V", "x", 100.0, 109.9, 10.0, "s").passed
    assert not validation.relative("V", "x", 100.0, 111.0, 10.0, "s").passed
    assert validation.fold("V", "x", 10.0, 5.0, 2.0, "s").passed
    assert not validation.fold("V", "x", 10.0, float("nan"), 2.0, "s").passed
    assert not validation.inside("V", "x", 1.0, 2.0, 2.1, "s").passed


@pytest.mark.slow
def test_validation_prints_every_target_with_its_verdict():
    command = [sys.executable, "-m", "models.tdm1.validation", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    document = json.loads(run.stdout)
    targets = document["targets"]
    names = {t["name"] for t in targets}
    assert {
        "V1",
        "V2",
        "V4",
        "V5",
        "V6-V8",
        "V12",
        *(f"V{k}" for k in (9, 10, 11, 13, 14, 15, 16, 17, 18, 19)),
    } <= names
    assert {t["role"] for t in targets} == {"fitted", "predicted"}
    for t in targets:
        assert all(t[key] is not None for key in ("what", "observed", "predicted", "tolerance", "passed", "source"))
    must = {"R*", "V10", "V11", "V13", "V14", "V15", "V17", "V18", "V19", "order", "cure", "IC50", "DAR", "V1"}
    assert [t["what"] for t in targets if t["name"] in must and not t["passed"]] == []
    # HER2 hides above the crossover in both tumours and nowhere in culture; lysosomal factors act in all three.
    rows = {row["change"]: row for row in document["contrast"]}
    assert abs(rows["HER2 2.3e6"]["tumour"] - 1.0) < 0.1
    assert rows["HER2 2.3e6"]["in_vitro"] > 2.0
    assert rows["HER2 2e3"]["tumour"] < 0.1
    for change in ("V-ATPase 0.1", "SLC46A3 0.02/h", "proteolysis 0.02/h"):
        assert rows[change]["tumour"] < 0.8
    # Shedding is felt only where ectodomain and competition are states.
    assert rows["shedding 0.04/h"]["tumour"] < 0.8 < 0.99 < rows["shedding 0.04/h"]["in_vivo"]
