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
    return means.mean(axis=-2), ratio(sums["square"], sums["n"]) - mean_product(means, means)


def _noise(sums: Sums, variance: FloatArray, pools: list[tuple[int, int]]) -> dict[str, FloatArray]:
    if "noise" not in sums:
        return {}
    noise = with_pools(ratio(sums["noise"], sums["n"]), pools)
    return {"noise_share": ratio(noise, noise + variance)}


def symmetric_indices(sums: Sums, pools: list[tuple[int, int]]) -> dict[str, FloatArray]:
    """Azzini, Mara & Rosati (2021): S = 2 num / den, T = tot / den; den is four times the variance per pair."""
    num, tot, den = (with_pools(ratio(sums[name], sums["pairs"]), pools) for name in ("num", "tot", "den"))
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
    means = ratio(totals["sum"], totals["n"][..., None, :])
    centre = ratio(totals["all_sum"], totals["all_n"][..., None, :])[:, None]
    return {
        **totals,
        "central": totals["square"] - totals["n"] * mean_product(means, means),
        "cross": totals["cross"] - mean_product(*np.broadcast_arrays(centre, totals["step"])),
        "step": np.zeros_like(totals["step"]),
    }


def asymmetric_indices(sums: Sums, pools: list[tuple[int, int]]) -> dict[str, FloatArray]:
    """Saltelli et al. (2010) Table 2 (b) and (f) on outputs centred by the mean over all rows, as in SALib."""
    mean, variance = _moments(sums)
    centre = ratio(sums["all_sum"], sums["all_n"])
    if "central" in sums:
        variance = ratio(sums["central"], sums["n"])
    pooled = with_pools(variance, pools)
    centring = mean_product(*np.broadcast_arrays(centre, sums["step"]))
    first = with_pools(ratio(sums["cross"] - centring, sums["pairs"]), pools)
    return {
        "S1": ratio(first, pooled),
        "ST": ratio(with_pools(ratio(sums["tot"], sums["tot_pairs"]), pools), pooled),
        "mean": np.concatenate([mean, np.full(len(pools), np.nan)]),
        "variance": pooled,
        **_noise(sums, pooled, pools),
    }
