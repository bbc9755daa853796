"""Plasma, antibody between cells and on receptors, lysosomes and cytosol over one step."""

import numpy as np
from numba import njit

from models.tdm1.population.reduced.rates import CELLS
from models.tdm1.population.reduced.workspace import (
    ACID,
    ADC,
    ADC0,
    BIRTH,
    CYTO,
    DONE,
    ESCAPE,
    FIRST,
    FREE,
    INV_A,
    INV_N,
    KAPPA,
    KD,
    LOSS_BOUND,
    LOSS_FREE,
    LYSO,
    MDR1,
    MOVED,
    NAKED,
    NAKED0,
    OCC,
    OFF,
    ON,
    POOLS,
    SOURCE,
    STRIP,
    WEIGHT,
)


@njit(error_model="numpy", fastmath=True, forceinline=True)
def plasma(r, h, x):  # type: ignore[no-untyped-def]
    """Advance plasma by `h` in two halves; return mean T-DM1, trastuzumab and DM1 a conjugate.

    `x` holds conjugate, excess DM1 and trastuzumab, each in plasma and periphery, and ectodomain bound to either.
    """
    mean_adc, mean_naked, mean_excess = 0.0, 0.0, 0.0
    half = 0.5 * h
    g = 0.5 * half
    out2 = r.q / r.volume_peripheral
    for _ in range(2):
        adc, naked = x[0] / r.volume, x[4] / r.volume
        soluble = (r.soluble_made + r.k_off * (x[6] + x[7]) / r.volume) / (r.soluble_loss + r.k_on * (adc + naked))
        captured = half * r.k_on * soluble
        for kind in range(2):
            at, clearance = (0, r.clearance) if kind == 0 else (4, r.clearance_naked)
            inverse = 1.0 / (1.0 + half * (r.k_off + clearance / r.volume))
            free = (x[at] + half * r.k_off * x[6 + kind] * inverse) / (
                1.0 + captured * (1.0 - half * r.k_off * inverse)
            )
            x[6 + kind] = (x[6 + kind] + captured * free) * inverse
            x[at] = free
        sink = r.normal / (r.normal_half + (x[0] + x[4]) / r.volume)
        fed = 0.0
        for kind in range(3):
            clearance = r.clearance_naked if kind == 2 else r.clearance
            more = r.dar_loss if kind == 1 else 0.0
            out1 = (clearance + sink + r.q) / r.volume + more
            a, b = x[2 * kind], x[2 * kind + 1]
            one = a + g * (r.q / r.volume_peripheral * b - out1 * a) + (half * fed if kind == 2 else 0.0)
            two = b + g * (r.q / r.volume * a - (out2 + more) * b)
            d = 1.0 / (1.0 + g * (out2 + more))
            end = (one + g * out2 * two * d) / (1.0 + g * out1 - g * out2 * d * g * r.q / r.volume)
            x[2 * kind] = end
            x[2 * kind + 1] = (two + g * r.q / r.volume * end) * d
            middle = 0.5 * (a + end)
            if kind == 0:
                mean_adc += 0.5 * middle / r.volume
                fed = r.deconjugated * r.clearance * middle / r.volume
            elif kind == 1:
                mean_excess += 0.5 * middle / r.volume
            else:
                mean_naked += 0.5 * middle / r.volume
    return mean_adc, mean_naked, r.dar_least + mean_excess / (mean_adc + 1e-12)


