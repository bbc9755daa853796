"""Classes of cells around one medium or interstitium: what they hold, what becomes of them, and how they pass on.

What a cell is set to (receptors and what is on its way with them) stays with the class; cytosolic DM1 moves with the
cell. Contents are amounts in all cells of a class, so division does not change them and death takes its share.
"""

from collections.abc import Mapping

from models.engine.declaration import Classes, Reaction, Total
from models.tdm1 import cell, fate
from models.tdm1.cell import Surroundings
from models.tdm1.classes import class_parameters, traits
from models.tdm1.fate import VOLUME

NANOMOLE = "nmol"

CELL_FLOOR = 1e-9
"""Floor of a volume of cells, mm^3: a two-thousandth of a cell of 2 pL."""

AMOUNT_FLOOR = 1e-17
"""Floor of what cells hold, nmol: 5e-3 nM in one cell of 2 pL."""


def population(around: Surroundings, vigour: str, dead: Mapping[str, Mapping[str, str]]) -> Classes:
    """Declare the cells of every class.

    Parameters
    ----------
    around : Surroundings
        With pools as amounts.
    vigour : str
        Births relative to free growth.
    dead : mapping
        Where the contents of a dying cell go, by the end of their name.
    """
    contents = cell.species(around)
    dying = [
        Reaction(f"dying_{s.name}", f"mortality*{s.name}", {s.name: "-1", **dead[s.name.rpartition("_")[2]]},
                 "goes with a dying cell")
        for s in contents
    ]  # fmt: skip
    passing = [
        Reaction(f"{step}_{name}", f"{step}/memory_time*{name}", {name: "-1", f"{side}_{name}": "1"}, "changes its bin")
        for step, side in (("climb", "next"), ("slip", "previous"))
        for name in (*fate.MOVING, "cytosol_dm1")
    ]
    inside = " + ".join(cell.ADC)
    return Classes(
        parameters=class_parameters(),
        species=(*contents, *fate.species("share*cells_start", CELL_FLOOR)),
        rules=(
            *traits(), *fate.volumes(), *cell.own_rules(around), *fate.own_rules(),
        ),
        totals=(
            Total("cells", "living", VOLUME, "living cells"),
            Total("conjugate_in_cells", inside, NANOMOLE, "conjugate on and in living cells"),
            Total("mutants", "amplified*mutation_rate*mitoses*(1 - arrest)*cycling", "mm^3/hour",
                  "resistant daughters where there is room"),
            Total("naked_in_cells", " + ".join(cell.NAKED), NANOMOLE, "trastuzumab on and in living cells"),
            Total("resistant_cells", "resistant*living", VOLUME, "living cells of resistant families"),
            Total("unamplified_cells", "unamplified*living", VOLUME, "living cells without amplification"),
            Total("quiescent_cells", "quiescent", VOLUME, "living cells out of the cycle"),
            Total("dm1_in_cytosol", "cytosol_dm1", NANOMOLE, "DM1 in the cytosol of living cells"),
            Total("dm1_in_lysosomes", "lysosome_dm1", NANOMOLE, "catabolite in lysosomes of living cells"),
            Total("bound_at_surface", "her2_adc", NANOMOLE, "T-DM1 at the surface of living cells"),
            Total("occupied", "occupancy*living", VOLUME, "occupancy of tubulin, summed over living cells"),
        ),
        reactions=(
            *cell.reactions(around),
            *dying,
            *fate.reactions(vigour, "tissue"),
            Reaction("mutation", f"resistant*portion*{vigour}*mutants", {"cycling": "1"}, "a resistant daughter"),
            *passing,
        ),
    )  # fmt: skip
