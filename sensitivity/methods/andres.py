"""The check of a screening: do the kept factors alone reproduce the output? (Andres 1997)

A block is one random point of all factors and the same point twice more: with the dropped factors at their nominal
values, as the main stage holds them, and with the kept factors there instead. After a good screening the output at the
second point follows that at the first, correlation 1, and the output at the third does not, correlation near 0 (Andres
1997, doi 10.1080/00949659708811804; with these three sets in Tang et al. 2007, doi 10.5194/hess-11-793-2007). The
square of the first correlation is the share of the variance that the kept factors explain.

Points are independent, so that leaving one out after the other gives the intervals, on Fisher's scale artanh(r), where
they are almost symmetric. Variances and covariances are products between replicates where there are some: the three
points of a block share their random streams, and the noise they share is no agreement of the model with itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, Pools, Sums
from sensitivity.design import LEAF, SIDE_A, Design, Layout
from sensitivity.methods.intervals import jackknife, mean_product, ratio, with_pools
from sensitivity.streams import design_seed

EXPLAINED = 0.9
"""Share of the variance that kept factors must explain: below, what was dropped is worth its runs."""

CONFIRMED, OPEN, REFUTED = 1, 0, -1

LEAST = 4
"""Points below which a correlation has no interval."""

ALMOST_ONE = 1.0 - 1e-12
"""Correlations beyond are 1 but for rounding, and artanh(1) is infinite."""


@dataclass(frozen=True)
class Andres:
    """Correlations of the output with itself when only the kept, or only the dropped factors vary.

    Parameters
    ----------
    points : int
        Random points, each of three runs.
    """

    points: int

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "andres"

    @property
    def layout(self) -> Layout:
        """One block a point."""
        return Layout(1, self.points)

    def units(self, factors: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
        """The two sets of factors that the stage has as groups."""
        return {name: [list(factors).index(member) for member in members] for name, members in groups.items()}

    def block_size(self, n_units: int) -> int:
        """The point of all factors, and one for each set."""
        return 1 + n_units

    def design(self, units: Sequence[Sequence[int]], n_factors: int, seed: int, start: int, stop: int) -> Design:
        """Points ``start`` to ``stop``; NaN where a factor is held at its nominal value."""
        pieces = []
        for a, b, _, row, _ in self.layout.parts(start, stop):
            rng = np.random.Generator(np.random.Philox(key=design_seed(seed, row // LEAF)))
            base = rng.random((LEAF, n_factors))[row % LEAF : row % LEAF + b - a]
            points = np.full((b - a, self.block_size(len(units)), n_factors), np.nan)
            points[:, 0] = base
            for i, columns in enumerate(units):
                points[:, 1 + i, columns] = base[:, columns]
            pieces.append(points)
        scramble, rows = self.layout.address(start, stop)
        return Design(np.concatenate(pieces), scramble, rows, np.full(self.block_size(len(units)), SIDE_A))

    def sums(self, design: Design, y: FloatArray, pools: Pools) -> Sums:
        """The outputs themselves, (blocks, 3, replicates, elements): ranks need all of them, and they are few."""
        return {"y": y}

    def merge(self, a: Sums, b: Sums) -> Sums:
        """Append."""
        return {"y": np.concatenate([a["y"], b["y"]])}

    def used(self, totals: Sums) -> FloatArray:
        """Points at which both outputs of a pair are known."""
        known = np.isfinite(totals["y"][0]).all(axis=2)
        return np.asarray(np.sum(known[:, :1] & known[:, 1:], axis=0))

    def estimates(self, totals: Sums, ci: float, pools: Pools) -> dict[str, Estimate]:
        """Correlations with the output of all factors, shares of its variance, and that variance.

        correlation, rank_correlation and share are (2, elements + pools): kept, dropped. A pool has the covariances and
        variances of its elements together. share, the variance of one set alone over that of all, has no upper bound.
        """
        y = totals["y"][0]
        found = _compare(y, ci, pools)
        means = np.where(np.isfinite(y).all(axis=2), y.mean(axis=2), np.nan)[:, :, None, :]
        return {**found, "rank_correlation": _compare(_ranks(means), ci, pools)["correlation"]}


def _ranks(y: FloatArray) -> FloatArray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(y, axis=0, nan_policy="omit"))


def _compare(y: FloatArray, ci: float, pools: Pools) -> dict[str, Estimate]:
    """Correlations of ``y[:, 1:]`` with ``y[:, :1]``; `y` is (points, 3, replicates, elements)."""
    a, b = np.broadcast_arrays(y[:, :1], y[:, 1:])
    valid = np.isfinite(a).all(axis=2) & np.isfinite(b).all(axis=2)
    a, b = (np.where(valid[:, :, None, :], values, 0.0) for values in (a, b))
    rows = {"n": valid.astype(np.float64), "a": a, "b": b}
    rows |= {"aa": mean_product(a, a), "bb": mean_product(b, b), "ab": mean_product(a, b)}

    def statistic(sums: Sums) -> dict[str, FloatArray]:
        n = np.where(sums["n"] >= LEAST - 1, sums["n"], np.nan)  # one of `LEAST` may be left out
        mean_a, mean_b = (sums[name] / n[:, None, :] for name in ("a", "b"))
        aa = with_pools(sums["aa"] / n - mean_product(mean_a, mean_a), list(pools))
        bb = with_pools(sums["bb"] / n - mean_product(mean_b, mean_b), list(pools))
        ab = with_pools(sums["ab"] / n - mean_product(mean_a, mean_b), list(pools))
        r = ratio(ab, np.sqrt(np.maximum(aa, 0.0) * np.maximum(bb, 0.0)))
        z = np.arctanh(np.clip(r, -ALMOST_ONE, ALMOST_ONE))
        return {"correlation": z, "share": ratio(bb, aa), "variance": aa[0]}

    found = jackknife(rows, statistic, ci)
    return found | {"correlation": _from_fisher(found["correlation"])}


def _from_fisher(z: Estimate) -> Estimate:
    value = np.tanh(z.value)
    return replace(z, value=value, se=(1.0 - value**2) * z.se, ci=np.tanh(z.ci), deviations=None)


def verdicts(correlation: Estimate, elements: Sequence[int]) -> np.ndarray:
    """`CONFIRMED`, `REFUTED` or `OPEN` for some elements, from the interval of the correlation of the kept factors."""
    low, high = correlation.ci[:, 0, elements]
    limit = np.sqrt(EXPLAINED)
    return np.where(low >= limit, CONFIRMED, np.where(high < limit, REFUTED, OPEN)).astype(np.int8)
