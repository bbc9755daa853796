"""Virtual patients and their lesions: the parameters of `models.tdm1.tumour` for each lesion of each patient.

Plasma kinetics, covariates and their correlation follow Lu 2014. A patient has five target lesions (RECIST 1.1), of
which a few are computed; each stands for its share of the five. Lines of prior HER2-directed therapy raise the odds
of every mechanism and the share of resistant cells, and leave trastuzumab in plasma. Demography is sampled where
few founders of resistant clones are expected to survive (`models.engine.stochastic.tiers`): their number is Poisson
and the size that their lines grow to is a gamma law over it, whose mean is the mean field (stochastic.md 1.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaincinv, logit, ndtr, ndtri, pdtrik

from models.engine.stochastic.tiers import demography
from models.tdm1.parameters import TABLE
from models.tdm1.population.draws import MECHANISMS as FIRST
from models.tdm1.population.draws import Draws, FloatArray, Level, lognormal
from models.tdm1.population.hyperparameters import MECHANISMS

TARGETS = 5
"""Target lesions of a patient."""

CLEARANCE_EXPONENTS = {"soluble_her2": (25.0, 0.035), "albumin": (41.0, -0.423), "burden": (9.0, 0.052),
                       "transaminase": (27.0, 0.071)}  # fmt: skip
"""Covariates of clearance beside weight: reference and exponent (Lu 2014, Table 1)."""

TRASTUZUMAB_ON_CLEARANCE = -0.002
"""Slope of ln clearance in baseline trastuzumab, mL/ug (Lu 2014)."""

NOMINAL = {p.name: p.nominal for p in TABLE}


@dataclass(frozen=True)
class Cohort:
    """Patients of a trial.

    Attributes
    ----------
    lesions : mapping of str to (n * lesions a patient,) array
        Parameters of the tumour model in its units; the lesions of a patient follow each other.
    mechanisms : mapping of str to (n,) bool
        Who has which mechanism.
    per_patient : int
        Lesions computed a patient.
    sampled : (n * lesions,) bool
        Whether the demography of resistant clones was sampled there.
    surviving : (n * lesions,)
        Founders of resistant clones expected to survive there.
    cells : (n * lesions,)
        Cells at the start.
    """

    lesions: Mapping[str, FloatArray]
    mechanisms: Mapping[str, NDArray[np.bool_]]
    per_patient: int
    sampled: NDArray[np.bool_]
    surviving: FloatArray
    cells: FloatArray

    @property
    def size(self) -> int:
        """Number of patients."""
        return len(next(iter(self.mechanisms.values())))


def cohort(h: Mapping[str, float], draws: Draws, n: int, per_patient: int, lines: int, clones: str = "auto") -> Cohort:
    """Draw patients.

    Parameters
    ----------
    h : mapping of str to float
        The population's parameters, in the units of their table.
    draws : Draws
    n, per_patient, lines : int
        Patients, lesions computed for each, and lines of prior HER2-directed therapy.
    clones : str
        A key of `models.engine.stochastic.tiers.DEMOGRAPHY`.
    """
    patient: dict[str, FloatArray] = {}

    def u(attribute: str | int) -> FloatArray:
        return draws.uniform(Level.PATIENT, attribute, n)

    covariates = {
        "soluble_her2": lognormal(u("soluble_her2"), 25.0, 1.2, 2.0, 1000.0),
        "albumin": np.clip(41.0 + 4.5 * ndtri(u("albumin")), 25.0, 55.0),
        "burden": lognormal(u("burden"), h["burden_typical"], 0.9, 1.5, 60.0),
        "transaminase": lognormal(u("transaminase"), 27.0, 0.4, 5.0, 300.0),
    }
    treated = u("trastuzumab_present") < (0.0 if lines == 0 else 0.6)
    trastuzumab = np.where(treated, lognormal(u("trastuzumab_level"), 15.0, 0.9, 0.5, 120.0), 0.0)
    first, second = correlated(h, ndtri(u("clearance")), ndtri(u("volume_central")))
    patient["trastuzumab_before"] = trastuzumab
    effect = on_clearance({**covariates, "trastuzumab": trastuzumab})
    patient["clearance"] = h["clearance_typical"] * np.exp(first) * effect
    patient["volume_central"] = NOMINAL["volume_central"] * np.exp(second)
    patient["q_intercompartmental"] = lognormal(u("q_intercompartmental"), 1.534, np.sqrt(1.4513), 0.3, 8.0)
    patient["volume_peripheral"] = lognormal(u("volume_peripheral"), 0.66, np.sqrt(0.4415), 0.2, 2.2)
    low, high = ndtr((np.array([40.0, 120.0]) - 70.0) / 15.0)
    patient["body_weight"] = 70.0 + 15.0 * ndtri(low + u("body_weight") * (high - low))
    patient["soluble_her2"] = covariates["soluble_her2"]
    patient["apoptosis_occupancy"] = lognormal(
        u("apoptosis_occupancy"), h["occupancy_typical"], h["occupancy_spread"], 1e-4, 0.95
    )
    patient["tumour_doubling_time"] = lognormal(
        u("tumour_doubling_time"), h["doubling_typical"], h["doubling_spread"], 8.0, 1000.0
    )
    patient["quiescent_fraction"] = np.clip(
        expit(logit(h["quiescent_typical"]) + 0.8 * ndtri(u("quiescent_fraction"))), 0.02, 0.97
    )
    patient["k_lys"] = lognormal(u("k_lys"), NOMINAL["k_lys"], 0.5, 0.02, 2.0)
    patient["apoptosis_competence"] = lognormal(u("apoptosis_competence"), 1.0, 0.385, 0.1, 3.0)
    patient["nonamplified_fraction"] = lognormal(u("nonamplified"), h["nonamplified_typical"], 2.3, 1e-8, 0.9)
    patient["mutation_rate"] = np.full(n, h["mutation_rate"])
    present = _mechanisms(h, draws, patient, n, lines)
    her2 = lognormal(u("her2_copies"), h["her2_typical"], h["her2_patient_spread"], 2e3, 2e7)
    leak = lognormal(u("permeability"), h["permeability_typical"], 0.55, 5.0, 2000.0)
    decades = np.log10(h["resistant_typical"]) + h["line_decades"] * (lines - 1)
    resistant = 10.0 ** np.minimum(decades + h["resistant_spread"] * ndtri(u("resistant_fraction")), -1.0)
    rows: dict[str, FloatArray] = {name: np.repeat(values, per_patient) for name, values in patient.items()}
    of_lesion = {name: np.empty((n, per_patient)) for name in ("size", "her2", "spread", "leak", "founders", "grown")}
    for j in range(per_patient):
        size = 0.3 * draws.normal(Level.LESION, "lesion_size", n, j)
        of_lesion["size"][:, j] = np.clip(10.0 * covariates["burden"] / TARGETS * np.exp(size), 10.0, 80.0)
        of_lesion["her2"][:, j] = her2 * np.exp(
            h["her2_lesion_spread"] * draws.normal(Level.LESION, "lesion_her2", n, j)
        )
        of_lesion["spread"][:, j] = 0.3 + 0.5 * draws.uniform(Level.LESION, "lesion_spread", n, j)
        of_lesion["leak"][:, j] = leak * np.exp(0.3 * draws.normal(Level.LESION, "lesion_permeability", n, j))
        of_lesion["founders"][:, j] = draws.uniform(Level.DEMOGRAPHY, "founders", n, j)
        of_lesion["grown"][:, j] = draws.uniform(Level.DEMOGRAPHY, "founder_size", n, j)
    flat = {name: values.ravel() for name, values in of_lesion.items()}
    rows |= {
        "lesion_volume": np.pi / 6.0 * flat["size"] ** 3,
        "her2_copies": np.clip(flat["her2"], 2e3, 5e7),
        "her2_spread": flat["spread"],
        "permeability": flat["leak"],
    }
    expected = np.repeat(resistant, per_patient)
    cells = rows["lesion_volume"] * (1.0 - NOMINAL["void_fraction_payload"]) / (NOMINAL["cell_volume"] * 1e-6)
    surviving = expected * cells * (1.0 - NOMINAL["cell_loss"])
    few = demography(surviving, clones)
    rows["resistant_fraction"] = expected
    rows["resistant_fraction"][few] *= founders(surviving[few], flat["founders"][few], flat["grown"][few])
    return Cohort(rows, present, per_patient, few, surviving, cells)


def correlated(h: Mapping[str, float], first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turn two standard normal numbers into deviations of ln clearance and ln central volume, which are correlated.

    Raises
    ------
    ValueError
        When the covariance is larger than the variances allow.
    """
    v1, v2, c = h["clearance_variance"], h["volume_variance"], h["clearance_volume_covariance"]
    if c * c > v1 * v2:
        raise ValueError(f"a covariance of {c:g} is impossible with variances of {v1:g} and {v2:g}")
    slope = c / v1 if v1 > 0.0 else 0.0
    return np.sqrt(v1) * first, slope * np.sqrt(v1) * first + np.sqrt(v2 - slope * c) * second


