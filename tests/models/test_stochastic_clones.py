"""Branching processes: the mean, the generating function and sampled courses against closed forms and each other."""

import numpy as np
import pytest
import scipy.stats as st

from models.engine.stochastic import generating, lineages
from models.engine.stochastic.branching import BranchingProcess, bins, crossed
from models.engine.stochastic.clones import sample
from tests.models.chance import addresses

ALONE = np.zeros((1, 1))


def one_type(birth, death, breaks=(0.0,)):
    return BranchingProcess(np.atleast_2d(birth).T, np.atleast_2d(death).T, ALONE, ALONE, breaks)


def two_types():
    mutation = np.array([[0.0, 0.01], [0.0, 0.0]])
    return BranchingProcess(np.array([0.3, 0.3]), np.array([0.45, 0.2]), mutation, np.zeros((2, 2)))


def extinct(birth, death, t):
    e = np.exp((birth - death) * t)
    return birth * t / (1.0 + birth * t) if birth == death else death * (e - 1.0) / (birth * e - death)


@pytest.mark.parametrize(
    ("birth", "death", "n", "t", "exact"),
    [
        (0.1, 0.11, 10, 50.0, 0.26942263),
        (0.1, 0.11, 100, 50.0, 2.02e-6),
        (1.0, 0.5, 1, 5.0, 0.47860046),
        (1.0, 0.5, 5, 200.0, 0.03125),
        (0.2, 0.14, 3, 1000.0, 0.343),
        (0.5, 0.5, 4, 10.0, 0.48225309),
    ],
)
def test_extinction_of_one_type(birth, death, n, t, exact):
    p = generating.survival(one_type(birth, death), t)
    assert generating.extinction(p, np.array([n])) == pytest.approx(exact, rel=3e-3 if exact < 1e-5 else 1e-7)
    assert p[0] == pytest.approx(1.0 - extinct(birth, death, t), rel=1e-8)


def test_rates_that_change_compose_generating_functions():
    process = one_type((0.3, 0.1), (0.1, 0.5), (0.0, 4.0))
    b, d = 0.3, 0.1
    z = extinct(0.1, 0.5, 6.0)
    e = np.exp((b - d) * 4.0)
    exact = (d * (e - 1.0) - z * (d * e - b)) / (b * e - d - z * b * (e - 1.0))  # Kendall's generating function
    assert 1.0 - generating.survival(process, 10.0)[0] == pytest.approx(exact, rel=1e-8)
    assert process.mean(np.array([2.0]), [4.0, 10.0])[:, 0] == pytest.approx([2.0 * e, 2.0 * e * np.exp(-2.4)])


def test_two_types_with_mutation():
    p = generating.survival(two_types(), 40.0)
    assert 1.0 - p == pytest.approx([0.9927720, 0.6625462], abs=5e-8)
    first = np.array([50.0, 0.0])
    assert generating.extinction(p, first) == pytest.approx(0.6957869, abs=5e-8)
    assert generating.extinction(p, first, poisson=True) == pytest.approx(np.exp(-50.0 * p[0]), rel=1e-12)
    assert two_types().mean(first, [40.0])[0] == pytest.approx([0.109923, 32.369141], rel=1e-5)


def test_the_chance_of_one_family_alone():
    """With death and birth of one type only, the other family's chance is that of a mutation that survives."""
    resistant = generating.relapse(two_types(), np.array([50.0, 0.0]), [10.0, 120.0], np.array([False, True]))
    everyone = generating.relapse(two_types(), np.array([50.0, 0.0]), [10.0, 120.0])
    assert np.all(resistant < everyone)
    assert resistant[1] == pytest.approx(everyone[1], abs=1e-3)  # 7e-7 sensitive cells are left


@pytest.mark.parametrize(("n", "h"), [(4, 10.0), (50, 2.5), (2000, 1.0)])
def test_sampled_births_and_deaths_are_exact_at_any_step(n, h):
    b, d, t, rows = 0.12, 0.10, 10.0, 20_000
    x = sample(one_type(b, d), np.array([n]), addresses(rows), [t], step=h).cells[:, 0, 0]
    mean = n * np.exp((b - d) * t)
    sd = np.sqrt(n * (b + d) / (b - d) * np.exp((b - d) * t) * (np.exp((b - d) * t) - 1.0))
    assert np.sqrt(rows) * (np.mean(x) - mean) / sd == pytest.approx(0.0, abs=3.0)
    assert np.var(x) / sd**2 == pytest.approx(1.0, abs=5.0 * np.sqrt(2.0 / rows) * (1.0 + 3.0 / np.sqrt(n)))
    p = extinct(b, d, t) ** n
    assert np.mean(x == 0.0) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / rows) + 1e-12)


