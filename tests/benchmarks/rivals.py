"""Other people's solvers on a workload: each takes a tolerance and returns areas and end values, one row a run."""

from dataclasses import replace

import numba
import numpy as np
import sympy as sp
from scipy.integrate import odeint, solve_ivp

from models.engine import units
from models.engine.antimony import identifier, to_antimony
from models.engine.cache import load, write
from models.engine.codegen import generate
from models.engine.declaration import NOMINAL, Reaction, Species
from models.engine.expand import expanded

STEPS = 1_000_000
NONE = np.zeros((0, 0))  # parameters of classes


class Task:
    """A workload whose areas are states, as right-hand side, Jacobian and numbers in coherent units."""

    def __init__(self, workload, columns, rows):
        network = workload.network
        if workload.classes is not None:
            network = expanded(network, workload.classes)
        observables = {o.name: o for o in network.observables}
        areas = [observables[name] for name in workload.areas]
        added = [Species(f"area_{o.name}", f"({o.unit})*hour", o.meaning, "0", o.floor) for o in areas]
        rates = [Reaction(f"area_{o.name}", o.expression, {f"area_{o.name}": "1"}, o.meaning) for o in areas]
        self.network = network = replace(
            network, species=(*network.species, *added), reactions=(*network.reactions, *rates)
        )
        self.workload, self.rows = workload, rows
        self.parameters = np.column_stack(
            [
                np.broadcast_to(columns.get(p.name, p.nominal), rows) * units.factor(p.unit)
                for p in network.used_parameters
            ]
        )
        self.floors = np.array([s.floor * units.factor(s.unit) for s in network.species])
        self.breaks = np.array([*workload.schedule.times, workload.horizon])
        self.inputs = np.asarray(workload.schedule.values) * [units.factor(u.unit) for u in network.inputs]
        self.ends = np.array([list(observables).index(name) for name in workload.ends])
        self.scale = 1.0 / np.array([units.factor(observables[n].unit) for n in (*workload.areas, *workload.ends)])
        self.code = load(write(generate(network, lanes=False), f"{network.name}_with_areas"))


class _Compiled:
    """What SciPy and numbalsoda share: the compiled functions and the memory they work on."""

    def __init__(self, task):
        self.task, code = task, task.code
        n = code.N
        first, second, result = code.Y * n, code.Z * n, code.R * n
        rhs, jacobian = code.rhs, numba.njit(code.jacobian, error_model="numpy")

        @numba.njit(error_model="numpy")
        def f(t, y, w):
            for i in range(n):
                w[second + i] = y[i]
                w[result + i] = 0.0
            rhs(w, 0)
            return w[result : result + n].copy()

        @numba.njit(error_model="numpy")
        def jac(t, y, w):
            out = np.zeros((n, n))
            for i in range(n):
                w[first + i] = y[i]
            jacobian(w, out, 0)
            return out

        self.f, self.jac, self.w = f, jac, np.zeros(code.size(0))

    def segment(self, y, start, stop, rtol):
        """State at `stop`."""
        raise NotImplementedError

    def solve(self, rtol):
        """Integrate every row."""
        task, code, w = self.task, self.task.code, self.w
        n_areas = len(task.workload.areas)
        found = np.empty((task.rows, n_areas + len(task.ends)))
        for row in range(task.rows):
            for k, inputs in enumerate(task.inputs):
                code.constants(task.parameters[row], NONE, inputs, w, 0, 0)
                if k == 0:
                    code.initial(task.parameters[row], NONE, inputs, w, 0, 0)
                    y = w[code.Y * code.N : (code.Y + 1) * code.N].copy()
                y = self.segment(y, task.breaks[k], task.breaks[k + 1], rtol)
            w[code.Z * code.N : (code.Z + 1) * code.N] = y
            found[row] = (*y[code.N - n_areas :], *(code.observe(k, w, 0) for k in task.ends))
        return found * task.scale


class Scipy(_Compiled):
    """``solve_ivp`` with LSODA."""

    name, needs = "scipy_lsoda", ("scipy",)

    def segment(self, y, start, stop, rtol):
        run = solve_ivp(self.f, (start, stop), y, "LSODA", [stop], jac=self.jac, args=(self.w,), rtol=rtol,
                        atol=rtol * self.task.floors)  # fmt: skip
        if not run.success:
            raise RuntimeError(run.message)
        return run.y[:, -1]


class ScipyOdeint(_Compiled):
    """``odeint``: the same LSODA with its loop in compiled code."""

    name, needs = "scipy_odeint", ("scipy",)

    def segment(self, y, start, stop, rtol):
        return odeint(self.f, y, (start, stop), (self.w,), self.jac, rtol=rtol, atol=rtol * self.task.floors,
                      mxstep=STEPS, tfirst=True)[-1]  # fmt: skip


