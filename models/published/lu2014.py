"""T-DM1 in patients: the two-compartment population model of Lu 2014."""

from functools import cache

from models.engine.declaration import Input, Observable, Parameter, Reaction, Rule, Species
from models.engine.declared import DeclaredModel
from models.engine.network import Network
from models.published.infusions import infusions
from models.published.laws import between_subjects

LU = "Lu 2014 Cancer Chemother Pharmacol 74:399, doi 10.1007/s00280-014-2500-2, Table 1"
PATIENTS = LU + "; spread assumed from the 5th to 95th percentiles of Table 2"
KINETICS, COVARIATE, REGIMEN = "pharmacokinetics", "covariate", "regimen"
TRACE = 1e-6
"""Floor of amounts (mg) and concentrations (ug/mL): a millionth of what counts."""

P = Parameter
TABLE = (
    P("dose", "D", 3.6, "mg/kg_bw", "dose of one infusion", REGIMEN, "label of T-DM1", (0.0, 100.0)),
    P("clearance", "CL", 0.676, "L/day", "clearance at the reference covariates", KINETICS, LU + " (IIV 19.11 %)",
      (0.01, 20.0), between_subjects(0.676, 19.11)),
    P("volume_central", "Vc", 3.127, "L", "central volume at the reference weight", KINETICS, LU + " (IIV 11.66 %)",
      (0.1, 50.0), between_subjects(3.127, 11.66)),
    P("q_intercompartmental", "Q", 1.534, "L/day", "clearance to the periphery", KINETICS, LU + " (IIV 180.8 %)",
      (0.0, 200.0), between_subjects(1.534, 180.8)),
    P("volume_peripheral", "Vp", 0.66, "L", "peripheral volume", KINETICS, LU + " (IIV 74.5 %)", (0.01, 50.0),
      between_subjects(0.66, 74.5)),
    P("body_weight", "WT", 70.0, "kg_bw", "body weight", COVARIATE, PATIENTS + " (49 to 98)", (20.0, 250.0),
      {"dist": "truncnormal", "mean": 70.0, "sd": 15.0, "low": 40.0, "high": 120.0}),
    P("shed_her2", "ECD", 25.0, "ng/mL", "HER2 ectodomain in serum", COVARIATE, PATIENTS + " (95th 332)", (0.01, 1e5)),
    P("albumin", "ALB", 41.0, "g/L", "serum albumin", COVARIATE, PATIENTS + " (33 to 48)", (5.0, 80.0),
      {"dist": "truncnormal", "mean": 41.0, "sd": 4.5, "low": 25.0, "high": 55.0}),
    P("tumour_burden", "TMBD", 9.0, "cm", "sum of the longest diameters of lesions", COVARIATE,
      PATIENTS + " (95th 30.3)", (0.1, 200.0)),
    P("trastuzumab_baseline", "TBL", 0.0, "ug/mL", "trastuzumab before treatment", COVARIATE, PATIENTS + " (0 to 54)",
      (0.0, 500.0)),
    P("aspartate_transaminase", "AST", 27.0, "1", "aspartate aminotransferase, in U/L", COVARIATE,
      PATIENTS + " (95th 64)", (1.0, 2000.0)),
    P("weight_on_clearance", "b_WT", 0.49, "1", "exponent of body weight on CL", COVARIATE, LU, (0.0, 2.0)),
    P("shed_her2_on_clearance", "b_ECD", 0.035, "1", "exponent of shed HER2 on CL", COVARIATE, LU, (-2.0, 2.0)),
    P("albumin_on_clearance", "b_ALB", -0.423, "1", "exponent of albumin on CL", COVARIATE, LU, (-3.0, 3.0)),
    P("burden_on_clearance", "b_TMBD", 0.052, "1", "exponent of tumour burden on CL", COVARIATE, LU, (-2.0, 2.0)),
    P("trastuzumab_on_clearance", "b_TBL", -0.002, "mL/ug", "slope of baseline trastuzumab on log CL", COVARIATE, LU,
      (-0.1, 0.1)),
    P("transaminase_on_clearance", "b_AST", 0.071, "1", "exponent of AST on CL", COVARIATE, LU, (-2.0, 2.0)),
    P("weight_on_volume", "b_V", 0.596, "1", "exponent of body weight on Vc", COVARIATE, LU, (0.0, 2.0)),
)  # fmt: skip


def _relative(covariate: str) -> str:
    """Write a covariate relative to its reference, which is its nominal value."""
    return f"({covariate}/nominal_{covariate})"


@cache
def network() -> Network:
    """Declare the two compartments (mg)."""
    clearance = "*".join(
        (
            "clearance",
            f"{_relative('body_weight')}**weight_on_clearance",
            f"{_relative('shed_her2')}**shed_her2_on_clearance",
            f"{_relative('albumin')}**albumin_on_clearance",
            f"{_relative('tumour_burden')}**burden_on_clearance",
            f"{_relative('aspartate_transaminase')}**transaminase_on_clearance",
            "exp(trastuzumab_on_clearance*trastuzumab_baseline)",
        )
    )
    return Network(
        name="lu2014",
        inputs=(Input("infusing", "1/hour", "one over the duration of the infusion while it runs, else 0"),),
        parameters=TABLE,
        species=(
            Species("central", "mg", "T-DM1 in the central compartment", "0", TRACE),
            Species("peripheral", "mg", "T-DM1 in the peripheral compartment", "0", TRACE),
        ),
        rules=(
            Rule("cl", clearance, "L/day", "clearance of the patient"),
            Rule("vc", f"volume_central*{_relative('body_weight')}**weight_on_volume", "L", "volume of the patient"),
        ),
        reactions=(
            Reaction("infusion", "infusing*dose*body_weight", {"central": "1"}, "T-DM1 infused"),
            Reaction("elimination", "cl*central/vc", {"central": "-1"}, "T-DM1 eliminated"),
            Reaction("distribution", "q_intercompartmental*(central/vc - peripheral/volume_peripheral)",
                     {"central": "-1", "peripheral": "1"}, "between the compartments"),
        ),
        observables=(
            Observable("tdm1", "central/vc", "ug/mL", "T-DM1 in plasma", TRACE),
            Observable("clearance_patient", "cl", "L/day", "clearance with every covariate", 1e-6),
            Observable("volume_patient", "vc", "L", "central volume with every covariate", 1e-6),
        ),
    )  # fmt: skip


class Lu2014(DeclaredModel):
    """Linear pharmacokinetics of T-DM1 in 671 patients, with the covariates kept.

    Linear kinetics hold from about 2.4 mg/kg_bw up; below, the target drains the drug faster.

    Parameters
    ----------
    interval, infusion : str
        With units: ``"21 day"``, ``"30 minute"``.
    cycles : int
        Number of infusions.
    rtol, max_steps
        See `DeclaredModel`.
    """

    def __init__(
        self,
        *,
        interval: str = "21 day",
        infusion: str = "30 minute",
        cycles: int = 1,
        rtol: float = 1e-9,
        max_steps: int = 100_000,
    ) -> None:
        schedule = infusions(interval, infusion, cycles)
        super().__init__({"": (network(), schedule)}, rtol=rtol, max_steps=max_steps)
