"""RECIST: what a reader of scans calls a patient's course, visit by visit.

RECIST 1.1 (Eisenhauer 2009 Eur J Cancer 45:228): response is a sum of longest diameters (SLD) 30 % below baseline or
a complete disappearance, progression is 20 % and 5 mm above the smallest sum so far, or a new lesion. ``1.0m`` is the
modified RECIST 1.0 that EMILIA was read with: no least increase of 5 mm. Progression is judged before response. A
response counts once confirmed: the visits up to one at least `confirmation` days later must all respond, visits
without a scan not counting for or against. Progression is dated at the visit that found it, death at the day; whoever
has neither is censored at the last scan.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

RESPONSE, PROGRESSION = 0.7, 1.2
"""SLD at response relative to baseline, and at progression relative to the smallest so far."""

TOO_SMALL, GONE = 5.0, 2.0
"""Diameters in mm: below the first a lesion is recorded as this much (RECIST 1.1, 4.3.2); below the second, which is
assumed, it cannot be seen and is recorded as 0."""

MARGIN = 1e-9
"""Relative slack of comparisons, so that an SLD of exactly 120 % progresses whatever its rounding."""


class Best(IntEnum):
    """Best overall response, in rising order."""

    NOT_EVALUABLE = 0
    PROGRESSIVE = 1
    STABLE = 2
    PARTIAL = 3
    COMPLETE = 4


class End(IntEnum):
    """What ended a patient's time without progression."""

    CENSORED = 0
    TARGET = 1
    NEW_LESION = 2
    DEATH = 3


@dataclass(frozen=True)
class Rule:
    """How scans are read.

    Attributes
    ----------
    least_increase : float
        Absolute growth of the SLD in mm that progression needs.
    confirmation : float
        Days after which a response must be seen again; 0 for none.
    stable : float
        Days from the start before which a visit cannot show stable disease.
    """

    least_increase: float
    confirmation: float = 28.0
    stable: float = 35.0


RULES = {"1.1": Rule(5.0), "1.0m": Rule(0.0)}
"""Rules by name; six weeks less a week of tolerance make disease stable (protocols of T-DM1's trials)."""


@dataclass(frozen=True)
class Readings:
    """What became of n patients.

    Attributes
    ----------
    best : (n,) int64
        `Best`.
    responded : (n,)
        Day of the visit that first showed the confirmed response; NaN without one.
    time, end : (n,), (n,) int64
        Day of progression, death or the last scan, and which of them: `End`.
    change : (n,)
        Smallest SLD up to progression relative to baseline, less 1: the waterfall; NaN without a later scan.
    """

    best: NDArray[np.int64]
    responded: FloatArray
    time: FloatArray
    end: NDArray[np.int64]
    change: FloatArray

    @property
    def event(self) -> NDArray[np.bool_]:
        """Whether the patient progressed or died, (n,)."""
        return np.asarray(self.end != End.CENSORED)

    @property
    def responder(self) -> NDArray[np.bool_]:
        """Whether the patient's best response is partial or complete, (n,)."""
        return np.asarray(self.best >= Best.PARTIAL)


def recorded(diameter: FloatArray) -> FloatArray:
    """Return what a reader writes down for diameters in mm; lesions too small to measure count as 5 mm, unseen as 0."""
    return np.where(diameter < GONE, 0.0, np.where(diameter < TOO_SMALL, TOO_SMALL, diameter))


def read(
    times: FloatArray,
    sld: FloatArray,
    rule: Rule,
    *,
    new_lesion: FloatArray | None = None,
    death: FloatArray | None = None,
    last: FloatArray | None = None,
) -> Readings:
    """Read every patient's scans.

    Parameters
    ----------
    times : (n, visits)
        Days, rising; the first visit is the baseline.
    sld : (n, visits)
        Sum of longest diameters in mm; NaN where a scan is missing.
    rule : Rule
    new_lesion : (n,), optional
        Day from which a scan shows a new lesion; infinite where none comes.
    death : (n,), optional
        Day of death; infinite where later than anybody looks.
    last : (n,), optional
        Last day of follow-up: no scan is made and no death is known after it.

    Raises
    ------
    ValueError
        When there is no patient, no visit after the baseline, or a baseline that is missing or 0.
    """
    n, visits = sld.shape
    if n < 1 or visits < 2:
        raise ValueError(
            f"reading needs a patient and a visit after the baseline, got {n} patients and {visits} visits"
        )
    if not np.all(sld[:, 0] > 0.0):
        raise ValueError("every patient needs a baseline with at least one measurable lesion")
    never = np.full(n, np.inf)
    new_lesion, death, last = (never if given is None else given for given in (new_lesion, death, last))
    best = np.zeros(n, dtype=np.int64)
    end = np.zeros(n, dtype=np.int64)
    seen = times[:, 0].copy()
    nadir = sld[:, 0].copy()
    smallest = np.full(n, np.inf)
    responded = np.full(n, np.nan)
    waiting = {level: np.full(n, np.nan) for level in (Best.PARTIAL, Best.COMPLETE)}
    slack = MARGIN * sld[:, 0]
    for v in range(1, visits):
        t, s = times[:, v], sld[:, v]
        scanned = (end == End.CENSORED) & np.isfinite(s) & (t <= last) & (t < death)
        s = np.where(scanned, s, np.inf)
        target = (s > nadir) & (s >= PROGRESSION * nadir - slack) & (s >= nadir + rule.least_increase - slack)
        target &= scanned
        new = scanned & (t >= new_lesion)
        progressed = target | new
        end = np.where(progressed, np.where(target, End.TARGET, End.NEW_LESION), end)
        seen = np.where(scanned, t, seen)
        free = scanned & ~progressed
        nadir = np.where(free, np.minimum(nadir, s), nadir)
        smallest = np.where(scanned, np.minimum(smallest, s), smallest)
        best = np.where(progressed & (best == Best.NOT_EVALUABLE), Best.PROGRESSIVE, best)
        best = np.where(free & (t >= rule.stable), np.maximum(best, Best.STABLE), best)
        for level, bound in ((Best.PARTIAL, RESPONSE * sld[:, 0] + slack), (Best.COMPLETE, np.zeros(n))):
            met = free & (s <= bound)
            since = np.where(met, np.where(np.isnan(waiting[level]), t, waiting[level]), waiting[level])
            since = np.where(scanned & ~met, np.nan, since)
            confirmed = met & (t - since >= rule.confirmation)
            waiting[level] = since
            responded = np.where(confirmed & np.isnan(responded), since, responded)
            best = np.where(confirmed, np.maximum(best, level), best)
    dies = (end == End.CENSORED) & np.isfinite(death) & (death <= last)
    return Readings(
        best=best,
        responded=responded,
        time=np.where(dies, death, seen),
        end=np.where(dies, End.DEATH, end),
        change=np.where(np.isfinite(smallest), smallest / sld[:, 0] - 1.0, np.nan),
    )
