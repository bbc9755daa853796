"""How far failed runs could move an index: estimates with every failed run at an extreme of the observed outputs.

Pairwise deletion answers for the part of the ranges where the model runs. Nothing is known of the rest, but were all
failed runs as low, or as high, as any run that succeeded, the indices would be these. A range that leaves a ranking
as it is says that the failures do not matter to it.
"""

from collections.abc import Mapping

import numpy as np

from sensitivity import floors, statistics
from sensitivity.contracts import FloatArray, Status
from sensitivity.stage import Stage
from sensitivity.statistics import Piece, leaf_sums

INDICES = ("S1", "ST", "mu_star")


def ranges(
    stage: Stage, rows: Mapping[str, np.ndarray], estimates: Mapping[str, FloatArray], ci: float
) -> dict[str, FloatArray]:
    """Smallest and largest value of each index over what failed runs may have been.

    Parameters
    ----------
    rows : mapping
        ``y`` (blocks, block_size, replicates, elements) and ``status`` (blocks, block_size, replicates) of all blocks.
    estimates : mapping of str to (units, elements) array
        The indices with failed runs left out.

    Returns
    -------
    mapping of str to (2, units, elements) array
        Only of `INDICES`; empty when no run failed.
    """
    y = rows["y"]
    lost = np.isnan(y) & (rows["status"] != Status.OK)[..., None]
    if not lost.any():
        return {}
    axes = (0, 1, 2)
    finite = np.isfinite(y)
    low = np.min(np.where(finite, y, np.inf), axis=axes)
    high = np.max(np.where(finite, y, -np.inf), axis=axes)
    known = finite.any(axis=axes)  # an output without a single value has no extremes
    candidates = {name: [estimates[name]] for name in INDICES if name in estimates}
    for extreme in (low, high):
        found = _estimates(stage, np.where(lost & known, np.where(known, extreme, 0.0), y), ci)
        for name, values in candidates.items():
            values.append(found[name])
    return {name: np.stack([np.min(v, axis=0), np.max(v, axis=0)]) for name, v in candidates.items()}


def _estimates(stage: Stage, y: FloatArray, ci: float) -> dict[str, FloatArray]:
    leaves = {a: leaf_sums(stage, a, y[a:b]) for a, b, _, _ in stage.method.layout.leaves}
    totals = statistics.totals(stage, [Piece(leaves, {})])
    found = floors.blank(stage, stage.method.estimates(totals, ci, stage.pools))
    return {name: estimate.value for name, estimate in found.items()}
