"""The body around a tumour: T-DM1, its DM1 count, naked trastuzumab and soluble HER2 in plasma and periphery (nmol).

Disposition follows Lu 2014 (doi 10.1007/s00280-014-2500-2). A conjugate loses its DM1 one by one (Bender 2014 AAPS J
16:994): the payload is a state of its own, so circulating antibody carries less DM1 the older it is. Soluble HER2 and
HER2 on normal tissue bind antibody; both matter at low concentrations (Scheuher 2024 J Pharmacokinet Pharmacodyn
51:429). Trastuzumab that an earlier therapy left is in plasma and periphery at the start.
"""

from models.engine.declaration import Reaction, Rule, Species

NANOMOLE = "nmol"
TRACE = 1e-3
"""Floor of a plasma amount, nmol: a millionth of a dose."""


def species() -> list[Species]:
    """Declare the amounts in plasma and periphery."""
    return [
        Species("plasma_adc", NANOMOLE, "T-DM1 in plasma", "0", TRACE),
        Species("peripheral_adc", NANOMOLE, "T-DM1 in the periphery", "0", TRACE),
        Species("plasma_payload", NANOMOLE, "DM1 on T-DM1 in plasma", "0", TRACE),
        Species("peripheral_payload", NANOMOLE, "DM1 on T-DM1 in the periphery", "0", TRACE),
        Species("plasma_naked", NANOMOLE, "trastuzumab in plasma", "trastuzumab_start*volume_plasma", TRACE),
        Species("peripheral_naked", NANOMOLE, "trastuzumab in the periphery",
                "trastuzumab_start*volume_peripheral", TRACE),
        Species("plasma_shed", NANOMOLE, "free HER2 ectodomain in plasma", "soluble_start*volume_plasma", 1e-2 * TRACE),
        Species("plasma_shed_adc", NANOMOLE, "ectodomain with T-DM1 in plasma", "0", 1e-2 * TRACE),
        Species("plasma_shed_naked", NANOMOLE, "ectodomain with trastuzumab in plasma", "0", 1e-2 * TRACE),
        Species("given", NANOMOLE, "antibody infused so far", "0", TRACE),
        Species("antibody_lost", NANOMOLE, "antibody eliminated, from plasma or tumour", "0", TRACE),
        Species("dm1_lost", NANOMOLE, "DM1 eliminated, from plasma or tumour", "0", TRACE),
    ]  # fmt: skip


def rules() -> list[Rule]:
    """Declare volumes, clearances and concentrations of the row."""
    weight = "(body_weight/reference_weight)"
    normal = "normal_her2*normal_her2_uptake/(normal_her2_affinity + plasma_concentration + plasma_concentration_naked)"
    return [
        Rule("one_dose", "dose*body_weight/molecular_weight", NANOMOLE, "antibody in one dose"),
        Rule("clearance_scale", f"{weight}**clearance_weight_exponent", "1", "effect of weight on clearances"),
        Rule("volume_plasma", f"volume_central*{weight}**volume_weight_exponent", "L", "central volume of the row"),
        Rule("clearance_adc", "clearance*clearance_scale*exp(dar_clearance_slope*(dar - dar_reference))", "L/hour",
             "T-DM1 clearance of the row"),
        Rule("clearance_naked", "trastuzumab_clearance*clearance_scale", "L/hour", "trastuzumab clearance of the row"),
        Rule("trastuzumab_start", "trastuzumab_before/molecular_weight", "nM", "trastuzumab of an earlier therapy"),
        Rule("left_before", "trastuzumab_start*(volume_plasma + volume_peripheral)", NANOMOLE,
             "trastuzumab of an earlier therapy in the body"),
        Rule("soluble_start", "soluble_her2/soluble_her2_mass", "nM", "ectodomain in plasma before treatment"),
        Rule("soluble_loss", "log(2)/soluble_her2_half_life", "1/hour", "elimination of free ectodomain"),
        # The smaller of the ratio and one, by its root: what a conjugate cannot lose and stay a conjugate.
        Rule("dar_least", "(dar + 1 - sqrt((dar - 1)**2 + 1/10**20))/2", "1", "DM1 that a conjugate cannot lose"),
        Rule("plasma_conjugate", "plasma_adc + plasma_shed_adc", NANOMOLE, "conjugate in plasma, free or bound"),
        Rule("plasma_dar", "plasma_payload/(plasma_conjugate + one_dose/10**9)", "1", "DM1 on a plasma conjugate"),
        Rule("peripheral_dar", "peripheral_payload/(peripheral_adc + one_dose/10**9)", "1",
             "DM1 on a conjugate in the periphery"),
        Rule("plasma_concentration", "plasma_adc/volume_plasma", "nM", "T-DM1 in plasma"),
        Rule("plasma_concentration_naked", "plasma_naked/volume_plasma", "nM", "trastuzumab in plasma"),
        Rule("plasma_concentration_shed", "plasma_shed/volume_plasma", "nM", "free ectodomain in plasma"),
        Rule("normal_clearance", normal, "L/hour", "clearance of antibody by HER2 on normal tissue"),
    ]  # fmt: skip


