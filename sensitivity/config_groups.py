"""The ``groups`` of a study file: factors ranked together, and blocks of factors that depend on each other."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.config_factors import Factors, valid_name
from sensitivity.contracts import FloatArray
from sensitivity.dependence import Block, Copula, Ensemble
from sensitivity.errors import suggest
from sensitivity.methods.catalogue import METHODS
from sensitivity.problems import Problems, shown
from sensitivity.yaml12 import Path

if TYPE_CHECKING:
    from sensitivity.schema import DesignEntry, GroupEntry

MAX_ROWS = 20_000
"""Rows of an ensemble: the study keeps them, so that a run directory needs no other file."""


@dataclass
class Groups:
    """What the section says: groups to rank together, and dependent blocks. `bad` holds names of unusable blocks."""

    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


def read_groups(problems: Problems, written: Any) -> Groups:
    """Read the section as it is written; ensembles are read from their files, beside the one that names them."""
    from sensitivity.schema import GroupEntry

    found = Groups()
    if not isinstance(written, dict):
        problems.error("E104", ("groups",), f"groups: expected a mapping, got {shown(written)}")
        return found
    for name, entry in written.items():
        path: Path = ("groups", name)
        if not valid_name(problems, path, name):
            continue
        if isinstance(entry, dict):
            checked = problems.validate(GroupEntry, entry, path)
            block = None if checked is None else _block(problems, path, checked)
            if block is None:
                found.bad.add(name)
            else:
                found.blocks[name] = block
        elif isinstance(entry, list) and entry:
            found.groups[name] = tuple(map(str, entry))
        else:
            message = f"group '{name}' must be a list of factors, got {shown(entry)} (dependent ones: members: [...])"
            problems.error("E121", path, message, key=True)
    return found


def _block(problems: Problems, path: Path, entry: "GroupEntry") -> Block | None:
    if (entry.correlation is None) == (entry.ensemble is None):
        message = f"'{path[-1]}' needs either a correlation or an ensemble: a group that has neither is a plain list"
        problems.error("E124", path, message, key=True)
        return None
    members = tuple(entry.members)
    if len(set(members)) < len(members):
        problems.error("E121", (*path, "members"), f"group '{path[-1]}' names a factor twice")
        return None
    if entry.ensemble is not None:
        return _ensemble(problems, (*path, "ensemble"), members, entry.ensemble)
    matrix = entry.correlation
    if isinstance(matrix, int | float):
        matrix = [[1.0, matrix], [matrix, 1.0]]
    assert matrix is not None
    problem = _correlation_problem(np.array(matrix, dtype=np.float64), members)
    if problem:
        problems.error("E124", (*path, "correlation"), problem)
        return None
    return Copula(members, tuple(tuple(map(float, row)) for row in matrix))


def _correlation_problem(matrix: FloatArray, members: Sequence[str]) -> str:
    """What is wrong with a correlation matrix; empty when nothing is."""
    n = len(members)
    if matrix.shape != (n, n):
        return f"{n} members need a matrix of {n} rows and columns, got {matrix.shape[0]} and {matrix.shape[1]}"
    if not np.array_equal(matrix, matrix.T) or not np.all(np.diag(matrix) == 1.0):
        return "a correlation matrix is symmetric with ones on its diagonal"
    if np.linalg.eigvalsh(matrix)[0] < 1e-8:
        return "these correlations contradict each other, or say that a member follows from the others exactly"
    return ""


def _ensemble(problems: Problems, path: Path, members: tuple[str, ...], name: str) -> Ensemble | None:
    """Read a table of dependent values: a header of names, comma-separated numbers, ``#`` before remarks."""
    try:
        lines = File(os.path.join(problems.document.folder_of(path), name)).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        problems.error("E124", path, f"ensemble {shown(name)} cannot be read: {reason}")
        return None
    table = [row for row in csv.reader(line for line in lines if line.strip() and not line.startswith("#")) if row]
    header = [cell.strip() for cell in table[0]] if table else []
    for member in members:
        if header.count(member) != 1:
            message = f"ensemble {shown(name)} must have one column '{member}'{suggest(member, header)}"
            problems.error("E124", path, message)
            return None
    if not 2 <= len(table) - 1 <= MAX_ROWS:
        problems.error(
            "E124", path, f"ensemble {shown(name)} has {len(table) - 1:,} rows; it may have 2 to {MAX_ROWS:,}"
        )
        return None
    columns = [header.index(member) for member in members]
    rows = []
    for number, row in enumerate(table[1:], start=1):
        try:
            values = tuple(float(row[column]) for column in columns)
        except (ValueError, IndexError):
            values = (np.nan,)
        if not np.isfinite(values).all():
            problems.error("E124", path, f"ensemble {shown(name)}: row {number} holds no finite number for a member")
            return None
        rows.append(values)
    for member, column in zip(members, np.array(rows).T, strict=True):
        if np.all(column == column[0]):
            message = f"ensemble {shown(name)}: {member} never varies; make it a constant of the study"
            problems.error("E124", path, message)
            return None
    return Ensemble(members, tuple(rows))


