"""A tumour of many classes: balances, convergence in the classes, HER2 in vivo, and what was seen in animals."""

import numpy as np
import pytest

from models.engine.requests import Output
from models.tdm1 import TDM1
from models.tdm1.interventions import INTERVENTIONS
from tests.models.points import sample, streams

DAY, CYCLE = 24.0, 504.0
QUICK = {"rtol": 1e-6, "classes": 9}
"""A millionth a step is far below every difference that is looked at, and nine bins show every ordering."""


def ask(request, options=None, **values):
    """Rows of the values given; everything else nominal."""
    rows = max([np.size(v) for v in values.values()] or [1])
    columns = {name: np.broadcast_to(np.asarray(v, float), (rows,)).copy() for name, v in values.items()}
    found = TDM1(**{**QUICK, **(options or {})}).simulate(columns, streams(rows), request)
    assert found.status.values.tolist() == [1] * rows
    return found


def last(of, days=21.0):
    return Output(of, f"tumour.{of}", "last", (0.0, days * DAY))


def mean(of, days=21.0):
    return Output(of, f"tumour.{of}", "mean", (0.0, days * DAY))


# Balances


def test_antibody_and_dm1_are_accounted_for():
    """Plasma, periphery, interstitium, every class, the dead and the eliminated: at 60 points over three cycles."""
    rows = 60
    columns = sample(rows, seed=20261125)
    times = (0.25, 24.0, 168.0, 504.0, 700.0, 1512.0)
    request = [Output(kind, f"tumour.{kind}_balance", times=times) for kind in ("antibody", "dm1")]
    request += [last("antibody_in_dead", 63.0), last("log10_kill", 63.0)]
    found = TDM1(rtol=1e-6, classes=9, cycles=3).simulate(columns, streams(rows), request)
    assert np.all(found.status.values == 1)
    # Antibody is linear in the amounts, which a Rosenbrock method keeps to rounding. DM1 goes with its count on an
    # antibody, a product of two states, so it is kept to the tolerance times the share of the dose in the tumour.
    assert np.abs(found.antibody.values).max() <= 1e-11
    assert np.abs(found.dm1.values).max() <= 1e-9
    assert found.antibody_in_dead.values.max() > 1e-3  # nmol: there is something to lose
    assert found.log10_kill.values.max() > 3.0 > 0.0 > found.log10_kill.values.min()  # deaths, and growth


def test_the_balance_feels_a_leak():
    """The figure of the balance is the part of the dose that is missing, not something that cancels."""
    found = ask([Output("in_tumour", "tumour.antibody_in_tumour", "max", (0.0, CYCLE))])
    assert found.in_tumour.values[0] / (3.6 * 70.0 / 148781.0 * 1e6) > 1e-5


# Classes


def test_more_bins_converge_in_second_order():
    """K = 17, 33, 65 against 129: halving the width divides the error by four."""
    kill = [
        float(ask([last("log10_kill")], {"classes": k, "rtol": 1e-8}, nonamplified_fraction=0.0).log10_kill[0])
        for k in (17, 33, 65, 129)
    ]
    errors = np.abs(np.array(kill[:3]) - kill[3])
    # The reference itself is off by a sixteenth of the coarser error, which bends the ratios of 4 to 4.3 and 5.
    assert 3.4 < errors[0] / errors[1] < 5.0
    assert 3.4 < errors[1] / errors[2] < 6.0
    assert errors[1] < 0.005


def test_no_spread_is_one_class():
    spreadless = {"her2_spread": 0.0, "penetration_depth": 1e9, "tolerance_spread": 0.0}
    one, many = (
        ask([last("log10_kill"), mean("dm1_cytosolic")], {"classes": k, "rtol": 1e-8}, **spreadless) for k in (1, 9)
    )
    for name in ("log10_kill", "dm1_cytosolic"):  # some hundred steps of 1e-8
        assert float(one[name][0]) == pytest.approx(float(many[name][0]), rel=1e-6)


