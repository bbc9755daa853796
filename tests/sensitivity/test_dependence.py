"""Dependent factors: exact moments, and a study that ranks a block like a factor."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from sensitivity.dependence import Copula, Ensemble, inputs, quantiles
from sensitivity.distributions import TAIL, Distribution
from sensitivity.methods.intervals import t_quantile
from sensitivity.report import render
from sensitivity.view import ranking
from tests.sensitivity.studies import run_in_chunks

CORRELATION = ((1.0, 0.6, -0.3), (0.6, 1.0, 0.2), (-0.3, 0.2, 1.0))
TABLE = tuple(zip((0.3, 0.4, 0.5, 0.5), (7.0, 9.0, 9.0, 8.0), strict=True))


def cube(n, k, seed=5):
    return qmc.Sobol(k, seed=seed).random(n)


def test_normal_scores_have_the_correlation_that_was_asked_for():
    scores = ndtri(Copula(("a", "b", "c"), CORRELATION).quantiles(cube(2**14, 3)))
    # Scores are cut at 3.09 standard deviations, which takes 1 % of their variance; quasi-random sums of 2**14 points
    # add errors of a few 1e-3.
    assert np.allclose(np.corrcoef(scores.T), CORRELATION, atol=5e-3)
    assert np.allclose(scores.var(axis=0), 1.0, atol=0.02)


def test_without_correlation_quantiles_are_those_of_the_design():
    u = cube(256, 2)
    found = Copula(("a", "b"), ((1.0, 0.0), (0.0, 1.0))).quantiles(u)
    inside = (u > TAIL) & (u < 1 - TAIL)
    assert np.allclose(found[inside], u[inside], rtol=1e-13)  # there and back through the normal law
    assert np.all((found >= TAIL * (1 - 1e-12)) & (found <= 1 - TAIL * (1 - 1e-12)))


@given(st.integers(1, 40), st.integers(0, 2**32))
@settings(deadline=None, max_examples=25)
def test_a_row_does_not_depend_on_its_neighbours(n, seed):
    u = np.random.default_rng(seed).random((n, 3))
    for block in (Copula(("a", "b", "c"), CORRELATION), Ensemble(("a", "b"), TABLE)):
        points = u[:, : len(block.members)]
        whole = block.quantiles(points)
        assert np.all((whole > 0.0) & (whole < 1.0))
        assert np.array_equal(whole, np.concatenate([block.quantiles(points[i : i + 1]) for i in range(n)]))


def test_rows_of_an_ensemble_come_back_whole_and_equally_often():
    block = Ensemble(("k", "dose"), TABLE)
    u = np.column_stack([(np.arange(8) + 0.5) / 8, np.linspace(0.9, 0.1, 8)])
    laws = [Distribution("choice", block.marginal(i)) for i in range(2)]
    found = block.quantiles(u)
    rows = [tuple(float(law.ppf(found[i : i + 1, j])[0]) for j, law in enumerate(laws)) for i in range(8)]
    assert rows == [row for row in TABLE for _ in range(2)]
    assert block.quantiles(np.ones((1, 2)))[0].tolist() == found[-1].tolist()  # the end of the cube is inside


def test_a_block_stands_where_its_first_member_does():
    blocks = {"b": Ensemble(("y", "z"), TABLE)}
    assert inputs(["x", "y", "w", "z"], blocks) == {"x": [0], "b": [1, 3], "w": [2]}
    u = cube(16, 4)
    found = quantiles(["x", "y", "w", "z"], blocks, u)
    assert np.array_equal(found[:, [0, 2]], u[:, [0, 2]])
    assert np.array_equal(found[:, [1, 3]], blocks["b"].quantiles(u[:, [1, 3]]))


STUDY = """\
schema: sensitivity-config/1
model: {use: "sum_model:f"}
factors:
  x1: {dist: normal, mean: 0, sd: 1, unit: "1", source: here}
  x3: {dist: normal, mean: 0, sd: 2, unit: "1", source: here}
  x2: {dist: lognormal, median: 1, gsd: 2, unit: "1", source: here}
groups:
  pair: {members: [x1, x2], correlation: 0.8}
  all: [x1, x3, x2]
outputs: {y: {of: y, unit: "1"}}
design: {method: sobol, n_base: 4096, seed: 20261125, second_order: true}
executor: {kind: serial, chunk_size: CHUNK}
"""
MODEL = "import numpy as np\ndef f(x): return {'y': x['x1'] + np.log(x['x2']) + x['x3']}\n"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run_in_chunks(tmp_path_factory.mktemp("dependent"), "sum_model", MODEL, STUDY, (7, 4096))


def test_a_block_is_ranked_like_a_factor_and_its_index_is_exact(result):
    """y = z1 + ln 2 z2 + 2 z3 with corr(z1, z2) = 0.8: S(pair) = (1 + s^2 + 1.6 s) / (5 + s^2 + 1.6 s), s = ln 2."""
    data = result["sobol"].to_dataset()
    assert data["factor"].values.tolist() == ["pair", "x3"]
    s = np.log(2.0)
    pair = 1 + s**2 + 1.6 * s
    # Every law is cut at its 0.001 and 0.999 quantiles, which takes about 1 % off each variance and moves the index of
    # the pair by 5e-3 at most; beyond that it lies within its own error.
    for name in ("S1", "ST"):
        value, se = (float(data[n].sel(output="y", factor="pair")) for n in (name, f"{name}_se"))
        assert abs(value - pair / (pair + 4)) < 5e-3 + t_quantile(0.999, 15) * se
    both = data["S1"].sel(output="y").sum().item()
    assert both == pytest.approx(1.0, abs=0.02)  # additive between the blocks; three standard errors of the sum
    assert abs(float(data["S2"].sel(output="y", factor="pair", factor_2="x3"))) < 0.02
    assert result["sobol_groups"]["ST"].values.tolist() == [[1.0]]


def test_values_in_the_result_are_the_dependent_ones(result):
    design = result["design"].to_dataset()
    base = design["point"].values == 0
    first, u = design["x"].values[base], design["u"].values[base]
    scores = np.column_stack([first[:, 0], np.log(first[:, 2]) / np.log(2.0)])
    assert np.corrcoef(scores.T)[0, 1] == pytest.approx(0.8, abs=0.01)  # 4096 quasi-random rows of cut scores
    assert np.allclose(ndtr(scores[:, 0]), TAIL + u[:, 0] * (1 - 2 * TAIL), atol=1e-9)  # x1 is that quantile of its law


def test_the_block_is_shown(result):
    assert "pair" in ranking(result)
    page = render(result)
    assert "x1, x2 together" in page
    assert "except those of pair" in page
    assert page.count("depends on the others of pair") == 2
