"""eFAST: SALib's rows and SALib's estimates, exact indices, then properties."""

import warnings

import numpy as np
import pytest
from SALib.analyze import fast as salib_fast
from SALib.sample import fast_sampler

from sensitivity.methods.efast import EFast, search_curves
from sensitivity.streams import design_seed
from tests.reference import ishigami, ishigami_indices, sobol_g, sobol_g_indices
from tests.sensitivity.methods.test_sobol import SEED, estimate, stage


def problem(k):
    return {"num_vars": k, "names": [f"x{i}" for i in range(k)], "bounds": [[0.0, 1.0]] * k}


def salib_indices(y, harmonics):
    """S1 and ST (factors,) of one curve set from SALib; `y` is (steps, factors)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about SALib's intervals, which are not used
        found = salib_fast.analyze(problem(y.shape[1]), y.T.ravel(), M=harmonics, num_resamples=2, seed=1)
    return np.array([found["S1"], found["ST"]], dtype=float)


def salib_speeds(method, k, curve):
    """Frequencies in SALib's order: ascending over the other factors, repeated where they are too few."""
    most = method.frequency // (2 * method.harmonics)
    others = np.floor(np.linspace(1, most, k - 1)) if most >= k - 1 else np.arange(k - 1) % most + 1
    return np.insert(others, curve, method.frequency)


@pytest.mark.parametrize(("k", "n", "harmonics"), [(3, 65, 4), (6, 513, 4), (40, 257, 4), (5, 201, 6)])
def test_rows_are_salibs_rows_with_the_low_frequencies_dealt_anew(k, n, harmonics):
    method = EFast(n, 3, harmonics)
    design = stage(method, k).design(0, 3 * n)
    dealt = 0
    for scramble in range(3):
        seed = design_seed(SEED, scramble)
        theirs = fast_sampler.sample(problem(k), n, M=harmonics, seed=seed).reshape(k, n, k)
        ours = design.points[design.scramble == scramble].swapaxes(0, 1)
        speeds, _ = search_curves(method.frequency, method.low_frequencies, k, seed)
        for curve in range(k):
            # A column of a curve depends on its frequency alone: sorted by it, both must be the same.
            one, other = speeds[curve], salib_speeds(method, k, curve)
            assert np.array_equal(np.sort(one), np.sort(other))
            assert one[curve] == other[curve] == method.frequency
            dealt += not np.array_equal(one, other)
            columns = ours[curve][:, np.argsort(one)], theirs[curve][:, np.argsort(other)]
            # The same formula, whose angles of some hundred round to 1e-14 of a turn.
            assert np.allclose(*columns, rtol=0, atol=1e-12)
        assert np.array_equal(design.row[design.scramble == scramble], np.arange(n))
    assert dealt or method.low_frequencies == 1


@pytest.mark.parametrize("offset", [0.0, 100.0])
@pytest.mark.parametrize(("n", "harmonics"), [(65, 4), (513, 4), (201, 6)])
def test_indices_of_a_curve_set_are_salibs(n, harmonics, offset):
    st = stage(EFast(n, 2, harmonics), 6)
    totals, _ = estimate(st, lambda u: sobol_g(u) + offset)
    design = st.design(0, 2 * n)
    for scramble in range(2):
        twice = {name: values[[scramble, scramble]] for name, values in totals.items()}
        found = st.method.estimates(twice, 0.95, ())
        theirs = salib_indices(sobol_g(design.points[design.scramble == scramble]) + offset, harmonics)
        for name, values in zip(("S1", "ST"), theirs, strict=True):
            # 1e-10 as agreed; the squares of an offset of 100 leave 1e-9.
            assert np.allclose(found[name].value[:, 0], values, rtol=0, atol=1e-10 if offset == 0 else 1e-8)
            assert np.all(found[name].se < 1e-8)


def test_known_indices():
    """Eight curves of 1025 steps; interference is what is left of the error at any number of steps.

    Measured over 10 seeds: at most 0.033 off for Ishigami and 0.018 for g. Twice the larger interference of one curve
    set, 0.045, would be a mistake. Mean and variance are integrals along smooth curves.
    """
    for f, k, exact in ((ishigami, 3, ishigami_indices()), (sobol_g, 6, sobol_g_indices())):
        _, found = estimate(stage(EFast(1025, 8), k), f)
        assert np.abs(found["S1"].value[:, 0] - exact[0]).max() < 0.04
        assert np.abs(found["ST"].value[:, 0] - exact[1]).max() < 0.04
        assert found["variance"].value[0] == pytest.approx(exact[-1], rel=0.02)
    _, found = estimate(stage(EFast(1025, 8), 3), ishigami)
    assert found["mean"].value[0] == pytest.approx(3.5, abs=0.03)  # a / 2


def test_an_additive_function_has_equal_indices_and_an_inert_factor_none():
    weights = np.array([3.0, 2.0, 0.0])
    _, found = estimate(stage(EFast(513, 4), 3), lambda u: u @ weights)
    share = weights**2 / np.sum(weights**2)
    # A straight line is a triangle wave along a curve: beyond four harmonics, odd ones, lie 0.14 % of its variance,
    # below the frequency 0 %.
    assert np.allclose(found["S1"].value[:, 0], share, atol=0.003)
    assert np.allclose(found["ST"].value[:, 0], share, atol=0.003)


