"""Sparse LU factors of a matrix whose pattern is known when the code is written: straight lines, no pivoting.

Without pivoting is sound here because the matrices are I/(gamma h) - J with a J of kinetic decay: the diagonal
dominates, and a step that meets a bad pivot fails its error test and is tried again with a smaller h. Elimination may
stop before the matrix is used up: what is left is the Schur complement on the unknowns kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Entry = tuple[int, int]


@dataclass(frozen=True)
class Elimination:
    """Code that eliminates some unknowns of a linear system.

    Attributes
    ----------
    order : list of int
        Elimination order (Markowitz: least fill first).
    factor : list of str
        Statements from locals ``a_i_j`` to locals ``d_k`` (inverse pivots), ``l_i_k`` and ``a_k_j`` (upper part); the
        entries among the unknowns kept become the Schur complement.
    forward, backward : list of str
        Statements on the right-hand side, locals ``r_i``: down to the unknowns kept, and back up from them.
    stored : list of str
        Locals that both read.
    pattern : frozenset of (int, int)
        Entries among the unknowns kept, with the fill.
    """

    order: list[int]
    factor: list[str]
    forward: list[str]
    backward: list[str]
    stored: list[str]
    pattern: frozenset[Entry]


def markowitz(pivots: Sequence[int], kept: Sequence[int], pattern: set[Entry]) -> list[int]:
    """Order the pivots so that each elimination step can fill the fewest entries."""
    left = set(pattern)
    remaining, order = set(pivots), []
    while remaining:

        def cost(k: int, left: set[Entry] = left, remaining: set[int] = remaining) -> tuple[int, int]:
            others = [*remaining, *kept]
            rows = sum((i, k) in left for i in others if i != k)
            columns = sum((k, j) in left for j in others if j != k)
            return (rows * columns, k)

        pivot = min(remaining, key=cost)
        remaining.remove(pivot)
        order.append(pivot)
        others = [*remaining, *kept]
        left |= {(i, j) for i in others if (i, pivot) in left for j in others if (pivot, j) in left}
    return order


def eliminate(pivots: Sequence[int], kept: Sequence[int], pattern: set[Entry]) -> Elimination:
    """Write the elimination of `pivots` from a matrix with entries at `pattern`.

    The diagonal of the pivots is always there; entries of the kept unknowns that are not in the pattern start at 0.
    """
    order = markowitz(pivots, kept, pattern)
    present = set(pattern) | {(i, i) for i in pivots}
    factor: list[str] = []
    forward: list[str] = []
    backward: list[list[str]] = []
    stored: list[str] = []
    for position, k in enumerate(order):
        later = [*order[position + 1 :], *kept]
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
    among = frozenset((i, j) for i, j in present if i in set(kept) and j in set(kept))
    return Elimination(
        order, factor, forward, [line for lines in reversed(backward) for line in lines], stored, among
    )  # fmt: skip
