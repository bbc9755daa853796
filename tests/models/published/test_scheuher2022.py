"""The cell model of Scheuher 2022 against SciPy on equations written by hand, and its balances."""

import numpy as np
from scipy.integrate import solve_ivp

from models.engine.dimensions import check_units
from models.engine.requests import Output
from models.published.scheuher2022 import Scheuher2022, network

TIMES = (0.0, 0.1, 1.0, 4.0, 24.0, 72.0)
ORDER = ("receptor receptor_inside medium_adc bound_adc inside_adc medium_naked bound_naked inside_naked "
         "payload_medium payload_inside payload_cytosol tubulin tubulin_bound").split()  # fmt: skip


def rhs(t, y):
    r, re, a, ra, rae, b, rb, rbe, px, pe, pc, tub, tp = y
    endo, rec, deg, dec, kin, kout = 3600.0 * np.array([4.27e-5, 2.4e-5, 1.27e-4, 6.41e-7, 5.95e-5, 3.95e-5])
    syn = 1.12e6 * 1e7 / 6.02214076e23 * 1e9 * endo * deg / (deg + rec)
    ba = 0.36 * (r * a / 1e-3 - 0.314 * ra)
    bb = 0.36 * (r * b / 1e-3 - 0.314 * rb)
    bt = 3.6 * (tub * pc / (3.82e-12 * 1e7) - 950.0 * tp)
    return [
        syn - endo * r + rec * re - ba - bb, endo * r - (rec + deg) * re,
        -dec * a - ba, ba - endo * ra + rec * rae, endo * ra - (rec + deg) * rae,
        dec * a - bb, bb - endo * rb + rec * rbe, endo * rb - (rec + deg) * rbe,
        3.5 * dec * a + kout * pc - kin * px, 3.5 * deg * rae - kin * pe,
        kin * pe - bt - kout * pc + kin * px, -bt, bt,
    ]  # fmt: skip


def run(names, **columns):
    outputs = [Output(name, name, times=TIMES) for name in names]
    rows = {name: np.array([value]) for name, value in columns.items()}
    return Scheuher2022(rtol=1e-11).simulate(rows, np.zeros((1, 2), dtype=np.uint64), outputs)


def test_units_agree():
    check_units(network())


def test_against_scipy():
    start = np.zeros(13)
    start[0] = 1.12e6 * 1e7 / 6.02214076e23 * 1e9
    start[1] = start[0] * 4.27e-5 / (2.4e-5 + 1.27e-4)
    start[2], start[11] = 10.0 * 1e-3, 65.0 * 3.82e-12 * 1e7
    exact = solve_ivp(rhs, (0.0, 72.0), start, "Radau", t_eval=TIMES, rtol=1e-11, atol=1e-19).y
    found = run(ORDER)
    # Both err by about a thousand steps at 1e-11; below the floor of 1e-9 nmol only the absolute error counts.
    for name, wanted in zip(ORDER, exact, strict=True):
        assert np.allclose(found[name].values[0], wanted, rtol=1e-8, atol=1e-8 * 1e-9), name


def test_balances():
    """Linear invariants, which the method keeps to rounding."""
    for cut in (0.0, 1e-4):
        found = run(("dm1_total", "tubulin_all"), k_cleave=cut)
        for name in ("dm1_total", "tubulin_all"):
            course = found[name].values[0]
            assert np.all(np.abs(course / course[0] - 1.0) < 1e-12), name


def test_steady_state_without_drug():
    found = run(("receptor", "receptor_inside"), medium_concentration=0.0)
    for name in ("receptor", "receptor_inside"):
        course = found[name].values[0]
        assert np.all(np.abs(course / course[0] - 1.0) < 1e-12), name
