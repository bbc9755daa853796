"""Which runs are called resistant, by what an output came out as."""

from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import BoolArray, FloatArray


@dataclass(frozen=True)
class Split:
    """Which runs are called resistant: those of an output below (or above) a bound, or its lowest (highest) share.

    Attributes
    ----------
    value : float
        Bound in the unit of what is analysed of the output, or share of the runs.
    share : bool
        Whether `value` is a share.
    above : bool
        Whether high values are resistant.
    """

    value: float = 0.25
    share: bool = True
    above: bool = False

    def resistant(self, y: FloatArray) -> BoolArray:
        """Tell which runs (n,) are; False where the output is missing."""
        if not np.isfinite(y).any():
            return np.zeros(len(y), dtype=np.bool_)
        level = 1.0 - self.value if self.above else self.value
        bound = np.quantile(y[np.isfinite(y)], level) if self.share else self.value
        return np.asarray(y > bound if self.above else y < bound)

    @property
    def words(self) -> str:
        """The rule in words."""
        if self.share:
            return f"{'highest' if self.above else 'lowest'} {self.value:.0%} of the runs"
        return f"{'above' if self.above else 'below'} {self.value:g}"
