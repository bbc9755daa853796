"""The parameters of a population of patients and of its trial: what a study of question C varies.

Typical values, spreads between patients and between lesions, prevalences of mechanisms, and what befalls patients
beside their measured lesions. The parameters of one tumour are in `models.tdm1.parameters`; whatever is not named
here is at its nominal value there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from models.engine.declaration import Parameter
from models.tdm1.laws import BAROK2014, LU2014, SCHEUHER, lognormal, loguniform, uniform

P = Parameter
FITTED = "assumed: chosen for EMILIA and TDM4450g together (response, progression; `models.tdm1.population.validation`)"
TYPICAL, SPREAD, PREVALENCE, COURSE = "typical values", "spread", "prevalence of mechanisms", "course and assessment"


@dataclass(frozen=True)
class Mechanism:
    """A mechanism of resistance that some tumours have before treatment.

    Attributes
    ----------
    parameter : str
        Of the tumour, and the range that it takes, log-uniformly, where the mechanism is present.
    prevalence : float
        In patients after one line of HER2-directed therapy.
    source : str
    """

    parameter: str
    low: float
    high: float
    prevalence: float
    source: str


MECHANISMS: Mapping[str, Mechanism] = {
    "mdr1": Mechanism("mdr1_efflux", 100.0, 3000.0, 0.3, "assumed: 30 % (direction Kovtun 2010)"),
    "vatpase": Mechanism("vatpase_activity", 0.05, 0.2, 0.1, "assumed: 10 % (direction Wang 2017)"),
    "slc46a3": Mechanism("k_esc", 0.005, 0.03, 0.05, "assumed: 5 % (direction Hamblett 2015)"),
    "tubulin": Mechanism("tubulin_mutation_fold", 2.0, 30.0, 0.05, f"assumed: 5 % ({BAROK2014}, qualitative)"),
    "p95": Mechanism("p95_fraction", 0.2, 0.6, 0.3, "about 30 % of HER2-positive tumours (PMC6314664)"),
    "masking": Mechanism("masked_fraction", 0.3, 0.9, 0.1, f"assumed: 10 % ({BAROK2014}, JIMT-1)"),
    "heterogeneity": Mechanism("nonamplified_fraction", 0.05, 0.5, 0.1, "Metzger Filho 2021 Cancer Discov: 16 of 157"),
    "survival": Mechanism("survival_signal", 0.3, 0.8, 0.25, "assumed: PTEN loss or PIK3CA, 25 % (Li 2018; EMILIA)"),
    "neuregulin": Mechanism("neuregulin", 0.5, 1.0, 0.3, f"assumed: 30 % ({BAROK2014}: 4 of 6 lines)"),
    "recycling": Mechanism("recycling_fraction", 0.95, 0.98, 0.1, f"assumed: 10 % ({BAROK2014}, qualitative)"),
}
"""Mechanisms by name, each present or absent before treatment; clones that carry one beside sensitive cells are the
resistant families of `models.tdm1.classes`."""

HYPERPARAMETERS: tuple[Parameter, ...] = (
    P("clearance_typical", "CL", 0.676, "L/day", "typical T-DM1 clearance at reference covariates", TYPICAL,
      LU2014 + "; uncertainty of 5 % assumed", (0.1, 5.0), lognormal(0.676, 0.0025, 0.58, 0.79)),
    P("clearance_variance", "w2_CL", 0.03585, "1", "variance of ln clearance between patients", SPREAD,
      LU2014, (0.0, 2.0)),
    P("volume_variance", "w2_Vc", 0.01351, "1", "variance of ln central volume between patients", SPREAD, LU2014,
      (0.0, 2.0)),
    P("clearance_volume_covariance", "w_CLVc", 0.011, "1", "covariance of ln clearance and ln central volume", SPREAD,
      LU2014, (-2.0, 2.0)),
    P("her2_typical", "R0", 8e5, "1", "median HER2 molecules a cell", TYPICAL,
      "assumed between IHC 2+ (5e5) and 3+ (1e6 and up, " + SCHEUHER + ")", (1e3, 1e8), loguniform(4e5, 1.6e6)),
    P("her2_patient_spread", "s_R,P", 0.8, "1", "standard deviation of ln HER2 between patients", SPREAD,
      "assumed: 0.6 within 3+, wider with 2+", (0.0, 3.0), uniform(0.5, 1.1)),
    P("her2_lesion_spread", "s_R,L", 0.3, "1", "standard deviation of ln HER2 between lesions of a patient", SPREAD,
      "assumed: HERmark flow cytometry of lines, less between patients", (0.0, 3.0), uniform(0.1, 0.6)),
    P("occupancy_typical", "theta_apo", 0.048, "1", "median tubulin occupancy that arrests half of mitoses", TYPICAL,
      FITTED + "; 0.002 to 0.03 from KC50 (" + SCHEUHER + ")", (1e-4, 0.9), loguniform(0.024, 0.096)),
    P("occupancy_spread", "s_theta", 0.55, "1", "standard deviation of ln of that occupancy between patients", SPREAD,
      FITTED + "; a CV of 2000 % of KC50 (" + SCHEUHER + ") would be 2.45", (0.0, 4.0), uniform(0.3, 1.0)),
    P("doubling_typical", "t_2", 62.0, "day", "median doubling time of a tumour", TYPICAL,
      FITTED + ", between 25 (" + SCHEUHER + ") and 162 of untreated primaries (Ryu 2014 Eur Radiol)", (5.0, 1e3),
      loguniform(40.0, 100.0)),
    P("doubling_spread", "s_t2", 0.55, "1", "standard deviation of ln doubling time between patients", SPREAD,
      "assumed: CV 60 %", (0.0, 2.0), uniform(0.4, 0.7)),
    P("quiescent_typical", "q", 0.6, "1", "median share of cells outside the cycle", TYPICAL,
      "assumed: cycling share 0.4", (0.01, 0.95), uniform(0.45, 0.75)),
    P("permeability_typical", "P", 60.0, "um/day", "median vascular permeability of antibody", TYPICAL,
      "50 fitted (" + SCHEUHER + ") to 334 (Shah 2012)", (1.0, 2e3), loguniform(30.0, 180.0)),
    P("resistant_typical", "f_res", 1e-2, "1", "median share of cells in resistant families before treatment", TYPICAL,
      FITTED + ", which other mixtures meet as well", (1e-12, 0.1), loguniform(1e-4, 3e-2)),
    P("resistant_spread", "s_f", 1.0, "1", "standard deviation of log10 of that share between patients", SPREAD,
      "assumed: very different values fit response and progression alike", (0.0, 4.0), uniform(0.5, 2.0)),
    P("mutation_rate", "u", 1e-7, "1", "share of divisions that give a resistant daughter", TYPICAL,
      "assumed: 1e-8 to 1e-4", (0.0, 0.1), loguniform(1e-9, 1e-5)),
    P("nonamplified_typical", "phi", 8e-3, "1", "median share of cells without HER2 amplification", TYPICAL,
      "assumed: below the 5 % that Metzger Filho 2021 calls heterogeneous", (1e-8, 0.5), loguniform(1e-3, 3e-2)),
    P("burden_typical", "SLD", 9.0, "cm", "median sum of longest diameters at the start", TYPICAL, LU2014 + ", Table 2",
      (1.5, 40.0)),
    P("line_odds", "OR_line", 2.0, "1", "odds of every mechanism after one more line, relative to one line fewer",
      PREVALENCE, FITTED + ": response falls from 64 to 44 %", (0.1, 20.0),
      loguniform(1.0, 3.0)),
    P("line_decades", "d_line", 0.2, "1", "decades of resistant cells gained a line", PREVALENCE, FITTED,
      (-3.0, 3.0), uniform(0.0, 0.5)),
    *(
        P(f"{name}_prevalence", f"p_{name}", m.prevalence, "1", f"share of patients with {m.parameter} changed",
          PREVALENCE, m.source, (0.0, 0.99), uniform(0.5 * m.prevalence, min(2.0 * m.prevalence, 0.6)))
        for name, m in MECHANISMS.items()
    ),
    P("new_lesion_rate", "h_new", 0.014, "1/month", "hazard of a new lesion at the burden of the start", COURSE,
      "assumed: 0.005 to 0.05 a month", (0.0, 5.0), loguniform(0.005, 0.05)),
    P("sanctuary_share", "p_sanct", 0.3, "1", "share of that hazard which does not follow the burden", COURSE,
      "assumed: new lesions in the brain, where antibody does not act", (0.0, 1.0), uniform(0.1, 0.5)),
    P("death_rate", "h_death", 0.005, "1/month", "hazard of death without progression", COURSE, "assumed", (0.0, 5.0)),
    P("dropout_rate", "h_drop", 0.01, "1/month", "hazard of leaving the trial", COURSE, "assumed", (0.0, 5.0)),
    P("reading_spread", "s_scan", 0.07, "1", "standard deviation of ln of a diameter as read", COURSE,
      "assumed: 5 to 10 % of a sum of diameters", (0.0, 1.0), uniform(0.04, 0.12)),
    P("missing_share", "p_miss", 0.03, "1", "share of scans that are missing", COURSE, "assumed", (0.0, 0.9)),
)  # fmt: skip

CHANCE: tuple[Parameter, ...] = tuple(
    P(f"{name}_draw", f"w_{name}", 0.5, "1", meaning, "chance", "a choice of random numbers, uniform by definition",
      (0.0, 1.0), uniform(0.0, 1.0))
    for name, meaning in (
        ("patient", "which patients: covariates, typical values, mechanisms"),
        ("lesion", "which lesions those patients have"),
        ("demographic", "which resistant clones are there by chance"),
        ("assessment", "days, readings and gaps of scans, new lesions, deaths and drop-outs"),
    )
)  # fmt: skip
"""One factor a level of chance, for a study that asks how much of the variance each level carries."""
