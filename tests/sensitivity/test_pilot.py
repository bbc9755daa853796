"""Pilots: the noise they find, the replicates and the size that they propose."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from sensitivity import api
from sensitivity.cli import app
from sensitivity.contracts import Status
from sensitivity.forecast import Forecast, StageForecast
from sensitivity.methods.convergence import Targets
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.pilot import LARGEST, pilot
from sensitivity.rehearsal import Rehearsed
from sensitivity.selftest.check import _uniform
from sensitivity.study import ModelUse, Study
from sensitivity.view_pilot import text
from tests.reference import ishigami
from tests.sensitivity.methods.test_sobol import estimate, stage

NEEDS = Forecast((StageForecast("sobol", 7, 1, 1e-3, 100),), 1, 1.0, 2.0, 3.0, 2**28, 2**27, 2**20, 2**21, 2**19)


class Noisy:
    """Ishigami + scale sqrt(1 + x1^2) Z: noise over signal is scale^2 (1 + pi^2 / 3) / 13.84."""

    parameters, observables, time_unit = {}, {}, "day"

    def __init__(self, scale, broken=0.0):
        self.scale, self.stochastic, self.broken = scale, scale > 0, broken

    def simulate(self, parameters, streams, request):
        from scipy.special import ndtri

        u = np.column_stack([parameters[f"x{i}"] for i in range(3)])
        spread = self.scale * np.sqrt(1 + (np.pi * (2 * u[:, 0] - 1)) ** 2)
        y = ishigami(u) + (spread * ndtri(_uniform(streams, 1)[:, 0]) if self.scale else 0.0)
        status = np.where(u[:, 0] < self.broken, Status.ERROR, Status.OK).astype(np.int8)
        return xr.Dataset({"y0": ("run", np.where(status == Status.OK, y, np.nan)), "status": ("run", status)})


def piloted(scale, method=None, width=0.05, replicates=1, broken=0.0):
    method = method or Sobol(4096, 16)
    one = stage(method, 3)
    study = Study("", "", ModelUse("x:y"), one.factors, {}, {}, one.outputs, method, None, 7, replicates,
                  converge=Targets(width=width))  # fmt: skip
    return study, pilot(study, Noisy(scale, broken), one)


@pytest.mark.parametrize(
    ("scale", "ratio", "replicates"), [(0.5, 0.0775, {2}), (1.75, 0.949, {2}), (5.5, 9.37, {8, 10, 12})]
)
def test_noise_over_signal_and_replicates(scale, ratio, replicates):
    """The variance of the mean is known to some 10 % (where noise is large: 20 %)."""
    _, found = piloted(scale)
    assert found.advice[0].noise_ratio == pytest.approx(ratio, rel=0.4)
    assert found.replicates in replicates
    assert found.runs == 256 * 8 * 4


def test_a_model_without_noise_gets_one_replicate():
    study, found = piloted(0.0)
    assert (found.advice[0].noise_ratio, found.replicates, found.runs) == (0.0, 1, 2048)
    assert "0  " in text(study, NEEDS, found)


def test_noise_that_hides_the_signal_is_said():
    study, found = piloted(2000.0)
    assert math.isinf(found.advice[0].noise_ratio)
    assert "hidden by noise" in text(study, NEEDS, found)
    assert found.replicates == 16
    assert found.n_base is None
    assert "out of reach" in text(study, NEEDS, found)


@pytest.mark.parametrize("width", [0.05, 0.1])
def test_the_size_that_is_proposed_does(width):
    """Upper estimates: the study of that size has narrower intervals than was asked for."""
    study, found = piloted(0.0, width=width)
    n = found.n_base
    assert n is not None
    assert n < LARGEST
    _, indices = estimate(stage(Sobol(n, 16), 3), ishigami)
    widest = np.max(indices["ST"].ci[1] - indices["ST"].ci[0])
    assert widest <= width
    assert f"  {n:,}\n" in text(study, NEEDS, found)
    assert (f"n_base={n}" in text(study, NEEDS, found)) == (n != 4096)


def test_the_width_of_the_study_itself_is_forecast():
    """Right to a factor of 1.5 for plain Monte Carlo errors; Sobol' points do better, not worse."""
    _, found = piloted(1.75, replicates=4)
    rng = np.random.default_rng(1)

    def f(u):
        spread = 1.75 * np.sqrt(1 + (np.pi * (2 * u[..., :1] - 1)) ** 2)
        z = np.repeat(rng.standard_normal((len(u), 2, 4)), 4, axis=1)
        return (ishigami(u)[..., None] + spread * z)[..., None]

    _, indices = estimate(stage(Sobol(4096, 16), 3, replicates=4), f)
    widest = np.max(indices["ST"].ci[1] - indices["ST"].ci[0])
    assert widest <= 1.5 * found.advice[0].width
    assert widest >= 0.2 * found.advice[0].width


def test_failed_runs_of_a_pilot_are_counted():
    study, found = piloted(0.0, broken=0.25)
    assert found.failed == pytest.approx(0.25 * found.runs, rel=0.1)  # a quarter of a stratified factor
    assert f"{found.failed} failed" in text(study, NEEDS, found)


def test_a_morris_study_gets_replicates_but_no_base_rows():
    study, found = piloted(1.75, method=Morris(20))
    assert found.replicates == 2
    assert "n_base=" not in text(study, NEEDS, found)


def test_the_same_study_has_the_same_pilot():
    first, second = (piloted(1.75)[1] for _ in range(2))
    assert replace(first, run_s=0.0) == replace(second, run_s=0.0)


def test_the_command_prints_a_table_or_json(tmp_path, monkeypatch):
    rehearsed = Rehearsed(1.0, {"sobol": 1e-3}, 1.0, 2**28, 2**28, 100, 2**20, 2**20, 50.0, 100)
    monkeypatch.setattr(api, "rehearse", lambda *arguments: rehearsed)  # it has tests of its own
    (tmp_path / "pilot_model.py").write_text(
        "import numpy as np\n"
        "def f(x, rngs): return {'y': x['a'] + x['b']**2 + 0.1 * np.array([r.standard_normal() for r in rngs])}\n"
    )
    (tmp_path / "study.yaml").write_text(
        'schema: sensitivity-config/1\nmodel: {use: "pilot_model:f"}\n'
        'factors:\n  a: {dist: uniform, low: 0, high: 1, unit: "1"}\n  b: {dist: uniform, low: 0, high: 1, unit: "1"}\n'
        'outputs: {y: {of: y, unit: "1"}}\ndesign: {method: sobol, n_base: 512, seed: 1}\nnoise: {replicates: 4}\n'
    )
    shown = CliRunner().invoke(app, ["plan", str(tmp_path / "study.yaml")])
    assert shown.exit_code == 0, shown.output
    assert "should do: --set noise.replicates=2" in shown.stdout
    found = json.loads(CliRunner().invoke(app, ["plan", str(tmp_path / "study.yaml"), "--json"]).stdout)
    assert found["runs"] == 512 * 6 * 4
    assert found["proposed"]["replicates"] == 2
    # Variances 1/12 + 4/45 against 0.01.
    assert found["outputs"][0]["noise_ratio"] == pytest.approx(0.01 / (1 / 12 + 4 / 45), rel=0.3)
