"""Golden values of the workload 'cell in vivo, 6 cycles', from two solvers that share no line with ours.

``python tests/reference_data/kinetics/make.py`` (needs ``pip install scikit-sundae``) writes ``cell.npz``. LSODA
(SciPy's ``odeint``) and SUNDIALS CVODE integrate the declaration at a relative tolerance of 1e-12, absolute tolerances
at 1e-12 of each floor, areas as extra states, with a restart at every break of the schedule. The equations come from
the declaration through SymPy, not from the engine's code generator. Nothing is written unless both agree to 1e-8.
"""

import argparse
import hashlib
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import sympy as sp

ROOT = Path(__file__).resolve().parents[3]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from models.engine import units  # noqa: E402
from models.engine.declaration import NOMINAL  # noqa: E402
from models.tdm1 import networks  # noqa: E402
from models.tdm1.parameters import TABLE  # noqa: E402
from models.tdm1.regimen import Regimen  # noqa: E402
from sensitivity.distributions import Distribution  # noqa: E402

COMMAND = "python tests/reference_data/kinetics/make.py"
FILE = Path(__file__).with_name("cell.npz")
RANDOM, CORNERS, SEED = 10_000, 256, 20261126
RTOL, AGREEMENT = 1e-12, 1e-8
STEPS = 1_000_000
NETWORK = networks.patient()
SCHEDULE = Regimen(dose=3.6, interval=504.0, infusion=0.5, cycles=6).schedule()
HORIZON = 6 * 504.0
AREAS = ("dm1_cytosolic", "tubulin_occupancy")
ENDS = ("dm1_cytosolic", "plasma_tdm1", "lysosomal_catabolite")
OBSERVABLES = {o.name: o for o in NETWORK.observables}
FLOORS = np.array([OBSERVABLES[name].floor for name in (*AREAS, *ENDS)])


def laws():
    """Return the law of every parameter that has one."""
    declared = {p.name: dict(p.distribution) for p in TABLE if p.distribution is not None}
    return {name: Distribution(law.pop("dist"), law) for name, law in declared.items()}


def points():
    """Return {name: (n,)}: random points, then corners with each factor at its 0.001 or 0.999 quantile."""
    rng = np.random.default_rng(SEED)
    u = [np.concatenate([rng.random(RANDOM), rng.choice([0.001, 0.999], CORNERS)]) for _ in laws()]
    return {name: law.ppf(v) for (name, law), v in zip(laws().items(), u, strict=True)}


def fingerprint():
    """Return the hash of all that the values depend on: a stale file is noticed by it."""
    table = [(p.name, p.nominal, p.unit, p.distribution and sorted(p.distribution.items())) for p in TABLE]
    equations = [NETWORK.species, NETWORK.rules, NETWORK.reactions, [OBSERVABLES[n] for n in (*AREAS, *ENDS)]]
    text = repr((table, equations, SCHEDULE, HORIZON, AREAS, ENDS, RANDOM, CORNERS, SEED))
    return hashlib.sha256(text.encode()).hexdigest()


def relative(a, b):
    """Return the difference of `a` from `b`, relative to the larger of `b` and its floor."""
    return np.abs(a - b) / np.maximum(np.abs(b), FLOORS)


@cache
def compiled():
    """Return right-hand side, Jacobian, derived numbers and outputs, compiled, in coherent units.

    Whatever does not depend on the state is worked out once a row.
    """
    import numba

    n = len(NETWORK.species)
    states = [NETWORK.symbols[s.name] for s in NETWORK.species]
    given = [NETWORK.symbols[item.name] for item in (*NETWORK.used_parameters, *NETWORK.inputs)]
    nominal = {NETWORK.symbols[NOMINAL + p.name]: sp.Float(p.nominal * units.factor(p.unit), 17) for p in TABLE}
    rules = {sp.Symbol(name, real=True): e.subs(nominal) for name, e in NETWORK.assignments.items()}
    moving = [s for s in rules if s in NETWORK.varying]
    still = [s for s in rules if s not in NETWORK.varying]

    def expand(expression, names):
        for symbol in reversed(names):
            expression = expression.subs(symbol, rules[symbol])
        return expression.subs(nominal)

    observed = {name: NETWORK.outputs[list(OBSERVABLES).index(name)] for name in {*AREAS, *ENDS}}
    right = [expand(e, moving) for e in (*NETWORK.derivatives, *(observed[name] for name in AREAS))]
    known = [*given, *still]
    area = list(sp.symbols(f"area:{len(AREAS)}", real=True))

    def function(arguments, expressions):
        return numba.njit(sp.lambdify(arguments, expressions, "math", cse=True), error_model="numpy")

    derive = sp.lambdify([given], [*still_values(still, rules), *(expand(e, list(rules)) for e in NETWORK.initial)],
                         "math", cse=True)  # fmt: skip
    f = function([*[[*states, *area]], known], tuple(right))
    entries = [(i, j, d) for i, e in enumerate(right) for j, s in enumerate(states) if (d := sp.diff(e, s)) != 0]
    g = function(
        [[*states, *area], known], tuple(sp.Float(d) if d.is_number else d for _, _, d in entries)
    )  # numba: one type
    where = np.array([(i, j) for i, j, _ in entries])
    size = n + len(AREAS)
    ends = sp.lambdify([states, known], [expand(observed[name], moving) for name in ENDS], "math", cse=True)

    @numba.njit(error_model="numpy")
    def rhs(t, y, out, q):
        values = f(y, q)
        for i in range(size):
            out[i] = values[i]

    @numba.njit(error_model="numpy")
    def jacobian(t, y, out, q):
        values = g(y, q)
        out[:, :] = 0.0
        for k in range(len(where)):
            out[where[k, 0], where[k, 1]] = values[k]

    return rhs, jacobian, derive, ends, len(still), size


