"""Elementary functions of several rows at once: exponential, logarithm, powers, and the root that step sizes need.

Each is one Python function that numba resolves by its argument: a vector, or a double where a kernel computes
constants. Good to 2 units in the last place, a cube root of a normal number to 4, a power to as many as its logarithm
is large. Polynomials are summed in parts that do not wait for one another.
"""

# Numba's extension interface carries no types.
# mypy: ignore-errors

import math
from collections.abc import Callable
from typing import Any

from numba.extending import overload

from models.engine.lanes import (
    Lanes,
    exponent,
    guess_fifth,
    guess_third,
    larger,
    mantissa,
    nearest,
    root,
    scaled,
    select,
    smaller,
)
from models.engine.scalar import SPECK


def cube_root(x: Any) -> Any:
    """Return x**(1/3) for x >= 0."""
    raise NotImplementedError


def fifth_root(x: Any) -> Any:
    """Return x**(-1/5), for step sizes."""
    raise NotImplementedError


def exp(x: Any) -> Any:
    """Return e**x."""
    raise NotImplementedError


def log(x: Any) -> Any:
    """Return the natural logarithm."""
    raise NotImplementedError


def sqrt(x: Any) -> Any:
    """Return the square root."""
    raise NotImplementedError


def power(x: Any, y: Any) -> Any:
    """Return x**y for x >= 0; x**0 is 1, and an x below zero by no more than a speck counts as zero."""
    raise NotImplementedError


_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10


def _exp(x):
    """Reduce by powers of two, then the series to order 13, whose rest is 4e-18 for |r| < 0.35."""
    inside = larger(smaller(x, 710.0), -746.0)
    n = nearest(inside * 1.4426950408889634)
    r = (inside - n * _LN2_HIGH) - n * _LN2_LOW
    r2 = r * r
    a = (r * (1.0 / 6.0) + 0.5) + (r * (1.0 / 120.0) + 1.0 / 24.0) * r2
    b = (r * (1.0 / 5040.0) + 1.0 / 720.0) + (r * (1.0 / 362880.0) + 1.0 / 40320.0) * r2
    c = (r * (1.0 / 39916800.0) + 1.0 / 3628800.0) + (r * (1.0 / 6227020800.0) + 1.0 / 479001600.0) * r2
    r4 = r2 * r2
    y = scaled(((c * r4 + b) * r4 + a) * r2 + r + 1.0, n)
    return select(x <= 710.0, y, select(x > 710.0, math.inf, x))


def _log(x):
    """FreeBSD's e_log.c: exponent and mantissa near 1, then a polynomial of degree 7 in s**2, s = f/(2 + f)."""
    tiny = x < 2.2250738585072014e-308
    a = select(tiny, x * 18014398509481984.0, x)
    e = exponent(a) - select(tiny, 54.0, 0.0)
    f = mantissa(a) - 1.0
    s = f / (f + 2.0)
    z = s * s
    z2 = z * z
    a = z * 3.999999999940941908e-01 + 6.666666666666735130e-01
    b = z * 2.222219843214978396e-01 + 2.857142874366239149e-01
    c = z * 1.531383769920937332e-01 + 1.818357216161805012e-01
    q = (((z2 * 1.479819860511658591e-01 + c) * z2 + b) * z2 + a) * z
    half = f * f * 0.5
    y = e * _LN2_HIGH - ((half - (s * (half + q) + e * _LN2_LOW)) - f)
    y = select(x < math.inf, y, x)
    return select(x > 0.0, y, select(x < 0.0, math.nan, x - math.inf))


def _third(x):
    """Newton steps for x**(-1/3): 2 % becomes 1e-3, 1e-6, 1e-12, then rounding."""
    x = select(x >= -SPECK, larger(x, 0.0), x)
    a = larger(x, 2.2250738585072014e-308)
    y = guess_third(a)
    third = a * (1.0 / 3.0)
    for _ in range(4):
        y = y * (1.3333333333333333 - third * (y * y) * y)
    return select(x >= 0.0, x * y * y, math.nan)


def _power(x, y):
    return select((y >= 0.0) & (y <= 0.0), 1.0, exp(y * log(select(x >= -SPECK, larger(x, 0.0), x))))


def _fifth(x):
    """Two Newton steps: 6 % becomes 1 %, then 3e-4."""
    x = smaller(larger(x, 1e-300), 1e280)
    y = guess_fifth(x)
    y = y * (1.2 - x * 0.2 * (y * y) * (y * y) * y)
    return y * (1.2 - x * 0.2 * (y * y) * (y * y) * y)


def _either(stub: Callable[..., Any], vector: Callable[..., Any], scalar: Callable[..., Any], count: int) -> None:
    """Let `stub` mean `vector` for lanes and `scalar` for doubles."""
    if count == 1:

        @overload(stub, inline="never")
        def one(x):
            return vector if isinstance(x, Lanes) else scalar
    else:

        @overload(stub, inline="never")
        def two(x, y):
            return vector if isinstance(x, Lanes) or isinstance(y, Lanes) else scalar


_either(cube_root, _third, lambda x: x ** (1.0 / 3.0), 1)
_either(exp, _exp, lambda x: math.exp(x), 1)
_either(log, _log, lambda x: math.log(x), 1)
_either(sqrt, lambda x: root(x), lambda x: math.sqrt(x), 1)
_either(fifth_root, _fifth, lambda x: x**-0.2, 1)
_either(power, _power, lambda x, y: x**y, 2)
