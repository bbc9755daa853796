"""One stage of a study: a design to evaluate with everything else held fixed.

A study without screening has one stage; with screening, the factors that the first stage drops are held at their
nominal values in the second.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sensitivity import dependence
from sensitivity.contracts import FloatArray, Method, Model, OutputRequest, Pools, Status
from sensitivity.dependence import Block
from sensitivity.design import Design
from sensitivity.errors import SensitivityError
from sensitivity.factors import Factor, to_values
from sensitivity.function_model import ModelError, one_line
from sensitivity.quantities import MEAN, Quantity
from sensitivity.streams import SIDES, Purpose, addresses, key

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Stage:
    """What a chunk of runs needs to know.

    Attributes
    ----------
    name : str
        ``"morris"`` or ``"sobol"``: names the folder of its chunks.
    factors : tuple of Factor
        Varied, in the order of the design's columns.
    frozen : mapping of str to float
        Parameters held fixed, in the model's units.
    groups : mapping of str to tuple of str
    blocks : mapping of str to Block
        Factors that depend on each other.
    outputs : tuple of OutputRequest
    seed : int
        Root seed of the stage.
    replicates : int
        Runs at each point, with independent streams.
    shift : tuple of float
        Subtracted from each output element before sums are taken: the outputs at the nominal point.
    floors : tuple of float
        Variation of each output element below which it means nothing; none are known when empty.
    ledger : mapping of str to tuple of str
        Entries of the variance ledger, in order, with their factors.
    quantities : mapping of str to Quantity
        What of an output's distribution over the replicates is analysed, by output; the mean where nothing is said.
    """

    name: str
    method: Method
    factors: tuple[Factor, ...]
    frozen: Mapping[str, float]
    groups: Mapping[str, tuple[str, ...]]
    outputs: tuple[OutputRequest, ...]
    seed: int
    replicates: int = 1
    shift: tuple[float, ...] = field(default=())
    floors: tuple[float, ...] = field(default=())
    blocks: Mapping[str, Block] = field(default_factory=dict)
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    ledger: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def names(self) -> list[str]:
        """Names of the factors."""
        return [factor.name for factor in self.factors]

    @cached_property
    def inputs(self) -> dict[str, list[int]]:
        """Independent inputs, a block counting as one, with their columns."""
        return dependence.inputs(self.names, self.blocks)

    @cached_property
    def unions(self) -> dict[str, tuple[str, ...]]:
        """Nested unions of the ledger's entries, less the last one when it holds every factor."""
        found: dict[str, tuple[str, ...]] = {}
        members: tuple[str, ...] = ()
        for entry, names in self.ledger.items():
            members += names
            if len(members) < len(self.factors):
                found[f"up to {entry}"] = members  # a space: no factor or group has such a name
        return found

    @cached_property
    def units(self) -> dict[str, list[int]]:
        """What has indices (inputs, groups, unions of the ledger), with the columns that each moves."""
        inputs = list(self.inputs.values())
        wanted = {**self.groups, **self.unions}
        of_factor = {self.names[column]: name for name, columns in self.inputs.items() for column in columns}
        groups = {name: list(dict.fromkeys(of_factor[m] for m in members)) for name, members in wanted.items()}
        units = self.method.units(list(self.inputs), groups)
        return {name: [column for i in numbers for column in inputs[i]] for name, numbers in units.items()}

    @property
    def block_size(self) -> int:
        """Points in a block."""
        return self.method.block_size(len(self.units))

    @property
    def runs(self) -> int:
        """Runs in the whole stage."""
        return self.method.layout.blocks * self.block_size * self.replicates

    @cached_property
    def elements(self) -> list[tuple[int, int]]:
        """Range of output elements of each output."""
        edges = np.cumsum([0, *(output.size for output in self.outputs)])
        return [(int(a), int(b)) for a, b in itertools.pairwise(edges)]

    @property
    def pools(self) -> Pools:
        """Ranges of the time courses, each of which also gets one summary index."""
        return [span for span, output in zip(self.elements, self.outputs, strict=True) if output.times is not None]

    @cached_property
    def by_element(self) -> list[Quantity]:
        """Quantity of each output element."""
        return [self.quantities.get(output.name, MEAN) for output in self.outputs for _ in range(output.size)]

    def unit(self, output: OutputRequest) -> str:
        """Unit of what is analysed of an output."""
        return self.quantities.get(output.name, MEAN).unit(output.unit)

    @property
    def summary(self) -> list[int]:
        """Element that stands for each output: its own, or the pool of its time course."""
        pools = itertools.count(self.elements[-1][1])
        spans = zip(self.elements, self.outputs, strict=True)
        return [a if output.times is None else next(pools) for (a, _), output in spans]

    @cached_property
    def independent(self) -> tuple[int, ...]:
        """Points of a block that are drawn independently of each other."""
        return self.design(0, 1).independent

    def quantiles(self, points: FloatArray) -> FloatArray:
        """Quantiles of the factors (n, factors) at points (n, factors) of the unit cube."""
        return dependence.quantiles(self.names, self.blocks, points)

    def design(self, start: int, stop: int) -> Design:
        """Blocks ``start`` to ``stop``."""
        return self.method.design(list(self.units.values()), len(self.factors), self.seed, start, stop)


