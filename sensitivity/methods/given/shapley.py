"""Shapley effects: shares of the output's variance for factors that depend on each other.

Of the variance that a set of units explains, ``c(s) = Var E[Y | X_s]``, each unit gets its mean increment over all
orders in which units can join (Owen 2014, doi 10.1137/130936233; Song, Nelson & Staum 2016, doi 10.1137/15M1048070).
The shares sum to one and the true ones are never negative, dependent or not. Noise of a stochastic model is shared out
among the units, for all units together are taken to explain everything.

``E Var(Y | X_s)`` comes from nearest neighbours in the ranks of the columns of s (Broto, Bachoc & Depecker 2020,
doi 10.1137/18M1234631, with neighbours in ranks): half the mean squared difference between the
output of a run and those of its nearest neighbours. Neighbours are taken from other scramblings, for those of one
scrambling are forced apart in the other columns (see `rows`). Neighbours are never at the same point, which adds to
``Var(Y | X_s)`` what the output changes over the distance, more so in sets of many columns: shares are drawn towards
equality, and less so with more runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb

import numpy as np

from sensitivity.contracts import BoolArray, Estimate, FloatArray, IntArray, Sums
from sensitivity.methods.given.rows import Rows, complete, put, quantiles, undefined
from sensitivity.methods.intervals import jackknife, ratio

EXACT = 10
"""Units up to which all their sets are counted, 1,024 at most; beyond, random orders."""

ORDERS = 200
"""Random orders for more units."""

QUERIES = 2048
"""Runs whose neighbours are looked for. As they are few among all, their neighbours are different runs."""

NEIGHBOURS = 2
"""Of each run, as in the paper (three with the run itself)."""

SEARCHED = 12
"""Nearest runs among which neighbours of other scramblings are looked for."""


@dataclass(frozen=True)
class Weights:
    """Shapley effects as a linear map of what sets of units explain.

    Attributes
    ----------
    sets : (sets, units) bool
        Neither the empty set, which explains nothing, nor that of all units, which explains everything.
    factor : (units, sets)
        Weight of each set in the share of each unit.
    whole : (units,)
        Weight of the set of all units.
    """

    sets: BoolArray
    factor: FloatArray
    whole: FloatArray


def exact_weights(units: int) -> Weights:
    """All sets, each with the share of the orders in which a unit joins it or completes it."""
    sets = (np.arange(1, 2**units - 1)[:, None] >> np.arange(units)) % 2 == 1
    size = sets.sum(axis=1)
    joined = np.array([1.0 / (units * comb(units - 1, s)) if s < units else 0.0 for s in range(units + 1)])
    factor = np.where(sets.T, joined[size - 1], -joined[size])
    return Weights(sets, factor, np.full(units, 1.0 / units))


def random_weights(units: int, orders: int, rng: np.random.Generator) -> Weights:
    """Sets met along random orders, each order followed by its reverse (antithetic)."""
    members: dict[bytes, int] = {}
    found: list[tuple[int, int, float]] = []
    sets: list[BoolArray] = []
    whole = np.zeros(units)
    for _ in range(-(-orders // 2)):
        order = rng.permutation(units)
        for path in (order, order[::-1]):
            places = []
            inside = np.zeros(units, dtype=bool)
            for unit in path[:-1]:
                inside[unit] = True
                place = members.setdefault(inside.tobytes(), len(sets))
                if place == len(sets):
                    sets.append(inside.copy())
                places.append(place)
            found.append((int(path[0]), places[0], 1.0))
            for unit, (before, after) in zip(path[1:-1], pairwise(places), strict=True):
                found += [(int(unit), after, 1.0), (int(unit), before, -1.0)]
            found.append((int(path[-1]), places[-1], -1.0))
            whole[path[-1]] += 1.0
    factor = np.zeros((units, len(sets)))
    for unit, place, sign in found:
        factor[unit, place] += sign
    n = 2 * -(-orders // 2)
    return Weights(np.array(sets), factor / n, whole / n)


def shapley(
    u: FloatArray,
    y: FloatArray,
    scramble: IntArray,
    rng: np.random.Generator,
    units: Sequence[Sequence[int]] | None = None,
    ci: float = 0.95,
    queries: int = QUERIES,
    orders: int = ORDERS,
) -> Estimate:
    """Shapley effects (units, elements).

    Intervals cover the error of the runs, not that of the distance to neighbours, nor, beyond `EXACT` units, that of
    the random orders, which is about the spread of a unit's increments over sqrt(orders).

    Parameters
    ----------
    u : (n, factors)
        Values of the factors, dependent or not; only their ranks count.
    y : (n, elements)
        Outputs; not finite: left out, for its element.
    scramble : (n,)
        Label of each row's scrambling, or of any independent parts of the sample.
    rng : numpy.random.Generator
        Draws the runs whose neighbours are looked for, and the orders.
    units : sequence of columns
        Factors or groups of factors that share in the variance together; every factor by itself when left out.
    queries : int
        Runs whose neighbours are looked for, at most half of all.
    orders : int
        Random orders for more than `EXACT` units.
    """
    columns = [[i] for i in range(u.shape[1])] if units is None else [list(unit) for unit in units]
    p = len(columns)
    if p == 1:
        raise ValueError("one unit explains everything")
    weights = exact_weights(p) if p <= EXACT else random_weights(p, orders, rng)
    chosen = rng.permutation(len(u))
    result = undefined(len(np.unique(scramble)), p, y.shape[1])
    for rows in complete(u, y, scramble):
        at = chosen[chosen < len(rows.u)][: min(queries, len(rows.u) // 2)]
        totals = {**_spread(rows, columns, weights.sets, np.sort(at)), **rows.moments}
        put(result, jackknife(totals, lambda sums: _shares(sums, weights), ci)["share"], slice(None), rows.elements)
    return result


def _spread(rows: Rows, columns: list[list[int]], sets: BoolArray, at: IntArray) -> Sums:
    """Sums of half the squared differences to neighbours, (scrambles, sets, elements), and their number."""
    from scipy.spatial import cKDTree

    x, y = quantiles(rows.u), rows.centred
    label = rows.label[at]
    edges = np.searchsorted(label, np.arange(rows.scrambles + 1))
    spread = np.empty((rows.scrambles, len(sets), y.shape[1]))
    number = np.empty((rows.scrambles, len(sets), 1))
    for s, members in enumerate(sets):
        of = x[:, [c for unit in np.flatnonzero(members) for c in columns[unit]]]
        near = np.asarray(cKDTree(of).query(of[at], k=min(SEARCHED, len(of)))[1], dtype=np.int64)
        other = rows.label[near] != label[:, None]
        use = other & (np.cumsum(other, axis=1) <= NEIGHBOURS)
        square = np.zeros((len(at), y.shape[1]))
        for j in range(near.shape[1]):
            row = np.flatnonzero(use[:, j])
            square[row] += 0.5 * (y[at[row]] - y[near[row, j]]) ** 2
        for k, (a, b) in enumerate(pairwise(edges)):
            spread[k, s] = square[a:b].sum(axis=0)
            number[k, s] = use[a:b].sum()
    return {"spread": spread, "number": number}


def _shares(sums: Sums, weights: Weights) -> dict[str, FloatArray]:
    variance = ratio(sums["square"], sums["n"]) - ratio(sums["sum"], sums["n"]) ** 2
    explained = 1.0 - ratio(ratio(sums["spread"], sums["number"]), variance)
    return {"share": weights.factor @ explained + weights.whole[:, None]}
