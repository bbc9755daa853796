"""The variance ledger: shares of an output's variance that add up to one, in a stated order.

Single indices of factors that interact, and of noise, do not add up. Closed indices of nested unions of inputs do: the
share of the k-th entry is what it explains beyond all entries before it, alone or together with them
(Owen 2014, doi 10.1137/130936233, section 3, for one order instead of the average over all). The order is part of the
answer, as in every sequential sum of squares. What is left is the noise of a stochastic model.
"""

from collections.abc import Sequence

import numpy as np

from sensitivity.contracts import Estimate, FloatArray
from sensitivity.methods.intervals import from_deviations


def ledger(closed: Sequence[Estimate], noise: Estimate | None, ci: float, *, complete: bool) -> Estimate:
    """Shares of the entries, of all other inputs and of the noise.

    Parameters
    ----------
    closed : sequence of Estimate
        Closed indices (elements,) of the nested unions, in order, as shares of the variance without noise.
    noise : Estimate or None
        Share of the noise (elements,) in the whole variance; None for a model without noise.
    ci : float
        Confidence level.
    complete : bool
        Whether one more entry follows, with which the union holds every input: its closed index is 1.

    Returns
    -------
    Estimate (entries + 2, elements)
        Of each entry; of the other inputs, which is 0 when there are none; of the noise.
    """
    deviations = closed[0].deviations if closed else None if noise is None else noise.deviations
    if deviations is None:
        raise ValueError("a ledger needs an index with replicates")
    elements, nothing = deviations.shape[-1], np.zeros_like(deviations)
    edge = [np.zeros(elements), *(one.value for one in closed), np.ones(elements)]
    edge_deviations = [nothing, *(_deviations(one) for one in closed), nothing]
    if complete:  # no other inputs are left
        edge.append(np.ones(elements))
        edge_deviations.append(nothing)
    share = np.zeros(elements) if noise is None else noise.value
    share_deviations = nothing if noise is None else _deviations(noise)
    steps, step_deviations = np.diff(edge, axis=0), np.diff(edge_deviations, axis=0)
    value = np.concatenate([steps * (1.0 - share), share[None]])
    spread = step_deviations * (1.0 - share) - steps[:, None] * share_deviations  # the product's first differences
    found = np.concatenate([spread, share_deviations[None]]).swapaxes(0, 1)
    return from_deviations(value, found, ci)


def together(estimate: Estimate, elements: Sequence[int], ci: float) -> Estimate:
    """Index of several outputs taken together, (units,): the generalised index with each output over its variance.

    Gamboa et al. (2014, doi 10.1214/14-EJS895) sum numerators and denominators; with outputs made comparable by their
    standard deviations that is the mean of their indices.
    """
    at = list(elements)
    return from_deviations(estimate.value[:, at].mean(axis=-1), _deviations(estimate)[:, :, at].mean(axis=-1), ci)


def _deviations(estimate: Estimate) -> FloatArray:
    if estimate.deviations is None:
        raise ValueError("this index has no replicates")
    return estimate.deviations
