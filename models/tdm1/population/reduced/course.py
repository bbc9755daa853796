"""A lesion's course, step by step.

A step (a day after an infusion, three and a half before the next one) takes plasma first, then receptors and the
antibody between cells together (implicit, balanced by Newton's method), then lysosomes, cytosol and the DM1 between
cells (implicit, second order), then the numbers of cells in two halves (trapezoidal), and last the passage between bins
(exact). A course stops early where nothing that is read later can change.

Every function is inlined into the kernel that is kept on disk: sums over classes are reordered for vectors
(`fastmath`), and a copy of a function that the compiling process holds beside the kernel may be reordered in another
way, so that its bits would not be those of the processes that read the kernel.
"""

from collections import namedtuple

import numpy as np
from numba import njit
from numba.np.unsafe.ndarray import to_fixed_tuple

from models.tdm1.population.reduced.cells import numbers, pass_bins, passages
from models.tdm1.population.reduced.rates import BINS, CELLS, DAY, KEPT, KIND, KINDS, SCALARS, STEPS
from models.tdm1.population.reduced.uptake import antibody, cytosol, plasma
from models.tdm1.population.reduced.workspace import (
    ADC,
    BIRTH,
    CYCLING,
    CYTO,
    DAMAGE,
    DIES_CYCLING,
    DIES_QUIET,
    DIES_SLIPPED,
    DIVIDES,
    DONE,
    FREE,
    KAPPA,
    KD,
    LOSS_BOUND,
    LOSS_FREE,
    LYSO,
    MDR1,
    NAKED,
    OCC,
    OFF,
    ON,
    QUIET,
    ROOM,
    SHARE,
    SIZE,
    SLIPPED,
    SLIPS,
    SOURCE,
    START,
    STRIP,
    SYNTHESIS,
    TABLE,
    WEIGHT,
    W,
)

BEYOND = 6.0
"""Volume relative to the smallest so far at which a course stops: 1.8 times the diameter, beyond doubt progressive."""

Rates = namedtuple("Rates", SCALARS)  # type: ignore[misc]  # fields that are known at run time
"""A lesion's scalars by value: fields of a record may alias the workspace for all the compiler knows, and loops over
classes would not become vectors."""

FIELDS = len(SCALARS)

NOTHING = 1e-12
"""Living cells in L, half a cell, below which a course stops."""


@njit(error_model="numpy", fastmath=True, forceinline=True)
def arrests(shape, effect):  # type: ignore[no-untyped-def]
    """Fill `effect` with the share of mitoses that arrest, over occupancy relative to itself and its threshold."""
    for j in range(TABLE + 1):
        a, b = (j / TABLE) ** shape, (1.0 - j / TABLE) ** shape
        effect[j] = a / (a + b)
    effect[TABLE + 1] = effect[TABLE]


