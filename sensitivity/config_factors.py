"""The ``factors`` of a study file: the model's declarations, overridden by what is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from sensitivity.contracts import Model, ParameterLike
from sensitivity.distributions import OPTIONAL, PHYSICAL, REQUIRED, Distribution, check
from sensitivity.errors import suggest
from sensitivity.factors import Factor
from sensitivity.function_model import FunctionModel
from sensitivity.problems import Problems, shown
from sensitivity.units import UnitError
from sensitivity.units import factor as unit_factor
from sensitivity.yaml12 import Path

ARGUMENTS = tuple(dict.fromkeys(name for names in (*REQUIRED.values(), *OPTIONAL.values()) for name in names))
"""Every argument that some distribution takes."""


@dataclass
class Factors:
    """What the section says.

    `complete` is False when an entry could not be used; `meant` holds the parameters that misspelt names come near.
    """

    varied: list[Factor] = field(default_factory=list)
    fixed: dict[str, float] = field(default_factory=dict)
    complete: bool = True
    meant: set[str] = field(default_factory=set)


def resolve_factors(problems: Problems, entries: Mapping[str, Any], model: Model | None) -> Factors:
    """Resolve every entry; `model` is None when it could not be built, and less can be checked."""
    found = Factors()
    for name, entry in entries.items():
        path: Path = ("factors", name)
        if not _name_is_known(problems, path, name, model):
            found.complete = False
            found.meant.update(get_close_matches(name, {} if model is None else model.parameters, n=1))
            continue
        resolved = _resolve(problems, path, name, {} if entry is None else entry, model)
        if resolved is None:
            found.complete = False
        elif resolved.distribution.dist == "constant":
            found.fixed[name] = resolved.distribution.arguments["value"] * resolved.scale
        else:
            found.varied.append(resolved)
    if entries and found.complete and not found.varied:
        problems.error("E113", ("factors",), "no factor is varied: all of them are constant", key=True)
    assumed = [factor.name for factor in found.varied if factor.assumed]
    if assumed:
        message = f"{len(assumed)} of {len(found.varied)} factors have a range without a source (assumed)"
        problems.warning("W201", ("factors",), message, key=True)
    return found


def _name_is_known(problems: Problems, path: Path, name: str, model: Model | None) -> bool:
    if not valid_name(problems, path, name):
        return False
    if model is None or isinstance(model, FunctionModel) or name in model.parameters:
        return True
    problems.error("E113", path, f"the model has no parameter '{name}'{suggest(name, model.parameters)}", key=True)
    return False


def valid_name(problems: Problems, path: Path, name: str) -> bool:
    """Tell whether a name of the user can go into files and tables; an error when not."""
    import re

    from sensitivity.schema import NAME

    # fullmatch: `$` alone would let a final line break through.
    if re.fullmatch(NAME, name, re.ASCII):
        return True
    message = f"{shown(name)} is no name: letters, digits and _, not a digit first, at most 64 characters"
    problems.error("E108", path, message, key=True)
    return False


def _resolve(problems: Problems, path: Path, name: str, written: Any, model: Model | None) -> Factor | None:
    """One factor, or None when it has errors."""
    from sensitivity.schema import FactorEntry

    entry = problems.validate(FactorEntry, written, path)
    if entry is None:
        return None
    given = {key: getattr(entry, key) for key in entry.model_fields_set}
    declared = None if model is None else model.parameters.get(name)
    if model is None:
        _check_without_model(problems, path, given)
        return None
    scale = _scale(problems, path, given, declared)
    law = _law(problems, path, given, declared, scale)
    if law is None or scale is None:
        return None
    if declared is None:
        nominal = given.get("nominal", law.median)
    else:
        nominal = given.get("nominal", law.arguments["value"] if law.dist == "constant" else declared.nominal / scale)
    factor = Factor(
        name=name,
        distribution=law,
        unit=given.get("unit", "1" if declared is None else declared.unit),
        nominal=nominal,
        scale=scale,
        label=given.get("label", name),
        meaning="" if declared is None else declared.meaning,
        mechanism=given.get("mechanism", "" if declared is None else declared.mechanism),
        source=_source(given, declared),
    )
    return factor if _inside_domain(problems, path, factor, declared) else None


def _check_without_model(problems: Problems, path: Path, given: Mapping[str, Any]) -> None:
    """Check what can be checked alone."""
    if "unit" in given:
        _convert(problems, (*path, "unit"), given["unit"], given["unit"])
    if "dist" in given:
        _checked_law(problems, path, given["dist"], {key: given[key] for key in ARGUMENTS if key in given})


def _source(given: Mapping[str, Any], declared: ParameterLike | None) -> str:
    if "source" in given:
        return str(given["source"])
    if declared is None:
        return "assumed"
    changed = "dist" in given or any(key in given for key in ARGUMENTS)
    return "assumed: range changed in the study file" if changed else declared.source


def _scale(problems: Problems, path: Path, given: Mapping[str, Any], declared: ParameterLike | None) -> float | None:
    """Number that turns the entry's unit into the model's; None after an error."""
    if declared is None and "unit" not in given:
        message = f'{path[-1]} needs a unit: a plain function declares none (write unit: "1" for none)'
        problems.error("E105", path, message, key=True)
        return None
    if "unit" not in given:
        return 1.0
    wanted = given["unit"] if declared is None else declared.unit
    return _convert(problems, (*path, "unit"), given["unit"], wanted, f" ({path[-1]} is in {wanted})")


def _convert(problems: Problems, path: Path, given: str, wanted: str, why: str = "") -> float | None:
    try:
        return unit_factor(given, wanted)
    except UnitError as error:
        problems.error("E110", path, f"{error}{why}")
        return None


def _law(
    problems: Problems, path: Path, given: Mapping[str, Any], declared: ParameterLike | None, scale: float | None
) -> Distribution | None:
    """The distribution in the entry's unit; None after an error."""
    arguments = {key: given[key] for key in ARGUMENTS if key in given}
    own = None if declared is None else declared.distribution
    if "dist" in given:
        return _checked_law(problems, path, given["dist"], arguments)
    if own is None:
        what = "a plain function declares none" if declared is None else "the model declares a constant"
        problems.error("E112", path, f"{path[-1]} needs a distribution (dist: ...): {what}", key=True)
        return None
    if scale is None:
        return None
    inherited = {
        key: _rescaled(value, scale) if key in PHYSICAL else value for key, value in own.items() if key != "dist"
    }
    return _checked_law(problems, path, own["dist"], {**inherited, **arguments})


