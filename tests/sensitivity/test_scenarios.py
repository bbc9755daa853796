"""Scenarios: each is the study that it says, and what they differ by has the interval that their pairing gives."""

import json
from dataclasses import replace

import numpy as np
import pytest

import sensitivity
from sensitivity.api import run_study
from sensitivity.config import read_study
from sensitivity.errors import ConfigError
from sensitivity.report import render
from sensitivity.study_json import from_json, identity, to_json
from tests.processes import call

MODEL = """
import numpy as np

def f(x):
    y = x["a"] + 2.0 * x["b"] + x["a"] * x["c"]
    return {"y": y, "course": np.stack([y, x["b"] + x["c"]], axis=1), "failing": np.where(x["a"] > 0.9, np.nan, y)}

def noisy(x, rngs):
    return {"y": x["a"] + x["c"] + 0.1 * np.array([g.standard_normal() for g in rngs])}
"""

BASE = """\
schema: sensitivity-config/1
title: two settings
model: {use: "settings:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
  b: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
  c: {dist: uniform, low: 0, high: 2, unit: nM, source: here}
outputs:
  y: {of: y, unit: "1"}
  course: {of: course, unit: "1", times: [0 day, 1 day]}
design: {method: sobol, n_base: 1024, scrambles: 8, second_order: true, seed: 3}
executor: {kind: serial, chunk_size: 100}
analysis: {ledger: [a, b]}
"""
LOW = "scenarios:\n  whole:\n  held: {parameters: {c: 1 nM}}\n  none: {parameters: {c: 0 nM, b: 0.5}}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "settings.py").write_text(MODEL)
    (folder / "study.yaml").write_text(BASE + LOW)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    opened, tree = run_study(folder / "study.yaml", folder / "results")
    return opened.directory.path, tree


def alone(folder, name, change=lambda text: text):
    (folder / f"{name}.yaml").write_text(change(BASE))
    return run_study(folder / f"{name}.yaml", folder / "results")[1]


def test_a_scenario_is_the_study_with_its_settings_bit_for_bit(folder, run):
    """Same points and streams, and sums of every output of its own: not a bit differs from the study alone.

    Given-data indices are sums over an array that is wider here: they differ by rounding, 1e-15.
    """
    whole = run[1].sa.scenario("whole")
    single = alone(folder, "single")
    for node in ("sobol", "sobol_time/course", "sobol_ledger", "outputs", "outputs_time/course"):
        for name, variable in single[node].to_dataset().data_vars.items():
            np.testing.assert_array_equal(variable.values, whole[node][name].values, err_msg=f"{node} {name}")
    for name, variable in single["given"].to_dataset().data_vars.items():
        if variable.dtype.kind == "f":
            np.testing.assert_allclose(variable.values, whole["given"][name].values, rtol=1e-11, err_msg=name)


def test_indices_of_a_held_factor_are_exact(run):
    """With c = 1, y = 2a + 2b: halves; with c = 0 and b fixed, y = a: all of it. 0.01 is three half widths."""
    held = run[1].sa.scenario("held").sa.table().xs("y", level="output")
    np.testing.assert_allclose(held["S1"], [0.5, 0.5, 0.0], atol=0.01)
    assert held.loc["c", "ST"] == 0.0
    none = run[1].sa.scenario("none").sa.table().xs("y", level="output")
    np.testing.assert_allclose(none["S1"], [1.0, 0.0, 0.0], atol=0.01)


