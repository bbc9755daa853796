"""Morris screening: elementary effects along random trajectories sampled by SALib.

Effects are per unit of quantile (the step in the unit cube is read from the design, never assumed). mu, mu_star and
sigma follow Morris (1991, doi 10.1080/00401706.1991.10484804) and Campolongo et al. (2007,
doi 10.1016/j.envsoft.2006.10.004). Trajectories are independent, so mu has a plain t interval. mu_star and sigma cannot
be negative and their estimates are skewed: their t intervals are taken on the log scale, with the delta method, that of
sigma from the fourth moment of the effects. Noise of a stochastic model inflates mu_star and sigma, even of a factor
that does nothing; with replicates the mean square of the effects is also given without it, as a product between
replicates, which is right however the two ends of a step share their streams. Moments are merged by the formulas of
Pebay (2008, SAND2008-6212): sums of powers would lose sigma of a nearly linear output to cancellation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, Pools, Sums
from sensitivity.design import LEAF, SIDE_A, Design, Layout
from sensitivity.methods.intervals import mean_product, ratio, t_quantile
from sensitivity.streams import design_seed


@dataclass(frozen=True)
class Morris:
    """Elementary effects: mu, mu_star and sigma.

    Parameters
    ----------
    trajectories : int
        Number r of trajectories, at least 2; each costs factors + 1 runs.
    levels : int
        Levels of the grid, even, at least 4; the step is ``levels / (2 (levels - 1))``.

    Raises
    ------
    ValueError
        When there are too few trajectories, or the levels are odd or too few.
    """

    trajectories: int
    levels: int = 4

    def __post_init__(self) -> None:
        if self.trajectories < 2:
            raise ValueError(f"trajectories must be at least 2, got {self.trajectories}")
        if self.levels < 4 or self.levels % 2:
            raise ValueError(f"levels must be even and at least 4, got {self.levels}")

    @property
    def name(self) -> str:
        """Name of the method, as in a study file."""
        return "morris"

    @property
    def layout(self) -> Layout:
        """One block a trajectory."""
        return Layout(1, self.trajectories)

    def units(self, factors: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
        """Every factor; groups are not ranked."""
        return {name: [i] for i, name in enumerate(factors)}

    def block_size(self, n_units: int) -> int:
        """Points of a trajectory."""
        return n_units + 1

    def design(self, units: Sequence[Sequence[int]], n_factors: int, seed: int, start: int, stop: int) -> Design:
        """Trajectories ``start`` to ``stop`` in the unit cube."""
        pieces = [
            _trajectories(n_factors, self.levels, design_seed(seed, row // LEAF))[row % LEAF : row % LEAF + b - a]
            for a, b, _, row, _ in self.layout.parts(start, stop)
        ]
        scramble, row = self.layout.address(start, stop)
        return Design(np.concatenate(pieces), scramble, row, np.full(n_factors + 1, SIDE_A))

    def sums(self, design: Design, y: FloatArray, pools: Pools) -> Sums:
        """Count, mean and central moment sums of the effects: arrays (factors, elements + pools).

        With replicates also those of the effects' squares without noise.

        A pool's effect is that on the mean over its elements; its absolute effect is the mean of the absolute
        effects, so that effects of opposite sign at different times do not cancel.
        """
        effects = elementary_effects(design, y.mean(axis=-2))
        absolute = np.abs(effects)
        for a, b in pools:
            effects = np.concatenate([effects, effects[..., a:b].mean(axis=-1, keepdims=True)], axis=-1)
            absolute = np.concatenate([absolute, absolute[..., a:b].mean(axis=-1, keepdims=True)], axis=-1)
        valid = np.isfinite(effects)
        n = np.add.reduce(valid.astype(np.float64), axis=0)
        mean = _block_mean(effects, valid, n)
        star = _block_mean(absolute, valid, n)
        d = np.where(valid, effects - mean, 0.0)
        d_star = np.where(valid, absolute - star, 0.0)
        squares = {} if y.shape[-2] == 1 else self._squares(design, y, pools, valid, n)
        return squares | {
            "n": n,
            "mean": mean,
            "m2": np.add.reduce(d**2, axis=0),
            "m3": np.add.reduce(d**3, axis=0),
            "m4": np.add.reduce(d**4, axis=0),
            "star": star,
            "star_m2": np.add.reduce(d_star**2, axis=0),
        }

    @staticmethod
    def _squares(design: Design, y: FloatArray, pools: Pools, valid: np.ndarray, n: FloatArray) -> Sums:
        blocks, size, m, elements = y.shape
        each = elementary_effects(design, y.reshape(blocks, size, m * elements)).reshape(blocks, -1, m, elements)
        square = mean_product(each, each)
        for a, b in pools:
            square = np.concatenate([square, square[..., a:b].mean(axis=-1, keepdims=True)], axis=-1)
        mean = _block_mean(square, valid, n)
        return {"square": mean, "square_m2": np.add.reduce(np.where(valid, square - mean, 0.0) ** 2, axis=0)}

    def merge(self, a: Sums, b: Sums) -> Sums:
        """Pairwise merge of central moments (Pebay 2008, equations 3.1)."""
        na, nb = a["n"], b["n"]
        n = na + nb
        safe = np.where(n > 0, n, 1.0)
        d = b["mean"] - a["mean"]
        ab = na * nb / safe
        means: Sums = {}
        for name in ("star", "square"):
            if name in a:
                gap = b[name] - a[name]
                means[name] = a[name] + gap * nb / safe
                means[f"{name}_m2"] = a[f"{name}_m2"] + b[f"{name}_m2"] + gap**2 * ab
        return means | {
            "n": n,
            "mean": a["mean"] + d * nb / safe,
            "m2": a["m2"] + b["m2"] + d**2 * ab,
            "m3": a["m3"] + b["m3"] + d**3 * ab * (na - nb) / safe + 3 * d * (na * b["m2"] - nb * a["m2"]) / safe,
            "m4": a["m4"]
            + b["m4"]
            + d**4 * ab * (na**2 - na * nb + nb**2) / safe**2
            + 6 * d**2 * (na**2 * b["m2"] + nb**2 * a["m2"]) / safe**2
            + 4 * d * (na * b["m3"] - nb * a["m3"]) / safe,
        }

    def estimates(self, totals: Sums, ci: float, pools: Pools) -> dict[str, Estimate]:
        """mu, mu_star and sigma with intervals; NaN where fewer than two trajectories are left.

        With replicates also mean_square, whose estimate may be negative where there is no effect.
        """
        s = {name: values[0] for name, values in totals.items()}
        n = np.where(s["n"] >= 2, s["n"], np.nan)
        t = t_quantile(ci, n - 1)
        enough = np.isfinite(n)
        mean = np.where(enough, s["mean"], np.nan)
        star = np.where(enough, s["star"], np.nan)
        variance = s["m2"] / (n - 1)
        sigma = np.sqrt(variance)
        mu_se = np.sqrt(variance / n)
        star_se = np.sqrt(s["star_m2"] / (n - 1) / n)
        # var(s^2) = (m4 - s^4 (n - 3) / (n - 1)) / n, and se(log s) = se(s^2) / (2 s^2) (delta method).
        excess = ratio(s["m4"] / n, variance**2) - (n - 3) / (n - 1)
        sigma_se = sigma * np.where(sigma > 0, 0.5 * np.sqrt(np.maximum(excess, 0.0) / n), 0.0)
        squares = {}
        if "square" in s:
            square = np.where(enough, s["square"], np.nan)
            square_se = np.sqrt(s["square_m2"] / (n - 1) / n)
            interval = np.stack([square - t * square_se, square + t * square_se])
            squares["mean_square"] = Estimate(square, square_se, interval)
        return {
            "mu": Estimate(mean, mu_se, np.stack([mean - t * mu_se, mean + t * mu_se])),
            "mu_star": Estimate(star, star_se, _positive_interval(star, star_se, t)),
            "sigma": Estimate(sigma, sigma_se, _positive_interval(sigma, sigma_se, t)),
            **squares,
        }


def _positive_interval(value: FloatArray, se: FloatArray, t: FloatArray) -> FloatArray:
    """Interval of a positive quantity, symmetric on the log scale; zero has a zero interval."""
    width = np.exp(t * np.where(value > 0, se / np.where(value > 0, value, 1.0), 0.0))
    return np.stack([value / width, value * width])


def elementary_effects(design: Design, y: FloatArray) -> FloatArray:
    """Change of the output per unit of quantile, for each trajectory and factor.

    Parameters
    ----------
    y : (blocks, factors + 1, elements)

    Returns
    -------
    (blocks, factors, elements); NaN where either end of a step failed
    """
    steps = np.diff(design.points, axis=1)
    moved = np.argmax(np.abs(steps), axis=2)
    length = np.take_along_axis(steps, moved[..., None], axis=2)
    effects = np.empty((*moved.shape, y.shape[-1]))
    np.put_along_axis(effects, moved[..., None], np.diff(y, axis=1) / length, axis=1)
    return effects


def _block_mean(values: FloatArray, valid: np.ndarray, n: FloatArray) -> FloatArray:
    return np.asarray(np.add.reduce(np.where(valid, values, 0.0), axis=0) / np.where(n > 0, n, 1.0))


@lru_cache(maxsize=256)
def _trajectories(n_factors: int, levels: int, seed: int) -> FloatArray:
    """A leaf of 32 trajectories (32, factors + 1, factors); a leaf has its own seed, so that a design can grow."""
    from SALib.sample import morris

    problem = {"num_vars": n_factors, "names": [f"x{i}" for i in range(n_factors)], "bounds": [[0.0, 1.0]] * n_factors}
    sample = morris.sample(problem, LEAF, num_levels=levels, seed=seed)
    return np.asarray(np.clip(sample.reshape(LEAF, n_factors + 1, n_factors), 0.0, 1.0))
