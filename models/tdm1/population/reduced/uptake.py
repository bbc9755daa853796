"""Plasma, antibody between cells and on receptors, lysosomes and cytosol over one step."""

import numpy as np
from numba import njit

from models.tdm1.population.reduced.rates import CELLS
from models.tdm1.population.reduced.workspace import (
    ACID,
    ADC,
    ADC0,
    BIND_A,
    BIND_N,
    BIRTH,
    CYTO,
    DONE,
    EASE,
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
    STAY,
    STRIP,
    STRIPPED,
    WEIGHT,
)

TRIES = 40
"""Steps of Newton's method; three are taken on average, a few more after an infusion."""


@njit(error_model="numpy", fastmath=True, forceinline=True)
def plasma(r, h, x):  # type: ignore[no-untyped-def]
    """Advance plasma by `h` in two halves; return mean T-DM1, trastuzumab and DM1 a conjugate.

    `x` holds conjugate, excess DM1 and trastuzumab, each in plasma and periphery, and ectodomain bound to either.
    """
    mean_adc, mean_naked, mean_excess = 0.0, 0.0, 0.0
    half = 0.5 * h
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
            # Over a half, exp(-B) of the two compartments as 1/(1 + B + B^2/2 + B^3/6): third order, and never negative
            # however fast they exchange. Powers of B are its multiples and those of 1 (Cayley & Hamilton).
            b11, b12 = half * ((clearance + sink + r.q) / r.volume + more), half * out2
            b21, b22 = half * r.q / r.volume, half * (out2 + more)
            trace, det = b11 + b22, b11 * b22 - b12 * b21
            one, by = 1.0 - det * (0.5 + trace / 6.0), 1.0 + 0.5 * trace + (trace * trace - det) / 6.0
            m11, m22, m12, m21 = one + by * b11, one + by * b22, by * b12, by * b21
            inverse = 1.0 / (m11 * m22 - m12 * m21)
            a, b = x[2 * kind], x[2 * kind + 1]
            a, b = (m22 * a + m12 * b) * inverse, (m21 * a + m11 * b) * inverse
            given = half * fed * inverse if kind == 2 else 0.0
            new_a, new_b = m22 * given, m21 * given
            # Means over the half, and what a constant supply leaves, are quotients by the same denominator.
            same, less = 1.0 - det / 6.0, 0.5 + trace / 6.0
            lost_a = b11 * new_a - b12 * new_b
            x[2 * kind] = a + same * new_a + less * lost_a
            x[2 * kind + 1] = b + same * new_b + less * (b22 * new_b - b21 * new_a)
            middle = same * a + less * (b11 * a - b12 * b) + (same - 0.5) * new_a + (less - 1.0 / 6.0) * lost_a
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
    """Balance antibody between cells over a step and advance the receptors.

    Returns both concentrations, and whether they were found. The receptors of a pool are linear in their own step once
    both are known, so that what a pool takes up is a ratio of them; the two balances are solved by Newton's method with
    the exact Jacobian: without its terms of competition and of naked antibody made on the cell, it went in circles.
    """
    held_a, held_n = 0.0, 0.0
    for k in range(POOLS):
        on, off, strip = w[ON + k], w[OFF + k], h * w[STRIP + k]
        inv_a = 1.0 / (1.0 + h * (off + w[LOSS_BOUND + k]) + strip)
        inv_n = 1.0 / (1.0 + h * (off + w[LOSS_BOUND + k]))
        w[INV_A + k], w[INV_N + k] = inv_a, inv_n
        w[ADC0 + k] = w[ADC + k] * inv_a
        w[NAKED0 + k] = (w[NAKED + k] + strip * w[ADC0 + k]) * inv_n
        w[FIRST + k] = w[FREE + k] + h * w[SOURCE + k] + h * off * (w[ADC0 + k] + w[NAKED0 + k])
        held_a += w[WEIGHT + k] * off * w[ADC0 + k]
        held_n += w[WEIGHT + k] * off * w[NAKED0 + k]
        # Net binding by a free receptor and unit of conjugate or naked antibody, and naked antibody out of conjugate.
        w[BIND_A + k], w[BIND_N + k] = on * (1.0 - h * off * inv_a), on * (1.0 - h * off * inv_n)
        w[STRIPPED + k] = off * h * inv_n * strip * on * inv_a
        w[EASE + k] = w[BIND_A + k] - w[STRIPPED + k]
        w[STAY + k] = 1.0 + h * w[LOSS_FREE + k]
    a_in, n_in = k_x * r.eps * adc + held_a, k_x * r.eps * naked + held_n
    a_out, n_out = r.eps * (k_x + r.k_wash + r.k_dec), r.eps * (k_x + r.k_wash)
    cut = r.eps * r.k_dec
    done = False
    for _ in range(TRIES):
        bound_a, bound_n, stripped = 0.0, 0.0, 0.0
        less_aa, less_an, less_na, less_nn = 0.0, 0.0, 0.0, 0.0
        for k in range(POOLS):
            one, two, off = w[BIND_A + k], w[BIND_N + k], w[STRIPPED + k]
            d = 1.0 / (w[STAY + k] + h * (w[EASE + k] * ca + two * cn))
            free = w[WEIGHT + k] * w[FIRST + k] * d
            falls = free * d * h
            to_n = two * cn - off * ca
            bound_a += free * one
            bound_n += free * two
            stripped += free * off
            less_aa += falls * one * w[EASE + k]
            less_an += falls * one * two
            less_na += falls * to_n * w[EASE + k]
            less_nn += falls * to_n * two
        net_a = a_out * ca - a_in + bound_a * ca
        net_n = n_out * cn - n_in - cut * ca + bound_n * cn - stripped * ca
        aa, an = a_out + bound_a - ca * less_aa, -ca * less_an
        na, nn = -cut - stripped - less_na, n_out + bound_n - less_nn
        inverse = 1.0 / (aa * nn - an * na)
        ca1 = max(ca - (net_a * nn - an * net_n) * inverse, 0.1 * ca)
        cn1 = max(cn - (net_n * aa - na * net_a) * inverse, 0.1 * cn)
        done = abs(ca1 - ca) <= 1e-3 * ca1 and abs(cn1 - cn) <= 1e-3 * cn1
        ca, cn = ca1, cn1
        if done:
            break
    for k in range(POOLS):
        free = w[FIRST + k] / (w[STAY + k] + h * (w[EASE + k] * ca + w[BIND_N + k] * cn))
        to_a = h * w[ON + k] * ca * w[INV_A + k]
        to_n = (h * w[ON + k] * cn + h * w[STRIP + k] * to_a) * w[INV_N + k]
        w[FREE + k] = free
        w[ADC + k] = w[ADC0 + k] + to_a * free
        w[NAKED + k] = w[NAKED0 + k] + to_n * free
    return ca, cn, done


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
