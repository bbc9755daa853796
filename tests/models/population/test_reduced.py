"""Tier 0: exact limits, and the network of which it is the reduction."""

import itertools
import os
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest

from models.tdm1.population.reduced import rates
from models.tdm1.population.reduced.uptake import antibody, plasma
from models.tdm1.population.reduced.workspace import (
    ADC,
    FREE,
    LOSS_BOUND,
    LOSS_FREE,
    NAKED,
    OFF,
    ON,
    POOLS,
    SIZE,
    SOURCE,
    STRIP,
    WEIGHT,
)
from models.tdm1.population.tiers import Network, Reduced

LN2 = np.log(2.0)

Supply = namedtuple("Supply", ("eps", "k_wash", "k_dec"))


def course(parameters, rows=1, dose=3.6, cycles=4):
    tier = Reduced(dose, cycles)
    columns = {name: np.full(rows, value, dtype=float) for name, value in parameters.items()}
    found, failed = tier.courses(columns, rows)
    assert not failed.any()
    return tier.days, found


def test_without_drug_it_grows_as_stated():
    # Exponential, because 20 mm^3 that double in 30 days are far from the linear phase.
    days, found = course({"lesion_volume": 20.0, "tumour_doubling_time": 30.0, "mutation_rate": 0.0, "adcc_rate": 0.0},
                         dose=1e-9, cycles=3)  # fmt: skip
    # The trapezoidal rule on a growth of 0.02 a day over 1.5 days: (0.03)^2/12 of it.
    np.testing.assert_allclose(found[0] - np.log(20.0), LN2 * days / 30.0, rtol=1e-4, atol=1e-12)


def test_plasma_is_that_of_lu_2014():
    """Means over the steps of the two-compartment solution: 5.2.1 of the parameter page, D1, as a bolus."""
    absent = {"normal_her2": 0.0, "soluble_her2": 0.0}
    rows, _ = rates.rates({name: np.zeros(1) for name in absent}, 1)
    x = np.zeros(8)
    x[0] = 3.6e-3 * rows[0]["dose"]
    got = np.array([plasma(rows[0], h, x)[0] for h in rates.STEPS])
    alpha, beta, k21 = 2.854997 / 24.0, 0.175993 / 24.0, 1.534 / 0.66 / 24.0
    first = 3.6e-3 * rows[0]["dose"] / 3.127
    a, b = first * (alpha - k21) / (alpha - beta), first * (k21 - beta) / (alpha - beta)
    ends = np.concatenate([[0.0], np.cumsum(rates.STEPS)])
    area = -(a / alpha * np.exp(-alpha * ends) + b / beta * np.exp(-beta * ends))
    # Two trapezoidal halves a step: within 3 % of the fast phase, 0.5 % of the exposure of the cycle.
    np.testing.assert_allclose(got, np.diff(area) / rates.STEPS, rtol=0.03)
    assert got @ rates.STEPS == pytest.approx(area[-1] - area[0], rel=5e-3)


def test_plasma_is_conserved_and_never_negative_however_fast_it_exchanges():
    """Lu 2014 has patients whose periphery turns over in an hour; a step lasts days."""
    for q, periphery in itertools.product((0.3, 1.534, 8.0), (0.2, 0.66, 2.2)):
        given = {"normal_her2": 0.0, "soluble_her2": 0.0, "q_intercompartmental": q, "volume_peripheral": periphery}
        rows, _ = rates.rates({name: np.full(1, value) for name, value in given.items()}, 1)
        x = np.zeros(8)
        x[0] = dose = 3.6e-3 * rows[0]["dose"]
        cleared = 0.0
        for h in np.tile(rates.STEPS, 3):
            mean, _, _ = plasma(rows[0], h, x)
            cleared += h * mean * rows[0]["clearance"]
            assert mean > 0.0
            assert np.all(x >= 0.0)
            assert cleared + x[0] + x[1] == pytest.approx(dose, rel=1e-10)  # rounding, some digits lost to the solution


def test_dm1_falls_off_conjugates_in_plasma():
    rows, _ = rates.rates({}, 1)
    x = np.zeros(8)
    x[0] = 3.6e-3 * rows[0]["dose"]
    x[2] = x[0] * 2.5
    ratios, day = [], 0.0
    for h in rates.STEPS:
        ratios.append(plasma(rows[0], h, x)[2])
        day += h / 24.0
    middle = np.cumsum(rates.STEPS) / 24.0 - rates.STEPS / 48.0
    # All conjugate is of one age: 1 + 2.5 exp(-k t), at the middle of a step.
    np.testing.assert_allclose(ratios, 1.0 + 2.5 * np.exp(-0.116 * middle), rtol=0.03)


