"""The closed list of distributions: named arguments in, a quantile function out.

Every law is written with the words a modeller uses (``low``, ``median``, ``gsd``), never with positional "bounds"
whose meaning changes from law to law. Unbounded laws are cut at their 0.001 and 0.999 quantiles unless the user
gives bounds, so that no design point is infinite; `Distribution.truncated` records it. What is absent in some and
spans decades in others is ``loguniform`` with an ``atom``: the probability of exactly 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sensitivity.contracts import FloatArray

TAIL = 0.001
"""Probability cut from each unbounded tail."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "gsd"),
    "truncnormal": ("mean", "sd", "low", "high"),
    "trunclognormal": ("median", "gsd", "low", "high"),
    "beta": ("alpha", "beta"),
    "triangular": ("low", "mode", "high"),
    "integer": ("low", "high"),
    "choice": ("values",),
    "constant": ("value",),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "loguniform": ("atom",),
    "normal": ("low", "high"),
    "lognormal": ("low", "high"),
    "beta": ("low", "high"),
    "choice": ("weights",),
}
PHYSICAL = ("low", "high", "mean", "sd", "median", "mode", "value", "values")
"""Arguments that carry the factor's unit; the others are pure numbers."""


@dataclass(frozen=True)
class Distribution:
    """A law on a bounded interval, given by its quantile function.

    Attributes
    ----------
    dist : str
        A key of `REQUIRED`.
    arguments : mapping of str to float or tuple of float
        Its named arguments, in the factor's unit.
    """

    dist: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = check(self.dist, self.arguments)
        if problems:
            raise ValueError("; ".join(message for _, message in problems))

    @property
    def truncated(self) -> bool:
        """Whether the tails were cut at the 0.001 and 0.999 quantiles for want of bounds."""
        return self.dist in {"normal", "lognormal"} and not {"low", "high"} <= set(self.arguments)

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest value."""
        low, high = self.ppf(np.array([0.0, 1.0]))
        return float(low), float(high)

    @property
    def median(self) -> float:
        """The 0.5 quantile."""
        return float(self.ppf(np.array([0.5]))[0])

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantile function.

        Parameters
        ----------
        u : array in [0, 1]

        Returns
        -------
        array of the same shape, finite and non-decreasing in `u`

        Raises
        ------
        ValueError
            When `u` leaves [0, 1] or is not finite.
        """
        u = np.asarray(u, dtype=np.float64)
        if not np.all((u >= 0.0) & (u <= 1.0)):
            raise ValueError("quantiles are asked at probabilities outside [0, 1]")
        a = self.arguments
        match self.dist:
            case "constant":
                return np.full(u.shape, float(a["value"]))
            case "uniform":
                return _between(a["low"] + (a["high"] - a["low"]) * u, a["low"], a["high"])
            case "loguniform":
                low, high, atom = np.log(a["low"]), np.log(a["high"]), a.get("atom", 0.0)
                share = np.maximum(u - atom, 0.0) / (1.0 - atom)
                found = _between(np.exp(low + (high - low) * share), a["low"], a["high"])
                return found if atom == 0.0 else np.where(u < atom, 0.0, found)
            case "integer":
                steps = a["high"] - a["low"] + 1
                return np.asarray(np.minimum(a["low"] + np.floor(steps * u), a["high"]), dtype=np.float64)
            case "choice":
                values = np.asarray(a["values"], dtype=np.float64)
                weights = np.asarray(a.get("weights", np.ones(len(values))), dtype=np.float64)
                edges = np.cumsum(weights / weights.sum())[:-1]
                return np.asarray(values[np.searchsorted(edges, u, side="right")])
            case "triangular":
                return self._triangular(u)
            case "beta":
                from scipy.special import betaincinv

                low, high = a.get("low", 0.0), a.get("high", 1.0)
                # SciPy's inverse gives NaN for some probabilities below 1e-160; none below 1e-30 occurs in a design.
                share = np.where(u > 0.0, betaincinv(a["alpha"], a["beta"], np.maximum(u, 1e-30)), 0.0)
                return _between(low + (high - low) * share, low, high)
            case "normal" | "truncnormal":
                return _truncated_normal(u, a["mean"], a["sd"], a.get("low"), a.get("high"))
            case _:  # lognormal, trunclognormal
                low, high = a.get("low"), a.get("high")
                logs = _truncated_normal(
                    u,
                    np.log(a["median"]),
                    np.log(a["gsd"]),
                    np.log(low) if low else (None if low is None else -np.inf),
                    None if high is None else np.log(high),
                )
                return _between(np.exp(logs), -np.inf if low is None else low, np.inf if high is None else high)

    def _triangular(self, u: FloatArray) -> FloatArray:
        low, mode, high = (float(self.arguments[name]) for name in ("low", "mode", "high"))
        rise = (mode - low) / (high - low)
        left = low + np.sqrt(u * (high - low) * (mode - low))
        right = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
        return np.where(u < rise, left, right)


