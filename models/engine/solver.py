"""Requests in, arrays out: the batch interface of a compiled network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.engine import units
from models.engine.cache import kernel
from models.engine.network import Network
from models.engine.requests import REDUCERS, Asked, OutputLike, ask

FloatArray = NDArray[np.float64]

OK, STEP_LIMIT, STEP_SIZE, NON_FINITE, OUT_OF_DOMAIN = 1, 2, 3, 4, 5
"""Status of a row; 0 means not run."""


@dataclass(frozen=True)
class Schedule:
    """Piecewise-constant inputs: `values[i]` holds from `times[i]` (hours, the first one 0) to the next.

    `values` has one column an input of the network, in the inputs' declared units. States do not jump. An observable
    that reads an input does, and a time course shows at such a time what was before: the trough, not the dose.
    """

    times: Sequence[float] = (0.0,)
    values: Sequence[Sequence[float]] = ((),)

    def __post_init__(self) -> None:
        times = np.asarray(self.times, dtype=np.float64)
        if not (times.size and times[0] == 0.0 and np.all(np.isfinite(times)) and np.all(np.diff(times) > 0.0)):
            raise ValueError(f"a schedule's times must begin with 0 and increase, got {list(self.times)}")
        if len(self.values) != times.size or len({len(row) for row in self.values}) != 1:
            raise ValueError("a schedule needs one row of input values for each of its times")
        if not np.all(np.isfinite(np.asarray(self.values, dtype=np.float64))):
            raise ValueError("a schedule's values must be finite")

    def check(self, network: Network) -> None:
        """Refuse a network with another number of inputs."""
        if len(self.values[0]) != len(network.inputs):
            named = ", ".join(u.name for u in network.inputs) or "none"
            raise ValueError(f"schedule of '{network.name}': {len(self.values[0])} columns for its inputs ({named})")

    def until(self, horizon: float, network: Network) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the segments up to `horizon`, and the inputs of each in coherent units."""
        breaks = [t for t in self.times if t < horizon] or [0.0]
        factors = np.array([units.factor(u.unit) for u in network.inputs])
        values = np.asarray(self.values[: len(breaks)], dtype=np.float64).reshape(len(breaks), len(factors))
        return np.array([*breaks, horizon], dtype=np.float64), values * factors


@dataclass(frozen=True)
class Solution:
    """What came out, row by row.

    Attributes
    ----------
    values : mapping of str to array
        By output name, (n,) or (n, times); NaN where the status is not 1.
    status, steps, attempts : (n,) int64
        Steps tried in all attempts, and how many attempts were made.
    failed_at : (n,) float64
        Time in hours at which the first attempt gave up; NaN where the status is 1 or the row was not run.
    """

    values: Mapping[str, FloatArray]
    status: NDArray[np.int64]
    steps: NDArray[np.int64]
    attempts: NDArray[np.int64]
    failed_at: FloatArray


LADDER = ((1.0, 1e-2), (0.1, 1e-5), (0.01, 1e-8))
"""Attempts at a row: factor on the tolerance, and the longest step in hours right after a break of the schedule.

A row that ends with a vanishing step or a number that is not finite is tried again with shorter steps, which do not
jump over what threw the first attempt off. A row at its step limit is not: shorter steps need more of them.
"""