def test_memory_lies_between_its_limits():
    """Cells that never forget are protected; the longer the memory, the more survive."""
    kill = ask([last("log10_kill", 42.0)], {"cycles": 2}, memory_time=[1.0, 10.0, 1000.0], her2_spread=0.8,
               permeability=40.0, nonamplified_fraction=0.0).log10_kill.values  # fmt: skip
    assert kill[0] > kill[1] > kill[2]


# HER2 in vivo


@pytest.mark.parametrize("permeability", [60.0, 334.0])
def test_receptor_number_matters_below_the_crossover_only(permeability):
    """d ln DM1/d ln R0 is above 0.5 below R* and below 0.1 well above it, and R* is printed by the model."""
    plain = {"permeability": permeability, "masked_fraction": 0.0, "p95_fraction": 0.0, "nonamplified_fraction": 0.0}
    crossover = float(ask([last("her2_crossover", 1.0)], **plain).her2_crossover[0])
    assert {60.0: 2.4e4, 334.0: 1.3e5}[permeability] == pytest.approx(crossover, rel=0.05)  # corrections, item 1
    step, places = 1.05, crossover * np.array([0.2, 30.0])
    copies = np.concatenate([places / step, places * step])
    found = ask([mean("dm1_cytosolic")], her2_copies=copies, **plain).dm1_cytosolic.values
    below, above = np.log(found[2:] / found[:2]) / (2.0 * np.log(step))
    assert below > 0.5
    assert abs(above) < 0.1


def test_shed_her2_and_naked_trastuzumab_take_antibody():
    usual, shed, bare = ask([mean("dm1_cytosolic")], k_shed=[0.002, 0.04, 0.002], her2_copies=3e4,
                            deconjugation_systemic_fraction=[0.5, 0.5, 0.0]).dm1_cytosolic.values  # fmt: skip
    assert shed < 0.9 * usual < 0.95 * bare


def test_soluble_her2_stays_at_its_level_without_drug():
    """25 ng/mL before treatment, raised by less than a third by one lesion of 4 mL (corrections, item 9)."""
    request = [Output("level", "tumour.plasma_soluble_her2", times=(0.0, 24.0 * 21.0))]
    found = ask(request, {"dose": "1e-9 mg/kg_bw"}).level.values[0]
    assert found[0] == pytest.approx(25.0, rel=1e-12)
    assert 25.0 <= found[1] < 25.0 * 4.0 / 3.0


def test_circulating_ratio_falls_as_measured():
    """Bender 2014: 3.5 to 2.1 at day 7 and 1.5 at day 14 (corrections, item 7)."""
    found = ask([Output("ratio", "tumour.plasma_ratio", times=(1.0, 168.0, 336.0))]).ratio.values[0]
    assert found == pytest.approx([3.5, 2.1, 1.5], rel=0.03)


# Orderings


def test_resistance_mechanisms_act_in_vivo():
    """V13 to V15: MDR1 and its linker, V-ATPase, SLC46A3, and slow proteolysis."""
    names = ("mdr1_efflux", "linker_efflux_factor", "vatpase_activity", "k_esc", "k_lys")
    usual = {"mdr1_efflux": 0.0, "linker_efflux_factor": 1.0, "vatpase_activity": 1.0, "k_esc": 0.21, "k_lys": 0.12}
    cases = ({}, {"mdr1_efflux": 3000.0}, {"mdr1_efflux": 3000.0, "linker_efflux_factor": 0.1},
             {"vatpase_activity": 0.1}, {"k_esc": 0.02}, {"k_lys": 0.02})  # fmt: skip
    columns = {name: [{**usual, **case}[name] for case in cases] for name in names}
    found = ask([mean("tubulin_occupancy"), mean("lysosomal_catabolite"), last("log10_kill")], **columns)
    occupancy, catabolite, kill = (
        found[name].values for name in ("tubulin_occupancy", "lysosomal_catabolite", "log10_kill")
    )
    assert occupancy[2] >= 2.0 * occupancy[1]
    assert np.all(occupancy[3:] < 0.8 * occupancy[0])
    assert np.all(kill[[1, 3, 4, 5]] < 0.8 * kill[0])
    assert catabolite[4] > 2.0 * catabolite[0]


