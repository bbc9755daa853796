"""Sobol' indices from pick-freeze designs over independent scramblings.

A block is one base sample in SALib's order: A, AB_1..AB_u, (BA_1..BA_u,) B, where AB_i is A with the columns of unit i
taken from B. A unit is a factor or a group of factors, so both levels are ranked from the same A and B rows.

Symmetric designs (A, AB, BA, B; the default) use the estimators of Azzini, Mara & Rosati (2021,
doi 10.1016/j.envsoft.2021.105167): at equal runs their error in S1 is about half that of the asymmetric pair, and
second order comes from the same runs. Asymmetric designs (A, AB, B) use Saltelli et al. (2010,
doi 10.1016/j.cpc.2009.09.018) Table 2 (f), after Jansen (1999), for ST, and (b) for S1 with the covariance of A and B,
whose expectation is zero, as control variate; the variance is taken over all rows.

A failed run removes its pair for its unit only; a failed A or B row removes the whole block. Terms are products of
differences taken with `mean_product`, which removes the bias that model noise puts on squares; with one run a point, a
twin of each A row tells how large that bias is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, Pools, Sums
from sensitivity.design import SIDE_A, SIDE_B, Design, Layout, ranked_units
from sensitivity.methods.intervals import jackknife, mean_product
from sensitivity.methods.sobol_indices import asymmetric_indices, centred, symmetric_indices
from sensitivity.streams import design_seed

MIN_ROWS = 128
"""Rows a scrambling below which its Sobol' points are hardly better than random ones."""

SALIB_VALUES = 2**18
"""Values of one scrambling up to which SALib makes it whole; beyond, SciPy makes the same rows piece by piece."""


def default_scrambles(n_base: int) -> int:
    """16 scramblings, halved until each holds 128 rows, never below 4."""
    scrambles = 16
    while scrambles > 4 and n_base // scrambles < MIN_ROWS:
        scrambles //= 2
    return scrambles


