"""From the true course of lesions to what a trial sees: scans on days, read with an error, and lost patients.

New lesions come with a hazard that follows the living burden (as the volume relative to the start, at most `CAP`),
and a share of it that does not. They, death and leaving are dated by inversion of their cumulative hazards, so that a
patient's dates move with the parameters and never jump.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.tdm1.population import recist
from models.tdm1.population.draws import Draws, FloatArray, Level
from models.tdm1.population.patients import TARGETS

CAP = 4.0
"""Largest relative burden that new lesions follow."""

MONTH = 365.25 / 12.0


@dataclass(frozen=True)
class Calendar:
    """When patients are scanned.

    Attributes
    ----------
    interval, jitter : float
        Days between scans, and the most that a scan is early or late.
    follow_up : float
        Days after which nobody is looked at any more.
    rule : recist.Rule
    noise : bool
        Without it scans are on their day, read exactly and never missing, and nobody gets a new lesion, dies or leaves.
    """

    interval: float
    jitter: float
    follow_up: float
    rule: recist.Rule
    noise: bool = True

    @property
    def visits(self) -> FloatArray:
        """Planned days, the baseline first."""
        return np.asarray(np.arange(0.0, self.follow_up + 1e-9, self.interval))


def assess(
    calendar: Calendar, h: Mapping[str, float], draws: Draws, days: FloatArray, course: FloatArray, per_patient: int
) -> recist.Readings:
    """Scan and read patients.

    Parameters
    ----------
    h : mapping of str to float
        Parameters of the population.
    days : (T,)
    course : (n * per_patient, T)
        ln volume of lesions in mm^3.
    """
    n = len(course) // per_patient
    visits = calendar.visits
    times = np.broadcast_to(visits, (n, len(visits))).copy()
    missing = np.zeros(times.shape, dtype=np.bool_)
    if calendar.noise:
        for v in range(1, len(visits)):
            times[:, v] += calendar.jitter * (2.0 * draws.uniform(Level.ASSESSMENT, "visit_day", n, v) - 1.0)
            missing[:, v] = draws.uniform(Level.ASSESSMENT, "missing", n, v) < h["missing_share"]
    sld = np.zeros(times.shape)
    for j in range(per_patient):
        diameter = np.exp((at(days, course[j::per_patient], times) + np.log(6.0 / np.pi)) / 3.0)
        if calendar.noise and h["reading_spread"] > 0.0:
            for v in range(len(visits)):
                error = draws.normal(Level.ASSESSMENT, "reading", n, v * TARGETS + j)
                diameter[:, v] *= np.exp(h["reading_spread"] * error)
        sld += recist.recorded(diameter) * (TARGETS / per_patient)
    sld[missing] = np.nan
    if not calendar.noise:
        return recist.read(times, sld, calendar.rule)
    burden = np.exp(course - course[:, :1]).reshape(n, per_patient, -1).mean(axis=1)
    share = h["sanctuary_share"]
    hazard = h["new_lesion_rate"] / MONTH * (share + (1.0 - share) * np.minimum(burden, CAP))
    death, last = lost(calendar, h, draws, n)
    new_lesion = first(days, hazard, -np.log(draws.uniform(Level.ASSESSMENT, "new_lesion", n)))
    return recist.read(times, sld, calendar.rule, new_lesion=new_lesion, death=death, last=last)


def lost(calendar: Calendar, h: Mapping[str, float], draws: Draws, n: int) -> tuple[FloatArray, FloatArray]:
    """Day of death and last day of follow-up of every patient, (n,) each; neither depends on the tumour."""
    end = np.full(n, calendar.follow_up + calendar.jitter)
    if not calendar.noise:
        return np.full(n, np.inf), end
    death = _exponential(draws, "death", h["death_rate"], n)
    return death, np.minimum(_exponential(draws, "dropout", h["dropout_rate"], n), end)


def at(days: FloatArray, course: FloatArray, times: FloatArray) -> FloatArray:
    """Return courses (n, T) at the times (n, visits) of each, linear between days and level after the last."""
    k = np.clip(np.searchsorted(days, times, side="right") - 1, 0, len(days) - 2)
    share = np.clip((times - days[k]) / (days[k + 1] - days[k]), 0.0, 1.0)
    rows = np.arange(len(course))[:, None]
    return np.asarray(course[rows, k] + share * (course[rows, k + 1] - course[rows, k]))


def first(days: FloatArray, hazard: FloatArray, target: FloatArray) -> FloatArray:
    """Return the day on which the cumulative hazard (n, T) reaches its target (n,); infinite where it does not."""
    steps = 0.5 * (hazard[:, 1:] + hazard[:, :-1]) * np.diff(days)
    total = np.concatenate([np.zeros((len(hazard), 1)), np.cumsum(steps, axis=1)], axis=1)
    reached = total >= target[:, None]
    k = np.maximum(np.argmax(reached, axis=1), 1)
    rows = np.arange(len(hazard))
    gain = np.maximum(total[rows, k] - total[rows, k - 1], 1e-300)
    day = days[k - 1] + (target - total[rows, k - 1]) / gain * (days[k] - days[k - 1])
    return np.where(reached.any(axis=1), day, np.inf)


def _exponential(draws: Draws, attribute: str, rate: float, n: int) -> FloatArray:
    if rate == 0.0:
        return np.full(n, np.inf)
    return np.asarray(-np.log(draws.uniform(Level.ASSESSMENT, attribute, n)) / (rate / MONTH))
