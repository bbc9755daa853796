"""Windows that begin and end within steps, several in one request, each for itself."""

import numpy as np
import pytest

from models.engine.requests import Output
from models.engine.solver import solve
from tests.models.test_engine_kernel import BELL_ABOVE, REST
from tests.models.toys import toy

LATER = 30.0
"""Integrated on to here, so that no window below ends where a step must."""


CASES = {
    # sine until 4.4: rises to pi/2, falls from there
    "rise_max": ("sine", "max", (0.2, 1.3), None, np.sin(1.3)),
    "rise_when": ("sine", "time_of_max", (0.2, 1.3), None, 1.3),
    "rise_min": ("sine", "min", (0.2, 1.3), None, np.sin(0.2)),
    "fall_max": ("sine", "max", (1.7, 4.4), None, np.sin(1.7)),
    "fall_when": ("sine", "time_of_max", (1.7, 4.4), None, 1.7),
    "fall_min": ("sine", "min", (1.7, 4.4), None, np.sin(4.4)),
    "over": ("sine", "time_above", (0.2, 1.3), 0.1, 1.1),
    "part": ("sine", "time_above", (0.2, 1.3), np.sin(0.7), 0.6),
    "tail": ("sine", "time_above", (1.0, 4.4), np.sin(0.7), np.pi - 1.7),
    "area": ("sine", "auc", (0.2, 1.3), None, np.cos(0.2) - np.cos(1.3)),
    "mean": ("sine", "mean", (1.7, 4.4), None, (np.cos(1.7) - np.cos(4.4)) / 2.7),
    "last": ("sine", "last", (0.2, 1.3), None, np.sin(1.3)),
    "bell": ("bell", "time_above", (0.0, 4.4), 1.5, BELL_ABOVE[1] - BELL_ABOVE[0]),
    "below_zero": ("sine", "max", (3.3, 6.1), None, np.sin(3.3)),
    "turns_at_once": ("sine", "max", (0.5 * np.pi - 1e-3, 4.4), None, 1.0),
    "turns_at_last": ("sine", "max", (0.2, 0.5 * np.pi + 1e-3), None, 1.0),
    "short": ("sine", "mean", (1.0, 1.0 + 1e-6), None, np.sin(1.0 + 5e-7)),
}


@pytest.fixture(scope="module")
def together():
    outputs = [Output(name, of, reduce, window, None, level) for name, (of, reduce, window, level, _) in CASES.items()]
    outputs.append(Output("far", "z", "last", (0.0, LATER)))
    return solve(toy(), {}, REST, outputs, rows=1, rtol=1e-10, max_steps=10_000)


@pytest.mark.parametrize("name", CASES)
def test_a_window_within_the_course(together, name):
    assert together.status.tolist() == [1]
    # 1e-10 a step over a few hundred steps; the short mean divides a difference of clock times, known to 1e-16/1e-6.
    assert together.values[name].item() == pytest.approx(CASES[name][-1], abs=3e-8)


def test_a_plateau_is_reached_once():
    """A constant has its largest value first where the window begins, and is never above itself."""
    window = (1.25, 7.5)
    outputs = [Output("when", "b", "time_of_max", window), Output("top", "b", "max", window)]
    outputs += [Output("above", "b", "time_above", window, threshold=1.0)]
    outputs += [Output("just", "b", "time_above", window, threshold=np.nextafter(1.0, 0.0))]
    found = solve(toy(), {}, REST, outputs, rows=1, rtol=1e-8, max_steps=10_000).values
    assert found["when"].item() == pytest.approx(1.25, rel=1e-15)
    assert (found["top"].item(), found["above"].item()) == (1.0, 0.0)
    assert found["just"].item() == pytest.approx(6.25, rel=1e-14)


def test_a_summit_is_found_to_more_digits_than_its_value_shows():
    """Values near a flat summit are equal to the last digit over 1e-8 of its width; the slope knows better."""
    windows = [(0.2, 4.4), (4.5, 9.0), (0.3, 2.9), (0.5 * np.pi - 1e-4, 0.5 * np.pi + 2e-4)]
    outputs = [Output(f"y{i}", "sine", "time_of_max", window) for i, window in enumerate(windows)]
    outputs.append(Output("far", "z", "last", (0.0, LATER)))
    found = solve(toy(), {}, REST, outputs, rows=1, rtol=1e-10, max_steps=10_000).values
    for name, exact in (("y0", 0.5), ("y1", 2.5), ("y2", 0.5), ("y3", 0.5)):
        assert found[name].item() == pytest.approx(exact * np.pi, abs=1e-9)  # the phase, after some hundred steps
