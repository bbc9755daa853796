"""Sparse LU factors of a matrix whose pattern is known when the code is written: straight lines, no pivoting.

Without pivoting is sound here because the matrices are I/(gamma h) - J with a J of kinetic decay: the diagonal
dominates, and a step that meets a bad pivot fails its error test and is tried again with a smaller h.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Entry = tuple[int, int]


@dataclass(frozen=True)
class SparseLU:
    """Code of the factorisation and of one solution.

    Attributes
    ----------
    order : list of int
        Elimination order (Markowitz: least fill first).
    factor : list of str
        Statements from locals ``a_i_j`` to locals ``d_k`` (inverse pivots), ``l_i_k`` and ``a_k_j`` (upper part).
    solve : list of str
        Statements that turn locals ``r_i`` into the solution, reading the stored names.
    stored : list of str
        Locals that the solution reads.
    """

    order: list[int]
    factor: list[str]
    solve: list[str]
    stored: list[str]


def markowitz(n: int, pattern: set[Entry]) -> list[int]:
    """Order the pivots so that each elimination step can fill the fewest entries."""
    left = set(pattern) | {(i, i) for i in range(n)}
    remaining, order = set(range(n)), []
    while remaining:

        def cost(k: int, left: set[Entry] = left, remaining: set[int] = remaining) -> tuple[int, int]:
            rows = sum((i, k) in left for i in remaining)
            columns = sum((k, j) in left for j in remaining)
            return ((rows - 1) * (columns - 1), k)

        pivot = min(remaining, key=cost)
        remaining.remove(pivot)
        order.append(pivot)
        left |= {(i, j) for i in remaining if (i, pivot) in left for j in remaining if (pivot, j) in left}
    return order


def sparse_lu(n: int, pattern: set[Entry]) -> SparseLU:
    """Write the elimination of an n x n matrix with entries at `pattern` (the diagonal is always there)."""
    order = markowitz(n, pattern)
    filled: Mapping[Entry, None] = dict.fromkeys(sorted(set(pattern) | {(i, i) for i in range(n)}))
    present = set(filled)
    factor: list[str] = []
    forward: list[str] = []
    backward: list[list[str]] = []
    stored: list[str] = []
    for position, k in enumerate(order):
        later = order[position + 1 :]
        factor.append(f"d_{k} = 1.0 / a_{k}_{k}")
        stored.append(f"d_{k}")
        upper = [j for j in later if (k, j) in present]
        stored += [f"a_{k}_{j}" for j in upper]
        backward.append([*(f"r_{k} -= a_{k}_{j} * r_{j}" for j in upper), f"r_{k} *= d_{k}"])
        for i in (i for i in later if (i, k) in present):
            factor.append(f"l_{i}_{k} = a_{i}_{k} * d_{k}")
            stored.append(f"l_{i}_{k}")
            forward.append(f"r_{i} -= l_{i}_{k} * r_{k}")
            for j in upper:
                sign = "-=" if (i, j) in present else "= -"
                factor.append(f"a_{i}_{j} {sign} l_{i}_{k} * a_{k}_{j}")
                present.add((i, j))
    solve = [*forward, *(line for lines in reversed(backward) for line in lines)]
    return SparseLU(order, factor, solve, stored)
