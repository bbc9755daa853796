"""Factors that depend on each other, as one input of a study.

A block turns independent coordinates of the unit cube into dependent quantiles of its members; the members' own
distributions turn those into values. Pick-freeze designs swap all coordinates of a block together, which keeps A, B and
the mixed rows independent where they must be, so that a block is ranked like one factor. What its members do inside it
is a question for methods that read given data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sensitivity.contracts import FloatArray
from sensitivity.distributions import TAIL


@dataclass(frozen=True)
class Copula:
    """Gaussian copula: normal scores of the members are correlated (Nelsen 2006, section 2.3.6).

    Attributes
    ----------
    members : tuple of str
        Names of factors.
    correlation : tuple of tuple of float
        Correlation matrix of the normal scores (for log-normal members that of their logarithms), positive definite.
    """

    members: tuple[str, ...]
    correlation: tuple[tuple[float, ...], ...]

    @cached_property
    def _root(self) -> FloatArray:
        return np.linalg.cholesky(np.array(self.correlation))

    def quantiles(self, u: FloatArray) -> FloatArray:
        """Dependent quantiles (n, members) from independent ones (n, members).

        Scores are cut at their 0.001 and 0.999 quantiles, like every unbounded law.
        """
        from scipy.special import ndtr, ndtri

        scores = ndtri(np.clip(u, TAIL, 1.0 - TAIL))
        mixed = np.zeros_like(scores)
        # One term after the other: a matrix product would round differently with the number of rows.
        for i, j in zip(*np.tril_indices(len(self.members)), strict=True):
            mixed[:, i] += self._root[i, j] * scores[:, j]
        return np.asarray(ndtr(mixed))


@dataclass(frozen=True)
class Ensemble:
    """Members drawn together from a table, such as a posterior sample: one row of it a run, all equally likely.

    Attributes
    ----------
    members : tuple of str
        Names of factors, whose laws are the columns of the table (`marginal`).
    rows : tuple of tuple of float
        The table, in the members' units.
    """

    members: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]

    @cached_property
    def _middles(self) -> FloatArray:
        """Quantile of every entry in its column, in the middle of the step that the entry makes."""
        table = np.array(self.rows)
        middles = np.empty_like(table)
        for j, column in enumerate(table.T):
            _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
            edges = np.concatenate([[0.0], np.cumsum(counts / len(column))])
            middles[:, j] = (0.5 * (edges[:-1] + edges[1:]))[place]
        return middles

    def quantiles(self, u: FloatArray) -> FloatArray:
        """Dependent quantiles (n, members) of the row that the first coordinate of (n, members) draws."""
        row = np.minimum((u[:, 0] * len(self.rows)).astype(np.int64), len(self.rows) - 1)
        return np.asarray(self._middles[row])

    def marginal(self, member: int) -> dict[str, tuple[float, ...]]:
        """Arguments of the ``choice`` that one column is: its different values and their weights."""
        values, counts = np.unique(np.array(self.rows)[:, member], return_counts=True)
        return {"values": tuple(map(float, values)), "weights": tuple(map(float, counts))}


Block = Copula | Ensemble


def quantiles(factors: Sequence[str], blocks: Mapping[str, Block], points: FloatArray) -> FloatArray:
    """Quantiles of the factors (n, factors) at points (n, factors) of the unit cube."""
    if not blocks:
        return points
    found = points.copy()
    for block in blocks.values():
        columns = [list(factors).index(name) for name in block.members]
        found[:, columns] = block.quantiles(points[:, columns])
    return found


def inputs(factors: Sequence[str], blocks: Mapping[str, Block]) -> dict[str, list[int]]:
    """Independent inputs with their columns: a block, under its name, stands where its first member does."""
    of_member = {member: name for name, block in blocks.items() for member in block.members}
    found: dict[str, list[int]] = {}
    for i, factor in enumerate(factors):
        found.setdefault(of_member.get(factor, factor), []).append(i)
    return found


def to_json(blocks: Mapping[str, Block]) -> list[dict[str, Any]]:
    """Blocks as values that JSON can hold."""
    return [
        {"name": name, "members": list(block.members)}
        | (
            {"correlation": [list(row) for row in block.correlation]}
            if isinstance(block, Copula)
            else {"rows": [list(row) for row in block.rows]}
        )
        for name, block in blocks.items()
    ]


def from_json(records: Sequence[Mapping[str, Any]]) -> dict[str, Block]:
    """Rebuild what `to_json` wrote."""
    found: dict[str, Block] = {}
    for record in records:
        members = tuple(record["members"])
        if "correlation" in record:
            found[record["name"]] = Copula(members, tuple(map(tuple, record["correlation"])))
        else:
            found[record["name"]] = Ensemble(members, tuple(map(tuple, record["rows"])))
    return found
