"""Leaps and the chemical Langevin equation: their known bias, what they conserve, noise that is shared by meaning."""

import numpy as np
import pytest
import scipy.stats as st

from models.engine.requests import Output
from models.engine.solver import Schedule, solve
from models.engine.stochastic import philox
from models.engine.stochastic.counts import counted
from models.engine.stochastic.simulate import Division, Trait, simulate
from tests.models import chance
from tests.models.chance import CASCADE, DIMERS, PLAIN, TYPES, ZOO, Cells, addresses, assert_scores, reference, run, zoo

STEPPED = ("tau", "langevin")
N = 8000


def stationary(tier, h, n=N):
    """Immigration and death at 10 and 0.1 an hour: mean 100, variance 100."""
    return run((150.0,), n, tier=tier, step=h, arrival=10.0, death=0.1, first=100.0)["x"][:, 0]


@pytest.mark.parametrize("h", [1.0, 2.0, 5.0])
def test_the_step_widens_langevin_by_what_is_known(h):
    """Euler-Maruyama: the mean is exact, the variance 100/(1 - 0.1 h/2)."""
    assert_scores(stationary("langevin", h), 100.0, np.sqrt(100.0 / (1.0 - 0.05 * h)))


@pytest.mark.parametrize("h", [2.0, 5.0])
def test_binomial_leaps_of_a_linear_loss_have_no_bias(h):
    """V = V (1 - m h)^2 + n m h (1 - m h) + a h has the solution V = a/m for every h."""
    sample = stationary("tau", h)
    assert_scores(sample, 100.0, 10.0)
    assert np.mean(stationary("tau", h) == np.round(sample)) == 1.0


@pytest.mark.parametrize("tier", STEPPED)
def test_a_step_loses_what_the_first_order_says(tier):
    """Of 1000 molecules (1 - 0.1 h)^k are left after k steps, not exp(-0.1 k h): a binomial number of them in leaps."""
    sample = run((20.0,), N, tier=tier, step=2.0, death=0.1, first=1000.0)["x"][:, 0]
    p = 0.8**10
    assert abs(p / np.exp(-2.0) - 1.0) > 0.2
    if tier == "tau":
        assert_scores(sample, 1000.0 * p, np.sqrt(1000.0 * p * (1.0 - p)))
    else:  # V = V (1 - m h)^2 + n m h from V = 0, with n = 1000 (1 - m h)^j
        variance = sum(1000.0 * 0.8**j * 0.2 * 0.64 ** (9 - j) for j in range(10))
        assert_scores(sample, 1000.0 * p, np.sqrt(variance))


@pytest.mark.parametrize("tier", STEPPED)
def test_moments_approach_the_exact_ones(tier):
    """Ratios within 2 %, as DSMTS asks of approximations, and what 2e4 runs cannot tell."""
    found = run((10.0, 50.0), N, tier=tier, step=0.2, **DIMERS)
    lost = np.max(np.abs(found["mono"] + 2.0 * found["p2"] - 100.0))
    assert lost == 0.0 if tier == "tau" else lost < 1e-11  # 250 steps of rounding
    for at, mean, sd in ((0, 52.214271, 5.511760), (1, 28.542298, 4.789331)):
        sample = found["mono"][:, at]
        assert np.mean(sample) / mean == pytest.approx(1.0, abs=0.02)
        assert np.std(sample) / sd == pytest.approx(1.0, abs=0.02 + 3.0 / np.sqrt(2.0 * N))
    sample = run((30.0,), N, tier=tier, step=0.05, **CASCADE)["dm1"][:, 0]
    fano = np.var(sample) / np.mean(sample)
    assert np.mean(sample) == pytest.approx(20.0 * 3.5 / 0.3, rel=0.005)
    assert fano == pytest.approx(2.53125, rel=0.02 + 3.0 / np.sqrt(N / 2.0))


def test_short_langevin_steps_keep_the_noise_of_batches():
    """A fortieth of an antibody is cut in a step: the drawn number is as often negative as not."""
    sample = run((30.0,), N, tier="langevin", step=0.005, **{**CASCADE, "made": 5.0, "antibodies": 10.0})["dm1"][:, 0]
    assert np.var(sample) / np.mean(sample) == pytest.approx(2.53125, rel=3.0 / np.sqrt(N / 2.0))


