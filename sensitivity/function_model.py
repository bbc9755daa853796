"""A plain function as a model: ``f(x)`` or ``f(x, rngs)`` on a dictionary of arrays.

A function may fail on some rows, write into its input or keep state between calls. Here a row that raises is found by
bisection and costs itself only, the input is a copy, and `hidden_state_problem` finds the state.
"""

import contextlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.contracts import (
    FloatArray,
    Model,
    ObservableLike,
    OutputRequest,
    ParameterLike,
    Status,
    StreamArray,
)
from sensitivity.errors import SensitivityError
from sensitivity.streams import generators

if TYPE_CHECKING:
    import xarray as xr

TIME_UNIT = "day"
"""Unit of a plain function's times once a study is read: such a function declares none."""


class ModelError(SensitivityError):
    """A model returned something else than its contract says."""

    exit_code = 3


class FunctionModel:
    """A plain function behind the model contract.

    Parameters
    ----------
    function : callable
        ``f(x: dict[str, (n,)]) -> dict[str, (n,) or (n, times)]``; with a second parameter that has no default, or is
        called ``rngs``, it gets n generators there and is stochastic.

    Raises
    ------
    ValueError
        When the function cannot be called in either way.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)
        self.stochastic = _takes_generators(function, self.name)

    parameters: Mapping[str, ParameterLike] = {}
    observables: Mapping[str, ObservableLike] = {}
    time_unit = TIME_UNIT

    def simulate(
        self, parameters: Mapping[str, FloatArray], streams: StreamArray, request: Sequence[OutputRequest]
    ) -> "xr.Dataset":
        """Run n rows.

        Returns
        -------
        xarray.Dataset
            As `Model.simulate`; the attribute ``error`` is the message of the first row that raised.

        Raises
        ------
        ModelError
            When the function returns other keys or shapes than were asked.
        """
        import xarray as xr

        n = len(streams)
        values = {output.name: np.full((n, output.size), np.nan) for output in request}
        status = np.full(n, Status.OK, dtype=np.int8)
        messages: list[str] = []

        def fill(start: int, stop: int) -> None:
            rows = slice(start, stop)
            try:
                result = self._call({name: np.array(x[rows]) for name, x in parameters.items()}, streams[rows])
            except (Exception, SystemExit) as error:
                if stop - start == 1:
                    status[start] = Status.ERROR
                    messages.append(one_line(error))
                else:
                    middle = (start + stop) // 2
                    fill(start, middle)
                    fill(middle, stop)
                return
            for output in request:
                values[output.name][rows] = self._values(result, output, stop - start)

        if n:
            fill(0, n)
        for array in values.values():
            bad = ~np.isfinite(array)
            status[bad.any(axis=1) & (status == Status.OK)] = Status.NON_FINITE
            array[bad] = np.nan
        variables: dict[str, Any] = {"status": ("run", status)}
        coordinates = {}
        for output in request:
            if output.times is None:
                variables[output.name] = ("run", values[output.name][:, 0])
            else:
                variables[output.name] = (("run", f"time_{output.name}"), values[output.name])
                coordinates[f"time_{output.name}"] = np.array(output.times)
        return xr.Dataset(variables, coords=coordinates, attrs={"error": messages[0]} if messages else {})

    def _call(self, x: dict[str, FloatArray], streams: StreamArray) -> Any:
        # What becomes infinite is counted as such: NumPy's warning on stderr would only repeat it. What the function
        # prints goes to stderr: stdout is for data.
        with np.errstate(all="ignore"), contextlib.redirect_stdout(sys.stderr):
            return self.function(x, generators(streams)) if self.stochastic else self.function(x)

    def _values(self, result: Any, output: OutputRequest, n: int) -> FloatArray:
        """The array of one output, as (n, size)."""
        if not isinstance(result, Mapping):
            raise ModelError(f"{self.name} must return a dictionary of arrays, got {type(result).__name__}")
        if output.of not in result:
            returned = ", ".join(map(str, result)) or "nothing"
            raise ModelError(f"{self.name} returned no '{output.of}' (output {output.name}); it returned: {returned}")
        given = result[output.of]
        try:
            array = np.asarray(given.filled(np.nan) if isinstance(given, np.ma.MaskedArray) else given)
        except (ValueError, TypeError) as error:
            raise ModelError(f"{self.name} returned a '{output.of}' that is no array: {one_line(error)}") from None
        if array.dtype.kind not in "fiub":
            raise ModelError(f"{self.name} returned '{output.of}' as {array.dtype}, expected real numbers")
        expected = (n,) if output.times is None else (n, output.size)
        if array.shape != expected:
            meaning = "(rows,)" if output.times is None else "(rows, times)"
            raise ModelError(
                f"{self.name} returned '{output.of}' with shape {array.shape}, expected {expected} = {meaning} "
                f"for output {output.name}"
            )
        return array.reshape(n, output.size).astype(np.float64)


def _takes_generators(function: Callable[..., Any], name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p for p in positional if p.default is p.empty]
    keywords = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if len(needed) > 2 or keywords or not (positional or any(p.kind is p.VAR_POSITIONAL for p in parameters)):
        raise ValueError(f"{name} must be a function of x, or of x and rngs; it is {name}{inspect.signature(function)}")
    return len(needed) == 2 or (len(positional) > 1 and positional[1].name == "rngs")


def one_line(error: BaseException) -> str:
    """Kind and message of an exception on one line, cut at 300 characters."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")[:300]


