"""What can be asked of a run: time courses and reductions over a window."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

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
    """The outputs asked for, as the arrays that the kernel reads."""

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
