"""Functions whose Sobol' indices are known exactly; the values stand in ``exact.json``.

The values, to 12 digits, come from closed forms or converged Gauss-Legendre quadrature, and the deterministic ones were
checked by direct quasi-Monte Carlo. Product functions have S1_i = v_i prod_{j != i} m_j^2 / V and
ST_i = v_i prod_{j != i} (m_j^2 + v_j) / V, with m and v the mean and variance of each term (Sobol' 2001,
doi 10.1016/S0378-4754(00)00270-6). Indices of a stochastic function are those of its mean given the factors.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from sensitivity.contracts import FloatArray
from sensitivity.distributions import Distribution

Evaluate = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class ExactFunction:
    """A function with known indices.

    Attributes
    ----------
    name : str
        Key of ``exact.json``.
    formula : str
    laws : tuple of Distribution
        Of the factors x1, x2, ..., independent.
    evaluate : function
        From factors (rows, factors) and uniform random numbers (rows, draws) to (rows,) or (rows, times).
    draws : int
        Random numbers a run; 0 for a deterministic function.
    times : tuple of float
        Of a time course; empty for a scalar.
    """

    name: str
    formula: str
    laws: tuple[Distribution, ...]
    evaluate: Evaluate
    draws: int = 0
    times: tuple[float, ...] = ()

    @property
    def exact(self) -> Mapping[str, Any]:
        """Exact mean, variance (of the mean given the factors) and indices."""
        return _table()[self.name]

    def index(self, name: str) -> FloatArray:
        """Exact S1, ST (factors, elements) or S2 (factors, factors, elements)."""
        n = len(self.laws)
        if name != "S2":
            return np.array(self.exact[name], dtype=float).reshape(-1, n).T
        values = np.zeros((n, n, 1))
        for pair, value in self.exact["S2"].items():
            i, j = (int(k) - 1 for k in pair.split(","))
            values[i, j] = values[j, i] = value
        return values


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = files("sensitivity.selftest").joinpath("exact.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)
    return table


def uniform(low: float, high: float, n: int = 1) -> tuple[Distribution, ...]:
    """`n` factors with the same uniform law."""
    return (Distribution("uniform", {"low": low, "high": high}),) * n


def ishigami(b: float, noise: float = 0.0) -> Evaluate:
    """Ishigami & Homma (1990), a = 7, with Gaussian noise of a given standard deviation."""

    def f(x: FloatArray, u: FloatArray) -> FloatArray:
        from scipy.special import ndtri

        y = np.sin(x[:, 0]) * (1.0 + b * x[:, 2] ** 4) + 7.0 * np.sin(x[:, 1]) ** 2
        return np.asarray(y + noise * ndtri(u[:, 0]) if noise else y)

    return f


def sobol_g(a: tuple[float, ...], alpha: float = 1.0) -> Evaluate:
    """Sobol's G function; with alpha, the G* of Saltelli et al. (2010)."""
    weights = np.array(a)
    return lambda x, u: np.prod(((1.0 + alpha) * np.abs(2.0 * x - 1.0) ** alpha + weights) / (1.0 + weights), axis=1)


def alternating(x: FloatArray, u: FloatArray) -> FloatArray:
    """Bratley, Fox & Niederreiter (1992): sum of (-1)^i x_1 ... x_i."""
    signs = (-1.0) ** np.arange(1, x.shape[1] + 1)
    return np.asarray(np.cumprod(x, axis=1) @ signs)


def morris_20(x: FloatArray, u: FloatArray) -> FloatArray:
    """Morris (1991), 20 factors; coefficients drawn at random there are zero, so x11 to x20 are inert."""
    w = 2.0 * (x - 0.5)
    for i in (2, 4, 6):
        w[:, i] = 2.0 * (1.1 * x[:, i] / (x[:, i] + 0.1) - 0.5)
    first, pairs, triples, four = w[:, :10], w[:, :6], w[:, :5], np.prod(w[:, :4], axis=1)
    power = [np.sum(part[:, :, None] ** np.arange(1, 4), axis=1) for part in (pairs, triples)]
    second = (power[0][:, 0] ** 2 - power[0][:, 1]) / 2.0
    p = power[1]
    third = (p[:, 0] ** 3 - 3.0 * p[:, 0] * p[:, 1] + 2.0 * p[:, 2]) / 6.0
    return np.asarray(20.0 * first.sum(axis=1) - 15.0 * second - 10.0 * third + 5.0 * four)


def hill(x: FloatArray, u: FloatArray) -> FloatArray:
    """Response at concentration 1 for EC50, Hill coefficient and maximum."""
    return np.asarray(x[:, 2] / (1.0 + x[:, 0] ** x[:, 1]))


def decay(x: FloatArray, u: FloatArray) -> FloatArray:
    """A exp(-k t) at the times of `DECAY_TIMES`."""
    return np.asarray(x[:, :1] * np.exp(-x[:, 1:] * np.array(DECAY_TIMES)))


