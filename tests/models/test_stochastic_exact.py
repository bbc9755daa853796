"""Exact simulation against closed forms: the DSMTS cases, extinction, batches, and what no path may break."""

import numpy as np
import pytest

from models.engine.coherence import NetworkError
from models.engine.requests import Output
from models.engine.stochastic.counts import Counts, channels, counted
from models.engine.stochastic.simulate import Dose, simulate
from tests.models import chance
from tests.models.chance import BIRTHS, CASCADE, DIMERS, TYPES, ZOO, Cells, addresses, assert_scores, run, zoo

N = 10_000


def growth(birth, death, first, t):
    """Mean and standard deviation of a linear birth-death process."""
    net = birth - death
    mean = first * np.exp(net * t)
    return mean, np.sqrt((birth + death) / net * mean * (np.exp(net * t) - 1.0))


def extinction(birth, death, n, t):
    """Probability that a linear birth-death process has died out by t."""
    if birth == death:
        return (birth * t / (1.0 + birth * t)) ** n
    e = np.exp((birth - death) * t)
    return (death * (e - 1.0) / (birth * e - death)) ** n


@pytest.mark.parametrize(
    ("constants", "t", "mean", "sd", "skewed"),
    [
        ({}, 50.0, 60.65307, 22.38677, False),  # 001-01
        ({"birth": 1.0, "death": 1.1}, 25.0, 8.20850, 12.57890, True),  # 001-03, which its guide calls skewed
        ({"first": 10.0}, 50.0, 6.06531, 7.07932, True),  # 001-04
    ],
)
def test_dsmts_births_and_deaths(constants, t, mean, sd, skewed):
    constants = {**BIRTHS, **constants}
    assert growth(constants["birth"], constants["death"], constants["first"], t) == pytest.approx((mean, sd), rel=1e-6)
    for at in (0.4 * t, t):
        sample = run((at,), N, **constants)["x"][:, 0]
        assert_scores(sample, *growth(constants["birth"], constants["death"], constants["first"], at), skewed=skewed)


@pytest.mark.slow  # 1e4 cells that begin at 1e4: half a minute
def test_dsmts_001_05():
    sample = run((50.0,), N, **{**BIRTHS, "first": 10_000.0})["x"][:, 0]
    assert_scores(sample, 6065.307, 223.868)


@pytest.mark.parametrize(
    ("arrival", "batch", "death", "t", "mean", "sd"),
    [
        (1.0, 1.0, 0.1, 50.0, 9.93262, 3.15161),  # 002-01
        (1000.0, 1.0, 0.1, 10.0, 6321.206, 79.506),  # 002-04
        (1.0, 5.0, 0.2, 10.0, 21.616618, 8.408379),  # 004-01
        (1.0, 10.0, 0.4, 10.0, 24.542109, 11.704887),  # 004-02
    ],
)
def test_dsmts_immigration(arrival, batch, death, t, mean, sd):
    sample = run((t,), N, death=death, arrival=arrival, batch=batch)["x"][:, 0]
    assert_scores(sample, mean, sd)


def test_dsmts_dimers():
    found = run((10.0, 50.0), N, seed=1, **DIMERS)
    for at, mean, sd in ((0, 52.214271, 5.511760), (1, 28.542298, 4.789331)):
        assert_scores(found["mono"][:, at], mean, sd)
        assert_scores(found["p2"][:, at], 50.0 - mean / 2.0, sd / 2.0)
    assert np.all(found["mono"] + 2.0 * found["p2"] == 100.0)


def test_dsmts_003_02():
    sample = run((50.0,), N, bind=2e-4, part=0.004, monomers=1000.0)["mono"][:, 0]
    assert_scores(sample, 144.995965, 11.165711)


def test_two_of_a_kind_react_in_pairs():
    """One molecule alone cannot dimerise, and the mean rate of two is that of one pair."""
    alone = run((1e3,), 100, bind=10.0, part=0.0, monomers=1.0)
    assert np.all(alone["mono"] == 1.0)
    pair = run((2.0,), N, bind=0.5, part=0.0, monomers=2.0)["p2"][:, 0]
    gone = 1.0 - np.exp(-1.0)  # one pair at 0.5 /hour over 2 hours
    assert np.mean(pair) == pytest.approx(gone, abs=3.0 * np.sqrt(gone * (1.0 - gone) / N))


