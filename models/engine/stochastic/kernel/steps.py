"""Steps of a fixed length for W rows at a time: leaps and the Langevin equation.

All rows have the same segments, so they step together. Numbers are drawn by step and channel: rows that differ in a
parameter share them. A time course shows the state at the last step that ended no later; reductions follow the
trapezoidal rule.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.engine.kernel.types import Cube, Integers, Matrix, Vector, Whole
    from models.engine.stochastic.kernel.generated import W, constants, propensities, step
    from models.engine.stochastic.kernel.record import (
        NON_FINITE,
        OK,
        add_doses,
        begin_counts,
        division_time,
        inherit,
        observed,
        partition,
        possible,
        reduce_over,
        reduced_of,
    )

SLACK = 1e-9
"""Rounding of the ends of steps, in steps."""


def read_points(
    w: "Vector", t: float, first: int, when: "Vector", what: "Integers", points: "Matrix", done: int
) -> int:
    """Read the time courses up to `t` off the state."""
    while done < len(when) and when[done] <= t:
        for lane in range(W):
            if first + lane < points.shape[0]:
                points[first + lane, done] = observed(w, what[done], lane)
        done += 1
    return done


def walk(
    p: "Matrix",
    inputs: "Cube",
    edges: "Vector",
    doses: "Matrix",
    size: "Vector",
    keys: "Cube",
    cycle: "Matrix",
    stages: int,
    shared: "Integers",
    traits: "Cube",
    max_events: int,
    h: float,
    when: "Vector",
    what: "Integers",
    points: "Matrix",
    kind: "Integers",
    of: "Integers",
    begin: "Vector",
    end: "Vector",
    threshold: "Vector",
    reduced: "Matrix",
    status: "Integers",
    taken: "Integers",
    reached: "Vector",
    w: "Vector",
    z: "Vector",
    key: "Whole",
    bits: "Vector",
    totals: "Vector",
    best: "Vector",
    x: "Matrix",
    own: "Matrix",
    divides: "Vector",
    generation: "Integers",
) -> None:
    """Run every row, wanted or not; the last ten arguments are scratch, and `bits` is another view of `key`."""
    rows = p.shape[0]
    for first in range(0, rows, W):
        for j in range(len(totals)):
            totals[j], best[2 * j] = 0.0, -np.inf
        for lane in range(W):
            row = min(first + lane, rows - 1)
            key[lane], key[W + lane] = keys[1, row, 0], keys[1, row, 1]
            for i in range(p.shape[1]):
                own[lane, i] = p[row, i]
            inherit(own[lane], p[row], traits[min(row, len(traits) - 1)], x, lane, 0, keys[2, row])
            begin_counts(own[lane], inputs[min(row, inputs.shape[0] - 1), 0], w, lane, keys[0, row])
            generation[lane] = 0
            divides[lane] = division_time(0.0, cycle[row, 0], stages, 1, keys[2, row])
        done, k = 0, 0
        for segment in range(len(edges) - 1):
            for lane in range(W):
                row = min(first + lane, rows - 1)
                constants(own[lane], inputs[min(row, inputs.shape[0] - 1), segment], w, lane)
                add_doses(w, lane, doses[segment], size[row], segment, keys[0, row])
            length = edges[segment + 1] - edges[segment]
            count = max(int(np.ceil(length / h - SLACK)), 1)
            d = length / count
            for i in range(count):
                t0 = edges[segment] + i * d
                t1 = edges[segment] + (i + 1) * d
                for lane in range(W):
                    if divides[lane] <= t0:
                        row = min(first + lane, rows - 1)
                        generation[lane] += 1
                        partition(w, lane, shared, generation[lane], keys[2, row])
                        traits_of = traits[min(row, len(traits) - 1)]
                        inherit(own[lane], p[row], traits_of, x, lane, generation[lane], keys[2, row])
                        constants(own[lane], inputs[min(row, inputs.shape[0] - 1), segment], w, lane)
                        divides[lane] = division_time(t0, cycle[row, 0], stages, generation[lane] + 1, keys[2, row])
                done = read_points(w, t1 - SLACK * d, first, when, what, points, done)
                middle = 0.5 * (t0 + t1)
                reduce_over(w, t0, middle, kind, of, begin, end, threshold, totals, best)
                step(w, bits, k, d, z)
                k += 1
                reduce_over(w, middle, t1, kind, of, begin, end, threshold, totals, best)
            done = read_points(w, edges[segment + 1], first, when, what, points, done)
        propensities(w)
        for lane in range(min(W, rows - first)):
            row = first + lane
            if status[row] == 0:
                status[row] = OK if possible(w, lane) else NON_FINITE
            taken[row], reached[row] = k, edges[-1]
            for j in range(len(kind)):
                reduced[row, j] = reduced_of(j, lane, kind[j], end[j] - begin[j], totals, best)