@pytest.mark.slow  # compiles two more kernels
def test_what_one_pool_loses_another_gains():
    times = tuple(np.arange(0.0, 49.0, 6.0))
    for step in (0.1, 2.0):  # at 2 hours tubulin binds many times over in a step
        found = run(times, 64, network=reference(), counts=PLAIN, tier="tau", step=step)
        assert all(np.all(v >= 0.0) and np.all(v == np.round(v)) for v in found.values())
        assert np.all(found["tubulin"] + found["held"] == 39.0)
    found = run(times, 64, network=reference(), counts=PLAIN, tier="langevin")
    assert all(np.all(v >= -1e-12) for v in found.values())
    assert np.max(np.abs(found["tubulin"] + found["held"] - 39.0)) < 1e-11  # 480 steps of rounding


@pytest.mark.parametrize("tier", STEPPED)
def test_bits_do_not_depend_on_neighbours_order_or_chunks(tier):
    whole = run((10.0, 20.0), 60, tier=tier, **TYPES)
    streams = addresses(60)
    order = np.random.default_rng(1).permutation(60)
    shuffled = run((10.0, 20.0), 60, tier=tier, streams=streams[order], **TYPES)
    for name, values in whole.items():
        assert np.array_equal(values[order], shuffled[name])
        parts = [run((10.0, 20.0), len(c), tier=tier, streams=c, **TYPES)[name] for c in np.array_split(streams, 7)]
        assert np.array_equal(values, np.concatenate(parts))


@pytest.mark.parametrize(("channel", "rate"), [("death", 0.4), ("arrival", 8.0)])
def test_a_step_draws_at_its_address(channel, rate):
    """One Langevin step of pure loss and of pure arrival, redone with NumPy: cosine and sine of Box & Muller."""
    rows = 200
    x = run((0.5,), rows, tier="langevin", step=0.5, first=20.0, **{channel: rate})["x"][:, 0]
    k0, k1 = philox.keys(addresses(rows), philox.Purpose.LEAP).T
    words = philox.philox(np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0), k0, k1)
    a, b, c, d = (word * 2.0**-32 + 2.0**-33 for word in words)
    if channel == "death":  # the second channel
        exact = 16.0 - 2.0 * np.sqrt(-2.0 * np.log(a)) * np.sin(2.0 * np.pi * (b - 0.5))
    else:  # the third
        exact = 24.0 + 2.0 * np.sqrt(-2.0 * np.log(c)) * np.cos(2.0 * np.pi * (d - 0.5))
    np.testing.assert_allclose(x, exact, rtol=1e-14)  # the series end at 4e-15 of a root of 4


@pytest.mark.parametrize("tier", STEPPED)
def test_rows_that_share_an_address_share_the_noise(tier):
    """Common random numbers: more arrivals never make fewer, and differences hardly scatter."""
    rates = np.linspace(5.0, 6.0, 50)
    one = np.repeat(addresses(1), 50, axis=0)
    x = run((20.0,), 50, tier=tier, step=0.5, streams=one, arrival=rates, first=50.0)["x"][:, 0]
    assert np.all(np.diff(x) >= 0.0)
    shared = [run((20.0,), 400, tier=tier, step=0.5, arrival=a, death=0.1, first=50.0)["x"][:, 0] for a in (5.0, 5.5)]
    other = run((20.0,), 400, tier=tier, step=0.5, seed=9, arrival=5.5, death=0.1, first=50.0)["x"][:, 0]
    assert np.var(shared[1] - shared[0]) < 0.2 * np.var(other - shared[0])


