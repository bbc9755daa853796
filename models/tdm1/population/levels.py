"""What a trial did at each level of chance, and the rule that chose it with its figure (stochastic.md 1)."""

from collections.abc import Mapping

import numpy as np

from models.engine.stochastic.lineages import SAMPLED_BELOW
from models.engine.stochastic.tiers import DEMOGRAPHY
from models.tdm1.population.patients import NOMINAL, TARGETS, Cohort
from models.tdm1.population.reduced.rates import BINS

FANO = 2.53125
"""Variance over mean of DM1 molecules in a cell: conjugates are cut whole, each with a binomial number out of 8 whose
mean is 3.5 (1.3: (1 + E B^2/E B)/2)."""

LEAST_CELLS = np.pi / 6.0 * 10.0**3 * (1.0 - NOMINAL["void_fraction_payload"]) / (NOMINAL["cell_volume"] * 1e-6)
"""Cells of the smallest lesion that is a target, 10 mm across."""

AVERAGED = (
    f"molecular noise is averaged over {LEAST_CELLS:.1g} cells of a lesion or more: at one molecule a cell, a relative "
    f"variance of at most {FANO / LEAST_CELLS:.0e}"
)
"""Why the molecular level has no share in a trial."""

TIERS = {0: "reduced equations: mean demography, molecular noise averaged over cells",
         1: "the network of classes and clones, the same otherwise"}  # fmt: skip

STATED = (
    "response rate 0.9 points low (at worst 2.0), progression-free at 6 and 12 months 0.5 and 0.6 points low (1.3, "
    "1.5), restricted mean 3.3 days short of 365 (9.1), time in response 4.3 days short of 201 (9.8)"
)
"""Errors of tier 0, as ``python -m tests.benchmarks.tiers`` prints them and a test bounds them."""


def levels(
    cohort: Cohort, *, fixed: bool, tier: int, classes: int, clones: str, noise: bool, interval: float, jitter: float
) -> list[Mapping[str, str]]:
    """Return one row a level: ``level``, ``treatment``, ``rule``.

    Parameters
    ----------
    cohort : Cohort
        Patients whose figures the rules are told with.
    fixed, noise : bool
    tier, classes : int
    clones : str
    interval, jitter : float
        Days between scans, and how far they may be off.
    """
    n, k, least = cohort.size, cohort.per_patient, float(cohort.cells.min())
    sampled, few = int(cohort.sampled.sum()), cohort.surviving
    figure = (
        f"{sampled} of {len(few)} lesions sampled; expected surviving founders: least {few.min():.3g}, median "
        f"{np.median(few):.3g}, threshold {SAMPLED_BELOW:g}"
    )
    bins = (
        f"{BINS if tier == 0 else classes} bins of HER2 with memory, a class without amplification, resistant families"
    )
    said = f"option tier: {tier} ({TIERS[tier]})"
    rows = (
        ("L1 patient", f"one fixed set of {n}" if fixed else f"{n} patients drawn a run", "option cohort"),
        ("L2 lesion", f"{k} of {TARGETS} target lesions drawn a patient", "option lesions"),
        ("L3 cell", bins, f"{said}; against tier 1: {STATED}" if tier == 0 else said),
        ("L4 molecular", "averaged over the cells of a lesion", f"{least:.2g} cells or more: even with one molecule a "
         f"cell their mean has a relative variance of at most {FANO / least:.1g}"),
        ("L5 demographic", DEMOGRAPHY[clones], f"{figure} (option demography: {clones})"),
        ("L6 assessment", f"scans every {interval:g} days, {jitter:g} days early or late, with an error; new lesions, "
         "deaths and drop-outs" if noise else "scans on their day, read exactly", "option noise"),
    )  # fmt: skip
    return [{"level": level, "treatment": treatment, "rule": rule} for level, treatment, rule in rows]
