"""The integrator on classic stiff problems: accuracy, and error in step with the tolerance."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from models.engine import solver
from models.engine.requests import Output
from models.engine.solver import Schedule, solve
from models.tdm1.networks import patient
from models.tdm1.regimen import Regimen
from tests.models import points
from tests.models.stiff import PROBLEMS
from tests.models.toys import plain

LADDER = 10.0 ** -np.arange(4.0, 9.1, 0.5)


def at_horizon(name, rtol, max_steps=100_000, starts=(1.0,)):
    """States at six times from half the horizon on, (rows, states, times)."""
    network, horizon, _ = PROBLEMS[name]
    species = [s.name for s in network().species]
    outputs = [Output(s, s, times=tuple(np.linspace(0.5, 1.0, 6) * horizon)) for s in species]
    found = solve(
        network(), {"start": np.array(starts)}, Schedule(), outputs, rows=len(starts), rtol=rtol, max_steps=max_steps
    )
    return found, np.stack([found.values[s] for s in species], axis=1)


def test_robertson_reference():
    """The digits in `stiff` by another method at its tightest."""
    network, horizon, digits = PROBLEMS["robertson"]
    module = plain(network())
    w, n = np.zeros(module.size(0)), module.N
    module.constants([1.0, 1.0], None, [], w, 0, 0)

    def rhs(t, y):
        w[module.Z * n : (module.Z + 1) * n] = y
        module.derivative(w, 0)
        return w[module.R * n : (module.R + 1) * n].copy()

    run = solve_ivp(rhs, (0.0, horizon), [1.0, 0.0, 0.0], "Radau", rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(run.y[:, -1], digits, rtol=3e-11)  # some hundred steps of 1e-12


@pytest.mark.parametrize("name", PROBLEMS)
def test_published_digits(name):
    found, values = at_horizon(name, 1e-9)
    assert found.status.tolist() == [solver.OK]
    # Van der Pol's jumps amplify what a step leaves by the ratio of its slopes, about 100; the others forget errors.
    np.testing.assert_allclose(values[0, :, -1], PROBLEMS[name][2], rtol=1e-7 if name == "van_der_pol" else 1e-8)


def slope(errors):
    return np.polyfit(np.log(LADDER), np.log(errors), 1)[0]


def typical(values, reference):
    """Root mean square of a row's relative errors, geometric mean over rows: single ones cross zero by chance."""
    relative = (values / reference - 1.0).reshape(len(values), -1)
    return np.exp(np.mean(np.log(np.sqrt(np.mean(relative**2, axis=1)))))


@pytest.mark.parametrize("name", PROBLEMS)
def test_error_follows_the_tolerance(name):
    starts = np.linspace(0.8, 1.25, 24)
    reference = at_horizon(name, 1e-12, starts=starts)[1]
    errors = [typical(at_horizon(name, rtol, starts=starts)[1], reference) for rtol in LADDER]
    assert 0.8 <= slope(errors) <= 1.2


def test_error_follows_the_tolerance_on_the_cell():
    """The same on six cycles in patients, geometric mean over random rows."""
    rows, window = 64, (0.0, 6 * 504.0)
    outputs = [Output("area", "dm1_cytosolic", "auc", window), Output("taken", "tubulin_occupancy", "auc", window)]
    outputs += [Output(of, of, "last", window) for of in ("dm1_cytosolic", "plasma_tdm1", "lysosomal_catabolite")]
    schedule = Regimen(dose=3.6, interval=504.0, infusion=0.5, cycles=6).schedule()
    columns = points.sample(rows, seed=20261128)

    def values(rtol):
        found = solve(patient(), columns, schedule, outputs, rows=rows, rtol=rtol, max_steps=1_000_000)
        return np.column_stack(list(found.values.values()))

    reference = values(1e-12)
    errors = [typical(values(rtol), reference) for rtol in LADDER]
    assert 0.8 <= slope(errors) <= 1.2


def test_a_step_limit_is_a_status():
    found, values = at_horizon("van_der_pol", 1e-6, max_steps=50)
    assert found.status.tolist() == [solver.STEP_LIMIT]
    assert np.all(np.isnan(values))
    assert 0.0 < found.failed_at[0] < 2.0
