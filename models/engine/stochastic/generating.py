"""Chances of extinction and relapse of a branching process, from its probability generating function.

The function obeys a differential equation backward in time (Athreya & Ney 1972, chapter V): exact, no sampling.
With p = 1 - q the chance that one cell's descendants are still there, small chances keep their digits.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from models.engine.stochastic.branching import BranchingProcess, FloatArray

RTOL = 1e-10


def survival(
    process: BranchingProcess, horizon: float, family: NDArray[np.bool_] | None = None, *, rtol: float = RTOL
) -> FloatArray:
    """Return by type the chance that one cell at time 0 has descendants of a family at `horizon`.

    Parameters
    ----------
    family : (K,) bool, optional
        The types that count; all of them if left out.

    Raises
    ------
    ValueError
        When the equation cannot be integrated.
    """
    marks = np.ones(process.types, dtype=bool) if family is None else np.asarray(family, dtype=bool)
    return generating(process, horizon, np.where(marks, 0.0, 1.0), rtol=rtol)


def generating(process: BranchingProcess, horizon: float, z: FloatArray, *, rtol: float = RTOL) -> FloatArray:
    """Return by type one less the generating function of the numbers at `horizon`, E of the product of z_k**n_k."""
    p = 1.0 - np.asarray(z, dtype=np.float64)
    for start, end, segment in reversed(process.segments(horizon)):
        birth, death, switching = process.birth[segment], process.death[segment], process.switching[segment]
        keep, leave = 1.0 - process.mutation.sum(axis=1), switching.sum(axis=1)

        def slope(_: float, p: FloatArray, b=birth, d=death, s=switching, keep=keep, leave=leave) -> FloatArray:  # type: ignore[no-untyped-def]
            change: FloatArray = b * (1.0 - p) * (keep * p + process.mutation @ p) - d * p
            change += s @ p - leave * p
            return change

        got = solve_ivp(slope, (0.0, end - start), p, method="LSODA", rtol=rtol, atol=1e-14 * rtol / RTOL)
        if not got.success:
            raise ValueError(f"the generating function could not be integrated: {got.message}")
        p = np.clip(got.y[:, -1], 0.0, 1.0)
    return p


def extinction(p: FloatArray, first: FloatArray, *, poisson: bool = False) -> float:
    """Return the chance that nothing is left of `first` (K,) cells whose chances of survival are `p`.

    Parameters
    ----------
    poisson : bool
        Numbers at the start are Poisson with these means; otherwise they are fixed.
    """
    if poisson:
        return float(np.exp(-np.sum(first * p)))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(np.asarray(first) > 0.0, first * np.log1p(-p), 0.0)
    return float(np.exp(np.sum(logs)))


def relapse(
    process: BranchingProcess, first: FloatArray, times: Sequence[float], family: NDArray[np.bool_] | None = None,
    *, poisson: bool = False,
) -> FloatArray:  # fmt: skip
    """Return the chance that a family is there at each time, (times,)."""
    return np.array([1.0 - extinction(survival(process, t, family), first, poisson=poisson) for t in times])
