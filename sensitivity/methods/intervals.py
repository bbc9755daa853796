"""Intervals from independent replicates of a design, and products that model noise does not bias."""

from collections.abc import Callable

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, Sums


def t_quantile(ci: float, degrees: FloatArray | float) -> FloatArray:
    """Two-sided Student quantile for a confidence level, e.g. ``t_quantile(0.95, 15)`` is 2.131."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(degrees, 0.5 + 0.5 * ci))


def jackknife(totals: Sums, statistic: Callable[[Sums], dict[str, FloatArray]], ci: float) -> dict[str, Estimate]:
    """Estimate statistics of sums with delete-one-scrambling standard errors.

    The scramblings are independent and identically distributed, which the rows inside one are not: a bootstrap over
    rows of a scrambled Sobol' design is no interval. The point estimate uses all sums together, so the bias of a
    ratio is that of the whole design and not of one small scrambling.

    Parameters
    ----------
    totals : arrays (scrambles, ...)
    statistic : function
        From summed arrays to named arrays.
    ci : float
        Confidence level of the t interval with ``scrambles - 1`` degrees of freedom.
    """
    k = len(next(iter(totals.values())))
    whole = {name: values.sum(axis=0) for name, values in totals.items()}
    estimates = statistic(whole)
    left_out = [statistic({name: whole[name] - totals[name][i] for name in totals}) for i in range(k)]
    result = {}
    for name, value in estimates.items():
        copies = np.stack([copy[name] for copy in left_out])
        result[name] = from_deviations(value, np.sqrt((k - 1) / k) * (copies - copies.mean(axis=0)), ci)
    return result


def from_deviations(value: FloatArray, deviations: FloatArray, ci: float) -> Estimate:
    """Estimate whose t interval comes from the deviations (replicates, ...) of independent replicates."""
    return _t_interval(value, deviations, ci, len(deviations) - 1.0)


def ratio_of_sums(numerator: FloatArray, denominator: FloatArray, ci: float) -> Estimate:
    """Ratio of sums over independent replicates, with a linearised t interval.

    A replicate whose denominator is zero, for it holds nothing, has no part in it. NaN where fewer than two are left.

    Parameters
    ----------
    numerator, denominator : (replicates, ...)
    """
    k = np.sum(denominator != 0.0, axis=0)
    k = np.where(k >= 2, k, np.nan)
    total = denominator.sum(axis=0)
    value = np.where(np.isfinite(k), ratio(numerator.sum(axis=0), total), np.nan)
    deviations = np.sqrt(k / (k - 1.0)) * ratio(numerator - value * denominator, total)
    return _t_interval(value, deviations, ci, k - 1.0)


def _t_interval(value: FloatArray, deviations: FloatArray, ci: float, degrees: FloatArray | float) -> Estimate:
    se = np.sqrt(np.sum(deviations**2, axis=0))
    half = t_quantile(ci, degrees) * se
    return Estimate(value, se, np.stack([value - half, value + half]), deviations)


def mean_product(u: FloatArray, v: FloatArray) -> FloatArray:
    """Product of the expectations of two noisy quantities, unbiased for any number of replicates m >= 2.

    The product of two means over the same replicates exceeds the product of the expectations by cov/m, which is
    taken off; with one replicate nothing is known of the noise and the plain product is returned.

    Parameters
    ----------
    u, v : (..., replicates, elements)

    Returns
    -------
    (..., elements)
    """
    m = u.shape[-2]
    if m == 1:
        return np.asarray(u[..., 0, :] * v[..., 0, :])
    mean_u, mean_v = u.mean(axis=-2), v.mean(axis=-2)
    covariance = np.sum((u - mean_u[..., None, :]) * (v - mean_v[..., None, :]), axis=-2) / (m - 1)
    return np.asarray(mean_u * mean_v - covariance / m)


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Quotient that is NaN, without a warning, where there is nothing to divide by."""
    usable = np.abs(denominator) > 0.0
    safe = np.where(usable, denominator, 1.0)
    return np.where(usable, numerator / safe, np.nan)


def with_pools(values: FloatArray, pools: "list[tuple[int, int]] | tuple[tuple[int, int], ...]") -> FloatArray:
    """Append, along the last axis, the sum of each range of elements."""
    if not pools:
        return values
    return np.concatenate([values, *(values[..., a:b].sum(axis=-1, keepdims=True) for a, b in pools)], axis=-1)
