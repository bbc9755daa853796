"""Survival with censoring: the product-limit estimate and what is read off it.

Kaplan & Meier (1958, doi 10.1080/01621459.1958.10501452); variances after Greenwood (1926). An event comes before a
censoring of the same day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A product-limit estimate.

    Attributes
    ----------
    times : (m,)
        Distinct times of events, rising.
    survival : (m,)
        Probability of surviving beyond each of them.
    increments : (m,)
        Terms d/(n (n - d)) of Greenwood's sum, d events among n at risk; infinite where all die.
    last : float
        Longest time seen: beyond it nothing is known unless the curve has reached 0.
    """

    times: FloatArray
    survival: FloatArray
    increments: FloatArray
    last: float


def kaplan_meier(time: FloatArray, event: NDArray[np.bool_]) -> Curve:
    """Estimate a survival curve.

    Parameters
    ----------
    time, event : (n,)
        Time of the event or of censoring, and which of the two.

    Raises
    ------
    ValueError
        When there is nobody, or a time that is negative or not finite.
    """
    if len(time) == 0:
        raise ValueError("a survival curve needs at least one patient")
    if not np.all(np.isfinite(time) & (time >= 0.0)):
        raise ValueError("times of a survival curve must be finite and not negative")
    times, deaths = np.unique(time[event], return_counts=True)
    at_risk = len(time) - np.searchsorted(np.sort(time), times, side="left")
    with np.errstate(divide="ignore"):
        increments = deaths / (at_risk * (at_risk - deaths))
    survival = np.asarray(np.cumprod(1.0 - deaths / at_risk), dtype=np.float64)
    return Curve(times, survival, np.asarray(increments, dtype=np.float64), float(time.max()))


def survival_at(curve: Curve, when: FloatArray) -> FloatArray:
    """Return the probability of surviving beyond each of the times `when`; NaN beyond what was seen."""
    found = np.concatenate([[1.0], curve.survival])[np.searchsorted(curve.times, when, side="right")]
    return np.where((when > curve.last) & (found > 0.0), np.nan, found)


def survival_interval(curve: Curve, when: float, z: float = 1.959963984540054) -> tuple[float, float]:
    """Interval of the survival at one time on the log(-log) scale; NaN where the curve is at 0, at 1 or unknown."""
    s = float(survival_at(curve, np.array([when]))[0])
    if not 0.0 < s < 1.0:
        return np.nan, np.nan
    variance = float(curve.increments[curve.times <= when].sum()) / np.log(s) ** 2
    wide = np.exp(z * np.sqrt(variance))
    return float(s**wide), float(s ** (1.0 / wide))


def median(curve: Curve) -> float:
    """Return the first time at which half or fewer survive; NaN where that was not reached."""
    reached = curve.survival <= 0.5 + 1e-12  # products of fractions round
    return float(curve.times[np.argmax(reached)]) if reached.any() else np.nan


def restricted_mean(curve: Curve, horizon: float) -> float:
    """Return the mean time without the event up to `horizon`; a curve that ends earlier goes on level."""
    inside = curve.times < horizon
    edges = np.concatenate([[0.0], curve.times[inside], [horizon]])
    levels = np.concatenate([[1.0], curve.survival[inside]])
    return float(np.sum(np.diff(edges) * levels))


def restricted_mean_variance(curve: Curve, horizon: float) -> float:
    """Variance of the restricted mean, the sum of Greenwood's terms times the squared area beyond each event."""
    inside = curve.times < horizon
    edges = np.concatenate([curve.times[inside], [horizon]])
    areas = np.cumsum((np.diff(edges) * curve.survival[inside])[::-1])[::-1]
    return float(np.sum(np.where(areas > 0.0, areas**2 * curve.increments[inside], 0.0)))