def test_small_tumours_are_easier():
    """V17, JIMT-1 xenografts of about 350 and 70 mm3 and microscopic: delivery through the surface."""
    kill = ask([last("log10_kill")], lesion_volume=[4190.0, 350.0, 70.0, 1.0], her2_copies=2e5).log10_kill.values
    assert np.all(np.diff(kill) > 0.0)


def test_what_is_left_is_out_of_the_cycle():
    """V18, N87 xenografts: residual cells with low Ki-67."""
    found = ask([Output("share", "tumour.quiescent_share", times=(0.0, 168.0))]).share.values[0]
    assert found[1] > 1.05 * found[0]


def test_death_mode_follows_her2():
    """V19: 3+ tumours mostly by apoptosis, 2+ tumours more by catastrophe, and none with trastuzumab."""
    request = [last("apoptotic_cells"), last("catastrophic_cells")]
    found = ask(request, her2_copies=[1e6, 1e4, 1e6], permeability=334.0, dar=[3.5, 3.5, 0.0])
    apoptotic, catastrophic = found.apoptotic_cells.values, found.catastrophic_cells.values
    share = apoptotic[:2] / (apoptotic + catastrophic)[:2]
    assert share[0] > 1.5 * share[1]
    assert apoptotic[2] + catastrophic[2] < 1e-6 * apoptotic[0]  # the floor of the hazard's positive part


def test_no_dm1_is_the_trastuzumab_arm():
    """DAR 0 keeps cytostasis and ADCC and has no DM1."""
    request = [mean("dm1_cytosolic"), last("living_cells")]
    found = ask(request, dar=0.0, adcc_rate=[0.0, 0.0, 0.1], cytostatic_effect=[0.0, 0.5, 0.0])
    assert np.all(found.dm1_cytosolic.values == 0.0)
    assert found.living_cells.values[0] > found.living_cells.values[1:].max()


def test_hsp90_inhibition_before_is_worse_than_after():
    request = [mean("tubulin_occupancy", 23.0), last("log10_kill", 23.0)]
    before, after = (ask(request, {"intervention": f"hsp90_{when}"}) for when in ("before", "after"))
    assert before.tubulin_occupancy.values[0] < after.tubulin_occupancy.values[0]
    assert before.log10_kill.values[0] < after.log10_kill.values[0]


def test_cells_without_amplification_abolish_cure():
    """A tenth of HER2-negative cells leaves disease where a tumour without them is gone."""
    plain = {"resistant_fraction": 0.0, "mutation_rate": 0.0, "apoptosis_occupancy": 0.01}
    found = ask([last("log10_kill", 168.0)], {"cycles": 8}, nonamplified_fraction=[0.0, 0.1], nonamplified_copies=2e3,
                **plain).log10_kill.values  # fmt: skip
    cells = 0.56 * 4190.0 / 2e-6
    assert found[0] > np.log10(cells) > found[1] + 3.0


def test_resistant_families_take_over():
    found = ask([Output("share", "tumour.resistant_fraction", times=(0.0, CYCLE, 3.0 * CYCLE))], {"cycles": 3},
                resistant_fraction=1e-4, resistance_fold=30.0, apoptosis_occupancy=0.01).share.values[0]  # fmt: skip
    assert found[0] == pytest.approx(1e-4, rel=1e-6)
    assert 3.0 * found[0] < found[1] < found[2]