@pytest.mark.parametrize("h", [0.5, 0.1])
def test_sampled_types_agree_with_the_generating_function(h):
    rows = 20_000
    x = sample(two_types(), np.array([50.0, 0.0]), addresses(rows), [40.0], step=h).cells[:, 0]
    p = 0.6957869
    assert np.mean(np.sum(x, axis=1) == 0.0) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / rows))
    assert np.mean(x[:, 1]) == pytest.approx(32.369141, abs=3.5 * np.std(x[:, 1]) / np.sqrt(rows))


def tumour(count=17, u=1e-6):
    """Sensitive and resistant cells in bins of exposure, which kills by its logarithm; days (our own rates)."""
    place, share, remember = bins(count, 30.0)
    birth = np.full(2 * count, 0.10)
    kill = 0.2 / (1.0 + np.exp(-2.0 * (place + 2.0)))
    death = np.concatenate([0.05 + kill, np.full(count, 0.05)])
    mutation = np.zeros((2 * count, 2 * count))
    mutation[np.arange(count), count + np.arange(count)] = u
    first = np.concatenate([1e6 * share, np.zeros(count)])
    return BranchingProcess(birth, death, mutation, crossed(remember, np.zeros((2, 2)))), first


def test_thirty_four_types_sampled_against_the_generating_function():
    process, first = tumour()
    rows, horizon = 1500, 400.0
    p = generating.extinction(generating.survival(process, horizon), np.round(first))
    assert 0.1 < p < 0.9  # undecided, or the test says nothing
    got = sample(process, np.round(first), addresses(rows), [horizon], step=1.0)
    empty = np.sum(got.cells[:, 0], axis=1) == 0.0
    assert np.mean(empty) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / rows))


def test_the_mean_of_sampled_tumours_is_that_of_the_equations():
    process, first = tumour()
    rows = 1500
    mean = process.mean(np.round(first), [60.0])[0, :17].sum()
    # Splitting switching from death costs 1e-3 at a day a step and falls with its square; sampling 1.3e-3.
    got = sample(process, np.round(first), addresses(rows, 1), [60.0], step=0.5).cells[:, 0, :17].sum(axis=1)
    assert np.sqrt(rows) * (np.mean(got) - mean) / np.std(got) == pytest.approx(0.0, abs=3.0)


@pytest.mark.slow  # half a minute: what the step costs, told by 2e4 tumours
@pytest.mark.parametrize("h", [1.0, 0.1])
def test_the_step_of_thirty_four_types(h):
    process, first = tumour()
    rows = 20_000 if h == 1.0 else 4000
    p = generating.extinction(generating.survival(process, 400.0), np.round(first))
    got = sample(process, np.round(first), addresses(rows), [400.0], step=h).cells[:, 0].sum(axis=1)
    assert np.mean(got == 0.0) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / rows))


def test_memory():
    """Ornstein-Uhlenbeck trait, death rate b x: survivors in closed form, error falling with the square of the bin."""
    b, mu, sigma, tau, t = 0.08, 1.0, 0.5, 10.0, 60.0
    exact = np.exp(-b * mu * t + b**2 * sigma**2 * tau**2 * (t / tau - 1.0 + np.exp(-t / tau)))
    assert exact == pytest.approx(0.018322904, rel=1e-7)
    errors, growth = [], []
    for count in (17, 33, 65):
        place, share, remember = bins(count, tau, 5.0)
        # A rate below zero, far out in the tail, is a birth.
        rate = b * (mu + sigma * place)
        process = BranchingProcess(np.maximum(-rate, 0.0), np.maximum(rate, 0.0), np.zeros((count, count)), remember)
        errors.append(process.mean(share, [t])[0].sum() / exact - 1.0)
        growth.append(np.max(np.linalg.eigvals(process.growth(0)).real))
    assert errors[1] == pytest.approx(0.0, abs=0.01)
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.15)
    assert growth[2] == pytest.approx(-b * mu + b**2 * sigma**2 * tau, abs=3e-4)


@pytest.mark.parametrize(
    ("mean", "known"),
    [
        (1.0, (0.367879, 0.183940, 0.107298, 0.068977, 0.047454)),
        (4.0, (0.018316, 0.036631, 0.048842, 0.054947, 0.056575)),
    ],
)
def test_luria_delbrueck_numbers(mean, known):
    assert lineages.mutants(mean, 5) == pytest.approx(known, abs=5e-7)


def test_luria_delbrueck_quantiles():
    four, ten = (np.cumsum(lineages.mutants(m, 2000)) for m in (4.0, 10.0))
    assert np.searchsorted(four, 0.5) == 11
    assert [int(np.searchsorted(ten, q)) for q in (0.05, 0.5, 0.95)] == [10, 36, 247]


