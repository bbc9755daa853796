"""How good given-data indices are: ``python tests/benchmarks/given.py [--studies 300] [--json]``.

For exact functions, over whole studies each with its own scramblings: mean error, root mean square error, the standard
error that was said, and how often the 95 % interval holds the exact index. Delta is a lower bound by construction, and
its interval is also held against its own mean (``delta, own mean``). Then the CPU seconds for 16,384 runs, 20 factors
and 200 outputs.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np  # noqa: E402
from scipy.special import ndtri  # noqa: E402

from sensitivity.methods.given.delta import classes, delta  # noqa: E402
from sensitivity.methods.given.pawn import pawn  # noqa: E402
from sensitivity.methods.given.prcc import prcc  # noqa: E402
from sensitivity.methods.given.rank_first_order import rank_first_order  # noqa: E402
from sensitivity.methods.given.rbd_fast import rbd_fast  # noqa: E402
from sensitivity.methods.given.regional import regional  # noqa: E402
from sensitivity.methods.given.shapley import shapley  # noqa: E402
from tests.reference import ishigami, ishigami_indices, sobol_g, sobol_g_indices  # noqa: E402
from tests.sensitivity.methods.given.cases import (  # noqa: E402
    CORRELATED_SHAPLEY,
    correlated_normal,
    gaussian_prcc,
    sobol_points,
    sum_of_two_ks,
)

SIZES = ((512, 16), (128, 4), (16, 16))
"""Base rows a scrambling, and scramblings; runs are twice their product (A and B rows)."""

G = np.array([0.0, 0.5, 3.0, 9.0, 99.0])
SLOPE, NOISE = np.array([1.0, 0.5, 0.25, 0.0]), 0.8


def joint():
    """Correlations of four independent Gaussian factors and their weighted sum with noise."""
    matrix = np.eye(5)
    matrix[4, :4] = matrix[:4, 4] = SLOPE / np.sqrt(np.sum(SLOPE**2) + NOISE**2)
    return matrix


def estimates(rows, scrambles, seed):
    """Every index of one study: name -> (Estimate, exact values)."""
    u, label = sobol_points(5, rows, scrambles, seed)
    ks = sum_of_two_ks(10)
    two = (u[:, 0] + u[:, 1])[:, None]
    resistant = two > 1.0
    split = regional(u[:, :3], resistant, np.zeros_like(resistant), label)
    moved = pawn(u[:, :3], two, label)
    ish, g = ishigami(u[:, :3])[:, None], sobol_g(u, G)[:, None]
    x, z = correlated_normal(u[:, :3], 0.5), ndtri(u)
    distance = delta(u[:, :3], two, label)
    within = 0.5 * (1.0 - 1.0 / classes(len(u)) ** 2)  # the variance of the means of equal classes of a straight line
    return {
        "rank, Ishigami": (rank_first_order(u, ish, label), [*ishigami_indices()[0], 0.0, 0.0]),
        "rank, G": (rank_first_order(u, g, label), sobol_g_indices(G)[0]),
        "RBD-FAST, Ishigami": (rbd_fast(u, ish, label).first_order, [*ishigami_indices()[0], 0.0, 0.0]),
        "RBD-FAST, G": (rbd_fast(u, g, label).first_order, sobol_g_indices(G)[0]),
        "PRCC, Gaussian": (prcc(z[:, :4], z[:, :4] @ SLOPE[:, None] + NOISE * z[:, 4:], label), gaussian_prcc(joint())),
        "distance, half-plane": (split.distance, [0.5, 0.5, 0.0]),
        "direction, half-plane": (split.direction, [2 / 3, 2 / 3, 0.0]),
        "PAWN median, sum": (moved.median, [np.median(ks), np.median(ks), 0.0]),
        "PAWN maximum, sum": (moved.maximum, [ks.max(), ks.max(), 0.0]),
        "delta, sum": (distance.delta, [1 / 3, 1 / 3, 0.0]),
        "delta S1, sum": (distance.first_order, [within, within, 0.0]),
        "Shapley, correlated": (
            shapley(x, x.sum(axis=1)[:, None], label, np.random.default_rng(seed)),
            CORRELATED_SHAPLEY[0.5],
        ),
    }


def measure(rows, scrambles, studies):
    """Accuracy and coverage of every index: name -> dict of lists over factors."""
    found = {}
    for seed in range(studies):
        for name, (estimate, exact) in estimates(rows, scrambles, seed).items():
            parts = (estimate.value[:, 0], estimate.se[:, 0], *estimate.ci[:, :, 0], np.asarray(exact, dtype=float))
            found.setdefault(name, []).append(parts)
    report = {}
    for name, every in found.items():
        value, se, low, high, exact = np.moveaxis(np.array(every), 1, 0)
        targets = {name: exact}
        if name == "delta, sum":
            targets["delta, own mean"] = np.broadcast_to(value.mean(axis=0), value.shape)
        for target, aim in targets.items():
            report[target] = {
                "exact": aim[0].tolist(),
                "bias": (value - aim).mean(axis=0).tolist(),
                "rmse": np.sqrt(((value - aim) ** 2).mean(axis=0)).tolist(),
                "se": se.mean(axis=0).tolist(),
                "coverage": ((low <= aim) & (aim <= high)).mean(axis=0).tolist(),
            }
    return report


def seconds():
    """CPU time of each statistic for 16,384 runs, 20 factors and 200 outputs (Shapley: 4 groups of 5)."""
    u, label = sobol_points(20, 512, 16)
    rng = np.random.default_rng(1)
    y = u @ rng.standard_normal((20, 200)) + rng.standard_normal((len(u), 200))
    groups = [list(range(5 * i, 5 * i + 5)) for i in range(4)]
    calls = {
        "rank": lambda: rank_first_order(u, y, label),
        "RBD-FAST": lambda: rbd_fast(u, y, label),
        "PRCC": lambda: prcc(u, y, label),
        "regional": lambda: regional(u, y > 0.0, np.zeros(y.shape, dtype=bool), label),
        "PAWN": lambda: pawn(u, y, label),
        "delta": lambda: delta(u, y, label),
        "Shapley, 4 groups": lambda: shapley(u, y, label, rng, units=groups),
    }
    spent = {}
    for name, call in calls.items():
        start = time.process_time()
        call()
        spent[name] = time.process_time() - start
    return spent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    accuracy = {f"{rows} x {scrambles}": measure(rows, scrambles, options.studies) for rows, scrambles in SIZES}
    report = {"accuracy": accuracy, "seconds": seconds()}
    if options.json:
        print(json.dumps(report, indent=1))
        return
    for size, indices in accuracy.items():
        print(f"base rows x scramblings {size}")
        for name, figures in indices.items():
            print(f"  {name}")
            for what, values in figures.items():
                print(f"    {what:9s}", " ".join(f"{v:8.4f}" for v in values))
    for name, spent in report["seconds"].items():
        print(f"{name:18s} {spent:6.2f} s")


if __name__ == "__main__":
    main()