def test_a_family_whose_trait_is_changed_by_1_is_no_family():
    """Resistant by a factor of 1 (MDR1 off, V-ATPase and SLC46A3 as usual, and so on): half of the cells, or none."""
    alike = {"her2_spread": 0.0, "penetration_depth": 1e9, "tolerance_spread": 0.0, "nonamplified_fraction": 0.0}
    found = ask([last("log10_kill"), mean("dm1_cytosolic")], {"classes": 1, "rtol": 1e-8}, resistance_fold=1.0,
                resistant_fraction=[0.0, 0.5], mutation_rate=0.0, **alike)  # fmt: skip
    for name in ("log10_kill", "dm1_cytosolic"):  # some hundred steps of 1e-8
        none, half = found[name].values
        assert half == pytest.approx(none, rel=1e-6)


# Options


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_every_intervention_runs_and_does_something(name):
    usual, treated = (
        ask([last("log10_kill", 42.0)], {"cycles": 2, "intervention": i}, mdr1_efflux=500.0, adcc_rate=0.02)
        for i in ("none", name)
    )
    same = float(usual.log10_kill[0]) == float(treated.log10_kill[0])
    assert same == (name in {"none", "dar_3_5"})


def test_a_map_multiplies_a_factor_and_sets_a_lever():
    treated = ask([mean("dm1_cytosolic")], {"intervention": "vatpase_inhibitor"}, vatpase_activity=[1.0, 0.5])
    by_hand = ask([mean("dm1_cytosolic")], vatpase_activity=[0.3, 0.15], direct_kill=0.05)
    np.testing.assert_array_equal(treated.dm1_cytosolic.values, by_hand.dm1_cytosolic.values)


def test_fate_and_tolerance_are_options():
    choices = ({}, {"fate": "emax"}, {"tolerance": "stochastic"}, {"tolerance": "individual"})
    kills = [float(ask([last("log10_kill")], options).log10_kill[0]) for options in choices]
    assert len(set(kills)) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [({"classes": 8}, "'classes' must be odd"), ({"classes": 0}, "'classes'"), ({"fate": "magic"}, "'fate' must"),
     ({"intervention": "prayer"}, "'intervention' must be one of none"), ({"tolerance": 1}, "'tolerance'")],
)  # fmt: skip
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        TDM1(**options)


@pytest.mark.parametrize(
    "wrong", [{"catastrophe_ratio": 1.2}, {"lesion_volume": -1.0}, {"cell_loss": 1.0}, {"nonamplified_fraction": 1.5}]
)
def test_impossible_values_are_out_of_domain(wrong):
    """A catastrophe threshold above that of apoptosis, a negative burden: refused, never integrated."""
    columns = {name: np.array([value]) for name, value in wrong.items()}
    assert TDM1(**QUICK).simulate(columns, streams(1), [last("log10_kill")]).status.values.tolist() == [5]


def test_progression_and_its_twin():
    """A tumour that shrugs T-DM1 off progresses; one that is cured never does and has its twin."""
    window = (0.0, 365.0 * DAY)
    names = ("ln_time_to_progression", "progression_rate", "progression_free_time", "depth_of_response")
    request = [Output(name, f"tumour.{name}", "last", window) for name in names]
    found = ask(request, {"cycles": 17, "rtol": 1e-4}, apoptosis_occupancy=[0.9, 0.005], nonamplified_fraction=0.0,
                resistant_fraction=0.0, mutation_rate=0.0)  # fmt: skip
    assert np.isfinite(found.ln_time_to_progression.values).tolist() == [True, False]
    assert found.progression_rate.values[1] == 0.0 < found.progression_rate.values[0]
    assert found.progression_free_time.values[1] == 365.0 * DAY > found.progression_free_time.values[0]
    assert found.depth_of_response.values[1] > 3.0 > found.depth_of_response.values[0]


# Limits