@pytest.mark.parametrize(("turnover", "factor"), [(0.0, 1.0), (0.5, 1.386294), (0.9, 2.558428)])
def test_expected_clones_with_death(turnover, factor):
    assert lineages.clones(1e-6, 1e6, turnover) == pytest.approx(factor, rel=1e-6)
    # A tumour grown from 2e4 cells to 1e7: the chance of no mutant alive, from the generating function.
    death = 0.2 * turnover
    mutation = np.array([[0.0, 1e-7], [0.0, 0.0]])
    process = BranchingProcess(np.array([0.2, 0.2]), np.array([death, death]), mutation, np.zeros((2, 2)))
    t = np.log(1e7 / 2e4) / (0.2 - death)
    p = generating.survival(process, t, np.array([False, True]))
    none = generating.extinction(p, np.array([2e4, 0.0]))
    assert none == pytest.approx(np.exp(-factor), rel=0.01)  # a 500th of the mutants came before, and sizes scatter


def test_clone_sizes_follow_their_law():
    """Mean over ages of a geometric law cut at 200, by quadrature."""
    q, cut = 0.5, 200.0
    u = np.random.default_rng(3).uniform(size=(2, 100_000))
    sizes = np.minimum(lineages.clone_sizes(u[0], u[1], q), cut)
    y = (np.arange(20_000) + 0.5) / 20_000
    weight = 1.0 / (1.0 - q * y)
    success = y * (1.0 - q) / (1.0 - q * y)
    mean = np.sum(weight * (1.0 - (1.0 - success) ** cut) / success) / np.sum(weight)
    assert np.mean(sizes) == pytest.approx(mean, abs=3.5 * np.std(sizes) / np.sqrt(len(sizes)))


@pytest.mark.parametrize(("founders", "sd"), [(1, 1.2825), (2, 0.8031), (5, 0.4704), (10, 0.3243), (100, 0.1003)])
def test_relapse_times_of_a_few_founders(founders, sd):
    mean, spread = lineages.relapse_moments(founders, 1.0, 1e9)
    assert spread == pytest.approx(sd, abs=5e-5)
    if founders == 1:
        assert np.log(1e9) - mean == pytest.approx(-0.577216, abs=1e-6)
    u = (np.arange(20_000) + 0.5) / 20_000
    times = lineages.relapse_times(u, founders, 1.0, 1e9)
    assert np.all(np.diff(times) >= 0.0)
    assert np.mean(times) == pytest.approx(mean, abs=1e-3)
    assert np.std(times) == pytest.approx(spread, rel=3e-3)


def test_sampled_relapse_follows_the_law_of_its_founders():
    """Founders that never die: W is exactly of a gamma law, and the sampled crossing is read within a step."""
    founders, rate, size, rows = 3, 0.05, 1e6, 4000
    got = sample(one_type(rate, 0.0), np.array([founders]), addresses(rows), [600.0], step=2.0, size=size)
    mean, sd = lineages.relapse_moments(founders, rate, size)
    assert np.sqrt(rows) * (np.mean(got.relapse) - mean) / sd == pytest.approx(0.0, abs=3.0)
    law = lineages.relapse_times((np.arange(rows) + 0.5) / rows, founders, rate, size)
    assert st.ks_2samp(got.relapse, law).pvalue > 1e-3
    assert np.all(sample(one_type(0.0, 1.0), np.array([3]), addresses(5), [9.0], step=1.0, size=9.0).relapse == np.inf)


def test_bits_do_not_depend_on_order_or_chunks():
    process, first = tumour(5, 1e-4)
    streams = addresses(40)
    whole = sample(process, first / 1e3, streams, [50.0, 100.0], step=1.0)
    order = np.random.default_rng(1).permutation(40)
    shuffled = sample(process, first / 1e3, streams[order], [50.0, 100.0], step=1.0)
    assert np.array_equal(whole.cells[order], shuffled.cells)
    parts = [sample(process, first / 1e3, c, [50.0, 100.0], step=1.0).cells for c in np.array_split(streams, 3)]
    assert np.array_equal(whole.cells, np.concatenate(parts))
    other = sample(process, first / 1e3, streams, [50.0, 100.0], step=1.0, patient=1)
    assert not np.array_equal(whole.cells, other.cells)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"birth": np.array([-0.1])}, "'birth' must be finite and not negative"),
        ({"death": np.array([0.1, 0.2])}, r"'death' has shape \(2,\), expected \(1, 1\)"),
        ({"mutation": np.array([[0.1]])}, "a type cannot become itself"),
        ({"breaks": (1.0,)}, "breaks must begin with 0"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    given = {"birth": np.array([0.1]), "death": np.array([0.1]), "mutation": ALONE, "switching": ALONE, **change}
    with pytest.raises(ValueError, match=message):
        BranchingProcess(**given)
    with pytest.raises(ValueError, match="numbers of cells must be finite and not negative"):
        sample(one_type(0.1, 0.1), np.array([-1.0]), addresses(1), [1.0], step=1.0)
    with pytest.raises(ValueError, match="deaths for each birth"):
        lineages.clones(1e-6, 1e6, 1.0)
