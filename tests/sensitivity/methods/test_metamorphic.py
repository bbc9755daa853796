"""Relations that hold between studies whatever the indices are: permuted, scaled, grouped, grown, spoilt."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sobol_indices

from sensitivity.design import Design
from sensitivity.methods.intervals import t_quantile
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from tests.reference import ishigami, ishigami_indices, sobol_g, sobol_g_indices
from tests.sensitivity.methods.test_sobol import estimate, stage

SOBOL = [Sobol(512, 4, second_order=True), Sobol(512, 4, symmetric=False)]
EVERY = [*SOBOL, Morris(40)]


def product(u):
    """Smooth, with interactions; also used with factors exchanged."""
    return np.exp(u[..., 0]) * (0.5 + u[..., 1]) + u[..., 2] ** 2


def found(method, f, factors=3, groups=None):
    return estimate(stage(method, factors, groups or {}), f)[1]


def same(a, b, names=None):
    return all(np.array_equal(a[n].value, b[n].value, equal_nan=True) for n in names or a)


@pytest.mark.parametrize("method", EVERY, ids=str)
@given(order=st.permutations(range(3)))
@settings(deadline=None, max_examples=6)
def test_exchanging_factors_exchanges_their_indices_bit_by_bit(method, order):
    """The same points with their columns in another order, and in Sobol' blocks the rows of each factor likewise."""
    design = stage(method, 3).design(0, 32)
    y = product(design.points)[:, :, None, None]
    rows = list(range(y.shape[1]))
    if method.name == "sobol":
        swapped = [1 + i for i in order] + ([4 + i for i in order] if method.symmetric else [])
        rows = [0, *swapped, y.shape[1] - 1]
    other = Design(design.points[:, rows][..., order], design.scramble, design.row, design.side)
    one, two = (
        method.estimates({n: v[None].repeat(2, 0) for n, v in method.sums(d, z, ()).items()}, 0.95, ())
        for d, z in ((design, y), (other, np.ascontiguousarray(y[:, rows])))
    )
    for name, whole in one.items():
        expected = whole.value
        if name in {"S1", "ST", "mu", "mu_star", "sigma"}:
            expected = expected[order]
        elif name == "S2":
            expected = expected[order][:, order]
        assert np.array_equal(expected, two[name].value), name


@pytest.mark.parametrize("method", EVERY, ids=str)
@given(power=st.integers(-20, 20))
@settings(deadline=None, max_examples=10)
def test_scaling_by_a_power_of_two_changes_no_bit(method, power):
    one, other = found(method, product), found(method, lambda u: 2.0**power * product(u))
    if method.name == "sobol":
        assert same(one, other, [n for n in one if n not in {"mean", "variance"}])
    else:
        for name in one:
            assert np.array_equal(2.0**power * one[name].value, other[name].value)


@pytest.mark.parametrize("method", EVERY, ids=str)
@given(scale=st.floats(0.1, 10.0), offset=st.floats(-100.0, 100.0))
@settings(deadline=None, max_examples=10)
def test_scale_and_offset_change_nothing(method, scale, offset):
    """Also S2. 1e-9: an offset 100 times the output costs four digits of sixteen in products of differences."""
    one, other = found(method, product), found(method, lambda u: scale * product(u) + offset)
    for name in ("S1", "ST", "S2") if method.name == "sobol" else ("mu", "mu_star", "sigma"):
        if name in one:
            factor = 1.0 if method.name == "sobol" else scale
            assert np.allclose(factor * one[name].value, other[name].value, rtol=0, atol=1e-9), name


@pytest.mark.parametrize("method", EVERY, ids=str)
def test_a_factor_that_does_nothing_is_exactly_zero_and_last(method):
    one = found(method, product, factors=4)
    names = ("S1", "ST") if method.name == "sobol" and method.symmetric else ("mu_star",)
    for name in ("ST",) if method.name == "sobol" and not method.symmetric else names:
        assert one[name].value[3, 0] == 0.0
        assert np.all(one[name].ci[:, 3, 0] == 0.0)
        assert np.argmin(one[name].value[:, 0]) == 3


@pytest.mark.parametrize("method", EVERY, ids=str)
def test_the_same_study_twice_is_the_same(method):
    assert same(found(method, product), found(method, product))