@njit(error_model="numpy", fastmath=True, forceinline=True)
def course(r, w, effect, move, x, dose, cycles, until, out, fates):  # type: ignore[no-untyped-def]
    """Fill `out` with ln volume (L) of one lesion, NaN where a step could not be solved; return the steps taken.

    Where `fates` (steps, families, 7) has steps, it takes the rates of the cells of resistant families.
    """
    start = r.volume_start * r.cell_fraction
    volume, dead = r.volume_start, 0.0
    for k in range(CELLS):
        w[FREE + k] = w[START + k]
        first = w[SHARE + k] * start
        w[CYCLING + k], w[QUIET + k] = first * (1.0 - r.resting), first * r.resting
        w[ROOM + k] = first + 1e-3 * r.cell_volume
        w[KAPPA + k] = (r.k_out + w[MDR1 + k] / r.mdr1_km) * w[KD + k] / (r.tubulin + w[KD + k])
        w[BIRTH + k] = r.births
        w[OFF + k] = r.k_off * r.surface_bound
        w[STRIP + k] = r.bound_dec
        for row in (ADC, NAKED, LYSO, DONE, CYTO, DAMAGE, SLIPPED, OCC):
            w[row + k] = 0.0
    e = CELLS
    w[ON + e], w[OFF + e], w[STRIP + e], w[WEIGHT + e] = r.k_on, r.k_off, 0.0, 1.0
    w[ADC + e] = w[NAKED + e] = 0.0
    for i in range(8):
        x[i] = 0.0
    x[4], x[5] = r.naked_start * r.volume, r.naked_start * r.volume_peripheral
    synthesis, outside, ca, cn, dar_inside = 1.0, 0.0, 1e-3, 1e-3, r.dar
    smallest = volume
    out[0] = np.log(volume)
    at, taken = 1, 0
    for cycle in range(cycles):
        x[0] += dose * r.dose
        x[2] += dose * r.dose * (r.dar - r.dar_least)
        for s in range(STEPS.size):
            h = STEPS[s]
            taken += 1
            adc, naked, dar = plasma(r, h, x)
            radius2 = (3.0 * volume / (4.0 * np.pi)) ** (2.0 / 3.0) + r.krogh2
            k_x = r.vessels + r.surface / radius2
            washed = r.vessels_dm1 + r.surface_dm1 / radius2
            z = r.net_growth * volume / r.linear
            z4 = z * z * z * z
            crowd = (1.0 - volume / r.largest) / (1.0 + z4 * z4 * z4 * z4 * z4) ** 0.05
            vigour = r.lost + (1.0 - r.lost) * crowd
            synthesis *= np.exp(-r.synthesis_loss * h * adc / (adc + r.half_binding))
            shed = 0.0
            for k in range(CELLS):
                w[WEIGHT + k] = w[ROOM + k] / volume
                w[SOURCE + k] = w[SYNTHESIS + k] * synthesis
                w[LOSS_FREE + k] = r.free_loss + w[BIRTH + k]
                w[LOSS_BOUND + k] = r.bound_loss + w[BIRTH + k]
                shed += w[WEIGHT + k] * r.shed_rate * w[FREE + k]
            if taken == 1:
                w[FREE + e] = shed / (r.shed_exchange * k_x + r.k_wash)
            w[SOURCE + e] = shed
            w[LOSS_FREE + e] = r.shed_exchange * k_x + r.k_wash
            w[LOSS_BOUND + e] = k_x + r.k_wash
            ca, cn, balanced = antibody(r, w, h, k_x, adc, naked, max(ca, 1e-9), max(cn, 1e-9))
            if not balanced:
                out[:] = np.nan
                return taken
            conjugate = r.eps * ca + w[ADC + e]
            for k in range(CELLS):
                conjugate += w[WEIGHT + k] * (w[ADC + k] + w[LYSO + k])
            renewal = k_x * r.eps * adc / (conjugate + 1e-12)
            dar_inside = (dar_inside + h * (renewal * dar + r.dar_loss * r.dar_least)) / (
                1.0 + h * (renewal + r.dar_loss)
            )
            outside = cytosol(r, w, h, dar_inside, washed, outside)
            killed, mutants = numbers(r, w, h, vigour, effect)
            pass_bins(w, move, KIND[s])
            born = r.mutation * mutants / (CELLS - BINS - 1)
            fades = r.dead_clearance * h
            for f in range(fates.shape[1] if fates.shape[0] else 0):
                k = BINS + 1 + f
                fates[taken - 1, f, 0], fates[taken - 1, f, 1] = w[DIVIDES + k], w[DIES_CYCLING + k]
                fates[taken - 1, f, 2], fates[taken - 1, f, 3] = w[DIES_QUIET + k], w[DIES_SLIPPED + k]
                fates[taken - 1, f, 4] = (r.wake + r.births * vigour) * r.cycle_exit
                fates[taken - 1, f, 5], fates[taken - 1, f, 6] = w[SLIPS + k], born / r.cell_volume
            gone = np.exp(-fades)
            dead = dead * gone + killed * (1.0 - gone) / fades
            living = 0.0
            for k in range(CELLS):
                w[CYCLING + k] += born if k > BINS else 0.0
                total = w[CYCLING + k] + w[QUIET + k] + w[SLIPPED + k]
                w[ROOM + k] = total + 1e-3 * r.cell_volume
                living += total
            volume = (living + dead) / r.cell_fraction + r.cell_volume
            smallest = min(smallest, volume)
            if KEPT[s]:
                out[at] = np.log(volume)
                at += 1
                if volume > BEYOND * smallest or living < NOTHING or DAY[s] + 21.0 * cycle > until:
                    while at < out.size:
                        out[at] = out[at - 1]
                        at += 1
                    return taken
    return taken


@njit(error_model="numpy", forceinline=True)
def fill(rows, classes, dose, cycles, until, out, values, left, right, taken, fates):  # type: ignore[no-untyped-def]
    """Fill `out` (n, 1 + kept) with ln volume (L) of every lesion, and `taken` (n,) with the steps each took.

    `rows` (n, `FIELDS`) and `classes` are what `rates.rates` returns, the first as plain numbers.
    `fates` (n, steps, families, 7) or (n, 0, ...) for none: of each family's cells the rates per hour at which they
    divide, die cycling, quiescent and after slippage, fall quiescent, and slip; and resistant daughters that come in
    the step.
    """
    w = np.zeros(SIZE)
    hill, memory = np.nan, np.nan
    effect, x = np.empty(TABLE + 2), np.empty(8)
    move = np.empty((KINDS.size, BINS, BINS))
    for i in range(rows.shape[0]):
        r = Rates(*to_fixed_tuple(rows[i], FIELDS))  # type: ignore[call-arg]  # the compiler passes one itself
        for j in range(classes.shape[1]):
            for k in range(CELLS):
                w[j * W + k] = classes[i, j, k]
        if r.hill != hill:  # most lesions share both tables with the one before
            arrests(r.hill, effect)
        if r.memory != memory:
            passages(r.memory, values, left, right, move)
        hill, memory = r.hill, r.memory
        taken[i] = course(r, w, effect, move, x, dose, cycles, until[i], out[i], fates[i])
