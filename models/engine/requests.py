"""What can be asked of a run: time courses and reductions over a window."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.engine import units
from models.engine.network import Network

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


@dataclass
class Requests:
    """The outputs asked for, as the lists that become what a kernel reads."""

    when: list[float] = field(default_factory=list)
    what: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    begin: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)

    def add(self, output: OutputLike, k: int, scale: float) -> None:
        """Take up a checked output of observable `k`."""
        begin, end = output.window or (0.0, 0.0)
        times = (end,) if output.reduce == "last" else output.times
        if times is not None:
            self.when += times
            self.what += [k] * len(times)
            return
        self.kind.append(REDUCERS.index(str(output.reduce)))
        self.of.append(k)
        self.begin.append(begin)
        self.end.append(end)
        self.threshold.append((output.threshold or 0.0) / scale)


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


@dataclass(frozen=True)
class Asked:
    """Checked outputs as the arrays that a kernel reads, and how they are found in what it writes.

    Attributes
    ----------
    when, what : (points,) arrays
        Times of all time courses in order, and the observable of each.
    kind, of, begin, end, threshold : (reductions,) arrays
    horizon : float
        The latest time asked for.
    """

    outputs: Sequence[OutputLike]
    scale: Sequence[float]
    order: NDArray[np.int64]
    when: NDArray[np.float64]
    what: NDArray[np.int64]
    kind: NDArray[np.int64]
    of: NDArray[np.int64]
    begin: NDArray[np.float64]
    end: NDArray[np.float64]
    threshold: NDArray[np.float64]

    @property
    def horizon(self) -> float:
        """The latest time asked for."""
        return float(max([*self.when, *self.end]))

    def values(self, points: NDArray[np.float64], reduced: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Cut a kernel's (n, points) and (n, reductions) into outputs, in declared units."""
        points = points[:, np.argsort(self.order)]
        values: dict[str, NDArray[np.float64]] = {}
        point = reduction = 0
        for output, by in zip(self.outputs, self.scale, strict=True):
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
        return values


def ask(network: Network, outputs: Sequence[OutputLike]) -> Asked:
    """Check what is asked of `network`.

    Raises
    ------
    ValueError
        For an unknown observable, a name used twice, or an output that makes no sense.
    """
    unknown = sorted({output.of for output in outputs} - {o.name for o in network.observables})
    if unknown:
        raise ValueError(f"network '{network.name}' has no observable {', '.join(unknown)}")
    if not outputs or len({output.name for output in outputs}) < len(outputs):
        raise ValueError(f"outputs of '{network.name}' must be one or more, each with a name of its own")
    index = {o.name: i for i, o in enumerate(network.observables)}
    scale = [1.0 / units.factor(o.unit) for o in network.observables]
    wanted = Requests()
    for output in outputs:
        check_request(output)
        wanted.add(output, index[output.of], scale[index[output.of]])
    order = np.argsort(np.asarray(wanted.when), kind="stable")
    when, what = np.asarray(wanted.when, dtype=np.float64)[order], np.asarray(wanted.what, dtype=np.int64)[order]
    kind, of = np.asarray(wanted.kind, dtype=np.int64), np.asarray(wanted.of, dtype=np.int64)
    windows = [np.asarray(column, dtype=np.float64) for column in (wanted.begin, wanted.end, wanted.threshold)]
    return Asked(outputs, [scale[index[o.of]] for o in outputs], order, when, what, kind, of, *windows)
