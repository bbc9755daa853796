"""The model's equations written by hand, in SciPy, with hand-made unit conversions: no line is shared with `models`.

Units here: hour, nanomole, litre, nM. Parameters come as in the table and are converted in place.
"""

import numba
import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, minimize_scalar

MW = 148781.0  # g/mol
N_A = 6.02214076e23
K_E, K_SORT, F_REC, RHO, K_SHED = 0.75, 0.6, 7.0 / 7.6, 2.0, 0.002  # nominal cell, which fixes synthesis

CELL = (
    "surface_free surface_bound surface_naked re endosomal en lysosomal_adc lysosomal_catabolite dm1_cytosolic"
).split()


def cell_constants(p, doubling):
    """Everything that the cell's equations need, from the table's values."""
    g = np.log(2.0) / doubling
    k_rec = p["k_sort"] * p["recycling_fraction"] / (1.0 - p["recycling_fraction"])
    sort_free = p["k_sort"] / p["rho_down"]
    rec0, sort0 = K_SORT * F_REC / (1.0 - F_REC), K_SORT / RHO
    copies = p["her2_copies"] * (1.0 - p["p95_fraction"]) * (1.0 - p["masked_fraction"])
    r0 = copies / N_A / (p["cell_volume"] * 1e-12) * 1e9
    k_syn = r0 * (K_E * (sort0 + g) / (rec0 + sort0 + g) + K_SHED + g)
    r = k_syn / (p["k_e"] * (sort_free + g) / (k_rec + sort_free + g) + p["k_shed"] + g)
    re = p["k_e"] * r / (k_rec + sort_free + g)
    acid = p["vatpase_activity"] ** p["vatpase_exponent"]
    affinity = (1.0 - p["beta3_fraction"]) / p["tubulin_kd"]
    affinity += p["beta3_fraction"] / (p["tubulin_kd"] * p["beta3_kd_ratio"])
    constants = [
        g, k_rec, sort_free, k_syn, p["k_e"], p["k_sort"], p["k_on"], p["k_off"], p["k_dec"], p["k_shed"],
        p["shedding_bound_ratio"] * p["k_shed"], p["k_lys"] * acid, p["k_esc"] * acid, p["k_lex"], p["k_out"],
        p["linker_efflux_factor"] * p["mdr1_efflux"], p["mdr1_km"], p["tubulin_total"],
        p["tubulin_mutation_fold"] / affinity, p["dar"], p["dm1_uptake_ratio"] * p["k_out"],
    ]  # fmt: skip
    return np.array(constants), r, re


@numba.njit
def free_dm1(c, total, kd):
    """Root in (0, c) of c = x + total x/(kd + x), by Newton from above."""
    x = c
    for _ in range(60):
        f = x + total * x / (kd + x) - c
        x = max(x - f / (1.0 + total * kd / (kd + x) ** 2), 0.0)
    return x


@numba.njit
def cell_rhs(y, f, q, adc, naked, dm1):
    """Nine states of the cell; returns the two net bindings and the release of DM1."""
    g, k_rec, sort_free, k_syn, k_e, k_sort, k_on, k_off, k_dec, shed, shed_bound, cut, esc, lex = q[:14]
    k_out, v_mdr, k_mdr, total, kd, dar, k_in = q[14:]
    r, s, sn, re, e, en, lys, dl, c = y
    bind = k_on * adc * r - k_off * s
    bind_n = k_on * naked * r - k_off * sn
    x = free_dm1(c, total, kd)
    efflux = k_out * x + v_mdr * x / (k_mdr + x) - k_in * dm1
    f[0] = k_syn - bind - bind_n - (k_e + shed + g) * r + k_rec * re
    f[1] = bind - (k_e + k_dec + shed_bound + g) * s + k_rec * e
    f[2] = bind_n + k_dec * s - (k_e + shed_bound + g) * sn + k_rec * en
    f[3] = k_e * r - (k_rec + sort_free + g) * re
    f[4] = k_e * s - (k_rec + k_sort + g) * e
    f[5] = k_e * sn - (k_rec + k_sort + g) * en
    f[6] = k_sort * e - (cut + lex + g) * lys
    f[7] = dar * cut * lys - (esc + lex + g) * dl
    f[8] = esc * dl - efflux - g * c
    return bind, bind_n, efflux + lex * dl


@numba.njit
def culture_rhs(t, y, q, medium):
    f = np.empty(12)
    _, _, out = cell_rhs(y[:9], f, q, medium, 0.0, 0.0)
    f[9] = out + q[19] * q[8] * y[1] - q[0] * y[9]  # DM1 that bound conjugate loses is in the medium too
    f[10] = y[8]  # AUC of cytosolic DM1
    f[11] = free_dm1(y[8], q[17], q[18]) / (free_dm1(y[8], q[17], q[18]) + q[18])
    return f


@numba.njit
def patient_rhs(t, y, q, z, infusion):
    cl, cl_n, vc, qd, vp, f_dec, k_x, k_xd, eps, eps_d, k_dec, k_wash, tumour = z
    a1, a2, n1, n2, fa, fn, x = y[9:16]
    f = np.empty(18)
    bind, bind_n, out = cell_rhs(y[:9], f, q, fa / eps, fn / eps, x / eps_d)
    phi = 1.0 - eps_d
    j = k_x * (eps * a1 / vc - fa)
    j_n = k_x * (eps * n1 / vc - fn)
    f[9] = infusion - (cl + qd) / vc * a1 + qd / vp * a2 - tumour * j
    f[10] = qd / vc * a1 - qd / vp * a2
    f[11] = f_dec * cl / vc * a1 - (cl_n + qd) / vc * n1 + qd / vp * n2 - tumour * j_n
    f[12] = qd / vc * n1 - qd / vp * n2
    f[13] = j - phi * bind - (k_dec + k_wash) * fa
    f[14] = j_n - phi * bind_n + k_dec * fa - k_wash * fn
    f[15] = phi * out - k_xd * x
    f[16] = y[8]
    f[17] = free_dm1(y[8], q[17], q[18]) / (free_dm1(y[8], q[17], q[18]) + q[18])
    return f