def birth_death(x: FloatArray, u: FloatArray) -> FloatArray:
    """Cells at time 3 from 10 founders: each lineage is dead or geometric (Kendall 1948)."""
    birth, death = x[:, :1], x[:, 1:]
    grown = np.exp((birth - death) * 3.0)
    dead = death * (grown - 1.0) / (birth * grown - death)
    more = birth * (grown - 1.0) / (birth * grown - death)
    alive = 1.0 + np.floor(np.log((1.0 - u) / (1.0 - dead)) / np.log(more))
    return np.asarray(np.where(u < dead, 0.0, alive).sum(axis=1))


def extinction(x: FloatArray, u: FloatArray) -> FloatArray:
    """Whether the lineage of one cell is dead at time 3."""
    grown = np.exp((x[:, 0] - x[:, 1]) * 3.0)
    return np.asarray((u[:, 0] < x[:, 1] * (grown - 1.0) / (x[:, 0] * grown - x[:, 1])).astype(float))


def resistance(x: FloatArray, u: FloatArray) -> FloatArray:
    """Whether a clone that grows from 1e6 cells at rate x2 has a mutant, at rate x1 a cell, by time 2."""
    return np.asarray((u[:, 0] < -np.expm1(-x[:, 0] * 1e6 * np.expm1(2.0 * x[:, 1]) / x[:, 1])).astype(float))


DECAY_TIMES = (0.0, 1.0, 2.0, 5.0, 10.0)
_ANGLE = uniform(-np.pi, np.pi, 3)
_G8 = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)
_G6 = (0.0, 0.5, 3.0, 9.0, 99.0, 99.0)
_G10 = (0.0, 0.1, 0.2, 0.3, 0.4, 0.8, 1.0, 2.0, 3.0, 4.0)
_G = "prod (|4 x_i - 2| + a_i) / (1 + a_i)"
_RATES = (*uniform(0.8, 1.2), *uniform(0.3, 0.7))
_MUTATION = (Distribution("loguniform", {"low": 1e-9, "high": 1e-5}), *uniform(0.2, 1.0))
_HILL = (Distribution("loguniform", {"low": 0.1, "high": 10.0}), *uniform(1.0, 4.0), *uniform(0.5, 1.0))
_ISHIGAMI = "sin x1 + 7 sin(x2)^2 + {} x3^4 sin x1"

FUNCTIONS: tuple[ExactFunction, ...] = (
    ExactFunction("ishigami", _ISHIGAMI.format(0.1), _ANGLE, ishigami(0.1)),
    ExactFunction("ishigami_b005", _ISHIGAMI.format(0.05), _ANGLE, ishigami(0.05)),
    ExactFunction("sobol_g_8", _G, uniform(0, 1, 8), sobol_g(_G8)),
    ExactFunction("sobol_g_6", _G, uniform(0, 1, 6), sobol_g(_G6)),
    ExactFunction("kucherenko_a2", _G, uniform(0, 1, 10), sobol_g((0.0, 0.0, *(6.52,) * 8))),
    ExactFunction("sobol_g_20", _G, uniform(0, 1, 20), sobol_g(tuple(i / 2 for i in range(20)))),
    ExactFunction("sobol_g_10", _G, uniform(0, 1, 10), sobol_g(_G10)),
    ExactFunction("sobol_gstar_10", "G*, alpha = 2", uniform(0, 1, 10), sobol_g(_G10, 2.0)),
    ExactFunction("kucherenko_a1_8", "sum (-1)^i x1 ... xi", uniform(0, 1, 8), alternating),
    ExactFunction("kucherenko_a1_10", "sum (-1)^i x1 ... xi", uniform(0, 1, 10), alternating),
    ExactFunction("kucherenko_b1", "prod (10 - x_i) / 9.5", uniform(0, 1, 10), lambda x, u: np.prod((10 - x) / 9.5, 1)),
    ExactFunction("kucherenko_b2", "1.1^10 prod x_i^(1/10)", uniform(0, 1, 10), lambda x, u: np.prod(1.1 * x**0.1, 1)),
    ExactFunction("kucherenko_c2", "2^10 prod x_i", uniform(0, 1, 10), lambda x, u: np.prod(2 * x, axis=1)),
    ExactFunction("morris_20", "Morris 1991", uniform(0, 1, 20), morris_20),
    ExactFunction("linear_5", "sum i x_i", uniform(0, 1, 5), lambda x, u: x @ np.arange(1.0, 6.0)),
    ExactFunction("hill_3", "x3 / (1 + x1^x2)", _HILL, hill),
    ExactFunction("decay", "x1 exp(-x2 t)", (*uniform(0.5, 1.5), *uniform(0.1, 1.0)), decay, times=DECAY_TIMES),
    ExactFunction("noisy_ishigami", _ISHIGAMI.format(0.1) + " + 2 Z", _ANGLE, ishigami(0.1, 2.0), draws=1),
    ExactFunction("birth_death", "cells at t = 3, linear birth and death", _RATES, birth_death, draws=10),
    ExactFunction("extinction", "extinct by t = 3", _RATES, extinction, draws=1),
    ExactFunction("resistance", "a resistant mutant by t = 2", _MUTATION, resistance, draws=1),
)
"""Every function, deterministic ones first."""