def _between(x: FloatArray, low: float, high: float) -> FloatArray:
    """Clip the last rounding error of a quantile function to its support."""
    return np.asarray(np.clip(x, low, high), dtype=np.float64)


def _truncated_normal(u: FloatArray, mean: float, sd: float, low: float | None, high: float | None) -> FloatArray:
    """Quantile of a normal law between `low` and `high`; a missing bound is the 0.001 or 0.999 quantile."""
    from scipy.special import ndtr, ndtri

    p_low = TAIL if low is None else ndtr((low - mean) / sd)
    p_high = 1.0 - TAIL if high is None else ndtr((high - mean) / sd)
    z_low = ndtri(TAIL) if low is None else (low - mean) / sd
    z_high = ndtri(1.0 - TAIL) if high is None else (high - mean) / sd
    if p_low > 0.5:  # an upper tail: the mirrored law keeps its digits
        q_low, q_high = ndtr(-z_high), ndtr(-z_low)
        z = -ndtri(q_high * (1.0 - u) + q_low * u)
    else:
        z = ndtri(p_low * (1.0 - u) + p_high * u)
    return np.asarray(mean + sd * np.clip(z, z_low, z_high), dtype=np.float64)


def check(dist: str, arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find everything wrong with a law.

    Returns
    -------
    list of (argument, message)
        Empty when the law can be used; the argument is the one to point at, or ``"dist"``.
    """
    if dist not in REQUIRED:
        from sensitivity.errors import suggest

        return [("dist", f"unknown distribution '{dist}'{suggest(dist, REQUIRED)}")]
    problems: list[tuple[str, str]] = []
    allowed = (*REQUIRED[dist], *OPTIONAL.get(dist, ()))
    for name in REQUIRED[dist]:
        if name not in arguments:
            problems.append(("dist", f"{dist} needs '{name}' (its arguments: {', '.join(allowed)})"))
    for name, value in arguments.items():
        if name not in allowed:
            problems.append((name, f"{dist} takes no '{name}' (its arguments: {', '.join(allowed)})"))
        elif not np.all(np.isfinite(np.asarray(value, dtype=np.float64))):
            problems.append((name, f"{name} must be finite, got {value}"))
    return problems or _check_order(dist, arguments)


def _check_order(dist: str, a: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Check what the numbers of a complete law must satisfy among themselves."""
    problems: list[tuple[str, str]] = []
    if "low" in a and "high" in a and not a["low"] < a["high"]:
        problems.append(("low", f"low must be below high, got low {a['low']:g} and high {a['high']:g}"))
    for name in ("sd", "alpha", "beta", "median"):
        if name in a and not a[name] > 0.0:
            problems.append((name, f"{name} must be positive, got {a[name]:g}"))
    if "gsd" in a and not a["gsd"] > 1.0:
        problems.append(("gsd", f"gsd (geometric standard deviation) must be above 1, got {a['gsd']:g}"))
    if "atom" in a and not 0.0 < a["atom"] < 1.0:
        problems.append(("atom", f"atom (the probability of exactly 0) must lie between 0 and 1, got {a['atom']:g}"))
    if dist == "loguniform" and not a["low"] > 0.0:
        problems.append(("low", f"loguniform needs low above 0, got {a['low']:g}"))
    if dist in {"lognormal", "trunclognormal"} and a.get("low", 0.0) < 0.0:
        problems.append(("low", f"{dist} needs low at or above 0, got {a['low']:g}"))
    if dist in {"lognormal", "trunclognormal"} and a.get("high", 1.0) <= 0.0:
        problems.append(("high", f"{dist} needs high above 0, got {a['high']:g}"))
    if dist == "triangular" and not a["low"] <= a["mode"] <= a["high"]:
        problems.append(("mode", f"mode must lie between low and high, got {a['mode']:g}"))
    if dist == "integer":
        problems += [
            (name, f"{name} must be a whole number, got {a[name]:g}")
            for name in ("low", "high")
            if a[name] != int(a[name])
        ]
    if dist == "choice":
        problems += _check_choice(a)
    return problems


def _check_choice(a: Mapping[str, Any]) -> list[tuple[str, str]]:
    values, weights = a["values"], a.get("weights")
    if len(values) < 2 or len(set(values)) != len(values):
        return [("values", "choice needs at least two different values")]
    if weights is not None and (len(weights) != len(values) or min(weights) <= 0.0):
        return [("weights", f"choice needs one positive weight a value, got {len(weights)} for {len(values)} values")]
    return []
