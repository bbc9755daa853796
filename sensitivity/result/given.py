"""Groups /given and /given_shapley: given-data indices of the independent runs of a design."""

from typing import Any

import xarray as xr

from sensitivity.given import Companions
from sensitivity.result.labels import strings, variables

MEANINGS = {
    "S1_rank": "first-order index by ranks (Chatterjee; Gamboa et al. 2022)",
    "S1_rbd_fast": "first-order index by RBD-FAST",
    "prcc": "partial rank correlation with the output",
    "delta": "Borgonovo's delta, a lower bound",
    "pawn_median": "PAWN, median over slices, without the part that chance adds",
    "pawn_maximum": "PAWN, maximum over slices, without the part that chance adds",
    "pawn_median_plain": "PAWN, median over slices, as published",
    "pawn_median_critical": "value that the published one of an inert factor exceeds with 5 % at most",
    "ks_distance": "Kolmogorov-Smirnov distance between resistant and responding runs, without the part of chance",
    "ks_direction": "above 0 where high values of the factor go with resistance (Cliff's delta)",
    "ks_p_value": "probability of the distance by chance, adjusted for the number of factors (Holm)",
}


def given_groups(found: Companions, factors: list[str], ci: float) -> dict[str, xr.Dataset]:
    """Datasets of the companions, output first."""
    data: dict[str, Any] = {}
    for name, estimate in found.estimates.items():
        data |= variables(name, estimate, ("factor", "output"), MEANINGS[name], ci)
    for name, values in found.values.items():
        data[name] = (("output", "factor"), values.T, {"long_name": MEANINGS[name], "units": "1"})
    labels = {"output": strings(found.outputs), "ci_bound": strings(["lower", "upper"])}
    rules = ("output", strings([found.splits[name] for name in found.outputs]), {"long_name": "runs called resistant"})
    whole = xr.Dataset(data | {"resistant": rules}, coords={**labels, "factor": strings(factors)})
    whole.attrs["points"] = found.points
    nodes = {"/given": whole}
    if found.shapley is not None:
        units, shares = found.shapley
        meaning = "Shapley effect: share of the variance, also of factors that depend on each other"
        shapley = variables("share", shares, ("unit", "output"), meaning, ci)
        nodes["/given_shapley"] = xr.Dataset(shapley, coords={**labels, "unit": strings(units)})
    return nodes