@dataclass(frozen=True)
class Rows:
    """Runs of some blocks.

    Attributes
    ----------
    y : (blocks, block_size, replicates, elements)
        Outputs, NaN where undefined or failed.
    status : (blocks, block_size, replicates) int8
    steps : (blocks, block_size, replicates) int32
        Solver steps, -1 where the model does not say.
    message : str
        First message of a run that raised.
    """

    y: FloatArray
    status: np.ndarray
    steps: np.ndarray
    message: str = ""


def parameters(stage: Stage, points: FloatArray) -> dict[str, FloatArray]:
    """Model parameters, in the model's units, at points (n, factors) of the unit cube."""
    values = to_values(stage.factors, stage.quantiles(points))
    n = len(points)
    rows = {name: np.full(n, value) for name, value in stage.frozen.items()}
    rows |= {factor.name: values[:, i] * factor.scale for i, factor in enumerate(stage.factors)}
    return rows


def evaluate(stage: Stage, model: Model, design: Design) -> Rows:
    """Run every replicate of every point of a design."""
    shape = (design.blocks, stage.block_size, stage.replicates)
    points = np.repeat(design.flat, stage.replicates, axis=0)
    return _simulate(stage, model, parameters(stage, points), _streams(stage, design), shape)


def evaluate_runs(stage: Stage, model: Model, design: Design, at: Sequence[int]) -> Rows:
    """Run some runs of a design alone; `at` counts through its blocks, their points and replicates.

    Returns
    -------
    Rows
        Arrays (runs, 1, 1, ...).
    """
    points = np.repeat(design.flat, stage.replicates, axis=0)[list(at)]
    streams = _streams(stage, design)[list(at)]
    return _simulate(stage, model, parameters(stage, points), streams, (len(at), 1, 1))


def _streams(stage: Stage, design: Design) -> np.ndarray:
    """Addresses (runs, 2) of the randomness of every run of a design."""
    m, size = stage.replicates, stage.block_size
    side = np.tile(np.repeat(design.side, m), design.blocks)
    return addresses(  # sides beyond those that have bits of their own go on in the replicates
        stage.seed,
        np.repeat(design.scramble, size * m),
        np.repeat(design.row, size * m),
        side % SIDES,
        side // SIDES * m + np.tile(np.arange(m), design.blocks * size),
    )


def nominal_outputs(stage: Stage, model: Model) -> tuple[float, ...]:
    """Outputs at the nominal point, of another run where that failed, 0 where all did, (elements,).

    Also 0 where the quantity that is analysed does not move with the output, as a variance.
    """
    rows = {name: np.array([value]) for name, value in stage.frozen.items()}
    rows |= {factor.name: np.array([factor.nominal * factor.scale]) for factor in stage.factors}
    streams = np.array([[key(stage.seed, Purpose.CHECK), 0]], dtype=np.uint64)
    y = _simulate(stage, model, rows, streams, (1, 1, 1)).y.ravel()
    if not np.all(np.isfinite(y)):
        # Any value near the others will do: sums around zero would lose the digits of an output far from zero.
        other = evaluate(stage, model, stage.design(0, 1)).y.reshape(-1, len(y))
        first = np.argmax(np.isfinite(other), axis=0)
        y = np.where(np.isfinite(y), y, other[first, np.arange(len(y))])
    located = [quantity.located for quantity in stage.by_element]
    return tuple(float(value) for value in np.where(np.isfinite(y) & located, y, 0.0))


def _simulate(
    stage: Stage,
    model: Model,
    rows: Mapping[str, FloatArray],
    streams: np.ndarray,
    shape: tuple[int, int, int],
) -> Rows:
    n = len(streams)
    dataset = _dataset(stage, model, rows, streams)
    columns: Sequence[FloatArray] = [
        _column(dataset, output.name, (n,) if output.times is None else (n, output.size)).reshape(n, output.size)
        for output in stage.outputs
    ]
    y = np.concatenate(columns, axis=1)
    status = _column(dataset, "status", (n,))
    if not np.all(np.isin(status, [int(s) for s in Status if s != Status.NOT_RUN])):
        raise ModelError(f"the model returned a status that is none of {', '.join(f'{s} {s.name}' for s in Status)}")
    infinite = np.isinf(y).any(axis=1) & (status == Status.OK)
    status = np.where(infinite, Status.NON_FINITE, status).astype(np.int8)
    # A run that gave some of its outputs keeps them; of any other failed run nothing counts.
    usable = (status == Status.OK) | (status == Status.NON_FINITE)
    y = np.where(np.isfinite(y) & usable[:, None], y, np.nan)
    steps = _column(dataset, "steps", (n,)) if "steps" in dataset else np.full(n, -1.0)
    return Rows(
        y.reshape(*shape, -1),
        status.reshape(shape),
        steps.astype(np.int32).reshape(shape),
        str(dataset.attrs.get("error", "")),
    )


def _dataset(stage: Stage, model: Model, rows: Mapping[str, FloatArray], streams: np.ndarray) -> "xr.Dataset":
    try:
        return model.simulate(rows, streams, stage.outputs)
    except (SensitivityError, MemoryError):
        raise
    except Exception as error:
        raise ModelError(f"the model raised {one_line(error)}; it must give a bad row a status instead") from error


def _column(dataset: "xr.Dataset", name: str, shape: tuple[int, ...]) -> FloatArray:
    if name not in dataset:
        raise ModelError(f"the model returned no '{name}'; it returned: {', '.join(map(str, dataset))}")
    values = np.asarray(dataset[name].values, dtype=np.float64)
    if values.shape != shape:
        raise ModelError(f"the model returned '{name}' with shape {values.shape}, expected {shape}")
    return values
