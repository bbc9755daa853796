"""Vectors of rows: their arithmetic, that they are vectors, and that no row sees its neighbours."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from models.engine.cache import load, write
from models.engine.codegen import WIDE, generate
from models.engine.lane_functions import cube_root, exp, fifth_root, log, power, sqrt
from models.engine.lanes import magnitude, memory
from models.engine.requests import Output
from models.engine.solver import NON_FINITE, OK, STEP_SIZE, Schedule, solve
from tests.models import points, populations
from tests.models.toys import toy

ROOT = Path(__file__).resolve().parents[2]
REST = Schedule((0.0,), ((0.0,),))
W = WIDE
get, put, _ = memory(W)


@numba.njit(error_model="numpy")
def functions(w):
    x = get(w, 0)
    put(w, 1, exp(x))
    put(w, 2, log(x))
    put(w, 3, sqrt(x))
    put(w, 4, fifth_root(magnitude(x)))
    put(w, 5, power(x, 1.0 / 3.0))
    put(w, 6, 2.0 * x - 1.0 / x)
    put(w, 7, cube_root(x))


def test_elementary_functions():
    rng = np.random.default_rng(12)
    odd = [0.0, -0.0, np.inf, -np.inf, np.nan, -1.0, 1.0, 5e-324, 1e-310, 709.78, 710.5, -745.0, -746.5, 1.7e308]
    x = np.concatenate([odd, rng.uniform(-750.0, 720.0, 4001), 10.0 ** rng.uniform(-320.0, 308.0, 4001)])
    x = np.resize(x, (-(-x.size // W), W))
    found = np.empty((8, *x.shape))
    w = np.zeros(8 * W)
    for i, row in enumerate(x):
        w[:W] = row
        functions(w)
        found[:, i] = w.reshape(8, W)
    with np.errstate(all="ignore"):
        exact = [x, np.exp(x), np.log(x), np.sqrt(x), np.abs(x) ** -0.2, np.cbrt(np.where(x < 0.0, np.nan, x))]
        exact += [2.0 * x - 1.0 / x, np.cbrt(np.where(x < 0.0, np.nan, x))]
    normal = np.finfo(float).tiny
    # Two units in the last place; a root through its logarithm, at most 250 here, 250 roundings; the root for steps
    # after two Newton steps, 3e-4 and less; a product and a difference may be contracted into one rounding.
    for k, tolerance in ((1, 5e-16), (2, 5e-16), (3, 0.0), (5, 6e-14), (6, 3e-16), (7, 8e-16)):
        a, b = found[k], exact[k]
        with np.errstate(all="ignore"):
            close = (a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= tolerance * np.abs(b))
            close |= (np.abs(b) < normal) & (np.abs(a - b) <= 5e-324)  # one unit below what is normal
            if k == 6:  # where the two terms cancel, the rounding of the larger is left
                close |= np.abs(a - b) <= 3e-16 * np.abs(2.0 * x)
            if k == 7:  # a cube root of what is not normal is near zero and no more
                close |= (np.abs(x) < normal) & (a < 1e-102)
        assert np.all(close), (k, x[~close][:5])
    inside = (np.abs(x) > 1e-290) & (np.abs(x) < 1e270)
    np.testing.assert_allclose(found[4][inside], exact[4][inside], rtol=1e-3)


def wanted():
    window = (0.0, 504.0)
    return [
        Output("area", "dm1_cytosolic", "auc", window), Output("peak", "dm1_cytosolic", "max", window),
        Output("when", "dm1_cytosolic", "time_of_max", window), Output("end", "lysosomal_catabolite", "last", window),
        Output("high", "dm1_cytosolic", "time_above", window, threshold=50.0),
        Output("course", "plasma_tdm1", times=(1.0, 24.0, 300.0)),
    ]  # fmt: skip


def simulate(columns, rows):
    return points.TDM1(rtol=1e-5).simulate(
        columns, points.streams(rows), [Output(f"{o.name}", f"in_vivo.{o.of}", o.reduce, o.window, o.times, o.threshold)
                                        for o in wanted()])  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_row_does_not_see_its_lane_its_neighbours_or_the_batch(seed):
    """Any selection in any order gives every row the same bits."""
    rng = np.random.default_rng(seed)
    columns = points.sample(41, seed=seed)
    whole = simulate(columns, 41)
    for count in (1, 3, W, 40):
        chosen = rng.permutation(41)[:count]
        part = simulate({name: values[chosen] for name, values in columns.items()}, count)
        for name in whole.data_vars:
            np.testing.assert_array_equal(part[name].values, whole[name].values[chosen])


def test_a_failing_neighbour_changes_no_bit():
    rows = {"burst": np.zeros(W), "turn": np.linspace(0.5, 2.0, W)}
    output = [Output("s", "sine", "last", (0.0, 20.0)), Output("z", "z", times=(1.0, 2.0))]
    options = {"rows": W, "rtol": 1e-7, "max_steps": 10_000}
    good = solve(toy(), rows, REST, output, **options)
    bad = solve(toy(), rows | {"burst": np.where(np.arange(W) == 3, 1.0, 0.0)}, REST, output, **options)
    assert bad.status[3] == STEP_SIZE
    for name in ("s", "z"):
        np.testing.assert_array_equal(np.delete(bad.values[name], 3, 0), np.delete(good.values[name], 3, 0))


def test_a_lane_is_clean_after_a_failure():
    """Rows that follow a blown-up one in its lane, classes and their empty neighbour included."""
    network, classes = populations.patient(), populations.spread_of_receptors(3)
    capacity = np.full(4 * W, 3.0)
    capacity[:W] = -1e-3  # cells make cells multiply faster: infinite after about an hour
    output = [Output("cells", "cells", "last", (0.0, 100.0))]
    options = {"classes": classes, "rtol": 1e-6, "max_steps": 10_000}
    feed = Schedule((0.0,), ((100.0,),))
    mixed = solve(network, {"capacity": capacity}, feed, output, rows=4 * W, **options)
    alone = solve(network, {}, feed, output, rows=1, **options)
    assert np.all(mixed.status[:W] != OK)
    np.testing.assert_array_equal(mixed.values["cells"][W:], np.full(3 * W, alone.values["cells"][0]))


def test_what_failed_is_said_with_its_time():
    rows = {"burst": np.array([0.0, 1.0, 2.0]), "flood": np.array([0.0, 0.0, 0.0])}
    found = solve(toy(), rows, REST, [Output("z", "z", "last", (0.0, 20.0))], rows=3, rtol=1e-6, max_steps=10_000)
    assert found.status.tolist() == [OK, STEP_SIZE, STEP_SIZE]
    assert found.attempts.tolist() == [1, 3, 3]  # the whole ladder
    assert np.isnan(found.failed_at[0])
    np.testing.assert_allclose(found.failed_at[1:], [1.0, 0.5], rtol=1e-4)  # 1/burst, where b is infinite
    flood = solve(
        toy(), {"flood": np.array([50.0])}, REST, [Output("z", "z", "last", (0.0, 20.0))], rows=1, rtol=1e-6,
        max_steps=10_000,
    )  # fmt: skip
    assert flood.status.tolist() == [NON_FINITE]
    # The kernel takes a state beyond 1e300 for a failure: exp(50 t) is there at 13.8 hours.
    assert flood.failed_at[0] == pytest.approx(np.log(1e300) / 50.0, rel=0.05)


def test_the_kernel_is_vector_code():
    """In the compiled step nearly all arithmetic on doubles is on whole vectors."""
    module = load(write(generate(toy()), "toy"))
    attempt = module.attempt

    @numba.njit(error_model="numpy")
    def step(w, h):
        put(w, 0, attempt(w, get(h, 0), 1e-4, 0))

    step(np.ones(module.size(0) * W), np.ones(W))
    lines = "\n".join(step.inspect_asm().values()).splitlines()
    arithmetic = [line for line in lines if re.search(r"\bv?(add|sub|mul|div|fn?m(add|sub)\d+)(pd|sd)\b", line)]
    scalar = [line for line in arithmetic if re.search(r"sd\b", line.split()[0])]
    if not arithmetic:
        pytest.skip("not an x86 processor")
    widest = "zmm" if "avx512f" in Path("/proc/cpuinfo").read_text() else "ymm"
    vectors = [line for line in arithmetic if widest in line]
    assert len(vectors) > 300  # the toy's step has about 900
    assert len(scalar) < 0.02 * len(vectors)


HASWELL = """
import numpy as np
from models.engine.requests import Output
from models.engine.solver import solve
from tests.models.test_engine_lanes import REST, toy
turn = np.linspace(0.5, 2.0, 11)
found = solve(toy(), {"turn": turn}, REST, [Output("b", "bell", "auc", (0.0, 9.0))], rows=11, rtol=1e-8, max_steps=9999)
print(*map(repr, found.values["b"].tolist()))
"""


def test_without_avx512_the_numbers_are_the_same(tmp_path):
    texts = []
    for settings in ({}, {"NUMBA_CPU_NAME": "haswell"}):
        environment = os.environ | {"SENSITIVITY_CACHE": str(tmp_path)} | settings
        done = subprocess.run([sys.executable, "-c", HASWELL], cwd=ROOT, env=environment, text=True, check=True,
                              capture_output=True)  # fmt: skip
        texts.append(np.array([float(text) for text in done.stdout.split()]))
    # Other instructions, the same roundings: products and sums are contracted on both; a hundred steps of the rest.
    np.testing.assert_allclose(texts[1], texts[0], rtol=1e-12)
