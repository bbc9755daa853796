"""The course of lesions at the tier that a study asks for.

Tier 0 are the reduced equations, tier 1 is the network of `models.tdm1.tumour`.

Both tiers take the same parameters and give the volume on the same days, so that a tier is a numerical choice and no
other patient.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.engine.requests import Output
from models.tdm1.classes import FAMILIES
from models.tdm1.model import TDM1
from models.tdm1.population.extinction import RATES, Fates
from models.tdm1.population.reduced import rates
from models.tdm1.population.reduced.kept import kernel

FloatArray = NDArray[np.float64]

CYCLE = 21.0
"""Days between infusions."""

NO_FATES = "the rates of resistant cells are told by the reduced equations only: it needs 'tier: 0'"
"""Why tier 1 has no chances of extinction."""


class Tier(Protocol):
    """Courses of lesions under T-DM1 every three weeks."""

    days: FloatArray
    """Days on which the volume is known, from 0."""

    def courses(
        self, lesions: Mapping[str, FloatArray], rows: int, until: FloatArray | None = None
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return ln volume in mm^3 (rows, days), and which lesions could not be computed (rows,).

        Nobody looks at a lesion after its day of `until` (rows,): a course may stop there.
        """
        ...

    def fates(self, lesions: Mapping[str, FloatArray], rows: int) -> Fates:
        """Return the rates of cells of resistant families along the courses.

        Raises
        ------
        ValueError
            At a tier that does not tell them.
        """
        ...


class Reduced:
    """Tier 0.

    Parameters
    ----------
    dose : float
        In mg/kg.
    cycles : int
    """

    def __init__(self, dose: float, cycles: int) -> None:
        self.dose, self.cycles = dose, cycles
        self.days = days(cycles, rates.DAYS)

    def courses(
        self, lesions: Mapping[str, FloatArray], rows: int, until: FloatArray | None = None
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """See `Tier`."""
        until = np.full(rows, np.inf) if until is None else until
        _, out, _ = self._run(lesions, rows, until, np.empty((rows, 0, 0, 0)))
        return out + np.log(1e6), np.asarray(~np.isfinite(out).all(axis=1))

    def fates(self, lesions: Mapping[str, FloatArray], rows: int) -> Fates:
        """Return the rates of cells of resistant families along the courses."""
        found = np.zeros((rows, self.cycles * len(rates.STEPS), len(FAMILIES), RATES))
        scalars, _, taken = self._run(lesions, rows, np.full(rows, np.inf), found)
        return Fates(found, taken, scalars["wake"], scalars["repair"], scalars["resting"])

    def _run(
        self, lesions: Mapping[str, FloatArray], rows: int, until: FloatArray, fates: FloatArray
    ) -> tuple[NDArray[np.void], FloatArray, NDArray[np.int64]]:
        """Return rates, ln volume in L and steps; see `course.fill`."""
        scalars, classes = rates.rates(lesions, rows)
        plain = scalars.view(np.float64).reshape(rows, len(rates.SCALARS))
        out, taken = np.empty((rows, len(self.days))), np.zeros(rows, dtype=np.int64)
        kernel()(plain, classes, self.dose * 1e-3, self.cycles, until, out, *rates.passage(), taken, fates)
        return scalars, out, taken


class Network:
    """Tier 1.

    Parameters
    ----------
    dose : float
        In mg/kg.
    cycles : int
    classes : int
        Bins of amplified cells.
    rtol : float
    """

    def __init__(self, dose: float, cycles: int, classes: int = 17, rtol: float = 1e-2) -> None:
        self.options = {"dose": f"{dose} mg/kg_bw", "cycles": cycles, "classes": classes, "rtol": rtol}
        self.days = days(cycles, rates.DAYS)

    @cached_property
    def model(self) -> TDM1:
        """The model, which compiles when it is first run."""
        return TDM1(**self.options)  # type: ignore[arg-type]

    def courses(
        self, lesions: Mapping[str, FloatArray], rows: int, until: FloatArray | None = None
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """See `Tier`."""
        asked = Output("volume", "tumour.volume", None, None, tuple(24.0 * self.days), None)
        found = self.model.simulate(lesions, np.zeros((rows, 2), dtype=np.uint64), [asked])
        with np.errstate(divide="ignore", invalid="ignore"):
            course = np.log(found["volume"].values)
        return np.asarray(course), np.asarray(found["status"].values != 1)

    def fates(self, lesions: Mapping[str, FloatArray], rows: int) -> Fates:
        """See `Tier`."""
        raise ValueError(NO_FATES)


def days(cycles: int, kept: FloatArray) -> FloatArray:
    """Return the days of `kept` in every cycle, after day 0."""
    return np.concatenate([[0.0], (CYCLE * np.arange(cycles)[:, None] + kept).ravel()])
