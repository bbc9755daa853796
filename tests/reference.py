"""Test functions with exact Sobol' indices, from their closed forms."""

import math

import numpy as np


def ishigami(u, a=7.0, b=0.1):
    """Ishigami & Homma (1990) on the unit cube, last axis = 3 factors."""
    x = math.pi * (2.0 * u - 1.0)
    return np.sin(x[..., 0]) + a * np.sin(x[..., 1]) ** 2 + b * x[..., 2] ** 4 * np.sin(x[..., 0])


def ishigami_indices(a=7.0, b=0.1):
    """S1, ST, S2 (pairs 01, 02, 12) and variance."""
    v1 = 0.5 * (1 + b * math.pi**4 / 5) ** 2
    v2 = a**2 / 8
    v13 = 8 * b**2 * math.pi**8 / 225
    v = v1 + v2 + v13
    return (
        np.array([v1, v2, 0.0]) / v,
        np.array([v1 + v13, v2, v13]) / v,
        np.array([0.0, v13, 0.0]) / v,
        v,
    )


G_A = np.array([0.0, 0.5, 3.0, 9.0, 99.0, 99.0])


def sobol_g(u, a=G_A):
    """Sobol' G function on the unit cube."""
    return np.prod((np.abs(4.0 * u - 2.0) + a) / (1.0 + a), axis=-1)


def sobol_g_indices(a=G_A):
    """S1, ST and variance: V_i = 1 / (3 (1 + a_i)^2)."""
    v = 1.0 / (3.0 * (1.0 + a) ** 2)
    total = np.prod(1.0 + v) - 1.0
    return v / total, v * (np.prod(1.0 + v) / (1.0 + v)) / total, total
