"""Morris screening: elementary effects along random trajectories sampled by SALib, or of radial stars.

Effects are per unit of quantile (the step in the unit cube is read from the design, never assumed). mu, mu_star and
sigma follow Morris (1991, doi 10.1080/00401706.1991.10484804) and Campolongo et al. (2007,
doi 10.1016/j.envsoft.2006.10.004).

Groups are ranked beside their factors, as in a Sobol' study: a block has one more point for each group, its first point
with all members of the group moved at once, along a trajectory each in the direction that it takes there. Members may
cancel each other, so that of the effects of a group only the size has a meaning: a group has mu_star, neither mu nor
sigma.

Noise of a stochastic model inflates mu_star and sigma, even of a factor that does nothing; with replicates the mean
square of the effects is also given without it, as a product between replicates, which is right however the two ends of
a step share their streams.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, Pools, Sums
from sensitivity.design import LEAF, SIDE_A, Design, Layout, ranked_units
from sensitivity.methods import morris_moments, morris_radial
from sensitivity.methods.intervals import mean_product
from sensitivity.streams import design_seed

Sampling = Literal["trajectories", "radial"]


@dataclass(frozen=True)
class Morris:
    """Elementary effects: mu, mu_star and sigma.

    Parameters
    ----------
    trajectories : int
        Number r of trajectories (or stars), at least 2; each costs factors + groups + 1 runs.
    levels : int
        Levels of the grid of trajectories, even, at least 4; the step is ``levels / (2 (levels - 1))``.
    sampling : str
        ``"trajectories"`` or ``"radial"``.
    scrambles : int
        Independent scramblings of radial stars, of which each holds as many; 1 for trajectories.

    Raises
    ------
    ValueError
        When there are too few trajectories, the levels are odd or too few, or the stars do not fit the scramblings.
    """

    trajectories: int
    levels: int = 4
    sampling: Sampling = "trajectories"
    scrambles: int = 1

    def __post_init__(self) -> None:
        if self.trajectories < 2:
            raise ValueError(f"trajectories must be at least 2, got {self.trajectories}")
        if self.levels < 4 or self.levels % 2:
            raise ValueError(f"levels must be even and at least 4, got {self.levels}")
        if self.sampling == "radial" and (self.scrambles < 2 or self.trajectories % self.scrambles):
            raise ValueError(f"{self.trajectories} stars do not fit {self.scrambles} scramblings, of at least 2")
        if self.sampling == "trajectories" and self.scrambles != 1:
            raise ValueError("trajectories have no scramblings")

    @property
    def name(self) -> str:
        """Name of the method, as in a study file."""
        return "morris"

    @property
    def layout(self) -> Layout:
        """One block a trajectory or star."""
        return Layout(self.scrambles, self.trajectories // self.scrambles)

    def units(self, factors: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
        """Every factor, then every group, with its columns."""
        return ranked_units(factors, groups)

    def block_size(self, n_units: int) -> int:
        """Points of a trajectory or star."""
        return n_units + 1

    def design(self, units: Sequence[Sequence[int]], n_factors: int, seed: int, start: int, stop: int) -> Design:
        """Trajectories or stars ``start`` to ``stop`` in the unit cube.

        The first `n_factors` units are the factors; groups follow. Points of a trajectory come first, in SALib's order.
        """
        pieces = []
        for a, b, scramble, row, _ in self.layout.parts(start, stop):
            leaf, first = row // LEAF, row % LEAF
            if self.sampling == "radial":
                base = morris_radial.base_leaf(n_factors, design_seed(seed, scramble), leaf * LEAF)
                pieces.append(morris_radial.star_points(base[first : first + b - a], units))
            else:
                walks = _trajectories(n_factors, self.levels, design_seed(seed, leaf))[first : first + b - a]
                pieces.append(np.concatenate([walks, *(_arm(walks, columns) for columns in units[n_factors:])], axis=1))
        scramble_, row_ = self.layout.address(start, stop)
        return Design(np.concatenate(pieces), scramble_, row_, np.full(self.block_size(len(units)), SIDE_A))

    def sums(self, design: Design, y: FloatArray, pools: Pools) -> Sums:
        """Moments of the effects, arrays (units, elements + pools); see `morris_moments.moments`.

        With replicates also those of the effects' squares without noise. A pool's effect is that on the mean over its
        elements; its absolute effect is the mean of the absolute effects, so that effects of opposite sign at different
        times do not cancel.
        """
        effects = self.effects(design, y.mean(axis=-2))
        absolute, effects = _pooled(np.abs(effects), pools), _pooled(effects, pools)
        effects[:, design.points.shape[2] :] = np.nan  # a group has no direction
        square = None
        if y.shape[-2] > 1:
            blocks, size, m, elements = y.shape
            each = self.effects(design, y.reshape(blocks, size, m * elements)).reshape(blocks, -1, m, elements)
            square = _pooled(mean_product(each, each), pools)
        return morris_moments.moments(effects, absolute, square)

    def effects(self, design: Design, y: FloatArray) -> FloatArray:
        """Change of the output per unit of quantile, for each block and unit.

        Parameters
        ----------
        y : (blocks, block_size, elements)

        Returns
        -------
        (blocks, units, elements); NaN where either end of a step failed
        """
        if self.sampling == "radial":
            return _arm_effects(design.points, y, 1)
        k = design.points.shape[2]
        walk = np.diff(design.points[:, : k + 1], axis=1)
        moved = np.argmax(np.abs(walk), axis=2)
        length = np.take_along_axis(walk, moved[..., None], axis=2)
        effects = np.empty((*moved.shape, y.shape[-1]))
        np.put_along_axis(effects, moved[..., None], np.diff(y[:, : k + 1], axis=1) / length, axis=1)
        return np.concatenate([effects, _arm_effects(design.points, y, k + 1)], axis=1)

    def merge(self, a: Sums, b: Sums) -> Sums:
        """Merge moments pairwise."""
        return morris_moments.merge(a, b)

    def used(self, totals: Sums) -> FloatArray:
        """Trajectories or stars with an effect of the unit."""
        return np.asarray(totals["n"].sum(axis=0))

    def estimates(self, totals: Sums, ci: float, pools: Pools) -> dict[str, Estimate]:
        """mu, mu_star and sigma with intervals; with replicates also mean_square.

        NaN where fewer than two trajectories are left, or stars of fewer than two scramblings.
        """
        if self.sampling == "radial":
            return morris_moments.of_scramblings(totals, ci)
        return morris_moments.of_independent_effects({name: values[0] for name, values in totals.items()}, ci)


def _pooled(values: FloatArray, pools: Pools) -> FloatArray:
    """Append the mean over each range of elements."""
    return np.concatenate([values, *(values[..., a:b].mean(axis=-1, keepdims=True) for a, b in pools)], axis=-1)


def _arm(walks: FloatArray, columns: Sequence[int]) -> FloatArray:
    """First point of each trajectory with `columns` moved to where the trajectory ends, (blocks, 1, factors)."""
    arm = walks[:, :1].copy()
    arm[:, 0, columns] = walks[:, -1, columns]
    return arm


def _arm_effects(points: FloatArray, y: FloatArray, first: int) -> FloatArray:
    """Effects of the points from `first` on as steps away from point 0, with the sign of the step."""
    steps = points[:, first:] - points[:, :1]
    length = np.take_along_axis(steps, np.argmax(np.abs(steps), axis=2)[..., None], axis=2)
    return np.asarray((y[:, first:] - y[:, :1]) / length)


@lru_cache(maxsize=256)
def _trajectories(n_factors: int, levels: int, seed: int) -> FloatArray:
    """A leaf of 32 trajectories (32, factors + 1, factors); a leaf has its own seed, so that a design can grow."""
    from SALib.sample import morris

    problem = {"num_vars": n_factors, "names": [f"x{i}" for i in range(n_factors)], "bounds": [[0.0, 1.0]] * n_factors}
    sample = morris.sample(problem, LEAF, num_levels=levels, seed=seed)
    return np.asarray(np.clip(sample.reshape(LEAF, n_factors + 1, n_factors), 0.0, 1.0))
