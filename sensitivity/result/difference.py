"""What two results differ in: variables that only one has, and by how much the others are apart."""

from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Difference:
    """A variable that is not the same in two results.

    Attributes
    ----------
    variable : str
        With its path in the tree.
    size : float
        Largest difference, in parts of the largest magnitude of the variable; infinite where the two cannot be
        compared: it is missing in one, of another shape, undefined elsewhere, or text.
    """

    variable: str
    size: float

    def __str__(self) -> str:
        return f"{self.variable} ({self.size:.2g})"


def relative(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference of two arrays in parts of the largest magnitude; infinite where they cannot be compared."""
    if a.shape != b.shape:
        return float("inf")
    if a.dtype.kind not in "fiub" or b.dtype.kind not in "fiub":
        return 0.0 if np.array_equal(a, b) else float("inf")
    a, b = a.astype(np.float64), b.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if np.all(same):
        return 0.0
    if np.any(~same & ~(np.isfinite(a) & np.isfinite(b))):
        return float("inf")
    largest = np.nanmax(np.abs(np.concatenate([a.ravel(), b.ravel()])))
    return float(np.max(np.abs(a - b)[~same]) / largest)


def differences(a: xr.DataTree, b: xr.DataTree) -> list[Difference]:
    """Variables outside the provenance that are not the same, the furthest apart first."""
    left, right = _variables(a), _variables(b)
    found = []
    for name in sorted({*left, *right}):
        there = name in left and name in right
        size = relative(left[name], right[name]) if there else float("inf")
        if size:
            found.append(Difference(name, size))
    return sorted(found, key=lambda one: -one.size)


def _variables(tree: xr.DataTree) -> dict[str, np.ndarray]:
    return {
        f"{node.path.rstrip('/')}/{name}": np.asarray(variable.values)
        for node in tree.subtree
        if not node.path.startswith("/provenance")
        for name, variable in node.to_dataset(inherit=False).variables.items()
    }
