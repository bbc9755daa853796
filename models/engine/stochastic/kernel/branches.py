"""Sampled courses of a branching process, type by type in steps.

Within a step births and deaths of one type are exact: of n cells a binomial number has descendants, each a geometric
number of them (Kendall 1948). Switching is exact for half a step before and after; mutants arrive by the mean number of
divisions. A type above the critical number follows its mean; where it hands cells to one below, whole numbers are
drawn whose mean is right.
"""

# mypy: disable-error-code="assignment"

import math
from typing import TYPE_CHECKING

import numba
import numpy as np

from models.engine.stochastic.inversion import binomial, negative_binomial, poisson, rounded
from models.engine.stochastic.philox import uniform

if TYPE_CHECKING:
    from models.engine.kernel.types import Cube, Integers, Matrix, Vector, Whole

DEATHS, BIRTHS, MUTANTS, BEFORE, AFTER, WHOLE = 0, 1, 2, 3, 4, 5


def switch(
    n: "Vector", chances: "Matrix", starts: "Integers", targets: "Integers", critical: float, moved: "Vector",
    k0: np.uint64, k1: np.uint64, step: int, channel: int,
) -> None:  # fmt: skip
    """Let cells change type, by the chances of half a step."""
    for k in range(len(n)):
        moved[k] = 0.0
    for k in range(len(n)):
        left, total = n[k], 0.0
        for e in range(starts[k], starts[k + 1]):
            total += chances[k, targets[e]]
        if left <= 0.0 or total <= 0.0:
            continue
        large = left > critical
        gone = left * total if large else binomial(uniform(k0, k1, 0, step, channel, k), left, total)
        n[k] -= gone
        for e in range(starts[k], starts[k + 1]):
            j = targets[e]
            part = gone
            if large:
                part = gone * chances[k, j] / total
                if n[j] <= critical:
                    part = poisson(uniform(k0, k1, 0, step, channel, len(n) + e), part)
            elif gone <= 0.0:
                break
            elif e < starts[k + 1] - 1:
                part = binomial(uniform(k0, k1, 0, step, channel, len(n) + e), gone, chances[k, j] / total)
                gone -= part
                total -= chances[k, j]
            moved[j] += part
    for k in range(len(n)):
        n[k] += moved[k]


def divide(
    n: "Vector", b: "Vector", d: "Vector", mutation: "Matrix", h: float, critical: float, moved: "Vector",
    k0: np.uint64, k1: np.uint64, step: int,
) -> None:  # fmt: skip
    """Let cells divide, die and mutate for a time h."""
    for k in range(len(n)):
        moved[k] = 0.0
    for k in range(len(n)):
        if n[k] <= 0.0:
            continue
        lost = 0.0
        for j in range(len(n)):
            lost += mutation[k, j]
        birth, death = b[k] * (1.0 - lost), d[k]
        net = birth - death
        before = n[k]
        if before > critical:
            n[k] = before * math.exp(net * h)
        else:
            if abs(net) * h < 1e-9:
                alpha = death * h / (1.0 + birth * h)
                beta = birth * h / (1.0 + birth * h)
            else:
                e = math.exp(net * h)
                alpha = death * (e - 1.0) / (birth * e - death)
                beta = birth * (e - 1.0) / (birth * e - death)
            lines = binomial(uniform(k0, k1, 0, step, DEATHS, k), before, 1.0 - alpha)
            n[k] = lines + negative_binomial(uniform(k0, k1, 0, step, BIRTHS, k), lines, 1.0 - beta)
        if lost > 0.0:
            divisions = b[k] * h * 0.5 * (before + n[k])
            for j in range(len(n)):
                if mutation[k, j] > 0.0:
                    mean = divisions * mutation[k, j]
                    if before > critical and n[j] > critical:
                        moved[j] += mean
                    else:
                        moved[j] += poisson(uniform(k0, k1, 0, step, MUTANTS, k * len(n) + j), mean)
    for k in range(len(n)):
        n[k] += moved[k]


def branch(
    first: "Matrix", birth: "Matrix", death: "Matrix", mutation: "Matrix", chances: "Cube", starts: "Integers",
    targets: "Integers", edges: "Vector", counts: "Integers", critical: float, keys: "Whole", when: "Vector",
    family: "Vector", size: float, courses: "Cube", crossed: "Vector", n: "Vector", moved: "Vector",
) -> None:  # fmt: skip
    """Run every row: fill `courses` (n, times, K) and the time at which `family` reaches `size` cells."""
    for row in range(first.shape[0]):
        k0, k1 = keys[row, 0], keys[row, 1]
        for k in range(len(n)):
            n[k] = first[row, k]
        done, step = 0, 0
        crossed[row] = np.inf
        seen, at = 0.0, 0.0
        for segment in range(len(edges) - 1):
            count = counts[segment]
            dt = (edges[segment + 1] - edges[segment]) / count
            for i in range(count + 1):
                t = edges[segment] + i * dt
                if i > 0:
                    switch(n, chances[segment], starts, targets, critical, moved, k0, k1, step, BEFORE)
                    divide(n, birth[segment], death[segment], mutation, dt, critical, moved, k0, k1, step)
                    switch(n, chances[segment], starts, targets, critical, moved, k0, k1, step, AFTER)
                    step += 1
                for k in range(len(n)):
                    if n[k] <= critical:
                        n[k] = rounded(uniform(k0, k1, 0, step, WHOLE, k), n[k])
                total = 0.0
                for k in range(len(n)):
                    total += family[k] * n[k]
                if crossed[row] == np.inf and total >= size:
                    crossed[row] = t
                    if 0.0 < seen < size:
                        crossed[row] = at + (t - at) * math.log(size / seen) / math.log(total / seen)
                seen, at = total, t
                until = t + (1e-9 if i == count else 1.0 - 1e-9) * dt
                while done < len(when) and when[done] < until:
                    for k in range(len(n)):
                        courses[row, done, k] = n[k]
                    done += 1


switch = numba.njit(switch, error_model="numpy")
divide = numba.njit(divide, error_model="numpy")
branch = numba.njit(branch, error_model="numpy", cache=True, nogil=True)
