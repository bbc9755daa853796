"""The cell of the T-DM1 model molecule by molecule: tiers, what they refuse, and how little molecular noise matters."""

from functools import cache

import numpy as np
import pytest
import scipy.stats as st

from models.engine.requests import Output
from models.engine.stochastic import tiers
from models.engine.stochastic.simulate import Cells, Trait, simulate
from models.tdm1 import TDM1, networks, regimen
from sensitivity.api import open_study
from tests.models.chance import addresses

SIZE = 6.02214076e23 * 2e-12 * 1e-9  # molecules a nM in 2 pL
N = 400
REQUEST = [
    Output("dm1", "in_vitro.dm1_cytosolic", times=(24.0, 72.0)),
    Output("area", "in_vitro.dm1_cytosolic", "auc", (0.0, 72.0)),
    Output("balance", "in_vitro.antibody_balance", "last", (0.0, 72.0)),
]


@cache
def cells(tier, copies, step="0.02 hour"):
    return TDM1(tier=tier, step=step).simulate({"her2_copies": np.full(N, copies)}, addresses(N), REQUEST)


@pytest.mark.parametrize("copies", [300.0, pytest.param(1000.0, marks=pytest.mark.slow)])
def test_exact_cells_scatter_about_the_mean_of_the_equations(copies):
    """Every process but MDR1 and tubulin is linear, and those are far from saturated: the means agree."""
    got, mean = cells("ssa", copies), cells("ode", copies)
    assert np.all(got.status == 1)
    assert bool(np.all(got.exact))
    for i in range(2):
        sample = got.dm1.values[:, i]
        z = np.sqrt(N) * (np.mean(sample) - mean.dm1.values[0, i]) / np.std(sample)
        assert abs(z) < 3.0
    # Antibody is conserved molecule by molecule; what is left is the rounding of its sum.
    assert np.max(np.abs(got.balance)) < 1e-14


@pytest.mark.slow  # compiles two more kernels
def test_a_ledger_can_name_molecules_at_every_tier():
    """As the noise where they are simulated, and with the reason where they are not."""
    for tier in ("tau", "langevin", "ssa", "auto"):
        assert TDM1(tier=tier).ledger_levels == {"molecular": ""}
    assert "means over many cells" in TDM1().ledger_levels["molecular"]
    rows = {row["level"]: row for row in TDM1(tier="auto").levels({}, addresses(1)[0])}
    assert "fewer than 1000 scarce molecules" in rows["L4 molecular"]["rule"]
    study, _ = open_study("configs/cell_noise.yaml")
    assert study.ledger == ("parameters", "molecular")


@pytest.mark.parametrize("tier", ["tau", "langevin"])
def test_the_consistency_of_tiers(tier):
    """Leaps and Langevin against exact cells: means within 2 % and what the runs can tell, spreads within 10 %."""
    got, exact = cells(tier, 1000.0), cells("ssa", 1000.0)
    assert np.all(got.status == 1)
    for name in ("area", "dm1"):
        a, b = got[name].values, exact[name].values
        error = 3.0 * np.sqrt((np.var(a, axis=0) + np.var(b, axis=0)) / N) / np.mean(b, axis=0)
        assert np.all(np.abs(np.mean(a, axis=0) / np.mean(b, axis=0) - 1.0) < 0.02 + error)
        # A standard deviation from 400 runs is known to 3.5 %, their ratio to 5 %.
        assert np.all(np.abs(np.std(a, axis=0) / np.std(b, axis=0) - 1.0) < 0.15)
    assert np.max(np.abs(got.balance)) < 1e-12


@pytest.mark.slow  # 12,000 cells
@pytest.mark.parametrize("tier", ["tau", "langevin"])
def test_the_default_step_is_within_two_per_cent_at_100_receptors(tier):
    """Of what is asked of cells, DM1: at four times the step it is not."""
    n, copies = 4000, {"her2_copies": np.full(4000, 100.0)}
    exact = TDM1(tier="ssa").simulate(copies, addresses(n, 3), REQUEST)
    got = TDM1(tier=tier).simulate(copies, addresses(n, 3), REQUEST)
    for name in ("area", "dm1"):
        a, b = got[name].values, exact[name].values
        error = np.sqrt((np.var(a, axis=0) + np.var(b, axis=0)) / n) / np.mean(b, axis=0)
        off = np.mean(a, axis=0) / np.mean(b, axis=0) - 1.0
        print(tier, name, off, error, np.std(a, axis=0) / np.std(b, axis=0))
        assert np.all(np.abs(off) < 0.02 + 3.0 * error)
        # A ratio of standard deviations is known to 1.6 %.
        assert np.all(np.abs(np.std(a, axis=0) / np.std(b, axis=0) - 1.0) < 0.02 + 3.0 * 0.016)
    coarse = TDM1(tier=tier, step="0.2 hour").simulate(copies, addresses(n, 3), REQUEST).dm1.values[:, 0]
    assert np.mean(coarse) < 0.98 * np.mean(exact.dm1.values[:, 0])  # after a day