@pytest.mark.parametrize("method", SOBOL, ids=str)
def test_groups_of_one_are_their_factor_and_the_group_of_all_is_everything(method):
    groups = {"all": ("x0", "x1", "x2"), **{f"only{i}": (f"x{i}",) for i in range(3)}}
    one = found(method, product, groups=groups)
    assert np.array_equal(one["ST"].value[4:], one["ST"].value[:3])
    assert np.array_equal(one["S1"].value[4:], one["S1"].value[:3])
    if method.symmetric:
        assert one["ST"].value[3, 0] == one["S1"].value[3, 0] == 1.0
    else:  # its variance is that of A and B rows, its effects half squared differences: equal in expectation
        assert abs(one["ST"].value[3, 0] - 1.0) <= t_quantile(0.999, 3) * one["ST"].se[3, 0]


def test_total_and_complement_sum_to_one_and_merging_groups_adds_influence():
    groups = {"a": ("x0",), "bc": ("x1", "x2"), "ab": ("x0", "x1")}
    one = found(Sobol(8192, 16), product, groups=groups)
    total, first = one["ST"], one["S1"]
    a, bc, ab = 3, 4, 5
    for g, rest in ((a, bc), (bc, a)):
        se = np.hypot(total.se[g, 0], first.se[rest, 0])
        assert abs(total.value[g, 0] - (1.0 - first.value[rest, 0])) <= t_quantile(0.9995, 15) * se
    assert total.value[ab, 0] > max(total.value[0, 0], total.value[1, 0])  # x0 and x1 interact, by far more than errors


@pytest.mark.parametrize("method", SOBOL, ids=str)
def test_indices_lie_between_their_bounds_up_to_their_errors_and_are_never_clipped(method):
    below = 0
    for seed in range(20):
        _, one = estimate(replace(stage(method, 3), seed=seed), ishigami)
        first, total = one["S1"], one["ST"]
        far = t_quantile(0.9999, 3)  # 20 seeds x 8 comparisons, four scramblings: one in 10,000 each
        assert np.all(first.value >= -far * first.se)
        assert np.all(total.value - first.value >= -far * np.hypot(first.se, total.se))
        assert first.value.sum() <= 1.0 + far * np.sqrt((first.se**2).sum())
        assert total.value.sum() >= 1.0 - far * np.sqrt((total.se**2).sum())
        below += int(np.sum(first.value < 0.0))
    assert below > 0  # x3 has S1 = 0 and is not inert: half its estimates fall below zero and are shown so


def test_a_monotone_transform_keeps_signs_and_order_of_effects():
    one = found(Morris(60), lambda u: u @ np.array([3.0, -1.0, 0.2]))
    other = found(Morris(60), lambda u: np.exp(u @ np.array([3.0, -1.0, 0.2])))
    assert np.array_equal(np.sign(one["mu"].value), np.sign(other["mu"].value))
    assert np.array_equal(np.argsort(one["mu_star"].value[:, 0]), np.argsort(other["mu_star"].value[:, 0]))


@given(weights=st.lists(st.floats(-1e3, 1e3).filter(lambda w: abs(w) > 1e-3), min_size=3, max_size=3))
@settings(deadline=None, max_examples=20)
def test_morris_is_exact_on_linear_functions(weights):
    weights = np.array(weights)
    one = found(Morris(20), lambda u: u @ weights)
    scale = np.max(np.abs(weights))
    assert np.allclose(one["mu"].value[:, 0], weights, rtol=0, atol=1e-12 * scale)  # a few roundings of the sum
    assert np.all(one["sigma"].value[:, 0] <= 1e-12 * scale)
    assert np.all(one["mu_star"].value >= np.abs(one["mu"].value) - 1e-12 * scale)


@pytest.mark.parametrize("symmetric", [True, False])
def test_additive_functions_have_equal_first_and_total_indices_in_the_limit(symmetric):
    """Error falls at least with the square root of the design: 64 times the rows, an eighth of the error."""
    weights = np.array([1.0, 2.0, 3.0])
    exact = weights**2 / np.sum(weights**2)
    errors = []
    for n in (256, 16384):
        one = found(Sobol(n, 4, symmetric=symmetric), lambda u: u @ weights)
        errors.append(max(np.max(np.abs(one[name].value[:, 0] - exact)) for name in ("S1", "ST")))
    assert errors[1] < errors[0] / 8.0
    assert errors[1] < 1e-3


@pytest.mark.parametrize("method", EVERY, ids=str)
def test_a_larger_design_begins_with_the_rows_of_a_smaller_one(method):
    larger = replace(method, trajectories=80) if method.name == "morris" else replace(method, n_base=1024)
    small, large = stage(method, 3), stage(larger, 3)
    n = method.layout.blocks
    assert np.array_equal(small.design(0, n).points, large.design(0, n).points)