@dataclass(frozen=True)
class Sobol:
    """First-order, total and second-order Sobol' indices.

    Parameters
    ----------
    n_base : int
        Base samples in all scramblings together, a power of two.
    scrambles : int
        Independent scramblings, a power of two; their spread gives the intervals.
    second_order : bool
        Also estimate S2 (symmetric designs only; needs no further runs).
    symmetric : bool
        Whether blocks hold BA rows.
    twin : bool
        Whether blocks end with a twin of their A row, which has its values and other noise: the noise of a stochastic
        model is then known from one run a point. All rows of a block have their own streams.

    Raises
    ------
    ValueError
        When the sizes are not powers of two, or do not fit each other.
    """

    n_base: int
    scrambles: int
    second_order: bool = False
    symmetric: bool = True
    twin: bool = False

    def __post_init__(self) -> None:
        for name, value in (("n_base", self.n_base), ("scrambles", self.scrambles)):
            if value < 2 or value & (value - 1):
                raise ValueError(
                    f"{name} must be a power of two, got {value}; try {1 << max(1, value - 1).bit_length()}"
                )
        if self.n_base < 2 * self.scrambles:
            raise ValueError(f"{self.n_base} base samples are too few for {self.scrambles} scramblings")
        if self.second_order and not self.symmetric:
            raise ValueError("second order needs the symmetric design")

    @property
    def name(self) -> str:
        """Name of the method, as in a study file."""
        return "sobol"

    @property
    def layout(self) -> Layout:
        """The blocks: `n_base` rows over the scramblings."""
        return Layout(self.scrambles, self.n_base // self.scrambles)

    def units(self, factors: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
        """Every factor, then every group, with its columns."""
        return ranked_units(factors, groups)

    def block_size(self, n_units: int) -> int:
        """Rows A, AB_i, (BA_i,) B (, A')."""
        return 2 + n_units * (2 if self.symmetric else 1) + self.twin

    def design(self, units: Sequence[Sequence[int]], n_factors: int, seed: int, start: int, stop: int) -> Design:
        """Blocks ``start`` to ``stop`` in the unit cube.

        Parameters
        ----------
        units : sequence of columns
            What each AB_i (BA_i) row swaps.
        seed : int
            Root seed of the study.
        """
        scramble, row = self.layout.address(start, stop)
        base = np.empty((stop - start, 2 * n_factors))
        for a, b, s, r, _ in self.layout.parts(start, stop):
            base[a - start : b - start] = _base_rows(n_factors, self.layout.rows, design_seed(seed, s), r, r + b - a)
        a_rows, b_rows = base[:, :n_factors], base[:, n_factors:]
        u = len(units)
        points = np.empty((stop - start, self.block_size(u), n_factors))
        points[:, : u + 1] = a_rows[:, None, :]
        points[:, u + 1 :] = b_rows[:, None, :]
        for i, columns in enumerate(units):
            points[:, 1 + i, columns] = b_rows[:, columns]
            if self.symmetric:
                points[:, 1 + u + i, columns] = a_rows[:, columns]
        side = np.full(self.block_size(u), SIDE_A)
        side[u + 1 :] = SIDE_B
        if self.twin:
            points[:, -1] = a_rows
            side = np.arange(self.block_size(u))
        return Design(points, scramble, row, side, (0, self.block_size(u) - 1 - self.twin))

    def sums(self, design: Design, y: FloatArray, pools: Pools) -> Sums:
        """Sums over the blocks.

        Sums of products are (elements,), (units, elements) or (units, units, elements); sums of outputs have one more
        axis, (replicates, elements) or (units, replicates, elements).
        """
        noise = {}
        if self.twin:
            noise = _twin_sums(y[:, 0], y[:, -1])
            y = y[:, :-1]
        size = y.shape[1]
        u = (size - 2) // 2 if self.symmetric else size - 2
        a, ab, b = y[:, :1], y[:, 1 : 1 + u], y[:, -1:]
        sums = _output_sums(a, b) | noise
        if not self.symmetric:
            return sums | _asymmetric_sums(y, a, ab, b)
        ba = y[:, 1 + u : 1 + 2 * u]
        u_ab, u_ba = a - ab, ba - b
        valid = _finite(u_ab) & _finite(u_ba)
        sums |= {
            "pairs": _total(valid.astype(np.float64), valid),
            "num": _total(mean_product(u_ba, u_ab), valid),
            "tot": _total(mean_product(u_ba, u_ba) + mean_product(u_ab, u_ab), valid),
            "den": _total(mean_product(a - b, a - b) + mean_product(ba - ab, ba - ab), valid),
        }
        if self.second_order:
            sums |= _interaction_sums(u_ab, u_ba)
        return sums

    def merge(self, a: Sums, b: Sums) -> Sums:
        """Add."""
        return {name: a[name] + b[name] for name in a}

    def used(self, totals: Sums) -> FloatArray:
        """Base samples without a failed run of the unit."""
        return np.asarray(totals["pairs"].sum(axis=0))

    def estimates(self, totals: Sums, ci: float, pools: Pools) -> dict[str, Estimate]:
        """S1, ST, (S2,) mean, variance and noise_share with intervals from the scramblings.

        Pools append generalised indices: numerators and denominators are summed over the elements of the pool
        (Gamboa et al. 2014, doi 10.1214/14-EJS895), so that each time weighs as much as its variance.
        """
        statistic = symmetric_indices if self.symmetric else asymmetric_indices
        if not self.symmetric and "noise" in totals:
            totals = centred(totals)
        return jackknife(totals, lambda sums: statistic(sums, list(pools)), ci)


@lru_cache(maxsize=64)
def _whole_base(n_factors: int, rows: int, seed: int) -> FloatArray:
    """Base rows (A | B) of a whole scrambling, read back from SALib's design."""
    from SALib.sample import sobol

    problem = {"num_vars": n_factors, "names": [f"x{i}" for i in range(n_factors)], "bounds": [[0.0, 1.0]] * n_factors}
    sample = sobol.sample(problem, rows, calc_second_order=False, scramble=True, seed=seed)
    blocks = sample.reshape(rows, n_factors + 2, n_factors)
    return np.concatenate([blocks[:, 0], blocks[:, -1]], axis=1)


def _base_rows(n_factors: int, rows: int, seed: int, start: int, stop: int) -> FloatArray:
    """Rows ``start`` to ``stop`` of one scrambling: A in the first columns, B in the last ones."""
    if rows * (n_factors + 2) * n_factors <= SALIB_VALUES:
        return _whole_base(n_factors, rows, seed)[start:stop]
    from scipy.stats import qmc

    engine = qmc.Sobol(d=2 * n_factors, scramble=True, seed=seed)
    if start:
        engine.fast_forward(start)
    with np.errstate(all="ignore"):
        return np.asarray(engine.random(stop - start))


def _finite(y: FloatArray) -> np.ndarray:
    """Whether all replicates of a row are finite: (..., replicates, elements) -> (..., elements)."""
    return np.asarray(np.isfinite(y).all(axis=-2))


def _total(terms: FloatArray, valid: np.ndarray) -> FloatArray:
    """Sum over blocks, one after the other, of the valid terms."""
    return np.asarray(np.add.reduce(np.where(valid, terms, 0.0), axis=0))


def _output_sums(a: FloatArray, b: FloatArray) -> Sums:
    """Moments of the output over the A and B rows, and its noise within rows."""
    rows = np.concatenate([a, b], axis=1)
    valid = _finite(rows)
    sums = {
        "n": _total(valid.astype(np.float64), valid).sum(axis=0),
        "sum": _total(rows, valid[..., None, :]).sum(axis=0),
        "square": _total(mean_product(rows, rows), valid).sum(axis=0),
    }
    if rows.shape[-2] > 1:
        sums["noise"] = _total(rows.var(axis=-2, ddof=1), valid).sum(axis=0)
    return sums


def _twin_sums(a: FloatArray, twin: FloatArray) -> Sums:
    """Half the squared difference of two runs at one point, whose expectation is the variance of the noise."""
    step = a - twin
    valid = _finite(step)
    return {
        "twin_n": _total(valid.astype(np.float64), valid),
        "twin": _total(0.5 * step[..., 0, :] ** 2, valid),
    }


def _asymmetric_sums(y: FloatArray, a: FloatArray, ab: FloatArray, b: FloatArray) -> Sums:
    step = ab - a
    own = _finite(step)
    valid = own & _finite(b)
    rows, base = _finite(y), _finite(a) & _finite(b)
    return {
        "pairs": _total(valid.astype(np.float64), valid),
        "cross": _total(mean_product(np.broadcast_to(b, step.shape), step), valid),
        "step": _total(step, valid[..., None, :]),
        "tot_pairs": _total(own.astype(np.float64), own),
        "tot": _total(0.5 * mean_product(step, step), own),  # needs no B row
        "all_n": _total(rows.astype(np.float64), rows).sum(axis=0),
        "all_sum": _total(y, rows[..., None, :]).sum(axis=0),
        "all_square": _total(mean_product(y, y), rows).sum(axis=0),
        "base_n": _total(base.astype(np.float64), base)[0],
        "base_a": _total(a, base[..., None, :])[0],
        "base_b": _total(b, base[..., None, :])[0],
        "base": _total(mean_product(a, b), base)[0],
    }


def _interaction_sums(u_ab: FloatArray, u_ba: FloatArray) -> Sums:
    """Sums of (BA_i - B)(AB_j - A), whose expectation is the pure interaction variance V_ij for i != j.

    E[BA_i AB_j] - E[BA_i A] - E[B AB_j] + E[B A] = V_ij(closed) - V_i - V_j; every term is shift-invariant.
    """
    u, e = u_ab.shape[1], u_ab.shape[-1]
    total, count = np.zeros((u, u, e)), np.zeros((u, u, e))
    for block in range(len(u_ab)):  # one block at a time: u * u * elements values at once, in a fixed order
        left, right = u_ba[block][:, None], -u_ab[block][None, :]
        terms = mean_product(*np.broadcast_arrays(left, right))
        valid = np.isfinite(terms)
        total += np.where(valid, terms, 0.0)
        count += valid
    return {"inter": total, "inter_n": count}
