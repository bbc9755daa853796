"""The kinetics engine against golden values of two foreign solvers; see tests/reference_data/kinetics/make.py."""

from functools import cache

import numpy as np
import pytest

from models.engine.requests import Output
from models.engine.solver import OK, solve
from models.tdm1 import TDM1
from models.tdm1.parameters import TABLE
from tests.reference_data.kinetics import make

PROMISE = 1e-6  # accuracy promised for every output at the default tolerance; the golden values are good to 1e-8
LADDER = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
GROWTH = 10.0  # error of an output allowed over the tolerance of a step
SHARE = 0.999  # of points: the rest may sit where the error of a step grows most
LOG_SCALE = {"loguniform", "lognormal", "trunclognormal"}


@cache
def golden():
    if not make.FILE.exists():
        pytest.fail(f"{make.FILE} is missing; write it with: {make.COMMAND}")
    with np.load(make.FILE) as file:
        if str(file["fingerprint"]) != make.fingerprint():
            pytest.fail(f"{make.FILE} belongs to another declaration; write it anew with: {make.COMMAND}")
        return file["values"]


def run(columns, rtol):
    window = (0.0, make.HORIZON)
    request = [Output(f"auc_{name}", name, "auc", window) for name in make.AREAS]
    request += [Output(f"end_{name}", name, "last", window) for name in make.ENDS]
    rows, limit = len(next(iter(columns.values()))), TDM1().max_steps
    found = solve(make.NETWORK, columns, make.SCHEDULE, request, rows=rows, rtol=rtol, max_steps=limit)
    return np.column_stack([found.values[output.name] for output in request]), found.status


def errors(chosen, rtol):
    """Return the worst error of each point over its outputs."""
    values, status = run({name: column[chosen] for name, column in make.points().items()}, rtol)
    assert np.all(status == OK), f"failed: {np.flatnonzero(status != OK)[:20]}"
    return make.relative(values, golden()[chosen]).max(axis=1)


def test_promise_on_every_tenth_point():
    error = errors(slice(0, make.RANDOM, 10), TDM1().rtol)
    assert error.max() <= PROMISE, f"{error.max():.1e}"


@pytest.mark.slow
def test_promise_on_all_points_and_corners():
    error = errors(slice(None), TDM1().rtol)
    assert error.max() <= PROMISE, f"{error.max():.1e} at point {error.argmax()}"


@pytest.mark.slow
@pytest.mark.parametrize("rtol", LADDER)
def test_error_follows_the_tolerance(rtol):
    error = errors(slice(0, make.RANDOM), rtol)
    share = np.mean(error <= GROWTH * rtol)
    assert share >= SHARE, f"{share:.2%} of points; quantile {SHARE}: {np.quantile(error, SHARE) / rtol:.1f} rtol"


def wide(n, seed):
    """Return points of a space that is ten times wider on either side, within the domain."""
    rng = np.random.default_rng(seed)
    domain, columns = {p.name: p.domain for p in TABLE}, {}
    for name, law in make.laws().items():
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
    values, status = run(wide(2000, seed=20261127), TDM1().rtol)  # the limit on steps keeps a row from hanging
    good = status == OK
    assert np.all(np.isfinite(values[good]))
    assert np.all(status > 0)
    assert np.all(np.isnan(values[~good]))
