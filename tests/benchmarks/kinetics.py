"""Rows a second of the kinetics kernel and of its rivals, at matched accuracy, in one run on one core.

What is counted: the time to turn rows of parameters into outputs (areas and end values), repeats interleaved, median.
Loading, compiling and the reference are not. Every solver restarts where an input changes and has an absolute tolerance
of `rtol` times the floor of each state. Each rival is used at its best. libRoadRunner keeps one loaded model, gets all
numbers of a row in one call (derived ones too, their making is not timed) and returns the last point only. SciPy gets
compiled right-hand side and Jacobian, through the old interface (``odeint``) too, which spends less time in Python.
numbalsoda loops over rows in compiled code, on states divided by their floors because it knows one absolute tolerance
only. Rivals carry each area as one more state.

The error of a solver is the largest over rows and outputs, relative to the larger of the value and its floor. The
reference is SciPy's LSODA at 1e-10 a step; the benchmark stops unless our kernel at 1e-10 agrees with it to 1e-6, a
hundredth of the error at which speeds are compared. That speed comes from a ladder of tolerances by log-log
interpolation; where the ladder does not bracket the error, the nearest rung is quoted as it is.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is loaded

import argparse  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

sys.path[0] = str(Path(__file__).parents[2])  # not this folder, whose coverage.py numba would take for the package

from models.engine.network import Network  # noqa: E402
from models.engine.requests import Output  # noqa: E402
from models.engine.solver import Schedule, solve  # noqa: E402
from models.published import singh2017  # noqa: E402
from models.published.infusions import infusions  # noqa: E402
from models.tdm1 import networks  # noqa: E402
from models.tdm1.regimen import Regimen  # noqa: E402
from tests.benchmarks import rivals  # noqa: E402
from tests.models import points, populations  # noqa: E402

TARGET = 1e-4  # error at which speeds are compared
AGREEMENT = 1e-6
LADDER = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
COPIES = 64  # our kernel gets the rows this many times: it is too fast to be timed on as few as a rival can take


@dataclass(frozen=True)
class Workload:
    """Areas and end values of a network's observables over a schedule."""

    name: str
    network: Network
    schedule: Schedule
    horizon: float
    areas: tuple[str, ...]
    ends: tuple[str, ...]
    sample: Callable[[int], dict[str, np.ndarray]]
    classes: dict[str, np.ndarray] | None = None
    copies: int = COPIES

    def floors(self):
        floor = {o.name: o.floor for o in self.network.observables}
        return np.array([floor[name] for name in (*self.areas, *self.ends)])

    def ours(self, columns, rows, rtol):
        window = (0.0, self.horizon)
        request = [Output(f"auc_{name}", name, "auc", window) for name in self.areas]
        request += [Output(f"end_{name}", name, "last", window) for name in self.ends]
        found = solve(self.network, columns, self.schedule, request, rows=rows, rtol=rtol, max_steps=1_000_000,
                      classes=self.classes)  # fmt: skip
        if not np.all(found.status == 1):
            raise RuntimeError(f"{self.name}: rows failed at rtol {rtol:g}")
        return np.column_stack([found.values[output.name] for output in request])


def doses(rate, duration, cycles):
    """Infusions three weeks apart."""
    starts = np.arange(cycles) * 504.0
    times = np.column_stack([starts, starts + duration]).ravel()
    return Schedule(tuple(times), ((rate,), (0.0,)) * cycles)


def around(n, names, module):
    """Parameters at half to twice their nominal values."""
    network = module.network("patient", "linear") if module is singh2017 else module.patient()
    nominal = {p.name: p.nominal for p in network.parameters}
    rng = np.random.default_rng(20261126)
    return {name: nominal[name] * 2.0 ** rng.uniform(-1.0, 1.0, n) for name in names}


WORKLOADS = (
    Workload(
        name="cell in vivo, 6 cycles",
        network=networks.patient(),
        schedule=Regimen(dose=3.6, interval=504.0, infusion=0.5, cycles=6).schedule(),
        horizon=6 * 504.0,
        areas=("dm1_cytosolic", "tubulin_occupancy"),
        ends=("dm1_cytosolic", "plasma_tdm1", "lysosomal_catabolite"),
        sample=lambda n: points.sample(n, seed=20261125),
    ),
    Workload(
        name="patient with 16 classes, 6 cycles",
        network=populations.patient(),
        schedule=doses(3500.0, 0.5, 6),
        horizon=6 * 504.0,
        areas=("dm1", "interstitial"),
        ends=("cells", "plasma"),
        sample=lambda n: around(n, ("clearance", "k_x", "k_e", "k_lys", "k_out", "k_kill", "tubulin_kd"), populations),
        classes=populations.spread_of_receptors(16),
        copies=4,
    ),
    Workload(
        name="Singh & Shah 2017, 4 cycles",
        network=singh2017.network("patient", "linear"),
        schedule=infusions("21 day", "30 minute", 4),
        horizon=4 * 504.0,
        areas=("tumour", "dm1_intracellular"),
        ends=("tumour", "concentration_adc"),
        sample=lambda n: around(
            n, ("clearance", "permeability", "her2", "k_int", "k_deg", "kill_slope", "doubling_time"), singh2017
        ),
    ),
)


