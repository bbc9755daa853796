"""Endpoints of courses that are known in closed form."""

import numpy as np
import pytest

from models.tdm1 import endpoints

DAY = 24.0
TIMES = DAY * np.arange(0.0, 401.0)


def course(start, fall, rise, turn):
    """Exponential decay until `turn`, then growth; rates a day."""
    days = TIMES / DAY
    shrunk = start * np.exp(-fall * np.minimum(days, turn))
    return (shrunk * np.exp(rise * np.maximum(days - turn, 0.0)))[None, :]


def test_a_tumour_that_shrinks_and_comes_back():
    volume = course(4000.0, 0.02, 0.01, 100.0)
    regrowth = 100.0 + np.log(1.728) / 0.01
    # Courses are exponential, and crossings are found linearly in the logarithm: exact but for rounding.
    assert endpoints.progression(TIMES, volume)[0] / DAY == pytest.approx(regrowth, rel=1e-12)
    assert endpoints.ln_time_to_progression(TIMES, volume)[0] == pytest.approx(np.log(regrowth), rel=1e-12)
    assert endpoints.progression_rate(TIMES, volume)[0] * DAY == pytest.approx(1.0 / regrowth, rel=1e-12)
    assert endpoints.time_of_nadir(TIMES, volume)[0] / DAY == 100.0
    assert endpoints.depth(TIMES, volume)[0] == pytest.approx(2.0 / np.log(10.0), rel=1e-12)
    answered = -np.log(0.343) / 0.02
    assert endpoints.duration_of_response(TIMES, volume)[0] / DAY == pytest.approx(regrowth - answered, rel=1e-12)
    assert endpoints.time_in_response(TIMES, volume)[0] / DAY == pytest.approx(regrowth - answered, rel=1e-12)
    resistant = np.linspace(0.0, 1.0, len(TIMES))[None, :]
    assert endpoints.resistant_at_progression(TIMES, volume, resistant)[0] == pytest.approx(regrowth / 400.0, rel=1e-12)


def test_a_tumour_that_only_grows():
    volume = course(4000.0, 0.0, 0.01, 0.0)
    assert endpoints.progression(TIMES, volume)[0] / DAY == pytest.approx(np.log(1.728) / 0.01, rel=1e-12)
    assert endpoints.depth(TIMES, volume)[0] == 0.0
    assert endpoints.time_of_nadir(TIMES, volume)[0] == 0.0
    assert np.isnan(endpoints.duration_of_response(TIMES, volume)[0])  # undefined: no response
    assert endpoints.time_in_response(TIMES, volume)[0] == 0.0  # its total twin


def test_a_tumour_that_never_comes_back():
    volume = course(4000.0, 0.02, 0.0, 400.0)
    for undefined in (endpoints.progression, endpoints.ln_time_to_progression, endpoints.duration_of_response):
        assert np.isnan(undefined(TIMES, volume)[0])
    assert np.isnan(endpoints.resistant_at_progression(TIMES, volume, np.zeros_like(volume))[0])
    assert endpoints.progression_free_time(TIMES, volume)[0] == TIMES[-1]
    assert endpoints.progression_rate(TIMES, volume)[0] == 0.0
    assert endpoints.time_in_response(TIMES, volume)[0] / DAY == pytest.approx(400.0 + np.log(0.343) / 0.02, rel=1e-12)


def test_a_lesion_too_small_to_measure_has_not_progressed():
    """From 1 mm^3 at a doubling of 25 days the 5 mm sphere is reached, not 1.728 mm^3."""
    volume = course(1.0, 0.0, np.log(2.0) / 25.0, 0.0)
    assert endpoints.progression(TIMES, volume)[0] / DAY == pytest.approx(25.0 * np.log2(endpoints.LEAST), rel=1e-12)


def test_a_window_may_begin_later():
    volume = course(4000.0, 0.02, 0.01, 100.0)
    late = endpoints.ln_time_to_progression(TIMES[50:], volume[:, 50:])[0]
    assert np.exp(late) == pytest.approx(50.0 + np.log(1.728) / 0.01, rel=1e-12)


def test_a_failed_row_stays_nan():
    volume = np.full((1, len(TIMES)), np.nan)
    for name in ("progression_free_time", "progression_rate", "time_of_nadir", "depth", "time_in_response"):
        assert np.isnan(getattr(endpoints, name)(TIMES, volume)[0])