@pytest.mark.parametrize(
    ("birth", "death", "n", "t", "exact"),
    [
        (0.1, 0.11, 10, 50.0, 0.26942263),
        (1.0, 0.5, 1, 5.0, 0.47860046),
        (1.0, 0.5, 5, np.inf, 0.03125),
        (0.2, 0.14, 3, np.inf, 0.343),
        (0.5, 0.5, 4, 10.0, 0.48225309),
    ],
)
def test_extinction(birth, death, n, t, exact):
    if np.isfinite(t):
        assert extinction(birth, death, n, t) == pytest.approx(exact, rel=1e-7)
    horizon = min(t, 12.0 / (birth - death) * 0.5) if birth > death else t
    p = extinction(birth, death, n, horizon)  # for an endless horizon: within 3e-3 of the limit, and exact itself
    sample = run((horizon,), N, birth=birth, death=death, first=float(n))["x"][:, 0] == 0.0
    assert np.mean(sample) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / N))
    assert p == pytest.approx(exact, rel=0.02)


def test_two_types_with_mutation():
    found = run((40.0,), 2 * N, **TYPES)
    s, r = found["s"][:, 0], found["r"][:, 0]
    p = 0.6957869
    assert np.mean(s + r == 0.0) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / len(s)))
    for sample, mean in ((s, 0.109923), (r, 32.369141)):
        assert np.mean(sample) == pytest.approx(mean, abs=3.5 * np.std(sample) / np.sqrt(len(sample)))


def test_dar_release_has_the_fano_factor_of_its_batches():
    """Stationary cascade with Binomial(8, 3.5/8) molecules an antibody: Fano (1 + E[B^2]/E[B])/2."""
    fano = 0.5 * (1.0 + (3.5**2 + 8 * 0.4375 * 0.5625) / 3.5)
    assert fano == 2.53125
    mean = 20.0 * 3.5 / 0.3
    assert_scores(run((60.0,), N, **CASCADE)["dm1"][:, 0], mean, np.sqrt(fano * mean))


def test_a_coefficient_without_sites_is_one_of_two_whole_numbers():
    quiet = {"arrival": 1.0, "death": 0.2, "batch": 2.5}
    mean, pairs = 12.5, 1.0 * (0.5 * 2.0 * 1.0 + 0.5 * 3.0 * 2.0)  # E[B(B - 1)] a
    assert_scores(run((60.0,), N, **quiet)["x"][:, 0], mean, np.sqrt(mean + pairs / 0.4))


def test_vesicles_add_noise_and_keep_the_mean():
    """The means of a linear network do not depend on the size of the batches; the variance grows with it."""
    v = 10.0
    constants = {**CASCADE, "made": 80.0, "antibodies": 160.0, "efflux": 1.75}
    found = run((20.0,), 4000, **{**constants, "vesicle": v})
    for name in ("outer", "inner", "dm1"):
        sample = found[name][:, 0]
        assert np.mean(sample) == pytest.approx(160.0, abs=3.5 * np.std(sample) / np.sqrt(len(sample)))
    # Molecules leave v at a time: dV/dt = made + (k/v) E[n] v^2 - 2 k V = 0 gives (1 + v)/2 times the Poisson variance.
    assert_scores(found["outer"][:, 0], 160.0, np.sqrt(160.0 * 0.5 * (1.0 + v)))


@pytest.mark.slow  # compiles one more kernel
def test_events_never_make_less_than_nothing_and_molecules_are_conserved():
    found = run(tuple(np.arange(0.0, 73.0, 4.0)), 200, network=chance.reference(), counts=chance.PLAIN)
    assert all(np.all(v >= 0.0) and np.all(v == np.round(v)) for v in found.values())
    assert np.all(found["tubulin"] + found["held"] == 39.0)


def test_bits_do_not_depend_on_neighbours_order_or_chunks():
    whole = run((10.0, 20.0), 60, **TYPES)
    streams = addresses(60)
    order = np.random.default_rng(1).permutation(60)
    shuffled = run((10.0, 20.0), 60, streams=streams[order], **TYPES)
    for name, values in whole.items():
        assert np.array_equal(values[order], shuffled[name])
        parts = [run((10.0, 20.0), len(c), streams=c, **TYPES)[name] for c in np.array_split(streams, 7)]
        assert np.array_equal(values, np.concatenate(parts))
    assert not np.array_equal(whole["r"], run((10.0, 20.0), 60, seed=1, **TYPES)["r"])


