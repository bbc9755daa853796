"""Sobol' estimators: exact answers first, then SALib as referee, then properties."""

import numpy as np
import pytest
from SALib.analyze import sobol as salib_sobol
from SALib.sample import sobol as salib_sample
from scipy.special import stdtrit

from sensitivity.contracts import OutputRequest
from sensitivity.distributions import Distribution
from sensitivity.factors import Factor
from sensitivity.methods import sobol
from sensitivity.methods.sobol import Sobol, default_scrambles
from sensitivity.stage import Stage
from sensitivity.statistics import Piece, leaf_sums, totals
from tests.benchmarks.errors import case
from tests.reference import ishigami, ishigami_indices, sobol_g, sobol_g_indices

SEED = 20261123  # fixed before any of the results below was seen


def stage(method, k, groups=None, elements=1, replicates=1, seed=SEED, times=None):
    factors = tuple(Factor(f"x{i}", Distribution("uniform", {"low": 0.0, "high": 1.0}), "1", 0.5) for i in range(k))
    outputs = tuple(OutputRequest(f"y{i}", f"y{i}", "1") for i in range(elements))
    if times:
        outputs = (OutputRequest("y", "y", "1", times=tuple(times)),)
    n = sum(o.size for o in outputs)
    return Stage(method.name, method, factors, {}, groups or {}, outputs, seed, replicates, (0.0,) * n)


def estimate(stage, f, ci=0.95, spoil=None):
    """Indices of ``f(points) -> (..., elements)`` through the real leaves and tree."""
    layout = stage.method.layout
    leaves = {}
    for a, b, _, _ in layout.leaves:
        design = stage.design(a, b)
        y = f(design.points)
        y = y[..., None, None] if y.ndim == 2 else y
        y = y[:, :, None, :] if y.ndim == 3 else y
        if spoil is not None:
            y = spoil(y, a)
        leaves[a] = leaf_sums(stage, a, y)
    sums = totals(stage, [Piece(leaves, {})])
    return sums, stage.method.estimates(sums, ci, stage.pools)


def simultaneous(estimate_, exact, m, scrambles):
    """|error| against t(1 - 0.0005/m, K - 1) standard errors for each of m indices (family-wise level 0.1 %)."""
    bound = stdtrit(scrambles - 1, 1.0 - 0.0005 / m) * estimate_.se[..., 0]
    return np.abs(estimate_.value[..., 0] - exact), bound


def test_ishigami_within_its_own_standard_errors():
    s1, st, s2, v = ishigami_indices()
    method = Sobol(4096, 16, second_order=True)
    _, found = estimate(stage(method, 3), ishigami)
    m = 3 + 3 + 3
    for name, exact in (("S1", s1), ("ST", st)):
        error, bound = simultaneous(found[name], exact, m, 16)
        assert np.all(error <= bound), (name, error, bound)
    pairs = found["S2"].value[[0, 0, 1], [1, 2, 2], 0]
    bound = stdtrit(15, 1.0 - 0.0005 / m) * found["S2"].se[[0, 0, 1], [1, 2, 2], 0]
    assert np.all(np.abs(pairs - s2) <= bound)
    # The variance: one index, same rule with m = 1.
    assert abs(found["variance"].value[0] - v) <= stdtrit(15, 1 - 0.0005) * found["variance"].se[0]
    # The intervals are useful, not only wide: at 4096 base rows every half-width is below 0.03.
    assert np.all(found["S1"].ci[1] - found["S1"].ci[0] < 0.06)


@pytest.mark.parametrize("symmetric", [True, False])
def test_sobol_g_within_its_own_standard_errors(symmetric):
    s1, st, _ = sobol_g_indices()
    method = Sobol(4096, 16, symmetric=symmetric)
    _, found = estimate(stage(method, 6), sobol_g)
    for name, exact in (("S1", s1), ("ST", st)):
        error, bound = simultaneous(found[name], exact, 12, 16)
        assert np.all(error <= bound), (name, error, bound)


def test_second_order_of_a_product_is_exact():
    """y = x0 x1 with centred uniform factors is pure interaction: S1 = 0, ST = S2 = 1."""
    method = Sobol(1024, 8, second_order=True)
    _, found = estimate(stage(method, 2), lambda u: (u[..., 0] - 0.5) * (u[..., 1] - 0.5))
    # Two standard errors of a design of 1024 rows stay below 0.05 here; the indices are near 1.
    assert abs(found["S2"].value[0, 1, 0] - 1.0) < 0.05
    assert np.all(np.abs(found["S1"].value) < 0.05)


