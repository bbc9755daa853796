"""Normal numbers by address and monotone inversion, for all lanes at once."""

# mypy: ignore-errors

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.engine.kernel.types import Lanes, Vector
    from models.engine.lane_functions import log, sqrt
    from models.engine.lanes import magnitude, nearest, select, smaller
    from models.engine.scalar import get, put
    from models.engine.stochastic.kernel.generated import DRAWS
    from models.engine.stochastic.lane_words import four_numbers


def noise(key: "Vector", k: int, z: "Vector") -> None:
    """Fill `z` with standard normal numbers, four channels a draw."""
    for j in range(0, DRAWS, 4):
        a, b, c, d = four_numbers(get(key, 0), get(key, 1), 0, j, k, 0)
        put(z, j, normal_quantile(a))
        put(z, j + 1, normal_quantile(b))
        put(z, j + 2, normal_quantile(c))
        put(z, j + 3, normal_quantile(d))


def normal_quantile(u: "Lanes") -> "Lanes":
    """Return normal quantiles as `models.engine.stochastic.inversion` does, for u from 1e-10 to 1 - 1e-10."""
    q = u - 0.5
    r = 0.180625 - q * q
    inner = q * (((((((r * 2.5090809287301226727e3 + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
        + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
        + 1.3314166789178437745e2) * r + 3.3871328727963666080e0) / (
        ((((((r * 5.2264952788528545610e3 + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
        + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
        + 4.2313330701600911252e1) * r + 1.0)  # fmt: skip
    s = sqrt(-log(smaller(u, 1.0 - u))) - 1.6
    outer = (((((((s * 7.74545014278341407640e-4 + 2.27238449892691845833e-2) * s + 2.41780725177450611770e-1) * s
        + 1.27045825245236838258e0) * s + 3.64784832476320460504e0) * s + 5.76949722146069140550e0) * s
        + 4.63033784615654529590e0) * s + 1.42343711074968357734e0) / (
        ((((((s * 1.05075007164441684324e-9 + 5.47593808499534494600e-4) * s + 1.51986665636164571966e-2) * s
        + 1.48103976427480074590e-1) * s + 6.89767334985100004550e-1) * s + 1.67638483018380384940e0) * s
        + 2.05319162663775882187e0) * s + 1.0)  # fmt: skip
    return select(r >= 0.0, inner, select(q < 0.0, -outer, outer))


def fraction_of(mean: "Lanes") -> "Lanes":
    """Return the variance of the one of two whole numbers that is `mean` on average."""
    part = magnitude(mean - nearest(mean))
    return part * (1.0 - part)
