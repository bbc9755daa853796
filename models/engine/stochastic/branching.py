"""Clones as a branching process: cells of K types that divide, die, mutate at division and switch, independently.

One description has three readings: the mean (here), the chance that a family of types dies out, without sampling
(`generating`), and sampled courses (`clones`). Rates are constant between breaks; the unit of time is the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BranchingProcess:
    """Rates of K types over S segments of time.

    Attributes
    ----------
    birth, death : (S, K) or (K,) arrays
        Rates a cell.
    mutation : (K, K) array
        ``mutation[k, j]``: chance that a division of type k makes one cell of k and one of j, not two of k.
    switching : (S, K, K) or (K, K) array
        ``switching[s, k, j]``: rate at which a cell of type k becomes one of j.
    breaks : sequence of float
        Start of each segment, the first one 0.

    Raises
    ------
    ValueError
        For a rate that is negative or not finite, chances beyond 1, or shapes that do not fit.
    """

    birth: FloatArray
    death: FloatArray
    mutation: FloatArray
    switching: FloatArray
    breaks: Sequence[float] = (0.0,)

    def __post_init__(self) -> None:
        k, segments = np.shape(self.mutation)[-1], len(self.breaks)
        for name, shape in (("birth", (segments, k)), ("death", (segments, k)), ("mutation", (k, k)),
                            ("switching", (segments, k, k))):  # fmt: skip
            values = np.asarray(getattr(self, name), dtype=np.float64)
            values = np.broadcast_to(values, shape) if values.shape == shape[1:] else values
            if values.shape != shape:
                raise ValueError(f"branching process: '{name}' has shape {values.shape}, expected {shape}")
            if not np.all((values >= 0.0) & np.isfinite(values)):
                raise ValueError(f"branching process: '{name}' must be finite and not negative")
            object.__setattr__(self, name, values)
        if (
            np.any(np.diag(self.mutation))
            or np.any(np.einsum("skk->sk", self.switching))
            or np.any(self.mutation.sum(axis=1) > 1.0)
        ):
            raise ValueError(
                "branching process: a type cannot become itself, and chances of mutation add up to 1 at most"
            )
        if self.breaks[0] != 0.0 or np.any(np.diff(self.breaks) <= 0.0):
            raise ValueError(f"branching process: breaks must begin with 0 and increase, got {list(self.breaks)}")

    @property
    def types(self) -> int:
        """Number of types."""
        return int(np.shape(self.mutation)[0])

    def segments(self, horizon: float) -> list[tuple[float, float, int]]:
        """Return start, end and number of each segment before `horizon`."""
        ends = [*self.breaks[1:], np.inf]
        pairs = zip(self.breaks, ends, strict=True)
        return [(a, min(b, horizon), i) for i, (a, b) in enumerate(pairs) if a < horizon]

    def growth(self, segment: int) -> FloatArray:
        """Return the matrix A of the mean, dn/dt = A n, in one segment."""
        birth, death = self.birth[segment], self.death[segment]
        flow = birth[:, None] * self.mutation + self.switching[segment]
        stay = birth * (1.0 - self.mutation.sum(axis=1)) - death - self.switching[segment].sum(axis=1)
        found: FloatArray = flow.T + np.diag(stay)
        return found

    def mean(self, first: FloatArray, times: Sequence[float]) -> FloatArray:
        """Return the mean number of cells, (times, K), from `first` (K,) at time 0; `times` increase."""
        found = np.empty((len(times), self.types))
        n, now = np.asarray(first, dtype=np.float64), 0.0
        for i, t in enumerate(times):
            for a, b, segment in self.segments(t):
                if b > now:
                    n, now = expm(self.growth(segment) * (b - max(a, now))) @ n, b
            found[i] = n
        return found


def bins(count: int, memory: float, width: float = 4.5) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cut a standard normal trait that cells forget over the time `memory` into bins (Ornstein-Uhlenbeck).

    Neighbouring rates are those of a reversible chain whose law at rest is the normal one; the error is of the order
    of the bin's width squared.

    Returns
    -------
    place, share : (count,) arrays
        Middle of each bin in standard deviations, and the share of cells in it.
    switching : (count, count) array
    """
    dx = 2.0 * width / max(count - 1, 1)
    place = dx * (np.arange(count, dtype=np.float64) - 0.5 * (count - 1))
    share = np.exp(-0.5 * place**2)
    share /= share.sum()
    switching = np.zeros((count, count))
    for k in range(count - 1):
        ratio = np.sqrt(share[k + 1] / share[k])
        switching[k, k + 1], switching[k + 1, k] = ratio / (memory * dx**2), 1.0 / ratio / (memory * dx**2)
    return np.asarray(place), np.asarray(share), switching


def crossed(switching: FloatArray, phenotypes: FloatArray) -> FloatArray:
    """Combine switching among bins with switching among phenotypes; type ``p * bins + k`` is bin k of phenotype p."""
    many, few = len(phenotypes), len(switching)
    return np.kron(np.eye(many), switching) + np.kron(phenotypes, np.eye(few))
