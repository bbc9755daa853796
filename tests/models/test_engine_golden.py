"""The kinetics engine against golden values of two foreign solvers; see tests/reference_data/kinetics."""

from functools import cache

import numpy as np
import pytest

from models.engine.requests import Output
from models.engine.solver import OK, solve
from models.tdm1 import TDM1
from models.tdm1.parameters import TABLE
from tests.reference_data.kinetics.workloads import CELL, CLASSES

PROMISE = 1e-6  # accuracy promised for every output at the default tolerance; the golden values are good to 1e-8
LADDER = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
GROWTH = 10.0  # error of an output allowed over the tolerance of a step
SHARE = 0.999  # of points: the rest may sit where the error of a step grows most
LOG_SCALE = {"loguniform", "lognormal", "trunclognormal"}


@cache
def golden(work):
    try:
        return work.golden()
    except ValueError as stale:
        pytest.fail(str(stale))


def run(work, columns, rtol):
    window = (0.0, work.horizon)
    request = [Output(f"auc_{name}", name, "auc", window) for name in work.areas]
    request += [Output(f"end_{name}", name, "last", window) for name in work.ends]
    rows, limit = len(next(iter(columns.values()))), TDM1().max_steps
    found = solve(
        work.network, columns, work.schedule, request, rows=rows, rtol=rtol, max_steps=limit, classes=work.classes
    )
    return np.column_stack([found.values[output.name] for output in request]), found.status


def errors(work, chosen, rtol):
    """Return the worst error of each point over its outputs."""
    values, status = run(work, {name: column[chosen] for name, column in work.points().items()}, rtol)
    assert np.all(status == OK), f"failed: {np.flatnonzero(status != OK)[:20]}"
    return work.relative(values, golden(work)[chosen]).max(axis=1)


@pytest.mark.parametrize(("work", "every"), [(CELL, 10), (CLASSES, 1)], ids=lambda v: getattr(v, "name", ""))
def test_promise(work, every):
    error = errors(work, slice(0, work.random, every), TDM1().rtol)
    assert error.max() <= PROMISE, f"{error.max():.1e}"


@pytest.mark.slow
@pytest.mark.parametrize("work", [CELL, CLASSES], ids=lambda work: work.name)
def test_promise_on_all_points_and_corners(work):
    error = errors(work, slice(None), TDM1().rtol)
    assert error.max() <= PROMISE, f"{error.max():.1e} at point {error.argmax()}"


@pytest.mark.slow
@pytest.mark.parametrize("rtol", LADDER)
def test_error_follows_the_tolerance(rtol):
    error = errors(CELL, slice(0, CELL.random), rtol)
    share = np.mean(error <= GROWTH * rtol)
    assert share >= SHARE, f"{share:.2%} of points; quantile {SHARE}: {np.quantile(error, SHARE) / rtol:.1f} rtol"


def wide(n, seed):
    """Return points of a space that is ten times wider on either side, within the domain."""
    rng = np.random.default_rng(seed)
    domain, columns = {p.name: p.domain for p in TABLE}, {}
    for name, law in CELL.laws.items():
        low, high = law.support
        if law.dist in LOG_SCALE:
            low, high = np.clip([low / 10.0, high * 10.0], *domain[name])
            columns[name] = np.clip(np.exp(rng.uniform(np.log(low), np.log(high), n)), low, high)
        else:
            middle, half = (low + high) / 2.0, 10.0 * (high - low) / 2.0
            columns[name] = np.clip(rng.uniform(middle - half, middle + half, n), *domain[name])
    return columns


@pytest.mark.slow
def test_wide_space_gives_values_or_a_status():
    values, status = run(CELL, wide(2000, seed=20261127), TDM1().rtol)  # the limit on steps keeps a row from hanging
    good = status == OK
    assert np.all(np.isfinite(values[good]))
    assert np.all(status > 0)
    assert np.all(np.isnan(values[~good]))
