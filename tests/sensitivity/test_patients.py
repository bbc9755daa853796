"""Patients of a model in the result; their figures against shares counted by hand and SciPy; rules of resistance."""

import json

import numpy as np
import pytest
import xarray as xr
from scipy.stats import CensoredData, ecdf

from sensitivity import levels
from sensitivity.errors import SensitivityError
from sensitivity.function_model import ModelError
from sensitivity.patients import read
from sensitivity.plots import kaplan_meier, swimmer, waterfall
from sensitivity.result.file import content_hash
from sensitivity.splits import Split
from sensitivity.store import RunDirectory
from sensitivity.streams import Purpose, key
from tests.sensitivity import gallery
from tests.sensitivity.studies import run_in_chunks


def test_kaplan_meier_is_that_of_scipy():
    rng = np.random.default_rng(2)
    time, event = np.round(rng.exponential(10.0, 60), 1) + 0.1, rng.random(60) < 0.7
    table = kaplan_meier.curve(time, event)
    survival = ecdf(CensoredData(time[event], right=time[~event])).sf
    # the product of at most 60 ratios: rounding only
    np.testing.assert_allclose(table["share"].loc[survival.quantiles], survival.probabilities, rtol=1e-13, atol=1e-13)
    with pytest.warns(RuntimeWarning, match="undefined at some observations"):  # where all or none are left
        interval = survival.confidence_interval(confidence_level=0.95, method="log-log")
    inner = (survival.probabilities > 0.0) & (survival.probabilities < 1.0)
    at = survival.quantiles[inner]
    np.testing.assert_allclose(table["lower"].loc[at], interval.low.probabilities[inner], rtol=1e-10)
    np.testing.assert_allclose(table["upper"].loc[at], interval.high.probabilities[inner], rtol=1e-10)


def tree(**changed):
    return xr.DataTree.from_dict({"/patients": gallery.of_patients().assign(changed)})


def test_a_waterfall_falls_and_refuses_more_than_all_of_a_tumour():
    change = np.tile([-0.5, np.nan, 0.3], 40)
    table = waterfall.data(tree(change=("patient", change)), by="group")
    assert list(table["change"]) == [0.3] * 40 + [-0.5] * 40
    assert set(table["group"]) == {"HER2 high, a long name of a subgroup", "HER2 low"}
    with pytest.raises(ValueError, match="more than all"):
        waterfall.data(tree(change=("patient", change - 0.7)))


def test_curves_by_group_hold_each_patient_once():
    whole, parts = kaplan_meier.data(tree()), kaplan_meier.data(tree(), by="group")
    assert whole["events"].sum() + whole["censored"].sum() == 120
    assert parts["events"].groupby(level="group").sum().sum() == whole["events"].sum()
    assert list(parts["at_risk"].groupby(level="group").first()) == [60, 60]
    with pytest.raises(KeyError, match="no 'HER2'; they have time, event"):
        kaplan_meier.data(tree(), by="HER2")


def test_a_swimmer_of_many_shows_some_from_the_longest_to_the_shortest():
    table = swimmer.data(tree())
    assert list(table["time"]) == sorted(table["time"], reverse=True)
    assert len(table) == 120
    assert table["drawn"].sum() == swimmer.LANES
    assert table["drawn"].iloc[0]
    assert table["drawn"].iloc[-1]


MODEL = """
import numpy as np
import xarray as xr
from models.engine.declaration import Observable, Parameter

LAW = {"dist": "uniform", "low": 0.0, "high": 1.0}

class Trial:
    time_unit, stochastic = "day", False
    parameters = {n: Parameter(n, n, 0.5, "1", "x", "m", "assumed", (0.0, 1.0), LAW) for n in "ab"}
    observables = {"y": Observable("y", "", "1", "y", 0.0)}

    def __init__(self, wrong="", shift=0.0):
        self.wrong, self.shift = wrong, shift

    def simulate(self, parameters, streams, request):
        y = parameters["a"] + self.shift + np.zeros(len(streams))
        return xr.Dataset({"y": ("run", y), "status": ("run", np.ones(len(y), dtype=np.int8))})

    def levels(self, parameters, stream):
        if self.wrong == "none":
            raise ValueError("no levels today")
        return [{"level": "L1 <patient>", "treatment": "drawn", "rule": f"a = {parameters['a']}"}]

    def patients_of(self, parameters, stream):
        if self.wrong == "raises":
            raise ValueError("no patients today")
        if self.wrong == "none":
            return None
        dim = "people" if self.wrong == "dim" else "patient"
        u = np.random.Generator(np.random.Philox(key=stream)).random(5) + parameters["a"] + self.shift
        return xr.Dataset({"time": (dim, u, {"units": "day"}), "event": (dim, u > 1.0), "best": (dim, list("abcab"))},
                          attrs={"title": "one trial of 5 patients"})
"""
STUDY = """
schema: sensitivity-config/1
model: {use: "people:Trial", wrong: "WRONG"}
factors: {a: {}, b: {}}
outputs: {y: {of: y, reduce: last, window: [0 day, 1 day]}}
design: {method: sobol, n_base: 32, scrambles: 4, seed: 4}
executor: {kind: serial, chunk_size: CHUNK}
"""