@pytest.mark.slow  # compiles two more kernels
def test_many_molecules_follow_the_ordinary_differential_equations():
    """Tier 4 to tier 0: at 1e9 times as many receptors the counted network's mean is what remains, but for the step."""
    scale = 1e9
    request = [Output(name, name, times=(24.0, 72.0)) for name in ("bound", "internal", "dm1")]
    mean = solve(counted(reference(), PLAIN), {"scale": np.array([scale])}, Schedule(), request, rows=1,
                 rtol=1e-9, max_steps=10**6).values  # fmt: skip
    off = []
    for h in (0.08, 0.04):
        got = simulate(reference(), PLAIN, {"scale": np.full(4, scale)}, addresses(4), request, tier="langevin", step=h)
        off.append(max(float(np.max(np.abs(got.values[name] / mean[name] - 1.0))) for name in mean))
        # DM1 at 24 h, of which a cell has tens with a spread of a quarter, scatters by 1e-5 of itself.
        assert off[-1] < 0.02 * h
    # Euler's error is of first order; four standard errors of the smaller one are a fifth of it.
    assert off[0] / off[1] == pytest.approx(2.0, rel=0.2)


@pytest.mark.parametrize("tier", ["ssa", *STEPPED])
def test_division_shares_molecules_between_daughters(tier):
    cells = Cells(division=Division(10.0, ("x",)))
    x = run((9.0, 15.0, 25.0), N, tier=tier, step=1.0, cells=cells, first=1000.0, monomers=7.0)
    assert np.all(x["x"][:, 0] == 1000.0)
    for at, p in ((1, 0.5), (2, 0.25)):
        assert_scores(x["x"][:, at], 1000.0 * p, np.sqrt(1000.0 * p * (1.0 - p)))
    assert np.all(x["mono"] == 7.0)


def test_the_length_of_a_cycle_in_stages_is_an_erlang_law():
    cells = Cells(division=Division(10.0, ("x",), stages=5))
    x = run((4.0, 10.0), N, cells=cells, first=1e6)["x"]
    for at, t in ((0, 4.0), (1, 10.0)):
        p = st.gamma.sf(t, 5, scale=2.0)
        assert np.mean(x[:, at] == 1e6) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / N))


@pytest.mark.parametrize("tier", STEPPED)
def test_daughters_remember_a_trait(tier):
    """The logarithms of what two generations take up correlate by the memory, and spread by the spread."""
    cells = Cells(division=Division(10.0, ()), traits={"arrival": Trait(0.3, 0.6)})
    x = run((10.0, 20.0), N, tier=tier, step=1.0, cells=cells, arrival=1e6)["x"]
    first, second = np.log(x[:, 0] / 1e7), np.log((x[:, 1] - x[:, 0]) / 1e7)
    for sample in (first, second):
        assert_scores(sample, 0.0, 0.3)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.6, abs=3.0 * (1.0 - 0.36) / np.sqrt(N))


def test_exact_cells_differ_as_their_trait_says():
    x = run((10.0,), N, cells=Cells(traits={"arrival": Trait(0.5)}), arrival=2.0)["x"][:, 0]
    mean = 20.0 * np.exp(0.125)
    z, _ = chance.scores(x, mean, np.sqrt(mean + mean**2 * (np.exp(0.25) - 1.0)))
    assert abs(z) < 3.0


def test_vesicles_leap_too():
    constants = {**CASCADE, "made": 80.0, "antibodies": 160.0, "vesicle": 10.0}
    for tier in STEPPED:
        sample = run((20.0,), 4000, tier=tier, step=0.05, **constants)["outer"][:, 0]
        assert np.mean(sample) == pytest.approx(160.0, rel=0.02)
        assert np.var(sample) / 160.0 == pytest.approx(5.5, rel=0.12)  # sampling 7 %, the step 2 %


def test_reductions_follow_the_course():
    columns = {"arrival": np.full(40, 3.0), "death": np.full(40, 0.2)}
    request = [Output("area", "x", "auc", (0.0, 8.0)), Output("most", "x", "max", (0.0, 8.0)),
               Output("course", "x", times=tuple(np.arange(0.0, 8.5, 0.5)))]  # fmt: skip
    got = simulate(zoo(), ZOO, columns, addresses(40), request, tier="tau", step=0.5).values
    np.testing.assert_allclose(got["area"], np.trapezoid(got["course"], dx=0.5, axis=1), rtol=1e-12)
    assert np.array_equal(got["most"], np.max(got["course"], axis=1))
