"""Virtual patients: laws, correlation, covariates, founders, addresses."""

import numpy as np
import pytest
from scipy import stats

from models.engine.stochastic import philox
from models.tdm1.population import patients
from models.tdm1.population.draws import ATTRIBUTES, Level, keys, lognormal
from models.tdm1.population.hyperparameters import HYPERPARAMETERS, MECHANISMS

H = {p.name: p.nominal for p in HYPERPARAMETERS}
STREAM = np.array([3, 4], dtype=np.uint64)


def draw(n=400, lesions=2, lines=1, chosen=None, **changed):
    return patients.cohort({**H, **changed}, keys(STREAM, chosen or {}), n, lesions, lines)


def test_quantiles_of_a_cut_lognormal_law():
    u = np.array([0.001, 0.25, 0.5, 0.9])
    low, high = np.log([0.5, 4.0])
    expected = np.exp(stats.truncnorm(low / 0.6, high / 0.6, 0.0, 0.6).ppf(u))
    np.testing.assert_allclose(lognormal(u, 1.0, 0.6, 0.5, 4.0), expected, rtol=1e-9)
    np.testing.assert_array_equal(lognormal(u, 2.0, 0.0, 0.5, 4.0), np.full(4, 2.0))


def test_the_correlation_of_clearance_and_volume_is_that_of_lu_2014():
    # A linear map of independent standard normal numbers: its matrix times its transpose is the covariance.
    columns = np.array([patients.correlated(H, np.array(a), np.array(b)) for a, b in ((1.0, 0.0), (0.0, 1.0))]).T
    np.testing.assert_allclose(columns @ columns.T, [[0.03585, 0.011], [0.011, 0.01351]], rtol=1e-12)
    assert 0.011 / np.sqrt(0.03585 * 0.01351) == pytest.approx(0.4998, abs=1e-4)
    none = {**H, "clearance_variance": 0.0, "clearance_volume_covariance": 0.0}
    np.testing.assert_allclose(patients.correlated(none, np.ones(1), np.ones(1)), [[0.0], [np.sqrt(0.01351)]])
    with pytest.raises(ValueError, match="impossible with variances"):
        patients.correlated({**H, "clearance_volume_covariance": 0.03}, np.ones(1), np.ones(1))


@pytest.mark.parametrize(
    ("covariate", "value", "clearance"),
    [("soluble_her2", 332.0, 0.740), ("albumin", 33.0, 0.741), ("albumin", 48.0, 0.632), ("burden", 30.3, 0.720),
     ("trastuzumab", 54.0, 0.607), ("transaminase", 64.0, 0.719)],
)  # fmt: skip
def test_covariates_give_the_clearances_of_lu_2014(covariate, value, clearance):
    usual = {"soluble_her2": 25.0, "albumin": 41.0, "burden": 9.0, "transaminase": 27.0, "trastuzumab": 0.0}
    # Printed to three digits.
    assert 0.676 * patients.on_clearance({**usual, covariate: value}) == pytest.approx(clearance, abs=5.1e-4)


def test_founders_have_the_moments_of_a_poisson_number_of_exponential_lines():
    n = 200_000
    number, size = np.random.default_rng(5).random((2, n))
    for mean in (0.1, 1.0, 5.0, 25.0):
        relative = patients.founders(np.full(n, mean), number, size)
        # Compound Poisson: mean 1, variance 2/m, fourth central moment 24/m^3 + 12/m^2; four standard errors.
        assert abs(relative.mean() - 1.0) < 4.0 * np.sqrt(2.0 / mean / n)
        fourth = 24.0 / mean**3 + 12.0 / mean**2
        assert abs(relative.var() - 2.0 / mean) < 4.0 * np.sqrt((fourth - 4.0 / mean**2) / n)
        none = np.exp(-mean)
        assert abs(np.mean(relative == 0.0) - none) < 4.0 * np.sqrt(none * (1.0 - none) / n) + 1e-12


