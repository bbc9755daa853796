"""Error of S1 and ST at equal model runs: ``python tests/benchmarks/errors.py [--jobs 2] [--json]``.

Root-mean-square error over 60 seeds, mean over the factors, geometric mean over eight functions, for the runs of 256
and 2,048 rows of an asymmetric design (half as many rows of the symmetric one). One scrambling is compared with what
another program measured for the same estimator, functions and budget; the 16 scramblings of a study (4 or 8 where they
would hold fewer than 128 rows) with one scrambling in the same run.
"""

import argparse
import ast
import importlib.util
import json
import os
import sys
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from scipy.special import ndtri  # noqa: E402

from sensitivity.methods.sobol import Sobol, default_scrambles  # noqa: E402
from sensitivity.selftest.functions import FUNCTIONS  # noqa: E402

NAMES = ("ishigami", "sobol_g_8", "sobol_g_20", "kucherenko_a1_10", "kucherenko_b2", "morris_20", "hill_3")
BUDGETS = (256, 2048)
PUBLISHED = {256: (0.0079, 0.0089), 2048: (0.0017, 0.0019)}
"""S1 and ST of the symmetric design with one scrambling: geometric mean over the same eight functions, 60 seeds."""


def oakley():
    """Oakley & O'Hagan (2004) with its coefficients as SALib carries them, and its exact indices in closed form."""
    path = Path(importlib.util.find_spec("SALib").origin).parent / "test_functions" / "oakley2004.py"
    values = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"A", "M"}:
            lists = [n for n in ast.walk(node.value) if isinstance(n, ast.List)]
            values.setdefault(node.targets[0].id, np.array(ast.literal_eval(lists[0]), dtype=float))
    (a1, a2, a3), m = values["A"].reshape(3, 15), values["M"].reshape(15, 15)
    d = np.diag(m)
    main = (a1**2 + a2**2 * (1 - np.exp(-2)) / 2 + 2 * a1 * a2 * np.exp(-0.5)
            + a3**2 * ((1 + np.exp(-2)) / 2 - np.exp(-1)) + 2 * d**2 - 2 * a3 * d * np.exp(-0.5))  # fmt: skip
    pairs = (m + m.T) ** 2 * (1 - np.eye(15))
    variance = main.sum() + pairs.sum() / 2

    def f(u):
        x = ndtri(u)
        return x @ a1 + np.sin(x) @ a2 + np.cos(x) @ a3 + np.einsum("...i,ij,...j", x, m, x)

    return f, main / variance, (main + pairs.sum(axis=1)) / variance


def case(name):
    """A function of the unit cube with its exact S1 and ST."""
    if name == "oakley_15":
        return oakley()
    function = next(f for f in FUNCTIONS if f.name == name)

    def f(u):
        x = np.stack([law.ppf(u[..., i]) for i, law in enumerate(function.laws)], axis=-1)
        return function.evaluate(x.reshape(-1, x.shape[-1]), np.empty((0, 0))).reshape(u.shape[:-1])

    return f, function.index("S1")[:, 0], function.index("ST")[:, 0]


def error(name, rows, scrambles, seeds):
    """Mean over factors of the root-mean-square error of S1 and ST."""
    f, s1, st = case(name)
    k, errors = len(s1), []
    for seed in range(seeds):
        method = Sobol(2 * rows, 2) if scrambles == 1 else Sobol(rows, scrambles)
        design = method.design([[i] for i in range(k)], k, seed, 0, method.layout.blocks)
        used = [0, 0] if scrambles == 1 else range(scrambles)  # of two scramblings the first is taken, twice
        parts = {
            i: method.sums(design, f(design.points[design.scramble == i])[:, :, None, None], ()) for i in set(used)
        }
        found = method.estimates({n: np.stack([parts[i][n] for i in used]) for n in parts[0]}, 0.95, ())
        errors.append([found["S1"].value[:, 0] - s1, found["ST"].value[:, 0] - st])
    return np.sqrt(np.mean(np.square(errors), axis=0)).mean(axis=1)


def measure(seeds=60, jobs=1, budgets=BUDGETS):
    """Return one entry a budget."""
    from tests.benchmarks.errors import error  # by name, so that a worker imports it instead of unpickling it

    names, report = (*NAMES, "oakley_15"), []
    for budget in budgets:
        rows = budget // 2
        sizes = (1, default_scrambles(rows), 16)
        found = Parallel(jobs)(delayed(error)(n, rows, k, seeds) for n in names for k in sizes)
        table = np.array(found).reshape(len(names), len(sizes), 2)
        mean = np.exp(np.mean(np.log(table), axis=0))
        report.append({
            "budget": budget, "rows": rows, "functions": list(names), "default_scrambles": sizes[1],
            "one": mean[0].tolist(), "default": mean[1].tolist(), "sixteen": mean[2].tolist(),
            "one_over_published": (mean[0] / np.array(PUBLISHED[budget])).tolist(),
            "default_over_one": (mean[1] / mean[0]).tolist(), "sixteen_over_one": (mean[2] / mean[0]).tolist(),
            "each": {n: t.tolist() for n, t in zip(names, table, strict=True)},
        })  # fmt: skip
    return report


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    report = measure(options.seeds, options.jobs)
    if options.json:
        print(json.dumps(report, indent=1))
        return
    for entry in report:
        print(f"runs of {entry['budget']} asymmetric rows; S1, ST")
        for label in ("one", "default", "sixteen", "one_over_published", "default_over_one", "sixteen_over_one"):
            print(f"  {label:20s} {entry[label][0]:.4f} {entry[label][1]:.4f}")
        for name, values in entry["each"].items():
            print(f"    {name:18s} " + "  ".join(f"{a:.4f} {b:.4f}" for a, b in values))


if __name__ == "__main__":
    main()
