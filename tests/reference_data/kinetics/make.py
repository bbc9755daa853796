"""Write the golden values of the kinetics engine: ``python tests/reference_data/kinetics/make.py [--only NAME]``.

Needs ``pip install scikit-sundae``. Nothing is written unless LSODA and CVODE agree to 1e-8 at every point.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np

from tests.reference_data.kinetics.foreign import Foreign
from tests.reference_data.kinetics.workloads import WORKLOADS

AGREEMENT = 1e-8


@cache
def model(name):
    """One compilation a process."""
    return Foreign(WORKLOADS[name])


def both(name, rows):
    """Return the rows by either solver."""
    return model(name).integrate("lsoda", rows), model(name).integrate("cvode", rows)


def main():
    """Integrate, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=WORKLOADS)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rows", type=int, help="only the first rows and write nothing: a trial")
    options = parser.parse_args()
    for name, work in WORKLOADS.items():
        if options.only in (None, name):
            write(work, options.processes, options.rows)


def write(work, processes, few):
    """Write one file, or only compare a few rows."""
    rows = np.arange(few or work.random + work.corners)
    started = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        pieces = np.array_split(rows, 4 * processes)
        parts = list(pool.map(both, [work.name] * len(pieces), pieces))
    first, second = (np.concatenate(part) for part in zip(*parts, strict=True))
    gap = work.relative(first, second).max(axis=1)
    bad = np.flatnonzero(~(gap <= AGREEMENT))  # NaN, a failure, is bad too
    took = time.perf_counter() - started
    print(f"{work.name}: {len(rows)} points, {took:.0f} s, largest disagreement {np.nanmax(gap):.1e}", flush=True)
    if bad.size:
        sys.exit(f"{bad.size} points disagree: " + ", ".join(f"{i} ({gap[i]:.1e})" for i in bad[:50]))
    if few is None:
        np.savez_compressed(work.file, values=second, disagreement=gap.max(), fingerprint=work.fingerprint())


if __name__ == "__main__":
    main()
