"""The ``noise`` of a study file: how often a stochastic model is run at one point, against what is asked of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sensitivity.contracts import Method, Model
from sensitivity.methods.sobol import Sobol
from sensitivity.problems import Problems
from sensitivity.quantities import LEAST, Quantity
from sensitivity.yaml12 import Path

if TYPE_CHECKING:
    from sensitivity.schema import NoiseEntry


def with_noise(
    problems: Problems, method: Method | None, noise: "NoiseEntry", model: Model, asked: Mapping[str, Quantity]
) -> Method | None:
    """Check the replicates against the model, and give one-run designs of stochastic models their twin rows.

    Parameters
    ----------
    asked : mapping of str to Quantity
        Of the outputs that are not analysed by their mean.
    """
    replicates = noise.replicates
    _check_quantities(problems, replicates, model, asked)
    if replicates > 1 and not model.stochastic:
        message = f"{replicates} replicates of a deterministic model are {replicates} equal runs: write 1"
        problems.error("E122", ("noise", "replicates"), message)
    one_run = replicates == 1 and model.stochastic
    twin = one_run and isinstance(method, Sobol) if noise.twin is None else noise.twin
    if noise.twin:
        _check_twin(problems, replicates, model, method)
    if one_run and not twin and method is not None:
        message = (
            "the model is stochastic: with one replicate its noise is part of every index; write replicates: 2 or more"
        )
        problems.warning("W205", ("noise", "replicates"), message)
    return replace(method, twin=True) if twin and isinstance(method, Sobol) else method


def _check_twin(problems: Problems, replicates: int, model: Model, method: Method | None) -> None:
    path: Path = ("noise", "twin")
    if not model.stochastic:
        problems.error("E122", path, "a deterministic model has no noise for twin rows to measure: drop 'twin'")
    elif replicates > 1:
        problems.error("E122", path, f"{replicates} replicates measure the noise themselves: drop 'twin'")
    elif method is not None and not isinstance(method, Sobol):
        problems.error("E122", path, f"{method.name} designs have no twin rows: write replicates: 2 instead")


def _check_quantities(problems: Problems, replicates: int, model: Model, asked: Mapping[str, Quantity]) -> None:
    for name, quantity in asked.items():
        least = LEAST[quantity.kind]
        if not model.stochastic:
            message = f"output {name}: a deterministic model has no {quantity.kind} over replicates"
            problems.error("E122", ("outputs", name, "quantity"), message)
        elif replicates < least or replicates % 2:
            even = max(least, replicates + replicates % 2)
            message = (
                f"output {name}: a {quantity.kind} needs an even number of replicates, {least} or more; try {even}"
            )
            problems.error("E122", ("noise", "replicates"), message)
