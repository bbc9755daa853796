"""The distributions that parameters declare, and the references that several of them share.

Laws are those of the study file.
"""

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Any

LU2014 = "Lu 2014 Cancer Chemother Pharmacol 74:399, doi 10.1007/s00280-014-2500-2, Table 1"
SHAH2012 = "Shah 2012 J Pharmacokinet Pharmacodyn 39:643, Table 2"
SCHEUHER = "Scheuher 2024 J Pharmacokinet Pharmacodyn 51:429 and its preprint's Table S2"
BENDER2014 = "Bender 2014 AAPS J 16:994"
BAROK2014 = "Barok 2014 Breast Cancer Res 16:209"
AUSTIN = "Austin 2004 Mol Biol Cell 15:5268"
LOPUS = "Lopus 2010 PMC2954514"

Law = Mapping[str, Any]


def uniform(low: float, high: float) -> Law:
    """Uniform law."""
    return {"dist": "uniform", "low": low, "high": high}


def loguniform(low: float, high: float, atom: float | None = None) -> Law:
    """Log-uniform law, with the probability of exactly 0 where something is absent in some."""
    return {"dist": "loguniform", "low": low, "high": high} | ({} if atom is None else {"atom": atom})


def beta(alpha: float, b: float, low: float, high: float) -> Law:
    """Beta law stretched over an interval."""
    return {"dist": "beta", "alpha": alpha, "beta": b, "low": low, "high": high}


def lognormal(median: float, variance: float, low: float, high: float) -> Law:
    """Log-normal law cut at its bounds, from the variance of the logarithm."""
    return {"dist": "trunclognormal", "median": median, "gsd": round(exp(sqrt(variance)), 4), "low": low, "high": high}


def cv(percent: float) -> float:
    """Variance of the logarithm of a log-normal law from its coefficient of variation."""
    return log(1.0 + (percent / 100.0) ** 2)
