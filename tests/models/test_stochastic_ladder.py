"""Tiers against each other, and what a change of units or of twins must not change (stochastic.md 5.12 and 5.14)."""

import numpy as np
import pytest

from models.engine.requests import Output
from models.engine.stochastic.simulate import Cells, Trait, simulate
from models.tdm1 import TDM1, networks, regimen
from models.tdm1.classes import layout
from tests.models.chance import PLAIN, TYPES, addresses, reference, run, scores
from tests.models.moments import Reactions, exact

WATCHED = ("receptor", "bound", "internal")


@pytest.mark.slow  # compiles three kernels; 1e8 events
@pytest.mark.parametrize(("tier", "n"), [("ssa", 2000), ("tau", 10_000), ("langevin", 10_000)])
@pytest.mark.parametrize("receptors", [100.0, 1000.0])
def test_cells_at_100_and_1000_receptors_have_the_exact_moments(receptors, tier, n):
    """Every event by Z and Y; steps of 0.05 hours within 2 %, as DSMTS asks of approximations."""
    scale = receptors / 100.0
    means, variances = exact(Reactions(scale), WATCHED, 72.0)
    found = run((72.0,), n, tier=tier, network=reference(), counts=PLAIN, step=0.05, scale=scale)
    for name, mean, sd in zip(WATCHED, means, np.sqrt(variances), strict=True):
        sample = found[name][:, 0]
        if tier == "ssa":
            z, y = scores(sample, mean, sd)
            assert abs(z) < 3.0
            assert abs(y) < 5.0
            continue
        assert np.mean(sample) / mean == pytest.approx(1.0, abs=0.02)
        # Seven receptors are free at a time, and a step is 0.19 of their life: theirs is 1/(1 - 0.19/2) in variance.
        wide = 0.05 if name == "receptor" else 0.0
        assert np.std(sample) / sd == pytest.approx(1.0, abs=0.02 + wide + 3.0 / np.sqrt(2.0 * n))


@pytest.mark.slow  # compiles a kernel
def test_many_cells_are_the_bins():
    """Tier 3 to tier 1: killed cells among 4,000 whose HER2 spreads, simulated one by one, against 33 bins."""
    n, spread, copies = 4000, 0.7, 1e6
    request = [Output("dm1", "dm1_cytosolic", "last", (0.0, 72.0))]
    ensemble = simulate(networks.culture(), networks.MOLECULES, {"her2_copies": np.full(n, copies)}, addresses(n, 11),
                        request, tier="langevin", schedule=regimen.CONSTANT_MEDIUM, step=0.05,
                        cells=Cells(traits={"her2_copies": Trait(spread)}))  # fmt: skip
    bins = layout(33)
    at = copies * np.exp(spread * bins["place"][:33])
    dm1 = TDM1().simulate({"her2_copies": at}, addresses(33), [Output("dm1", "in_vitro.dm1_cytosolic", "last",
                                                                      (0.0, 72.0))]).dm1.values  # fmt: skip

    def killed(content):  # half of the cells in the middle bin
        return 1.0 / (1.0 + (dm1[16] / content) ** 4)

    mean = np.sum(bins["portion"][:33] * killed(dm1))
    sample = killed(ensemble.values["dm1"])
    assert np.sqrt(n) * (np.mean(sample) - mean) / np.std(sample) == pytest.approx(0.0, abs=3.0)


DM1 = [Output("course", "in_vitro.dm1_cytosolic", times=(1.0, 24.0, 72.0)),
       Output("area", "in_vitro.dm1_cytosolic", "auc", (0.0, 72.0))]  # fmt: skip


def in_vitro(**values):
    columns = {name: np.array(value, dtype=np.float64) for name, value in values.items()}
    found = TDM1(rtol=1e-9).simulate(columns, addresses(3), DM1)
    assert np.all(found.status == 1)
    return found


def test_twice_the_payload_is_twice_the_receptors():
    """In constant medium, with tubulin and efflux linear; not where tubulin saturates."""
    twins = {"dar": [3.5, 7.0, 3.5], "her2_copies": [1e6, 1e6, 2e6]}
    linear = in_vitro(**twins, tubulin_total=[1.0] * 3, tubulin_kd=[1e6] * 3, mdr1_efflux=[0.0] * 3)
    for name in ("course", "area"):
        one, payload, receptors = linear[name].values
        np.testing.assert_allclose(payload, 2.0 * one, rtol=1e-6)  # some hundred steps of 1e-9
        np.testing.assert_allclose(receptors, payload, rtol=1e-6)
    bent = in_vitro(**twins, tubulin_total=[1000.0] * 3, mdr1_efflux=[0.0] * 3).area.values
    assert bent[1] < 1.98 * bent[0]


@pytest.mark.parametrize("tier", ["ssa", "tau", "langevin"])
def test_another_unit_of_time_changes_no_bit(tier):
    """Rates in half-hours are half as many: a power of two, so that rounding is the same."""
    hours = run((10.0, 20.0), 200, tier=tier, step=0.1, **TYPES)
    rates = {name: value / 2.0 if name.startswith(("birth", "death")) else value for name, value in TYPES.items()}
    halves = run((20.0, 40.0), 200, tier=tier, step=0.2, **rates)
    for name, values in hours.items():
        np.testing.assert_array_equal(values, halves[name])
    assert np.any(hours["r"] > 0.0)


def test_a_regimen_in_other_units_is_the_same():
    assert TDM1(interval="3 week", infusion="0.5 hour").regimen == TDM1(interval="504 hour").regimen