class RoadRunner:
    """libRoadRunner's CVODE on the Antimony text."""

    name, needs = "libroadrunner", ("antimony", "roadrunner")

    def __init__(self, task):
        import antimony
        import roadrunner

        self.task, network = task, task.network
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString(to_antimony(network, {}, task.workload.schedule)) < 0:
            raise RuntimeError(antimony.getLastError())
        self.runner = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
        self.selections = [f"area_{name}" for name in task.workload.areas] + [
            f"observable_{name}" for name in task.workload.ends
        ]
        names, self.values = _numbers(task)
        ids = list(self.runner.model.getGlobalParameterIds())
        self.indices = [ids.index(identifier(name)) for name in names]
        self.runner.integrator.maximum_num_steps = STEPS

    def solve(self, rtol):
        """Integrate every row."""
        task, runner = self.task, self.runner
        runner.integrator.relative_tolerance = rtol
        for species, floor in zip(task.network.species, task.floors, strict=True):
            runner.integrator.setIndividualTolerance(identifier(species.name), rtol * floor)
        found = []
        for row in self.values:
            runner.reset()
            runner.model.setGlobalParameterValues(self.indices, row)
            found.append(np.array(runner.simulate(0.0, task.workload.horizon, 2, self.selections))[-1])
        return np.array(found) * task.scale


def _numbers(task):
    """Names and values, row by row, of what a row changes: `reset` alone would keep the derived numbers."""
    network = task.network
    known = {p.name: column for p, column in zip(network.used_parameters, task.parameters.T, strict=True)}
    known |= {u.name: np.full(task.rows, v) for u, v in zip(network.inputs, task.inputs[0], strict=True)}
    nominal = {f"{NOMINAL}{p.name}": p.nominal * units.factor(p.unit) for p in network.parameters}

    def value(expression):
        free = sorted(expression.free_symbols, key=str)
        numbers = [known.get(str(symbol), nominal.get(str(symbol))) for symbol in free]
        return np.broadcast_to(sp.lambdify(free, expression, "numpy")(*numbers), task.rows)

    moving = {network.symbols[item.name] for item in (*network.species, *network.inputs)}
    for name, expression in network.assignments.items():
        if expression.free_symbols & moving:
            moving.add(sp.Symbol(name, real=True))
        else:
            known[name] = value(expression)
    known |= {s.name: value(e) for s, e in zip(network.species, network.initial, strict=True)}
    return list(known), np.ascontiguousarray(np.column_stack(list(known.values())))


class NumbaLSODA(_Compiled):
    """numbalsoda: LSODA called from compiled code."""

    name, needs = "numbalsoda", ("numbalsoda",)

    def __init__(self, task):
        super().__init__(task)
        import numbalsoda

        code, floors = task.code, task.floors
        n, size = code.N, code.size(0)
        first, second, result = code.Y * n, code.Z * n, code.R * n
        rhs, constants, initial, observe = code.rhs, code.constants, code.initial, code.observe
        breaks, inputs, ends, n_areas = task.breaks, task.inputs, task.ends, len(task.workload.areas)
        lsoda = numbalsoda.lsoda

        @numba.cfunc(numbalsoda.lsoda_sig)
        def f(t, u, du, data):
            w = numba.carray(data, (size,))
            for i in range(n):
                w[second + i] = u[i] * floors[i]
                w[result + i] = 0.0
            rhs(w, 0)
            for i in range(n):
                du[i] = w[result + i] / floors[i]

        address = f.address

        @numba.njit(error_model="numpy")
        def run(parameters, rtol, found):
            w, times, none = np.zeros(size), np.empty(2), np.zeros((0, 0))
            for row in range(len(parameters)):
                for k in range(len(inputs)):
                    constants(parameters[row], none, inputs[k], w, 0, 0)
                    if k == 0:
                        initial(parameters[row], none, inputs[k], w, 0, 0)
                        y = w[first : first + n] / floors
                    times[:] = breaks[k : k + 2]
                    path, good = lsoda(address, y, times, w, rtol, rtol, STEPS)
                    if not good:
                        return False
                    y = path[1].copy()
                w[second : second + n] = y * floors
                found[row, :n_areas] = y[n - n_areas :] * floors[n - n_areas :]
                for j in range(len(ends)):
                    found[row, n_areas + j] = observe(ends[j], w, 0)
            return True

        self.run = run

    def solve(self, rtol):
        """Integrate every row."""
        found = np.empty((self.task.rows, len(self.task.scale)))
        if not self.run(self.task.parameters, rtol, found):
            raise RuntimeError("numbalsoda gave up")
        return found * self.task.scale


ALL = (RoadRunner, NumbaLSODA, Scipy, ScipyOdeint)
