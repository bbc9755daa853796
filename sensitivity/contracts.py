"""The sockets of the framework: Model, Method and Executor, and the values that pass through them.

A model package never imports this module: it satisfies `Model` by having the right attributes, and the framework
reaches it through the string ``use: "module:object"`` of a study file. What both sides must agree on as plain
numbers (the status integers, the reducer names) is pinned by a test on both sides.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

    from sensitivity.design import Design, Layout

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
StreamArray = NDArray[np.uint64]

T = TypeVar("T")
R = TypeVar("R")

Stop = Callable[[], bool]
"""Tells whether to stop."""


class Status(IntEnum):
    """What became of one run. Zero means *not run*, so that a file never written cannot read as success."""

    NOT_RUN = 0
    OK = 1
    STEP_LIMIT = 2  # the integrator used up its steps
    STEP_SIZE = 3  # the step shrank to nothing, or the linear system was singular
    NON_FINITE = 4  # a state or an output became infinite or not a number
    OUT_OF_DOMAIN = 5  # a parameter lies outside the model's domain
    ERROR = 6  # a user's function raised an exception on this run


REDUCERS: Mapping[str, str] = {
    "auc": "integral over the window",
    "mean": "time average over the window",
    "max": "largest value in the window",
    "min": "smallest value in the window",
    "last": "value at the end of the window",
    "time_of_max": "time of the largest value, from the start of the run",
    "time_above": "total time above the threshold in the window",
}
"""Reductions that a declared model computes inside its solver, with their meaning."""


class ParameterLike(Protocol):
    """One row of a model's parameter table."""

    @property
    def name(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def nominal(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def mechanism(self) -> str: ...
    @property
    def source(self) -> str:
        """Where the nominal value and the range come from; starts with ``assumed`` when nowhere."""
        ...

    @property
    def domain(self) -> tuple[float, float]:
        """Smallest and largest value that the model accepts, both included."""
        ...

    @property
    def distribution(self) -> Mapping[str, Any] | None:
        """Arguments of the declared distribution (``{"dist": "uniform", "low": ..}``); None: a constant."""
        ...


class ObservableLike(Protocol):
    """One quantity that a model can report: its name, unit, meaning and the floor below which it means nothing."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def floor(self) -> float: ...


@dataclass(frozen=True)
class OutputRequest:
    """One output that a study asks of a model.

    Attributes
    ----------
    name : str
        The study's name for it; the variable of this name comes back from `Model.simulate`.
    of : str
        The model's observable.
    reduce : str or None
        A key of `REDUCERS`, or None when `times` asks for a time course.
    window : (float, float) or None
        Start and end of the reduction, in the model's time unit.
    times : tuple of float or None
        Times of a time course, increasing, in the model's time unit.
    threshold : float or None
        For ``time_above``, in the observable's unit.
    unit : str
        Unit of the values, ready for a label.
    """

    name: str
    of: str
    unit: str
    reduce: str | None = None
    window: tuple[float, float] | None = None
    times: tuple[float, ...] | None = None
    threshold: float | None = None

    @property
    def size(self) -> int:
        """Number of values a run."""
        return 1 if self.times is None else len(self.times)


class Model(Protocol):
    """Parameters and random streams in, labelled outputs out.

    Run i depends on row i of the parameters and on stream i, never on its neighbours, bit for bit. `simulate`
    never raises for one bad row: the row gets a status and NaN.

    Optional: ``refusal(name)`` says why an observable cannot be had under the model's options, or returns None;
    ``check_output(request)`` raises ValueError for a request that makes no sense; ``compiles = True`` says that the
    first run takes seconds, which checking a study should not wait for.

    Optional, for a model of subjects: ``patients_of(parameters, stream)`` returns one set of them, at values by name
    and with the randomness of one (2,) uint64 stream, as an xarray.Dataset with dimension ``patient``, each column
    with ``units`` and ``long_name``; or None where they cannot be computed. It becomes the group ``patients`` of the
    result. Figures read ``time`` and ``event`` (survival), ``change`` (waterfall), ``responded``, ``end`` and ``best``
    (swimmer), where they are there; other columns are kept.

    Optional: ``dose_times(name)`` gives the times at which drug is given in the experiment of an observable, for
    figures.

    Optional: ``levels(parameters, stream)`` returns rows ``{"level", "treatment", "rule"}``: how each level of chance
    was treated, and the rule that chose it with its figure. The result and the report carry them.

    Optional: ``ledger_levels``, a mapping of levels of chance that no factor stands for and that a variance ledger may
    name, each with the reason why its share is 0; an empty reason says that the model's noise is that level.
    """

    @property
    def parameters(self) -> Mapping[str, ParameterLike]: ...
    @property
    def observables(self) -> Mapping[str, ObservableLike]: ...
    @property
    def time_unit(self) -> str: ...
    @property
    def stochastic(self) -> bool: ...

    def simulate(
        self, parameters: Mapping[str, FloatArray], streams: StreamArray, request: Sequence[OutputRequest]
    ) -> "xr.Dataset":
        """Run n rows.

        Parameters
        ----------
        parameters : mapping of name to (n,) array
            Values in the declared units; a parameter left out is at its nominal value.
        streams : (n, 2) uint64
            Address of each run's randomness: a Philox4x64 key.
        request : sequence of OutputRequest
            What is wanted; what is not wanted is not integrated.

        Returns
        -------
        xarray.Dataset
            Dimension ``run``; one variable per request, ``(run,)`` or ``(run, time_<name>)``; ``status`` (run,) int8.
        """
        ...


Sums = dict[str, FloatArray]
"""Sufficient statistics by name; each array's last axis is the output element."""

Pools = Sequence[tuple[int, int]]
"""Ranges of output elements (the times of one output) that also get one summary index each."""


@dataclass(frozen=True)
class Estimate:
    """A point estimate with its standard error and confidence interval.

    Attributes
    ----------
    value, se : (..., elements + pools)
    ci : (2, ..., elements + pools)
        Lower and upper bound.
    deviations : (replicates, ..., elements + pools) or None
        One deviation for each independent replicate of the design; products of the deviations of two indices, summed
        over replicates, are their covariance. None where the method has no such replicates.
    """

    value: FloatArray
    se: FloatArray
    ci: FloatArray
    deviations: FloatArray | None = None


class Method(Protocol):
    """A design and the only estimator that may read it."""

    @property
    def name(self) -> str: ...
    @property
    def layout(self) -> "Layout":
        """The blocks of the design, in their fixed order."""
        ...

    def units(self, factors: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
        """What is ranked: every factor, and the groups if the method ranks them, with the columns that each moves."""
        ...

    def block_size(self, n_units: int) -> int:
        """Points in a block for `n_units` factors and groups."""
        ...

    def design(self, units: Sequence[Sequence[int]], n_factors: int, seed: int, start: int, stop: int) -> "Design":
        """Blocks ``start`` to ``stop``, regenerated from the seed alone."""
        ...

    def sums(self, design: "Design", y: FloatArray, pools: Pools) -> Sums:
        """Sufficient statistics of all blocks of `design`, which share a scrambling.

        `y` is (blocks, block_size, replicates, elements), NaN where a run failed.
        """
        ...

    def merge(self, a: Sums, b: Sums) -> Sums:
        """Statistics of two disjoint sets of blocks of one scrambling, taken together."""
        ...

    def used(self, totals: Sums) -> FloatArray:
        """How much is behind each index after failures, (units, elements or more): base samples, trajectories, ..."""
        ...

    def estimates(self, totals: Sums, ci: float, pools: Pools) -> dict[str, Estimate]:
        """Indices from the sums of every scrambling; each array of `totals` is (scrambles, ..., elements)."""
        ...


class Executor(Protocol):
    """Calls a function once for every task, in any order, anywhere.

    No task is begun once `stop` says so; closing what `map` returns stops at once.
    """

    def map(self, fn: Callable[[T], R], tasks: Iterable[T], stop: Stop, /) -> Generator[R, None, None]: ...
    def close(self) -> None:
        """Let go of workers; nothing is called after it."""
        ...
