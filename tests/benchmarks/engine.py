"""What the kernel costs beside its speed: ``python tests/benchmarks/engine.py [--json] [--only NAME]``.

compile   Seconds from the first solve of a network on an empty compile cache, and from a full one, each in a process
          of its own; imports are not counted.
workers   Rows a second of two joblib workers over those of one, on tasks of 4,000 rows (0.15 s; a
          study's chunks take 5 s), interleaved, medians.
classes   Time of 32 classes over that of 4, on the rows that are timed in `kinetics.py`, interleaved, medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is loaded
ROOT = Path(__file__).parents[2]
sys.path[0] = str(ROOT)  # not this folder, whose coverage.py numba would take for the package

import numpy as np  # noqa: E402

RTOL = 1e-4
TASK, TASKS = 4000, 8

FIRST_SOLVE = """
import sys, time
from tests.benchmarks.kinetics import WORKLOADS
workload = WORKLOADS[int(sys.argv[1])]
columns = workload.sample(8)
began = time.perf_counter()
workload.ours(columns, 8, 1e-4)
print(time.perf_counter() - began)
"""


def compiling():
    """Seconds to the first result of each network: without and with compiled code on disk."""
    found = {}
    for number, name in enumerate(("cell", "classes", "singh")):
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "SENSITIVITY_CACHE": cache, "PYTHONPATH": str(ROOT)}
            seconds = [
                float(subprocess.run([sys.executable, "-c", FIRST_SOLVE, str(number)], env=environment, check=True,
                                     capture_output=True, text=True).stdout)
                for _ in range(4)
            ]  # fmt: skip
        found[name] = {"first_s": seconds[0], "cached_s": statistics.median(seconds[1:])}
    return found


def task(seed):
    """One task of a worker."""
    from tests.benchmarks.kinetics import WORKLOADS
    from tests.models import points

    return WORKLOADS[0].ours(points.sample(TASK, seed=seed), TASK, RTOL)[:, 0].sum()


def workers(repeats=7):
    """Rows a second of one and of two workers."""
    from joblib import Parallel, delayed

    from tests.benchmarks.engine import task  # by name, so that a worker imports it instead of unpickling it

    seconds = {1: [], 2: []}
    with Parallel(2, batch_size=1) as two, Parallel(1) as one:
        for pool in (two, one):  # start, load, compile
            pool(delayed(task)(seed) for seed in range(2))
        for _ in range(repeats):
            for count, pool in ((1, one), (2, two)):
                began = time.perf_counter()
                pool(delayed(task)(seed) for seed in range(TASKS))
                seconds[count].append(time.perf_counter() - began)
    speed = {count: TASK * TASKS / statistics.median(values) for count, values in seconds.items()}
    return {"one": speed[1], "two": speed[2], "ratio": speed[2] / speed[1]}


def classes(rows=64, repeats=9):
    """Rows a second with 4, 16 and 32 classes."""
    from dataclasses import replace

    from tests.benchmarks.kinetics import WORKLOADS
    from tests.models import populations

    workload = WORKLOADS[1]
    columns = workload.sample(rows)
    sizes = {k: replace(workload, classes=populations.spread_of_receptors(k)) for k in (4, 16, 32)}
    seconds = {k: [] for k in sizes}
    for one in sizes.values():
        one.ours(columns, rows, RTOL)
    for _ in range(repeats):
        for k, one in sizes.items():
            began = time.perf_counter()
            one.ours(columns, rows, RTOL)
            seconds[k].append(time.perf_counter() - began)
    speed = {k: rows / statistics.median(values) for k, values in seconds.items()}
    paired = statistics.median(np.array(seconds[32]) / np.array(seconds[4]))
    return {"rows_per_s": {str(k): v for k, v in speed.items()}, "ratio_32_over_4": float(paired)}


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("compile", "workers", "classes"))
    options = parser.parse_args()
    parts = {"classes": classes, "workers": workers, "compile": compiling}
    found = {name: part() for name, part in parts.items() if options.only in (None, name)}
    print(json.dumps(found, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