def test_the_difference_of_two_scenarios_is_an_output_of_its_own(run):
    """held - whole is a (1 - c): its mean is 0, and b has nothing to do with it."""
    tree = run[1]
    assert tree.sa.scenarios == ["whole", "held", "none", "held - whole", "none - whole"]
    difference = tree.sa.scenario("held - whole")
    data = difference["sobol"].sel(output="y")
    low, high = data["mean_ci"].values
    assert low - 1e-3 < 0.0 < high + 1e-3
    table = difference.sa.table().xs("y", level="output")
    assert table.loc["b", "ST"] == pytest.approx(0.0, abs=1e-12)
    # Var a(1-c) with a in (0,1), c in (0,2): E a^2 E(1-c)^2 = 1/9, of which a alone explains nothing, c 1/12 / (1/9).
    assert table.loc["c", "S1"] == pytest.approx(0.75, abs=0.02)
    assert table.loc["a", "S1"] == pytest.approx(0.0, abs=0.02)
    assert table.loc["a", "ST"] == pytest.approx(0.25, abs=0.02)


def test_paired_intervals_hold_the_exact_difference_and_are_narrower(run):
    """ST of b: Var y = 4 Var a + 4 Var b + Var a Var c = 1/3 + 1/3 + 1/36 in `whole`; 1/2 in `held`."""
    tree = run[1]
    row = tree.sa.contrasts().loc[("held - whole", "y", "b")]
    exact = 0.5 - (1 / 3) / (1 / 3 + 1 / 3 + 1 / 36 + (1 / 3) / 4)
    assert row["S1_lower"] < exact < row["S1_upper"]
    assert row["S1"] == pytest.approx(exact, abs=0.01)
    se = tree["sobol"].sel(output="y", factor="b")["S1_se"]
    unpaired = np.hypot(float(se.sel(scenario="held")), float(se.sel(scenario="whole")))
    paired = float(tree["sobol_contrasts"].sel(contrast="held - whole", output="y", factor="b")["S1_se"])
    assert paired < unpaired


def test_noise_is_common_to_the_scenarios(folder):
    text = (
        BASE.replace("settings:f", "settings:noisy")
        .replace('  course: {of: course, unit: "1", times: [0 day, 1 day]}\n', "")
        .replace("scrambles: 8", "scrambles: 4")
        .replace("n_base: 1024", "n_base: 512")
    )
    text = text.replace("analysis: {ledger: [a, b]}\n", "noise: {replicates: 2}\n")
    (folder / "noisy.yaml").write_text(text + "scenarios:\n  first:\n  second: {parameters: {c: 1 nM}}\n")
    tree = run_study(folder / "noisy.yaml", folder / "results")[1]
    share = tree["sobol"]["noise_share"].sel(output="y")
    assert float(share.sel(scenario="first")) > 0.01
    # The same noise on both sides leaves none in the difference, but for rounding.
    assert abs(float(share.sel(scenario="second - first"))) < 1e-12


def test_a_run_that_fails_in_one_scenario_is_left_out_of_all(folder):
    text = BASE.replace("{of: y,", "{of: failing,").replace(
        "analysis: {ledger: [a, b]}\n", "failures: {max_fraction: 0.5}\n"
    )
    (folder / "failing.yaml").write_text(text + "scenarios:\n  well: {parameters: {a: 0.5}}\n  ill:\n")
    tree = run_study(folder / "failing.yaml", folder / "results")[1]
    missing = tree["diagnostics"]["missing"].sel(stage="sobol", output="y")
    assert int(missing.sel(scenario="ill")) > 0
    assert int(missing.sel(scenario="ill - well")) == int(missing.sel(scenario="ill"))
    assert int(tree["diagnostics"]["failed"].sum()) == int(missing.sel(scenario="ill"))


def test_results_do_not_depend_on_chunks(folder, run):
    again = run_study(folder / "study.yaml", folder / "elsewhere", ["executor.chunk_size=7"])[1]
    assert again.attrs["content_hash"] == run[1].attrs["content_hash"]


