"""What is read off a path: time courses, reductions over windows, and whether it stayed possible."""

# mypy: disable-error-code="no-any-return"

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.engine.kernel.types import Integers, Matrix, Vector
    from models.engine.scalar import pick
    from models.engine.stochastic.inversion import binomial, exponential, normal, rounded
    from models.engine.stochastic.kernel.generated import N, R, W, initial, observe
    from models.engine.stochastic.philox import uniform

OK, STEP_LIMIT, NON_FINITE = 1, 2, 4
AUC, MEAN, MAX, MIN, TIME_OF_MAX, TIME_ABOVE = 0, 1, 2, 3, 4, 5


def reduce_over(
    w: "Vector",
    t0: float,
    t1: float,
    kind: "Integers",
    of: "Integers",
    begin: "Vector",
    end: "Vector",
    threshold: "Vector",
    totals: "Vector",
    best: "Vector",
) -> None:
    """Add what the state, which stood from t0 to t1, does to every reduction."""
    for j in range(len(kind)):
        a, b = max(t0, begin[j]), min(t1, end[j])
        if b < a:
            continue
        seen = observe(of[j], w)
        for lane in range(W):
            value = pick(seen, lane)
            at = j * W + lane
            if kind[j] == TIME_ABOVE:
                totals[at] += b - a if value > threshold[j] else 0.0
            else:
                totals[at] += value * (b - a)
            signed = -value if kind[j] == MIN else value
            if signed > best[2 * at]:
                best[2 * at], best[2 * at + 1] = signed, a


def reduced_of(j: int, lane: int, kind: int, length: float, totals: "Vector", best: "Vector") -> float:
    """Turn the sums of one reduction into its result."""
    at = j * W + lane
    if kind == MEAN:
        return totals[at] / length
    if kind == MAX:
        return best[2 * at]
    if kind == MIN:
        return -best[2 * at]
    if kind == TIME_OF_MAX:
        return best[2 * at + 1]
    return totals[at]


def possible(w: "Vector", lane: int) -> bool:
    """Tell whether counts and propensities of a lane are finite and, up to rounding, not negative."""
    for i in range(N + R):
        if not -1e-9 <= w[i * W + lane] < np.inf:
            return False
    return True


def begin_counts(p: "Vector", u: "Vector", w: "Vector", lane: int, key: "Vector") -> None:
    """Set the counts at the start to whole numbers that are right on average."""
    initial(p, u, w, lane)
    for i in range(N):
        w[i * W + lane] = rounded(uniform(key[0], key[1], 0, 0, i, 0), w[i * W + lane])


def add_doses(w: "Vector", lane: int, doses: "Vector", size: float, segment: int, key: "Vector") -> None:
    """Add what a dose puts into the pools at the start of a segment."""
    for i in range(N):
        if doses[i] != 0.0:
            w[i * W + lane] += rounded(uniform(key[0], key[1], 0, segment, i, 1), doses[i] * size)


def division_time(t: float, mean: float, stages: int, generation: int, key: "Vector") -> float:
    """Return when the cell divides that was born at `t`: after `stages` exponential stages, or after the mean time."""
    if stages == 0:
        return t + mean
    total = 0.0
    for s in range(stages):
        total += exponential(uniform(key[0], key[1], 0, generation, 0, 2 + s))
    return t + mean * total / stages


def partition(w: "Vector", lane: int, shared: "Integers", generation: int, key: "Vector") -> None:
    """Give each molecule of the shared pools to one of two daughters; go on with one of them."""
    for i in range(N):
        if shared[i] != 0:
            u, n = uniform(key[0], key[1], 0, generation, i, 0), w[i * W + lane]
            if W == 1:
                w[i * W + lane] = binomial(u, n, 0.5)
            else:
                w[i * W + lane] = min(max(0.5 * n + 0.5 * np.sqrt(n) * normal(u), 0.0), n)


def inherit(
    p: "Vector", base: "Vector", traits: "Matrix", x: "Matrix", lane: int, generation: int, key: "Vector"
) -> None:
    """Draw the traits of a cell: stationary for the first one, remembered in part by a daughter."""
    for j in range(len(traits)):
        column, sigma, memory = int(traits[j, 0]), traits[j, 1], traits[j, 2] if generation > 0 else 0.0
        xi = normal(uniform(key[0], key[1], 0, generation, j, 1))
        x[j, lane] = memory * x[j, lane] + np.sqrt(1.0 - memory * memory) * xi
        p[column] = base[column] * np.exp(sigma * x[j, lane])


def observed(w: "Vector", what: int, lane: int) -> float:
    """Return one observable of one lane."""
    return pick(observe(what, w), lane)