def test_patients_of_a_model_are_a_group_of_the_result_and_of_its_hash(tmp_path):
    found = run_in_chunks(tmp_path, "people", MODEL, STUDY.replace("WRONG", ""), (4, 32))
    patients = found["patients"].to_dataset()
    u = np.random.Generator(np.random.Philox(key=[key(4, Purpose.PATIENTS), 0])).random(5) + 0.5
    np.testing.assert_array_equal(patients["time"].values, u)
    np.testing.assert_array_equal(patients["event"].values, u > 1.0)
    assert list(patients["best"].values) == list("abcab")
    assert patients["time"].attrs["units"] == "day"
    assert "kaplan_meier" in found.sa.plot
    assert "swimmer" not in found.sa.plot
    moved = found.copy()
    moved["patients"] = xr.DataTree(patients.assign(time=patients["time"] + 1.0))
    assert content_hash(found) == found.attrs["content_hash"] != content_hash(moved)


@pytest.mark.parametrize(
    ("wrong", "message"), [("raises", "patients_of raised .*no patients today"), ("dim", "'time' with dimensions")]
)
def test_patients_that_are_none_are_refused_before_a_run(tmp_path, wrong, message):
    with pytest.raises(ModelError, match=message):
        run_in_chunks(tmp_path, "people", MODEL, STUDY.replace("WRONG", wrong), (32,))
    assert not list(tmp_path.glob("out32/*/chunks"))


def test_a_model_may_have_no_patients_to_show_and_fail_to_say_its_levels(tmp_path):
    found = run_in_chunks(tmp_path, "people", MODEL, STUDY.replace("WRONG", "none"), (32,))
    assert "patients" not in found.children
    assert "no levels today" in levels.of(found)[0]["rule"]


def test_levels_of_chance_are_logged_in_result_manifest_and_report(tmp_path):
    found = run_in_chunks(tmp_path, "people", MODEL, STUDY.replace("WRONG", ""), (32,))
    rows = [{"level": "L1 <patient>", "treatment": "drawn", "rule": "a = 0.5"}]
    assert levels.of(found) == rows
    (folder,) = (tmp_path / "out32").iterdir()
    assert json.loads((folder / "manifest.json").read_text())["levels"] == rows
    report = (folder / "report.html").read_text()
    assert "L1 &lt;patient&gt;" in report
    assert 'id="patients"' in report


def test_each_scenario_has_its_patients_and_a_difference_has_none(tmp_path):
    study = STUDY.replace("WRONG", "") + "scenarios: {low: {model: {shift: 0.0}}, high: {model: {shift: 2.0}}}\n"
    found = run_in_chunks(tmp_path, "people", MODEL, study, (32,))
    low, high = (found.sa.scenario(name)["patients"]["time"].values for name in ("low", "high"))
    np.testing.assert_allclose(high - low, 2.0, rtol=1e-14)  # the same patients: rounding of one sum
    assert "patients" not in found.sa.scenario("high - low").children
    assert "kaplan_meier" in found.sa.scenario("high").sa.plot


def test_a_damaged_file_of_patients_is_named(tmp_path):
    (tmp_path / "patients.npz").write_bytes(b"PK\x03\x04 half")
    with pytest.raises(SensitivityError, match=r"patients.npz is damaged .*delete it and run again"):
        read(RunDirectory(tmp_path))
    assert read(RunDirectory(tmp_path / "none")) is None


@pytest.mark.parametrize("rule", [Split(), Split(0.1, above=True), Split(2.5, False), Split(1e-7, False, True)])
def test_a_rule_is_read_back_from_its_words(rule):
    assert Split.parse(rule.words) == rule