@pytest.mark.parametrize("rows", [64, 256])
def test_rows_are_salibs_rows_however_they_are_made(rows, monkeypatch):
    k, seed = 5, 12345
    problem = {"num_vars": k, "names": list("abcde"), "bounds": [[0, 1]] * k}
    expected = salib_sample.sample(problem, rows, calc_second_order=True, seed=seed)
    monkeypatch.setattr(sobol, "design_seed", lambda root, scramble: seed)
    st = stage(Sobol(rows * 4, 4), k)
    for limit in (0, 2**30):  # SciPy piece by piece, SALib whole
        monkeypatch.setattr(sobol, "SALIB_VALUES", limit)
        blocks = [st.design(a, b).points for a, b, s, _ in st.method.layout.leaves if s == 2]
        assert np.array_equal(np.concatenate(blocks).reshape(-1, k), expected)


def test_rows_of_a_larger_design_begin_with_those_of_a_smaller_one():
    small, large = stage(Sobol(512, 4), 3), stage(Sobol(1024, 4), 3)
    assert np.array_equal(small.design(0, 512).points, large.design(0, 512).points)


def test_any_cut_of_the_blocks_gives_the_same_rows():
    st = stage(Sobol(512, 4), 3)
    whole = st.design(0, 512).points
    pieces = [st.design(a, min(a + 7, 512)).points for a in range(0, 512, 7)]
    assert np.array_equal(np.concatenate(pieces), whole)


def test_scramblings_are_independent_and_balanced():
    design = stage(Sobol(512, 4), 3).design(0, 512)
    first = [design.points[design.scramble == s][:, 0] for s in range(4)]
    assert not np.array_equal(first[0], first[1])
    for points in first:  # a scrambled net of 128 points holds one point in each of 128 equal strips
        assert np.array_equal(np.sort(np.floor(points[:, 0] * 128)), np.arange(128))


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_asymmetric_sums_hold_salibs_indices_of_the_same_responses(offset):
    """Without control variate and with the variance of the A and B rows, the sums give SALib's S1 and ST."""
    k = 6
    st = stage(Sobol(1024, 4, symmetric=False), k)
    y = sobol_g(st.design(0, 1024).points) + offset
    by_scrambling, _ = estimate(st, lambda u: sobol_g(u) + offset)
    s = {name: values.sum(axis=0) for name, values in by_scrambling.items()}
    problem = {"num_vars": k, "names": [f"x{i}" for i in range(k)], "bounds": [[0, 1]] * k}
    salib = salib_sobol.analyze(problem, y.ravel(), calc_second_order=False, num_resamples=2, seed=1)
    # 1e-12: both sides differ by the rounding of about 1e4 additions of numbers near 1. With an offset of 1000 the sums
    # of squares carry 1e6 times more, for both sides.
    tolerance = 1e-12 if offset == 0.0 else 1e-9
    variance = s["square"] / s["n"] - (s["sum"][0] / s["n"]) ** 2
    first = (s["cross"] - s["step"][:, 0] * s["all_sum"][0] / s["all_n"]) / s["pairs"] / variance
    assert np.allclose(first[:, 0], salib["S1"], rtol=0, atol=tolerance)
    assert np.allclose((s["tot"] / s["tot_pairs"] / variance)[:, 0], salib["ST"], rtol=0, atol=tolerance)


def test_asymmetric_indices_follow_the_formula_over_all_rows():
    """S = [cov(B, AB) - (1 - T) cov(B, A)] / V, T = mean (A - AB)^2 / 2V, V over every row of the design."""
    k = 3
    st = stage(Sobol(1024, 4, symmetric=False), k)
    y = ishigami(st.design(0, 1024).points)
    a, ab, b = y[:, :1], y[:, 1:-1], y[:, -1:]
    v = np.var(y)
    total = 0.5 * np.mean((a - ab) ** 2, axis=0) / v
    control = np.mean((a - a.mean()) * (b - b.mean()))
    step = np.mean((b - y.mean()) * (ab - a), axis=0)
    _, found = estimate(st, ishigami)
    # The same sums in another order.
    assert np.allclose(found["ST"].value[:, 0], total, rtol=1e-12)
    assert np.allclose(found["S1"].value[:, 0], (step + total * control) / v, rtol=1e-12)


