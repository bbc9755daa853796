"""A patient's lesions: classes of cells that grow, compete for antibody, die and come back.

Everything in the lesions is an amount (nmol) or a volume of cells, for all lesions together, so what cells hold goes
with them through division, death and passage between classes. What a cell is set to (receptors and what is on its way
with them) stays with the class; cytosolic DM1 moves with the cell. Conjugates in a lesion are mixed in their DM1 count.
Exchange with plasma follows Shah 2012 (J Pharmacokinet
Pharmacodyn 39:643): vessels of a Krogh cylinder and the surface of a sphere, both of the lesion's size at the time.
"""

from functools import cache

from models.engine.declaration import Input, Observable, Reaction, Rule, Species
from models.engine.network import Network
from models.tdm1 import cell, fate, plasma
from models.tdm1.cell import COPY, NM, Surroundings
from models.tdm1.cell_population import AMOUNT_FLOOR, CELL_FLOOR, population
from models.tdm1.classes import REPLACED
from models.tdm1.fate import VOLUME
from models.tdm1.parameters import TABLE
from models.tdm1.plasma import NANOMOLE, TRACE

AROUND = Surroundings(
    adc="interstitial_adc",
    naked="interstitial_naked",
    dm1="interstitial_dm1",
    growth="births*vigour_start",
    lost={"antibody_lost": "1"},
    lost_adc={"antibody_lost": "1", "dm1_lost": "tumour_dar"},
    lost_dm1={"dm1_lost": "1"},
    released={"dm1_outside": "1"},
    binding={"interstitium_adc": "-1"},
    binding_naked={"interstitium_naked": "-1"},
    payload="tumour_dar",
    stripped={"dm1_lost": "tumour_dar"},
    shed={"interstitium_shed": "1"},
    unit=NANOMOLE,
    floor=AMOUNT_FLOOR,
    volume="room",
    first_volume="share*cells_start",
    access="access",
    replaced={
        **REPLACED,
        "k_rec": "k_rec*(1 - hsp90*(1 - hsp90_recycling))",
        "k_sort": "k_sort/(1 + occupancy/trafficking_occupancy)",
        "synthesis_rate": "synthesis_rate*synthesis_left*(1 - hsp90*(1 - hsp90_synthesis))",
    },
    diluted=None,
)

DEAD = {
    "adc": {"antibody_dead": "1", "dm1_dead": "tumour_dar"},
    "naked": {"antibody_dead": "1"},
    "dm1": {"dm1_dead": "1"},
    "free": {},
}
"""Where the contents of a dying cell go, by the end of their name."""


def _vigour(volume: str) -> str:
    """Write births in a lesion: net growth is exponential, then linear (Simeoni 2004), up to a largest volume."""
    free = f"(1 - {volume}/largest_volume)/(1 + (net_growth*{volume}/linear_growth)**20)**(1/20)"
    return f"lost_share + (1 - lost_share)*({free})"