def test_a_path_does_not_depend_on_what_is_read_off_it():
    few = run((20.0,), 50, **TYPES)
    many = run(tuple(np.linspace(0.0, 20.0, 41)), 50, **TYPES)
    assert np.array_equal(few["r"][:, 0], many["r"][:, -1])
    window = [Output("most", "s", "max", (0.0, 20.0)), Output("end", "s", "last", (0.0, 20.0))]
    reduced = simulate(
        zoo(), ZOO, {k: np.full(50, v) for k, v in TYPES.items()}, addresses(50), window, tier="ssa"
    ).values
    assert np.array_equal(reduced["end"], few["s"][:, 0])
    assert np.all(reduced["most"] >= np.max(many["s"], axis=1))


def test_reductions_of_a_path():
    """A pure death process: the area of n(t) is the sum of the lifetimes, its maximum the start."""
    of = "x"
    window = (0.0, 60.0)
    request = [
        Output(r, of, r, window, threshold=0.5 if r == "time_above" else None)
        for r in ("auc", "mean", "max", "min", "time_of_max", "time_above")
    ]
    columns = {name: np.full(N, v) for name, v in {"death": 0.5, "first": 3.0}.items()}
    got = simulate(zoo(), ZOO, columns, addresses(N), request, tier="ssa").values
    assert_scores(got["auc"], 6.0, np.sqrt(3.0) * 2.0, skewed=True)
    assert np.allclose(got["mean"] * 60.0, got["auc"], rtol=1e-13)
    assert np.all(got["max"] == 3.0)
    assert np.all(got["time_of_max"] == 0.0)
    assert np.all(got["min"] == 0.0)
    # The last of three exponential lifetimes of mean 2: mean 2(1 + 1/2 + 1/3).
    assert np.mean(got["time_above"]) == pytest.approx(11.0 / 3.0, abs=3.0 * 2.0 * np.sqrt(49.0 / 36.0 / N))


def test_doses_arrive_whole_and_at_their_time():
    cells = Cells(doses=(Dose(5.0, {"x": 7.5}), Dose(8.0, {"x": 2.0})))
    x = run((4.9, 5.0, 5.1, 9.0), N, cells=cells, first=1.0)["x"]
    assert np.all(x[:, :2] == 1.0)  # a course shows at a dose what was before
    assert set(x[:, 2]) == {8.0, 9.0}
    assert np.mean(x[:, 2]) == pytest.approx(8.5, abs=3.0 * 0.5 / np.sqrt(N))
    assert np.array_equal(x[:, 3], x[:, 2] + 2.0)
    with pytest.raises(ValueError, match="cannot be given"):
        run((9.0,), 1, cells=Cells(doses=(Dose(1.0, {"y": 1.0}),)))


def test_a_run_with_too_many_events_is_given_up_and_said_so():
    got = simulate(
        zoo(), ZOO, {"birth": np.full(2, 9.0), "first": np.full(2, 9.0)}, addresses(2),
        [Output("x", "x", times=(9.0,))], tier="ssa", max_events=1000,
    )  # fmt: skip
    assert np.all(got.status == 2)
    assert np.all(np.isnan(got.values["x"]))
    assert np.all(got.failed_at < 9.0)


def test_a_difference_of_rates_is_two_channels():
    made = counted(chance.declared(
        "pair", {"a": "5", "b": "0"}, {"k_on": (1.0, "1/hour"), "k_off": (2.0, "1/hour")},
        [("k_on*a - k_off*b", {"a": "-1", "b": "1"}), ("k_on*(2*a - b)", {"b": "1"})],
    ), Counts())  # fmt: skip
    found = [(c.name, str(c.rate), {i: int(v) for i, v in c.changes.items()}) for c in channels(made)]
    assert [(n, c) for n, _, c in found] == [
        ("r0", {0: -1, 1: 1}), ("r0_back", {0: 1, 1: -1}), ("r1", {1: 1}), ("r1_back", {1: -1}),
    ]  # fmt: skip


def test_what_cannot_be_counted_is_refused_with_the_reason():
    network = chance.declared("cell", {"a": "1"}, {"weight": (1.0, "nM")}, [])
    with pytest.raises(NetworkError, match="cannot be counted in molecules, 'weight' a unit of every species"):
        counted(network, Counts(size="weight"))
    with pytest.raises(ValueError, match="unknown tier 'gillespie'"):
        run((1.0,), 1, tier="gillespie")
