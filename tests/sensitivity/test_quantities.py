"""Quantities over replicates: exact indices of mean, variance, probability and quantile of one noisy output."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from sensitivity.contracts import OutputRequest
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.quantities import MEAN, Quantity, estimates, noise_scale
from sensitivity.report import render
from tests.sensitivity.methods.test_sobol import SEED, estimate, simultaneous, stage
from tests.sensitivity.studies import run_in_chunks

BOUND, LEVEL = 1.2, 0.8
ASKED = {"v": Quantity("variance"), "p": Quantity("probability", BOUND), "m": MEAN}


def noisy(replicates, elements, seed=SEED, shared=True):
    """y = x0 + (0.5 + x1) Z: x0 moves the mean, x1 the spread; AB rows share the noise of A, BA rows that of B."""
    rng = np.random.default_rng(seed)

    def f(u):
        blocks, size = u.shape[:2]
        side = np.arange(size) >= size // 2 if shared else np.arange(size)
        z = rng.standard_normal((blocks, size, replicates))[:, side.astype(int)]
        y = u[..., :1] + (0.5 + u[..., 1:2]) * z
        return np.repeat(y[..., None], elements, axis=-1)

    return f


def asked(method, replicates, quantities):
    """Stage with one output a quantity, all of the same observable."""
    one = stage(method, 2, replicates=replicates)
    outputs = tuple(OutputRequest(name, "y", "nM") for name in quantities)
    shift = (0.0,) * len(quantities)
    return replace(one, outputs=outputs, shift=shift, quantities={n: q for n, q in quantities.items() if q != MEAN})


def exact(quantity):
    """S1 and ST of a quantity, by Gauss-Legendre quadrature over both factors."""
    node, weight = np.polynomial.legendre.leggauss(64)
    x, w = 0.5 * (node + 1), 0.5 * weight
    a, b = x[:, None], 0.5 + x[None, :]
    values = {
        "mean": a + 0 * b,
        "variance": b**2 + 0 * a,
        "probability": 1 - ndtr((BOUND - a) / b),
        "quantile": a + b * ndtri(LEVEL),
    }[quantity.kind]
    mean = w @ values @ w
    first = np.array([w @ (values @ w - mean) ** 2, w @ (w @ values - mean) ** 2])
    v = w @ values**2 @ w - mean**2
    return first / v, 1 - first[::-1] / v, mean


@pytest.mark.parametrize("shared", [True, False])
def test_indices_of_every_quantity_are_exact_within_their_errors(shared):
    st_ = asked(Sobol(4096, 16), 4, ASKED)
    _, found = estimate(st_, noisy(4, 3, shared=shared))
    for e, quantity in enumerate(ASKED.values()):
        s1, total, mean = exact(quantity)
        for name, truth in (("S1", s1), ("ST", total)):
            one = replace(found[name], value=found[name].value[:, e : e + 1], se=found[name].se[:, e : e + 1])
            error, bound = simultaneous(one, truth, 12, 16)
            # A factor that does nothing to a quantity is exactly zero where rows share their noise.
            assert np.all(error <= np.maximum(bound, 1e-12)), (quantity, name, error, bound)
        assert abs(found["mean"].value[e] - mean) <= 5 * found["mean"].se[e]


def test_a_quantile_is_right_to_its_small_bias():
    """100 replicates, halves of 50: the bias of a 0.8 quantile of type 8 is below 1e-3 of a standard deviation."""
    st_ = asked(Sobol(512, 4), 100, {"q": Quantity("quantile", LEVEL)})
    _, found = estimate(st_, noisy(100, 1))
    s1, total, mean = exact(Quantity("quantile", LEVEL))
    for name, truth in (("S1", s1), ("ST", total)):
        error, bound = simultaneous(found[name], truth, 4, 4)
        assert np.all(error <= bound)
    assert found["mean"].value[0] == pytest.approx(mean, abs=0.01)


def test_without_groups_the_variance_of_a_variance_would_be_biased():
    """The mutant that this module exists to avoid: the square of one estimate holds the noise of it."""
    st_ = asked(Sobol(2048, 8), 4, {"v": Quantity("variance")})
    f = noisy(4, 1)
    _, found = estimate(st_, f)
    naive = replace(st_, quantities={}, replicates=1)
    _, wrong = estimate(naive, lambda u: f(u).var(axis=2, ddof=1))
    truth = exact(Quantity("variance"))[2]
    assert found["mean"].value[0] == pytest.approx(truth, rel=0.02)
    true_variance = (1.5**5 - 0.5**5) / 5 - ((1.5**3 - 0.5**3) / 3) ** 2  # of b^2, b uniform on (0.5, 1.5)
    assert abs(found["variance"].value[0] - true_variance) <= 5 * found["variance"].se[0]
    assert wrong["variance"].value[0] > 2 * true_variance


def test_noise_share_is_that_of_single_runs_however_they_are_grouped():
    """nu = E (0.5 + x1)^2 = 13/12, variance of the mean 1/12: the share is 13/14."""
    for quantities in ({"m": MEAN}, {"m": MEAN, "v": Quantity("variance")}):
        _, found = estimate(asked(Sobol(2048, 8), 4, quantities), noisy(4, len(quantities)))
        share = found["noise_share"]
        assert abs(share.value[0] - 13 / 14) <= 5 * share.se[0]
        if len(quantities) == 2:
            assert np.isnan(share.value[1])


def test_morris_effects_of_a_probability_are_its_differences():
    """With shared noise and a step of 2/3 the mean effect of x0 is that of the exact probability."""
    st_ = asked(Morris(400), 4, {"p": Quantity("probability", BOUND)})
    _, found = estimate(st_, noisy(4, 1))
    b = 0.5 + np.array([0, 1, 2, 3]) / 3
    effect = 1.5 * np.mean([norm.sf((BOUND - x - 2 / 3) / b) - norm.sf((BOUND - x) / b) for x in (0, 1 / 3)])
    assert abs(found["mu"].value[0, 0] - effect) <= 4 * found["mu"].se[0, 0]


@given(st.integers(0, 2**32), st.sampled_from([4, 6, 8]))
@settings(deadline=None, max_examples=30)
def test_groups_are_halved_squared_differences_and_shares(seed, m):
    y = np.random.default_rng(seed).normal(size=(3, 2, m, 3))
    found = estimates(y, [Quantity("variance"), MEAN, Quantity("probability", 0.3, above=False)])
    pairs = y.reshape(3, 2, m // 2, 2, 3)
    assert np.allclose(found[..., 0], 0.5 * (pairs[..., 0, 0] - pairs[..., 1, 0]) ** 2, rtol=1e-12)  # one rounding each
    assert np.array_equal(found[..., 1], pairs[..., 1].mean(axis=-1))
    assert np.array_equal(found[..., 2], (pairs[..., 2] < 0.3).mean(axis=-1))
    assert np.array_equal(noise_scale([MEAN], m), [1.0])


def test_a_failed_replicate_is_no_value_below_the_bound():
    y = np.array([[1.0, np.nan, 0.0, 0.0]]).reshape(1, 4, 1)
    found = estimates(y, [Quantity("probability", 0.5)])
    assert np.isnan(found[0, 1, 0])
    assert np.isnan(
        estimates(np.repeat(y, 2, axis=2), [Quantity("probability", 0.5), Quantity("variance")])[0, 0]
    ).all()


STUDY = """\
schema: sensitivity-config/1
model: {use: "noise_model:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
  b: {dist: uniform, low: 0.5, high: 1.5, unit: "1", source: here}
outputs:
  centre: {of: y, unit: nM}
  spread: {of: y, unit: nM, quantity: variance}
  high: {of: y, unit: nM, quantity: probability, above: 1200 pM}
design: {method: sobol, n_base: 512, seed: 3}
noise: {replicates: 4}
executor: {kind: serial, chunk_size: CHUNK}
"""
MODEL = """
import numpy as np
def f(x, rngs):
    return {'y': np.array([a + b * rng.standard_normal() for a, b, rng in zip(x['a'], x['b'], rngs)])}
"""


def test_a_study_asks_for_several_quantities_side_by_side(tmp_path):
    tree = run_in_chunks(tmp_path, "noise_model", MODEL, STUDY, (5, 512))
    data = tree["sobol"].to_dataset()
    assert data["output_units"].values.tolist() == ["nM", "nM * nM", "1"]
    assert data["quantity"].values.tolist()[2] == "probability of values above 1.2 of"
    first = data["ST"].idxmax("factor").values.tolist()
    assert first[:2] == ["a", "b"]
    assert "variance over the noise of" in render(tree)
    assert np.array_equal(tree["outputs"]["centre"], tree["outputs"]["spread"])  # the runs are the same
