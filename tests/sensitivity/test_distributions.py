"""Distributions: SciPy as referee, then properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sensitivity.distributions import Distribution, check
from sensitivity.factors import Factor, to_values

U = np.linspace(0.0, 1.0, 1001)

REFEREES = {
    "uniform": ({"low": 2.0, "high": 5.0}, stats.uniform(2, 3)),
    "loguniform": ({"low": 1e-3, "high": 10.0}, stats.loguniform(1e-3, 10.0)),
    "truncnormal": ({"mean": 1.0, "sd": 2.0, "low": 0.0, "high": 3.0}, stats.truncnorm(-0.5, 1.0, 1.0, 2.0)),
    "upper tail": ({"mean": 0.0, "sd": 1.0, "low": 6.0, "high": 9.0}, stats.truncnorm(6, 9)),
    "beta": ({"alpha": 0.5, "beta": 3.0, "low": 0.0, "high": 0.9}, stats.beta(0.5, 3.0, 0, 0.9)),
    "triangular": ({"low": 1.0, "mode": 2.0, "high": 5.0}, stats.triang(0.25, 1.0, 4.0)),
}


@pytest.mark.parametrize("name", REFEREES)
def test_quantiles_are_scipys(name):
    arguments, referee = REFEREES[name]
    dist = "truncnormal" if name == "upper tail" else name
    # 1e-9: SciPy's own truncated normal and beta quantiles are good to about 1e-10 in the tails.
    assert np.allclose(Distribution(dist, arguments).ppf(U), referee.ppf(U), rtol=1e-9, atol=1e-12)


def test_trunclognormal_is_the_exponential_of_a_truncated_normal():
    law = Distribution("trunclognormal", {"median": 0.676, "gsd": 1.2, "low": 0.4, "high": 1.0})
    m, s = np.log(0.676), np.log(1.2)
    referee = stats.truncnorm((np.log(0.4) - m) / s, (np.log(1.0) - m) / s, m, s)
    assert np.allclose(law.ppf(U), np.exp(referee.ppf(U)), rtol=1e-9)


@pytest.mark.parametrize("dist", ["normal", "lognormal"])
def test_unbounded_laws_are_cut_at_their_thousandths(dist):
    arguments = {"mean": 1.0, "sd": 2.0} if dist == "normal" else {"median": 2.0, "gsd": 3.0}
    law = Distribution(dist, arguments)
    z = stats.norm.ppf([0.001, 0.5, 0.999])
    expected = 1.0 + 2.0 * z if dist == "normal" else 2.0 * 3.0**z
    assert law.truncated
    # The median and both cuts, to rounding of ndtri and exp.
    assert np.allclose(law.ppf(np.array([0.0, 0.5, 1.0])), expected, rtol=1e-13)
    bounded = {"low": 0.5, "high": 4.0}
    assert not Distribution(dist, {**arguments, **bounded}).truncated


def test_an_atom_at_zero_takes_its_probability_from_the_log_uniform():
    """Below the atom 0, above it the log-uniform law stretched over what is left: exact at the edges and the middle."""
    law = Distribution("loguniform", {"low": 1e-2, "high": 1.0, "atom": 0.75})
    assert law.ppf(np.array([0.0, 0.5, 0.7499])).tolist() == [0.0, 0.0, 0.0]
    assert np.allclose(law.ppf(np.array([0.75, 0.875, 1.0])), [1e-2, 0.1, 1.0], rtol=1e-14)
    assert law.support == (0.0, 1.0)
    assert law.median == 0.0
    assert np.mean(law.ppf((np.arange(4000) + 0.5) / 4000) == 0.0) == 0.75


@pytest.mark.parametrize("atom", [0.0, 1.0, -0.1, float("nan")])
def test_an_atom_is_a_probability_below_one(atom):
    assert [name for name, _ in check("loguniform", {"low": 1.0, "high": 2.0, "atom": atom})] == ["atom"]
    assert check("uniform", {"low": 1.0, "high": 2.0, "atom": 0.5})[0][0] == "atom"


def test_integer_and_choice_fill_the_cube_in_their_proportions():
    grid = (np.arange(6000) + 0.5) / 6000
    integers = Distribution("integer", {"low": 2, "high": 7}).ppf(grid)
    assert np.array_equal(np.unique(integers, return_counts=True)[1], np.full(6, 1000))
    assert Distribution("integer", {"low": 2, "high": 7}).ppf(np.array([0.0, 1.0])).tolist() == [2.0, 7.0]
    choice = Distribution("choice", {"values": (3.0, 1.0), "weights": (1.0, 2.0)}).ppf(grid)
    assert np.array_equal(np.unique(choice, return_counts=True)[1], [4000, 2000])


numbers = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)


@st.composite
def laws(draw):
    low = draw(numbers)
    high = low + draw(st.floats(1e-3, 1e6))
    kind = draw(st.sampled_from(["uniform", "loguniform", "normal", "lognormal", "truncnormal", "triangular", "beta"]))
    arguments = {
        "uniform": {"low": low, "high": high},
        "loguniform": {"low": abs(low) + 1e-6, "high": abs(low) + 1e-6 + (high - low)},
        "normal": {"mean": low, "sd": draw(positive)},
        "lognormal": {"median": draw(positive), "gsd": draw(st.floats(1.001, 50.0))},
        "truncnormal": {
            "mean": low + draw(st.floats(-5, 5)),
            "sd": draw(st.floats(0.1, 1e3)),
            "low": low,
            "high": high,
        },
        "triangular": {"low": low, "mode": low + (high - low) * draw(st.floats(0, 1)), "high": high},
        "beta": {"alpha": draw(st.floats(0.2, 20)), "beta": draw(st.floats(0.2, 20)), "low": low, "high": high},
    }[kind]
    if check(kind, arguments):  # rounding may have closed the interval
        arguments = {"low": 0.0, "high": 1.0}
        kind = "uniform"
    return Distribution(kind, arguments)


@given(laws(), st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_every_law_is_finite_increasing_and_inside_its_support(law, u):
    x = law.ppf(np.sort(np.array(u)))
    low, high = law.support
    assert np.all(np.isfinite(x))
    assert np.all(np.diff(x) >= 0)
    assert np.all((x >= low) & (x <= high))


@pytest.mark.parametrize("u", [-1e-9, 1.0000001, np.nan])
def test_probabilities_outside_the_cube_are_refused(u):
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        Distribution("uniform", {"low": 0.0, "high": 1.0}).ppf(np.array([u]))


@pytest.mark.parametrize(
    ("dist", "arguments", "argument", "says"),
    [
        ("unifrom", {"low": 0.0, "high": 1.0}, "dist", "did you mean 'uniform'"),
        ("uniform", {"low": 1.0, "high": 0.5}, "low", "low must be below high, got low 1 and high 0.5"),
        ("uniform", {"low": 1.0, "high": 1.0}, "low", "low must be below high"),
        ("uniform", {"low": 0.0, "high": float("inf")}, "high", "must be finite"),
        ("uniform", {"low": 0.0}, "dist", "needs 'high'"),
        ("uniform", {"low": 0.0, "high": 1.0, "mean": 0.5}, "mean", "takes no 'mean'"),
        ("loguniform", {"low": 0.0, "high": 1.0}, "low", "above 0"),
        ("lognormal", {"median": 1.0, "gsd": 0.5}, "gsd", "above 1"),
        ("normal", {"mean": 1.0, "sd": 0.0}, "sd", "positive"),
        ("triangular", {"low": 0.0, "mode": 2.0, "high": 1.0}, "mode", "between"),
        ("integer", {"low": 0.5, "high": 2.0}, "low", "whole"),
        ("choice", {"values": (1.0, 1.0)}, "values", "two different"),
        ("choice", {"values": (1.0, 2.0), "weights": (1.0,)}, "weights", "one positive weight"),
    ],
)
def test_wrong_laws_are_named(dist, arguments, argument, says):
    problems = check(dist, arguments)
    assert any(where == argument and says in message for where, message in problems), problems
    with pytest.raises(ValueError, match=r"\w"):
        Distribution(dist, arguments)


def test_values_come_in_the_order_of_the_factors():
    factors = [
        Factor("a", Distribution("uniform", {"low": 0.0, "high": 2.0}), "nM", 1.0),
        Factor("b", Distribution("loguniform", {"low": 1.0, "high": 100.0}), "1/hour", 1.0),
    ]
    values = to_values(factors, np.array([[0.5, 0.5], [1.0, 0.0]]))
    assert np.allclose(values, [[1.0, 10.0], [2.0, 1.0]], rtol=1e-14)  # exp(log) rounding


@pytest.mark.parametrize(("source", "assumed"), [("Assumed: no data", True), ("Lu 2014", False), ("assumed", True)])
def test_a_factor_knows_whether_its_range_is_assumed(source, assumed):
    law = Distribution("uniform", {"low": 0.0, "high": 2.0})
    assert Factor("a", law, "1", 1.0, source=source).assumed is assumed
