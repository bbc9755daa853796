"""Seconds from outputs to indices with intervals: ``python tests/benchmarks/indices.py [--json]``.

20 factors, 4,096 base rows, 1, 10 and 200 outputs; ours against SALib, OpenTURNS and SciPy in one run on one core,
repeats interleaved, medians. Making designs and running the model is not counted; our making the design again is, for
it is part of the analysis. Everybody gets S1 and ST with 95 % intervals at default settings: ours from 16 scramblings
of the symmetric design (42 rows a base row), SALib and OpenTURNS by bootstrap of the asymmetric one (22 rows), which
has half the values to read, SciPy by its own bootstrap on the same. SciPy, at 3.6 s an output, is left out at 200.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is loaded

import argparse  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2]))

from sensitivity.contracts import OutputRequest  # noqa: E402
from sensitivity.distributions import Distribution  # noqa: E402
from sensitivity.factors import Factor  # noqa: E402
from sensitivity.methods.sobol import Sobol  # noqa: E402
from sensitivity.stage import Stage  # noqa: E402
from sensitivity.statistics import Piece, leaf_sums, totals  # noqa: E402

FACTORS, N = 20, 4096
OUTPUTS = (1, 10, 200)
PROBLEM = {"num_vars": FACTORS, "names": [f"x{i}" for i in range(FACTORS)], "bounds": [[0.0, 1.0]] * FACTORS}


def outputs(u, count):
    """G functions whose weights turn from factor to factor: (rows, count)."""
    a = np.array([0.5 * i for i in range(FACTORS)])
    return np.stack(
        [np.prod((np.abs(4 * u - 2) + np.roll(a, k)) / (1 + np.roll(a, k)), axis=-1) for k in range(count)], -1
    )


class Ours:
    """Leaves, tree, jackknife, as in a run."""

    def __init__(self, count):
        law = Distribution("uniform", {"low": 0.0, "high": 1.0})
        factors = tuple(Factor(name, law, "1", 0.5) for name in PROBLEM["names"])
        asked = tuple(OutputRequest(f"y{k}", f"y{k}", "1", reduce="last") for k in range(count))
        self.stage = Stage("sobol", Sobol(N, 16), factors, {}, {}, asked, 7, 1, (1.0,) * count)
        self.y = outputs(self.stage.design(0, N).points, count)[:, :, None, :]

    def __call__(self):
        leaves = {a: leaf_sums(self.stage, a, self.y[a:b]) for a, b, _, _ in self.stage.method.layout.leaves}
        found = self.stage.method.estimates(totals(self.stage, [Piece(leaves, {})]), 0.95, ())
        return found["S1"].value, found["ST"].value


class SALib:
    """A loop over the outputs."""

    def __init__(self, count):
        from SALib.sample import sobol

        self.y = outputs(sobol.sample(PROBLEM, N, calc_second_order=False, seed=7), count)

    def __call__(self):
        from SALib.analyze import sobol

        found = [sobol.analyze(PROBLEM, y, calc_second_order=False, seed=7) for y in self.y.T]
        return np.stack([f["S1"] for f in found], -1), np.stack([f["ST"] for f in found], -1)


class OpenTURNS:
    """Saltelli's algorithm, one for all outputs, with bootstrap intervals."""

    def __init__(self, count):
        import openturns as ot

        ot.RandomGenerator.SetSeed(7)
        ot.TBB.Disable()
        law = ot.JointDistribution([ot.Uniform(0.0, 1.0)] * FACTORS)
        self.x = ot.SobolIndicesExperiment(law, N, False).generate()
        self.y = ot.Sample(outputs(np.asarray(self.x), count))
        self.count = count

    def __call__(self):
        import openturns as ot

        found = ot.SaltelliSensitivityAlgorithm(self.x, self.y, N)
        found.setUseAsymptoticDistribution(False)
        found.getFirstOrderIndicesInterval()
        found.getTotalOrderIndicesInterval()
        first = [list(found.getFirstOrderIndices(k)) for k in range(self.count)]
        total = [list(found.getTotalOrderIndices(k)) for k in range(self.count)]
        return np.array(first).T, np.array(total).T


class SciPy:
    """``scipy.stats.sobol_indices`` on given values."""

    def __init__(self, count):
        from scipy.stats import qmc

        u = qmc.Sobol(2 * FACTORS, rng=np.random.default_rng(7)).random(N)
        a, b = u[:, :FACTORS], u[:, FACTORS:]
        mixed = np.stack([np.where(np.arange(FACTORS) == i, b, a) for i in range(FACTORS)])
        self.values = {"f_A": outputs(a, count).T, "f_B": outputs(b, count).T,
                       "f_AB": np.moveaxis(outputs(mixed, count), -1, 1)}  # fmt: skip

    def __call__(self):
        from scipy.stats import sobol_indices

        found = sobol_indices(func=self.values, n=N)
        found.bootstrap()
        return found.first_order.T, found.total_order.T


def measure(count, repeats):
    """Return one entry: seconds of each, ratio to ours, largest difference of their indices from ours."""
    solvers = {solver.__name__: solver(count) for solver in (Ours, SALib, OpenTURNS, SciPy)[: 3 if count > 10 else 4]}
    seconds, indices = {name: [] for name in solvers}, {}
    for _ in range(repeats):
        for name, solver in solvers.items():
            began = time.perf_counter()
            indices[name] = [np.reshape(found, (FACTORS, count)) for found in solver()]
            seconds[name].append(time.perf_counter() - began)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    peers = {
        name: {"seconds": s, "ratio": s / median["Ours"],
               "difference": float(np.abs(np.subtract(indices[name], indices["Ours"])).max())}
        for name, s in median.items() if name != "Ours"
    }  # fmt: skip
    return {"outputs": count, "seconds": median["Ours"], "peers": peers}


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--outputs", type=int, nargs="+", default=OUTPUTS)
    options = parser.parse_args()
    report = [measure(count, options.repeats) for count in options.outputs]
    if options.json:
        print(json.dumps({"factors": FACTORS, "n_base": N, "cases": report}, indent=1))
        return
    for case in report:
        print(f"{case['outputs']} outputs: ours {case['seconds']:.3f} s")
        for name, peer in case["peers"].items():
            took = f"{peer['seconds']:.3f} s, {peer['ratio']:.1f}x"
            print(f"  {name}: {took}; indices within {peer['difference']:.3f} of ours")


if __name__ == "__main__":
    main()
