"""Addressed random numbers: known answers, and quantiles against SciPy."""

import numba
import numpy as np
import pytest
import scipy.stats as st

from models.engine.stochastic import inversion, philox

FULL = 0xFFFFFFFF
KNOWN = [  # Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL,) * 4, (FULL,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
POINTS = np.linspace(0.0, 1.0, 4003)[1:-1]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_known_answers_of_random123(counter, key, answer):
    words = [np.uint64(word) for word in (*counter, *key)]
    assert tuple(int(word) for word in philox.philox(*words)) == answer
    arrays = [np.full(3, word) for word in words]
    assert np.array_equal(np.array(philox.philox(*arrays)), np.array(answer, dtype=np.uint64)[:, None].repeat(3, 1))


def test_compiled_code_and_numpy_draw_the_same_numbers():
    @numba.njit
    def compiled(key, n):
        return np.array([philox.uniform(key[0], key[1], 3, i, 2, 1) for i in range(n)])

    key = philox.keys(np.array([[5, 7]], dtype=np.uint64), philox.Purpose.LEAP, patient=11)[0]
    plain = philox.uniform(key[0], key[1], 3, np.arange(20000), 2, 1)
    assert np.array_equal(compiled(key, 20000), plain)
    assert st.kstest(plain, "uniform").pvalue > 1e-3


def test_every_part_of_an_address_matters():
    stream = np.array([[5, 7], [5, 8], [6, 7], [5 + 2**40, 7], [5, 7 + 2**40]], dtype=np.uint64)
    found = [tuple(k) for p in philox.Purpose for q in (0, 1) for k in philox.keys(stream, p, q)]
    assert len(set(found)) == len(found)
    k0, k1 = philox.keys(stream, philox.Purpose.LEAP)[0]
    numbers = {float(philox.uniform(k0, k1, *(int(i == j) for i in range(4)))) for j in range(5)}
    assert len(numbers) == 5


def test_uniform_numbers_stay_inside_the_interval():
    full, none = np.uint64(FULL), np.uint64(0)
    assert 0.0 < philox.fraction(none, none) < 1e-15
    assert 1.0 - 1e-15 < philox.fraction(full, full) < 1.0


def test_normal_quantiles():
    points = np.concatenate([POINTS, [1e-300, 1e-30, 1e-9, 1e-4, 1.0 - 1e-9, 1.0 - 1e-15]])
    found = np.array([inversion.normal(u) for u in points])
    # SciPy's ndtri is good to 1e-15 itself.
    np.testing.assert_allclose(found, st.norm.ppf(points), rtol=4e-15, atol=4e-16)


@pytest.mark.parametrize("mean", [1e-9, 0.3, 7.0, 63.9])
def test_small_poisson_quantiles_are_exact(mean):
    assert np.array_equal([inversion.poisson(u, mean) for u in POINTS], st.poisson.ppf(POINTS, mean))


@pytest.mark.parametrize(("n", "p"), [(1, 0.3), (8, 0.4375), (500, 0.1), (500, 0.97), (10**6, 5e-5), (7, 0.5)])
def test_small_binomial_quantiles_are_exact(n, p):
    assert np.array_equal([inversion.binomial(u, n, p) for u in POINTS], st.binom.ppf(POINTS, n, p))


@pytest.mark.parametrize("law", [st.poisson(64.0), st.poisson(1e4), st.binom(200, 0.5), st.binom(10**5, 0.9)])
def test_large_quantiles_are_off_by_a_count_in_few_places(law):
    if law.dist.name == "poisson":
        found = np.array([inversion.poisson(u, law.args[0]) for u in POINTS])
    else:
        found = np.array([inversion.binomial(u, *law.args) for u in POINTS])
    off = found - law.ppf(POINTS)
    # Dropped terms of the expansion are of order 1/mean of a count; rarely, rounding then goes the other way.
    assert np.max(np.abs(off)) <= 1
    assert np.mean(off != 0) < 1e-3


@pytest.mark.parametrize("u", [0.01, 0.5, 0.999])
def test_inversion_is_monotone_in_the_rate(u):
    means = np.concatenate([np.linspace(0.0, 60.0, 300), np.linspace(70.0, 300.0, 300)])
    assert np.all(np.diff([inversion.poisson(u, m) for m in means]) >= 0)
    assert np.all(np.diff([inversion.binomial(u, 90, p) for p in np.linspace(0.0, 1.0, 300)]) >= 0)


@pytest.mark.parametrize(("n", "p"), [(1, 0.3), (5, 0.9), (40, 0.45), (3, 0.05)])
def test_small_negative_binomial_quantiles_are_exact(n, p):
    assert np.array_equal([inversion.negative_binomial(u, n, p) for u in POINTS], st.nbinom.ppf(POINTS, n, p))


@pytest.mark.parametrize(("n", "p"), [(500, 0.5), (9000, 0.95), (10**5, 0.3)])
def test_large_negative_binomial_quantiles_keep_the_moments(n, p):
    found = np.array([inversion.negative_binomial(u, n, p) for u in POINTS])
    off = found - st.nbinom.ppf(POINTS, n, p)
    assert np.max(np.abs(off)) <= 1  # the next terms of the expansion, far out in the tail
    assert np.mean(off != 0) < 0.01


def test_stochastic_rounding_keeps_the_mean():
    assert np.mean([inversion.rounded(u, 2.3) for u in POINTS]) == pytest.approx(2.3, abs=1e-3)
