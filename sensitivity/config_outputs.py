"""The ``outputs`` of a study file: what is asked of the model, in the model's units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.config_factors import valid_name
from sensitivity.contracts import REDUCERS, Model, ObservableLike, OutputRequest
from sensitivity.errors import suggest
from sensitivity.function_model import FunctionModel
from sensitivity.problems import Problems
from sensitivity.quantities import MEAN, Quantity
from sensitivity.units import UnitError, product, quantity
from sensitivity.units import factor as unit_factor
from sensitivity.yaml12 import Path

if TYPE_CHECKING:
    from sensitivity.schema import OutputEntry

TIME_REDUCERS = ("time_of_max", "time_above")
"""Reductions whose value is a time."""

RESERVED = frozenset(
    {"status", "steps", "run", "sample", "replicate", "scenario", "patient", "time", "factor", "output"}
)
"""Names of dimensions and of what every run carries; with the ``time_<output>`` of time courses."""


@dataclass
class Outputs:
    """What the section says: the requests, and what is analysed of those that are not analysed by their mean."""

    requests: list[OutputRequest] = field(default_factory=list)
    quantities: dict[str, Quantity] = field(default_factory=dict)


def resolve_outputs(problems: Problems, entries: Mapping[str, Any], model: Model | None) -> Outputs:
    """Resolve every entry; `model` is None when it could not be built, and less can be checked."""
    from sensitivity.schema import OutputEntry

    found = Outputs()
    for name, written in entries.items():
        path: Path = ("outputs", name)
        if not valid_name(problems, path, name):
            continue
        if name in RESERVED or name.startswith("time_"):
            problems.error("E108", path, f"'{name}' is a name that results use themselves: choose another", key=True)
            continue
        entry = problems.validate(OutputEntry, written, path)
        if entry is None:
            continue
        output = _Output(problems, path, name, entry, model)
        request = output.of_function() if isinstance(model, FunctionModel) else output.of_declared()
        quantity = None if request is None else output.quantity(request.unit)
        if request is not None and quantity is not None:
            found.requests.append(request)
            if quantity != MEAN:
                found.quantities[name] = quantity
    return found


class _Output:
    """One entry on its way to a request."""

    def __init__(self, problems: Problems, path: Path, name: str, entry: "OutputEntry", model: Model | None) -> None:
        self.problems = problems
        self.path = path
        self.name = name
        self.entry = entry
        self.model = model
        self.failed = False

    def error(self, code: str, key: str, message: str, *, at_key: bool = False) -> None:
        self.failed = True
        self.problems.error(code, (*self.path, key) if key else self.path, message, key=at_key)

    def of_function(self) -> OutputRequest | None:
        """Request to a plain function: a key of what it returns, its unit, and its times if it has any."""
        entry = self.entry
        for key in ("reduce", "window", "threshold"):
            if key in entry.model_fields_set:
                self.error("E115", key, f"a plain function reduces its outputs itself: drop '{key}'", at_key=True)
        if entry.unit is None:
            message = f'output {self.name} needs a unit: a plain function declares none (write unit: "1" for none)'
            self.error("E105", "", message, at_key=True)
        else:
            self.scale("unit", entry.unit, entry.unit)
        times = self.times()
        return None if self.failed else OutputRequest(self.name, entry.of, str(entry.unit), times=times)

    def of_declared(self) -> OutputRequest | None:
        """Request to a model that declares its observables."""
        entry = self.entry
        if entry.unit is not None:
            self.error("E110", "unit", "the model brings the unit of its outputs: drop 'unit'", at_key=True)
        observable = None
        if self.model is not None:
            observable = self.model.observables.get(entry.of)
            if observable is None:
                known = suggest(entry.of, self.model.observables)
                refused = getattr(self.model, "refusal", lambda name: None)(entry.of)
                self.error("E114", "of", refused or f"the model has no observable '{entry.of}'{known}")
        if entry.reduce is None:
            self.check_course()
        else:
            self.check_reduction(entry.reduce)
        times = self.times()
        window = self.window()
        threshold = None
        if entry.threshold is not None and observable is not None:
            threshold = self.number("threshold", (*self.path, "threshold"), entry.threshold, observable.unit)
        if self.failed or self.model is None or observable is None:
            return None
        unit = _unit(observable, entry.reduce, self.model.time_unit)
        request = OutputRequest(self.name, entry.of, unit, entry.reduce, window, times, threshold)
        try:
            getattr(self.model, "check_output", lambda request: None)(request)
        except ValueError as error:
            self.error("E115", "reduce" if times is None else "times", str(error))
        return None if self.failed else request

    def quantity(self, unit: str) -> Quantity | None:
        """What is analysed of the output, which is in `unit`; None after an error."""
        entry, written = self.entry, self.entry.model_fields_set
        needs = {"probability": ("above", "below"), "quantile": ("level",)}.get(entry.quantity, ())
        for key in ("above", "below", "level"):
            if key in written and key not in needs:
                owner = "a quantile" if key == "level" else "a probability"
                self.error("E115", key, f"'{key}' belongs to {owner}, not to a {entry.quantity}", at_key=True)
        if needs and len(written & {*needs}) != 1:
            wanted = "either 'above' or 'below'" if len(needs) == 2 else f"'{needs[0]}'"
            self.error("E105", "quantity", f"output {self.name}: a {entry.quantity} needs {wanted}", at_key=True)
        bounds = {key: getattr(entry, key) for key in ("above", "below") if key in written and key in needs}
        argument = entry.level
        for key, bound in bounds.items():
            argument = self.number(key, (*self.path, key), bound, unit)
        return None if self.failed else Quantity(entry.quantity, argument, "below" not in bounds)

    def check_course(self) -> None:
        """Keys of a time course."""
        if "times" not in self.entry.model_fields_set:
            message = f"output {self.name} needs either 'reduce' with a 'window', or 'times'"
            self.error("E105", "", message, at_key=True)
            return
        for key in ("window", "threshold"):
            if key in self.entry.model_fields_set:
                self.error("E115", key, f"'{key}' belongs to a reduction, not to a time course", at_key=True)

    def check_reduction(self, reduce: str) -> None:
        """Keys of a reduction."""
        written = self.entry.model_fields_set
        if reduce not in REDUCERS:
            self.error("E115", "reduce", f"unknown reduction '{reduce}'{suggest(reduce, REDUCERS)}")
            return
        if "times" in written:
            self.error("E115", "times", "an output has either 'times' or 'reduce', not both", at_key=True)
        elif "window" not in written:
            message = f"output {self.name} needs a window to reduce over, such as window: [0 day, 21 day]"
            self.error("E105", "reduce", message, at_key=True)
        if reduce == "time_above" and "threshold" not in written:
            self.error("E105", "reduce", f"output {self.name}: time_above needs a threshold", at_key=True)
        if reduce != "time_above" and "threshold" in written:
            self.error("E115", "threshold", f"a threshold belongs to time_above, not to {reduce}", at_key=True)

    def scale(self, key: str, given: str, wanted: str) -> None:
        try:
            unit_factor(given, wanted)
        except UnitError as error:
            self.error("E110", key, str(error))

    def number(self, what: str, path: Path, written: Any, unit: str) -> float | None:
        """A quantity in `unit`; None after an error."""
        try:
            value = quantity(written, unit)
            if isinstance(written, str):
                _, _, given = written.strip().partition(" ")
                unit_factor(given or "1", unit)
        except (UnitError, ArithmeticError) as error:
            self.failed = True
            self.problems.error("E110", path, f"{what} of {self.name}: {error}")
            return None
        if not np.isfinite(value):
            self.failed = True
            self.problems.error("E104", path, f"{what} of {self.name} must be finite, got {written}")
            return None
        return value

    def window(self) -> tuple[float, float] | None:
        """Start and end in the model's time unit."""
        if self.entry.window is None or self.model is None:
            return None
        ends = [
            self.number("window", (*self.path, "window", i), written, self.model.time_unit)
            for i, written in enumerate(self.entry.window)
        ]
        start, stop = ends
        if start is None or stop is None:
            return None
        if not 0.0 <= start < stop:
            message = f"a window must start at or after 0 and end after its start, got {self.entry.window}"
            self.error("E115", "window", message)
            return None
        return start, stop

    def times(self) -> tuple[float, ...] | None:
        """Times in the model's time unit."""
        times = self.entry.times
        if times is None or self.model is None:
            return None
        unit = self.model.time_unit
        if isinstance(times, list):
            read = [self.number("times", (*self.path, "times", i), t, unit) for i, t in enumerate(times)]
        else:
            start, stop = (
                self.number("times", (*self.path, "times", key), getattr(times, key), unit) for key in ("start", "stop")
            )
            if start is None or stop is None:
                return None
            read = [*map(float, np.linspace(start, stop, times.n))]
        values = [value for value in read if value is not None]
        if len(values) < len(read):
            return None
        if values[0] < 0.0 or not all(a < b for a, b in pairwise(values)):
            self.error("E115", "times", "times must start at or after 0 and increase")
            return None
        return tuple(values)


def _unit(observable: ObservableLike, reduce: str | None, time_unit: str) -> str:
    """Unit of an output's values."""
    if reduce in TIME_REDUCERS:
        return time_unit
    return product(observable.unit, time_unit) if reduce == "auc" else observable.unit
