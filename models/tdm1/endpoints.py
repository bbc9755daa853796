"""What a clinic reads off a tumour's course: response, its depth and time, progression, and what came back.

Volumes are those of all lesions; a diameter goes with the cube root, so progression by 20 % in diameter above the
smallest one (RECIST 1.1) is a volume 1.728 times the nadir, and response by 30 % a volume 0.343 times the start.
Progression is latent: it is dated when the volume crosses, not at a scan. What did not happen within the window is
undefined (NaN); a total twin is defined for every tumour.
"""

import numpy as np
from numpy.typing import NDArray

from models.engine.declaration import Observable
from models.engine.derived import Derived

FloatArray = NDArray[np.float64]

PROGRESSION = 1.2**3
"""Volume at progression relative to the smallest so far."""

RESPONSE = 0.7**3
"""Volume at response relative to the start."""

LEAST = 65.0
"""Volume (mm^3) of a 5 mm sphere: progression needs a lesion that can be measured again (RECIST 1.1, 4.3.2)."""


def first_crossing(times: FloatArray, course: FloatArray, level: FloatArray) -> FloatArray:
    """Return when each course first rises through its level, linear between points; NaN where it never does.

    Parameters
    ----------
    times : (T,) array
    course, level : (n, T) arrays
        A level may move with time; a course that starts above it does not cross until it has been below.
    """
    gap = course - level
    rises = (gap[:, :-1] < 0.0) & (gap[:, 1:] >= 0.0)
    k = np.argmax(rises, axis=1)
    rows = np.arange(len(course))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = -gap[rows, k] / (gap[rows, k + 1] - gap[rows, k])
    found = times[k] + share * (times[k + 1] - times[k])
    return np.asarray(np.where(rises.any(axis=1), found, np.nan), dtype=np.float64)


def progression(times: FloatArray, volume: FloatArray) -> FloatArray:
    """Return the time of progression in hours, NaN where there was none by the last of `times`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        course = np.log(volume)
        nadir = np.minimum.accumulate(course, axis=1)
        level = np.log(np.maximum(np.exp(nadir) * PROGRESSION, LEAST))
    # The nadir so far is the same before and after a point that is no new nadir, so the level is steady on a rise.
    return first_crossing(times, course, level)


def ln_time_to_progression(times: FloatArray, volume: FloatArray) -> FloatArray:
    """Natural logarithm of the time to progression in days."""
    found: FloatArray = np.log((progression(times, volume) - times[0]) / 24.0)
    return found


def progression_free_time(times: FloatArray, volume: FloatArray) -> FloatArray:
    """Time without progression within the window, in hours: the total twin, restricted to the window."""
    span = times[-1] - times[0]
    return np.where(_failed(volume), np.nan, np.nan_to_num(progression(times, volume) - times[0], nan=span))


def progression_rate(times: FloatArray, volume: FloatArray) -> FloatArray:
    """One over the time to progression, per hour; 0 for a tumour that never progressed."""
    return np.where(_failed(volume), np.nan, np.nan_to_num(1.0 / (progression(times, volume) - times[0]), nan=0.0))


def time_of_nadir(times: FloatArray, volume: FloatArray) -> FloatArray:
    """Time of the smallest volume before progression, in hours."""
    return _at_nadir(times, volume)[0]


def depth(times: FloatArray, volume: FloatArray) -> FloatArray:
    """Decades between the volume at the start and the smallest one before progression."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(volume[:, 0] / _at_nadir(times, volume)[1])


def duration_of_response(times: FloatArray, volume: FloatArray) -> FloatArray:
    """Hours from the first response to progression; NaN without a response or without progression."""
    return progression(times, volume) - _first_response(times, volume)


def time_in_response(times: FloatArray, volume: FloatArray) -> FloatArray:
    """Hours in response within the window: the total twin, 0 without a response."""
    end = np.nan_to_num(progression(times, volume), nan=times[-1])
    found = np.maximum(end - _first_response(times, volume), 0.0)
    return np.where(_failed(volume), np.nan, np.nan_to_num(found, nan=0.0))


def resistant_at_progression(times: FloatArray, volume: FloatArray, resistant: FloatArray) -> FloatArray:
    """Share of resistant cells at progression; NaN where there was none."""
    when = progression(times, volume)
    return np.array(
        [np.interp(t, times, r) if np.isfinite(t) else np.nan for t, r in zip(when, resistant, strict=True)]
    )


def _first_response(times: FloatArray, volume: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        smaller = -np.log(volume)
    level = np.repeat(smaller[:, :1] - np.log(RESPONSE), volume.shape[1], axis=1)
    return first_crossing(times, smaller, level)


def _at_nadir(times: FloatArray, volume: FloatArray) -> tuple[FloatArray, FloatArray]:
    when = np.nan_to_num(progression(times, volume), nan=np.inf)
    before = np.where(times[None, :] <= when[:, None], volume, np.inf)
    k = np.argmin(before, axis=1)
    lost = _failed(volume)
    return np.where(lost, np.nan, times[k]), np.where(lost, np.nan, volume[np.arange(len(volume)), k])


def _failed(volume: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(~np.isfinite(volume).all(axis=1))


def endpoints(setting: str) -> list[Derived]:
    """Declare the endpoints of a setting with the observables ``volume`` and ``resistant_fraction``."""
    volume, resistant = (f"{setting}.volume",), (f"{setting}.volume", f"{setting}.resistant_fraction")
    rows = (
        ("ln_time_to_progression", "1", "ln of the days to progression (undefined without)", 1e-4, volume,
         ln_time_to_progression),
        ("progression_free_time", "hour", "time without progression within the window", 0.1, volume,
         progression_free_time),
        ("progression_rate", "1/hour", "one over the time to progression, 0 for never", 1e-9, volume,
         progression_rate),
        ("time_of_nadir", "hour", "time of the smallest volume before progression", 24.0, volume, time_of_nadir),
        ("depth_of_response", "1", "decades of volume lost at the nadir", 1e-4, volume, depth),
        ("duration_of_response", "hour", "from response to progression (undefined without either)", 0.1, volume,
         duration_of_response),
        ("time_in_response", "hour", "time in response within the window, 0 without one", 0.1, volume,
         time_in_response),
        ("resistant_at_progression", "1", "share of resistant cells at progression (undefined without)", 1e-9,
         resistant, resistant_at_progression),
    )  # fmt: skip
    return [
        Derived(Observable(f"{setting}.{name}", "", unit, meaning, floor), reads, compute)
        for name, unit, meaning, floor, reads, compute in rows
    ]