def test_control_variate_and_all_rows_lower_the_error_of_asymmetric_indices():
    """Three functions, 40 seeds, the same rows: 8 % over eight functions, and more where indices are large."""
    ratios = []
    for name in ("ishigami", "sobol_g_8", "hill_3"):
        f, s1, st_ = case(name)
        method, k, errors = Sobol(512, 2, symmetric=False), len(s1), []
        for seed in range(40):
            design = method.design([[i] for i in range(k)], k, seed, 0, 256)
            mine = design.points[design.scramble == 0]
            s = method.sums(design, f(mine)[:, :, None, None], ())
            found = method.estimates({name: np.stack([values, values]) for name, values in s.items()}, 0.95, ())
            variance = s["square"] / s["n"] - (s["sum"][0] / s["n"]) ** 2
            first = (s["cross"] - s["step"][:, 0] * s["all_sum"][0] / s["all_n"]) / s["pairs"] / variance
            total = s["tot"] / s["tot_pairs"] / variance
            errors.append(
                [found["S1"].value[:, 0] - s1, first[:, 0] - s1, found["ST"].value[:, 0] - st_, total[:, 0] - st_]
            )
        mean = np.sqrt(np.mean(np.square(errors), axis=0)).mean(axis=1)
        ratios.append([mean[0] / mean[1], mean[2] / mean[3]])
    first, total = np.exp(np.mean(np.log(ratios), axis=0))
    assert first < 0.9
    assert total < 1.0


def test_symmetric_indices_follow_the_published_formula():
    """Azzini, Mara & Rosati (2021) written out as in the paper, over all rows at once."""
    k = 3
    st = stage(Sobol(1024, 4), k)
    design = st.design(0, 1024)
    y = ishigami(design.points)
    a, ab, ba, b = y[:, :1], y[:, 1 : 1 + k], y[:, 1 + k : 1 + 2 * k], y[:, -1:]
    den = ((a - b) ** 2 + (ba - ab) ** 2).sum(axis=0)
    s1 = 2 * ((ba - b) * (a - ab)).sum(axis=0) / den
    st_ = ((b - ba) ** 2 + (a - ab) ** 2).sum(axis=0) / den
    _, found = estimate(st, ishigami)
    assert np.allclose(found["S1"].value[:, 0], s1, rtol=1e-12)  # the same sums in another order
    assert np.allclose(found["ST"].value[:, 0], st_, rtol=1e-12)


def test_inert_factor_is_exactly_zero_with_a_zero_interval():
    _, found = estimate(stage(Sobol(512, 4), 2), lambda u: u[..., 0] ** 2)
    for name in ("S1", "ST"):
        assert found[name].value[1, 0] == 0.0
        assert np.all(found[name].ci[:, 1, 0] == 0.0)


def test_constant_output_is_undefined_not_zero():
    _, found = estimate(stage(Sobol(512, 4), 2), lambda u: np.ones(u.shape[:-1]))
    assert np.all(np.isnan(found["S1"].value))
    assert np.all(np.isnan(found["ST"].value))


def spoil_one(y, first_block, block=40, point=2):
    y = y.copy()
    if first_block <= block < first_block + len(y):
        y[block - first_block, point] = np.nan
    return y


@pytest.mark.parametrize("symmetric", [True, False])
def test_one_nan_costs_one_pair_and_is_never_a_zero_index(symmetric):
    st = stage(Sobol(1024, 4, symmetric=symmetric), 3)
    clean_sums, clean = estimate(st, ishigami)
    sums, found = estimate(st, ishigami, spoil=spoil_one)  # point 2 is AB of factor x1
    lost = (clean_sums["pairs"] - sums["pairs"]).sum(axis=0)[:, 0]
    assert np.array_equal(lost, [0, 1, 0])
    # Losing one pair in 1024 moves an index of order 1 by a few thousandths at most.
    for name in ("S1", "ST"):
        assert np.all(np.isfinite(found[name].value))
        assert np.all(np.abs(found[name].value - clean[name].value) < 0.01)
    assert found["ST"].value[1, 0] > 0.3


def test_failed_base_row_costs_its_whole_block():
    st = stage(Sobol(1024, 4), 3)
    sums, found = estimate(st, ishigami, spoil=lambda y, a: spoil_one(y, a, point=0))
    assert np.all(sums["pairs"].sum(axis=0) == 1023)
    assert np.all(np.isfinite(found["S1"].value))


