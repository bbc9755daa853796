"""A well: a number of cells in a finite medium that they empty (corrections to the study, item 18).

At 0.07 nM, 5,000 SK-BR-3 cells hold more receptors than 100 microlitres hold antibodies, so the medium is a state. The
cells are those of a tumour, in the same classes and with the same fate; they grow freely and none is out of the cycle.
"""

from functools import cache

from models.engine.declaration import Observable, Rule, Species
from models.engine.network import Network
from models.engine.solver import Schedule
from models.tdm1 import cell, fate
from models.tdm1.cell import COPY, NM, Surroundings
from models.tdm1.cell_population import AMOUNT_FLOOR, CELL_FLOOR, NANOMOLE, population
from models.tdm1.classes import REPLACED
from models.tdm1.fate import VOLUME
from models.tdm1.parameters import TABLE

AROUND = Surroundings(
    adc="medium_tdm1",
    naked="medium_trastuzumab",
    dm1="medium_dm1",
    growth="births",
    lost={"antibody_lost": "1"},
    lost_adc={"antibody_lost": "1", "dm1_lost": "dar"},
    lost_dm1={"dm1_lost": "1"},
    released={"dm1_outside": "1"},
    binding={"medium_adc": "-1"},
    binding_naked={"medium_naked": "-1"},
    stripped={"dm1_outside": "dar"},
    unit=NANOMOLE,
    floor=AMOUNT_FLOOR,
    volume="room",
    first_volume="share*cells_start",
    access="1",
    replaced={**REPLACED, "k_sort": "k_sort/(1 + occupancy/trafficking_occupancy)"},
    diluted=None,
)

DEAD = {
    "adc": {"antibody_lost": "1", "dm1_lost": "dar"}, "naked": {"antibody_lost": "1"}, "dm1": {"dm1_lost": "1"},
    "free": {},
}  # fmt: skip

SEEDED = Schedule()
"""The drug is in the medium from the start."""


@cache
def well() -> Network:
    """Declare the cells of one well and its medium."""
    cells = "conjugate_in_cells + naked_in_cells"
    return Network(
        name="well",
        parameters=TABLE,
        species=(
            Species("medium_adc", NANOMOLE, "T-DM1 in the medium", "adc_start", AMOUNT_FLOOR),
            Species("medium_naked", NANOMOLE, "trastuzumab in the medium", "0", AMOUNT_FLOOR),
            Species("dm1_outside", NANOMOLE, "DM1 in the medium", "0", AMOUNT_FLOOR),
            Species("tissue", VOLUME, "cells born so far and not lost", "cells_start", CELL_FLOOR),
            Species("antibody_lost", NANOMOLE, "antibody degraded or in dead cells", "0", AMOUNT_FLOOR),
            Species("dm1_lost", NANOMOLE, "DM1 in dead cells or thrown out on antibody", "0", AMOUNT_FLOOR),
            *fate.deaths(CELL_FLOOR),
        ),
        rules=(
            *fate.rules("cell_doubling_time", "0", "0"),
            *cell.rules(AROUND),
            Rule("adc_start", "medium_concentration/molecular_weight*medium_volume", NANOMOLE, "T-DM1 given"),
            Rule("cells_start", "seeded_cells*cell_volume", VOLUME, "volume of the cells seeded"),
            Rule("medium_tdm1", "medium_adc/medium_volume", NM, "T-DM1 in the medium"),
            Rule("medium_trastuzumab", "medium_naked/medium_volume", NM, "trastuzumab in the medium"),
            Rule("medium_dm1", "dm1_outside/medium_volume", NM, "DM1 in the medium"),
        ),
        reactions=(),
        classes=population(AROUND, "1", DEAD),
        observables=(
            Observable("living_cells", "cells", VOLUME, "volume of living cells", CELL_FLOOR),
            Observable("growth", "log(cells/cells_start)/log(2)", "1", "doublings of living cells", 1e-6),
            Observable("dm1_cytosolic", "dm1_in_cytosol/cells", NM, "DM1 in the cytosol, mean over cells", COPY),
            Observable("tubulin_occupancy", "occupied/cells", "1", "occupancy of tubulin, mean over cells", 1e-7),
            Observable("medium_tdm1", "medium_tdm1", NM, "T-DM1 in the medium", 1e-6),
            *(Observable(f"{s.name}_cells", s.name, VOLUME, s.meaning, CELL_FLOOR) for s in fate.deaths(CELL_FLOOR)),
            Observable("antibody_balance", f"(adc_start - medium_adc - medium_naked - ({cells}) - antibody_lost)"
                       "/(adc_start + seeded_cells/avogadro)", "1", "antibody unaccounted for, relative to that given",
                       1.0),
            Observable("dm1_balance",
                       "(dar*(adc_start - medium_adc - conjugate_in_cells) - dm1_outside - dm1_in_cytosol"
                       " - dm1_in_lysosomes - dm1_lost)/(adc_start + seeded_cells/avogadro)", "1",
                       "DM1 unaccounted for, in molecules an antibody given", 1.0),
        ),
    )  # fmt: skip