def test_lines_shift_the_odds():
    assert patients.prevalence(0.2, 3.0, 1) == pytest.approx(0.2)
    assert patients.prevalence(0.2, 3.0, 2) == pytest.approx(0.75 / 1.75)  # odds 1/4 tripled
    few, many = draw(4000, lines=0), draw(4000, lines=3)
    for name in MECHANISMS:
        assert few.mechanisms[name].mean() < many.mechanisms[name].mean()
        assert not np.any(few.mechanisms[name] & ~many.mechanisms[name])  # the same patients, and more of them
    assert np.all(few.lesions["clearance"] >= many.lesions["clearance"])  # trastuzumab is left


def test_a_patient_does_not_depend_on_how_many_there_are():
    whole, part = draw(400), draw(150)
    for name, values in part.lesions.items():
        np.testing.assert_array_equal(values, whole.lesions[name][:300])
    single = draw(400, lesions=1)
    for name in ("her2_copies", "lesion_volume", "clearance", "permeability"):
        np.testing.assert_array_equal(single.lesions[name], whole.lesions[name][::2])


def test_each_level_moves_what_is_its_own():
    first = draw()
    of_level = {
        Level.PATIENT: set(first.lesions) - {"her2_spread", "mutation_rate"},
        Level.LESION: {"lesion_volume", "her2_copies", "her2_spread", "permeability"},
        Level.ASSESSMENT: set(),
    }
    for level, expected in of_level.items():
        other = draw(chosen={level: 0.25})
        moved = {name for name, values in first.lesions.items() if not np.array_equal(values, other.lesions[name])}
        assert moved == expected
    small = {"resistant_typical": 1e-8}
    one, two = draw(**small), draw(chosen={Level.DEMOGRAPHY: 0.25}, **small)
    moved = {name for name, values in one.lesions.items() if not np.array_equal(values, two.lesions[name])}
    assert moved == {"resistant_fraction"}
    np.testing.assert_array_equal(
        one.lesions["resistant_fraction"][~one.sampled], two.lesions["resistant_fraction"][~two.sampled]
    )
    assert one.sampled.any()


def test_parameters_move_patients_and_draw_no_others():
    first, second = draw(), draw(her2_typical=2.0 * H["her2_typical"])
    ratio = second.lesions["her2_copies"] / first.lesions["her2_copies"]
    assert np.median(ratio) == pytest.approx(2.0, rel=2e-3)  # but for the bounds of the law
    assert np.all((ratio > 1.7) & (ratio <= 2.0 + 1e-9))
    for name in set(first.lesions) - {"her2_copies"}:
        np.testing.assert_array_equal(first.lesions[name], second.lesions[name])


def test_numbers_are_those_of_the_engine_at_their_address():
    d = keys(STREAM, {Level.LESION: 0.25})
    (first, second), replicate, visit = philox.keys(STREAM[None], philox.Purpose.PATIENT)[0], 0, 7
    expected = [philox.uniform(first, second, replicate, visit, ATTRIBUTES["albumin"], patient) for patient in range(3)]
    np.testing.assert_array_equal(d.uniform(Level.PATIENT, "albumin", 3, visit), expected)
    # A chosen level depends on its value and on nothing of the run.
    other = keys(STREAM + np.uint64(1), {Level.LESION: 0.25})
    np.testing.assert_array_equal(*(x.uniform(Level.LESION, "lesion_size", 3) for x in (d, other)))
    assert not np.array_equal(*(x.uniform(Level.PATIENT, "albumin", 3) for x in (d, other)))


def test_addresses_do_not_collide():
    d = keys(STREAM, {})
    found = {d.uniform(level, name, 1, at)[0] for level in Level for name in ATTRIBUTES for at in range(3)}
    assert len(found) == len(Level) * len(ATTRIBUTES) * 3
    values = np.concatenate([d.uniform(Level.PATIENT, name, 2000) for name in ATTRIBUTES])
    assert stats.kstest(values, "uniform").pvalue > 1e-3  # one fixed sample


def test_every_parameter_of_a_tumour_is_inside_its_domain():
    from models.tdm1.parameters import TABLE

    domains = {p.name: p.domain for p in TABLE}
    for lines in (0, 5):
        for name, values in draw(2000, lines=lines).lesions.items():
            assert domains[name][0] <= values.min() <= values.max() <= domains[name][1], name