def still_values(still, rules):
    """Return each rule that is fixed within a row over what is given alone."""
    done = {}
    for symbol in still:
        done[symbol] = rules[symbol].subs(done)
    return list(done.values())


def integrate(solver, rows):
    """Return the outputs of some rows."""
    rhs, jacobian, derive, ends, n_still, size = compiled()
    columns, m = points(), len(AREAS)
    to = [units.factor(p.unit) for p in NETWORK.used_parameters]
    inputs = np.asarray(SCHEDULE.values) * [units.factor(u.unit) for u in NETWORK.inputs]
    breaks = [*SCHEDULE.times, HORIZON]
    floors = [s.floor * units.factor(s.unit) for s in NETWORK.species]
    floors = np.array(floors + [OBSERVABLES[name].floor * units.factor(OBSERVABLES[name].unit) for name in AREAS])
    scale = np.array([1.0 / units.factor(OBSERVABLES[name].unit) for name in (*AREAS, *ENDS)])
    advance = (lsoda if solver == "lsoda" else cvode)(rhs, jacobian, floors * RTOL, size)
    found = np.full((len(rows), len(scale)), np.nan)
    for k, row in enumerate(rows):
        p = [columns[q.name][row] if q.name in columns else q.nominal for q in NETWORK.used_parameters]
        for i, u in enumerate(inputs):
            given = [float(v) for v in (*np.multiply(p, to), *u)]
            derived = derive(given)
            known = np.array([*given, *derived[:n_still]])
            if i == 0:
                y = np.array([*derived[n_still:], *np.zeros(m)], dtype=float)
            y = advance(y, breaks[i], breaks[i + 1], known)
            if y is None:
                break
        else:
            found[k] = (*y[-m:], *ends(y[:-m], known))
    return found * scale


def lsoda(rhs, jacobian, atol, size):
    """SciPy's old interface to LSODA."""
    from scipy.integrate import odeint

    out, matrix = np.empty(size), np.empty((size, size))

    def f(t, y, q):
        rhs(t, y, out, q)
        return out

    def jac(t, y, q):
        jacobian(t, y, matrix, q)
        return matrix

    def advance(y, start, stop, q):
        path, report = odeint(f, y, (start, stop), (q,), jac, rtol=RTOL, atol=atol, mxstep=STEPS, tfirst=True,
                              full_output=True)  # fmt: skip
        return path[-1] if report["message"] == "Integration successful." else None

    return advance


def cvode(rhs, jacobian, atol, size):
    """Build CVODE's backward differentiation formulas."""
    from sksundae.cvode import CVODE

    box = {}

    def f(t, y, out):
        rhs(t, y, out, box["q"])

    def jac(t, y, yp, matrix):
        jacobian(t, y, matrix, box["q"])

    solver = CVODE(f, method="BDF", rtol=RTOL, atol=atol, jacfn=jac, max_num_steps=STEPS)

    def advance(y, start, stop, q):
        box["q"] = q
        run = solver.solve(np.array([start, stop]), y)
        return run.y[-1].copy() if run.success else None

    return advance


def both(rows):
    """Return the rows by either solver."""
    return integrate("lsoda", rows), integrate("cvode", rows)


def main():
    """Integrate, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rows", type=int, help="only the first rows and write nothing: a trial")
    options = parser.parse_args()
    rows = np.arange(options.rows or RANDOM + CORNERS)
    started = time.perf_counter()
    with ProcessPoolExecutor(options.processes) as pool:
        parts = list(pool.map(both, np.array_split(rows, 4 * options.processes)))
    first, second = (np.concatenate(part) for part in zip(*parts, strict=True))
    gap = relative(first, second).max(axis=1)
    bad = np.flatnonzero(~(gap <= AGREEMENT))  # NaN, a failure, is bad too
    print(f"{len(rows)} points, {time.perf_counter() - started:.0f} s, largest disagreement {np.nanmax(gap):.1e}")
    if bad.size:
        sys.exit(f"{bad.size} points disagree: " + ", ".join(f"{i} ({gap[i]:.1e})" for i in bad[:50]))
    if options.rows is None:
        np.savez_compressed(FILE, values=second, disagreement=gap.max(), fingerprint=fingerprint())


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
