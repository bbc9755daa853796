"""The ``analysis`` of a study file: what it names must be there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sensitivity.config_factors import Factors
from sensitivity.config_groups import Groups
from sensitivity.config_outputs import Outputs
from sensitivity.errors import suggest
from sensitivity.problems import Problems
from sensitivity.quantities import MEAN
from sensitivity.splits import Split
from sensitivity.units import UnitError, quantity
from sensitivity.yaml12 import Path

if TYPE_CHECKING:
    from sensitivity.schema import AnalysisEntry, DesignEntry, SplitEntry


def check_analysis(
    problems: Problems,
    entry: "AnalysisEntry",
    groups: Groups,
    factors: Factors,
    outputs: Outputs,
    design: "DesignEntry | None",
    levels: Mapping[str, str],
) -> None:
    """Check the entries of the ledger and of outputs taken together; `levels` are those that no factor stands for."""
    if design is not None and design.method != "sobol":
        for key in ("ledger", "together"):
            if getattr(entry, key):
                message = f"'{key}' needs shares of the variance, which {design.method} has not: use sobol"
                problems.error("E125", ("analysis", key), message, key=True)
        return
    _check_ledger(problems, entry.ledger, groups, factors, levels)
    known = [output.name for output in outputs.requests]
    if not known:
        return  # their own mistakes are reported
    for name, wanted in entry.together.items():
        for i, output in enumerate(wanted):
            path: Path = ("analysis", "together", name, i)
            if output not in known:
                problems.error("E125", path, f"there is no output '{output}'{suggest(output, known)}")
            elif output in wanted[:i]:
                problems.error("E125", path, f"'{name}' names '{output}' twice")


def resolve_splits(
    problems: Problems, entries: "Mapping[str, SplitEntry]", outputs: Outputs, design: "DesignEntry | None"
) -> dict[str, Split]:
    """Rules of which runs are resistant, with bounds in the units of what is analysed."""
    found: dict[str, Split] = {}
    known = {output.name: output for output in outputs.requests}
    if entries and design is not None and design.method != "sobol":
        message = f"'resistant' needs independent runs, which {design.method} has not: use sobol"
        problems.error("E125", ("analysis", "resistant"), message, key=True)
        return found
    for name, entry in entries.items():
        path: Path = ("analysis", "resistant", name)
        written = sorted(entry.model_fields_set)
        if len(written) != 1:
            problems.error("E125", path, "write one of below, above, lowest and highest", key=True)
        elif known and name not in known:
            problems.error("E125", path, f"there is no output '{name}'{suggest(name, known)}", key=True)
        elif name in known and known[name].times is not None:
            message = f"'{name}' is a time course: ask for a reduction of it, such as its largest value"
            problems.error("E125", path, message, key=True)
        elif name in known:
            (key,) = written
            value, share = getattr(entry, key), key in ("lowest", "highest")
            if not share:
                unit = outputs.quantities.get(name, MEAN).unit(known[name].unit)
                try:
                    value = quantity(value, unit)
                except (UnitError, ArithmeticError) as error:
                    problems.error("E110", (*path, key), f"{key} of {name}: {error}")
                    continue
            found[name] = Split(float(value), share, key in ("above", "highest"))
    return found


def _check_ledger(
    problems: Problems, entries: Sequence[str], groups: Groups, factors: Factors, levels: Mapping[str, str]
) -> None:
    members = {factor.name: (factor.name,) for factor in factors.varied} | groups.groups
    members |= {name: block.members for name, block in groups.blocks.items()}
    counted: dict[str, str] = {}
    if entries and all(levels.get(name) and name not in members for name in entries):
        problems.error("E125", ("analysis", "ledger"), "a ledger needs a varied factor or group", key=True)
        return
    for i, name in enumerate(entries):
        path: Path = ("analysis", "ledger", i)
        if name in levels and name not in members:
            if name in entries[:i]:
                problems.error("E125", path, f"'{name}' is already counted")
            elif not levels[name] and i < len(entries) - 1:
                problems.error("E125", path, f"'{name}' is the model's noise, which comes last")
            continue
        if name not in members:
            if factors.complete and not groups.bad:
                problems.error(
                    "E125", path, f"there is no varied factor or group '{name}'{suggest(name, [*members, *levels])}"
                )
            continue
        block = next((b for b, one in groups.blocks.items() if name in one.members), None)
        twice = [member for member in members[name] if member in counted]
        if block is not None:
            problems.error("E125", path, f"'{name}' depends on others: name the group '{block}' instead")
        elif twice:
            problems.error("E125", path, f"'{twice[0]}' of '{name}' is already counted by '{counted[twice[0]]}'")
        counted |= dict.fromkeys(members[name], name)