def _rules() -> list[Rule]:
    exchange = "2*{0}permeability*capillary_radius/krogh_radius**2 + 6*{0}diffusivity/({1})"
    outer = "(3*lesion_size/(4*pi))**(2/3) + krogh_radius**2"
    first = "(3*lesion_volume/(4*pi))**(2/3) + krogh_radius**2"
    return [
        *plasma.rules(),
        *fate.rules("tumour_doubling_time", "cell_loss", "quiescent_fraction"),
        Rule("vigour_start", _vigour("lesion_volume"), "1", "births at the start relative to free growth"),
        *cell.rules(AROUND),
        Rule("cell_fraction", "1 - void_fraction_payload", "1", "tumour volume inside cells"),
        Rule("cells_start", "cell_fraction*lesion_volume*lesions", VOLUME, "volume of cells at the start"),
        Rule("tumour_volume", "tissue/cell_fraction + cell_volume", VOLUME, "volume of all lesions"),
        Rule("lesion_size", "tumour_volume/lesions", VOLUME, "volume of one lesion"),
        Rule("vigour", _vigour("lesion_size"), "1", "births relative to free growth"),
        # A lesion smaller than a Krogh cylinder has no finer geometry.
        Rule("k_x", exchange.format("", outer), "1/hour", "exchange of antibody between plasma and interstitium"),
        Rule("k_x_dm1", exchange.format("dm1_", outer), "1/hour", "washout of DM1 from the interstitium"),
        Rule("k_x_start", exchange.format("", first), "1/hour", "exchange of antibody at the start"),
        Rule("fluid", "void_fraction_adc*tumour_volume", VOLUME, "interstitial fluid open to antibody"),
        Rule("fluid_start", "void_fraction_adc*lesion_volume*lesions", VOLUME, "the same at the start"),
        Rule("interstitial_adc", "interstitium_adc/fluid", NM, "T-DM1 in interstitial fluid"),
        Rule("interstitial_naked", "interstitium_naked/fluid", NM, "trastuzumab in interstitial fluid"),
        Rule("interstitial_shed", "interstitium_shed/fluid", NM, "free ectodomain in interstitial fluid"),
        Rule("interstitial_dm1", "dm1_outside/(void_fraction_payload*tumour_volume)", NM, "DM1 between cells"),
        Rule("conjugate", "conjugate_in_cells + interstitium_adc + interstitium_shed_adc", NANOMOLE,
             "conjugate in the lesions"),
        Rule("inflow", "k_x*fluid/volume_plasma*plasma_conjugate", "nmol/hour", "conjugate that enters the lesions"),
        # Below a trillionth of the receptors there is no conjugate whose DM1 could be counted.
        Rule("renewal", "inflow/(conjugate + cells_start*her2_copies*epitopes/10**12)", "1/hour",
             "inflow relative to the conjugate inside"),
        Rule("shed_exchange_start", "soluble_her2_exchange*k_x_start", "1/hour", "exchange of ectodomain at the start"),
        Rule("shed_start",
             "(k_shed*her2_copies*epitopes*surface_share*cells_start + shed_exchange_start*fluid_start*soluble_start)"
             "/(shed_exchange_start + k_wash)", NANOMOLE, "free ectodomain in the interstitium before treatment"),
    ]  # fmt: skip


def _between() -> list[Reaction]:
    """Declare the interstitium and its exchange with plasma."""
    found = [
        Reaction("exchange_adc", "k_x*(fluid*plasma_concentration - interstitium_adc)",
                 {"interstitium_adc": "1", "plasma_adc": "-1"}, "between plasma and interstitium"),
        Reaction("exchange_naked", "k_x*(fluid*plasma_concentration_naked - interstitium_naked)",
                 {"interstitium_naked": "1", "plasma_naked": "-1"}, "between plasma and interstitium"),
        Reaction("payload_in", "inflow*plasma_dar", {"plasma_payload": "-1"}, "DM1 goes with its antibody"),
        Reaction("payload_out", "k_x*(interstitium_adc + interstitium_shed_adc)*tumour_dar", {"plasma_payload": "1"},
                 "DM1 goes with its antibody"),
        Reaction("mixing", "renewal*(plasma_dar - tumour_dar)", {"tumour_dar": "1"}, "fresh conjugate has more DM1"),
        Reaction("exchange_shed", "soluble_her2_exchange*k_x*(fluid*plasma_concentration_shed - interstitium_shed)",
                 {"interstitium_shed": "1", "plasma_shed": "-1"}, "between plasma and interstitium"),
        Reaction("wash_adc", "k_wash*interstitium_adc", {"interstitium_adc": "-1", **AROUND.lost_adc}, "T-DM1 lost"),
        Reaction("wash_naked", "k_wash*interstitium_naked", {"interstitium_naked": "-1", **AROUND.lost},
                 "trastuzumab lost"),
        Reaction("wash_shed", "k_wash*interstitium_shed", {"interstitium_shed": "-1"}, "ectodomain lost"),
        Reaction("wash_shed_adc", "k_wash*interstitium_shed_adc", {"interstitium_shed_adc": "-1", **AROUND.lost_adc},
                 "complex lost"),
        Reaction("wash_shed_naked", "k_wash*interstitium_shed_naked", {"interstitium_shed_naked": "-1", **AROUND.lost},
                 "complex lost"),
        Reaction("washout_dm1", "k_x_dm1*dm1_outside", {"dm1_outside": "-1", "dm1_lost": "1"}, "carried off by blood"),
        Reaction("deconjugation_interstitium", "k_dec*interstitium_adc",
                 {"interstitium_adc": "-1", "interstitium_naked": "1", **AROUND.stripped}, "T-DM1 loses DM1"),
        Reaction("dar_falls_inside", "dar_loss_rate*(tumour_dar - dar_least)",
                 {"tumour_dar": "-1", "dm1_lost": "conjugate"}, "conjugates lose DM1"),
        Reaction("clearance_of_dead", "log(2)/dead_clearance*(tissue - cells)", {"tissue": "-1"}, "dead cells cleared"),
        Reaction("synthesis_fails",
                 "her2_loss_rate*plasma_concentration/(plasma_concentration + k_off/k_on)*synthesis_left",
                 {"synthesis_left": "-1"}, "HER2 falls under treatment"),
    ]  # fmt: skip
    for kind in ("adc", "naked"):
        found.append(
            Reaction(f"shed_{kind}_exchange",
                     f"k_x*(fluid*plasma_shed_{kind}/volume_plasma - interstitium_shed_{kind})",
                     {f"interstitium_shed_{kind}": "1", f"plasma_shed_{kind}": "-1"}, "between plasma and interstitium")
        )  # fmt: skip
        found.append(
            Reaction(f"trap_{kind}", f"k_on*interstitial_{kind}*interstitium_shed - k_off*interstitium_shed_{kind}",
                     {f"interstitium_{kind}": "-1", "interstitium_shed": "-1", f"interstitium_shed_{kind}": "1"},
                     "ectodomain is bound")
        )  # fmt: skip
    return found


