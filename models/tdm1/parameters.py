"""The one table of the model's parameters: value, unit, range, law and source.

Laws are those of the study file. A parameter without one is a constant of nature, of the regimen or of the drug, or
a lever that a study compares as a scenario. Ranges are those of the references given or, where the source starts with
"assumed", a judgement.
"""

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Any

from models.engine.declaration import Parameter

LU2014 = "Lu 2014 Cancer Chemother Pharmacol 74:399, doi 10.1007/s00280-014-2500-2, Table 1"
SHAH2012 = "Shah 2012 J Pharmacokinet Pharmacodyn 39:643, Table 2"
SCHEUHER = "Scheuher 2024 J Pharmacokinet Pharmacodyn 51:429 and its preprint's Table S2"
AUSTIN = "Austin 2004 Mol Biol Cell 15:5268"
LOPUS = "Lopus 2010 PMC2954514"

Law = Mapping[str, Any]


def uniform(low: float, high: float) -> Law:
    """Uniform law."""
    return {"dist": "uniform", "low": low, "high": high}


def loguniform(low: float, high: float) -> Law:
    """Log-uniform law."""
    return {"dist": "loguniform", "low": low, "high": high}


def beta(alpha: float, b: float, low: float, high: float) -> Law:
    """Beta law stretched over an interval."""
    return {"dist": "beta", "alpha": alpha, "beta": b, "low": low, "high": high}


def lognormal(median: float, variance: float, low: float, high: float) -> Law:
    """Log-normal law cut at its bounds, from the variance of the logarithm."""
    return {"dist": "trunclognormal", "median": median, "gsd": round(exp(sqrt(variance)), 4), "low": low, "high": high}


def cv(percent: float) -> float:
    """Variance of the logarithm of a log-normal law from its coefficient of variation."""
    return log(1.0 + (percent / 100.0) ** 2)


P = Parameter
SYSTEM, TUMOUR, CELL = "systemic pharmacokinetics", "tumour disposition", "cell"