def test_passage_keeps_cells_and_rests_in_the_normal_law():
    values, left, right = rates.passage()
    share = rates.bins()["portion"][: rates.BINS]
    move = left @ np.diag(np.exp(values * 0.7)) @ right
    np.testing.assert_allclose(move.sum(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(move @ share, share, rtol=1e-10)


def test_no_drug_no_kill_and_more_drug_more_kill():
    sizes = [course({}, dose=dose)[1][0, -1] for dose in (1e-6, 0.6, 1.8, 3.6)]
    assert all(a > b for a, b in itertools.pairwise(sizes))


def test_rows_do_not_see_each_other():
    rng = np.random.default_rng(0)
    columns = {"her2_copies": 10.0 ** rng.uniform(4, 6.5, 24), "resistant_fraction": 10.0 ** rng.uniform(-8, -2, 24)}
    tier = Reduced(3.6, 8)
    whole, _ = tier.courses(columns, 24)
    order = rng.permutation(24)
    np.testing.assert_array_equal(tier.courses({n: x[order] for n, x in columns.items()}, 24)[0], whole[order])
    alone = [tier.courses({n: x[i : i + 1] for n, x in columns.items()}, 1)[0][0] for i in range(24)]
    np.testing.assert_array_equal(np.array(alone), whole)


def test_antibody_between_cells_is_balanced():
    """What comes in over a step is what is washed out, made naked and bound: 300 states, scarce and plentiful alike."""
    rng = np.random.default_rng(4)
    pools, shape = POOLS, (300, POOLS)

    def spread(low, high):
        return 10.0 ** rng.uniform(low, high, shape)

    free, adc, naked, made = spread(-1.0, 3.0), spread(-3.0, 3.0), spread(-3.0, 3.0), spread(-3.0, 1.0)
    on, off, strip, weight = spread(-2.0, 0.5), spread(-2.0, 0.0), spread(-4.0, -1.0), spread(-6.0, 0.0)
    lost_free, lost_bound = spread(-3.0, -1.0), spread(-3.0, -1.0)
    for i in range(len(free)):
        w = np.zeros(SIZE)
        for row, values in ((FREE, free), (ADC, adc), (NAKED, naked), (SOURCE, made), (ON, on), (OFF, off),
                            (STRIP, strip), (WEIGHT, weight), (LOSS_FREE, lost_free),
                            (LOSS_BOUND, lost_bound)):  # fmt: skip
            w[row : row + pools] = values[i]
        h, k_x = rng.choice(rates.STEPS), 10.0 ** rng.uniform(-3.0, -1.0)
        plasma_adc, plasma_naked, ca, cn = 10.0 ** rng.uniform(-2.0, 3.0, 4)
        r = Supply(eps=0.24, k_wash=0.005, k_dec=0.01)
        ca, cn, balanced = antibody(r, w, h, k_x, plasma_adc, plasma_naked, ca, cn)
        assert balanced
        # Implicit Euler of every pool, from what was there and what is there now.
        new_free, new_adc, new_naked = (w[row : row + pools] for row in (FREE, ADC, NAKED))
        stripped = strip[i] * new_adc
        bound_adc = (new_adc - adc[i]) / h + lost_bound[i] * new_adc + stripped
        bound_naked = (new_naked - naked[i]) / h + lost_bound[i] * new_naked - stripped
        left = made[i] - lost_free[i] * new_free - bound_adc - bound_naked
        np.testing.assert_allclose((new_free - free[i]) / h, left, rtol=1e-7,
                                   atol=1e-9 * (free[i] + adc[i] + naked[i]).max())  # fmt: skip
        np.testing.assert_allclose(bound_adc, on[i] * ca * new_free - off[i] * new_adc,
                                   rtol=1e-7, atol=1e-9 * (adc[i] + free[i]).max())  # fmt: skip
        into = k_x * 0.24 * np.array([plasma_adc, plasma_naked]) + 0.24 * 0.01 * ca * np.array([0.0, 1.0])
        washed = 0.24 * (k_x + 0.005 + np.array([0.01, 0.0])) * np.array([ca, cn])
        taken = np.array([weight[i] @ bound_adc, weight[i] @ bound_naked])
        # The last step of Newton's method changed the concentrations by less than 1e-3, so that 1e-6 of it is left;
        # what binds and leaves again in a step is many times what stays.
        scale = into + washed + np.array([weight[i] @ (on[i] * ca * new_free), weight[i] @ (on[i] * cn * new_free)])
        assert np.all(np.abs(into - washed - taken) < 1e-5 * scale)


def test_what_the_reduction_does_not_know_is_refused():
    for name, value in (("second_payload", 2.0), ("emax_kill", 1.0), ("direct_kill", 0.1)):
        with pytest.raises(ValueError, match=f"tier 0 has no '{name}'.*tier 1"):
            course({name: value})
    with pytest.raises(ValueError, match="slowing of sorting"):
        course({"trafficking_occupancy": 0.02})


def test_it_follows_the_network():
    """Twelve tumours of every kind over half a year: the course within a tenth or two of ln volume."""
    rng = np.random.default_rng(2)
    n = 12
    columns = {
        "her2_copies": 10.0 ** rng.uniform(5.0, 6.5, n),
        "apoptosis_occupancy": 10.0 ** rng.uniform(-2.0, -1.0, n),
        "tumour_doubling_time": rng.uniform(30.0, 90.0, n),
        "resistant_fraction": 10.0 ** rng.uniform(-5.0, -1.5, n),
        "permeability": 10.0 ** rng.uniform(1.4, 2.3, n),
        "soluble_her2": 10.0 ** rng.uniform(0.7, 2.5, n),
        "mdr1_efflux": 10.0 ** rng.uniform(0.0, 3.4, n),
    }
    low, high = (tier(3.6, 8).courses(columns, n)[0] for tier in (Reduced, Network))
    gap = low - high
    at_volume = high > np.log(65.0)  # 5 mm: smaller ones are read as such
    running = (np.diff(low, axis=1, prepend=np.nan) != 0.0) & at_volume
    assert running.sum() > 200
    # 10 % of volume is 3 % of a diameter, less than half of the error of reading it.
    assert np.abs(gap[running]).mean() < 0.1
    assert np.abs(gap[running]).max() < 0.6


def test_trastuzumab_of_earlier_lines_competes():
    """It is there at the start, is lost to nothing unnamed, and keeps DM1 out of cells with few receptors."""
    from models.engine.requests import Output
    from models.tdm1 import TDM1

    columns = {"trastuzumab_before": np.array([0.0, 30.0]), "her2_copies": np.full(2, 3e4)}
    asked = [
        Output("before", "tumour.plasma_antibody", None, None, (0.0, 1.0), None),
        Output("most", "tumour.antibody_balance", "max", (0.0, 504.0), None, None),
        Output("least", "tumour.antibody_balance", "min", (0.0, 504.0), None, None),
        Output("dm1", "tumour.dm1_cytosolic", "auc", (0.0, 504.0), None, None),
    ]
    found = TDM1(classes=17, rtol=1e-4).simulate(columns, np.zeros((2, 2), dtype=np.uint64), asked)
    np.testing.assert_allclose(found["before"].values[:, 0], [0.0, 30.0], atol=1e-12)
    # Sums of amounts: rounding of twenty terms of the size of a dose.
    assert max(found["most"].values.max(), -found["least"].values.min()) < 1e-12
    assert 0.5 < found["dm1"].values[1] / found["dm1"].values[0] < 0.8
    sizes, _ = Reduced(3.6, 1).courses(columns, 2)
    assert sizes[1, -1] > sizes[0, -1]


BITS = """
import hashlib
import numpy as np
from models.tdm1.population.tiers import Reduced
columns = {"her2_copies": np.geomspace(1e4, 3e6, 40), "apoptosis_occupancy": np.linspace(0.01, 0.2, 40)}
print(hashlib.sha256(Reduced(3.6, 12).courses(columns, 40)[0].tobytes()).hexdigest())
"""


@pytest.mark.slow  # it compiles, in a process of its own: 10 s
def test_the_process_that_compiles_has_the_bits_of_those_that_read_the_kernel_from_disk(tmp_path):
    found = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", BITS], env={**os.environ, "SENSITIVITY_CACHE": str(tmp_path)},
                              capture_output=True, text=True, check=True)  # fmt: skip
        found.append((done.stdout, "compiling reduced, once" in done.stderr))
    assert [compiled for _, compiled in found] == [True, False]
    assert found[0][0] == found[1][0]


@pytest.mark.slow  # the network takes 12 ms a patient: two minutes of one core
def test_trials_of_the_two_tiers_agree_at_twenty_points():
    """Stated errors over the whole range of every parameter; ``python -m tests.benchmarks.tiers`` prints them.

    Chance alone moves the response rate of 500 patients by 2.2 points, and their restricted mean by 12 days.
    """
    from tests.benchmarks.tiers import compare

    values, _ = compare(20, 500)
    means = {"response_rate": 0.02, "pfs_6": 0.015, "pfs_12": 0.015, "progression_free_time": 6.0,
             "time_in_response": 8.0}  # fmt: skip
    for name, (low, high) in values.items():
        gap = low - high
        assert abs(gap.mean()) < means[name], name
        assert np.abs(gap).max() < 3.0 * means[name], name
        assert gap.std() < 0.1 * high.std(), name  # and the tiers rank populations alike