@njit(error_model="numpy", fastmath=True, forceinline=True)
def antibody(r, w, h, k_x, adc, naked, ca, cn):  # type: ignore[no-untyped-def]
    """Balance antibody between cells over a step and advance the receptors; return its two concentrations."""
    for k in range(POOLS):
        w[INV_A + k] = 1.0 / (1.0 + h * (w[OFF + k] + w[LOSS_BOUND + k] + w[STRIP + k]))
        w[INV_N + k] = 1.0 / (1.0 + h * (w[OFF + k] + w[LOSS_BOUND + k]))
        w[ADC0 + k] = w[ADC + k] * w[INV_A + k]
        w[NAKED0 + k] = (w[NAKED + k] + h * w[STRIP + k] * w[ADC0 + k]) * w[INV_N + k]
        w[FIRST + k] = w[FREE + k] + h * w[SOURCE + k] + h * w[OFF + k] * (w[ADC0 + k] + w[NAKED0 + k])
    for _ in range(12):
        net_a, net_n, slope_a, slope_n = 0.0, 0.0, 0.0, 0.0
        for k in range(POOLS):
            on, off = w[ON + k], w[OFF + k]
            to_a = h * on * ca * w[INV_A + k]
            to_n = (h * on * cn + h * w[STRIP + k] * to_a) * w[INV_N + k]
            d = 1.0 / (1.0 + h * (on * (ca + cn) + w[LOSS_FREE + k]) - h * off * (to_a + to_n))
            free = w[FIRST + k] * d
            left_a, left_n = 1.0 - h * off * w[INV_A + k], 1.0 - h * off * w[INV_N + k]
            net_a += w[WEIGHT + k] * (on * ca * free - off * (w[ADC0 + k] + to_a * free))
            net_n += w[WEIGHT + k] * (on * cn * free - off * (w[NAKED0 + k] + to_n * free))
            slope_a += w[WEIGHT + k] * on * left_a * free * (1.0 - h * on * ca * left_a * d)
            slope_n += w[WEIGHT + k] * on * left_n * free * (1.0 - h * on * cn * left_n * d)
        a_out = r.eps * (k_x + r.k_wash + r.k_dec)
        n_out = r.eps * (k_x + r.k_wash)
        step_a = (k_x * r.eps * adc - a_out * ca - net_a) / (a_out + slope_a)
        step_n = (k_x * r.eps * naked + r.eps * r.k_dec * ca - n_out * cn - net_n) / (n_out + slope_n)
        ca1, cn1 = max(ca + step_a, 0.1 * ca), max(cn + step_n, 0.1 * cn)
        done = abs(ca1 - ca) <= 1e-3 * ca1 and abs(cn1 - cn) <= 1e-3 * cn1
        ca, cn = ca1, cn1
        if done:
            break
    for k in range(POOLS):
        on = w[ON + k]
        to_a = h * on * ca * w[INV_A + k]
        to_n = (h * on * cn + h * w[STRIP + k] * to_a) * w[INV_N + k]
        free = w[FIRST + k] / (1.0 + h * (on * (ca + cn) + w[LOSS_FREE + k]) - h * w[OFF + k] * (to_a + to_n))
        w[FREE + k] = free
        w[ADC + k] = w[ADC0 + k] + to_a * free
        w[NAKED + k] = w[NAKED0 + k] + to_n * free
    return ca, cn


@njit(error_model="numpy", fastmath=True, forceinline=True)
def cytosol(r, w, h, dar, washed, outside):  # type: ignore[no-untyped-def]
    """Advance lysosomes, cytosol, occupancy and DM1 between cells, per tumour volume; return the last."""
    gained, lost = 0.0, 0.0
    for k in range(CELLS):
        birth = w[BIRTH + k]
        cut = r.k_lys * w[ACID + k]
        # exp(-x) as 1/(1 + x + x^2/2): second order, and nothing is left of what is much faster than a step.
        x = h * (cut + r.k_lex + birth)
        w[LYSO + k] = (w[LYSO + k] + (1.0 + 0.5 * x) * h * r.kb * w[ADC + k]) / (1.0 + x + 0.5 * x * x)
        x = h * (w[ESCAPE + k] + r.k_lex + birth)
        w[DONE + k] = (w[DONE + k] + (1.0 + 0.5 * x) * h * dar * cut * w[LYSO + k]) / (1.0 + x + 0.5 * x * x)
        x = h * (w[KAPPA + k] + birth)
        d = 1.0 / (1.0 + x + 0.5 * x * x)
        w[FIRST + k] = (w[CYTO + k] + (1.0 + 0.5 * x) * h * w[ESCAPE + k] * w[DONE + k]) * d
        w[MOVED + k] = (1.0 + 0.5 * x) * h * r.uptake * d
        gained += w[WEIGHT + k] * (w[KAPPA + k] * w[FIRST + k] + r.k_lex * w[DONE + k])
        lost += w[WEIGHT + k] * (r.uptake - w[KAPPA + k] * w[MOVED + k])
    outside = (outside + h * gained) / (1.0 + h * washed + h * lost / r.eps_dm1)
    around = outside / r.eps_dm1
    for k in range(CELLS):
        content = w[FIRST + k] + w[MOVED + k] * around
        w[CYTO + k] = content
        gap = r.tubulin + w[KD + k] - content
        bare = 2.0 * w[KD + k] / (gap + np.sqrt(gap * gap + 4.0 * w[KD + k] * content))
        free = bare * content
        w[KAPPA + k] = bare * (r.k_out + w[MDR1 + k] / (r.mdr1_km + free))
        occupancy = free / (w[KD + k] + free)
        # Over the step, the mean of its ends.
        w[FIRST + k] = 0.5 * (w[OCC + k] + occupancy)
        w[OCC + k] = occupancy
    return outside
