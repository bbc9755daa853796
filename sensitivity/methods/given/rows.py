"""Rows that count: complete rows of each output element, and what every given-data statistic does with them.

Points come from K independent scramblings of a Sobol' sequence. Two points of one scrambling are not independent: given
that they agree in one factor they are forced apart in the others (a net of 2^m points has exactly one in every box of
volume 2^-m), so that the product of their outputs is a biased estimate of the squared conditional mean. Statistics here
therefore multiply, or choose and measure, across scramblings only, and their intervals come from the scramblings.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from sensitivity.contracts import BoolArray, Estimate, FloatArray, IntArray, Sums

FEWEST = 4
"""Complete rows that every scrambling must have: the interval would else be one of fewer scramblings than it says."""


BLOCK = 256
"""Elements taken together, at most: bounds the memory."""


@dataclass(frozen=True)
class Rows:
    """The complete rows of output elements that miss the same rows, sorted by scrambling.

    Attributes
    ----------
    u : (n, factors)
    y : (n, elements)
        Finite, no element constant.
    label : (n,)
        Scrambling of each row, 0 to `scrambles` - 1.
    elements : (elements,)
        Columns of the whole output that these are.
    """

    u: FloatArray
    y: FloatArray
    label: IntArray
    elements: IntArray
    scrambles: int

    @cached_property
    def centred(self) -> FloatArray:
        """Outputs about their mean: a large offset would cost digits of every product."""
        return np.asarray(self.y - self.y.mean(axis=0))

    @cached_property
    def moments(self) -> Sums:
        """Number of rows, sum and sum of squares of the centred outputs of each scrambling."""
        return {
            "n": self.sums(np.ones((len(self.y), 1))),
            "sum": self.sums(self.centred),
            "square": self.sums(self.centred**2),
        }

    @cached_property
    def parts(self) -> list[slice]:
        """Rows of each scrambling."""
        edges = np.searchsorted(self.label, np.arange(self.scrambles + 1))
        return [slice(int(a), int(b)) for a, b in pairwise(edges)]

    def sums(self, values: FloatArray) -> FloatArray:
        """Sums of (n, ...) values over the rows of each scrambling, (scrambles, ...)."""
        return np.stack([values[part].sum(axis=0) for part in self.parts])

    def products(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Sums of products of (n, p) and (n, q) values over the rows of each scrambling, (scrambles, p, q)."""
        return np.stack([a[part].T @ b[part] for part in self.parts])

    def cell_sums(self, values: FloatArray, cell: IntArray, cells: int) -> FloatArray:
        """Sums of (n, ...) values over the rows of each scrambling in each cell, (scrambles, cells, ...)."""
        place = self.label * cells + cell
        order = np.argsort(place, kind="stable")
        found, first = np.unique(place[order], return_index=True)
        out = np.zeros((self.scrambles * cells, *values.shape[1:]))
        out[found] = np.add.reduceat(values[order], first, axis=0)
        return out.reshape(self.scrambles, cells, *values.shape[1:])


def complete(u: FloatArray, y: FloatArray, scramble: IntArray) -> Iterator[Rows]:
    """Elements together that miss the same rows.

    Left out are elements that do not vary, and those with fewer than `FEWEST` rows in some scrambling.

    Parameters
    ----------
    u : (n, factors)
        Quantiles or values of the factors, finite.
    y : (n, elements)
        Outputs, not finite where a run failed or the output is undefined.
    scramble : (n,)
        Label of the independent scrambling that each row belongs to.

    Raises
    ------
    ValueError
        When the arrays do not fit, a factor is not finite, or there are fewer than two scramblings.
    """
    if u.ndim != 2 or y.ndim != 2 or not len(u) == len(y) == len(scramble):
        raise ValueError(f"rows differ: factors {u.shape}, outputs {y.shape}, scramblings {scramble.shape}")
    if not np.isfinite(u).all():
        raise ValueError("a factor is not finite")
    names, label = np.unique(scramble, return_inverse=True)
    if len(names) < 2:
        raise ValueError("an interval needs at least two independent scramblings")
    order = np.argsort(label, kind="stable")
    u, y, label = u[order], y[order], label[order]
    usable = np.isfinite(y)
    patterns, which = np.unique(np.packbits(usable, axis=0), axis=1, return_inverse=True)
    for pattern in range(patterns.shape[1]):
        elements = np.flatnonzero(which.ravel() == pattern)
        keep = usable[:, elements[0]]
        if np.bincount(label[keep], minlength=len(names)).min() < FEWEST:
            continue
        part = y[np.ix_(keep, elements)]
        varies = np.flatnonzero(part.max(axis=0) > part.min(axis=0))
        for start in range(0, len(varies), BLOCK):
            some = varies[start : start + BLOCK]
            yield Rows(u[keep], part[:, some], label[keep], elements[some], len(names))


def undefined(scrambles: int, units: int, elements: int) -> Estimate:
    """An estimate of nothing, to be filled in."""
    value = np.full((units, elements), np.nan)
    return Estimate(
        value, value.copy(), np.full((2, units, elements), np.nan), np.full((scrambles, units, elements), np.nan)
    )


def put(into: Estimate, found: Estimate, unit: int | slice, elements: IntArray) -> None:
    """Write the estimate of some elements of one unit, or of all, into the whole."""
    assert into.deviations is not None
    assert found.deviations is not None
    into.value[unit, elements] = found.value
    into.se[unit, elements] = found.se
    into.ci[:, unit, elements] = found.ci
    into.deviations[:, unit, elements] = found.deviations


def by_factor(
    u: FloatArray,
    y: FloatArray,
    scramble: IntArray,
    names: Sequence[str],
    analyse: Callable[[Rows], Callable[[int], dict[str, Estimate]]],
) -> dict[str, Estimate]:
    """Estimates (factors, elements) from a function of complete rows and one factor; NaN for a constant factor.

    Parameters
    ----------
    analyse : function
        Does once for `Rows` what all factors share, and returns the function of the factor's column.
    """
    scrambles = len(np.unique(scramble))
    result = {name: undefined(scrambles, u.shape[1], y.shape[1]) for name in names}
    for rows in complete(u, y, scramble):
        one = analyse(rows)
        for factor in np.flatnonzero(varying(rows.u)):
            for name, estimate in one(int(factor)).items():
                put(result[name], estimate, int(factor), rows.elements)
    return result


def varying(u: FloatArray) -> BoolArray:
    """Columns that are not constant."""
    return np.asarray(u.max(axis=0) > u.min(axis=0))


def quantiles(values: FloatArray) -> FloatArray:
    """Mid-ranks along the first axis as quantiles in (0, 1); equal values share one."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(values, axis=0) - 0.5) / len(values))


def cut(values: FloatArray, cells: int) -> IntArray:
    """Cells of equal numbers of rows along the first axis, 0 to ``cells - 1``; equal values share a cell."""
    return np.minimum((quantiles(values) * cells).astype(np.int64), cells - 1)
