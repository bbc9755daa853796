"""Cell fate against closed forms: clocks, damage hazard, turnover, and the shares of the classes."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import lognorm, norm

from models.engine.declaration import Classes, Observable, Parameter, Species, Total
from models.engine.dimensions import check_units
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.solver import Schedule, solve
from models.tdm1 import fate
from models.tdm1.classes import WIDTH, layout
from models.tdm1.parameters import TABLE

GIVEN = {"occupancy": "1", "tolerance": "1", "is_survival": "1", "amplified": "1", "part": "1", "her2_free": "nmol",
         "her2_adc": "nmol", "her2_naked": "nmol", "lysosome_dm1": "nmol"}  # fmt: skip


@cache
def bench():
    """Cells whose occupancy is given: everything of `fate` and nothing else."""

    def given(name, unit):
        return Parameter(name, name, 1.0, unit, "given", "given", "assumed: a test", (-1e9, 1e9))

    return Network(
        name="fate_bench",
        parameters=(*TABLE, given("start", "mm^3")),
        species=(
            Species("tissue", "mm^3", "cells", "start", 1e-12),
            *fate.deaths(1e-12),
        ),
        rules=tuple(fate.rules("tumour_doubling_time", "cell_loss", "quiescent_fraction")),
        reactions=(),
        observables=tuple(
            Observable(name, expression, "mm^3", name, 1e-12)
            for name, expression in (
                ("all", "alive"), ("cycling", "in_cycle"), ("resting_cells", "out_of_cycle"), ("held", "in_arrest"),
                ("dead_in_mitosis", "apoptotic"), ("multinucleated_dead", "catastrophic"),
                ("slipped", "multinucleated"),
            )
        ),
        classes=Classes(
            parameters=tuple(given(name, unit) for name, unit in GIVEN.items()),
            species=tuple(fate.species("start*part", 1e-12)),
            rules=(*fate.volumes(), *fate.own_rules()),
            totals=(
                Total("alive", "living", "mm^3", "alive"),
                Total("in_cycle", "cycling", "mm^3", "cycling"),
                Total("out_of_cycle", "quiescent", "mm^3", "quiescent"),
                Total("in_arrest", "arrested", "mm^3", "arrested"),
                Total("multinucleated", "slipped", "mm^3", "slipped"),
            ),
            reactions=tuple(fate.reactions("1", "tissue")),
        ),
    )  # fmt: skip


NO_TURNOVER = {"tumour_doubling_time": 1e9, "cell_loss": 0.0}
PLAIN = {"survival_signal": 0.0, "neuregulin": 0.0, "cytostatic_effect": 0.0, "adcc_rate": 0.0, "mutation_rate": 0.0}


def run(outputs, parameters, *, hours, rtol=1e-9, **given):
    """One row; class parameters left out are neutral."""
    count = max([np.size(v) for v in given.values()] or [1])
    neutral = {"occupancy": 0.0, "tolerance": 1.0, "is_survival": 0.0, "amplified": 1.0, "part": 1.0 / count,
               "her2_free": 1.0, "her2_adc": 0.0, "her2_naked": 0.0, "lysosome_dm1": 0.0}  # fmt: skip
    classes = {name: np.broadcast_to(np.asarray(v, float), (count,)) for name, v in {**neutral, **given}.items()}
    columns = {name: np.array([value]) for name, value in {**PLAIN, **parameters}.items()}
    request = [Output(name, name, "last", (0.0, hours)) for name in outputs]
    found = solve(bench(), columns, Schedule(), request, rows=1, rtol=rtol, max_steps=100_000, classes=classes)
    assert found.status.tolist() == [1]
    return [float(found.values[name][0]) for name in outputs]


def test_units():
    check_units(bench())


def test_growth_without_drug():
    """All states grow together at the doubling time, whatever turns over and however many are out of the cycle."""
    for lost, quiescent in ((0.0, 0.0), (0.8, 0.6), (0.5, 0.9)):
        values = {"tumour_doubling_time": 25.0, "cell_loss": lost, "quiescent_fraction": quiescent}
        alive, resting = run(["all", "resting_cells"], values, hours=50.0 * 24.0)
        assert alive == pytest.approx(4.0, rel=1e-7)  # steps of 1e-9, a few hundred
        assert resting == pytest.approx(4.0 * quiescent, rel=1e-7, abs=1e-12)


def test_stochastic_death_is_the_closed_form():
    """stochastic.md 5.8: C 10, k_d 0.1 /h, z 4, b 0.01 /h: 3.29010 % alive after 72 h."""
    values = {
        **NO_TURNOVER, "quiescent_fraction": 0.99, "quiescence_exit": 0.0, "trafficking_kill": 1.0,
        "damage_half_life": np.log(2.0) / 0.1 / 24.0, "apoptosis_occupancy": 0.04 / 0.5, "catastrophe_ratio": 0.5,
        "damage_killing": 0.04 * 24.0,
    }  # fmt: skip
    start, resting = run(["all", "resting_cells"], values, hours=72.0, occupancy=0.1)
    assert resting / 0.99 == pytest.approx(0.0329010, abs=5e-8)  # as printed
    # Without turnover a quiescent cell can only die of damage; cycling ones are also arrested.
    assert start < 0.0329010


def test_individual_tolerance_is_its_limit():
    """stochastic.md 5.8: tolerance log-normal with median 6 and sd 0.4, constant 10: 10.11198 % alive after 72 h."""
    count = 400
    spread = lognorm(0.4).ppf((np.arange(count) + 0.5) / count)
    values = {
        **NO_TURNOVER, "quiescent_fraction": 0.99, "quiescence_exit": 0.0, "trafficking_kill": 1.0,
        "damage_half_life": np.log(2.0) / 0.1 / 24.0, "apoptosis_occupancy": 0.12, "catastrophe_ratio": 0.5,
        "damage_killing": 1e5,
    }  # fmt: skip
    (resting,) = run(["resting_cells"], values, hours=72.0, rtol=1e-6, occupancy=0.1, tolerance=spread)
    # Thresholds are steps of 1/400, and the last class to die may be one of them.
    assert resting / 0.99 == pytest.approx(norm.sf(np.log(9.99253 / 6.0) / 0.4), abs=1.0 / count)
    assert norm.sf(np.log(9.99253 / 6.0) / 0.4) == pytest.approx(0.1011198, abs=2e-6)


def arrested_only(**more):
    """Every mitosis is arrested, nothing else happens, and slipped cells stay."""
    return {
        "tumour_doubling_time": 20.0, "cell_loss": 0.0, "quiescent_fraction": 0.0, "damage_killing": 0.0,
        "catastrophe_death": 0.0, "catastrophe_recovery": 0.0, "apoptosis_occupancy": 1e-4, "apoptosis_hill": 4.0,
        **more,
    }  # fmt: skip


def test_two_clocks():
    """stochastic.md 5.8: clocks of 20 h (0.5) and 24 h (0.4): apoptosis first in 61.20777 %."""
    dead, slipped, held = run(["dead_in_mitosis", "slipped", "held"], arrested_only(), hours=4000.0, occupancy=1.0)
    assert dead / (dead + slipped) == pytest.approx(0.6120777, abs=5e-8)
    # The mean of the first of two log-normal times, by their densities.
    t = np.exp(np.linspace(np.log(0.05), np.log(2000.0), 200_001))
    mean = np.trapezoid(lognorm(0.5, scale=20.0).sf(t) * lognorm(0.4, scale=24.0).sf(t), t) + 0.05
    entering = np.log(2.0) / 480.0
    left = np.exp(-entering * 4000.0)  # cycling cells, so the slow pool that feeds arrest
    assert held == pytest.approx(entering * left / (1.0 / mean - entering), rel=1e-6)  # the quadrature's accuracy


def test_survival_signals_turn_apoptosis_into_slippage():
    shares = []
    for signal in (0.0, 0.3, 0.6):
        dead, slipped = run(["dead_in_mitosis", "slipped"], arrested_only(survival_signal=signal), hours=4000.0,
                            occupancy=1.0)  # fmt: skip
        shares.append(dead / (dead + slipped))
        lead = np.log(24.0 / 20.0 * (1.0 - signal)) / np.hypot(0.5, 0.4)
        assert shares[-1] == pytest.approx(norm.cdf(lead), abs=1e-7)  # two doublings of rounding in steps of 1e-9
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("values", "same"),
    [({"neuregulin": 1.0, "neuregulin_rescue": 0.5}, False), ({"neuregulin": 1.0, "pik3ca_mutant": 1.0}, True),
     ({"neuregulin": 1.0, "pertuzumab": 1.0, "pertuzumab_reversal": 1.0}, True)],
)  # fmt: skip
def test_neuregulin_protects_unless_pik3ca_is_mutant_or_pertuzumab_is_there(values, same):
    """V16: suppressed in four of six lines, the two others PIK3CA-mutant, restored by pertuzumab."""
    (usual,) = run(["dead_in_mitosis"], arrested_only(), hours=400.0, occupancy=1.0)
    (found,) = run(["dead_in_mitosis"], arrested_only(**values), hours=400.0, occupancy=1.0)
    assert found == pytest.approx(usual, rel=1e-9) if same else found < 0.9 * usual


def test_level_decides_how_cells_die():
    """Figure 3 of the seed: high DM1 arrests and kills in mitosis, lower DM1 by catastrophe, the lowest not at all."""
    values = {"tumour_doubling_time": 25.0, "catastrophe_ratio": 0.2, "apoptosis_occupancy": 0.02}
    share = {}
    for occupancy in (0.2, 0.006, 1e-5):
        mitosis, otherwise, alive = run(["dead_in_mitosis", "multinucleated_dead", "all"], values, hours=24.0 * 60.0,
                                        occupancy=occupancy)  # fmt: skip
        share[occupancy] = (mitosis / (mitosis + otherwise + 1e-9), alive)
    assert share[0.2][0] > 0.5 > 0.3 > share[0.006][0]
    assert share[0.2][1] < share[0.006][1] < 1.0 < share[1e-5][1]


def test_low_dm1_needs_time():
    """A week at the lower level kills a smaller share a day than a month: commitment and damage come late."""
    values = {"tumour_doubling_time": 25.0, "cell_loss": 0.0, "quiescent_fraction": 0.0}
    early, late = (run(["all"], values, hours=24.0 * days, occupancy=0.01)[0] for days in (4.0, 28.0))
    assert -np.log(late) / 28.0 > 1.5 * -np.log(early) / 4.0


def test_comparison_model_is_one_rate():
    values = {**NO_TURNOVER, "emax_kill": 1.0, "quiescent_fraction": 0.0, "apoptosis_occupancy": 0.01,
              "apoptosis_hill": 2.0, "maximal_kill": 0.35, "apoptosis_competence": 1.0}  # fmt: skip
    (alive,) = run(["all"], values, hours=240.0, occupancy=0.02)
    assert alive == pytest.approx(np.exp(-0.35 * 0.8 * 10.0), rel=1e-6)  # the doubling time of 1e9 days


@pytest.mark.parametrize(
    ("mu", "sigma", "hill", "most", "printed"),
    [(1.5, 0.6, 4.0, 25.0, -3.987618), (2.0, 0.8, 2.0, 40.0, -5.300137), (1.0, 0.4, 2.0, 10.0, -3.373496)],
)
def test_classes_integrate_over_the_spread(mu, sigma, hill, most, printed):
    """stochastic.md 5.11: survivors of a static spread."""
    errors = []
    for bins in (17, 33, 65):
        found = layout(bins)
        place, share = found["place"][:bins], found["portion"][:bins]
        level = np.exp(mu + sigma * place) ** hill
        errors.append(np.log10(np.sum(share * np.exp(-most * level / (1.0 + level)))) - printed)
    # The axis ends at 4.5 standard deviations, beyond which lie the last survivors of the deepest kill.
    beyond = norm.cdf(-WIDTH)
    assert abs(errors[-1]) < max(1e-5, 2.0 * beyond / 10.0**printed / np.log(10.0))
    assert abs(errors[1]) < 0.1  # of five decades, at the default of 33 bins


def test_chain_is_reversible():
    for bins in (1, 3, 17, 33):
        found = layout(bins)
        share = found["portion"][:bins]
        assert share.sum() == pytest.approx(1.0, rel=1e-12)
        flux = share[:-1] * found["climb"][: bins - 1] - share[1:] * found["slip"][1:bins]
        assert np.abs(flux).max(initial=0.0) < 1e-12
        assert found["climb"][bins - 1 :].sum() == found["slip"][bins:].sum() == found["slip"][0] == 0.0
        assert [found[kind].sum() for kind in ("amplified", "unamplified", "resistant")] == [bins, 1.0, 6.0]
    # Two standard deviations forget each other as exp(-t/tau): the chain's slowest rate is one a memory time.
    found = layout(65)
    rates = np.diag(found["climb"][:64], -1) + np.diag(found["slip"][1:65], 1)
    rates -= np.diag(rates.sum(axis=0))
    assert np.sort(np.linalg.eigvals(rates).real)[-2] == pytest.approx(-1.0, abs=0.01)
