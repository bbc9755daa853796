"""How a publication states the spread of a parameter, as the arguments of a declared distribution."""

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Any

Z975 = 1.959963984540054
"""Quantile of the normal law at 97.5 %, for 95 % confidence intervals."""


def between_subjects(median: float, percent: float) -> Mapping[str, Any]:
    """Log-normal law of a coefficient of variation, ``omega^2 = log(1 + CV^2)``, cut at three standard deviations."""
    return _lognormal(median, sqrt(log(1.0 + (percent / 100.0) ** 2)))


def confidence(estimate: float, low: float, high: float) -> Mapping[str, Any]:
    """Log-normal law whose spread is that of a 95 % confidence interval, cut at three standard deviations."""
    return _lognormal(estimate, log(high / low) / (2.0 * Z975))


def _lognormal(median: float, sd: float) -> Mapping[str, Any]:
    reach = exp(3.0 * sd)
    return {"dist": "trunclognormal", "median": median, "gsd": exp(sd), "low": median / reach, "high": median * reach}
