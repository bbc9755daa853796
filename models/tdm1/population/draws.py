"""Random numbers by address: level, attribute, lesion or visit, patient (stochastic.md 6).

A number is found from what it is for, never from how many were drawn before it: another attribute, patient, lesion or
visit changes no other number. Each level of chance has a key of its own, which comes from the run's stream or, where
a study varies the level by itself, from the value of its factor. Values are quantiles of one uniform number each, so
runs that share a level's key differ by their parameters only (common random numbers).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

FloatArray = NDArray[np.float64]


class Level(IntEnum):
    """Levels of chance below the parameters of the population; the molecular level is collapsed in tiers 0 and 1."""

    PATIENT = 1
    LESION = 2
    DEMOGRAPHY = 4
    ASSESSMENT = 5


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
        bits = np.random.Philox(key=self.keys[level], counter=np.array([0, at, number, 0], dtype=np.uint64))
        return np.asarray(np.random.Generator(bits).random(n) + 2.0**-54)

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
    found = {}
    for level in Level:
        if level in chosen:
            entropy = [int(np.float64(chosen[level]).view(np.uint64)), 1]
        else:
            entropy = [int(stream[0]), int(stream[1]), 0]
        sequence = np.random.SeedSequence(entropy, spawn_key=(int(level),))
        found[level] = sequence.generate_state(2, np.uint64).astype(np.uint64)
    return Draws(found)


def lognormal(u: FloatArray, median: FloatArray | float, sd: float, low: float, high: float) -> FloatArray:
    """Quantiles of a log-normal law cut at its bounds; `sd` is that of the logarithm, 0 for none."""
    if sd == 0.0:
        return np.broadcast_to(np.clip(median, low, high), u.shape).astype(np.float64)
    below = ndtr(np.log(low / np.asarray(median)) / sd)
    above = ndtr(np.log(high / np.asarray(median)) / sd)
    return np.asarray(np.clip(median * np.exp(sd * ndtri(below + u * (above - below))), low, high))
