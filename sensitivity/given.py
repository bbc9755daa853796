"""Companions of a Sobol' study: what methods for given data make of its independent runs, without one run more.

The A and B rows of a design are plain random points. They answer questions that variance shares do not: which factors
differ between resistant and responding runs, where outputs rise or fall with a factor, how far whole distributions
move, and what members of a dependent block do inside it. A chunk stores the outputs of these points, of the first rows
only, so that what is kept does not grow with the design; points are made again from the seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sensitivity import quantities
from sensitivity.contracts import Estimate, FloatArray, IntArray
from sensitivity.design import LEAF
from sensitivity.methods.given.delta import delta
from sensitivity.methods.given.pawn import pawn
from sensitivity.methods.given.prcc import prcc
from sensitivity.methods.given.rank_first_order import rank_first_order
from sensitivity.methods.given.rbd_fast import rbd_fast
from sensitivity.methods.given.regional import regional
from sensitivity.methods.given.shapley import EXACT, shapley
from sensitivity.methods.sobol import Sobol
from sensitivity.splits import Split
from sensitivity.stage import Stage
from sensitivity.streams import Purpose, key

MOST_POINTS = 2**14
"""Given-data indices of so many points err by 0.01 or less; more would mostly cost time."""

MOST_VALUES = 2**22
"""Points times outputs: 32 MiB."""

FEWEST_POINTS = 128
"""Below, no interval of a given-data index is narrow enough to say anything."""


@dataclass(frozen=True)
class Companions:
    """Given-data indices of the scalar outputs of a stage.

    Attributes
    ----------
    outputs : list of str
    estimates : mapping of str to Estimate
        Arrays (factors, outputs).
    values : mapping of str to (factors, outputs) array
        Values without an interval: critical values and probabilities.
    points : int
        Runs that they rest on.
    shapley : (list of str, Estimate) or None
        Shares of the members of dependent blocks and of all other factors together, (units, outputs).
    """

    outputs: list[str]
    estimates: Mapping[str, Estimate]
    values: Mapping[str, FloatArray]
    points: int
    splits: Mapping[str, str] = field(default_factory=dict)
    shapley: tuple[list[str], Estimate] | None = None


def blocks(stage: Stage) -> int:
    """Number of blocks, from the first, whose independent points are used; 0 where a design has no use for them."""
    if not isinstance(stage.method, Sobol):
        return 0
    independent = len(stage.independent)
    layout = stage.method.layout
    points = min(MOST_POINTS, MOST_VALUES // stage.elements[-1][1])
    whole = LEAF * layout.scrambles  # a leaf of every scrambling
    most = points // (independent * whole) * whole
    return min(max(most, whole), layout.blocks)


def of_chunk(stage: Stage, start: int, y: FloatArray) -> FloatArray:
    """Outputs (blocks, independent points, elements) that a chunk beginning at block `start` must keep.

    `y` is (blocks, block_size, replicates, elements); what is kept is the mean of the estimates that indices use.
    """
    stop = max(0, min(len(y), blocks(stage) - start))
    at = list(stage.independent)
    return np.asarray(quantities.estimates(y[:stop][:, at], stage.by_element).mean(axis=-2))


def companions(stage: Stage, y: FloatArray, splits: Mapping[str, Split], ci: float) -> Companions | None:
    """Compute every companion; None where there are too few points, or no scalar output.

    Parameters
    ----------
    y : (blocks, independent points, elements)
        As `of_chunk` keeps them, of all chunks.
    splits : mapping of str to Split
        By output; the lowest quarter where nothing is said.
    """
    scalar = [(a, output.name) for (a, _), output in zip(stage.elements, stage.outputs, strict=True)
              if output.times is None]  # fmt: skip
    n = y.shape[0] * y.shape[1]
    if n < FEWEST_POINTS or not scalar:
        return None
    design = stage.design(0, len(y))
    points = design.points[:, list(stage.independent)].reshape(n, -1)
    u = stage.quantiles(points)
    scramble = np.repeat(design.scramble, y.shape[1])
    values = np.ascontiguousarray(y.reshape(n, -1)[:, [element for element, _ in scalar]])
    names = [name for _, name in scalar]
    rules = [splits.get(name, Split()) for name in names]
    resistant = np.stack([rule.resistant(values[:, i]) for i, rule in enumerate(rules)], axis=1)
    difference = regional(u, resistant, ~np.isfinite(values), scramble, ci)
    moved, distribution = pawn(u, values, scramble, ci), delta(u, values, scramble, ci)
    return Companions(
        names,
        {
            "S1_rank": rank_first_order(u, values, scramble, ci),
            "S1_rbd_fast": rbd_fast(u, values, scramble, ci).first_order,
            "prcc": prcc(u, values, scramble, ci),
            "delta": distribution.delta,
            "pawn_median": moved.median,
            "pawn_maximum": moved.maximum,
            "ks_distance": difference.distance,
            "ks_direction": difference.direction,
        },
        {
            "ks_p_value": difference.p_value,
            "pawn_median_plain": moved.plain[0],
            "pawn_median_critical": moved.critical[0],
        },
        n,
        {name: rule.words for name, rule in zip(names, rules, strict=True)},
        _shapley(stage, u, values, scramble, ci),
    )


def _shapley(
    stage: Stage, u: FloatArray, y: FloatArray, scramble: IntArray, ci: float
) -> tuple[list[str], Estimate] | None:
    """Shares of each dependent member and of the rest; None without dependent blocks or with too many members."""
    members = [name for block in stage.blocks.values() for name in block.members]
    others = [i for i, name in enumerate(stage.names) if name not in members]
    units = [[stage.names.index(name)] for name in members] + ([others] if others else [])
    if not members or len(units) > EXACT:
        return None
    rng = np.random.Generator(np.random.Philox(key=key(stage.seed, Purpose.SHAPLEY)))
    return [*members, *(["all others"] if others else [])], shapley(u, y, scramble, rng, units, ci)