STILL = {
    "tumour_doubling_time": 1e9, "cell_doubling_time": 1e9, "cell_loss": 0.0, "quiescent_fraction": 0.99,
    "quiescence_exit": 0.0, "apoptosis_occupancy": 1.0, "catastrophe_ratio": 0.99, "catastrophe_time": 1e4,
    "adcc_rate": 0.0, "cytostatic_effect": 0.0, "her2_spread": 0.0, "penetration_depth": 1e9, "tolerance_spread": 0.0,
    "nonamplified_fraction": 0.0, "resistant_fraction": 0.0, "mutation_rate": 0.0, "trafficking_occupancy": 1e6,
}  # fmt: skip
"""Cells that neither divide nor die nor differ."""


def test_a_still_tumour_of_one_class_is_the_well_mixed_one():
    """Against the network that is held to hand-written equations in SciPy: plasma, interstitium and the whole cell."""
    plain = {**STILL, "dar_loss_rate": 0.0, "normal_her2": 0.0, "soluble_her2": 0.0, "k_shed": 0.0,
             "her2_loss_rate": 0.0, "diffusivity": 0.0, "dm1_diffusivity": 0.0}  # fmt: skip
    rows = 12
    varied = ("her2_copies", "permeability", "k_e", "k_lys", "k_esc", "mdr1_efflux", "tubulin_total", "k_dec")
    columns = {name: sample(rows, seed=5)[name] for name in varied}
    times = (1.0, 24.0, 168.0, CYCLE)
    pairs = {"dm1_cytosolic": "dm1_cytosolic", "lysosomal_catabolite": "lysosomal_catabolite",
             "surface_bound": "surface_bound", "tubulin_occupancy": "tubulin_occupancy", "plasma_tdm1": "plasma_tdm1",
             "interstitial_tdm1": "interstitial_adc"}  # fmt: skip
    request = [Output(f"{s} {a}", f"{s}.{b}", times=times) for a, c in pairs.items() for s, b in
               (("tumour", a), ("in_vivo", c))]  # fmt: skip
    found = ask(request, {"classes": 1, "rtol": 1e-8}, **plain, **columns)
    for name in pairs:
        # A doubling time of 1e9 days and a threshold of damage that is never reached: less than 1e-5 of the cells.
        np.testing.assert_allclose(found[f"tumour {name}"], found[f"in_vivo {name}"], rtol=2e-5, err_msg=name)


def test_few_cells_in_much_medium_are_the_cell_in_vitro():
    few = {**STILL, "seeded_cells": 1e4, "medium_volume": 1e9}
    names = ("dm1_cytosolic", "tubulin_occupancy")
    request = [Output(f"{s} {n}", f"{s}.{n}", times=(1.0, 24.0, 72.0)) for n in names for s in ("well", "in_vitro")]
    found = ask(request, {"classes": 1, "rtol": 1e-8}, her2_copies=[1e4, 1e6], **few)
    for name in names:  # 1e10 receptors take a millionth of the 4e18 antibodies in a cubic metre; steps of 1e-8
        np.testing.assert_allclose(found[f"well {name}"], found[f"in_vitro {name}"], rtol=2e-5, err_msg=name)


def test_a_small_medium_runs_out():
    """At 0.07 nM, 5,000 cells of 1e6 copies hold more receptors than 100 uL hold antibodies (corrections, item 18)."""
    request = [Output("left", "well.medium_tdm1", times=(0.0, 24.0))]
    left = ask(request, seeded_cells=[1.0, 5000.0], medium_concentration=0.07 * 148781e-6).left.values
    assert left[:, 0] == pytest.approx(0.07, rel=1e-9)
    assert left[1, 1] < 0.75 * left[0, 1]


@pytest.mark.slow  # one more kernel to compile, for a minute
def test_a_well_accounts_for_antibody_and_dm1():
    request = [Output(kind, f"well.{kind}_balance", times=(1.0, 24.0, 72.0)) for kind in ("antibody", "dm1")]
    found = ask(request, medium_concentration=[1e-3, 1.0], seeded_cells=[5000.0, 1e5])
    for kind in ("antibody", "dm1"):
        assert np.abs(found[kind].values).max() <= 1e-11  # linear invariants of a Rosenbrock method: rounding
