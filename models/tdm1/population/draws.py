"""Random numbers by address: purpose, stream, patient, attribute, lesion or visit (stochastic.md 6).

A number is found from what it is for, never from how many were drawn before it: another attribute, patient, lesion or
visit changes no other number. They are those of the engine's Philox4x32-10: a level of chance is a purpose, and its key
comes from the run's stream or, where a study varies the level by itself, from the value of its factor; the counter is
replicate (0: a run is one trial), step (lesion or visit), channel (attribute) and draw (patient). Values are quantiles
of one uniform number each, so runs that share a level's key differ by their parameters only (common random numbers).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from models.engine.cache import compiled
from models.engine.stochastic.purpose import Purpose

FloatArray = NDArray[np.float64]

CHOSEN = 0
"""First word of the address of a level that a factor chooses; no root seed of the framework is 0 but by a chance of
2^-64."""


class Level(IntEnum):
    """Levels of chance below the parameters of the population; the molecular level is collapsed in tiers 0 and 1."""

    PATIENT = Purpose.PATIENT
    LESION = Purpose.LESION
    DEMOGRAPHY = Purpose.DEMOGRAPHY
    ASSESSMENT = Purpose.ASSESSMENT


ATTRIBUTES = {
    name: number
    for number, name in enumerate(
        (
            "clearance", "volume_central", "q_intercompartmental", "volume_peripheral", "body_weight", "soluble_her2",
            "albumin", "transaminase", "burden", "trastuzumab_present", "trastuzumab_level", "her2_copies",
            "apoptosis_occupancy", "tumour_doubling_time", "quiescent_fraction", "permeability", "resistant_fraction",
            "lesion_size", "lesion_her2", "lesion_spread", "lesion_permeability", "founders", "founder_size",
            "visit_day", "missing", "reading", "new_lesion", "death", "dropout", "k_lys", "apoptosis_competence",
            "nonamplified",
        )
    )
}  # fmt: skip
"""Addresses of attributes; new ones are appended. Mechanisms have two each (present, how strong), from `MECHANISMS`."""

MECHANISMS = 1000


@cache
def _fill() -> Callable[..., None]:
    text = files("models.engine.stochastic.kernel").joinpath("addressed.py").read_text("utf-8")
    return compiled(text, "addressed", "fill")


@dataclass(frozen=True)
class Draws:
    """Uniform numbers of one run.

    Attributes
    ----------
    keys : mapping of Level to (2,) uint64
    """

    keys: Mapping[Level, NDArray[np.uint64]]

    def uniform(self, level: Level, attribute: str | int, n: int, at: int = 0) -> FloatArray:
        """Return one number in (0, 1) for each of `n` patients; `at` is a lesion or a visit."""
        number = ATTRIBUTES[attribute] if isinstance(attribute, str) else attribute
        found = np.empty(n)
        _fill()(*self.keys[level], at, number, found)
        return found

    def normal(self, level: Level, attribute: str | int, n: int, at: int = 0) -> FloatArray:
        """Return standard normal numbers."""
        return np.asarray(ndtri(self.uniform(level, attribute, n, at)))


def keys(stream: NDArray[np.uint64], chosen: Mapping[Level, float]) -> Draws:
    """Return the draws of a run.

    Parameters
    ----------
    stream : (2,) uint64
        Address of the run's randomness.
    chosen : mapping of Level to float
        Levels whose numbers are chosen by a value instead, and that value: the same value gives the same numbers.
    """
    from models.engine.stochastic import philox  # it imports numba

    found = {}
    for level in Level:
        address = [CHOSEN, np.float64(chosen[level]).view(np.uint64)] if level in chosen else stream
        found[level] = philox.keys(np.array([address], dtype=np.uint64), Purpose(level))[0]
    return Draws(found)


def lognormal(u: FloatArray, median: FloatArray | float, sd: float, low: float, high: float) -> FloatArray:
    """Quantiles of a log-normal law cut at its bounds; `sd` is that of the logarithm, 0 for none."""
    if sd == 0.0:
        return np.broadcast_to(np.clip(median, low, high), u.shape).astype(np.float64)
    below = ndtr(np.log(low / np.asarray(median)) / sd)
    above = ndtr(np.log(high / np.asarray(median)) / sd)
    return np.asarray(np.clip(median * np.exp(sd * ndtri(below + u * (above - below))), low, high))
