"""Every setting and kind of output against SciPy on equations written by hand, over the factor space."""

import numpy as np
import pytest

from models.engine.requests import Output
from models.tdm1 import TDM1
from tests.models import oracle, points

POINTS = 200
PROMISE = 1e-6  # accuracy promised for every output at the default tolerance, above its floor
THRESHOLD = 30.0  # nM of cytosolic DM1: crossed by about half of the points
GRID = {
    "in_vivo": (504.0, np.array([0.25, 0.5, 6.0, 24.0, 72.0, 168.0, 336.0, 504.0])),
    "in_vitro": (72.0, np.array([0.25, 1.0, 3.0, 6.0, 9.0, 24.0, 48.0, 72.0])),
    "pulse_chase": (72.0, np.array([0.25, 1.0, 3.0, 6.0, 9.0, 24.0, 48.0, 72.0])),
}
REDUCED_FLOOR = {"auc": 1e-3, "auc_occupancy": 1e-7, "max": 1e-3, "time_of_max": 1.0, "time_above": 1.0}
"""An hour for times; for the others the floor of the observable (an hour's worth of it for an area)."""


@pytest.mark.parametrize("setting", GRID)
def test_agreement(setting):
    horizon, times = GRID[setting]
    columns = points.sample(POINTS, seed=20261123)
    exact = [oracle.simulate(setting, points.rows(columns, i), horizon, times, THRESHOLD) for i in range(POINTS)]
    courses = [name for name, value in exact[0].items() if np.ndim(value) and name not in {"re", "en"}]
    window = (0.0, horizon)
    request = [Output(name, f"{setting}.{name}", times=tuple(times)) for name in courses]
    request += [Output(kind, f"{setting}.dm1_cytosolic", kind, window) for kind in ("auc", "max", "time_of_max")]
    request.append(Output("time_above", f"{setting}.dm1_cytosolic", "time_above", window, threshold=THRESHOLD))
    request.append(Output("auc_occupancy", f"{setting}.tubulin_occupancy", "auc", window))
    model = TDM1()
    found = model.simulate(columns, points.streams(POINTS), request)
    assert np.all(found.status.values == 1)
    floors = REDUCED_FLOOR | {name: model.observables[f"{setting}.{name}"].floor for name in courses}
    worst = {}
    for output in request:
        expected = np.array([row[output.name] for row in exact])
        error = np.abs(found[output.name].values - expected) / np.maximum(np.abs(expected), floors[output.name])
        if output.name == "time_above":
            # A summit that just touches the threshold turns any error into time without bound.
            error = error[np.abs(np.array([row["max"] for row in exact]) / THRESHOLD - 1.0) > 1e-4]
            assert 0.1 < np.mean(np.array([row["max"] for row in exact]) > THRESHOLD) < 0.9
        worst[output.name] = float(error.max())
    assert len(worst) >= 16
    assert max(worst.values()) <= PROMISE, worst
