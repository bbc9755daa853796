"""Bias and error of indices of noisy models: ``python tests/benchmarks/noise.py [--seeds 200] [--jobs 2] [--json]``.

Indices are those of the mean over the noise, which is known exactly. Each seed is a whole study of about 32,768 runs
(symmetric design) or 20,480 (asymmetric), with 2, 4 or 8 replicates as the noise is small, like the signal, or larger.
Streams are shared in three ways: every run has its own ("independent"); AB rows share A's and BA rows share B's, as a
study does ("side"); all rows of a scrambling share one set, as when the same virtual patients pass through every row
("set"). A fourth kind of study runs every point once, with its own stream, and the A rows a second time ("twin"). Bias
is given in its own standard errors over the seeds.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from scipy.special import ndtri  # noqa: E402
from scipy.stats import poisson  # noqa: E402

from sensitivity.methods.sobol import Sobol, default_scrambles  # noqa: E402
from sensitivity.selftest.functions import FUNCTIONS, ExactFunction  # noqa: E402
from tests.reference import ishigami, ishigami_indices  # noqa: E402

SHARING = ("independent", "side", "set", "twin")
BUDGET = {True: 32768, False: 20480}
"""Runs of a symmetric and of an asymmetric study of three factors, as in the published measurement."""

CRN = {
    ("ishigami .08", True): (0.0040, 0.0036), ("ishigami .95", True): (0.0082, 0.0108),
    ("ishigami 9.4", True): (0.0378, 0.0472), ("ishigami .08", False): (0.0066, 0.0043),
    ("ishigami .95", False): (0.0158, 0.0112), ("ishigami 9.4", False): (0.067, 0.048),
}  # fmt: skip
"""Root-mean-square errors of S1 and ST, mean over factors, of corrected estimators with shared streams: one scrambling,
60 seeds, measured for this project's method study with another program."""

TWIN = {("ishigami .08", False): (0.0110, 0.0093), ("ishigami .95", False): (0.0507, 0.0473)}
"""The same with one run a point and twins of the A rows."""


@dataclass(frozen=True)
class Case:
    """A noisy function of the unit cube and of uniform random numbers, with the exact indices of its mean."""

    name: str
    factors: int
    draws: int
    replicates: int
    f: object
    s1: np.ndarray
    st: np.ndarray


def ishigami_case(label, scale, replicates):
    """Ishigami + scale sqrt(1 + x1^2) Z: nu / Vmu = scale^2 (1 + pi^2 / 3) / 13.84."""
    s1, st, _, _ = ishigami_indices()

    def f(u, w):
        return ishigami(u) + scale * np.sqrt(1.0 + (np.pi * (2.0 * u[..., 0] - 1.0)) ** 2) * ndtri(w[..., 0])

    return Case(f"ishigami {label}", 3, 1, replicates, f, s1, st)


def poisson_case():
    """Poisson(5 exp(x1 + x2 / 2) (1 + x1 x3)); indices of the rate by Gauss-Legendre quadrature."""

    def rate(x):
        return 5.0 * np.exp(x[..., 0] + 0.5 * x[..., 1]) * (1.0 + x[..., 0] * x[..., 2])

    node, weight = np.polynomial.legendre.leggauss(20)
    node, weight = (node + 1.0) / 2.0, weight / 2.0
    grid = rate(np.stack(np.meshgrid(node, node, node, indexing="ij"), axis=-1))
    mean = np.einsum("ijk,i,j,k", grid, weight, weight, weight)
    variance = np.einsum("ijk,i,j,k", grid**2, weight, weight, weight) - mean**2
    s1, st = [], []
    for i in range(3):
        moved = np.moveaxis(grid, i, 0)
        main = np.einsum("ijk,j,k->i", moved, weight, weight)
        s1.append((weight @ main**2 - mean**2) / variance)
        rest = np.einsum("ijk,i->jk", moved, weight)
        st.append(1.0 - (np.einsum("jk,j,k", rest**2, weight, weight) - mean**2) / variance)
    return Case("poisson", 3, 1, 4, lambda u, w: poisson.ppf(w[..., 0], rate(u)), np.array(s1), np.array(st))


def gbm_case():
    """exp(x1 - x2^2 / 2 + x2 Z) on U(0, .1) x U(0, .5): x2 moves the noise and not the mean, it is inert."""

    def f(u, w):
        return np.exp(0.1 * u[..., 0] - (0.5 * u[..., 1]) ** 2 / 2.0 + 0.5 * u[..., 1] * ndtri(w[..., 0]))

    return Case("gbm", 2, 1, 8, f, np.array([1.0, 0.0]), np.array([1.0, 0.0]))


def inert_case():
    """sin(2 pi x1) + Z with a third factor that does nothing at all: its index is exactly zero with shared streams."""

    def f(u, w):
        return np.sin(2 * np.pi * u[..., 0]) + u[..., 1] + ndtri(w[..., 0])

    v = np.array([0.5, 1 / 12, 0.0])
    return Case("inert", 3, 1, 4, f, v / v.sum(), v / v.sum())


