"""Requests in, arrays out: many cells of a counted network, each with its own parameters and its own address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from models.engine import units
from models.engine.cache import compiled
from models.engine.network import Network
from models.engine.requests import OutputLike, ask
from models.engine.solver import OK, FloatArray, Schedule, Solution, matrix_of
from models.engine.stochastic.codegen import ENTRY, TIERS, WIDE, generate
from models.engine.stochastic.counts import Counts, counted
from models.engine.stochastic.philox import Words, keys
from models.engine.stochastic.purpose import Purpose

NEVER = np.inf


@dataclass(frozen=True)
class Division:
    """Cells that divide; a run follows one daughter.

    Attributes
    ----------
    cycle : float or (n,) array
        Mean time between divisions, hours.
    stages : int
        Exponential stages of the cycle (an Erlang law); 0 for a cycle of fixed length.
    shared : sequence of str
        Species of which each molecule goes to either daughter with the same chance; the others stay as they are.
    """

    cycle: float | FloatArray
    shared: Sequence[str]
    stages: int = 0


@dataclass(frozen=True)
class Trait:
    """A parameter that differs from cell to cell, log-normally about the row's value.

    Attributes
    ----------
    spread : float or (n,) array
        Standard deviation of the logarithm.
    memory : float or (n,) array
        Correlation of a daughter's logarithm with its mother's: ``exp(-cycle/memory time)``.
    """

    spread: float | FloatArray
    memory: float | FloatArray = 1.0


@dataclass(frozen=True)
class Dose:
    """Amounts that are added at once, in the species' declared units."""

    time: float
    amounts: Mapping[str, float]


@dataclass(frozen=True)
class Cells:
    """What a counted network does not say of its cells."""

    division: Division | None = None
    traits: Mapping[str, Trait] = field(default_factory=dict)
    doses: Sequence[Dose] = ()


@cache
def prepared(network: Network, counts: Counts, tier: str) -> tuple[Callable[..., None], int, int]:
    """Return the compiled kernel of one tier, with the numbers of its workspace and its draws a step."""
    source, size, draws = generate(network, counts, tier)
    return compiled(source, f"{network.name}_{tier}", ENTRY[tier]), size, draws


def simulate(
    network: Network,
    counts: Counts,
    parameters: Mapping[str, FloatArray],
    streams: Words,
    outputs: Sequence[OutputLike],
    *,
    tier: str,
    schedule: Schedule | None = None,
    inputs: FloatArray | None = None,
    cells: Cells = Cells(),
    step: float = 0.1,
    max_events: int = 10**9,
    cell: int = 0,
    status: NDArray[np.int64] | None = None,
) -> Solution:
    """Run one cell a stream.

    Parameters
    ----------
    parameters : mapping of name to (n,) array
        In declared units; a parameter left out is at its nominal value.
    streams : (n, 2) uint64
        Addresses of the runs.
    tier : str
        ``ssa`` (exact), ``tau`` (leaps) or ``langevin``.
    inputs : (n, segments, inputs) array, optional
        Inputs of each row in declared units, instead of the schedule's values.
    step : float
        Length of a leap or Langevin step, hours; segments of the schedule are cut into equal steps no longer than this.
    max_events : int
        Events after which an exact run is given up with status 2.
    cell : int
        Which cell of the run: other cells of the same run draw other numbers.
    status : (n,) int64, optional
        Rows that are not zero here are left alone.

    Returns
    -------
    Solution
        ``steps`` counts events, or steps.

    Raises
    ------
    ValueError
        For an unknown name, a wrong shape, or a network that cannot be counted; never for a row.
    """
    if tier not in TIERS:
        raise ValueError(f"unknown tier '{tier}' (known: {', '.join(TIERS)})")
    if not 0.0 < step < np.inf:
        raise ValueError(f"a step must be positive and finite, got {step!r}")
    schedule = schedule or Schedule()
    schedule.check(network)
    made, rows = counted(network, counts), len(streams)
    asked = ask(network, outputs)
    unknown = sorted({*parameters, *cells.traits} - {p.name for p in network.parameters})
    if unknown:
        raise ValueError(f"network '{network.name}' has no parameter {', '.join(unknown)}")
    times = sorted({*schedule.times, *(dose.time for dose in cells.doses)})
    held = np.searchsorted(schedule.times, times, side="right") - 1
    schedule = Schedule(times, [schedule.values[i] for i in held])
    edges, common = schedule.until(asked.horizon, network)
    given = common[None]
    if inputs is not None:
        given = inputs[:, held[: len(edges) - 1]] * np.array([units.factor(u.unit) for u in network.inputs])
    state = np.zeros(rows, dtype=np.int64) if status is None else np.array(status, dtype=np.int64)
    points, reduced = np.full((rows, len(asked.when)), np.nan), np.full((rows, len(asked.kind)), np.nan)
    taken, reached = np.zeros(rows, dtype=np.int64), np.full(rows, np.nan)
    matrix = matrix_of(made, parameters, rows)
    columns = {p.name: i for i, p in enumerate(made.used_parameters)}
    addresses = np.stack([keys(streams, p, cell) for p in (Purpose.START, Purpose.LEAP, Purpose.DIVISION)])
    if tier == "ssa":
        addresses[1] = keys(streams, Purpose.EVENTS, cell)
    if rows:
        kernel, size, draws = prepared(network, counts, tier)
        kernel(
            matrix, given, edges, _doses(network, cells, edges), sizes(network, counts, parameters, rows), addresses,
            *_division(network, cells, rows), _traits(cells, columns, rows), max_events, step, asked.when, asked.what,
            points, asked.kind, asked.of, asked.begin, asked.end, asked.threshold, reduced, state, taken, reached,
            *_scratch(tier, size, draws, len(asked.kind), matrix.shape[1], len(cells.traits)),
        )  # fmt: skip
    points[state != OK], reduced[state != OK] = np.nan, np.nan
    reached[state == OK] = np.nan
    return Solution(asked.values(points, reduced), state, taken, np.ones(rows, dtype=np.int64), reached)


