"""The loop over rows: every row has its own time, step and error control, and ends with a status.

Rows travel in lanes. A lane that has finished its row takes the next one at once, so that all lanes stay busy.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.engine.kernel.generated import Y1, M, N, Y, refresh, size, stride
    from models.engine.kernel.reducers import five, fraction_above, integral, knots
    from models.engine.kernel.rodas5p import attempt, prepare_dense
    from models.engine.kernel.rows import (
        AUC,
        ERROR,
        GROW,
        LONGER,
        MEAN,
        MIN,
        NON_FINITE,
        ROW,
        SEEN,
        SEGMENT,
        STEP,
        STEP_LIMIT,
        STEP_SIZE,
        STOP,
        T1,
        TIME_ABOVE,
        TRIED,
        H,
        T,
        finish,
        load_row,
        read_points,
    )  # fmt: skip
    from models.engine.kernel.types import Cube, Integers, Matrix, Vector
    from models.engine.scalar import W, chosen, fifth_root, get, larger, put, select, smaller, some


def vectors(count: int) -> "Vector":
    """Return `count` vectors of zeros, each within one line of the cache: across two, loads take twice as long."""
    space = np.zeros(count * W + 7)
    first = (64 - space.ctypes.data % 64) % 64 // 8
    return space[first : first + count * W]


def reduce_lane(
    j: int,
    k: int,
    kind: int,
    w: "Vector",
    classes: int,
    lane: int,
    begin: float,
    end: float,
    threshold: float,
    totals: "Vector",
    best: "Vector",
    at: "Vector",
    value: "Vector",
    needed: "Integers",
    control: "Vector",
) -> None:
    """Add one row's step to an extremum or to the time above a threshold."""
    t, h = control[T * W + lane], control[STEP * W + lane]
    a, b = max(0.0, (begin - t) / h), min(1.0, (end - t) / h)
    m = knots(k, w, a, b, h, control[SEEN * W :], at, value, needed, lane, classes)
    for i in range(m):
        if np.isnan(value[i]):  # comparisons would pass over it, now; nothing compares with what is stored here
            totals[j * W + lane] = best[2 * j * W + lane] = best[(2 * j + 1) * W + lane] = np.nan
            return
    if kind == TIME_ABOVE:
        totals[j * W + lane] += h * fraction_above(k, w, m, at, value, threshold, needed, lane, classes)
        return
    sign = -1.0 if kind == MIN else 1.0
    for i in range(m):
        if sign * value[i] > best[2 * j * W + lane]:
            best[2 * j * W + lane] = sign * value[i]
            best[(2 * j + 1) * W + lane] = t + at[i] * h


def integrate(
    p: "Matrix",
    q: "Cube",
    breaks: "Vector",
    inputs: "Matrix",
    rtol: float,
    max_steps: int,
    first: float,
    when: "Vector",
    what: "Integers",
    points: "Matrix",
    kind: "Integers",
    of: "Integers",
    begin: "Vector",
    end: "Vector",
    threshold: "Vector",
    reduced: "Matrix",
    needed: "Integers",
    status: "Integers",
    steps: "Integers",
    reached: "Vector",
) -> None:
    """Integrate every row whose status is still zero to the last of `breaks`."""
    classes = q.shape[1]
    n = stride(classes)
    count = N + classes * M
    w = vectors(size(classes))
    control, counter = vectors(SEEN + 5), np.zeros((4, W), np.int64)
    totals, best = vectors(len(kind)), vectors(2 * len(kind))
    at, value = np.zeros(8), np.zeros(8)
    waiting, active = int(np.int64(0)), 0  # for a literal 0 numba would compile `load_row` once more
    for lane in range(W):
        waiting = load_row(
            lane, waiting, w, p, q, classes, breaks, inputs, first, when, what, points, totals, best, status, control,
            counter,
        )  # fmt: skip
        active += counter[ROW, lane] >= 0
    while active > 0:
        for lane in range(W):
            h, left = control[H * W + lane], control[STOP * W + lane] - control[T * W + lane]
            if h >= left * (1.0 - 1e-9):
                control[STEP * W + lane], control[T1 * W + lane] = left, control[STOP * W + lane]
            else:
                # Two equal steps rather than one long and a sliver.
                h = 0.5 * left if h > 0.5 * left else h
                control[STEP * W + lane], control[T1 * W + lane] = h, control[T * W + lane] + h
        step, t = get(control, STEP), get(control, T)
        error = attempt(w, step, rtol, classes)
        put(control, ERROR, error)
        accepted = error <= 1.0
        if some(accepted):
            prepare_dense(w, needed, classes)
            if len(when) > 0:
                read_points(w, classes, when, what, points, needed, control, counter)
            for j in range(len(kind)):
                a, b = larger((begin[j] - t) / step, 0.0), smaller((end[j] - t) / step, 1.0)
                inside = accepted & (a < b)
                if not some(inside):
                    continue
                if kind[j] == AUC or kind[j] == MEAN:
                    area = step * integral(of[j], w, a, b, needed, classes)
                    put(totals, j, get(totals, j) + select(inside, area, 0.0))
                    continue
                five(of[j], w, a, b, control[SEEN * W :], needed, classes)
                for lane in range(W):
                    if chosen(inside, lane) and counter[ROW, lane] >= 0:
                        reduce_lane(
                            j, of[j], kind[j], w, classes, lane, begin[j], end[j], threshold[j], totals, best, at,
                            value, needed, control,
                        )  # fmt: skip
            for i in range(count):
                put(w, Y * n + i, select(accepted, get(w, Y1 * n + i), get(w, Y * n + i)))
        root = 0.9 * fifth_root(larger(error, 1e-10))
        after = select(accepted, smaller(larger(root, 0.2), get(control, GROW)), larger(root, 0.1))
        put(control, H, step * select(error < 1e300, after, 0.1))
        put(control, GROW, select(accepted, LONGER, 1.0))
        put(control, T, select(accepted, get(control, T1), t))
        for lane in range(W):
            row = counter[ROW, lane]
            if row < 0:
                continue
            counter[TRIED, lane] += 1
            now = control[T * W + lane]
            verdict = 0
            if now >= control[STOP * W + lane]:
                segment = counter[SEGMENT, lane] + 1
                counter[SEGMENT, lane] = segment
                if segment == len(breaks) - 1:
                    verdict = finish(lane, kind, begin, end, totals, best, reduced[row], points[row])
                else:
                    refresh(p[row], q[row], inputs[segment], w, lane, classes)
                    control[STOP * W + lane] = breaks[segment + 1]
                    control[H * W + lane] = first
                    control[GROW * W + lane] = LONGER
            if verdict == 0:
                if counter[TRIED, lane] >= max_steps:
                    verdict = STEP_LIMIT
                elif control[H * W + lane] < 1e-14 * max(now, 1.0):  # time would hardly move
                    verdict = NON_FINITE if np.isnan(control[ERROR * W + lane]) else STEP_SIZE
            if verdict != 0:
                status[row], steps[row], reached[row] = verdict, counter[TRIED, lane], now
                waiting = load_row(
                    lane, waiting, w, p, q, classes, breaks, inputs, first, when, what, points, totals, best, status,
                    control, counter,
                )  # fmt: skip
                active -= counter[ROW, lane] < 0