@cache
def lesions() -> Network:
    """Declare plasma, periphery and lesions of many classes of cells."""
    between = "interstitium_adc + interstitium_naked + interstitium_shed_adc + interstitium_shed_naked"
    in_tumour = f"{between} + conjugate_in_cells + naked_in_cells"
    return Network(
        name="lesions",
        inputs=(
            Input("dose", "mg/kg_bw", "dose of one infusion"),
            Input("infusing", "1/hour", "one over the duration of the infusion while it runs, else 0"),
            Input("hsp90", "1", "1 while Hsp90 is inhibited, else 0"),
        ),
        parameters=TABLE,
        species=(
            *plasma.species(),
            # Receptors drain the interstitium to picomolar levels while the flux through it feeds the cells.
            Species("interstitium_adc", NANOMOLE, "T-DM1 between cells", "0", AMOUNT_FLOOR),
            Species("interstitium_naked", NANOMOLE, "trastuzumab between cells", "0", AMOUNT_FLOOR),
            Species("interstitium_shed", NANOMOLE, "free ectodomain between cells", "shed_start", AMOUNT_FLOOR),
            Species("interstitium_shed_adc", NANOMOLE, "ectodomain with T-DM1 between cells", "0", AMOUNT_FLOOR),
            Species("interstitium_shed_naked", NANOMOLE, "ectodomain with trastuzumab", "0", AMOUNT_FLOOR),
            Species("tumour_dar", "1", "DM1 on a conjugate in the lesions", "dar", 1e-3),
            Species("dm1_outside", NANOMOLE, "DM1 between cells", "0", AMOUNT_FLOOR),
            Species("tissue", VOLUME, "cells, dead ones until they are cleared", "cells_start", CELL_FLOOR),
            Species("synthesis_left", "1", "HER2 synthesis relative to its start", "1", 1e-3),
            Species("antibody_dead", NANOMOLE, "antibody in cells when they died", "0", TRACE),
            Species("dm1_dead", NANOMOLE, "DM1 in cells when they died", "0", TRACE),
            *fate.deaths(CELL_FLOOR),
        ),
        rules=_rules(),
        reactions=(*plasma.reactions(), *_between()),
        classes=population(AROUND, "vigour", DEAD),
        observables=(
            Observable("volume", "tumour_volume", VOLUME, "volume of all lesions", CELL_FLOOR),
            Observable("living_cells", "cells", VOLUME, "volume of living cells", CELL_FLOOR),
            Observable("log10_kill", "log(cells_start/(cells + cell_volume/1000))/log(10)", "1",
                       "living cells lost since the start, decades", 1e-6),
            Observable("relative_volume", "tumour_volume/(cells_start/cell_fraction)", "1",
                       "volume relative to the start", 1e-6),
            Observable("resistant_fraction", "resistant_cells/(cells + cell_volume/1000)", "1",
                       "share of living cells in resistant families", 1e-9),
            Observable("unamplified_fraction", "unamplified_cells/(cells + cell_volume/1000)", "1",
                       "share of living cells without amplification", 1e-9),
            Observable("quiescent_share", "quiescent_cells/(cells + cell_volume/1000)", "1",
                       "share of living cells out of the cycle", 1e-9),
            Observable("dm1_cytosolic", "dm1_in_cytosol/(cells + cell_volume/1000)", NM,
                       "DM1 in the cytosol, mean over living cells", COPY),
            Observable("dm1_unconjugated", "(dm1_in_cytosol + dm1_in_lysosomes)/(cells + cell_volume/1000)", NM,
                       "DM1 cut from antibody, mean over living cells", COPY),
            Observable("lysosomal_catabolite", "dm1_in_lysosomes/(cells + cell_volume/1000)", NM,
                       "Lys-MCC-DM1 in lysosomes, mean over living cells", COPY),
            Observable("dm1_total_tumour",
                       "(tumour_dar*conjugate + dm1_outside + dm1_in_cytosol + dm1_in_lysosomes)/tumour_volume", NM,
                       "DM1 in the lesions, conjugated or not, per tumour volume", COPY),
            Observable("surface_bound", "bound_at_surface/(cells + cell_volume/1000)", NM,
                       "T-DM1 at the surface, mean over living cells", COPY),
            Observable("tubulin_occupancy", "occupied/(cells + cell_volume/1000)", "1",
                       "share of tubulin that carries DM1, mean over living cells", 1e-7),
            Observable("plasma_tdm1", "plasma_concentration*molecular_weight", "ug/mL", "T-DM1 in plasma", 1e-3),
            Observable("plasma_antibody",
                       "(plasma_concentration + plasma_concentration_naked"
                       " + (plasma_shed_adc + plasma_shed_naked)/volume_plasma)*molecular_weight", "ug/mL",
                       "total antibody in plasma", 1e-3),
            Observable("plasma_ratio", "plasma_dar", "1", "DM1 molecules on a conjugate in plasma", 1e-3),
            Observable("plasma_soluble_her2", "plasma_concentration_shed*soluble_her2_mass", "ng/mL",
                       "free HER2 ectodomain in plasma", 1e-3),
            Observable("interstitial_tdm1", "interstitial_adc", NM, "T-DM1 in interstitial fluid", 1e-5),
            Observable("interstitial_ectodomain", "interstitial_shed", NM, "free ectodomain between cells", 1e-5),
            Observable("her2_crossover",
                       "k_x*void_fraction_adc*plasma_concentration*cell_volume*avogadro/(cell_fraction*k_net)", "1",
                       "HER2 copies above which supply, not receptor number, limits uptake", 1.0),
            *(Observable(f"{s.name}_cells", s.name, VOLUME, s.meaning, CELL_FLOOR) for s in fate.deaths(CELL_FLOOR)),
            Observable("antibody_in_tumour", in_tumour, NANOMOLE, "antibody in all lesions", TRACE),
            Observable("antibody_in_dead", "antibody_dead", NANOMOLE, "antibody in cells when they died", TRACE),
            Observable("antibody_balance",
                       f"(given + left_before - ({plasma.ANTIBODY}) - ({in_tumour}) - antibody_lost - antibody_dead)"
                       "/(one_dose + left_before)", "1",
                       "antibody unaccounted for, relative to one dose and what was there", 1.0),
            Observable("dm1_balance",
                       "(dar*given - plasma_payload - peripheral_payload - tumour_dar*conjugate - dm1_outside"
                       " - dm1_in_cytosol - dm1_in_lysosomes - dm1_lost - dm1_dead)/one_dose", "1",
                       "DM1 unaccounted for, in molecules an antibody of one dose", 1.0),
        ),
    )  # fmt: skip
