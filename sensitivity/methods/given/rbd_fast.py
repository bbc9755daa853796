"""First-order indices by random balance designs from given data (RBD-FAST, EASI).

Runs are put in the order of one factor, up through every second and down through the others, so that the output becomes
a periodic signal of which the first ``M`` harmonics carry the effect of the factor: Tarantola, Gatelli & Mara (2006,
doi 10.1016/j.ress.2005.06.003), from given data Plischke (2010, doi 10.1016/j.ress.2009.11.005). What the rest of the
output adds to these harmonics by chance is taken off by the correction of Tissot & Prieur (2012,
doi 10.1016/j.ress.2012.06.010): ``S - l / (1 - l) (1 - S)`` with ``l = 2 M / n``.

That correction takes the runs for independent. Points of a scrambled Sobol' sequence are more even, and it takes off
too much, up to 2 M / n, which is more than the other errors of a smooth output. The index here is therefore made of
products of waves of different scramblings, to which chance adds nothing whatever the points within one, and of the
cosines alone: up and down the range, only they can hold an effect (Plischke 2012, doi 10.1016/j.envsoft.2012.03.004).
The corrected value of the papers, which is SALib's, is returned beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, IntArray, Sums
from sensitivity.methods.given.rows import Rows, by_factor
from sensitivity.methods.intervals import jackknife, ratio

HARMONICS = 10
"""As in SALib; effects that swing faster than ten times over the range of a factor are missed."""


@dataclass(frozen=True)
class RbdFast:
    """First-order indices.

    Attributes
    ----------
    first_order : Estimate
        (factors, elements), from products of different scramblings.
    plain : (factors, elements)
        From all runs together, corrected as in the papers.
    """

    first_order: Estimate
    plain: FloatArray


def rbd_fast(u: FloatArray, y: FloatArray, scramble: IntArray, ci: float = 0.95, harmonics: int = HARMONICS) -> RbdFast:
    """First-order indices; parameters as in `rank_first_order`.

    NaN with fewer than four runs a harmonic. Intervals leave the places of the runs in the signal as they are and
    resample their waves by scrambling.
    """
    plain = np.full((u.shape[1], y.shape[1]), np.nan)

    def analyse(rows: Rows) -> Callable[[int], dict[str, Estimate]]:
        usable = len(rows.u) >= 4 * harmonics

        def one(factor: int) -> dict[str, Estimate]:
            wave = rows.products(_waves(rows.u[:, factor], harmonics), rows.centred)
            totals = {
                "wave": wave[:, :harmonics],
                "own": np.sum(wave[:, :harmonics] ** 2, axis=1),
                "own_n": rows.moments["n"] ** 2,
                **rows.moments,
            }
            plain[factor, rows.elements] = _corrected(wave.sum(axis=0), rows)
            return {"S1": jackknife(totals, _index, ci)["S1"]}

        return one if usable else lambda factor: {}

    return RbdFast(by_factor(u, y, scramble, ["S1"], analyse)["S1"], plain)


def _waves(values: FloatArray, harmonics: int) -> FloatArray:
    """Cosines and sines (n, 2 harmonics) at the place of each run in the signal."""
    n = len(values)
    order = np.argsort(values, kind="stable")
    place = np.empty(n)
    place[np.concatenate([order[::2], order[1::2][::-1]])] = np.arange(n)
    angle = np.outer(2.0 * np.pi / n * place, np.arange(1, harmonics + 1))
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


def _corrected(wave: FloatArray, rows: Rows) -> FloatArray:
    """Share of the variance in the first harmonics (Parseval), corrected after Tissot & Prieur."""
    share = 2.0 / len(rows.y) * np.sum(wave**2, axis=0) / rows.moments["square"].sum(axis=0)
    chance = len(wave) / len(rows.y)
    return np.asarray(share - chance / (1.0 - chance) * (1.0 - share))


def _index(sums: Sums) -> dict[str, FloatArray]:
    pairs = sums["n"] ** 2 - sums["own_n"]
    power = 2.0 * ratio(np.sum(sums["wave"] ** 2, axis=0) - sums["own"], pairs)
    return {"S1": ratio(power, ratio(sums["square"], sums["n"]) - ratio(sums["sum"], sums["n"]) ** 2)}
