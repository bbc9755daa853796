"""A declared network by two solvers that share no line with ours: SciPy's LSODA and SUNDIALS CVODE.

The equations come from the declaration through SymPy, not from the code generator. Both integrate at a relative
tolerance of 1e-12, absolute tolerances at 1e-12 of each floor, areas as extra states, with a restart at every break of
the schedule.
"""

import numpy as np
import sympy as sp

from models.engine import units
from models.engine.declaration import NOMINAL

RTOL, STEPS = 1e-12, 1_000_000


class Foreign:
    """Right-hand side, Jacobian, derived numbers and outputs of a workload without classes, compiled.

    Everything is in coherent units. Whatever does not depend on the state is worked out once a row.
    """

    def __init__(self, workload):
        import numba

        network = workload.flat
        self.network, self.workload = network, workload
        self.observables = {o.name: o for o in network.observables}
        states = [network.symbols[s.name] for s in network.species]
        given = [network.symbols[item.name] for item in (*network.used_parameters, *network.inputs)]
        nominal = {network.symbols[NOMINAL + p.name]: sp.Float(p.nominal * units.factor(p.unit), 17)
                   for p in network.parameters if NOMINAL + p.name in network.symbols}  # fmt: skip
        rules = {sp.Symbol(name, real=True): e.subs(nominal) for name, e in network.assignments.items()}
        moving = [s for s in rules if s in network.varying]
        still = [s for s in rules if s not in network.varying]

        def expand(expression, names):
            for symbol in reversed(names):
                expression = expression.subs(symbol, rules[symbol])
            return expression.subs(nominal)

        outputs = {name: network.outputs[list(self.observables).index(name)] for name in workload.names}
        right = [expand(e, moving) for e in (*network.derivatives, *(outputs[name] for name in workload.areas))]
        known = [*given, *still]
        area = list(sp.symbols(f"area:{len(workload.areas)}", real=True))
        derived = {}
        for symbol in still:
            derived[symbol] = rules[symbol].subs(derived)
        self.derive = sp.lambdify([given], [*derived.values(), *(expand(e, list(rules)) for e in network.initial)],
                                  "math", cse=True)  # fmt: skip
        self.ends = sp.lambdify([states, known], [expand(outputs[name], moving) for name in workload.ends], "math",
                                cse=True)  # fmt: skip
        self.still, size = len(still), len(states) + len(area)
        entries = [(i, j, sp.diff(e, s)) for i, e in enumerate(right) for j, s in enumerate(states)
                   if s in e.free_symbols]  # fmt: skip
        f = written([*states, *area], known, right)
        g = written([*states, *area], known, [d for _, _, d in entries])
        where = np.array([(i, j) for i, j, _ in entries])
        values = np.empty(len(entries))

        @numba.njit(error_model="numpy")
        def scatter(values, out):
            out[:, :] = 0.0
            for k in range(len(where)):
                out[where[k, 0], where[k, 1]] = values[k]

        def jacobian(y, q, out):
            g(y, q, values)
            scatter(values, out)

        self.size, self.rhs, self.jacobian = size, f, jacobian

    def integrate(self, solver, rows):
        """Return the outputs of some rows, (rows, outputs) in declared units; a failed row is NaN."""
        work, network = self.workload, self.network
        columns, m = work.points(), len(work.areas)
        to = [units.factor(p.unit) for p in network.used_parameters]
        inputs = np.asarray(work.schedule.values) * [units.factor(u.unit) for u in network.inputs]
        breaks = [*work.schedule.times, work.horizon]
        floors = [s.floor * units.factor(s.unit) for s in network.species]
        floors += [self.observables[name].floor * units.factor(self.observables[name].unit) for name in work.areas]
        scale = np.array([1.0 / units.factor(self.observables[name].unit) for name in work.names])
        advance = (lsoda if solver == "lsoda" else cvode)(self, np.array(floors) * RTOL)
        found = np.full((len(rows), len(scale)), np.nan)
        for k, row in enumerate(rows):
            p = [columns[q.name][row] if q.name in columns else q.nominal for q in network.used_parameters]
            for i, u in enumerate(inputs):
                given = [float(v) for v in (*np.multiply(p, to), *u)]
                derived = self.derive(given)
                known = np.array([*given, *derived[: self.still]])
                if i == 0:
                    y = np.array([*derived[self.still :], *np.zeros(m)], dtype=float)
                y = advance(y, breaks[i], breaks[i + 1], known)
                if y is None:
                    break
            else:
                found[k] = (*y[-m:], *self.ends(y[:-m], known))
        return found * scale


def written(states, known, expressions):
    """Compile ``f(y, q, out)``: one assignment an expression, common parts named once."""
    import numba

    y, q = sp.IndexedBase("y"), sp.IndexedBase("q")
    table = {s: y[i] for i, s in enumerate(states)} | {s: q[i] for i, s in enumerate(known)}
    parts, reduced = sp.cse([sp.sympify(e) for e in expressions], symbols=sp.numbered_symbols("part_"))
    lines = [f"{name} = {sp.pycode(e.xreplace(table))}" for name, e in parts]
    lines += [f"out[{i}] = {sp.pycode(e.xreplace(table))}" for i, e in enumerate(reduced)]
    scope = {"math": __import__("math")}
    exec("def f(y, q, out):\n    " + "\n    ".join(lines), scope)
    return numba.njit(scope["f"], error_model="numpy")


def lsoda(model, atol):
    """SciPy's old interface to LSODA."""
    from scipy.integrate import odeint

    out, matrix = np.empty(model.size), np.empty((model.size, model.size))

    def f(t, y, q):
        model.rhs(y, q, out)
        return out

    def jac(t, y, q):
        model.jacobian(y, q, matrix)
        return matrix

    def advance(y, start, stop, q):
        path, report = odeint(f, y, (start, stop), (q,), jac, rtol=RTOL, atol=atol, mxstep=STEPS, tfirst=True,
                              full_output=True)  # fmt: skip
        return path[-1] if report["message"] == "Integration successful." else None

    return advance


def cvode(model, atol):
    """CVODE's backward differentiation formulas."""
    from sksundae.cvode import CVODE

    box = {}

    def f(t, y, out):
        model.rhs(y, box["q"], out)

    def jac(t, y, yp, matrix):
        model.jacobian(y, box["q"], matrix)

    solver = CVODE(f, method="BDF", rtol=RTOL, atol=atol, jacfn=jac, max_num_steps=STEPS)

    def advance(y, start, stop, q):
        box["q"] = q
        run = solver.solve(np.array([start, stop]), y)
        return run.y[-1].copy() if run.success else None

    return advance