def patient_constants(p):
    """Plasma and tumour constants in hour, litre, nM."""
    size = p["body_weight"] / 70.0
    radius_cm = (3.0 * p["lesion_volume"] * 1e-3 / (4.0 * np.pi)) ** (1.0 / 3.0)
    vessel = 2.0 * p["capillary_radius"] / p["krogh_radius"] ** 2  # 1/um
    return np.array(
        [
            p["clearance"] / 24.0 * size**0.49 * np.exp(p["dar_clearance_slope"] * (p["dar"] - 3.5)),
            p["trastuzumab_clearance"] / 24.0 * size**0.49,
            p["volume_central"] * size**0.596,
            p["q_intercompartmental"] / 24.0,
            p["volume_peripheral"],
            p["deconjugation_systemic_fraction"],
            (vessel * p["permeability"] + 6.0 * p["diffusivity"] / radius_cm**2) / 24.0,
            (vessel * p["dm1_permeability"] + 6.0 * p["dm1_diffusivity"] / radius_cm**2) / 24.0,
            p["void_fraction_adc"],
            p["void_fraction_payload"],
            p["k_dec"],
            p["k_wash"],
            p["lesion_volume"] * 1e-6 * p["lesions"],
        ]
    )


def simulate(setting, p, horizon, times, threshold):
    """Integrate one row with SciPy.

    Returns
    -------
    dict of str to float or array
        Time courses by observable name, and ``auc``, ``auc_occupancy``, ``max``, ``time_of_max``, ``time_above`` of
        cytosolic DM1 (threshold in nM).
    """
    if setting == "in_vivo":
        q, r, re = cell_constants(p, p["tumour_doubling_time"] * 24.0)
        z = patient_constants(p)
        y = np.zeros(18)
        dose = 3.6 * p["body_weight"] / MW * 1e6  # nmol
        pieces = [(0.0, 0.5, (q, z, dose / 0.5)), (0.5, horizon, (q, z, 0.0))]
        rhs = patient_rhs
    else:
        q, r, re = cell_constants(p, p["cell_doubling_time"])
        medium = p["medium_concentration"] / MW * 1e6
        y = np.zeros(12)
        pieces = [(0.0, horizon, (q, medium if setting == "in_vitro" else 0.0))]
        rhs = culture_rhs
    y[0], y[3] = r, re
    if setting == "pulse_chase":
        y[1] = r * medium / (medium + p["k_off"] / p["k_on"])
        y[0] = r - y[1]
    found, solutions = np.empty((len(times), len(y))), []
    for start, stop, arguments in pieces:
        run = solve_ivp(rhs, (start, stop), y, "LSODA", rtol=1e-10, atol=1e-13, args=arguments, dense_output=True)
        assert run.success, run.message
        inside = (times >= start) & (times <= stop)
        found[inside] = run.sol(times[inside]).T
        y = run.y[:, -1]
        solutions.append((start, stop, run.sol))
    c = found[:, 8]
    free = np.array([free_dm1(value, q[17], q[18]) for value in c])
    result = {name: found[:, i] for i, name in enumerate(CELL)}
    result |= {
        "dm1_free": free,
        "tubulin_occupancy": free / (q[18] + free),
        "dm1_unconjugated": c + found[:, 7],
        "internalised": found[:, 4] + found[:, 6],
        "dm1_extracellular": found[:, 15 if setting == "in_vivo" else 9],
        "auc": y[-2],
        "auc_occupancy": y[-1],
    }
    if setting == "in_vivo":
        result |= {
            "plasma_tdm1": found[:, 9] / z[2] * MW * 1e-6,
            "plasma_trastuzumab": found[:, 11] / z[2] * MW * 1e-6,
            "interstitial_adc": found[:, 13] / z[8],
        }
    return result | peak(solutions, threshold)


def peak(solutions, threshold):
    """Maximum of cytosolic DM1, its time, and the time above `threshold`, from the dense output of the last piece."""
    start, stop, sol = solutions[-1]
    grid = np.linspace(start, stop, 2001)
    values = sol(grid)[8]
    best = int(np.argmax(values))
    top, when = values[best], grid[best]
    if 0 < best < len(grid) - 1:
        fit = minimize_scalar(lambda t: -sol(t)[8], bounds=(grid[best - 1], grid[best + 1]), options={"xatol": 1e-10},
                              method="bounded")  # fmt: skip
        top, when = -fit.fun, fit.x
    above = values > threshold
    cuts = [
        brentq(lambda t: sol(t)[8] - threshold, grid[i], grid[i + 1], xtol=1e-12)
        for i in np.flatnonzero(above[1:] != above[:-1])
    ]
    edges = [start, *cuts, stop] if above[0] else [*cuts, stop]
    total = sum(b - a for a, b in zip(edges[::2], edges[1::2], strict=False))
    return {"max": top, "time_of_max": when, "time_above": total}
