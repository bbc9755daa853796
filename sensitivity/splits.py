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

    @classmethod
    def parse(cls, words: str) -> "Split":
        """Read the rule from its `words`, as a result file keeps it.

        Raises
        ------
        ValueError
            When they are no such rule.
        """
        first, _, rest = words.partition(" ")
        if rest.endswith("% of the runs") and first in {"highest", "lowest"}:
            return cls(float(rest.partition("%")[0]) / 100.0, True, first == "highest")
        if first in {"above", "below"}:
            return cls(float(rest), False, first == "above")
        raise ValueError(f"'{words}' is no rule that tells resistant runs")

    @property
    def words(self) -> str:
        """The rule in words."""
        if self.share:
            return f"{'highest' if self.above else 'lowest'} {self.value:.0%} of the runs"
        return f"{'above' if self.above else 'below'} {self.value:g}"
