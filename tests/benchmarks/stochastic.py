"""Events and trajectories a second of the stochastic kernels and of their rivals, checked against exact moments.

One network (stochastic.md 4.1: 10 reactions, 6 species, 72 hours, 5.4e3 events a trajectory at 100 receptors), handed
to every simulator from our declaration; only the end is recorded. Time is processor time on one core, that of child
processes too; compiling and loading are not timed. Every simulator is measured `repeats` times in turns; the median is
told. All exact simulators fire the same events on average, so events a second follow from trajectories a second. The
benchmark stops when a mean or a variance of receptors, bound or internal complexes is further than 5 standard errors
from the exact one (the Langevin equation: than 2 per cent, and 15 in the standard deviation of the few free receptors).
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is loaded

import argparse  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

sys.path[0] = str(Path(__file__).parents[2])  # not this folder, whose coverage.py numba would take for the package

from models.engine.requests import Output  # noqa: E402
from models.engine.stochastic.simulate import simulate  # noqa: E402
from tests.models.chance import PLAIN, addresses, reference  # noqa: E402
from tests.models.moments import Reactions, exact  # noqa: E402

HORIZON = 72.0
WATCHED = ("receptor", "bound", "internal")
"""The species whose moments close."""


class Ours:
    """Our kernels, one a tier."""

    needs = ()

    def __init__(self, reactions, scale, tier):
        self.scale, self.tier, self.start = scale, tier, 0
        self.request = [Output(name, name, times=(HORIZON,)) for name in WATCHED]
        self.events = 0.0

    def run(self, n):
        streams = addresses(n, first=self.start)
        self.start += n
        got = simulate(reference(), PLAIN, {"scale": np.full(n, self.scale)}, streams, self.request, tier=self.tier)
        self.events = float(np.mean(got.steps))
        return np.column_stack([got.values[name][:, 0] for name in WATCHED])


class Bngsim:
    """bngsim's direct method, replicates in one call."""

    needs = ("bngsim",)

    def __init__(self, reactions):
        import bngsim

        self.model = bngsim.Model.from_antimony_string(reactions.antimony())
        self.simulator = bngsim.Simulator(self.model, method="ssa")
        names = list(self.model.species_names)
        self.columns = [names.index(name) for name in WATCHED]
        self.seed = 1

    def run(self, n):
        got = self.simulator.run_batch((0.0, HORIZON), 2, params=[{}] * n, seed=self.seed, squeeze=True)
        self.seed += n
        return np.asarray(got.species)[:, -1, self.columns]


class Bioscrape:
    """bioscrape's SSA on a model of mass-action propensities."""

    needs = ("bioscrape",)

    def __init__(self, reactions):
        from bioscrape.simulator import ModelCSimInterface, SSASimulator
        from bioscrape.types import Model

        listed = [
            (*reactions.sides(reactants, changes), "massaction", {"k": constant})
            for constant, reactants, changes in reactions.channels
        ]
        start = dict(zip(reactions.names, reactions.start, strict=True))
        self.model = Model(species=reactions.names, reactions=listed, initial_condition_dict=start)
        self.interface = ModelCSimInterface(self.model)
        self.interface.py_prep_deterministic_simulation()
        self.simulator, self.times = SSASimulator(), np.array([0.0, HORIZON])
        self.columns = [self.model.get_species_index(name) for name in WATCHED]

    def run(self, n):
        found = np.empty((n, len(WATCHED)))
        for i in range(n):
            got = self.simulator.py_simulate(self.interface, self.times).py_get_result()
            found[i] = got[-1, self.columns]
        return found


class Gillespy2:
    """GillesPy2's compiled SSA, all trajectories in one call."""

    needs = ("gillespy2",)

    def __init__(self, reactions):
        import gillespy2

        # It builds with the interpreter that a virtual environment points to, which must find scons.
        os.environ["PYTHONPATH"] = str(Path(gillespy2.__file__).parents[1])
        model = gillespy2.Model(name="reference")
        model.add_species([
            gillespy2.Species(name=name, initial_value=int(value), mode="discrete")
            for name, value in zip(reactions.names, reactions.start, strict=True)
        ])  # fmt: skip
        for j, (constant, reactants, changes) in enumerate(reactions.channels):
            model.add_parameter(gillespy2.Parameter(name=f"k{j}", expression=constant))
            into, out = ({name: side.count(name) for name in side} for side in reactions.sides(reactants, changes))
            propensity = "*".join([f"k{j}", *reactants])
            model.add_reaction(
                gillespy2.Reaction(name=f"j{j}", reactants=into, products=out, propensity_function=propensity)
            )
        model.timespan(np.array([0.0, HORIZON]))
        self.solver, self.seed = gillespy2.SSACSolver(model=model), 1

    def run(self, n):
        self.seed += 1
        got = self.solver.run(number_of_trajectories=n, seed=self.seed)
        return np.array([[one[name][-1] for name in WATCHED] for one in got])


