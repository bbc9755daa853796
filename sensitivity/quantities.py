"""Quantities of a stochastic output: what of its distribution at one point the indices speak of.

The mean over the noise is the default. The variance, a probability or a quantile over the replicates are quantities of
their own, with other important factors (Zhu & Sudret 2021, doi 10.1016/j.ress.2021.107815, section 2.2). Estimators
multiply estimates of them, and the product of an estimate with itself is biased by its noise. The replicates of a point
are therefore cut into groups, each of which gives its own estimate, and products are taken between groups
(`intervals.mean_product`): single replicates for means and probabilities, pairs for variances, whose halved squared
difference is unbiased, and halves for quantiles, whose bias falls with the size of a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import FloatArray
from sensitivity.units import product

KINDS = ("mean", "variance", "probability", "quantile")

NOISELESS = ("variance", "quantile")
"""Quantities whose estimates from single runs have no variance that would be a share of anything."""

LEAST = {"mean": 1, "variance": 4, "probability": 2, "quantile": 100}
"""Replicates below which a quantity cannot be told: two groups at least, and a quantile's bias below its use."""


@dataclass(frozen=True)
class Quantity:
    """One quantity over the replicates of a point.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    argument : float or None
        Bound of a probability, level of a quantile.
    above : bool
        Whether the probability is that of values above the bound, or below it.
    """

    kind: str = "mean"
    argument: float | None = None
    above: bool = True

    def unit(self, unit: str) -> str:
        """Unit of the quantity of an output in `unit`."""
        if self.kind == "probability":
            return "1"
        return product(unit, unit) if self.kind == "variance" else unit

    @property
    def words(self) -> str:
        """The quantity in words, to stand before what it is taken of; empty for the mean."""
        if self.kind == "probability":
            return f"probability of values {'above' if self.above else 'below'} {self.argument:g} of"
        if self.kind == "quantile":
            return f"{self.argument:g} quantile over the noise of"
        return "variance over the noise of" if self.kind == "variance" else ""

    @property
    def located(self) -> bool:
        """Whether it moves with the output, so that a shift of the output shifts it alike."""
        return self.kind in ("mean", "quantile")


MEAN = Quantity()


def group_size(quantities: Sequence[Quantity], replicates: int) -> int:
    """Replicates in a group: the same for all outputs of a study, whose arrays share one axis of groups."""
    kinds = {quantity.kind for quantity in quantities}
    if "quantile" in kinds:
        return replicates // 2
    return 2 if "variance" in kinds else 1


def estimates(y: FloatArray, quantities: Sequence[Quantity]) -> FloatArray:
    """Estimates of the quantities from groups of replicates.

    Parameters
    ----------
    y : (..., replicates, elements)
        NaN where a run failed.
    quantities : sequence of Quantity
        One an element.

    Returns
    -------
    (..., groups, elements); NaN where a replicate of the group failed
    """
    if all(quantity == MEAN for quantity in quantities):
        return y
    *outer, m, elements = y.shape
    size = group_size(quantities, m)
    grouped = y.reshape(*outer, m // size, size, elements)
    found = grouped.mean(axis=-2)
    for e, quantity in enumerate(quantities):
        values, assigned = grouped[..., e], found[..., e]
        if quantity.kind == "variance":
            assigned[...] = values.var(axis=-1, ddof=1)
        elif quantity.kind == "quantile":
            # Hyndman & Fan (1996), type 8: the median of its estimates is right to 1/size**2 for any law.
            assert quantity.argument is not None
            assigned[...] = np.quantile(values, quantity.argument, axis=-1, method="median_unbiased")
        elif quantity.kind == "probability":
            assert quantity.argument is not None
            hit = values > quantity.argument if quantity.above else values < quantity.argument
            assigned[...] = np.where(np.isnan(values).any(axis=-1), np.nan, hit.mean(axis=-1))
    return np.asarray(found)


def noise_scale(quantities: Sequence[Quantity], replicates: int) -> FloatArray:
    """Variance between runs over that between groups, (elements,); NaN where the noise of a run is no such variance."""
    size = group_size(quantities, replicates)
    return np.array([np.nan if q.kind in NOISELESS else size for q in quantities], dtype=np.float64)
