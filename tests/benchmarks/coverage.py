"""How often 95 % intervals hold the exact index: ``python tests/benchmarks/coverage.py [--jobs 2] [--json]``.

Each replication is a whole study with its own seed: designs, estimators and intervals as they run. An index that is
exactly zero has the interval [0, 0] and is not counted. Half-widths are given over 1.96 times the root mean square
error: 1.09 is what Student's t with 15 degrees of freedom costs.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from scipy.special import ndtri  # noqa: E402

from sensitivity.methods.sobol import Sobol  # noqa: E402
from tests.reference import ishigami, ishigami_indices, sobol_g, sobol_g_indices  # noqa: E402

CI = 0.95


@dataclass(frozen=True)
class Case:
    """A function on the unit cube with its exact S1 and ST."""

    name: str
    factors: int
    f: object
    exact: dict[str, np.ndarray]
    replicates: int = 1


def products(m, v):
    """Indices of a product of independent terms with means `m` and variances `v`."""
    m2 = m**2
    variance = np.prod(m2 + v) - np.prod(m2)
    return {"S1": v * np.prod(m2) / m2 / variance, "ST": v * np.prod(m2 + v) / (m2 + v) / variance}


SIGMA = np.array([0.9, 0.6, 0.4, 0.2])
RARE = np.array([0.2, 0.3, 0.5])  # the event needs all three: 3 % of the rows
WEIGHTS = np.arange(1.0, 6.0)


def cases():
    """The six functions."""
    noise = np.sqrt(1.0 + (np.pi * (2.0 * np.linspace(0, 1, 3) - 1)) ** 2).mean()  # about 2: lambda near 0.3
    s1, st, _, _ = ishigami_indices()
    g1, gt, _ = sobol_g_indices()

    def noisy(u, rng):
        clean = ishigami(u)[..., None]
        z_a, z_b = rng.standard_normal((2, len(u), 1, 4))  # AB shares the numbers of A, BA those of B
        return clean + noise * np.concatenate([np.repeat(z_a, 4, axis=1), np.repeat(z_b, 4, axis=1)], axis=1)

    linear = WEIGHTS**2 / np.sum(WEIGHTS**2)
    return [
        Case("ishigami", 3, lambda u, rng: ishigami(u), {"S1": s1, "ST": st}),
        Case("G", 6, lambda u, rng: sobol_g(u), {"S1": g1, "ST": gt}),
        Case("linear", 5, lambda u, rng: u @ WEIGHTS, {"S1": linear, "ST": linear}),
        Case("lognormal", 4, lambda u, rng: np.exp(ndtri(u) @ SIGMA),
             products(np.exp(SIGMA**2 / 2), np.exp(SIGMA**2) * np.expm1(SIGMA**2))),
        Case("rare binary", 3, lambda u, rng: np.all(u < RARE, axis=-1).astype(float),
             products(RARE, RARE * (1 - RARE))),
        Case("noisy ishigami", 3, noisy, {"S1": s1, "ST": st}, replicates=4),
    ]  # fmt: skip


def study(case, method, seed):
    """Return estimates of one replication, {index: (value, low, high)}."""
    rng = np.random.default_rng([seed, 1])
    design = method.design([[i] for i in range(case.factors)], case.factors, seed, 0, method.layout.blocks)
    y = np.asarray(case.f(design.points, rng)).reshape(*design.points.shape[:2], case.replicates, 1)
    parts = [method.sums(design, y[design.scramble == k], ()) for k in range(method.layout.scrambles)]
    found = method.estimates({name: np.stack([p[name] for p in parts]) for name in parts[0]}, CI, ())
    return {name: np.stack([found[name].value, *found[name].ci])[..., 0] for name in case.exact}


def some(index, n_base, scrambles, symmetric, seeds):
    """Return {index: (seeds, 3, factors)} of one case."""
    case, method = cases()[index], Sobol(n_base, scrambles, symmetric=symmetric)
    found = [study(case, method, seed) for seed in seeds]
    return {name: np.stack([one[name] for one in found]) for name in case.exact}


def measure(n_base, scrambles, replications, symmetric=True, jobs=1, first_seed=0):
    """Return one entry a case: coverage and width of every index that is not exactly zero."""
    from tests.benchmarks.coverage import some  # by name, so that a worker imports it instead of unpickling it

    report = []
    for index, case in enumerate(cases()):
        began = time.perf_counter()
        pieces = np.array_split(np.arange(first_seed, first_seed + replications), 4 * jobs)
        parts = Parallel(jobs)(
            delayed(some)(index, n_base, scrambles, symmetric, [int(s) for s in piece])
            for piece in pieces
            if len(piece)
        )
        entry = {"function": case.name, "indices": [], "wall_s": 0.0}
        for name, exact in case.exact.items():
            values = np.concatenate([part[name] for part in parts])
            value, low, high = values[:, 0], values[:, 1], values[:, 2]
            for i in range(case.factors):
                if exact[i] == 0.0 and np.all(low[:, i] == high[:, i]):
                    continue
                rmse = np.sqrt(np.mean((value[:, i] - exact[i]) ** 2))
                entry["indices"].append({
                    "index": f"{name} x{i + 1}", "exact": float(exact[i]),
                    "bias": float(np.mean(value[:, i]) - exact[i]),
                    "rmse": float(rmse), "coverage": float(np.mean((low[:, i] <= exact[i]) & (exact[i] <= high[:, i]))),
                    "half_width": float(np.mean(high[:, i] - low[:, i]) / 2 / (1.96 * rmse)),
                })  # fmt: skip
        entry["wall_s"] = time.perf_counter() - began
        report.append(entry)
    return report


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--n-base", type=int, default=4096)
    parser.add_argument("--scrambles", type=int, default=16)
    parser.add_argument("--asymmetric", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    report = measure(options.n_base, options.scrambles, options.replications, not options.asymmetric, options.jobs)
    if options.json:
        print(json.dumps({"replications": options.replications, "functions": report}, indent=1))
        return
    every = [i["coverage"] for entry in report for i in entry["indices"]]
    for entry in report:
        print(f"{entry['function']} ({entry['wall_s']:.0f} s)")
        for i in entry["indices"]:
            print(f"  {i['index']:6s} exact {i['exact']:.4f} bias {i['bias']:+.1e} rmse {i['rmse']:.1e} "
                  f"coverage {i['coverage']:.3f} half-width/(1.96 rmse) {i['half_width']:.2f}")  # fmt: skip
    print(f"mean coverage {np.mean(every):.4f}, from {min(every):.3f} to {max(every):.3f}, {len(every)} indices")


if __name__ == "__main__":
    main()