def test_group_of_all_factors_explains_everything_and_singletons_equal_factors():
    groups = {"all": ("x0", "x1", "x2"), "one": ("x1",), "rest": ("x0", "x2")}
    _, found = estimate(stage(Sobol(2048, 8), 3, groups), ishigami)
    s1, _st, _, _ = ishigami_indices()
    assert found["ST"].value[3, 0] == 1.0  # AB is B and BA is A: identical sums
    assert found["S1"].value[3, 0] == 1.0
    assert found["S1"].value[4, 0] == found["S1"].value[1, 0]
    # x0 and x2 together: everything that x1, which does not interact, leaves.
    error = abs(found["ST"].value[5, 0] - (1.0 - s1[1]))
    assert error <= stdtrit(7, 1 - 0.0005) * found["ST"].se[5, 0]


def test_generalised_index_weighs_each_time_by_its_variance():
    """y(t) = t x0 + (1 - t) x1 at t = 0, 1: S = (V0, V1) / (V0 + V1) with V the variances over both times."""

    def f(u):
        return np.stack([3.0 * u[..., 1], u[..., 0]], axis=-1)

    _, found = estimate(stage(Sobol(1024, 8), 2, times=(0.0, 1.0)), f)
    # Additive: quasi-random sums of 1024 rows are right to a few 1e-3.
    assert np.allclose(found["S1"].value[:, 2], [0.1, 0.9], atol=5e-3)
    assert np.allclose(found["S1"].value[:, 0], [0.0, 1.0], atol=5e-3)


@pytest.mark.parametrize("shared", [True, False])
def test_noise_does_not_bias_the_indices(shared):
    """Ishigami + sqrt(1 + x1^2) Z: mean-QoI indices are those of Ishigami; T_w = (1 + pi^2/3) / V."""
    s1, st, _, v = ishigami_indices()
    nu = 1 + np.pi**2 / 3
    rng = np.random.default_rng(SEED)

    def noisy(u, m=4):
        x1 = np.pi * (2 * u[..., 0] - 1)
        blocks, size = u.shape[:2]
        if shared:  # AB shares the draws of A, BA those of B
            z_a, z_b = rng.standard_normal((2, blocks, 1, m))
            z = np.concatenate([np.repeat(z_a, 4, axis=1), np.repeat(z_b, 4, axis=1)], axis=1)
        else:
            z = rng.standard_normal((blocks, size, m))
        return (ishigami(u)[..., None] + np.sqrt(1 + x1**2)[..., None] * z)[..., None]

    _, found = estimate(stage(Sobol(4096, 16), 3, replicates=4), noisy)
    for name, exact in (("S1", s1), ("ST", st)):
        error, bound = simultaneous(found[name], exact, 6, 16)
        assert np.all(error <= bound), (name, error, bound)
    share = found["noise_share"]
    assert abs(share.value[0] - nu / (nu + v)) <= stdtrit(15, 1 - 0.0005) * share.se[0]
    assert share.value[0] == pytest.approx(0.236559, abs=0.02)  # gsa test-function table, 4 replicates x 8192 rows


def test_sizes_are_checked_with_a_way_out():
    with pytest.raises(ValueError, match=r"power of two, got 100; try 128"):
        Sobol(100, 4)
    with pytest.raises(ValueError, match="symmetric"):
        Sobol(512, 4, second_order=True, symmetric=False)


@pytest.mark.parametrize(("n_base", "scrambles"), [(64, 4), (512, 4), (1024, 8), (2048, 16), (4096, 16), (2**20, 16)])
def test_default_scramblings_hold_128_rows_each_but_never_fewer_than_four(n_base, scrambles):
    assert default_scrambles(n_base) == scrambles


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """60 seeds x 12 indices of the G function at 16 x 128 rows; nominal 95 %.

    With 60 independent seeds the mean coverage over indices has a standard error of at most sqrt(.05 * .95 / 60) = 2.8
    points (indices of one seed are correlated): 88 to 100 % is within 2.5 of them.
    """
    s1, st, _ = sobol_g_indices()
    inside = []
    for seed in range(60):
        _, found = estimate(stage(Sobol(2048, 16), 6, seed=seed), sobol_g)
        for name, exact in (("S1", s1), ("ST", st)):
            low, high = found[name].ci[..., 0]
            inside.append((low <= exact) & (exact <= high))
    assert 0.88 <= np.mean(inside) <= 1.0
    assert np.mean(inside) < 0.995  # an interval that never misses is too wide
