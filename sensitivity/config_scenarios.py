"""The ``scenarios`` of a study file: settings of the model under which the same points are run."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sensitivity.config_factors import valid_name
from sensitivity.contracts import Model
from sensitivity.errors import suggest
from sensitivity.function_model import FunctionModel
from sensitivity.loading import LoadError, build, find, option_problems
from sensitivity.problems import Problems, shown
from sensitivity.study import ModelUse, Scenario
from sensitivity.units import UnitError, quantity
from sensitivity.yaml12 import Path


def resolve_scenarios(
    problems: Problems, written: Any, use: ModelUse | None, model: Model | None, factors: Mapping[str, Any]
) -> tuple[Scenario, ...]:
    """Resolve every entry; `factors` are the entries of that section, which give a plain function's units."""
    from sensitivity.schema import ScenarioEntry

    if not isinstance(written, dict) or len(written) == 1:
        message = f"scenarios: expected a mapping of two or more names, got {shown(written)}"
        problems.error("E141", ("scenarios",), message)
        return ()
    found = []
    for name, item in written.items():
        path: Path = ("scenarios", name)
        if not valid_name(problems, path, name):
            continue
        entry = problems.validate(ScenarioEntry, {} if item is None else item, path)
        if entry is None or use is None or model is None:
            continue
        _check_options(problems, path, use, entry.model)
        values = {
            parameter: _value(problems, (*path, "parameters", parameter), parameter, given, model, factors)
            for parameter, given in entry.parameters.items()
        }
        found.append(Scenario(name, entry.model, {key: value for key, value in values.items() if value is not None}))
    return tuple(found)


def _check_options(problems: Problems, path: Path, use: ModelUse, options: Mapping[str, Any]) -> None:
    if "use" in options:
        message = "a scenario has options of the study's model, not another model"
        problems.error("E141", (*path, "model", "use"), message, key=True)
        return
    try:
        model = find(use)
        refused = [problem for problem in option_problems(model, options) if problem[0]]
        for name, message in refused:
            problems.error("E131", (*path, "model", name), message, key=True)
        if not refused and options:
            build(ModelUse(use.use, {**use.options, **options}, use.folder), model)
    except LoadError as error:
        words = str(error).replace("'", " ").replace(":", " ").split()
        named = [name for name in options if name in words]
        problems.error("E131", (*path, "model", *named[:1]), str(error))


def _value(
    problems: Problems, path: Path, name: str, given: Any, model: Model, factors: Mapping[str, Any]
) -> float | None:
    """Value of a parameter in the model's unit; None after an error."""
    if isinstance(model, FunctionModel):
        entry = factors.get(name)
        if not isinstance(entry, dict):
            problems.error("E113", path, f"the study has no factor '{name}'{suggest(name, factors)}", key=True)
            return None
        unit, domain = str(entry.get("unit", "1")), (-np.inf, np.inf)
    else:
        declared = model.parameters.get(name)
        if declared is None:
            problems.error(
                "E113", path, f"the model has no parameter '{name}'{suggest(name, model.parameters)}", key=True
            )
            return None
        unit, domain = declared.unit, declared.domain
    try:
        value = quantity(given, unit)
    except (UnitError, ArithmeticError) as error:
        problems.error("E110", path, f"{name}: {error}")
        return None
    if not domain[0] <= value <= domain[1] or not np.isfinite(value):
        problems.error("E111", path, f"{name}: {given} lies outside {domain[0]:g} .. {domain[1]:g} {unit}")
        return None
    return float(value)
