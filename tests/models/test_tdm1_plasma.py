"""Plasma against Lu 2014: printed digits, and the closed form of two compartments."""

import numpy as np
import pytest

from models.engine.requests import Output
from tests.models.points import ask

DAY = 24.0
PURE = {"lesions": 0.0}  # no tumour draws on the plasma
CL, VC, Q, VP = 0.676, 3.127, 1.534, 0.66  # L/day, L
DIGITS = 1e-10  # rtol of the solver: its own error must stay below the last printed digit


def biexponential(days, dose, cl=CL, vc=VC, interval=21.0, cycles=1, infusion=0.5 / 24.0):
    """Concentration (ug/mL) of `dose` mg infused each interval into two compartments."""
    k10, k12, k21 = cl / vc, Q / vc, Q / VP
    total, product = k10 + k12 + k21, k10 * k21
    alpha = (total + np.sqrt(total**2 - 4.0 * product)) / 2.0
    beta = product / alpha
    days = np.asarray(days, dtype=float)
    c = np.zeros_like(days)
    for cycle in range(cycles):
        t = days - cycle * interval
        for rate, share in ((alpha, (alpha - k21) / (alpha - beta)), (beta, (k21 - beta) / (alpha - beta))):
            inside = np.clip(t, 0.0, infusion)
            c += (
                dose
                / infusion
                / vc
                * share
                / rate
                * (1 - np.exp(-rate * inside))
                * np.exp(-rate * (t - inside))
                * (t > 0)
            )
    return c


def plasma(days, **options):
    options = {"rtol": DIGITS} | options
    values = PURE | options.pop("values", {})
    request = [Output("c", "in_vivo.plasma_tdm1", times=tuple(DAY * np.asarray(days)))]
    return ask(request, values=values, **options).c.values[0]


def test_printed_values():
    days = (0.5 / 24.0, 0.25, 1.0, 7.0, 14.0, 20.75, 21.0)
    printed = (80.004555, 70.011819, 55.240297, 18.886519, 5.509643, 1.679590, 1.607293)
    np.testing.assert_allclose(plasma(days), printed, rtol=0.0, atol=5.01e-7)  # half of the last digit
    np.testing.assert_allclose(biexponential(days, 252.0), printed, rtol=0.0, atol=5.01e-7)


def test_printed_areas():
    request = [
        Output("all", "in_vivo.plasma_tdm1", "auc", (0.0, 400.0 * DAY)),  # 0.176 /day leaves nothing after 400 days
        Output("cycle", "in_vivo.plasma_tdm1", "auc", (0.0, 21.0 * DAY)),
    ]
    found = ask(request, values=PURE, rtol=DIGITS)
    assert float(found["all"][0]) / DAY == pytest.approx(372.7811, abs=5e-5)
    assert float(found["cycle"][0]) / DAY == pytest.approx(363.648, abs=5e-4)


def test_eighth_cycle():
    first, peak, trough = plasma((21.0, 147.0 + 0.5 / 24.0, 168.0), cycles=8)
    np.testing.assert_allclose((peak, trough), (81.646735, 1.648212), rtol=0.0, atol=5.01e-7)
    assert trough / first == pytest.approx(1.02546, abs=5e-6)


def test_terminal_half_life():
    early, late = plasma((15.0, 20.0))
    # After 15 days the fast exponential, 2.85 /day, is gone to 1e-18.
    assert np.log(2.0) * 5.0 / np.log(early / late) == pytest.approx(3.9385, abs=5e-5)


@pytest.mark.parametrize(("weight", "cl", "vc"), [(49.0, 0.568, 2.528), (98.0, 0.797, 3.821), (70.0, 0.676, 3.127)])
def test_weight(weight, cl, vc):
    values = PURE | {"body_weight": weight}
    request = [
        Output("auc", "in_vivo.plasma_tdm1", "auc", (0.0, 400.0 * DAY)),
        Output("c0", "in_vivo.plasma_tdm1", "max", (0.0, 1.0)),
    ]
    found = ask(request, values=values, infusion="1 second")
    dose = 3.6 * weight
    assert dose / (float(found.auc[0]) / DAY) == pytest.approx(cl, abs=5e-4)  # three printed digits
    # One second of the fastest plasma process, 2.9 /day, loses 3e-5 of the peak.
    assert dose / float(found.c0[0]) == pytest.approx(vc, abs=6e-4)


def test_closed_form():
    days = np.array([0.1, 0.5, 3.0, 10.0, 20.0, 21.01, 30.0, 63.0])
    exact = biexponential(days, 252.0, cycles=3)
    np.testing.assert_allclose(plasma(days, cycles=3, rtol=1e-12), exact, rtol=1e-9)


def test_closed_form_at_another_point():
    values = {"dar": 5.0, "dar_clearance_slope": 0.2, "body_weight": 90.0}
    size = 90.0 / 70.0
    exact = biexponential(
        (1.0, 5.0, 16.0), 90.0 * 2.4, cl=CL * size**0.49 * np.exp(0.2 * 1.5), vc=VC * size**0.596, interval=7.0,
        cycles=3, infusion=1.5 / 24.0,
    )  # fmt: skip
    found = plasma(
        (1.0, 5.0, 16.0), values=values, dose="2.4 mg/kg_bw", interval="7 day", infusion="90 minute", cycles=3
    )
    np.testing.assert_allclose(found, exact, rtol=1e-8)


def test_a_tumour_draws_on_plasma():
    """With a lesion the plasma loses what enters it, so the lesion-free value is not met."""
    with_lesion = plasma((7.0,), values={"lesions": 100.0, "lesion_volume": 50000.0})
    assert with_lesion[0] < 0.9 * plasma((7.0,))[0]
