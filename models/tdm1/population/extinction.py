"""Whether resistant clones die out by chance, from the rates of the tumour's own course, without sampling.

A cell of a resistant family cycles, rests, or has slipped out of mitosis; it divides, dies and changes between the
three at the rates that the course of tier 0 gives it, step by step. Its line is a branching process, and the chance p
that the line is still there at a horizon obeys the backward equation of the generating function
(`models.engine.stochastic.generating`; Athreya & Ney 1972, chapter V)::

    -dp_c/dt = b p_c (1 - p_c) - d_c p_c + rest (p_q - p_c) + slip (p_s - p_c)
    -dp_q/dt = wake (p_c - p_q) - d_q p_q
    -dp_s/dt = repair (p_c - p_s) - d_s p_s

Founders are Poisson in number and resistant daughters come as a Poisson process, so that nothing is left with
probability exp(-m), m being the lines expected to be there at the horizon.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.engine.cache import compiled
from models.engine.stochastic.branching import BranchingProcess
from models.tdm1.population.patients import NOMINAL, TARGETS, Cohort
from models.tdm1.population.reduced.rates import STEPS

if TYPE_CHECKING:
    from models.tdm1.population.tiers import Tier

FloatArray = NDArray[np.float64]

RATES = 7
"""Of a family in a step: divides, dies cycling, quiescent, slipped, falls quiescent, slips; daughters that come."""


BLOCK = 512
"""Lesions whose rates are held at a time: 50 MB over two years."""


@dataclass(frozen=True)
class Fates:
    """Rates of the cells of resistant families in n lesions, per hour.

    Attributes
    ----------
    rates : (n, steps, families, 7)
        As `RATES` says; the last are cells in a step, not a rate.
    taken : (n,) int64
        Steps of each course: a lesion beyond doubt progressive or gone has fewer.
    wake, repair : (n,)
        Return of quiescent and of slipped cells to the cycle.
    resting : (n,)
        Share of quiescent cells at the start.
    """

    rates: FloatArray
    taken: NDArray[np.int64]
    wake: FloatArray
    repair: FloatArray
    resting: FloatArray

    def lines(self, founders: FloatArray, day: float) -> FloatArray:
        """Return the lines of `founders` (n,), and of daughters that came later, expected to be there on a day, (n,).

        Founders are spread evenly over the families. A course that ended before is taken at its end.
        """
        found = np.zeros(len(founders))
        each = np.asarray(founders, dtype=np.float64) / self.rates.shape[2]
        steps = np.resize(STEPS, self.rates.shape[1])
        _kernel()(self.rates, self.taken, self.wake, self.repair, self.resting, each, steps, 24.0 * day, found)
        return found

    def process(self, lesion: int, family: int) -> BranchingProcess:
        """Return the branching process of one family: types cycling, quiescent, slipped; time in hours."""
        steps = int(self.taken[lesion])
        divides, cycling, quiet, slipped, rest, slips, _ = self.rates[lesion, :steps, family].T
        birth = np.stack([divides, 0.0 * divides, 0.0 * divides], axis=1)
        switching = np.zeros((steps, 3, 3))
        switching[:, 0, 1], switching[:, 0, 2] = rest, slips
        switching[:, 1, 0], switching[:, 2, 0] = self.wake[lesion], self.repair[lesion]
        breaks = np.concatenate([[0.0], np.cumsum(np.resize(STEPS, steps))[:-1]])
        return BranchingProcess(
            birth, np.stack([cycling, quiet, slipped], axis=1), np.zeros((3, 3)), switching, tuple(breaks)
        )


def lost(cohort: Cohort, tier: "Tier", day: float) -> FloatArray:
    """Return for every patient the chance that no resistant clone is left on a day, (n,).

    A lesion that is computed stands for its share of the targets. The number of founders is Poisson around its mean,
    whether the demography of the trial was sampled or not.
    """
    founders = cohort.surviving / (1.0 - NOMINAL["cell_loss"])
    found = np.empty(len(founders))
    for first in range(0, len(found), BLOCK):
        part = slice(first, first + BLOCK)
        lesions = {name: values[part] for name, values in cohort.lesions.items()}
        found[part] = tier.fates(lesions, len(founders[part])).lines(founders[part], day)
    of_patient = found.reshape(cohort.size, cohort.per_patient).mean(axis=1) * TARGETS
    return np.asarray(np.exp(-of_patient))


@cache
def _kernel() -> Callable[..., None]:
    text = files("models.tdm1.population.reduced").joinpath("backward.py").read_text("utf-8")
    return compiled(text, "backward", "lines")
