"""What `models.engine.lanes` does for a vector of rows, for one row: a vector is a number, a mask a truth value.

Kernels on these functions are what other people's solvers are given, and run as plain Python in tests.
"""

import math
from typing import Any

from numba.extending import register_jitable

W = 1
"""Rows in a vector."""

SPECK = 1e-6
"""What the error of a step may leave a vanishing base of a power below zero: without it, no step would be short enough.

A base further below zero is a mistake of the declaration, whose power must not be a number.
"""


@register_jitable
def get(w: Any, i: int) -> Any:
    """Return number `i` of the workspace."""
    return w[i]


@register_jitable
def put(w: Any, i: int, value: Any) -> None:
    """Set number `i` of the workspace."""
    w[i] = value


@register_jitable
def spread(value: Any) -> Any:
    """Return `value`."""
    return value


@register_jitable
def pick(vector: Any, lane: int) -> Any:
    """Return the number."""
    return vector


@register_jitable
def chosen(mask: Any, lane: int) -> Any:
    """Return the truth value."""
    return mask


@register_jitable
def some(mask: Any) -> Any:
    """Return the truth value."""
    return mask


@register_jitable
def select(mask: Any, yes: Any, no: Any) -> Any:
    """Return `yes` or `no`."""
    return yes if mask else no


@register_jitable
def magnitude(x: Any) -> Any:
    """Return the absolute value."""
    return abs(x)


@register_jitable
def larger(a: Any, b: Any) -> Any:
    """Return the larger of two, the second where the first is not a number."""
    return a if a > b else b


@register_jitable
def smaller(a: Any, b: Any) -> Any:
    """Return the smaller of two, the second where the first is not a number."""
    return a if a < b else b


@register_jitable
def exp(x: Any) -> Any:
    """Return e**x."""
    return math.exp(x)


@register_jitable
def log(x: Any) -> Any:
    """Return the natural logarithm."""
    return math.log(x)


@register_jitable
def sqrt(x: Any) -> Any:
    """Return the square root."""
    return math.sqrt(x)


@register_jitable
def power(x: Any, y: Any) -> Any:
    """Return x**y; an x below zero by no more than a speck counts as zero."""
    return (0.0 if -SPECK <= x < 0.0 else x) ** y


@register_jitable
def cube_root(x: Any) -> Any:
    """Return x**(1/3); an x below zero by no more than a speck counts as zero."""
    return power(x, 1.0 / 3.0)


@register_jitable
def fifth_root(x: Any) -> Any:
    """Return x**(-1/5), for step sizes."""
    return larger(x, 1e-300) ** -0.2