def exact_case(function: ExactFunction):
    """A stochastic function of the self-test."""
    exact, laws = function.exact, function.laws

    def f(u, w):
        x = np.stack([law.ppf(u[..., i]) for i, law in enumerate(laws)], axis=-1)
        flat = function.evaluate(x.reshape(-1, len(laws)), w.reshape(-1, function.draws))
        return flat.reshape(u.shape[:-1])

    replicates = 4 if exact["mean"] > 1 or function.name == "resistance" else 8  # extinction: noise is 27 x the signal
    return Case(function.name, len(laws), function.draws, replicates, f, function.index("S1")[:, 0],
                function.index("ST")[:, 0])  # fmt: skip


def cases():
    """Every stochastic function."""
    ladder = [ishigami_case(".08", 0.5, 2), ishigami_case(".95", 1.75, 4), ishigami_case("9.4", 5.5, 8)]
    return [*ladder, poisson_case(), gbm_case(), inert_case(), *(exact_case(f) for f in FUNCTIONS if f.draws)]


def draw(case, sharing, side, scramble, rng):
    """Uniform numbers (blocks, points, replicates, draws)."""
    blocks, points, m = len(scramble), len(side), case.replicates
    if sharing in ("independent", "twin"):
        return rng.random((blocks, points, m, case.draws))
    if sharing == "side":
        return rng.random((blocks, 2, m, case.draws))[:, side]
    sets = rng.random((int(scramble.max()) + 1, 1, m, case.draws))
    return np.broadcast_to(sets[scramble], (blocks, points, m, case.draws))


def study(case, sharing, symmetric, one_scrambling, seed):
    """Values of S1 and ST (2, factors) of one seed."""
    twin = sharing == "twin"
    case = replace(case, replicates=1) if twin else case
    runs = case.replicates * ((2 if symmetric else 1) * case.factors + 2 + twin)
    n_base = 1 << int(BUDGET[symmetric] / runs).bit_length() - 1
    size = (2 * n_base, 2) if one_scrambling else (n_base, default_scrambles(n_base))
    method = Sobol(*size, symmetric=symmetric, twin=twin)
    units = [[i] for i in range(case.factors)]
    design = method.design(units, case.factors, seed, 0, method.layout.blocks)
    rng = np.random.default_rng([seed, SHARING.index(sharing)])
    w = draw(case, sharing, design.side, design.scramble, rng)
    y = case.f(np.repeat(design.points[:, :, None, :], case.replicates, axis=2), w)[..., None]
    parts = [method.sums(design, y[design.scramble == k], ()) for k in range(method.layout.scrambles)]
    if one_scrambling:  # two estimates of one scrambling each: the first is taken
        parts = [parts[0], parts[0]]
    found = method.estimates({name: np.stack([p[name] for p in parts]) for name in parts[0]}, 0.95, ())
    return np.stack([found["S1"].value[:, 0], found["ST"].value[:, 0]])


def some(index, sharing, symmetric, one_scrambling, seeds):
    """Values (seeds, 2, factors) of one case."""
    case = cases()[index]
    return np.stack([study(case, sharing, symmetric, one_scrambling, seed) for seed in seeds])


def measure(seeds, jobs=1, designs=(True, False), sharing=SHARING, functions=None):
    """Return one entry a function, design, sharing and number of scramblings.

    One scrambling with one set of streams is left out: noise is then averaged over 2 to 8 replicates and nothing else.
    """
    from tests.benchmarks.noise import some  # by name, so that a worker imports it instead of unpickling it

    chosen = [i for i, case in enumerate(cases()) if functions is None or case.name in functions]
    keys = [(i, how, symmetric, one) for i in chosen for symmetric in designs for how in sharing
            for one in (False, True) if not (one and how == "set")]  # fmt: skip
    found = Parallel(jobs)(delayed(some)(*key, list(range(seeds))) for key in keys)
    report = []
    for (i, how, symmetric, one), values in zip(keys, found, strict=True):
        case = cases()[i]
        error = values - np.stack([case.s1, case.st])
        se = error.std(axis=0, ddof=1) / np.sqrt(seeds)
        bias = error.mean(axis=0)
        z = np.where(se > 0, np.abs(bias) / np.where(se > 0, se, 1.0), np.where(bias == 0, 0.0, np.inf))
        rmse = np.sqrt(np.mean(error**2, axis=0)).mean(axis=1)
        entry = {"function": case.name, "symmetric": symmetric, "sharing": how, "one_scrambling": one,
                 "bias": bias.tolist(), "bias_standard_errors": z.tolist(), "rmse": rmse.tolist()}  # fmt: skip
        reference = {"side": CRN, "twin": TWIN}.get(how, {}).get((case.name, symmetric))
        if reference is not None and one:
            entry["rmse_over_published"] = (rmse / np.array(reference)).tolist()
        report.append(entry)
    return report


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    report = measure(options.seeds, options.jobs)
    if options.json:
        print(json.dumps({"seeds": options.seeds, "cases": report}, indent=1))
        return
    for e in report:
        peer = " x".join(["", *(f"{r:.2f}" for r in e.get("rmse_over_published", ()))])
        print(f"{e['function']:16s} {'symmetric' if e['symmetric'] else 'asymmetric':10s} {e['sharing']:11s} "
              f"{'one scrambling' if e['one_scrambling'] else 'default':14s} "
              f"worst bias {np.max(e['bias_standard_errors']):5.2f} SE ({np.max(np.abs(e['bias'])):.1e}) "
              f"rmse S1 {e['rmse'][0]:.4f} ST {e['rmse'][1]:.4f}{peer}")  # fmt: skip


if __name__ == "__main__":
    main()
