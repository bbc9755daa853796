"""Rows in lanes: taking one up, reading its time courses, and handing in its results.

`control` holds one vector of each of the numbers `T` to `SEEN`, `counter` the whole numbers of each lane.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.engine.kernel.generated import (
        FLOOR,
        OWN,
        SHARED,
        VECTORS,
        M,
        N,
        R,
        Y,
        Z,
        constants,
        initial,
        observe,
        stride,
    )  # fmt: skip
    from models.engine.kernel.reducers import sample
    from models.engine.kernel.rodas5p import derivative
    from models.engine.kernel.types import Cube, Integers, Matrix, Vector, Whole
    from models.engine.scalar import W, get, pick, put

OK, STEP_LIMIT, STEP_SIZE, NON_FINITE = 1, 2, 3, 4
AUC, MEAN, MAX, MIN, TIME_OF_MAX, TIME_ABOVE = 0, 1, 2, 3, 4, 5

T, T1, STOP, H, STEP, GROW, ERROR, THETA, SEEN = 0, 1, 2, 3, 4, 5, 6, 7, 8
ROW, SEGMENT, DONE, TRIED = 0, 1, 2, 3

AFTER_BREAK = 1e-2
"""First step after an input changed, in hours: short against every process but binding, which the error test sees."""


LONGER = 10.0
"""Most that a step may grow by."""


def first_step(w: "Vector", lane: int, classes: int) -> float:
    """Step at the start: a hundredth of the time in which the state would change by its own size."""
    n = stride(classes)
    for i in range(N + classes * M):
        put(w, Z * n + i, get(w, Y * n + i))
    derivative(w, classes)
    fastest = 0.0
    for i in range(N + classes * M):
        size = max(abs(w[(Y * n + i) * W + lane]), w[(FLOOR * n + i) * W + lane])
        fastest = max(fastest, abs(w[(R * n + i) * W + lane]) / size)
    return min(AFTER_BREAK, max(1e-6, 1e-2 / (fastest + 1e-300)))


def load_row(
    lane: int,
    row: int,
    w: "Vector",
    p: "Matrix",
    q: "Cube",
    classes: int,
    breaks: "Vector",
    inputs: "Matrix",
    first: float,
    when: "Vector",
    what: "Integers",
    points: "Matrix",
    totals: "Vector",
    best: "Vector",
    status: "Integers",
    control: "Vector",
    counter: "Whole",
) -> int:
    """Put the next row that is to be run, from `row` on, into a lane; return where to look for the one after."""
    n = stride(classes)
    count = N + classes * M
    counter[ROW, lane] = -1
    control[T * W + lane], control[STOP * W + lane] = 0.0, np.inf  # an idle lane steps on the spot of its last row
    control[H * W + lane] = 1.0
    while row < p.shape[0]:
        if status[row] != 0:
            row += 1
            continue
        for i in range(OWN if M > 0 else 0):  # the class after the last holds nothing
            w[(VECTORS * n + SHARED + classes * OWN + i) * W + lane] = 0.0
        constants(p[row], q[row], inputs[0], w, lane, classes)
        initial(p[row], q[row], inputs[0], w, lane, classes)
        finite = True
        for i in range(count):
            finite = finite and np.isfinite(w[(Y * n + i) * W + lane])
        if not finite:
            status[row] = NON_FINITE
            row += 1
            continue
        counter[ROW, lane], counter[SEGMENT, lane], counter[DONE, lane], counter[TRIED, lane] = row, 0, 0, 0
        for j in range(len(totals) // W):
            totals[j * W + lane] = 0.0
            best[2 * j * W + lane] = -np.inf
            best[(2 * j + 1) * W + lane] = 0.0
        control[STOP * W + lane] = breaks[1]
        control[H * W + lane] = min(first, first_step(w, lane, classes))
        control[GROW * W + lane] = LONGER
        done = 0
        if done < len(when) and when[done] <= 0.0:
            for i in range(count):
                put(w, Z * n + i, get(w, Y * n + i))
            while done < len(when) and when[done] <= 0.0:
                points[row, done] = pick(observe(what[done], w, classes), lane)
                done += 1
        counter[DONE, lane] = done
        return row + 1
    return row


def read_points(
    w: "Vector",
    classes: int,
    when: "Vector",
    what: "Integers",
    points: "Matrix",
    needed: "Integers",
    control: "Vector",
    counter: "Whole",
) -> None:
    """Read the time courses that the accepted steps passed, lanes together that read the same observable."""
    while True:
        k = int(np.int64(-1))  # a literal would be compiled apart
        for lane in range(W):
            done = counter[DONE, lane]
            control[THETA * W + lane] = -1.0
            if counter[ROW, lane] < 0 or not control[ERROR * W + lane] <= 1.0 or done >= len(when):
                continue
            t, t1 = control[T * W + lane], control[T1 * W + lane]
            if when[done] <= t1 and (k < 0 or what[done] == k):
                k = what[done]
                control[THETA * W + lane] = (when[done] - t) / (t1 - t) if when[done] < t1 else 1.0
        if k < 0:
            return
        put(control, SEEN, sample(k, w, get(control, THETA), needed, classes))
        for lane in range(W):
            if control[THETA * W + lane] >= 0.0:
                points[counter[ROW, lane], counter[DONE, lane]] = control[SEEN * W + lane]
                counter[DONE, lane] += 1


def finish(
    lane: int,
    kind: "Integers",
    begin: "Vector",
    end: "Vector",
    totals: "Vector",
    best: "Vector",
    reduced: "Vector",
    point: "Vector",
) -> int:
    """Turn accumulators into results and look for what is not finite."""
    for j in range(len(kind)):
        if kind[j] == MEAN:
            reduced[j] = totals[j * W + lane] / (end[j] - begin[j])
        elif kind[j] == MAX:
            reduced[j] = best[2 * j * W + lane]
        elif kind[j] == MIN:
            reduced[j] = -best[2 * j * W + lane]
        elif kind[j] == TIME_OF_MAX:
            reduced[j] = best[(2 * j + 1) * W + lane]
        else:
            reduced[j] = totals[j * W + lane]
        if not np.isfinite(reduced[j]):
            return NON_FINITE
    for i in range(len(point)):
        if not np.isfinite(point[i]):
            return NON_FINITE
    return OK