def on_clearance(covariates: Mapping[str, FloatArray | float]) -> FloatArray:
    """Return the factor of covariates on clearance; weight, which also sets the dose, is left to the tumour model."""
    effect = TRASTUZUMAB_ON_CLEARANCE * np.asarray(covariates["trastuzumab"], dtype=np.float64)
    for name, (reference, exponent) in CLEARANCE_EXPONENTS.items():
        effect = effect + exponent * np.log(np.asarray(covariates[name]) / reference)
    return np.asarray(np.exp(effect))


def founders(expected: FloatArray, number: FloatArray, size: FloatArray) -> FloatArray:
    """Size of resistant clones relative to the mean field, by quantiles of their number and of their growth.

    Of `expected` surviving founders on average, a Poisson number k is there; their lines together grow to a gamma(k)
    multiple of one line's mean, because the limit of one line is exponential. The mean over both is 1.
    """
    k = np.ceil(np.maximum(pdtrik(number, np.maximum(expected, 1e-12)), 0.0) - 1e-9)
    k = np.where(number <= np.exp(-expected), 0.0, np.maximum(k, 1.0))
    grown = np.where(k > 0.0, gammaincinv(np.maximum(k, 1.0), size), 0.0)
    return np.asarray(grown / np.maximum(expected, 1e-12))


def prevalence(typical: float, odds: float, lines: int) -> float:
    """Prevalence after `lines` lines, from that after one line and the odds ratio of a line."""
    scaled = typical / (1.0 - typical) * odds ** (lines - 1)
    return float(scaled / (1.0 + scaled))


def _mechanisms(
    h: Mapping[str, float], draws: Draws, patient: dict[str, FloatArray], n: int, lines: int
) -> dict[str, NDArray[np.bool_]]:
    present = {}
    for number, (name, m) in enumerate(MECHANISMS.items()):
        share = prevalence(h[f"{name}_prevalence"], h["line_odds"], lines)
        has = draws.uniform(Level.PATIENT, FIRST + 2 * number, n) < share
        strength = draws.uniform(Level.PATIENT, FIRST + 2 * number + 1, n)
        value = m.low * (m.high / m.low) ** strength
        patient[m.parameter] = np.where(has, value, patient.get(m.parameter, np.full(n, NOMINAL[m.parameter])))
        present[name] = has
    return present