def solve(
    network: Network,
    parameters: Mapping[str, FloatArray],
    schedule: Schedule,
    outputs: Sequence[OutputLike],
    *,
    rows: int,
    rtol: float,
    max_steps: int,
    status: NDArray[np.int64] | None = None,
    classes: Mapping[str, FloatArray] | None = None,
) -> Solution:
    """Integrate every row up to the latest time asked for.

    Parameters
    ----------
    parameters : mapping of name to (n,) array
        In declared units; a parameter left out is at its nominal value.
    outputs : sequence of OutputLike
        ``of`` names an observable of the network. Accumulators that no output reads are not integrated.
    rows : int
        Number of runs.
    rtol : float
        Bound of the error of a step, relative to the larger of the state and its floor.
    max_steps : int
        Steps after which an attempt is given up.
    status : (n,) int64, optional
        Rows that are not zero here are left alone.
    classes : mapping of name to (K,) or (n, K) array, optional
        Every parameter of the network's classes, in declared units.

    Returns
    -------
    Solution
        An ``auc`` is in the observable's unit times hour.

    Raises
    ------
    ValueError
        For an unknown parameter, a wrong shape, or an output that makes no sense; never for a row.
    """
    unknown = sorted(set(parameters) - {p.name for p in network.parameters})
    if unknown:
        raise ValueError(f"network '{network.name}' has no parameter {', '.join(unknown)}")
    schedule.check(network)
    by_class = _by_class(network, classes or {}, rows)
    network = network.only({output.of for output in outputs} & {o.name for o in network.observables})
    asked = ask(network, outputs)
    state = np.zeros(rows, dtype=np.int64) if status is None else np.array(status, dtype=np.int64)
    steps, attempts = np.zeros((2, rows), dtype=np.int64)
    reached, verdict = np.full(rows, np.nan), np.zeros(rows, dtype=np.int64)
    points = np.full((rows, len(asked.when)), np.nan)
    reduced = np.full((rows, len(asked.kind)), np.nan)
    edges, inputs = schedule.until(asked.horizon, network)
    matrix = matrix_of(network, parameters, rows)
    needed = _needed(network, asked, by_class.shape[1])
    integrate = kernel(network)
    for tighter, first in LADDER:
        tried = state == 0
        attempts += tried
        taken, time = np.zeros(rows, dtype=np.int64), np.zeros(rows)
        integrate(
            matrix, by_class, edges, inputs, rtol * tighter, max_steps, first, asked.when, asked.what, points,
            asked.kind, asked.of, asked.begin, asked.end, asked.threshold, reduced, needed, state, taken, time,
        )  # fmt: skip
        steps += taken
        # A row that fails every time keeps the verdict of its first attempt.
        lost = tried & (state != OK)
        new = lost & (attempts == 1)
        reached[new], verdict[new] = time[new], state[new]
        state[lost & np.isin(verdict, (STEP_SIZE, NON_FINITE))] = 0
        if np.all(state):
            break
    state = np.where(state == 0, verdict, state)
    points[state != OK] = np.nan
    reduced[state != OK] = np.nan
    reached[state == OK] = np.nan
    return Solution(asked.values(points, reduced), state, steps, attempts, reached)


def matrix_of(network: Network, parameters: Mapping[str, FloatArray], rows: int) -> FloatArray:
    """Parameters that the network uses, one row a run, in coherent units."""
    matrix = np.empty((rows, len(network.used_parameters)))
    for column, p in enumerate(network.used_parameters):
        matrix[:, column] = np.asarray(parameters.get(p.name, p.nominal), dtype=np.float64) * units.factor(p.unit)
    return matrix


def _by_class(network: Network, given: Mapping[str, FloatArray], rows: int) -> FloatArray:
    """Parameters of the classes as (n, K, parameters), in coherent units."""
    declared = network.classes.parameters
    if set(given) != {p.name for p in declared}:
        names = ", ".join(p.name for p in declared) or "none"
        raise ValueError(f"network '{network.name}' needs as parameters of its classes: {names}; got {sorted(given)}")
    shapes = {np.shape(values)[-1] if np.ndim(values) else 0 for values in given.values()}
    if len(shapes) > 1 or 0 in shapes:
        raise ValueError(f"parameters of the classes of '{network.name}' must have one value a class, got {shapes}")
    found = np.empty((rows, *(shapes or {0}), len(declared)))
    for column, p in enumerate(declared):
        found[:, :, column] = np.asarray(given[p.name], dtype=np.float64) * units.factor(p.unit)
    return found


def _needed(network: Network, asked: Asked, classes: int) -> NDArray[np.int64]:
    """States whose dense output is read; finding where an observable turns takes all of them."""
    shared = [network.symbols[s.name] for s in network.species]
    members = [network.symbols[s.name] for s in network.classes.species]
    everything = any(REDUCERS[kind] not in ("auc", "mean") for kind in asked.kind)
    read = {network.outputs[k] for k in (*asked.what, *asked.of)}
    reached = set().union(*(network.reached(e) for e in read))
    for total, e in zip(network.classes.totals, network.totals, strict=True):
        if network.symbols[total.name] in reached:
            reached |= network.reached(e)
    chosen = [i for i, y in enumerate(shared) if everything or y in reached]
    inside = [i for i, y in enumerate(members) if everything or y in reached]
    chosen += [len(shared) + k * len(members) + i for k in range(classes) for i in inside]
    return np.array(chosen, dtype=np.int64)
