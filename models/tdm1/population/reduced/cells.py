"""Numbers of cells over one step: division, death and rest by class, and passage between bins."""

import numpy as np
from numba import njit

from models.tdm1.population.reduced.rates import BINS, CELLS, KINDS
from models.tdm1.population.reduced.workspace import (
    ADC,
    ADC0,
    BIRTH,
    COMPETENCE,
    CYCLING,
    CYTO,
    DAMAGE,
    DIES,
    DIES_CYCLING,
    DIES_QUIET,
    DIES_SLIPPED,
    DIVIDES,
    EFFECT,
    FIRST,
    FREE,
    MOVED,
    NAKED,
    NAKED0,
    QUIET,
    ROOM,
    SLIPPED,
    SLIPS,
    TABLE,
    THRESHOLD,
)


@njit(error_model="numpy", fastmath=True, forceinline=True)
def numbers(r, w, h, vigour, effect):  # type: ignore[no-untyped-def]
    """Advance the numbers of cells; return how many died of treatment and how many resistant daughters came."""
    killed, mutants = 0.0, 0.0
    sleep = (r.wake + r.births * vigour) * r.cycle_exit
    natural = r.births * r.lost
    follows = 1.0 - np.exp(-r.damage_rate * h)
    g = 0.25 * h  # two trapezoidal halves
    for k in range(CELLS):
        theta, threshold = w[FIRST + k], w[THRESHOLD + k]
        at = TABLE * theta / (theta + threshold)
        j = int(at)
        e = effect[j] + (at - j) * (effect[j + 1] - effect[j])
        w[EFFECT + k] = e
    for k in range(CELLS):
        theta, threshold, e = w[FIRST + k], w[THRESHOLD + k], w[EFFECT + k]
        on_cell = (w[ADC + k] + w[NAKED + k]) * r.surface_bound
        bound = on_cell * r.copies_each
        stasis = 1.0 - r.cytostatic * on_cell / (on_cell + w[FREE + k] * r.surface_free + 1e-12)
        mitoses = vigour * r.cycle_rate * stasis
        immune = r.immune * bound / (bound + r.immune_half)
        damage = w[DAMAGE + k]
        after = damage + follows * (theta - damage)
        w[DAMAGE + k] = after
        low = r.ratio * threshold
        hazard = r.damage_killing * w[COMPETENCE + k] * max(0.5 * (damage + after) / low - 1.0, 0.0)
        harm = r.trafficking * hazard
        commit = r.commit * theta * theta / (theta * theta + low * low) * (1.0 - e)
        slips = (1.0 - w[DIES + k]) * mitoses * e
        late = r.death_late * w[COMPETENCE + k] + hazard
        grow = mitoses * (1.0 - 2.0 * e) - natural - immune - commit - harm - sleep
        w[DIVIDES + k], w[SLIPS + k] = mitoses * (1.0 - e), slips + commit
        w[DIES_CYCLING + k] = natural + immune + harm + w[DIES + k] * mitoses * e
        w[DIES_QUIET + k], w[DIES_SLIPPED + k] = natural + immune + harm, natural + immune + late
        rest = r.wake + natural + immune + harm
        fade = r.repair + natural + immune + late
        into = slips + commit
        dq, dm = 1.0 / (1.0 + g * rest), 1.0 / (1.0 + g * fade)
        d = 1.0 / (1.0 - g * grow - g * r.wake * dq * g * sleep - g * r.repair * dm * g * into)
        total = 0.0
        p, q, m = w[CYCLING + k], w[QUIET + k], w[SLIPPED + k]
        all_p, all_q, all_m = 0.0, 0.0, 0.0
        for _ in range(2):
            q_known = (q * (1.0 - g * rest) + g * sleep * p) * dq
            m_known = (m * (1.0 - g * fade) + g * into * p) * dm
            p1 = max((p * (1.0 + g * grow) + g * r.wake * (q + q_known) + g * r.repair * (m + m_known)) * d, 0.0)
            q1 = max(q_known + g * sleep * p1 * dq, 0.0)
            m1 = max(m_known + g * into * p1 * dm, 0.0)
            all_p, all_q, all_m = all_p + g * (p + p1), all_q + g * (q + q1), all_m + g * (m + m1)
            p, q, m = p1, q1, m1
        w[CYCLING + k], w[QUIET + k], w[SLIPPED + k] = p, q, m
        total = p + q + m + 1e-3 * r.cell_volume
        w[ROOM + k] = total
        w[BIRTH + k] = mitoses * (1.0 - e) * p / total
        killed += (
            immune * (all_p + all_q + all_m) + harm * (all_p + all_q) + late * all_m
            + w[DIES + k] * mitoses * e * all_p
        )  # fmt: skip
        mutants += mitoses * (1.0 - e) * all_p if k < BINS else 0.0
    return killed, mutants


@njit(error_model="numpy", fastmath=True, forceinline=True)
def passages(memory, values, left, right, move):  # type: ignore[no-untyped-def]
    """Fill `move` with the passage between bins over each distinct step."""
    for s in range(KINDS.size):
        for e in range(BINS):
            gone = np.exp(values[e] * KINDS[s] / memory)
            for a in range(BINS):
                for b in range(BINS):
                    move[s, a, b] = (move[s, a, b] if e else 0.0) + left[a, e] * gone * right[e, b]


@njit(error_model="numpy", fastmath=True, forceinline=True)
def pass_bins(w, move, kind):  # type: ignore[no-untyped-def]
    """Move cycling and quiescent cells between bins with the DM1 in their cytosol."""
    for b in range(BINS):
        w[NAKED0 + b] = w[CYTO + b] * (w[CYCLING + b] + w[QUIET + b])
    for a in range(BINS):
        cycling, quiet, content = 0.0, 0.0, 0.0
        for b in range(BINS):
            share = move[kind, a, b]
            cycling += share * w[CYCLING + b]
            quiet += share * w[QUIET + b]
            content += share * w[NAKED0 + b]
        w[FIRST + a], w[MOVED + a], w[ADC0 + a] = cycling, quiet, content
    for k in range(BINS):
        p, q = max(w[FIRST + k], 0.0), max(w[MOVED + k], 0.0)
        w[CYTO + k] = max(w[ADC0 + k], 0.0) / (p + q + 1e-300)
        w[CYCLING + k], w[QUIET + k] = p, q