def test_the_file_the_accessor_and_the_report_tell_scenarios_apart(run):
    path, tree = run
    loaded = sensitivity.load(path)
    assert loaded.sa.scenarios == tree.sa.scenarios
    with pytest.raises(KeyError, match=r"choose a scenario .* held - whole"):
        loaded.sa.rank("y")
    with pytest.raises(KeyError, match="there are whole, held"):
        loaded.sa.scenario("other")
    html = render(loaded)
    assert html == render(tree)
    assert "held - whole" in html
    assert "Everything else on this page is scenario <strong>whole</strong>" in html


def test_show_prints_every_scenario_or_one(folder, run):
    path = run[0]
    shown = call("show", path).stdout
    assert [line for line in shown.splitlines() if line.startswith("scenario ")] == [
        f"scenario {name}" for name in ("whole", "held", "none", "held - whole", "none - whole")
    ]
    assert "differences of ST between scenarios are other than zero" in shown
    one = call("show", path, "--scenario", "held").stdout
    assert one in shown
    records = json.loads(call("show", path, "--json").stdout)
    assert {record["scenario"] for record in records} == set(run[1].sa.scenarios)
    assert "there are whole, held" in call("show", path, "--scenario", "hold", code=2).stderr


def test_scenarios_are_a_part_of_the_identity_and_survive_json(folder):
    study, _ = read_study(folder / "study.yaml")
    assert from_json(json.loads(json.dumps(to_json(study)))) == study
    assert identity(study) != identity(replace(study, scenarios=()))
    other, _ = read_study(folder / "study.yaml", ["scenarios.held.parameters.c=1.5 nM"])
    assert identity(other) != identity(study)


MISTAKES = {
    "scenarios: {a: {}}": ("E141", "two or more"),
    "scenarios: [a, b]": ("E141", "a mapping"),
    "scenarios: {a: , b: {parameter: {c: 1 nM}}}": ("E102", "did you mean 'parameters'"),
    "scenarios: {a: , b: {parameters: {cc: 1 nM}}}": ("E113", "did you mean 'c'"),
    "scenarios: {a: , b: {parameters: {c: 1 hour}}}": ("E110", "cannot be converted"),
    "scenarios: {a: , b: {model: {rtol: 1}}}": ("E131", "takes no options"),
    'scenarios: {a: , b: {model: {use: "settings:noisy"}}}': ("E141", "not another model"),
    "scenarios: {a: , b c: {}}": ("E108", "is no name"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_once(folder, text):
    code, words = MISTAKES[text]
    (folder / "bad.yaml").write_text(BASE + text + "\n")
    with pytest.raises(ConfigError) as caught:
        read_study(folder / "bad.yaml")
    ((found, message),) = {(d.code, d.message) for d in caught.value.diagnostics if d.severity == "error"}
    assert found == code
    assert words in message
    assert all(d.line == BASE.count("\n") + 1 for d in caught.value.diagnostics if d.severity == "error")


def test_treatments_of_the_model_are_scenarios(tmp_path):
    """T-DM1's own treatments by option, on a screening of two trajectories."""
    (tmp_path / "study.yaml").write_text(
        """\
schema: sensitivity-config/1
model: {use: "models.tdm1:TDM1", rtol: 1.0e-4}
factors: {k_e: {}, mdr1_efflux: {}, k_lys: {}}
outputs: {dm1_auc: {of: in_vivo.dm1_cytosolic, reduce: auc, window: [0 day, 3 day]}}
design: {method: morris, trajectories: 4, seed: 1}
executor: {kind: serial}
scenarios:
  alone: {}
  peg4mal: {model: {intervention: peg4mal}}
  no_efflux: {parameters: {mdr1_efflux: 0 nM/hour}}
"""
    )
    tree = run_study(tmp_path / "study.yaml", tmp_path / "results")[1]
    effects = tree["morris"]["mu_star"].sel(output="dm1_auc", factor="mdr1_efflux")
    assert 0.0 == float(effects.sel(scenario="no_efflux")) < float(effects.sel(scenario="peg4mal"))
    assert float(effects.sel(scenario="peg4mal")) < float(effects.sel(scenario="alone"))