def at_target(errors, speeds):
    """Return speed and error at `TARGET`, between the two rungs around it, or the rung nearest to it."""
    order = np.argsort(errors)
    e, s = np.log(np.asarray(errors)[order]), np.log(np.asarray(speeds)[order])
    goal = float(np.clip(np.log(TARGET), e[0], e[-1]))
    return float(np.exp(np.interp(goal, e, s))), float(np.exp(goal))


def measure(workload, rows, repeats):
    """Run every solver up and down its ladder."""
    columns = workload.sample(rows)
    tiled = {name: np.tile(values, workload.copies) for name, values in columns.items()}
    task = rivals.Task(workload, columns, rows)
    reference = rivals.Scipy(task).solve(1e-10)
    floors = workload.floors()

    def error(values):
        return float(np.max(np.abs(values - reference) / np.maximum(np.abs(reference), floors)))

    gap = error(workload.ours(columns, rows, 1e-10))
    if not gap <= AGREEMENT:
        raise RuntimeError(f"{workload.name}: the reference and our kernel differ by {gap:.1e}")
    solvers = {"ours": lambda rtol: workload.ours(tiled, rows * workload.copies, rtol)[:rows]}
    solvers |= {
        rival.name: rival(task).solve for rival in rivals.ALL if all(map(importlib.util.find_spec, rival.needs))
    }
    errors = {}
    for name, run in solvers.items():
        for rtol in LADDER:
            try:
                errors[name, rtol] = error(run(rtol))  # compiles as well
            except RuntimeError as failure:
                print(f"{workload.name}: {name} fails at rtol {rtol:g}: {failure}", file=sys.stderr)
    times = {rung: [] for rung in errors}
    for _ in range(repeats):
        for (name, rtol), taken in times.items():
            start = time.perf_counter()
            solvers[name](rtol)
            taken.append(time.perf_counter() - start)
    found, curves = {}, {}
    for name in solvers:
        count = rows * (workload.copies if name == "ours" else 1)
        rungs = [(name, rtol) for rtol in LADDER if (name, rtol) in errors]
        speeds = [count / statistics.median(times[rung]) for rung in rungs]
        curves[name] = [errors[rung] for rung in rungs], speeds
        reached = at_target(*curves[name])
        found[name] = dict(zip(("rows_per_s", "max_rel_error"), reached, strict=True))
    ours = found.pop("ours")
    peers = {name: {**peer, "ratio": ours["rows_per_s"] / peer["rows_per_s"]} for name, peer in found.items()}
    return {"name": workload.name, **ours, "peers": peers}, curves


def draw(found, path):
    """Draw work against precision: one panel a workload, one line a solver."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(found), figsize=(4.2 * len(found), 3.8), sharey=True, layout="constrained")
    for panel, (result, curves) in zip(np.atleast_1d(panels), found, strict=True):
        for (name, (errors, speeds)), marker in zip(curves.items(), "os^vD", strict=False):
            order = np.argsort(errors)
            panel.loglog(np.array(errors)[order], np.array(speeds)[order], marker, ls="-", ms=4, label=name)
        panel.axvline(TARGET, color="0.7", lw=0.8, zorder=0)
        panel.set(title=result["name"], xlabel="largest relative error of an output")
        panel.invert_xaxis()
        panel.grid(True, which="major", color="0.9")
    np.atleast_1d(panels)[0].set_ylabel("rows per second, one core")
    np.atleast_1d(panels)[0].legend(frameon=False, fontsize=8)
    figure.savefig(path)


def main():
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="workloads whose name starts so")
    parser.add_argument("--diagram", help="file for a picture of work against precision")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    result = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libRoadRunner's warnings go to file 1, past Python
    chosen = [workload for workload in WORKLOADS if workload.name.startswith(options.only)]
    measured = [measure(workload, options.rows, options.repeats) for workload in chosen]
    found = {"workloads": [result for result, _ in measured]}
    if options.diagram:
        draw(measured, options.diagram)
    if options.json:
        print(json.dumps(found), file=result, flush=True)
        return
    sys.stdout = result
    for workload in found["workloads"]:
        print(f"{workload['name']}: {workload['rows_per_s']:.0f} rows/s at error {workload['max_rel_error']:.1e}")
        for name, peer in workload["peers"].items():
            print(f"  {name:15s} {peer['rows_per_s']:8.1f} rows/s at {peer['max_rel_error']:.1e}: {peer['ratio']:.0f}x")
    result.flush()


if __name__ == "__main__":
    main()
