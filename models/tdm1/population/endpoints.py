"""What a trial reports: endpoints of its patients, as they stand on a day.

An observable is a function of the patients and of a horizon in days: what happened later does not count. Undefined
ones (a median that was not reached, an effect of something that nobody has) are NaN, each with a twin that is always
defined.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.engine.declaration import Observable
from models.engine.options import close
from models.engine.requests import OutputLike
from models.tdm1.population.extinction import lost
from models.tdm1.population.hyperparameters import MECHANISMS
from models.tdm1.population.patients import Cohort
from models.tdm1.population.recist import Best, End, Readings
from models.tdm1.population.survival import Curve, kaplan_meier, median, restricted_mean, survival_at
from models.tdm1.population.tiers import Tier

RESISTANT_BEFORE = 182.0
"""Days: whoever progresses or dies before is called resistant."""


@dataclass(frozen=True)
class Seen:
    """Patients with their readings, and the tier that computed their lesions."""

    cohort: Cohort
    readings: Readings
    tier: Tier

    def curve(self) -> Curve:
        """Survival without progression."""
        return kaplan_meier(self.readings.time, self.readings.event)

    def resistant(self) -> NDArray[np.bool_]:
        """Who progressed or died within half a year, (n,)."""
        return np.asarray(self.readings.event & (self.readings.time <= RESISTANT_BEFORE))


def _share(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else np.nan


def response_rate(seen: Seen, day: float) -> float:
    """Share of patients with a confirmed response that began by the day."""
    return _share(seen.readings.responded <= day)


def complete_rate(seen: Seen, day: float) -> float:
    """Share with a confirmed complete response."""
    return _share((seen.readings.best == Best.COMPLETE) & (seen.readings.responded <= day))


def early_progression(seen: Seen, day: float) -> float:
    """Share whose best response is progression."""
    return _share((seen.readings.best == Best.PROGRESSIVE) & (seen.readings.time <= day))


def progression_free(seen: Seen, day: float) -> float:
    """Probability of neither progression nor death by the day."""
    found = float(survival_at(seen.curve(), np.array([day]))[0])
    # Beyond the last patient the curve goes on level, as it does in the restricted mean.
    return found if np.isfinite(found) else float(np.append(1.0, seen.curve().survival)[-1])


def progression_free_time(seen: Seen, day: float) -> float:
    """Mean time with neither up to the day (restricted mean)."""
    return restricted_mean(seen.curve(), day)


def median_progression_free(seen: Seen, day: float) -> float:
    """Median of it; NaN where it was not reached by the day."""
    found = median(seen.curve())
    return found if found <= day else np.nan


def duration_of_response(seen: Seen, day: float) -> float:
    """Median time from response to progression or death; NaN where it was not reached."""
    r = seen.readings
    who = r.responder & (r.responded <= day)
    if not who.any():
        return np.nan
    return median(kaplan_meier((r.time - r.responded)[who], r.event[who]))


def time_in_response(seen: Seen, day: float) -> float:
    """Mean days in response up to the day, 0 for who had none."""
    r = seen.readings
    return float(np.where(r.responder, np.clip(np.minimum(r.time, day) - r.responded, 0.0, None), 0.0).mean())


def relapse(seen: Seen, day: float) -> float:
    """Share of all patients who responded and then progressed by the day."""
    r = seen.readings
    return _share(r.responder & np.isin(r.end, (End.TARGET, End.NEW_LESION)) & (r.time <= day))


def resistant_share(seen: Seen, day: float) -> float:
    """Share who progressed or died within half a year."""
    return _share(seen.resistant())


def sampled_demography(seen: Seen, day: float) -> float:
    """Share of lesions in which few founders made the resistant clones a matter of chance."""
    return _share(seen.cohort.sampled)


def clones_lost(seen: Seen, day: float) -> float:
    """Mean chance that a patient has no resistant cell left."""
    return float(lost(seen.cohort, seen.tier, day).mean())


def _effect(name: str) -> Callable[[Seen, float], float]:
    def effect(seen: Seen, day: float) -> float:
        who = seen.cohort.mechanisms[name]
        if who.all() or not who.any():
            return np.nan
        r = seen.readings
        with_it, without = (restricted_mean(kaplan_meier(r.time[w], r.event[w]), day) for w in (who, ~who))
        return with_it - without

    return effect


def _given_resistant(name: str) -> Callable[[Seen, float], float]:
    def given(seen: Seen, day: float) -> float:
        return _share(seen.cohort.mechanisms[name][seen.resistant()])

    return given


ENDPOINTS: Mapping[str, tuple[Observable, Callable[[Seen, float], float]]] = {
    name: (Observable(name, "", unit, meaning, floor), compute)
    for name, unit, meaning, floor, compute in (
        ("response_rate", "1", "share of patients with a confirmed response", 1e-3, response_rate),
        ("complete_rate", "1", "share with a confirmed complete response", 1e-3, complete_rate),
        ("early_progression", "1", "share whose best response is progression", 1e-3, early_progression),
        ("progression_free", "1", "probability of neither progression nor death", 1e-3, progression_free),
        ("progression_free_time", "day", "restricted mean time without progression or death", 0.1,
         progression_free_time),
        ("median_progression_free", "day", "median time without progression or death (undefined unless reached)", 0.1,
         median_progression_free),
        ("duration_of_response", "day", "median duration of response (undefined unless reached)", 0.1,
         duration_of_response),
        ("time_in_response", "day", "mean time in response, 0 without one", 0.1, time_in_response),
        ("relapse", "1", "share of patients who responded and then progressed", 1e-3, relapse),
        ("resistant", "1", "share of patients who progressed or died within 182 days", 1e-3, resistant_share),
        ("sampled_demography", "1", "share of lesions with fewer than 30 expected founders of resistant clones", 1e-3,
         sampled_demography),
        ("clones_lost", "1", "mean probability that no cell of a resistant clone is left (generating function)", 1e-3,
         clones_lost),
        *(
            (f"{name}_effect", "day", f"restricted mean without progression, {name} present less absent", 0.1,
             _effect(name))
            for name in MECHANISMS
        ),
        *(
            (f"{name}_given_resistant", "1", f"share with {name} among patients who progressed or died within 182 days",
             1e-3, _given_resistant(name))
            for name in MECHANISMS
        ),
    )
}  # fmt: skip
"""Observables of a trial with what computes them."""


def days_of(output: OutputLike, follow_up: float) -> tuple[float, ...]:
    """Return the days on which an endpoint is read.

    Raises
    ------
    ValueError
        For an unknown endpoint, a reduction that is none of a trial, or a day after the end.
    """
    if output.of not in ENDPOINTS:
        raise ValueError(f"output '{output.name}': unknown observable '{output.of}'{close(output.of, ENDPOINTS)}")
    if output.times is not None:
        days = output.times
    elif output.reduce == "last" and output.window is not None and output.window[0] == 0.0:
        days = (output.window[1],)
    else:
        raise ValueError(
            f"output '{output.name}': an endpoint of a trial is read on a day: "
            "write reduce: last with a window from day 0"
        )
    if max(days) > follow_up:
        raise ValueError(f"output '{output.name}': day {max(days):g} is after the end, day {follow_up:g}")
    return tuple(days)
