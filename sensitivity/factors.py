"""Factors: the parameters that a study makes uncertain, and the way from the unit cube to their values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import FloatArray
from sensitivity.distributions import Distribution


@dataclass(frozen=True)
class Factor:
    """A parameter made uncertain.

    Attributes
    ----------
    name : str
        The model's parameter.
    distribution : Distribution
        In `unit`.
    unit : str
        As the study writes it.
    scale : float
        Turns a value in `unit` into the model's unit.
    nominal : float
        Value, in `unit`, when the factor is not varied.
    label, meaning, mechanism, source : str
        For tables and plots; `source` starts with ``assumed`` when the range has none.
    """

    name: str
    distribution: Distribution
    unit: str
    nominal: float
    scale: float = 1.0
    label: str = ""
    meaning: str = ""
    mechanism: str = ""
    source: str = "assumed"

    @property
    def assumed(self) -> bool:
        """Whether the range has no source."""
        return self.source.strip().lower().startswith("assumed")


def to_values(factors: Sequence[Factor], points: FloatArray) -> FloatArray:
    """Map points of the unit cube to values in the factors' units.

    Parameters
    ----------
    points : (..., k)
        Coordinates in [0, 1]; NaN stands for the nominal value.

    Returns
    -------
    (..., k) array, finite

    Raises
    ------
    ValueError
        When a value is not finite; names the factor.
    """
    values = np.empty(points.shape)
    for i, factor in enumerate(factors):
        u = points[..., i]
        held = np.isnan(u)
        values[..., i] = np.where(held, factor.nominal, factor.distribution.ppf(np.where(held, 0.5, u)))
        if not np.all(np.isfinite(values[..., i])):
            raise ValueError(f"factor {factor.name} has infinite values: give its distribution finite bounds")
    return values
