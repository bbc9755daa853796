"""Exact simulation, event by event (Gillespie 1977, direct method).

Waiting times and choices come from a xoshiro256++ generator (Blackman & Vigna 2021, doi 10.1145/3460772) a run, whose
state is four addressed draws: an event shifts every later one, so numbers cannot be shared by meaning.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.engine.kernel.types import Cube, Integers, Matrix, Vector, Whole
    from models.engine.stochastic.kernel.generated import advance, constants, propensities
    from models.engine.stochastic.kernel.record import (
        NON_FINITE,
        OK,
        STEP_LIMIT,
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
    from models.engine.stochastic.philox import philox

U11, U17, U19, U23, U32, U41, U45 = (np.uint64(n) for n in (11, 17, 19, 23, 32, 41, 45))


def draw(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64
) -> tuple[float, np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return a uniform number in [0, 1) and the next state."""
    s = a + d
    u = (((s << U23) | (s >> U41)) + a >> U11) * 2.0**-53
    t = b << U17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    return u, a, b, c, (d << U45) | (d >> U19)


def waiting(u: float, total: float) -> float:
    """Return the time to the next event."""
    return -math.log(1.0 - u) / total if total > 0.0 else np.inf


def ssa(
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
    clock: "Vector",
    state: "Whole",
    totals: "Vector",
    best: "Vector",
    x: "Matrix",
    own_of: "Matrix",
) -> None:
    """Run every row whose status is 0; the last seven arguments are scratch."""
    own = own_of[0]
    for row in range(p.shape[0]):
        if status[row] != 0:
            continue
        start, events, halves = keys[0, row], keys[1, row], keys[2, row]
        for i in range(4):
            a, b, _, _ = philox(np.uint64(i), np.uint64(0), np.uint64(0), np.uint64(0), events[0], events[1])
            state[i] = (a << U32) | b
        given = inputs[min(row, inputs.shape[0] - 1)]
        for i in range(len(own)):
            own[i] = p[row, i]
        inherit(own, p[row], traits[min(row, len(traits) - 1)], x, 0, 0, halves)
        begin_counts(own, given[0], w, 0, start)
        for j in range(len(kind)):
            totals[j], best[2 * j] = 0.0, -np.inf
        done, generation, count, verdict = 0, 0, 0, OK
        divides = division_time(0.0, cycle[row, 0], stages, 1, halves)
        t = 0.0
        for segment in range(len(edges) - 1):
            t = edges[segment]
            constants(own, given[segment], w, 0)
            add_doses(w, 0, doses[segment], size[row], segment, start)
            clock[0] = -t - 1.0
            while verdict == OK:
                stop = min(edges[segment + 1], divides)
                if done < len(when):
                    stop = min(stop, when[done])
                if clock[0] < 0.0:
                    advance(w, state, clock, -1.0, 0)
                if len(kind) > 0:
                    until = min(clock[0], stop)
                    reduce_over(w, t, until, kind, of, begin, end, threshold, totals, best)
                    fired = advance(w, state, clock, stop, 1)
                    t = until
                else:
                    fired = advance(w, state, clock, stop, max_events - count + 1)
                    t = min(clock[0], stop)
                count += fired
                if count > max_events:
                    verdict = STEP_LIMIT
                if clock[0] <= stop or (len(kind) > 0 and fired > 0):
                    continue
                t = stop
                while done < len(when) and when[done] <= t:
                    points[row, done] = observed(w, what[done], 0)
                    done += 1
                if divides <= t:
                    generation += 1
                    partition(w, 0, shared, generation, halves)
                    inherit(own, p[row], traits[min(row, len(traits) - 1)], x, 0, generation, halves)
                    constants(own, given[segment], w, 0)
                    divides = division_time(t, cycle[row, 0], stages, generation + 1, halves)
                    clock[0] = -t - 1.0
                if t >= edges[segment + 1]:
                    break
            if verdict != OK:
                break
        propensities(w)
        if verdict == OK and not possible(w, 0):
            verdict = NON_FINITE
        for j in range(len(kind)):
            reduced[row, j] = reduced_of(j, 0, kind[j], end[j] - begin[j], totals, best)
        status[row], taken[row], reached[row] = verdict, count, t
