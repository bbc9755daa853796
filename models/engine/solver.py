"""Requests in, arrays out: the batch interface of a compiled network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.engine import units
from models.engine.cache import kernel
from models.engine.network import Network

FloatArray = NDArray[np.float64]

OK, STEP_LIMIT, STEP_SIZE, NON_FINITE, OUT_OF_DOMAIN = 1, 2, 3, 4, 5
"""Status of a row; 0 means not run."""

REDUCERS = ("auc", "mean", "max", "min", "time_of_max", "time_above")
"""Reductions over a window, numbered as in `models.engine.kernel.driver`; ``last`` is a time course of one point."""


class OutputLike(Protocol):
    """One output asked for: an observable with a reduction over a window, or with times, in hours."""

    @property
    def name(self) -> str:
        """Name of the result."""

    @property
    def of(self) -> str:
        """Name of the observable."""

    @property
    def reduce(self) -> str | None:
        """Reduction over the window, or None for a time course."""

    @property
    def window(self) -> tuple[float, float] | None:
        """Start and end of the reduction."""

    @property
    def times(self) -> tuple[float, ...] | None:
        """Times of a time course, increasing."""

    @property
    def threshold(self) -> float | None:
        """For ``time_above``, in the observable's unit."""


@dataclass(frozen=True)
class Output:
    """The engine's own `OutputLike`."""

    name: str
    of: str
    reduce: str | None = None
    window: tuple[float, float] | None = None
    times: tuple[float, ...] | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Schedule:
    """Piecewise-constant inputs: `values[i]` holds from `times[i]` (hours, the first one 0) to the next.

    `values` has one column an input of the network, in the inputs' declared units.
    """

    times: Sequence[float] = (0.0,)
    values: Sequence[Sequence[float]] = field(default=((),))

    def __post_init__(self) -> None:
        times = np.asarray(self.times, dtype=np.float64)
        if not (times.size and times[0] == 0.0 and np.all(np.isfinite(times)) and np.all(np.diff(times) > 0.0)):
            raise ValueError(f"a schedule's times must begin with 0 and increase, got {list(self.times)}")
        if len(self.values) != times.size or len({len(row) for row in self.values}) != 1:
            raise ValueError("a schedule needs one row of input values for each of its times")


@dataclass(frozen=True)
class Solution:
    """Values by output name, (n,) or (n, times); `status` and `steps` are (n,)."""

    values: Mapping[str, FloatArray]
    status: NDArray[np.int64]
    steps: NDArray[np.int64]


@dataclass
class _Requests:
    """The outputs asked for, as the arrays that the kernel reads."""

    when: list[float] = field(default_factory=list)
    what: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    begin: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)


def check_request(output: OutputLike) -> None:
    """Refuse an output that makes no sense, naming it.

    Raises
    ------
    ValueError
    """
    where = f"output '{output.name}'"
    if (output.reduce is None) == (output.times is None):
        raise ValueError(f"{where} needs either 'reduce' or 'times'")
    if output.times is not None:
        times = np.asarray(output.times, dtype=np.float64)
        if not (times.size and np.all(np.isfinite(times)) and times[0] >= 0.0 and np.all(np.diff(times) > 0.0)):
            raise ValueError(f"{where}: times must be increasing and not negative")
        return
    if output.reduce not in (*REDUCERS, "last"):
        raise ValueError(f"{where}: unknown reduction '{output.reduce}' (known: {', '.join((*REDUCERS, 'last'))})")
    if output.window is None or not 0.0 <= output.window[0] < output.window[1] < np.inf:
        raise ValueError(f"{where}: '{output.reduce}' needs a window with 0 <= start < end")
    if output.reduce == "time_above" and (output.threshold is None or not np.isfinite(output.threshold)):
        raise ValueError(f"{where}: 'time_above' needs a threshold")


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
) -> Solution:
    """Integrate every row up to the latest time asked for.

    Parameters
    ----------
    parameters : mapping of name to (n,) array
        In declared units; a parameter left out is at its nominal value.
    outputs : sequence of OutputLike
        ``of`` names an observable of the network.
    rows : int
        Number of runs.
    rtol : float
        Bound of the error of a step, relative to the larger of the state and its floor.
    status : (n,) int64, optional
        Rows that are not zero here are left alone.

    Returns
    -------
    Solution
        NaN where the status is not 1. An ``auc`` is in the observable's unit times hour.
    """
    unknown = sorted(set(parameters) - {p.name for p in network.parameters})
    if unknown:
        raise ValueError(f"network '{network.name}' has no parameter {', '.join(unknown)}")
    index = {o.name: i for i, o in enumerate(network.observables)}
    scale = [1.0 / units.factor(o.unit) for o in network.observables]
    wanted = _Requests()
    for output in outputs:
        check_request(output)
        k = index[output.of]
        times = output.times
        if output.reduce == "last":
            times = (output.window[1],) if output.window else None
        if times is not None:
            wanted.when += times
            wanted.what += [k] * len(times)
        else:
            begin, end = output.window or (0.0, 0.0)
            wanted.kind.append(REDUCERS.index(str(output.reduce)))
            wanted.of.append(k)
            wanted.begin.append(begin)
            wanted.end.append(end)
            wanted.threshold.append((output.threshold or 0.0) / scale[k])
    order = np.argsort(np.asarray(wanted.when), kind="stable")
    horizon = max([*wanted.when, *wanted.end])
    state = np.zeros(rows, dtype=np.int64) if status is None else status.copy()
    steps = np.zeros(rows, dtype=np.int64)
    points = np.full((rows, len(order)), np.nan)
    reduced = np.full((rows, len(wanted.kind)), np.nan)
    breaks = [t for t in schedule.times if t < horizon] or [0.0]
    factors = np.array([units.factor(u.unit) for u in network.inputs])
    inputs = np.asarray(schedule.values[: len(breaks)], dtype=np.float64).reshape(len(breaks), len(factors)) * factors
    kernel(network)(
        _matrix(network, parameters, rows), np.array([*breaks, horizon], dtype=np.float64), inputs, rtol, max_steps,
        np.asarray(wanted.when, dtype=np.float64)[order], np.asarray(wanted.what, dtype=np.int64)[order], points,
        np.asarray(wanted.kind, dtype=np.int64), np.asarray(wanted.of, dtype=np.int64),
        np.asarray(wanted.begin, dtype=np.float64), np.asarray(wanted.end, dtype=np.float64),
        np.asarray(wanted.threshold, dtype=np.float64), reduced, state, steps,
    )  # fmt: skip
    points = points[:, np.argsort(order)]
    points[state != OK] = np.nan
    reduced[state != OK] = np.nan
    values: dict[str, FloatArray] = {}
    point = reduction = 0
    for output in outputs:
        by = scale[index[output.of]]
        if output.times is not None:
            values[output.name] = points[:, point : point + len(output.times)] * by
            point += len(output.times)
        elif output.reduce == "last":
            values[output.name] = points[:, point] * by
            point += 1
        else:
            is_time = output.reduce in ("time_of_max", "time_above")
            values[output.name] = reduced[:, reduction] * (1.0 if is_time else by)
            reduction += 1
    return Solution(values, state, steps)


def _matrix(network: Network, parameters: Mapping[str, FloatArray], rows: int) -> FloatArray:
    """Parameters that the network uses, one row a run, in coherent units."""
    matrix = np.empty((rows, len(network.used_parameters)))
    for column, p in enumerate(network.used_parameters):
        matrix[:, column] = np.asarray(parameters.get(p.name, p.nominal), dtype=np.float64) * units.factor(p.unit)
    return matrix