TABLE: tuple[Parameter, ...] = (
    # Plasma
    P("clearance", "CL", 0.676, "L/day", "T-DM1 conjugate clearance at 70 kg and DAR 3.5", SYSTEM,
      LU2014 + " (omega^2 0.03585)", (0.01, 20.0), lognormal(0.676, 0.03585, 0.37, 1.22)),
    P("volume_central", "Vc", 3.127, "L", "central volume at 70 kg", SYSTEM,
      LU2014 + " (omega^2 0.01351)", (0.1, 50.0), lognormal(3.127, 0.01351, 2.18, 4.48)),
    P("q_intercompartmental", "Q", 1.534, "L/day", "inter-compartmental clearance", SYSTEM,
      LU2014 + " (omega^2 1.4513; cut, poorly identified there)", (0.0, 100.0), lognormal(1.534, 1.4513, 0.3, 8.0)),
    P("volume_peripheral", "Vp", 0.66, "L", "peripheral volume", SYSTEM,
      LU2014 + " (omega^2 0.4415; cut, poorly identified there)", (0.01, 50.0), lognormal(0.66, 0.4415, 0.2, 2.2)),
    P("body_weight", "WT", 70.0, "kg_bw", "body weight: sets the dose and scales CL and Vc", SYSTEM,
      "Lu 2014, 5th to 95th percentile 49 to 98 kg", (20.0, 250.0),
      {"dist": "truncnormal", "mean": 70.0, "sd": 15.0, "low": 40.0, "high": 120.0}),
    P("reference_weight", "WT_ref", 70.0, "kg_bw", "weight at which CL and Vc are given", SYSTEM, LU2014,
      (20.0, 250.0)),
    P("clearance_weight_exponent", "b_CL", 0.49, "1", "exponent of weight on CL", SYSTEM, LU2014, (0.0, 2.0)),
    P("volume_weight_exponent", "b_Vc", 0.596, "1", "exponent of weight on Vc", SYSTEM, LU2014, (0.0, 2.0)),
    P("molecular_weight", "MW", 148781.0, "g/mol", "molecular weight of T-DM1 and, taken equal, of trastuzumab",
      SYSTEM, SCHEUHER + "b", (1e5, 2e5)),
    P("dar", "DAR", 3.5, "1", "DM1 molecules an antibody", "drug-to-antibody ratio",
      "Barok 2014 Breast Cancer Res 16:209; range of a product, other ratios are scenarios", (0.0, 8.0),
      uniform(3.0, 4.0)),
    P("dar_reference", "DAR_ref", 3.5, "1", "ratio at which CL is given", SYSTEM, LU2014, (0.0, 8.0)),
    P("dar_clearance_slope", "beta_DAR", 0.12, "1", "rise of ln CL a DM1 molecule", "drug-to-antibody ratio",
      "assumed: upper bound from Hamblett 2004 (cysteine MMAE), flat for maytansinoids up to about 6", (0.0, 1.0),
      uniform(0.0, 0.27)),
    P("deconjugation_systemic_fraction", "f_dec,sys", 0.5, "1", "share of T-DM1 clearance that leaves trastuzumab",
      SYSTEM, "Bender 2014 AAPS J 16:994, Table III: 22/(19.9 + 22) = 0.53 in cynomolgus", (0.0, 1.0),
      uniform(0.35, 0.65)),
    P("trastuzumab_clearance", "CL_TT", 0.27, "L/day", "clearance of naked trastuzumab at 70 kg", SYSTEM,
      "Lu 2014 (T-DM1 is cleared 2 to 3 times faster than trastuzumab): 0.676/2.5", (0.0, 20.0),
      lognormal(0.27, cv(25.0), 0.2, 0.4)),
    # Tumour
    P("permeability", "P", 60.0, "um/day", "vascular permeability of antibody", TUMOUR,
      "50 fitted (" + SCHEUHER + ") to 334 (" + SHAH2012 + ")", (0.0, 5e3), loguniform(20.0, 334.0)),
    P("diffusivity", "D", 1.74e-3, "cm^2/day", "interstitial diffusivity of antibody", TUMOUR,
      "1.74e5 um2/day (" + SCHEUHER + ") to 0.022 (" + SHAH2012 + ")", (0.0, 1.0), loguniform(5e-4, 0.022)),
    P("capillary_radius", "R_cap", 8.0, "um", "capillary radius", TUMOUR, SHAH2012, (1.0, 50.0), uniform(6.0, 12.0)),
    P("krogh_radius", "R_K", 75.0, "um", "half the distance between capillaries", TUMOUR,
      SHAH2012 + "; upper bound assumed (poorly vascularised)", (10.0, 1e3), loguniform(50.0, 150.0)),
    P("void_fraction_adc", "eps", 0.24, "1", "tumour fraction open to antibody", TUMOUR, SHAH2012, (0.01, 1.0),
      uniform(0.1, 0.4)),
    P("void_fraction_payload", "eps_D", 0.44, "1", "tumour fraction outside cells", TUMOUR, SHAH2012, (0.05, 0.95),
      uniform(0.3, 0.6)),
    P("dm1_permeability", "P_D", 924.0, "um/day", "vascular permeability of released DM1 catabolite", TUMOUR,
      SCHEUHER + "; upper bound 21000 is MMAE, " + SHAH2012, (0.0, 1e5), loguniform(300.0, 21000.0)),
    P("dm1_diffusivity", "D_D", 0.11, "cm^2/day", "interstitial diffusivity of released DM1 catabolite", TUMOUR,
      SCHEUHER + " (1.1e7 um2/day); 0.25 for MMAE, " + SHAH2012, (0.0, 10.0), loguniform(0.05, 0.25)),
    P("k_dec", "k_dec", 0.010, "1/hour", "deconjugation in the interstitium and at the cell surface", TUMOUR,
      "0.0023 to 0.0031 (" + SCHEUHER + "), 0.0223 (Singh and Shah 2017 AAPS J 19:1054)", (0.0, 1.0),
      loguniform(0.002, 0.0223)),
    P("k_wash", "k_wash", 0.005, "1/hour", "non-specific loss of antibody from the interstitium", TUMOUR,
      "assumed: lymph and macrophages; without a loss, slow internalisation delays uptake but costs nothing",
      (0.0, 1.0), uniform(0.0, 0.03)),
    P("lesion_volume", "V_T", 4190.0, "mm^3", "volume of one lesion", TUMOUR,
      SHAH2012 + " (2 cm); spread assumed over measurable lesions", (0.1, 1e6),
      lognormal(4190.0, 0.84, 500.0, 50000.0)),
    P("lesions", "n_T", 1.0, "1", "number of such lesions that draw on the plasma", TUMOUR,
      "assumed: one measurable lesion; a lever", (0.0, 100.0)),
    P("tumour_doubling_time", "t_2", 25.0, "day", "doubling time of the tumour's cells, which dilutes their content",
      TUMOUR, SCHEUHER + " (25); untreated primaries 162 (Ryu 2014 Eur Radiol)", (1.0, 1e9),
      lognormal(25.0, cv(60.0), 15.0, 160.0)),
    # Receptor
    P("cell_volume", "V_cell", 2.0, "pL", "volume of a cell", CELL, SCHEUHER + " (fits 3.7 to 4.0), Singh 2017 (1)",
      (0.1, 20.0), lognormal(2.0, cv(30.0), 1.0, 4.0)),
    P("avogadro", "N_A", 6.02214076e23, "1/mol", "Avogadro's number", CELL, "SI, exact", (6.0e23, 6.1e23)),
    P("her2_copies", "R0", 1e6, "1", "HER2 molecules a cell, masked and truncated ones included", "HER2 expression",
      SCHEUHER + " (2e4 in 1+ to 1.6e6 in SK-BR-3); 2e3 and 4e6 assumed", (1.0, 1e8), loguniform(2e3, 4e6)),
    P("masked_fraction", "f_mask", 0.05, "1", "share of epitopes hidden by MUC4 or hyaluronan",
      "masking of the epitope", "assumed: steric masking is partial and tumour-specific; no figure found", (0.0, 1.0),
      beta(0.5, 3.0, 0.0, 0.9)),
    P("p95_fraction", "f_p95", 0.1, "1", "share of HER2 without an ectodomain", "p95HER2 expression",
      "assumed: about 30 % of HER2-positive tumours express it (p95 meta-analysis, PMC6314664)", (0.0, 1.0),
      beta(1.0, 5.0, 0.0, 0.6)),
    P("k_on", "k_on", 0.37, "1/nM/hour", "association of antibody with HER2", "HER2 binding",
      "Singh and Shah 2017 (0.37), " + SCHEUHER + " (0.36), SPR 2.07", (0.0, 100.0), loguniform(0.1, 2.0)),
    P("k_off", "k_off", 0.097, "1/hour", "dissociation of antibody from HER2", "HER2 binding",
      "Singh and Shah 2017 (0.097), " + SCHEUHER + " (KD 0.314 nM)", (0.0, 100.0), loguniform(0.03, 0.65)),
    P("k_shed", "k_shed", 0.002, "1/hour", "shedding of the HER2 ectodomain", "shedding of the ectodomain",
      "assumed: order of magnitude from 8 ng/mL soluble HER2 in health (" + SCHEUHER + ")", (0.0, 10.0),
      loguniform(2e-4, 0.04)),
    P("shedding_bound_ratio", "chi_shed", 0.0, "1", "shedding of antibody-bound relative to free HER2",
      "shedding of the ectodomain", SCHEUHER + " sets 0; upper bound assumed", (0.0, 1.0), uniform(0.0, 0.3)),
    # Trafficking
    P("k_e", "k_e", 0.75, "1/hour", "endocytosis of HER2, free or bound", "internalisation",
      "Fehling-Kaschek 2019 (0.0126/min, flat membrane); " + AUSTIN, (0.0, 50.0), loguniform(0.06, 1.5)),
    P("recycling_fraction", "f_rec", 7.0 / 7.6, "1", "share of endocytosed complex that returns to the surface",
      "recycling", AUSTIN + ": 50 % back at 5 min and 85 % at 30 min", (0.0, 0.99), uniform(0.7, 0.95)),
    P("k_sort", "k_sort", 0.6, "1/hour", "sorting of bound HER2 from endosome to lysosome", "trafficking",
      "assumed: with the recycled share it gives a net internalisation half-life of 12 h (Maass 2016, 6 to 14 h)",
      (0.0, 50.0), loguniform(0.06, 2.0)),
    P("rho_down", "rho", 2.0, "1", "sorting of antibody-bound relative to free HER2", "HER2 down-regulation",
      AUSTIN + " (1: no effect) to Fehling-Kaschek 2019 (above 1); upper bound assumed", (0.1, 50.0),
      uniform(1.0, 5.0)),
    # Lysosome
    P("k_lys", "k_lys", 0.12, "1/hour", "proteolysis of T-DM1 at full acidity", "lysosomal degradation",
      "geometric mean of 0.03 (Maass 2016 AAPS J 18:635) and 0.457 (" + SCHEUHER + "), which conflict", (0.0, 50.0),
      loguniform(0.02, 2.0)),
    P("vatpase_activity", "a_V", 1.0, "1", "V-ATPase activity relative to normal", "lysosomal degradation",
      "assumed: direction from Wang 2017 (N87-KR, bafilomycin), no figure", (0.0, 1.0), beta(5.0, 1.0, 0.05, 1.0)),
    P("vatpase_exponent", "theta_V", 1.0, "1", "power of V-ATPase activity on proteolysis and export",
      "lysosomal degradation", "assumed: cathepsins and the proton-coupled SLC46A3 (PMC9896951) both need acid",
      (0.1, 5.0), uniform(0.5, 2.0)),
    P("k_esc", "k_esc", 0.21, "1/hour", "export of catabolite from lysosome to cytosol (SLC46A3)", "SLC46A3 export",
      SCHEUHER + " (5.95e-5/s); low end: loss, Hamblett 2015 Cancer Res 75:5329", (0.0, 50.0),
      loguniform(0.01, 1.0)),
    P("k_lex", "k_lex", 0.02, "1/hour", "exocytosis of lysosomal content", "lysosomal degradation",
      "assumed: a loss that races with proteolysis, without which slow lysosomes cost nothing", (0.0, 5.0),
      loguniform(0.01, 0.05)),
    # Efflux
    P("k_out", "k_out", 0.12, "1/hour", "passive efflux of free cytosolic DM1", "drug efflux",
      "0.142 (" + SCHEUHER + "), 0.092 (Singh 2017)", (0.0, 50.0), loguniform(0.04, 0.3)),
    P("dm1_uptake_ratio", "rho_in", 1.0, "1", "passive uptake relative to passive efflux clearance", "drug efflux",
      "assumed: a passive membrane is symmetric; an in/out ratio of 1.5 is in use", (0.0, 10.0), uniform(0.0, 1.5)),
    P("mdr1_efflux", "V_MDR", 1.0, "nM/hour", "capacity of MDR1 for free DM1", "MDR1 expression",
      "assumed: 1 is MDR1-negative; upper end lowers DM1 as much as resistant lines show (Kovtun 2010)", (0.0, 1e6),
      loguniform(1.0, 3000.0)),
    P("mdr1_km", "K_MDR", 1000.0, "nM", "half-saturation of MDR1", "MDR1 expression",
      "assumed: substrates of P-glycoprotein are micromolar", (1.0, 1e7), loguniform(100.0, 30000.0)),
    P("linker_efflux_factor", "sigma", 1.0, "1", "MDR1 transport of the linker's catabolite relative to Lys-MCC-DM1",
      "MDR1 expression", "assumed: 0.1 for PEG4Mal (direction Kovtun 2010); a lever of the drug's design", (0.0, 10.0)),
    # Target
    P("tubulin_total", "T_tot", 10000.0, "nM", "tubulin dimers open to DM1", "altered DM1 target",
      "assumed: turns k_out into the 44 to 73 h of Maass 2016; cells hold 10 to 25 uM", (1.0, 1e6),
      lognormal(10000.0, cv(50.0), 3000.0, 30000.0)),
    P("tubulin_kd", "KD_tub", 930.0, "nM", "dissociation constant of DM1 and wild-type beta1-tubulin",
      "altered DM1 target", LOPUS + " (0.93 +- 0.2 uM; high-affinity sites 0.10)", (0.01, 1e6),
      lognormal(930.0, cv(40.0), 100.0, 3000.0)),
    P("tubulin_mutation_fold", "phi_KD", 1.0, "1", "fold change of the dissociation constant by beta1 mutation",
      "altered DM1 target", "assumed: mutated in 5 %, then 2 to 30 fold at log-spaced values", (0.1, 1e3),
      {"dist": "choice", "values": (1.0, 3.14, 7.75, 19.1), "weights": (0.95, 0.017, 0.017, 0.016)}),
    P("beta3_fraction", "f_b3", 0.1, "1", "share of beta3-tubulin", "altered DM1 target",
      "assumed: qualitative in Barok 2014", (0.0, 1.0), beta(1.0, 6.0, 0.0, 0.6)),
    P("beta3_kd_ratio", "phi_b3", 2.0, "1", "dissociation constant of beta3 relative to beta1 dimers",
      "altered DM1 target", "assumed: qualitative in Barok 2014", (0.1, 1e3), uniform(1.0, 5.0)),
    # Culture
    P("cell_doubling_time", "t_c", 37.4, "hour", "doubling time in culture", CELL,
      "Cellosaurus, SK-BR-3 37.4 and BT-474 80", (5.0, 1e9), lognormal(37.4, cv(30.0), 24.0, 96.0)),
    P("medium_concentration", "C_med", 1.0, "ug/mL", "T-DM1 in the medium, constant", "experiment",
      "assumed: a usual saturating concentration; a condition of the experiment", (0.0, 1e6)),
)  # fmt: skip
"""Every parameter of every setting."""
