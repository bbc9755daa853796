"""Observables that are read off whole time courses: when something happened, if it did.

A crossing or a time to an event is no function of the state, so the solver cannot report it; it is found on courses
that the solver samples. What did not happen within the window is NaN in a run that is otherwise in order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.engine.declaration import Observable
from models.engine.requests import Output, OutputLike

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Derived:
    """An observable computed from courses of others.

    Attributes
    ----------
    observable : Observable
        Name, unit, meaning and floor; its expression is not read.
    reads : tuple of str
        Names of the observables whose courses it needs.
    compute : callable
        Times (T,) in hours and one (n, T) array for each of `reads`, to (n,) values; NaN where undefined.
    step : float
        Hours between two points of the courses.
    """

    observable: Observable
    reads: tuple[str, ...]
    compute: Callable[..., FloatArray]
    step: float = 24.0


def grid(output: OutputLike, step: float) -> tuple[float, ...]:
    """Times of the courses that `output` needs, both ends of its window included.

    Raises
    ------
    ValueError
        When it asks for anything but the value known at the end of a window.
    """
    if output.reduce != "last" or output.window is None:
        raise ValueError(
            f"output '{output.name}': '{output.of}' is read off a whole course; ask for it with reduce 'last' and a "
            "window that ends when the observation ends"
        )
    begin, end = output.window
    points = np.arange(begin, end, step)
    return (*(float(t) for t in points), float(end))


def courses(
    derived: Mapping[str, Derived], request: Sequence[OutputLike]
) -> dict[tuple[str, tuple[float, ...]], Output]:
    """Collect the courses that the derived outputs of `request` need, each once."""
    needed: dict[tuple[str, tuple[float, ...]], Output] = {}
    for output in request:
        if output.of in derived:
            times = grid(output, derived[output.of].step)
            for of in derived[output.of].reads:
                needed.setdefault((of, times), Output(f"course {len(needed)}", of, times=times))
    return needed


def compute(
    derived: Derived,
    output: OutputLike,
    needed: Mapping[tuple[str, tuple[float, ...]], Output],
    values: Mapping[str, FloatArray],
) -> FloatArray:
    """Evaluate one derived output from the courses that were integrated; NaN rows stay NaN."""
    times = grid(output, derived.step)
    read = [values[needed[of, times].name] for of in derived.reads]
    return derived.compute(np.asarray(times), *read)
