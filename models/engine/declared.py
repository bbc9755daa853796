"""A model made of declared networks: parameters and requests in, a labelled dataset out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.engine import derived, requests, solver
from models.engine.declaration import Observable, Parameter
from models.engine.derived import Derived
from models.engine.dimensions import check_units
from models.engine.network import Network
from models.engine.options import choice, close, number, whole
from models.engine.requests import OutputLike
from models.engine.solver import FloatArray, Schedule
from models.engine.stochastic.counts import Counts
from models.engine.stochastic.tiers import TIERS, Tier

if TYPE_CHECKING:
    import xarray as xr

RECORD = ("run", "status", "steps", "attempts", "failed_at", "exact")
"""What a result holds besides the outputs."""


class Setting(NamedTuple):
    """One experiment: a network, the schedule of its inputs, the parameters of its classes, and how it is counted."""

    network: Network
    schedule: Schedule
    classes: Mapping[str, FloatArray] | None = None
    counts: Counts | None = None


class DeclaredModel:
    """One or more settings, each a network with the schedule of its inputs and the parameters of its classes.

    An observable is called ``<setting>.<name>``, or plainly ``<name>`` in a setting whose name is empty. Only settings
    that are asked for are integrated, up to the latest time asked for.

    Parameters
    ----------
    settings : mapping of str to Setting
        Or to a plain tuple of the same. Networks may share parameters, which must then be declared equal. Parameters
        of classes are arrays (K,), the same for every row: what differs between rows belongs in a class rule over the
        network's own parameters.
    rtol : float
        Error allowed a step, relative to the larger of a state and its floor.
    max_steps : int
        Steps after which a row is given up with status 2.
    derived : sequence of Derived
        Observables that are read off time courses, under their full names.
    tier : str
        ``ode``: no noise; ``langevin``, ``tau``, ``ssa``: one cell of counted molecules a stream, by the Langevin
        equation, by leaps, or exactly; ``auto``: ``ssa`` for rows with few scarce molecules, else ``ode``.
    step : float
        Longest step of ``langevin`` and ``tau``, in hours.

    Raises
    ------
    ValueError
        Naming the option that cannot be used.
    """

    time_unit = "hour"
    compiles = True
    """The first run writes or loads a kernel, for seconds."""

    def __init__(
        self,
        settings: Mapping[str, tuple[Any, ...]],
        *,
        rtol: float,
        max_steps: int,
        derived: Sequence[Derived] = (),
        tier: str = "ode",
        step: float = 0.05,
    ) -> None:
        self.settings = {name: Setting(*setting) for name, setting in settings.items()}
        declared: dict[str, Parameter] = {}
        for setting in self.settings.values():
            check_units(setting.network)
            setting.schedule.check(setting.network)
            for p in setting.network.parameters:
                if declared.setdefault(p.name, p) != p:
                    name = setting.network.name
                    raise ValueError(f"parameter '{p.name}' is declared in two ways; '{name}' has one of them")
        self.derived = {d.observable.name: d for d in derived}
        self.rtol = number("rtol", rtol, 1e-13, 1e-2)
        self.max_steps = whole("max_steps", max_steps, 10**9)
        self.tier = Tier(choice("tier", tier, TIERS), step)

    @property
    def stochastic(self) -> bool:
        """Whether a run draws random numbers."""
        return self.tier.name != "ode"

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The declared table, by name."""
        return {p.name: p for network, *_ in self.settings.values() for p in network.parameters}

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Everything that can be asked for, by name."""
        named = (
            replace(o, name=f"{setting}.{o.name}" if setting else o.name)
            for setting, (network, *_) in self.settings.items()
            for o in network.observables
        )
        everything = {o.name: o for o in (*named, *(d.observable for d in self.derived.values()))}
        return {name: o for name, o in everything.items() if self.refusal(name) is None}

    def refusal(self, name: str) -> str | None:
        """Return why observable `name` cannot be had under the model's options, or None."""
        setting = self.settings.get(name.rpartition(".")[0])
        if not self.stochastic or setting is None or setting.counts is not None:
            return None
        return (
            f"tier '{self.tier.name}' counts the molecules of one cell, and '{setting.network.name}' is no single "
            f"cell; it needs 'tier: ode'"
        )

    def check_output(self, output: OutputLike) -> None:
        """Refuse an output that makes no sense, without running anything.

        Raises
        ------
        ValueError
            Naming it.
        """
        requests.check_request(output)
        if output.of not in self.observables:
            unknown = f"unknown observable '{output.of}'{close(output.of, self.observables)}"
            raise ValueError(f"output '{output.name}': {self.refusal(output.of) or unknown}")
        if output.of in self.derived:
            derived.grid(output, self.derived[output.of].step)

    def table(self) -> list[dict[str, Any]]:
        """Return the parameter table as plain rows, ready to print."""
        fields = ("name", "symbol", "nominal", "unit", "meaning", "mechanism", "distribution", "domain", "source")
        rows = [{field: getattr(p, field) for field in fields} for p in self.parameters.values()]
        for row in rows:
            row["distribution"] = dict(row["distribution"]) if row["distribution"] else None
        return rows

    def simulate(
        self,
        parameters: Mapping[str, FloatArray],
        streams: NDArray[np.uint64],
        request: Sequence[OutputLike],
    ) -> "xr.Dataset":
        """Run one row a stream.

        Parameters
        ----------
        parameters : mapping of name to (n,) array
            In the declared units; a parameter left out is at its nominal value.
        streams : (n, 2) uint64
            Address of each run's randomness; tier ``ode`` draws none and reads only how many rows there are.
        request : sequence of OutputLike
            Times and windows in hours; thresholds in the observable's unit.

        Returns
        -------
        xarray.Dataset
            Dimension ``run``; by request ``(run,)`` or ``(run, time_<name>)``, NaN where ``status`` is not 1; an
            ``auc`` is in the observable's unit times hour. A derived observable is NaN where what it tells did not
            happen, with a status of 1. ``status`` (int8), ``steps`` (int32), ``attempts`` (int8)
            and ``failed_at`` (hours, NaN where nothing failed) are ``(run,)``; with the row's parameters, which the
            caller has, the last says where a failure can be seen again. A stochastic tier adds ``exact`` (run,): which
            rows were simulated event by event. The attribute ``tier`` says which rule chose.

        Raises
        ------
        ValueError
            For an unknown parameter or observable, a wrong length, or a request that makes no sense; never for a row.
        """
        import xarray as xr

        rows = len(streams)
        columns = self._columns(parameters, rows)
        taken = [*(o.name for o in request), *(f"time_{o.name}" for o in request if o.times is not None), *RECORD]
        for twice in sorted({name for name in taken if taken.count(name) > 1}):
            raise ValueError(f"outputs: the name '{twice}' would stand for two things in the result")
        wanted: dict[str, list[OutputLike]] = defaultdict(list)
        for output in request:
            self.check_output(output)
        courses = derived.courses(self.derived, request)
        for output in (*(o for o in request if o.of not in self.derived), *courses.values()):
            setting, _, name = output.of.rpartition(".")
            wanted[setting].append(
                requests.Output(output.name, name, output.reduce, output.window, output.times, output.threshold)
            )
        status = np.where(self._inside(columns, rows), 0, solver.OUT_OF_DOMAIN).astype(np.int64)
        steps, attempts = np.zeros((2, rows), dtype=np.int64)
        failed_at = np.full(rows, np.nan)
        values: dict[str, FloatArray] = {}
        exact = np.zeros(rows, dtype=np.bool_)
        for setting, outputs in wanted.items():
            asked = np.where(status == solver.OK, 0, status)
            found = self._run(self.settings[setting], columns, streams, outputs, asked, exact)
            values |= found.values
            status, steps = found.status, steps + found.steps
            attempts = np.maximum(attempts, found.attempts)
            failed_at = np.where(np.isnan(failed_at), found.failed_at, failed_at)
        failed = status != solver.OK
        data: dict[str, Any] = {}
        times: dict[str, Any] = {}
        for output in request:
            if output.of in self.derived:
                value = derived.compute(self.derived[output.of], output, courses, values)
            else:
                value = values[output.name]
            value[failed] = np.nan
            dims: tuple[str, ...] = ("run",)
            if output.times is not None:
                axis = f"time_{output.name}"
                dims = ("run", axis)
                times[axis] = (axis, np.asarray(output.times), {"units": self.time_unit})
            attributes = {"of": output.of, "observable_unit": self.observables[output.of].unit}
            data[output.name] = (dims, value, attributes)
        data["status"] = ("run", status.astype(np.int8))
        data["steps"] = ("run", steps.astype(np.int32))
        data["attempts"] = ("run", attempts.astype(np.int8))
        data["failed_at"] = ("run", failed_at, {"units": self.time_unit})
        if self.stochastic:
            data["exact"] = ("run", exact)
        return xr.Dataset(data, coords=times, attrs={"tier": self.tier.rule()})

    def _run(
        self,
        setting: Setting,
        columns: Mapping[str, FloatArray],
        streams: NDArray[np.uint64],
        outputs: Sequence[OutputLike],
        status: NDArray[np.int64],
        exact: NDArray[np.bool_],
    ) -> solver.Solution:
        """Run one setting at the model's tier, and mark in `exact` the rows that were simulated exactly."""

        def mean(status: NDArray[np.int64], outputs: Sequence[OutputLike]) -> solver.Solution:
            return solver.solve(
                setting.network, columns, setting.schedule, outputs, rows=len(streams), rtol=self.rtol,
                max_steps=self.max_steps, status=status, classes=setting.classes,
            )  # fmt: skip

        if setting.counts is None or not self.stochastic:
            return mean(status, outputs)
        return self.tier.run(
            setting.network, setting.counts, setting.schedule, columns, streams, outputs, status, exact, mean
        )

    def _columns(self, parameters: Mapping[str, FloatArray], rows: int) -> dict[str, FloatArray]:
        """Check names and lengths."""
        columns = {}
        for name, values in parameters.items():
            if name not in self.parameters:
                raise ValueError(f"unknown parameter '{name}'{close(name, self.parameters)}")
            columns[name] = np.asarray(values, dtype=np.float64)
            if columns[name].shape != (rows,):
                raise ValueError(f"parameter '{name}' has shape {columns[name].shape}, expected ({rows},)")
        return columns

    def _inside(self, columns: Mapping[str, FloatArray], rows: int) -> NDArray[np.bool_]:
        """Tell which rows lie in the domain of every parameter; a NaN lies nowhere."""
        inside = np.ones(rows, dtype=np.bool_)
        for name, values in columns.items():
            low, high = self.parameters[name].domain
            inside &= (values >= low) & (values <= high)
        return inside
