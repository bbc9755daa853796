"""The two networks: a cell in culture, and a cell in a tumour that plasma feeds."""

from functools import cache

from models.engine.declaration import Input, Observable, Reaction, Rule, Species
from models.engine.network import Network
from models.engine.stochastic.counts import Counts
from models.tdm1 import cell
from models.tdm1.cell import COPY, NM, Surroundings
from models.tdm1.parameters import TABLE

NANOMOLE = "nmol"
TRACE = 1e-3
"""Floor of a plasma amount, nmol: a millionth of a dose."""

MOLECULES = Counts(
    size="avogadro*cell_volume", sites={"dar": 8}, cargo={"sorting_adc": "vesicle_cargo"}, scarce="dm1_cytosolic"
)
"""How a cell is counted: DM1 sits on 8 sites of an antibody (assumed; its mean is the row's), conjugate in vesicles."""

CULTURE = Surroundings(
    adc="medium*medium_molar",
    naked="0",
    dm1=None,  # the medium is large
    loaded="preloaded*k_on*medium_molar/(k_on*medium_molar + k_off)",
    growth="log(2)/cell_doubling_time",
    lost={"antibody_lost": "1"},
    lost_adc={"antibody_lost": "1", "dm1_lost": "dar"},
    lost_dm1={"dm1_lost": "1"},
    released={"dm1_outside": "1"},
    binding={"adc_taken": "1"},
    binding_naked={"naked_taken": "1"},
    stripped={"dm1_outside": "dar"},
    diluted=("dm1_outside",),
)

TUMOUR = Surroundings(
    adc="interstitium_adc/void_fraction_adc",
    naked="interstitium_naked/void_fraction_adc",
    dm1="dm1_outside/void_fraction_payload",
    growth="log(2)/tumour_doubling_time",
    lost={"antibody_lost": "cell_fraction*tumour_volume"},
    lost_adc={"antibody_lost": "cell_fraction*tumour_volume", "dm1_lost": "dar*cell_fraction*tumour_volume"},
    lost_dm1={"dm1_lost": "cell_fraction*tumour_volume"},
    released={"dm1_outside": "cell_fraction"},
    binding={"interstitium_adc": "-cell_fraction"},
    binding_naked={"interstitium_naked": "-cell_fraction"},
    stripped={"dm1_lost": "dar*cell_fraction*tumour_volume"},
)


@cache
def culture() -> Network:
    """Declare a cell in a large medium of constant concentration (nM), or loaded on ice and washed.

    Antibody and DM1 are counted per volume of the cells present, so growth dilutes the DM1 outside as well.
    """
    around = CULTURE
    return Network(
        name="cell_in_culture",
        inputs=(
            Input("medium", "1", "1 while T-DM1 is in the medium, else 0"),
            Input("preloaded", "1", "1 when the surface starts in equilibrium with the medium, else 0"),
        ),
        parameters=TABLE,
        species=(
            *cell.species(around),
            Species("dm1_outside", NM, "DM1 released, per cell volume", "0", COPY),
            Species("adc_taken", NM, "T-DM1 bound so far, net", f"surface_steady*({around.loaded})", COPY),
            Species("naked_taken", NM, "trastuzumab bound so far, net (negative: given off)", "0", COPY),
            Species("antibody_lost", NM, "antibody cut, thrown out, shed or diluted", "0", COPY),
            Species("dm1_lost", NM, "DM1 thrown out, shed, deconjugated or diluted", "0", COPY),
        ),
        rules=(
            Rule("medium_molar", "medium_concentration/molecular_weight", NM, "T-DM1 in the medium"),
            *cell.rules(around),
            *cell.own_rules(around),
            Rule("her2_molar", "her2_copies/(avogadro*cell_volume)", NM, "HER2 a cell volume, the scale of balances"),
        ),
        reactions=cell.reactions(around),
        observables=(
            *cell.observables(),
            Observable("dm1_extracellular", "dm1_outside", NM, "DM1 released to the medium, per cell volume", COPY),
            Observable("antibody_balance",
                       f"(adc_taken + naked_taken - ({cell.ANTIBODY}) - antibody_lost)/her2_molar", "1",
                       "antibody unaccounted for, relative to HER2", 1.0),
            Observable("dm1_balance", f"(dar*adc_taken - ({cell.DM1}) - dm1_outside - dm1_lost)/her2_molar", "1",
                       "DM1 unaccounted for, relative to HER2", 1.0),
        ),
    )  # fmt: skip


