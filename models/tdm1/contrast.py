"""The full model beside the well-mixed single class: where HER2 hides behind supply, and what acts all the same."""

from collections.abc import Mapping

import numpy as np

from models.engine.requests import Output
from models.tdm1.experiments import CYCLE, DAY, PURE, ask, value
from models.tdm1.parameters import TABLE

PERMEABILITIES = (60.0, 334.0)
"""Of vessels (um/day): fitted to DM1 in a tumour, and taken over in earlier models."""


def elasticities(permeability: float) -> tuple[float, float, float]:
    """Return d ln DM1/d ln HER2 well below and well above the crossover R*, and R*."""
    plain = {**PURE, "permeability": permeability}
    crossover = value("tumour.her2_crossover", "last", DAY, None, **plain)
    step, places = 1.05, crossover * np.array([0.2, 30.0])
    dm1 = ask([Output("y", "tumour.dm1_cytosolic", "mean", (0.0, CYCLE))], 4, None, **plain,
              her2_copies=np.concatenate([places / step, places * step]))["y"]  # fmt: skip
    low, high = np.log(dm1[2:] / dm1[:2]) / (2.0 * np.log(step))
    return float(low), float(high), crossover


CHANGES: Mapping[str, tuple[str, float]] = {
    "HER2 2e3": ("her2_copies", 2e3),
    "HER2 2e4": ("her2_copies", 2e4),
    "HER2 1e5": ("her2_copies", 1e5),
    "HER2 2.3e6": ("her2_copies", 2.3e6),
    "masked 0.7": ("masked_fraction", 0.7),
    "p95 0.4": ("p95_fraction", 0.4),
    "shedding 0.04/h": ("k_shed", 0.04),
    "endocytosis 0.125/h": ("k_e", 0.125),
    "recycling 0.97": ("recycling_fraction", 0.97),
    "sorting 0.1/h": ("k_sort", 0.1),
    "proteolysis 0.02/h": ("k_lys", 0.02),
    "V-ATPase 0.1": ("vatpase_activity", 0.1),
    "SLC46A3 0.02/h": ("k_esc", 0.02),
    "MDR1 3000 nM/h": ("mdr1_efflux", 3000.0),
    "permeability 334": ("permeability", 334.0),
}
"""Changes whose effects the models are compared on."""

WINDOWS = {"in_vitro": 72.0, "in_vivo": CYCLE, "tumour": CYCLE}
"""Settings compared, with the hours over which DM1 is averaged: three days in constant medium, a cycle in tumours."""


def contrast() -> list[tuple[str, dict[str, float]]]:
    """Return, by change, the mean DM1 in the cytosol relative to nominal in each of `WINDOWS`."""
    usual = {p.name: p.nominal for p in TABLE}
    changed: list[tuple[str, float]] = [("her2_copies", usual["her2_copies"]), *CHANGES.values()]
    columns = {
        name: [value if name == which else usual[name] for which, value in changed] for name in dict(CHANGES.values())
    }
    found = {
        setting: ask([Output("y", f"{setting}.dm1_cytosolic", "mean", (0.0, end))], len(changed), None, **columns)["y"]
        for setting, end in WINDOWS.items()
    }
    return [
        (label, {setting: float(y[k + 1] / y[0]) for setting, y in found.items()}) for k, label in enumerate(CHANGES)
    ]
