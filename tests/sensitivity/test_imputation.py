"""Where failed runs could move an index: the same as the indices of outputs with the extremes written in."""

from dataclasses import replace

import numpy as np
import pytest

from sensitivity.contracts import Status
from sensitivity.imputation import ranges
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.report import render
from sensitivity.view import remarks
from tests.reference import ishigami
from tests.sensitivity.methods.test_sobol import estimate, stage
from tests.sensitivity.studies import run_in_chunks


def failing(method, undefined=False):
    """Ishigami that fails where its first factor is large, its rows, and the stage."""
    one = replace(stage(method, 3), shift=(0.5,))
    design = one.design(0, method.layout.blocks)
    bad = design.points[..., 0] > 0.9
    y = np.where(bad, np.nan, ishigami(design.points))[:, :, None, None]
    status = np.where(bad & (not undefined), Status.STEP_LIMIT, Status.OK)[:, :, None]
    return one, {"y": y, "status": status}, bad


@pytest.mark.parametrize("method", [Sobol(512, 4), Sobol(512, 4, symmetric=False), Morris(64)], ids=str)
def test_ranges_are_the_indices_of_outputs_with_the_extremes_written_in(method):
    one, rows, _ = failing(method)
    y = rows["y"]

    def f(fill):
        return lambda u: np.where(u[..., 0] > 0.9, fill, ishigami(u))

    names = ("mu_star",) if method.name == "morris" else ("S1", "ST")
    left_out = {n: e.value for n, e in estimate(one, f(np.nan))[1].items()}
    found = ranges(one, rows, left_out, 0.95)
    assert set(found) == set(names)
    low, high = (estimate(one, f(extreme(y)))[1] for extreme in (np.nanmin, np.nanmax))
    for name in names:
        three = np.stack([left_out[name], low[name].value, high[name].value])
        assert np.array_equal(found[name], [three.min(axis=0), three.max(axis=0)])
        assert np.any(found[name][1] > found[name][0] + 1e-3)  # a tenth of the range moves something


def test_what_is_undefined_without_a_failure_is_not_written_over():
    one, rows, _ = failing(Sobol(512, 4), undefined=True)
    assert ranges(one, rows, {"ST": np.zeros((3, 1))}, 0.95) == {}


def test_an_output_without_a_value_has_no_range():
    one, rows, _ = failing(Sobol(512, 4))
    rows = {**rows, "y": np.full_like(rows["y"], np.nan), "status": np.full_like(rows["status"], Status.ERROR)}
    found = ranges(one, rows, {"ST": np.full((3, 1), np.nan)}, 0.95)
    assert np.all(np.isnan(found["ST"]))


STUDY = """\
schema: sensitivity-config/1
model: {use: "half_model:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
  b: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
outputs: {y: {of: y, unit: "1"}}
design: {method: sobol, n_base: 512, seed: 1}
failures: {max_fraction: 0.2}
executor: {kind: serial, chunk_size: CHUNK}
"""
MODEL = "import numpy as np\ndef f(x): return {'y': np.where(x['a'] > 0.95, np.nan, x['a'] + x['b'])}\n"


def test_a_study_says_how_far_its_failures_could_move_an_index(tmp_path):
    tree = run_in_chunks(tmp_path, "half_model", MODEL, STUDY, (9, 512))
    low, high = tree["sobol"]["ST_range"].sel(output="y", factor="a").values
    assert low <= float(tree["sobol"]["ST"].sel(output="y", factor="a")) <= high
    (said,) = [remark for remark in remarks(tree) if "extremes observed" in remark]
    assert said.startswith("y: had the failed runs given the extremes observed, ST of ")
    assert "extremes observed" in render(tree)


def test_without_failures_nothing_is_said(tmp_path):
    tree = run_in_chunks(tmp_path, "half_model", MODEL.replace("0.95", "2"), STUDY, (512,))
    assert "ST_range" not in tree["sobol"].data_vars
    assert not [remark for remark in remarks(tree) if "extremes" in remark]
