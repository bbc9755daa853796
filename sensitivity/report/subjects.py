"""The patients of a result: figures of one trial, and what a reader must know of them."""

import xarray as xr
from markupsafe import Markup

from sensitivity.plots import style
from sensitivity.report.figures import whole_figures

CAPTIONS = {
    "kaplan_meier": "Survival without the event: product-limit estimate with intervals, and patients at risk below",
    "waterfall": "Best change of tumour size of each patient, with the bounds of progression and response",
    "swimmer": "Time of patients, where their response began, and what ended their time",
}


def sentence(tree: xr.DataTree) -> str:
    """Say what the figures of patients are of; empty where the result has none."""
    if "patients" not in tree.children:
        return ""
    whose = style.of_patients(tree["patients"].to_dataset())
    return (
        f"Figures of {whose}, with one draw of all that is chance: an example of what a run of this study "
        "computes, not an average over its ranges."
    )


def figures(tree: xr.DataTree) -> list[Markup]:
    """Figures of the patients."""
    return whole_figures(tree, CAPTIONS, "patients")