def test_permuted_factors_permute_the_indices():
    """Of an additive function whatever the frequencies; of one with interactions up to interference."""
    weights = np.array([3.0, 2.0, 1.0])
    _, one = estimate(stage(EFast(513, 8), 3), lambda u: u @ weights)
    _, other = estimate(stage(EFast(513, 8), 3), lambda u: u @ weights[::-1])
    for name in ("S1", "ST"):
        assert np.allclose(one[name].value, other[name].value[::-1], atol=0.003)  # as in the test above


def test_a_curve_with_a_failed_step_is_left_out_for_its_factor_and_output_only():
    st = stage(EFast(65, 4), 3, elements=2)
    design = st.design(0, 4 * 65)

    def f(u):
        return np.stack([ishigami(u), sobol_g(u, np.array([0.0, 1.0, 2.0]))], axis=-1)

    def spoil(y, first):
        y = y.copy()
        if first == 0:
            y[7, 1, 0, 0] = np.nan  # scrambling 0, curve of x1, first output
        return y

    sums, found = estimate(st, f, spoil=spoil)
    assert st.method.used(sums).tolist() == [[4, 4], [3, 4], [4, 4]]
    _, whole = estimate(st, f)
    for name in ("S1", "ST"):
        same = np.ones((3, 2), dtype=bool)
        same[1, 0] = False
        assert np.array_equal(found[name].value[same], whole[name].value[same])
        left = {key: values[1:] for key, values in sums.items()}
        rest = st.method.estimates(left, 0.95, ())[name]
        assert found[name].value[1, 0] == pytest.approx(rest.value[1, 0], rel=1e-12)
        assert found[name].se[1, 0] == pytest.approx(rest.se[1, 0], rel=1e-9)
        assert np.allclose(found[name].ci[:, 1, 0], rest.ci[:, 1, 0])  # t with 2 degrees of freedom in both
    assert design.blocks == 260


def test_fewer_than_two_whole_curves_are_undefined():
    def spoil(y, first):
        y = y.copy()
        if first > 0:
            y[0, 0] = np.nan  # a step of the curve of x0 in every leaf but the first
        return y

    _, found = estimate(stage(EFast(65, 4), 3), ishigami, spoil=spoil)
    assert np.all(np.isnan(found["ST"].value[0]))
    assert np.all(np.isnan(found["ST"].ci[:, 0]))
    assert np.all(np.isfinite(found["ST"].ci[:, 1:]))


def test_a_time_course_adds_the_powers_of_its_times():
    """Times of variances 1 and 9 (in units of a uniform factor's), each of one factor: shares 0.1 and 0.9."""
    st = stage(EFast(513, 4), 2, times=(0.0, 1.0))
    _, found = estimate(st, lambda u: np.stack([u[..., 0], 3.0 * u[..., 1]], axis=-1))
    assert np.allclose(found["S1"].value[:, 2], [0.1, 0.9], atol=0.003)
    assert np.isnan(found["mean"].value[2])


def test_noise_between_replicates_is_in_no_index():
    """Ishigami with noise of its own variance, 2 replicates, 60 studies: the inert factor of four has none."""
    st_values, naive, quiet = [], [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)

        def f(u, rng=rng):
            y = ishigami(u[..., :3])[..., None] + rng.standard_normal((*u.shape[:2], 2)) * np.sqrt(13.84)
            return y[..., None]

        _, found = estimate(stage(EFast(257, 4), 4, replicates=2, seed=seed), f)
        st_values.append(found["ST"].value[:, 0])
        _, one = estimate(stage(EFast(257, 4), 4, seed=seed), lambda u, f=f: f(u)[:, :, :1])
        naive.append(one["ST"].value[3, 0])
        quiet.append(estimate(stage(EFast(257, 4), 4, seed=seed), lambda u: ishigami(u[..., :3]))[1]["ST"].value[:, 0])
    error = np.mean(st_values, axis=0) - np.mean(quiet, axis=0)
    se = np.std(np.array(st_values) - np.array(quiet), axis=0, ddof=1) / np.sqrt(60)
    # Against the same curves without noise. Means over replicates would leave 0.25 in ST of the inert factor.
    assert np.all(np.abs(error) <= 3.5 * se)
    assert np.all(se < 0.01)
    assert np.mean(naive) > 0.3  # an inert factor without replicates


def test_leaves_in_any_pieces_make_the_same_design():
    st = stage(EFast(65, 4), 3)
    pieces = [st.design(a, b).points for a, b in ((0, 5), (5, 100), (100, 260))]
    assert np.array_equal(np.concatenate(pieces), st.design(0, 260).points)


@pytest.mark.parametrize("sizes", [(64, 8, 4), (512, 8, 4), (513, 1, 4), (513, 8, 0)])
def test_sizes_are_checked(sizes):
    with pytest.raises(ValueError, match="must be"):
        EFast(*sizes)


def test_intervals_hold_what_the_curves_estimate():
    """200 studies: intervals are right for the mean over phases, which is biased against the exact index.

    Binomial standard error 1.5 points; eight curves of a bounded index are nearly normal.
    """
    found = [estimate(stage(EFast(129, 8), 3, seed=seed), ishigami)[1]["ST"] for seed in range(200)]
    centre = np.mean([one.value[:, 0] for one in found], axis=0)
    inside = np.mean([(one.ci[0, :, 0] <= centre) & (centre <= one.ci[1, :, 0]) for one in found], axis=0)
    assert np.all(np.abs(inside - 0.95) <= 3.5 * 0.0154)