def reactions() -> list[Reaction]:
    """Declare disposition outside the tumour."""
    gone = {"plasma_payload": "-plasma_dar", "dm1_lost": "plasma_dar"}
    spread = "q_intercompartmental*({0}/volume_plasma - peripheral_{1}/volume_peripheral)"
    return [
        Reaction("infusion", "infusing*one_dose", {"plasma_adc": "1", "plasma_payload": "dar", "given": "1"},
                 "T-DM1 infused"),
        Reaction("elimination_adc", "clearance_adc*plasma_concentration",
                 {"plasma_adc": "-1", "plasma_naked": "deconjugation_systemic_fraction",
                  "antibody_lost": "1 - deconjugation_systemic_fraction", **gone}, "T-DM1 catabolised or deconjugated"),
        Reaction("elimination_naked", "clearance_naked*plasma_concentration_naked",
                 {"plasma_naked": "-1", "antibody_lost": "1"}, "trastuzumab catabolised"),
        Reaction("elimination_shed_adc", "clearance_adc/volume_plasma*plasma_shed_adc",
                 {"plasma_shed_adc": "-1", "antibody_lost": "1", **gone}, "complex catabolised as antibody is"),
        Reaction("elimination_shed_naked", "clearance_naked/volume_plasma*plasma_shed_naked",
                 {"plasma_shed_naked": "-1", "antibody_lost": "1"}, "complex catabolised as antibody is"),
        Reaction("normal_adc", "normal_clearance*plasma_concentration",
                 {"plasma_adc": "-1", "antibody_lost": "1", **gone}, "T-DM1 taken up by normal tissue"),
        Reaction("normal_naked", "normal_clearance*plasma_concentration_naked",
                 {"plasma_naked": "-1", "antibody_lost": "1"}, "trastuzumab taken up by normal tissue"),
        Reaction("distribution_adc", spread.format("plasma_adc", "adc"), {"plasma_adc": "-1", "peripheral_adc": "1"},
                 "between plasma and periphery"),
        Reaction("distribution_naked", spread.format("plasma_naked", "naked"),
                 {"plasma_naked": "-1", "peripheral_naked": "1"}, "between plasma and periphery"),
        Reaction("distribution_payload", spread.format("plasma_dar*plasma_adc", "payload"),
                 {"plasma_payload": "-1", "peripheral_payload": "1"}, "DM1 goes with its antibody"),
        Reaction("dar_falls", "dar_loss_rate*(plasma_payload - dar_least*plasma_conjugate)",
                 {"plasma_payload": "-1", "dm1_lost": "1"}, "conjugates lose DM1"),
        Reaction("dar_falls_outside", "dar_loss_rate*(peripheral_payload - dar_least*peripheral_adc)",
                 {"peripheral_payload": "-1", "dm1_lost": "1"}, "conjugates lose DM1"),
        Reaction("shedding_elsewhere", "soluble_loss*soluble_start*volume_plasma", {"plasma_shed": "1"},
                 "ectodomain from the rest of the body"),
        Reaction("elimination_shed", "soluble_loss*plasma_shed", {"plasma_shed": "-1"}, "free ectodomain eliminated"),
        *(
            Reaction(f"capture_{kind}", f"k_on*{concentration}*plasma_shed - k_off*plasma_shed_{kind}",
                     {f"plasma_{kind}": "-1", "plasma_shed": "-1", f"plasma_shed_{kind}": "1"}, "ectodomain is bound")
            for kind, concentration in (("adc", "plasma_concentration"), ("naked", "plasma_concentration_naked"))
        ),
    ]  # fmt: skip


ANTIBODY = "plasma_adc + peripheral_adc + plasma_naked + peripheral_naked + plasma_shed_adc + plasma_shed_naked"
"""Antibody in plasma and periphery."""
