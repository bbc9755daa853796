"""The orientation values published with the structure (one cell class, bolus of 252 mg), and what changed since.

The published run had no naked antibody (deconjugation freed the receptor) and growth diluted cytosolic DM1 only. The
model carries naked antibody on HER2 and dilutes every pool, so it cannot meet those figures exactly. `section_c` is the
published structure written by hand: it meets the published figures, and where the two structures coincide (no
deconjugation, no growth) the model meets it.
"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from models.engine.requests import Output
from models.tdm1 import TDM1
from tests.models.points import streams

DAYS = (1, 2, 3, 7, 14, 21)
IN_VIVO = (28.4, 88.2, 135.0, 167.8, 79.7, 27.9)
IN_VITRO = (2393.0, 6912.0)
R0 = 1e6 / 6.02214076e23 / 2e-12 * 1e9  # nM in a cell of 2 pL
BOLUS = {"infusion": "1 second"}
SAME = {
    "k_wash": 0.0, "rho_down": 1.0, "k_lex": 0.0, "deconjugation_systemic_fraction": 0.0, "dm1_uptake_ratio": 0.0,
    "mdr1_efflux": 0.0, "masked_fraction": 0.0, "p95_fraction": 0.0, "beta3_fraction": 0.0,
}  # fmt: skip
# The model's synthesis is that of a cell that sorts free HER2 at half the rate of bound HER2 (nominal rho_down 2);
# the published cell sorts both alike and so needs more: these copies give the model the published synthesis.
NET = {rho: 0.75 * (0.6 / rho) / (7.0 + 0.6 / rho) for rho in (1.0, 2.0)}
COPIES = 1e6 * (NET[1.0] + 0.002) / (NET[2.0] + 0.002)


def section_c(hours, *, k_dec, growth, medium=None):
    """Unconjugated DM1 (nM of cell volume) of the published structure."""
    k_on, k_off, k_e, k_rec, k_sort, k_lys, k_esc, k_out, shed = 0.37, 0.097, 0.75, 7.0, 0.6, 0.12, 0.21, 0.12, 0.002
    cl, vc, q, vp, eps, phi, total, kd, tumour = 0.676 / 24, 3.127, 1.534 / 24, 0.66, 0.24, 0.56, 1e4, 930.0, 4.19e-3
    radius = (3.0 * 4.190 / (4.0 * np.pi)) ** (1 / 3)  # cm
    k_x = (2.0 * 60.0 * 8.0 / 75.0**2 + 6.0 * 1.74e-3 / radius**2) / 24.0
    k_syn = R0 * (k_e * k_sort / (k_rec + k_sort) + shed)

    def rhs(t, y):
        a1, a2, f, r, s, re, e, lys, dl, c = y
        bind = k_on * (f / eps if medium is None else medium) * r - k_off * s
        j = k_x * (eps * a1 / vc - f)
        b = total + kd - c
        free = (-b + np.sqrt(b * b + 4.0 * kd * c)) / 2.0
        return [
            -(cl + q) / vc * a1 + q / vp * a2 - tumour * j,
            q / vc * a1 - q / vp * a2,
            j - phi * bind - k_dec * f,
            k_syn - bind - (k_e + shed) * r + k_rec * re + k_dec * s,
            bind - (k_e + k_dec) * s + k_rec * e,
            k_e * r - (k_rec + k_sort) * re,
            k_e * s - (k_rec + k_sort) * e,
            k_sort * e - k_lys * lys,
            3.5 * k_lys * lys - k_esc * dl,
            k_esc * dl - k_out * free - growth * c,
        ]

    dose = 252.0 / 148781.0 * 1e6 if medium is None else 0.0
    start = [dose, 0.0, 0.0, R0, 0.0, k_e * R0 / (k_rec + k_sort), 0.0, 0.0, 0.0, 0.0]
    run = solve_ivp(rhs, (0.0, hours[-1]), start, "LSODA", rtol=1e-10, atol=1e-12, t_eval=hours)
    return run.y[8] + run.y[9]


def model(setting, hours, **values):
    columns = {name: np.array([value]) for name, value in (SAME | values).items()}
    request = [Output("u", f"{setting}.dm1_unconjugated", times=tuple(hours))]
    return TDM1(**BOLUS).simulate(columns, streams(1), request).u.values[0]


def test_the_published_structure_gives_the_published_figures():
    hours = 24.0 * np.array(DAYS)
    found = section_c(hours, k_dec=0.01, growth=np.log(2.0) / (25.0 * 24.0))
    np.testing.assert_allclose(found, IN_VIVO, atol=0.05, rtol=0.0)  # half of the last printed digit
    vitro = section_c(np.array([24.0, 72.0]), k_dec=0.01, growth=0.0, medium=1e6 / 148781.0)
    np.testing.assert_allclose(vitro, IN_VITRO, atol=0.5, rtol=0.0)


def test_the_model_is_the_published_structure_where_they_coincide():
    hours = 24.0 * np.array(DAYS)
    published = section_c(hours, k_dec=0.0, growth=0.0)
    found = model("in_vivo", hours, k_dec=0.0, her2_copies=COPIES, tumour_doubling_time=1e9)
    # A bolus and an infusion of one second differ by half a second in a day, 6e-6, while DM1 rises as time squared.
    np.testing.assert_allclose(found, published, rtol=2e-5)
    hours = np.array([24.0, 72.0])
    published = section_c(hours, k_dec=0.0, growth=0.0, medium=1e6 / 148781.0)
    found = model("in_vitro", hours, k_dec=0.0, her2_copies=COPIES, cell_doubling_time=1e9)
    np.testing.assert_allclose(found, published, rtol=1e-6)  # the accuracy promised for every output


@pytest.mark.parametrize("day", range(len(DAYS)))
def test_naked_antibody_and_dilution_take_a_few_per_cent_in_vivo(day):
    """Supply limits uptake in vivo, so the two changes cost little, and only ever lower DM1."""
    found = model("in_vivo", 24.0 * np.array(DAYS), her2_copies=COPIES)[day]
    # Dilution at 0.0012 /h races with proteolysis (0.12) and escape (0.21): about 1.5 % in all; receptors held by
    # deconjugated antibody cost about as much again.
    assert 0.95 < found / IN_VIVO[day] < 1.0


def test_naked_antibody_takes_receptors_in_vitro():
    """Receptors limit uptake in vitro; a complex that loses DM1 keeps its receptor until both are sorted."""
    found = model("in_vitro", np.array([24.0, 72.0]), her2_copies=COPIES, cell_doubling_time=1e9) / np.array(IN_VITRO)
    # Up to 0.01/(0.01 + 0.059) = 14 % of receptors carry naked antibody when binding is fast; endosomes hold fewer.
    assert np.all((found > 0.86) & (found < 1.0))
