"""The classes of cells of a tumour: bins along one axis, an atom of cells without amplification, resistant families.

The axis stands for everything that makes one cell take up or feel more DM1 than another: HER2, access to antibody and
tolerance move along it together. Cells wander along it as an Ornstein-Uhlenbeck process does, so the width is a
standard normal law at rest and a cell forgets its place over the memory time (stochastic.md 1.4). The atom is a class
of its own because no tail of a log-normal law reaches cells without amplification; families are the routes to
resistance that were seen in cell lines (Li 2018 Mol Cancer Ther 17:1441; Loganzo 2015 Mol Cancer Ther 14:952; Wang
2017; Hamblett 2015 Cancer Res 75:5329).
"""

import numpy as np
from numpy.typing import NDArray

from models.engine.declaration import Parameter, Rule

FAMILIES = {
    "mdr1": "MDR1 pumps DM1 out",
    "vatpase": "lysosomes that are not acid",
    "slc46a3": "catabolite kept in the lysosome",
    "her2_loss": "HER2 lost",
    "tubulin": "tubulin that binds DM1 poorly",
    "survival": "apoptosis held back",
}
"""Resistant families, each one class in the middle of the axis."""

WIDTH = 4.5
"""Half the width of the axis in standard deviations: 7e-6 of the cells lie beyond."""


def class_parameters() -> list[Parameter]:
    """Declare what `layout` gives each class; none of it differs between rows."""
    units = {"climb": "1", "slip": "1", "place": "1", "half": "1", "portion": "1"}
    meanings = {
        "climb": "passage to the next bin, a memory time",
        "slip": "passage to the bin before, a memory time",
        "place": "place on the axis, in standard deviations",
        "half": "-1/2 in a bin: keeps the mean of a log-normal spread at its parameter",
        "portion": "share of the cells of its kind",
        "amplified": "1 in a bin",
        "unamplified": "1 in the class without amplification",
        "resistant": "1 in a resistant family",
    } | {f"is_{name}": f"1 where {meaning}" for name, meaning in FAMILIES.items()}
    return [
        Parameter(name, name, 0.0, units.get(name, "1"), meaning, "classes of cells", "assumed: numerical", (-1e9, 1e9))
        for name, meaning in meanings.items()
    ]


def layout(bins: int) -> dict[str, NDArray[np.float64]]:
    """Return the parameters of every class: `bins` bins, then the atom, then the families.

    Returns
    -------
    dict of str to (bins + 1 + families,) array
        Passage rates are those of a reversible chain whose stationary law is the normal one on the bins: between
        neighbours dx apart, the inverse of dx squared times the root of the ratio of their shares (detailed balance).
        One bin has no width.
    """
    total = bins + 1 + len(FAMILIES)
    found = {p.name: np.zeros(total) for p in class_parameters()}
    found["amplified"][:bins] = 1.0
    found["unamplified"][bins] = 1.0
    found["resistant"][bins + 1 :] = 1.0
    found["portion"][bins:] = 1.0
    found["portion"][bins + 1 :] = 1.0 / len(FAMILIES)
    for i, name in enumerate(FAMILIES):
        found[f"is_{name}"][bins + 1 + i] = 1.0
    if bins == 1:
        found["portion"][0] = 1.0
        return found
    place, dx = np.linspace(-WIDTH, WIDTH, bins, retstep=True)
    share = np.exp(-0.5 * place**2)
    share /= share.sum()
    found["place"][:bins], found["portion"][:bins], found["half"][:bins] = place, share, -0.5
    found["climb"][: bins - 1] = np.sqrt(share[1:] / share[:-1]) / dx**2
    found["slip"][1:bins] = np.sqrt(share[:-1] / share[1:]) / dx**2
    return found


def traits() -> list[Rule]:
    """Declare what a class is like."""
    return [
        Rule("copies",
             "(amplified*exp(her2_spread*place + half*her2_spread**2) + resistant/resistance_fold**is_her2_loss)"
             "*her2_copies + unamplified*nonamplified_copies", "1", "HER2 molecules a cell"),
        # Cells lie at distances from their vessel with a standard deviation of the Krogh radius over the root of 18.
        Rule("access_spread", "krogh_radius/(sqrt(18)*penetration_depth)", "1",
             "standard deviation of ln access to antibody between cells"),
        Rule("access", "exp(access_spread*place + half*access_spread**2)", "1", "access to antibody"),
        Rule("tolerance", "map_fold*exp(-tolerance_spread*place)", "1", "fold of the occupancy thresholds"),
        Rule("share",
             "(1 - resistant_fraction)*(amplified*portion*(1 - nonamplified_fraction)"
             " + unamplified*nonamplified_fraction) + resistant*portion*resistant_fraction", "1",
             "share of the cells before treatment"),
    ]  # fmt: skip


REPLACED = {
    "her2_copies": "copies",
    # A family has fold times the clearance of passive efflux, so that the fold is that of the steady DM1 (1: no pump).
    "mdr1_efflux": "mdr1_efflux + is_mdr1*(resistance_fold - 1)*k_out*mdr1_km",
    "vatpase_activity": "vatpase_activity/resistance_fold**is_vatpase",
    "k_esc": "k_esc/resistance_fold**is_slc46a3",
    "tubulin_mutation_fold": "tubulin_mutation_fold*resistance_fold**is_tubulin",
}
"""What takes the place of the cell's parameters in a class."""
