"""The resistance factors of the seed review, row by row, and the parameters that stand for them.

Rows are those of Table 2 of Barok, Joensuu and Isola 2014 (Breast Cancer Res 16:209, doi 10.1186/bcr3621) with the
blocks that head them; what the review names outside that table follows.
"""

from collections.abc import Mapping

TABLE_2: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "T-DM1 binding to HER2": {
        "Low cancer HER2 expression": ("her2_copies", "nonamplified_fraction", "nonamplified_copies"),
        "HER2 down-regulation": ("rho_down", "her2_loss_rate"),
        "Shedding of the HER2 ectodomain": (
            "k_shed", "shedding_bound_ratio", "soluble_her2", "soluble_her2_exchange",
        ),
        "Masking of the trastuzumab epitope": ("masked_fraction",),
        "p95HER2 expression": ("p95_fraction",),
    },
    "Trafficking and lysosomal degradation": {
        "Poor HER2-T-DM1 internalisation": ("k_e",),
        "High HER2-T-DM1 recycling to the plasma membrane": ("recycling_fraction",),
        "Failure of HER2 intracellular trafficking": ("k_sort", "trafficking_occupancy"),
        "Inefficient lysosomal degradation of T-DM1": (
            "k_lys", "vatpase_activity", "vatpase_exponent", "k_esc", "k_lex",
        ),
    },
    "Drug efflux": {"MDR1 expression": ("mdr1_efflux", "mdr1_km", "k_out", "dm1_uptake_ratio")},
    "Altered DM1 target": {
        "beta1-tubulin mutation": ("tubulin_mutation_fold", "tubulin_kd", "tubulin_total"),
        "Overexpression of a beta3-tubulin isoform": ("beta3_fraction", "beta3_kd_ratio"),
        "Microtubule-associated proteins": ("map_fold",),
    },
    "Growth factors": {"Overexpression of neuregulins": ("neuregulin", "neuregulin_rescue", "pik3ca_mutant")},
    "Apoptotic pathway": {"Modulators of apoptosis": ("apoptosis_competence",)},
    "Survival": {"Activation of cell-survival pathways": ("survival_signal",)},
}  # fmt: skip
"""By block and row of Table 2, the factors of the model."""

BEYOND: Mapping[str, tuple[str, ...]] = {
    "Drug-to-antibody ratio and clearance": ("dar", "dar_clearance_slope", "dar_loss_rate", "clearance"),
    "Fc part and ADCC": ("adcc_rate", "adcc_copies"),
    "Trastuzumab's own effect on growth": ("cytostatic_effect",),
    "Tumour size": ("lesion_volume",),
    "Level and duration of DM1 (Figure 3)": (
        "apoptosis_occupancy", "apoptosis_hill", "catastrophe_ratio", "catastrophe_time", "catastrophe_death",
        "catastrophe_recovery", "mitotic_death_time", "slippage_time", "damage_half_life", "damage_killing",
        "trafficking_kill",
    ),
}  # fmt: skip
"""What the review names outside Table 2."""

NOT_MODELLED: Mapping[str, str] = {
    "taxanes": "they bind another site of tubulin, and no kinetics of the two together were found",
    "PI3K inhibitor (GDC-0941)": "its action would be a lower survival_signal; exposure and effect have no figures",
    "lapatinib": "a kinase inhibitor with a target of its own; synergy is qualitative",
    "capecitabine": "a prodrug with other targets; synergy is qualitative",
    "endocrine therapy": "acts on growth of receptor-positive tumours; a lower growth rate stands for it",
    "radioimmunoconjugate (111In-NLS-trastuzumab)": "its killing is by dose of radiation, not by DM1",
    "IGF-IR": "resistance to trastuzumab shown, to T-DM1 not",
    "cyclin E": "resistance to trastuzumab shown, to T-DM1 not",
    "impaired ADCC": "is a low adcc_rate",
    "HLA-I-restricted antigen presentation": "no effect on T-DM1 has been measured",
    "angiogenesis": "no effect of T-DM1 on vessels has been measured; permeability and krogh_radius are factors",
}
"""What the review names and the model leaves out, with the reason."""


def rows() -> dict[str, str]:
    """Return the row of the seed that each of its factors stands for, by parameter."""
    named = [(row, names) for block in TABLE_2.values() for row, names in block.items()]
    return {name: row for row, names in (*named, *BEYOND.items()) for name in names}