def with_ensembles(problems: Problems, entries: Mapping[str, Any], groups: Groups) -> dict[str, Any]:
    """Factors as written, those of ensembles with the law that their column is."""
    found = dict(entries)
    for name, block in groups.blocks.items():
        if not isinstance(block, Ensemble):
            continue
        for i, member in enumerate(block.members):
            entry = {} if entries.get(member) is None else entries[member]
            if member not in entries or not isinstance(entry, dict):
                continue
            if "dist" in entry:
                message = f"the values of {member} come from the ensemble of group '{name}': drop its distribution"
                problems.error("E124", ("factors", member, "dist"), message, key=True)
                continue
            law = {key: list(values) for key, values in block.marginal(i).items()}
            found[member] = {"source": f"ensemble of group {name}", **entry, "dist": "choice", **law}
    return found


def check_groups(
    problems: Problems, groups: Groups, entries: Mapping[str, Any], factors: Factors, design: "DesignEntry | None"
) -> None:
    """Check the members against the factors; `entries` are these as written, so that a broken one is a known name."""
    written = {**groups.groups, **{name: block.members for name, block in groups.blocks.items()}}
    inside: dict[str, str] = {}
    for name, members in written.items():
        path: Path = ("groups", name)
        if name in entries:
            problems.error("E121", path, f"group '{name}' has the name of a factor", key=True)
        _check_members(problems, path, members, entries, factors)
    for name, block in groups.blocks.items():
        path = ("groups", name)
        twice = [member for member in block.members if member in inside]
        fixed = [member for member in block.members if member in factors.fixed]
        if twice:
            message = f"{twice[0]} is in two dependent groups, '{inside[twice[0]]}' and '{name}': join them"
            problems.error("E124", path, message, key=True)
        elif fixed:
            problems.error("E124", path, f"{fixed[0]} is constant and depends on nothing", key=True)
        inside |= dict.fromkeys(block.members, name)
    for name, members in groups.groups.items():
        for other in sorted({inside[member] for member in members if member in inside}):
            lost = set(groups.blocks[other].members) - set(members)
            if lost:
                message = (
                    f"group '{name}' has only a part of the dependent group '{other}': add {', '.join(sorted(lost))}"
                )
                problems.error("E124", ("groups", name), message, key=True)
    if design is not None:
        _check_method(problems, groups, design)


def _check_method(problems: Problems, groups: Groups, design: "DesignEntry") -> None:
    if groups.groups and not METHODS[design.method].group_columns:
        able = " and ".join(name for name, entry in METHODS.items() if entry.group_columns)
        message = f"{design.method} ranks the factors only; {able} rank groups"
        problems.warning("W204", ("groups",), message, key=True)
    if groups.blocks and (design.method != "sobol" or design.screen is not None):
        one = design.method if design.method != "sobol" else "morris"
        message = f"{one} moves one factor at a time, which factors that depend on others cannot do: use sobol alone"
        problems.error("E124", ("groups", next(iter(groups.blocks))), message, key=True)


def _check_members(
    problems: Problems, path: Path, members: Sequence[str], entries: Mapping[str, Any], factors: Factors
) -> None:
    written = problems.document.data["groups"][path[-1]]
    at = path if isinstance(written, list) else (*path, "members")
    for i, member in enumerate(written if isinstance(written, list) else members):
        if not isinstance(member, str):
            problems.error("E121", (*at, i), f"expected the name of a factor, got {shown(member)}")
        elif member in members[:i]:
            problems.error("E121", (*at, i), f"group '{path[-1]}' names '{member}' twice")
        elif entries and member not in entries and member not in factors.meant:
            problems.error(
                "E121", (*at, i), f"group '{path[-1]}' names the unknown factor '{member}'{suggest(member, entries)}"
            )
    if factors.complete and set(map(str, members)) <= set(factors.fixed):
        problems.error("E121", path, f"group '{path[-1]}' has constant factors only", key=True)