def _scratch(tier: str, size: int, draws: int, reductions: int, width: int, traits: int) -> list[Any]:
    """Arrays that a kernel works in: numba allocates none of its own, which would double the time to compile."""
    lanes = WIDE if tier == "langevin" else 1
    w, totals, best = (np.zeros(n * lanes) for n in (size, reductions, 2 * reductions))
    x, own = np.zeros((traits, lanes)), np.zeros((lanes, width))
    if tier == "ssa":
        return [w, np.zeros(1), np.zeros(4, dtype=np.uint64), totals, best, x, own]
    z, key = np.zeros((draws + 3) // 4 * 4 * lanes), np.zeros(2 * lanes, dtype=np.uint64)
    bits = key.view(np.float64) if tier == "langevin" else key
    return [w, z, key, bits, totals, best, x, own, np.zeros(lanes), np.zeros(lanes, dtype=np.int64)]


def sizes(
    network: Network, counts: Counts, parameters: Mapping[str, FloatArray], rows: int, unit: str = ""
) -> FloatArray:
    """Return the molecules that one `unit` of a species stands for, row by row; a coherent one if left out."""
    expression = network._parse(counts.size, "size of the counts", network.symbols)
    names = sorted(str(s) for s in expression.free_symbols)
    table = {p.name: p for p in network.parameters}
    values = [
        np.asarray(parameters.get(n, table[n].nominal), dtype=np.float64) * units.factor(table[n].unit) for n in names
    ]
    found = sp.lambdify([sp.Symbol(n, real=True) for n in names], expression)(*values)
    return np.array(np.broadcast_to(found, rows), dtype=np.float64) * (units.factor(unit) if unit else 1.0)


def _doses(network: Network, cells: Cells, edges: FloatArray) -> FloatArray:
    """Amounts added at the start of each segment, (segments, species), in coherent units."""
    found = np.zeros((len(edges) - 1, len(network.species)))
    index = {s.name: i for i, s in enumerate(network.species)}
    for dose in cells.doses:
        for name, amount in dose.amounts.items():
            if name not in index or not 0.0 <= amount < np.inf or not 0.0 <= dose.time < np.inf:
                raise ValueError(f"a dose of {amount!r} of '{name}' at {dose.time!r} hours cannot be given")
            if dose.time < edges[-1]:
                factor = units.factor(network.species[index[name]].unit)
                found[np.searchsorted(edges, dose.time), index[name]] += amount * factor
    return found


def _division(network: Network, cells: Cells, rows: int) -> tuple[FloatArray, int, NDArray[np.int64]]:
    """Cycle of each row, stages, and which species are shared."""
    shared = np.zeros(len(network.species), dtype=np.int64)
    if cells.division is None:
        return np.full((rows, 1), NEVER), 0, shared
    names = [s.name for s in network.species]
    for name in cells.division.shared:
        if name not in names:
            raise ValueError(f"division shares '{name}', which is no species of '{network.name}'")
        shared[names.index(name)] = 1
    cycle = np.array(np.broadcast_to(np.asarray(cells.division.cycle, dtype=np.float64), rows))[:, None]
    if not np.all(cycle > 0.0) or cells.division.stages < 0:
        raise ValueError("a cell cycle must be longer than nothing, in 0 or more stages")
    return cycle, cells.division.stages, shared


def _traits(cells: Cells, columns: Mapping[str, int], rows: int) -> FloatArray:
    """Column, spread and memory of each trait, (n, traits, 3)."""
    found = np.empty((rows if cells.traits else 1, len(cells.traits), 3))
    for j, (name, trait) in enumerate(cells.traits.items()):
        if not (np.all(np.asarray(trait.spread) >= 0.0) and np.all(np.abs(trait.memory) <= 1.0)):
            raise ValueError(f"trait '{name}': a spread must be 0 or more and a memory between -1 and 1")
        found[:, j, 0], found[:, j, 1], found[:, j, 2] = columns[name], trait.spread, trait.memory
    return found
