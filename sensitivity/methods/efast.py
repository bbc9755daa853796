"""eFAST: first-order and total indices from the spectrum of the output along search curves.

A curve visits the range of every factor at a frequency of its own; what the output does at the high frequency of one
factor and its harmonics is that factor's share, and what it does at the low frequencies of all others is theirs
(Saltelli, Tarantola & Chan 1999, doi 10.1080/00401706.1999.10485594). A curve set holds one curve for each factor; a
block is one step on all of them. Frequencies and phases are SALib's, made step by step, but for which of the others has
which low frequency: that is drawn for every curve. The estimates of one curve set are SALib's.

Intervals are t intervals over curve sets, which are independent: a resampling of the steps of one curve, as SALib does
it, has no meaning. Harmonics of slow factors reach the fast ones' frequencies at any number of steps, a bias of some
hundredths: in ST of Ishigami 0.045 with SALib's frequencies and 0.03 with those drawn anew, which also show a part of
it in the intervals. No interval shows all of it.

Statistics are sums of the output times cosines and sines, which add. A curve with a failed step has no spectrum and is
left out, for its factor and output only.

With replicates the powers are products between replicates, which takes the noise of a stochastic model out of both
indices; without, noise is spread over all frequencies and makes a factor that does nothing look important.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sensitivity.contracts import BoolArray, Estimate, FloatArray, IntArray, Pools, Sums
from sensitivity.design import SIDE_A, Design, Layout
from sensitivity.methods.intervals import mean_product, ratio_of_sums, with_pools
from sensitivity.streams import design_seed


@dataclass(frozen=True)
class EFast:
    """First-order and total indices by the extended Fourier amplitude sensitivity test.

    Parameters
    ----------
    n : int
        Steps of a curve, odd, more than four times the square of `harmonics`.
    curves : int
        Independent curve sets, at least 2.
    harmonics : int
        Harmonics of a factor's frequency that count as its own.

    Raises
    ------
    ValueError
        When a size is too small, or `n` is even.
    """

    n: int
    curves: int = 8
    harmonics: int = 4

    def __post_init__(self) -> None:
        if self.harmonics < 1 or self.n <= 4 * self.harmonics**2 or self.n % 2 == 0:
            raise ValueError(f"n must be odd and above {4 * self.harmonics**2}, got {self.n}")
        if self.curves < 2:
            raise ValueError(f"curves must be at least 2, got {self.curves}")

    @property
    def name(self) -> str:
        """Name of the method, as in a study file."""
        return "efast"

    @property
    def layout(self) -> Layout:
        """One block a step; a curve means something only as a whole."""
        return Layout(self.curves, self.n, grows=False)

    @property
    def frequency(self) -> int:
        """Frequency of the factor that a curve is for."""
        return (self.n - 1) // (2 * self.harmonics)

    @property
    def low_frequencies(self) -> int:
        """How many frequencies the other factors have among them."""
        return self.frequency // (2 * self.harmonics)

    @property
    def frequencies(self) -> IntArray:
        """Frequencies whose power is needed: all the low ones, then the factor's own and its harmonics."""
        low = np.arange(1, self.frequency // 2 + 1)
        return np.concatenate([low, np.arange(1, self.harmonics + 1) * self.frequency])

    def units(self, factors: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
        """Every factor; groups are not ranked."""
        return {name: [i] for i, name in enumerate(factors)}

    def block_size(self, n_units: int) -> int:
        """One step on the curve of each factor."""
        return n_units

    def design(self, units: Sequence[Sequence[int]], n_factors: int, seed: int, start: int, stop: int) -> Design:
        """Steps ``start`` to ``stop`` in the unit cube."""
        scramble, row = self.layout.address(start, stop)
        points = np.empty((len(row), n_factors, n_factors))
        for number in np.unique(scramble):
            own = scramble == number
            seed_ = design_seed(seed, int(number))
            speeds, phases = search_curves(self.frequency, self.low_frequencies, n_factors, seed_)
            angle = (2.0 * math.pi / self.n) * row[own, None, None]
            points[own] = 0.5 + np.arcsin(np.sin(speeds * angle + phases[:, None])) / math.pi
        return Design(np.clip(points, 0.0, 1.0), scramble, row, np.full(n_factors, SIDE_A))

    def sums(self, design: Design, y: FloatArray, pools: Pools) -> Sums:
        """Sums over the steps.

        ``steps`` and ``square`` are (factors, elements), ``sum`` (factors, replicates, elements), ``cosine`` and
        ``sine`` (frequencies, factors, replicates, elements).
        """
        valid = np.asarray(np.isfinite(y).all(axis=2))
        filled = np.where(valid[:, :, None, :], y, 0.0)
        angle = (2.0 * math.pi / self.n) * (np.outer(self.frequencies, design.row) % self.n)
        # A fixed order of additions, which a matrix product does not promise.
        wave = {name: f(angle)[:, :, None, None, None] for name, f in (("cosine", np.cos), ("sine", np.sin))}
        return {
            "steps": np.add.reduce(valid.astype(np.float64), axis=0),
            "sum": np.add.reduce(filled, axis=0),
            "square": np.add.reduce(mean_product(filled, filled), axis=0),
            **{name: np.stack([np.add.reduce(w * filled, axis=0) for w in values]) for name, values in wave.items()},
        }

    def merge(self, a: Sums, b: Sums) -> Sums:
        """Add."""
        return {name: a[name] + b[name] for name in a}

    def used(self, totals: Sums) -> FloatArray:
        """Curves without a failed step, (factors, elements)."""
        return np.asarray(np.sum(totals["steps"] == self.n, axis=0))

    def estimates(self, totals: Sums, ci: float, pools: Pools) -> dict[str, Estimate]:
        """S1, ST, mean and variance; NaN where fewer than two whole curves are left.

        The powers of all curves of a factor are added before they are divided; a pool adds those of its elements.
        """
        whole: BoolArray = np.asarray(totals["steps"] == self.n, dtype=np.bool_)
        power = (mean_product(totals["cosine"], totals["cosine"]) + mean_product(totals["sine"], totals["sine"])) * (
            2.0 / self.n**2
        )
        low = self.frequency // 2
        mean = totals["sum"] / self.n
        variance = totals["square"] / self.n - mean_product(mean, mean)
        own, rest, all_ = (
            with_pools(np.where(whole, part, 0.0), list(pools))
            for part in (power[:, low:].sum(axis=1), power[:, :low].sum(axis=1), variance)
        )
        # A pool is as good as the worst of its elements.
        complete = [whole[..., a:b].all(axis=-1, keepdims=True) for a, b in pools]
        known = np.concatenate([whole, *complete], axis=-1)
        own, rest, all_ = (np.where(known, part, 0.0) for part in (own, rest, all_))
        curves = known.sum(axis=1).astype(np.float64)
        steps = whole.sum(axis=1).astype(np.float64)
        means = ratio_of_sums(np.where(whole, mean.mean(axis=2), 0.0).sum(axis=1), steps, ci)
        return {
            "S1": ratio_of_sums(own, all_, ci),
            "ST": ratio_of_sums(all_ - rest, all_, ci),
            "mean": _without_pools(means, len(pools)),
            "variance": ratio_of_sums(all_.sum(axis=1), curves, ci),
        }


def _without_pools(estimate: Estimate, pools: int) -> Estimate:
    """With NaN for each pool: times of one course have no common mean."""

    def blank(values: FloatArray) -> FloatArray:
        return np.concatenate([values, np.full((*values.shape[:-1], pools), np.nan)], axis=-1)

    return Estimate(blank(estimate.value), blank(estimate.se), blank(estimate.ci))


@lru_cache(maxsize=256)
def search_curves(high: int, most: int, n_factors: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Frequency of each factor (columns) on the curve of each factor (rows), and the phase of each curve."""
    rng = np.random.default_rng(seed)
    phases = 2.0 * math.pi * rng.random(n_factors)
    if most >= n_factors - 1:
        others = np.floor(np.linspace(1, most, n_factors - 1))
    else:
        others = np.arange(n_factors - 1) % most + 1.0
    return np.stack([np.insert(rng.permutation(others), i, high) for i in range(n_factors)]), phases
