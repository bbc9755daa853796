"""Random numbers by monotone inversion: one uniform number in, one quantile out.

A larger rate never gives a smaller number at the same uniform number, which is what common random numbers across design
points live on; rejection would break it. Counts with a small mean are searched for in the exact distribution function,
those with a large mean come from the Cornish-Fisher expansion, which is off by one count at one point in a thousand.
"""

import math
from typing import Any

from numba.extending import register_jitable

SEARCHED = 64.0
"""Mean up to which the distribution function is summed."""


@register_jitable(error_model="numpy")
def exponential(u: Any) -> Any:
    """Return the quantile of the exponential law of mean 1."""
    return -math.log1p(-u)


@register_jitable(error_model="numpy")
def normal(u: Any) -> Any:
    """Return the quantile of the standard normal law (Wichura 1988, AS 241, relative error 1e-16)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
            + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
            + 1.3314166789178437745e2) * r + 3.3871328727963666080e0) / (
            ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
            + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
            + 4.2313330701600911252e1) * r + 1.0)  # fmt: skip
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        x = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
            + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
            + 4.63033784615654529590e0) * r + 1.42343711074968357734e0) / (
            ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
            + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
            + 2.05319162663775882187e0) * r + 1.0)  # fmt: skip
    else:
        r -= 5.0
        x = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
            + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
            + 5.46378491116411436990e0) * r + 6.65790464350110377720e0) / (
            ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
            + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
            + 5.99832206555887937690e-1) * r + 1.0)  # fmt: skip
    return -x if q < 0.0 else x


@register_jitable(error_model="numpy")
def poisson(u: Any, mean: Any) -> Any:
    """Return the quantile of the Poisson law, a whole number as a double; 0 for a mean that is not positive."""
    if not mean > 0.0:
        return 0.0
    if mean < SEARCHED:
        p = math.exp(-mean)
        total, k = p, 0.0
        while u > total and p > 1e-18 * total:
            k += 1.0
            p *= mean / k
            total += p
        return k
    z = normal(u)
    sd = math.sqrt(mean)
    x = mean + sd * z + (z * z - 1.0) / 6.0 - (z * z * z + 2.0 * z) / (72.0 * sd) - 0.5
    return max(math.ceil(x), 0.0)


@register_jitable(error_model="numpy")
def binomial(u: Any, n: Any, p: Any) -> Any:
    """Return the quantile of the binomial law of `n` (a whole number) trials, a whole number as a double."""
    if not (n > 0.0 and p > 0.0):
        return 0.0
    if p >= 1.0:
        return n
    q = 1.0 - p
    if n * min(p, q) < SEARCHED:
        if p <= 0.5:
            return _searched(u, n, p)
        return n - _searched(1.0 - u, n, q)
    z = normal(u)
    variance = n * p * q
    sd = math.sqrt(variance)
    x = n * p + sd * z + (q - p) * (z * z - 1.0) / 6.0
    # The fourth cumulant, the square of the third, and what lies between whole numbers.
    x += ((1.0 - 6.0 * p * q) * (z * z * z - 3.0 * z) - z) / (24.0 * sd)
    x -= (q - p) ** 2 * (2.0 * z * z * z - 5.0 * z) / (36.0 * sd)
    return min(max(math.ceil(x - 0.5), 0.0), n)


@register_jitable(error_model="numpy")
def _searched(u: Any, n: Any, p: Any) -> Any:
    ratio = p / (1.0 - p)
    mass = math.exp(n * math.log1p(-p))
    total, k = mass, 0.0
    while u > total and k < n and (mass > 1e-18 * total or k < n * p):
        k += 1.0
        mass *= ratio * (n - k + 1.0) / k
        total += mass
    return k


@register_jitable(error_model="numpy")
def negative_binomial(u: Any, n: Any, p: Any) -> Any:
    """Return the quantile of the failures before `n` successes, each of chance `p`: a sum of `n` geometric numbers."""
    if not (n > 0.0 and p < 1.0):
        return 0.0
    q = 1.0 - p
    mean = n * q / p
    if mean < SEARCHED:
        mass = math.exp(n * math.log(p))
        total, k = mass, 0.0
        while u > total and (mass > 1e-18 * total or k < mean):
            k += 1.0
            mass *= q * (n + k - 1.0) / k
            total += mass
        return k
    z = normal(u)
    sd = math.sqrt(mean / p)
    skew, tails = (1.0 + q) / math.sqrt(n * q), (6.0 + p * p / q) / n
    w = z + skew * (z * z - 1.0) / 6.0 + tails * (z * z * z - 3.0 * z) / 24.0
    w -= skew * skew * (2.0 * z * z * z - 5.0 * z) / 36.0
    return max(math.ceil(mean + sd * w - z / (24.0 * sd) - 0.5), 0.0)


@register_jitable(error_model="numpy")
def rounded(u: Any, x: Any) -> Any:
    """Return a whole number beside `x` whose mean over `u` is `x`."""
    whole = math.floor(x)
    return whole + 1.0 if u < x - whole else whole
