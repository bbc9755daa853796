"""Sobol' indices from the sums that `methods.sobol` takes, one function a design."""

import numpy as np

from sensitivity.contracts import FloatArray, Sums
from sensitivity.methods.intervals import mean_product, ratio, with_pools


def _moments(sums: Sums) -> tuple[FloatArray, FloatArray]:
    """Mean and (noise-free) variance of the output.

    The square of the mean is taken between replicates: rows that share their streams, as those of one set of virtual
    patients do, move the mean together, and its own square would hold that noise however many rows there are.
    """
    means = ratio(sums["sum"], sums["n"])
    return means.mean(axis=-2), ratio(sums["square"], sums["n"]) - mean_product(means, means) - _twin_noise(sums)


def _twin_noise(sums: Sums) -> FloatArray | float:
    """Variance of the noise that every square of one run holds; zero where squares were taken without it."""
    return ratio(sums["twin"], sums["twin_n"]) if "twin" in sums else 0.0


def _noise(sums: Sums, variance: FloatArray, pools: list[tuple[int, int]]) -> dict[str, FloatArray]:
    if "twin" in sums:
        within = ratio(sums["twin"], sums["twin_n"])
    elif "noise" in sums:
        within = ratio(sums["noise"], sums["n"])
    else:
        return {}
    noise = with_pools(within, pools)
    return {"noise_share": ratio(noise, noise + variance)}


def symmetric_indices(sums: Sums, pools: list[tuple[int, int]]) -> dict[str, FloatArray]:
    """Azzini, Mara & Rosati (2021): S = 2 num / den, T = tot / den; den is four times the variance per pair."""
    noise = 4.0 * _twin_noise(sums)  # each sum holds two squared differences of two runs
    num, tot, den = (ratio(sums[name], sums["pairs"]) for name in ("num", "tot", "den"))
    num, tot, den = (with_pools(values, pools) for values in (num, tot - noise, den - noise))
    mean, variance = _moments(sums)
    pooled = with_pools(variance, pools)
    indices = {
        "S1": ratio(2.0 * num, den),
        "ST": ratio(tot, den),
        "mean": np.concatenate([mean, np.full(len(pools), np.nan)]),
        "variance": pooled,
        **_noise(sums, pooled, pools),
    }
    if "inter" in sums:
        inter = with_pools(ratio(sums["inter"], sums["inter_n"]), pools)
        v = (den[:, None] + den[None, :]) / 8.0
        indices["S2"] = ratio(0.5 * (inter + inter.swapaxes(0, 1)), v)
    return indices


def centred(totals: Sums) -> Sums:
    """Sums (scrambles, ...) about the mean of their own scrambling.

    Noise that all rows of a scrambling share moves its mean and its outputs alike, and would else stay in the variance
    and in products with B.
    """
    n, base_n = totals["all_n"], totals["base_n"]
    centre = ratio(totals["all_sum"], n[..., None, :])
    base_a, base_b = (ratio(totals[name], base_n[..., None, :]) for name in ("base_a", "base_b"))
    of_steps = mean_product(*np.broadcast_arrays(centre[:, None], totals["step"]))
    return {
        **totals,
        "all_square": totals["all_square"] - n * mean_product(centre, centre),
        "cross": totals["cross"] - of_steps,
        "base": totals["base"] - base_n * mean_product(base_a, base_b),
        **{name: np.zeros_like(totals[name]) for name in ("all_sum", "step", "base_a", "base_b")},
    }


def asymmetric_indices(sums: Sums, pools: list[tuple[int, int]]) -> dict[str, FloatArray]:
    """Saltelli et al. (2010) Table 2 (b) and (f) on outputs centred by the mean over all rows, with a control variate.

    S = [cov(B, AB) - (1 - T) cov(B, A)] / V: (b), which is T = 0, plus T cov(B, A) / V. The better T pairs A with AB,
    the more of the error of cov(B, AB) is that of cov(B, A).
    """
    mean, _ = _moments(sums)
    centre = ratio(sums["all_sum"], sums["all_n"])
    noise = _twin_noise(sums)
    variance = with_pools(ratio(sums["all_square"], sums["all_n"]) - mean_product(centre, centre) - noise, pools)
    of_steps = mean_product(*np.broadcast_arrays(centre, sums["step"]))
    first = with_pools(ratio(sums["cross"] - of_steps, sums["pairs"]), pools)
    base_a, base_b = (ratio(sums[name], sums["base_n"]) for name in ("base_a", "base_b"))
    base = with_pools(ratio(sums["base"], sums["base_n"]) - mean_product(base_a, base_b), pools)
    total = ratio(with_pools(ratio(sums["tot"], sums["tot_pairs"]) - noise, pools), variance)
    return {
        "S1": ratio(first, variance) + total * ratio(base, variance),
        "ST": total,
        "mean": np.concatenate([mean, np.full(len(pools), np.nan)]),
        "variance": variance,
        **_noise(sums, variance, pools),
    }