@pytest.mark.parametrize("symmetric", [True, False])
def test_blocks_are_what_their_names_say(symmetric):
    design = stage(Sobol(512, 4, symmetric=symmetric), 4, {"g": ("x1", "x3")}).design(0, 512)
    a, b = design.points[:, 0], design.points[:, -1]
    assert np.mean(a == b) == 0.0
    for unit, columns in enumerate(([0], [1], [2], [3], [1, 3])):
        rest = [i for i in range(4) if i not in columns]
        swapped = [(design.points[:, 1 + unit], a, b)]
        if symmetric:
            swapped.append((design.points[:, 6 + unit], b, a))
        for rows, own, other in swapped:
            assert np.array_equal(rows[:, columns], other[:, columns])
            assert np.array_equal(rows[:, rest], own[:, rest])


def responses(f, factors):
    """A, B and AB outputs (rows, ...) of our own asymmetric design, and what we make of them."""
    method = Sobol(1024, 4, symmetric=False)
    design = stage(method, factors).design(0, 1024)
    y = f(design.points)
    return y, found(method, f, factors)


def test_asymmetric_indices_are_scipys_where_the_formulas_are_the_same():
    """SciPy has no control variate, centres its products by A and B alone, and takes the variance of A and B."""
    y, ours = responses(sobol_g, 6)
    mean, every = y.mean(), y.var()
    f_a, f_b, f_ab = (part - mean for part in (y[:, 0], y[:, -1], y[:, 1:-1]))
    scipy = sobol_indices(func={"f_A": f_a[None], "f_B": f_b[None], "f_AB": f_ab.T[:, None, :]}, n=len(y))
    own = np.concatenate([f_a, f_b])
    shift = own.mean() * (f_ab - f_a[:, None]).mean(axis=0) / own.var()
    total = ours["ST"].value[:, 0]
    first = ours["S1"].value[:, 0] - total * np.mean((f_a - f_a.mean()) * (f_b - f_b.mean())) / every
    scale = every / own.var()
    assert np.allclose(total * scale, np.ravel(scipy.total_order), rtol=0, atol=1e-12)  # additions near 1
    assert np.allclose(first * scale - shift, np.ravel(scipy.first_order), rtol=0, atol=1e-12)


OPENTURNS = """
import json, sys
import numpy as np, openturns as ot
y = np.array(json.load(sys.stdin))  # (rows, A | AB_i | B)
order = [0, y.shape[1] - 1, *range(1, y.shape[1] - 1)]  # OpenTURNS stacks A, B, AB_1, ...
stacked = ot.Sample(y[:, order].T.reshape(-1, 1))
inputs = ot.Sample(np.random.default_rng(0).random((len(stacked), y.shape[1] - 2)))  # only its size is used
found = ot.JansenSensitivityAlgorithm(inputs, stacked, len(y))
print(json.dumps({"ST": list(found.getTotalOrderIndices())}))
"""


def test_total_indices_are_openturns_on_the_same_responses():
    """Jansen (1999): OpenTURNS divides sums over n rows by 2 n - 1, and by the sample variance of the A rows."""
    y, ours = responses(ishigami, 3)
    run = subprocess.run([sys.executable, "-c", OPENTURNS], input=json.dumps(y.tolist()), capture_output=True,
                         text=True, check=True)  # fmt: skip
    theirs = np.array(json.loads(run.stdout)["ST"])
    n = len(y)
    expected = theirs * (2 * n - 1) / (2 * n) * y[:, 0].var(ddof=1) / y.var()
    assert np.allclose(ours["ST"].value[:, 0], expected, rtol=1e-12)  # additions near 1


def test_exact_indices_lie_in_the_same_place_for_all_of_them():
    """The relations above would hold of a wrong estimator too: these anchor them."""
    s1, total, _, _ = ishigami_indices()
    g1, gt, _ = sobol_g_indices()
    for f, k, first, whole in ((ishigami, 3, s1, total), (sobol_g, 6, g1, gt)):
        one = found(Sobol(4096, 16), f, k)
        assert np.all(np.abs(one["S1"].value[:, 0] - first) <= t_quantile(0.9999, 15) * one["S1"].se[:, 0])
        assert np.all(np.abs(one["ST"].value[:, 0] - whole) <= t_quantile(0.9999, 15) * one["ST"].se[:, 0])