def test_without_noise_nothing_is_drawn():
    plain = TDM1().simulate({"her2_copies": np.full(N, 1000.0)}, addresses(N, seed=5), REQUEST)
    assert np.array_equal(plain.dm1, cells("ode", 1000.0).dm1)
    assert not TDM1().stochastic
    assert "exact" not in plain


def test_auto_draws_only_where_molecules_are_few():
    copies = np.array([300.0, 1e6, 200.0, 1e5])
    got = TDM1(tier="auto").simulate({"her2_copies": copies}, addresses(4), REQUEST)
    assert got.exact.values.tolist() == [True, False, True, False]
    assert "fewer than 1000 scarce molecules" in got.attrs["tier"]
    plain = TDM1().simulate({"her2_copies": copies}, addresses(4), REQUEST)
    assert np.array_equal(got.dm1[1::2], plain.dm1[1::2])  # bit for bit
    alone = TDM1(tier="ssa").simulate({"her2_copies": copies[2:3]}, addresses(1, first=2), REQUEST)
    assert np.array_equal(got.dm1[2:3], alone.dm1)
    assert np.all(got.dm1[::2] != plain.dm1[::2])


def test_a_tier_refuses_what_is_no_single_cell():
    model = TDM1(tier="ssa")
    assert model.stochastic
    assert set(name.split(".")[0] for name in model.observables) == {"in_vitro", "pulse_chase"}
    with pytest.raises(ValueError, match=r"tier 'ssa' counts .* and 'cell_in_patient' is no single cell"):
        model.simulate({}, addresses(1), [Output("a", "in_vivo.dm1_cytosolic", "last", (0.0, 1.0))])
    with pytest.raises(ValueError, match="option 'tier' must be one of ode, langevin, tau, ssa, auto, got 'gillespie'"):
        TDM1(tier="gillespie")


def test_what_cannot_be_simulated_has_a_status():
    got = TDM1(tier="ssa").simulate({"her2_copies": np.array([-5.0, 100.0])}, addresses(2), REQUEST)
    assert got.status.values.tolist() == [5, 1]
    assert np.isnan(got.area.values[0])
    assert np.isfinite(got.area.values[1])


def noise_share(copies):
    """Share of the variance of ln of the mean DM1 that molecules carry, beside HER2 that spreads by 0.4."""
    request = [Output("area", "dm1_cytosolic", "auc", (0.0, 72.0))]
    parameters = {"her2_copies": np.full(N, copies)}

    def logs(cells, seed):
        got = simulate(networks.culture(), networks.MOLECULES, parameters, addresses(N, seed), request, tier="ssa",
                       schedule=regimen.CONSTANT_MEDIUM, cells=cells)  # fmt: skip
        return np.log(got.values["area"])

    return np.var(logs(Cells(), 1)) / np.var(logs(Cells(traits={"her2_copies": Trait(0.4)}), 2))


@pytest.mark.slow  # 2e8 events
def test_molecules_carry_little_of_what_differs_between_cells():
    """The share falls as 1/copies: recomputed from our own cell, in constant medium."""
    few, more = noise_share(300.0), noise_share(1000.0)
    assert few < 0.05
    assert few / more == pytest.approx(1000.0 / 300.0, rel=0.35)  # each variance is known to 7 %


@pytest.mark.slow  # 3e8 events
@pytest.mark.parametrize("copies", [300.0, 1000.0])
def test_the_collapse_of_molecular_noise(copies):
    """Cells above a threshold of DM1, exactly simulated with spread in HER2, against one log-normal law.

    Its variance is that of the trait, through the mean of the equations, and the Fano factor over the mean number.
    """
    request = [Output("dm1", "dm1_cytosolic", "last", (0.0, 72.0))]
    n, spread = 2000, 0.4
    got = simulate(networks.culture(), networks.MOLECULES, {"her2_copies": np.full(n, copies)}, addresses(n, 7),
                   request, tier="ssa", schedule=regimen.CONSTANT_MEDIUM,
                   cells=Cells(traits={"her2_copies": Trait(spread)}))  # fmt: skip
    mean = float(cells("ode", copies).dm1.values[0, 1]) * SIZE
    fano = 0.5 * (1.0 + (3.5**2 + 8 * 0.4375 * 0.5625) / 3.5)
    sigma = np.sqrt(spread**2 + fano / mean)
    dm1 = got.values["dm1"] * SIZE
    for z in (-1.0, 0.0, 1.0, 1.5):
        p = st.norm.sf(z)
        share = np.mean(dm1 > mean * np.exp(sigma * z))
        # A noise of fano/mean relative variance moves the median by half of that.
        assert share == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / n) + 0.5 * fano / mean)


def test_demography_is_sampled_where_founders_are_few():
    expected = np.array([0.0, 29.9, 30.0, 1e6])
    np.testing.assert_array_equal(tiers.demography(expected), [True, True, False, False])
    for choice, everywhere in (("sampled", True), ("mean", False)):
        np.testing.assert_array_equal(tiers.demography(expected, choice), everywhere)