def hidden_state_problem(
    model: Model, parameters: Mapping[str, FloatArray], outputs: Sequence[OutputRequest]
) -> str | None:
    """Find out whether a run depends on anything but its own row and its own stream.

    The rows are run together, together in reverse order, and one by one; streams travel with their rows. All results
    must agree bit for bit, or the same study would give other numbers with another chunk size.

    Parameters
    ----------
    parameters : mapping of name to (n,) array
        A few rows, two or more, in the model's units.

    Returns
    -------
    str or None
        What differed.

    Raises
    ------
    ModelError
        When the model does not return what was asked.
    """
    n = len(next(iter(parameters.values())))
    streams = np.stack([np.full(n, 7, dtype=np.uint64), np.arange(n, dtype=np.uint64)], axis=1)

    def run(rows: list[int]) -> dict[str, FloatArray]:
        dataset = model.simulate({name: x[rows] for name, x in parameters.items()}, streams[rows], outputs)
        return {name: np.asarray(dataset[name].values) for name in (*(o.name for o in outputs), "status")}

    whole = run(list(range(n)))
    backwards = run(list(range(n))[::-1])
    alone = [run([i]) for i in range(n)]
    for name, values in whole.items():
        for other, how in (
            (backwards[name][::-1], "in another order"),
            (np.concatenate([single[name] for single in alone]), "one by one"),
        ):
            if not np.array_equal(values, other, equal_nan=True):
                return _difference(name, values, other, how)
    return None


def _difference(name: str, values: FloatArray, other: FloatArray, how: str) -> str:
    both = np.isfinite(values) & np.isfinite(other)
    scale = np.maximum(np.abs(values[both]), np.abs(other[both]))
    gap = np.max(np.abs(values[both] - other[both]) / np.where(scale > 0.0, scale, 1.0), initial=0.0)
    text = f"the same rows run {how} give another '{name}'"
    if np.all(both) and gap < 1e-10:
        return (
            f"{text} in the last digits (relative {gap:.1e}): a sum or matrix product whose rounding depends on the "
            "number of rows; reduce over an axis of fixed length instead, for example with (a * b).sum(axis=1)"
        )
    return (
        f"{text} (relative difference {gap:.1e}): a run must depend on its own row and its own generator only, not "
        "on other rows, on earlier calls or on a global random state"
    )