class Roadrunner:
    """libRoadRunner's Gillespie integrator, one call a trajectory."""

    needs = ("roadrunner", "antimony")

    def __init__(self, reactions):
        import antimony
        import roadrunner

        if antimony.loadAntimonyString(reactions.antimony()) < 0:
            raise RuntimeError(antimony.getLastError())
        self.model = roadrunner.RoadRunner(antimony.getSBMLString("reference"))
        self.model.setIntegrator("gillespie")
        self.model.getIntegrator().setValue("seed", 1)
        self.model.getIntegrator().setValue("variable_step_size", False)
        self.model.timeCourseSelections = list(WATCHED)

    def run(self, n):
        found = np.empty((n, len(WATCHED)))
        for i in range(n):
            self.model.reset()
            found[i] = self.model.simulate(0.0, HORIZON, 2)[-1]
        return found


RIVALS = {
    "bngsim": (Bngsim, 5),
    "bioscrape": (Bioscrape, 6),
    "gillespy2": (Gillespy2, 15),
    "libroadrunner": (Roadrunner, 30),
}
"""With how many fewer trajectories each is content than our exact kernel."""


def processor():
    """Seconds of this process and its children."""
    return sum(
        getattr(resource.getrusage(who), field)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for field in ("ru_utime", "ru_stime")
    )


def check(name, sample, moments):
    """Compare means and variances with the exact ones; return the largest distance in standard errors."""
    mean, variance = moments
    n = len(sample)
    z = np.abs(np.mean(sample, axis=0) - mean) / np.sqrt(variance / n)
    y = np.abs(np.mean((sample - mean) ** 2, axis=0) / variance - 1.0) * np.sqrt(n / 2.0)
    if name == "ours_langevin":
        off = np.abs(np.mean(sample, axis=0) / mean - 1.0), np.abs(np.std(sample, axis=0) / np.sqrt(variance) - 1.0)
        good = np.all(off[0] < 0.02) and np.all(off[1] < np.array([0.15, 0.02, 0.02]) + 3.0 / np.sqrt(2.0 * n))
    else:
        good = np.max(z) < 5.0 and np.max(y) < 5.0
    if not good:
        raise RuntimeError(f"{name}: means {np.mean(sample, axis=0)}, exact {mean}; z {z}, y {y}")
    return float(max(np.max(z), np.max(y)))


def measure(scale, n, repeats):
    """Time every simulator that is installed."""
    reactions = Reactions(scale)
    moments = exact(reactions, WATCHED, HORIZON)
    solvers = {"ours_ssa": (Ours(reactions, scale, "ssa"), n), "ours_langevin": (Ours(reactions, scale, "langevin"), n)}
    solvers["ours_tau"] = Ours(reactions, scale, "tau"), max(n // 4, 1)
    for name, (rival, fewer) in RIVALS.items():
        if all(map(importlib.util.find_spec, rival.needs)):
            solvers[name] = rival(reactions), max(n // fewer, 20)
    for solver, _ in solvers.values():
        solver.run(5)  # compiles
    times, samples = ({name: [] for name in solvers} for _ in range(2))
    for _ in range(repeats):
        for name, (solver, count) in solvers.items():
            start = processor()
            samples[name].append(solver.run(count))
            times[name].append(processor() - start)
    events = solvers["ours_ssa"][0].events
    found = {}
    for name, (_, count) in solvers.items():
        speed = count / statistics.median(times[name])
        stepped = name in ("ours_tau", "ours_langevin")
        if name == "ours_tau":
            worst = None  # its bias in the stiff part is known (tests/models/test_stochastic_steps.py)
        else:
            worst = check(name, np.concatenate(samples[name]), moments)
        found[name] = {
            "trajectories_per_s": speed, "events_per_s": None if stepped else speed * events, "worst_z": worst,
        }  # fmt: skip
    exactly = found["ours_ssa"]["trajectories_per_s"]
    ratios = {f"ssa_over_{name}": exactly / found[name]["trajectories_per_s"] for name in RIVALS if name in found}
    ratios["langevin_over_ssa"] = found["ours_langevin"]["trajectories_per_s"] / exactly
    return {"receptors": 100.0 * scale, "events_per_trajectory": events, "solvers": found, "ratios": ratios}


def main():
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--trajectories", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scales", type=float, nargs="+", default=[1.0], help="hundreds of receptors")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    result = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # rivals print to file 1, past Python
    found = {"networks": [measure(scale, options.trajectories, options.repeats) for scale in options.scales]}
    if options.json:
        print(json.dumps(found), file=result, flush=True)
        return
    for network in found["networks"]:
        print(f"{network['receptors']:.0f} receptors, {network['events_per_trajectory']:.0f} events a run", file=result)
        for name, peer in network["solvers"].items():
            events = "" if peer["events_per_s"] is None else f"{peer['events_per_s']:12.3g} events/s"
            print(f"  {name:15s} {peer['trajectories_per_s']:10.1f} trajectories/s {events}", file=result)
        print("  " + ", ".join(f"{k} {v:.2f}" for k, v in network["ratios"].items()), file=result)
    result.flush()


if __name__ == "__main__":
    main()
