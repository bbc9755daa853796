"""The loop over rows: every row has its own time, step and error control, and ends with a status."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.engine.kernel.generated import FLOOR, SIZE, Y1, N, R, Y, Z, constants, initial, observe, rhs
    from models.engine.kernel.reducers import fraction_above, integral, knots
    from models.engine.kernel.stepper import attempt, dense, prepare_dense
    from models.engine.kernel.types import Integers, Vector

OK, STEP_LIMIT, STEP_SIZE, NON_FINITE = 1, 2, 3, 4
AUC, MEAN, MAX, MIN, TIME_OF_MAX, TIME_ABOVE = 0, 1, 2, 3, 4, 5

AFTER_BREAK = 1e-2
"""First step after an input changed, in hours: short against every process but binding, which the error test sees."""


def first_step(w: "Vector") -> float:
    """Step at the start: a hundredth of the time in which the state would change by its own size."""
    for i in range(N):
        w[Z + i] = w[Y + i]
    rhs(w)
    fastest = 0.0
    for i in range(N):
        fastest = max(fastest, abs(w[R + i]) / max(abs(w[Y + i]), w[FLOOR + i]))
    return min(AFTER_BREAK, max(1e-6, 1e-2 / (fastest + 1e-300)))


def reduce_step(
    w: "Vector",
    t: float,
    h: float,
    kind: int,
    k: int,
    begin: float,
    end: float,
    threshold: float,
    best: "Vector",
    j: int,
    at: "Vector",
    value: "Vector",
) -> float:
    """Add one step to reduction `j`; `best` keeps what an extremum needs to remember."""
    a = max(0.0, (begin - t) / h)
    b = min(1.0, (end - t) / h)
    if not a < b:
        return 0.0
    if kind == AUC or kind == MEAN:
        return h * integral(k, w, a, b)
    m = knots(k, w, a, b, at, value)
    if kind == TIME_ABOVE:
        return h * fraction_above(k, w, m, at, value, threshold)
    sign = -1.0 if kind == MIN else 1.0
    for i in range(m):
        if sign * value[i] > best[2 * j]:
            best[2 * j] = sign * value[i]
            best[2 * j + 1] = t + at[i] * h
    return 0.0


def run(
    w: "Vector",
    p: "Vector",
    breaks: "Vector",
    inputs: "Vector",
    rtol: float,
    max_steps: int,
    when: "Vector",
    what: "Integers",
    point: "Vector",
    kind: "Integers",
    of: "Integers",
    begin: "Vector",
    end: "Vector",
    threshold: "Vector",
    reduced: "Vector",
    best: "Vector",
    at: "Vector",
    value: "Vector",
) -> tuple[int, int]:
    """Integrate one row to the last of `breaks`; return its status and the number of steps tried."""
    n_points, n_reduced = len(when), len(kind)
    for j in range(n_reduced):
        reduced[j] = 0.0
        best[2 * j] = -np.inf
        best[2 * j + 1] = 0.0
    constants(p, inputs[0], w)
    initial(w)
    for i in range(N):
        w[Z + i] = w[Y + i]
        if not np.isfinite(w[Y + i]):
            return NON_FINITE, 0
    done = 0
    while done < n_points and when[done] <= 0.0:
        point[done] = observe(what[done], w)
        done += 1
    tried = 0
    t, error = 0.0, 0.0
    for segment in range(len(breaks) - 1):
        stop = breaks[segment + 1]
        if segment > 0:
            constants(p, inputs[segment], w)
        h = first_step(w) if segment == 0 else AFTER_BREAK
        grow = 6.0
        while t < stop:
            if tried >= max_steps:
                return STEP_LIMIT, tried
            if h < 1e-14 * max(t, 1.0):  # time would hardly move
                return NON_FINITE if np.isnan(error) else STEP_SIZE, tried
            tried += 1
            left = stop - t
            if h >= left * (1.0 - 1e-9):
                step, t1 = left, stop
            else:
                # Two equal steps rather than one long and a sliver.
                step = 0.5 * left if h > 0.5 * left else h
                t1 = t + step
            error = attempt(w, step, rtol)
            if not error <= 1.0:
                shrink = 0.1 if np.isnan(error) else max(0.1, 0.9 * error**-0.2)
                h = step * shrink
                grow = 1.0
                continue
            watched = done < n_points and when[done] <= t1
            for j in range(n_reduced):
                watched = watched or (begin[j] < t1 and end[j] > t)
            if watched:
                prepare_dense(w)
                while done < n_points and when[done] <= t1:
                    dense(w, (when[done] - t) / step if when[done] < t1 else 1.0)
                    point[done] = observe(what[done], w)
                    done += 1
                for j in range(n_reduced):
                    reduced[j] += reduce_step(
                        w, t, step, kind[j], of[j], begin[j], end[j], threshold[j], best, j, at, value
                    )
            for i in range(N):
                w[Y + i] = w[Y1 + i]
            t = t1
            h = step * min(grow, max(0.2, 0.9 * max(error, 1e-10) ** -0.2))
            grow = 6.0
    return finish(kind, begin, end, best, reduced, point), tried


def finish(kind: "Integers", begin: "Vector", end: "Vector", best: "Vector", reduced: "Vector", point: "Vector") -> int:
    """Turn accumulators into results and look for what is not finite."""
    for j in range(len(kind)):
        if kind[j] == MEAN:
            reduced[j] /= end[j] - begin[j]
        elif kind[j] == MAX:
            reduced[j] = best[2 * j]
        elif kind[j] == MIN:
            reduced[j] = -best[2 * j]
        elif kind[j] == TIME_OF_MAX:
            reduced[j] = best[2 * j + 1]
        if not np.isfinite(reduced[j]):
            return NON_FINITE
    for i in range(len(point)):
        if not np.isfinite(point[i]):
            return NON_FINITE
    return OK


def integrate(
    p: "Vector",
    breaks: "Vector",
    inputs: "Vector",
    rtol: float,
    max_steps: int,
    when: "Vector",
    what: "Integers",
    points: "Vector",
    kind: "Integers",
    of: "Integers",
    begin: "Vector",
    end: "Vector",
    threshold: "Vector",
    reduced: "Vector",
    status: "Integers",
    steps: "Integers",
) -> None:
    """Integrate every row whose status is still zero."""
    w = np.zeros(SIZE)
    best = np.zeros(2 * len(kind))
    at = np.zeros(8)
    value = np.zeros(8)
    for row in range(p.shape[0]):
        if status[row] != 0:
            continue
        status[row], steps[row] = run(
            w,
            p[row],
            breaks,
            inputs,
            rtol,
            max_steps,
            when,
            what,
            points[row],
            kind,
            of,
            begin,
            end,
            threshold,
            reduced[row],
            best,
            at,
            value,
        )