def _rescaled(value: Any, scale: float) -> Any:
    if scale == 1.0:
        return value
    return tuple(v / scale for v in value) if isinstance(value, list | tuple) else value / scale


def _checked_law(problems: Problems, path: Path, dist: str, arguments: Mapping[str, Any]) -> Distribution | None:
    plain = {key: tuple(map(float, v)) if isinstance(v, list | tuple) else float(v) for key, v in arguments.items()}
    with np.errstate(all="ignore"):
        found = check(dist, plain)
        for argument, message in found:
            known = dist in REQUIRED and argument in (*REQUIRED[dist], *OPTIONAL.get(dist, ()))
            problems.error("E111" if known else "E112", (*path, argument), message)
        if found:
            return None
        law = Distribution(dist, plain)
        try:
            usable = np.isfinite([*law.support, law.median]).all() and (law.support[0] < law.support[1]) == (
                dist != "constant"
            )
        except (ArithmeticError, ValueError):
            usable = False
    if not usable:
        problems.error("E111", (*path, "dist"), f"{dist} with these numbers has no usable range: {shown(plain)}")
        return None
    return law


def _inside_domain(problems: Problems, path: Path, factor: Factor, declared: ParameterLike | None) -> bool:
    """Check the support and the nominal value against the domain, and against each other."""
    low, high = factor.distribution.support
    least, most = (-np.inf, np.inf) if declared is None else declared.domain
    unit = factor.unit if declared is None else declared.unit
    why = f" ({declared.meaning})" if declared is not None and declared.meaning else ""
    fine = True
    ends = (("low", low, low * factor.scale < least), ("high", high, high * factor.scale > most))
    for key, value, outside in ends:
        if outside:
            place = (
                key
                if (*path, key) in problems.document.values
                else ("value" if "value" in factor.distribution.arguments else "dist")
            )
            message = (
                f"{factor.name} reaches {value:g} {factor.unit}, outside the model's domain "
                f"[{least:g}, {most:g}] {unit}{why}"
            )
            problems.error("E111", (*path, place), message)
            fine = False
    if not least <= factor.nominal * factor.scale <= most:
        message = (
            f"nominal value {factor.nominal:g} {factor.unit} is outside the model's domain [{least:g}, {most:g}] {unit}"
        )
        problems.error("E111", (*path, "nominal"), message)
        return False
    if fine and not low <= factor.nominal <= high:
        message = f"nominal value {factor.nominal:g} of {factor.name} is outside its range {low:g} to {high:g}"
        problems.warning("W202", (*path, "nominal"), message)
    return fine