@cache
def patient() -> Network:
    """Declare plasma (nmol), tumour interstitium (nM of tumour volume) and the cell.

    Plasma follows Lu 2014 (doi 10.1007/s00280-014-2500-2); exchange with lesions of constant volume follows Shah 2012
    (J Pharmacokinet Pharmacodyn 39:643). Trastuzumab left by deconjugation stays in plasma and competes for HER2.
    """
    around = TUMOUR
    weight = "(body_weight/reference_weight)"
    rules = [
        Rule("one_dose", "dose*body_weight/molecular_weight", NANOMOLE, "antibody in one dose"),
        Rule("clearance_scale", f"{weight}**clearance_weight_exponent", "1", "effect of weight on clearances"),
        Rule("volume_plasma", f"volume_central*{weight}**volume_weight_exponent", "L", "central volume of the row"),
        Rule("clearance_adc", "clearance*clearance_scale*exp(dar_clearance_slope*(dar - dar_reference))", "L/hour",
             "T-DM1 clearance of the row"),
        Rule("clearance_naked", "trastuzumab_clearance*clearance_scale", "L/hour", "trastuzumab clearance of the row"),
        Rule("lesion_radius", "(3*lesion_volume/(4*pi))**(1/3)", "mm", "radius of a spherical lesion"),
        Rule("k_x", "2*permeability*capillary_radius/krogh_radius**2 + 6*diffusivity/lesion_radius**2", "1/hour",
             "exchange of antibody between plasma and interstitium"),
        Rule("k_x_dm1", "2*dm1_permeability*capillary_radius/krogh_radius**2 + 6*dm1_diffusivity/lesion_radius**2",
             "1/hour", "washout of DM1 from the interstitium"),
        Rule("cell_fraction", "1 - void_fraction_payload", "1", "tumour volume inside cells"),
        Rule("tumour_volume", "lesion_volume*lesions", "L", "volume of all lesions"),
        *cell.rules(around),
        *cell.own_rules(around),
        Rule("plasma_concentration", "plasma_adc/volume_plasma", NM, "T-DM1 in plasma"),
        Rule("plasma_concentration_naked", "plasma_naked/volume_plasma", NM, "trastuzumab in plasma"),
    ]  # fmt: skip
    reactions = [
        Reaction("infusion", "infusing*one_dose", {"plasma_adc": "1", "given": "1"}, "T-DM1 infused"),
        Reaction("elimination_adc", "clearance_adc*plasma_concentration",
                 {"plasma_adc": "-1", "plasma_naked": "deconjugation_systemic_fraction",
                  "antibody_lost": "1 - deconjugation_systemic_fraction", "dm1_lost": "dar"},
                 "T-DM1 catabolised or deconjugated"),
        Reaction("elimination_naked", "clearance_naked*plasma_concentration_naked",
                 {"plasma_naked": "-1", "antibody_lost": "1"}, "trastuzumab catabolised"),
        Reaction("washout_dm1", "k_x_dm1*dm1_outside", {"dm1_outside": "-1", "dm1_lost": "tumour_volume"},
                 "DM1 carried off by blood"),
        Reaction("deconjugation_interstitium", "k_dec*interstitium_adc",
                 {"interstitium_adc": "-1", "interstitium_naked": "1", "dm1_lost": "dar*tumour_volume"},
                 "T-DM1 loses DM1 between cells"),
        Reaction("wash_adc", "k_wash*interstitium_adc",
                 {"interstitium_adc": "-1", "antibody_lost": "tumour_volume", "dm1_lost": "dar*tumour_volume"},
                 "T-DM1 lost between cells"),
        Reaction("wash_naked", "k_wash*interstitium_naked",
                 {"interstitium_naked": "-1", "antibody_lost": "tumour_volume"}, "trastuzumab lost between cells"),
        *(
            Reaction(f"distribution_{kind}",
                     f"q_intercompartmental*(plasma_{kind}/volume_plasma - peripheral_{kind}/volume_peripheral)",
                     {f"plasma_{kind}": "-1", f"peripheral_{kind}": "1"}, "between plasma and periphery")
            for kind in ("adc", "naked")
        ),
        *(
            Reaction(f"exchange_{kind}", f"k_x*(void_fraction_adc*plasma_{kind}/volume_plasma - interstitium_{kind})",
                     {f"interstitium_{kind}": "1", f"plasma_{kind}": "-tumour_volume"},
                     "between plasma and interstitium")
            for kind in ("adc", "naked")
        ),
        *cell.reactions(around),
    ]  # fmt: skip
    in_plasma = "plasma_adc + peripheral_adc + plasma_naked + peripheral_naked"
    in_tumour = f"tumour_volume*(interstitium_adc + interstitium_naked + cell_fraction*({cell.ANTIBODY}))"
    dm1_in_tumour = f"tumour_volume*(dar*interstitium_adc + dm1_outside + cell_fraction*({cell.DM1}))"
    return Network(
        name="cell_in_patient",
        inputs=(
            Input("dose", "mg/kg_bw", "dose of one infusion"),
            Input("infusing", "1/hour", "one over the duration of the infusion while it runs, else 0"),
        ),
        parameters=TABLE,
        species=(
            Species("plasma_adc", NANOMOLE, "T-DM1 in plasma", "0", TRACE),
            Species("peripheral_adc", NANOMOLE, "T-DM1 in the periphery", "0", TRACE),
            Species("plasma_naked", NANOMOLE, "trastuzumab in plasma", "0", TRACE),
            Species("peripheral_naked", NANOMOLE, "trastuzumab in the periphery", "0", TRACE),
            # Receptors drain the interstitium to picomolar levels while the flux through it feeds the cell.
            Species("interstitium_adc", NM, "T-DM1 between cells, per tumour volume", "0", 1e-6),
            Species("interstitium_naked", NM, "trastuzumab between cells, per tumour volume", "0", 1e-6),
            *cell.species(around),
            Species("dm1_outside", NM, "DM1 between cells, per tumour volume", "0", COPY),
            Species("given", NANOMOLE, "antibody infused so far", "0", TRACE),
            Species("antibody_lost", NANOMOLE, "antibody eliminated, from plasma or tumour", "0", TRACE),
            Species("dm1_lost", NANOMOLE, "DM1 eliminated, from plasma or tumour", "0", TRACE),
        ),
        rules=rules,
        reactions=reactions,
        observables=(
            *cell.observables(),
            Observable("dm1_extracellular", "dm1_outside", NM, "DM1 between cells, per tumour volume", COPY),
            Observable("plasma_tdm1", "plasma_concentration*molecular_weight", "ug/mL", "T-DM1 in plasma", 1e-3),
            Observable("plasma_tdm1_nM", "plasma_concentration", NM, "T-DM1 in plasma", 1e-2),
            Observable("plasma_trastuzumab", "plasma_concentration_naked*molecular_weight", "ug/mL",
                       "naked trastuzumab in plasma", 1e-3),
            Observable("plasma_antibody",
                       "(plasma_concentration + plasma_concentration_naked)*molecular_weight", "ug/mL",
                       "total antibody in plasma, T-DM1 and trastuzumab", 1e-3),
            Observable("interstitial_adc", "interstitium_adc/void_fraction_adc", NM,
                       "T-DM1 in interstitial fluid", 1e-5),
            Observable("interstitial_naked", "interstitium_naked/void_fraction_adc", NM,
                       "trastuzumab in interstitial fluid", 1e-5),
            Observable("her2_crossover",
                       "k_x*void_fraction_adc*plasma_concentration*cell_volume*avogadro/(cell_fraction*k_net)", "1",
                       "HER2 copies above which supply, not receptor number, limits uptake", 1.0),
            Observable("antibody_given", "given", NANOMOLE, "antibody infused so far", TRACE),
            Observable("antibody_in_plasma", in_plasma, NANOMOLE, "antibody in plasma and periphery", TRACE),
            Observable("antibody_in_tumour", in_tumour, NANOMOLE, "antibody in all lesions", TRACE),
            Observable("antibody_eliminated", "antibody_lost", NANOMOLE, "antibody eliminated so far", TRACE),
            Observable("antibody_balance", f"(given - ({in_plasma}) - {in_tumour} - antibody_lost)/one_dose", "1",
                       "antibody unaccounted for, relative to one dose", 1.0),
            Observable("dm1_balance",
                       f"(dar*(given - plasma_adc - peripheral_adc) - {dm1_in_tumour} - dm1_lost)/one_dose", "1",
                       "DM1 unaccounted for, in molecules an antibody of one dose", 1.0),
        ),
    )  # fmt: skip
