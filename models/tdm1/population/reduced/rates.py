"""Tier 0: rates of lesions for the reduced equations, from the same parameters as `models.tdm1.tumour`.

What is kept: every class of cells with its receptors (free, with conjugate, with naked antibody), lysosome, cytosol,
cell states and damage; supply through vessels and surface, shared by all classes and by shed ectodomain; loss of DM1
from conjugates; saturable normal tissue; dead mass; mutation and memory. What is reduced: surface and endosome
exchange at once (7 per hour), so that receptors are one pool each; antibody between cells is balanced within a step;
cells in arrest stand for their mean time there; bins are fewer; a step lasts one to three and a half days
(`course`).
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from models.engine.units import factor
from models.tdm1.classes import FAMILIES, layout
from models.tdm1.parameters import TABLE

FloatArray = NDArray[np.float64]

BINS = 9
CELLS = BINS + 1 + len(FAMILIES)
"""Classes of cells; the pool after them is ectodomain between cells, which binds antibody as receptors do."""

STEPS = np.array([1.0, 2.0, 2.0, 2.0, 3.5, 3.5, 3.5, 3.5]) * 24.0
"""Steps of a cycle of three weeks, in hours."""

KINDS = np.array([1.0, 2.0, 3.5]) * 24.0
KIND = np.array([0, 1, 1, 1, 2, 2, 2, 2])
"""Distinct steps, and which of them each step is."""

KEPT = np.isin(np.cumsum(STEPS) / 24.0, [7.0, 14.0, 21.0])
"""Whether the volume is kept at the end of a step: every week."""

DAY = np.cumsum(STEPS) / 24.0
DAYS = DAY[KEPT]

ABSENT = {"second_payload": 0.0, "emax_kill": 0.0, "direct_kill": 0.0}
"""Parameters that the reduction knows at one value only."""

NOMINAL = {p.name: p.nominal for p in TABLE}

SCALARS = (
    "dose", "clearance", "volume", "q", "volume_peripheral", "clearance_naked", "deconjugated", "normal", "normal_half",
    "soluble_made", "soluble_loss", "dar", "dar_least", "dar_loss", "vessels", "surface", "krogh2", "vessels_dm1",
    "surface_dm1", "eps", "eps_dm1", "cell_fraction", "k_wash", "k_dec", "shed_exchange", "k_on", "k_off", "kb",
    "bound_loss", "bound_dec", "surface_bound", "surface_free", "free_loss", "k_lys", "k_lex", "k_out", "uptake",
    "mdr1_km", "tubulin", "volume_start", "largest", "linear", "net_growth", "lost", "births", "cycle_rate",
    "cycle_exit", "wake", "repair", "commit", "ratio", "damage_rate", "damage_killing", "trafficking", "death_late",
    "hill", "immune", "immune_half", "copies_each", "cytostatic", "mutation", "dead_clearance", "synthesis_loss",
    "half_binding", "cell_volume", "shed_rate", "memory", "resting", "naked_start",
)  # fmt: skip
"""Rates of a lesion, in coherent units: hour, L, nmol."""

CLASS = ("on", "synthesis", "start", "mdr1", "acidity_lys", "escape", "kd", "threshold", "competence", "dies_first",
         "arrest_time", "share")  # fmt: skip
"""Rates of a class."""

Lesions = tuple[NDArray[np.void], FloatArray]


@cache
def bins() -> dict[str, FloatArray]:
    """Parameters of every class."""
    return layout(BINS)


def check(parameters: Mapping[str, FloatArray]) -> None:
    """Refuse what the reduction cannot represent.

    Raises
    ------
    ValueError
        Naming the parameter.
    """
    for name, value in ABSENT.items():
        if name in parameters and np.any(np.asarray(parameters[name]) != value):
            raise ValueError(f"tier 0 has no '{name}' other than {value:g}: use tier 1")
    if np.any(np.asarray(parameters.get("trafficking_occupancy", 10.0)) < 1.0):
        raise ValueError("tier 0 has no slowing of sorting by DM1 (trafficking_occupancy below 1): use tier 1")


def rates(parameters: Mapping[str, FloatArray], rows: int) -> Lesions:
    """Return the rates (rows,) and the rates of classes (rows, len(CLASS), CELLS) of lesions.

    Parameters
    ----------
    parameters : mapping of str to (rows,) array
        In the units of the table; what is left out is at its nominal value.
    """
    check(parameters)
    p = {
        q.name: np.asarray(parameters.get(q.name, np.full(rows, q.nominal)), dtype=np.float64) * factor(q.unit)
        for q in TABLE
    }
    nominal = {q.name: q.nominal * factor(q.unit) for q in TABLE}
    out = np.zeros(rows, dtype=[(name, np.float64) for name in SCALARS])
    weight = p["body_weight"] / p["reference_weight"]
    scale = weight ** p["clearance_weight_exponent"]
    out["volume"] = p["volume_central"] * weight ** p["volume_weight_exponent"]
    out["dose"] = p["body_weight"] / p["molecular_weight"]
    out["clearance"] = p["clearance"] * scale * np.exp(p["dar_clearance_slope"] * (p["dar"] - p["dar_reference"]))
    out["q"], out["volume_peripheral"] = p["q_intercompartmental"], p["volume_peripheral"]
    out["clearance_naked"] = p["trastuzumab_clearance"] * scale
    out["deconjugated"] = p["deconjugation_systemic_fraction"]
    out["normal"], out["normal_half"] = p["normal_her2"] * p["normal_her2_uptake"], p["normal_her2_affinity"]
    out["naked_start"] = p["trastuzumab_before"] / p["molecular_weight"]
    out["soluble_loss"] = np.log(2.0) / p["soluble_her2_half_life"]
    out["soluble_made"] = out["soluble_loss"] * p["soluble_her2"] / p["soluble_her2_mass"]
    out["dar"], out["dar_least"], out["dar_loss"] = p["dar"], np.minimum(p["dar"], 1.0), p["dar_loss_rate"]
    for name, permeability, diffusivity in (("", "permeability", "diffusivity"),
                                            ("_dm1", "dm1_permeability", "dm1_diffusivity")):  # fmt: skip
        out[f"vessels{name}"] = 2.0 * p[permeability] * p["capillary_radius"] / p["krogh_radius"] ** 2
        out[f"surface{name}"] = 6.0 * p[diffusivity]
    out["krogh2"] = p["krogh_radius"] ** 2
    out["eps"], out["eps_dm1"], out["cell_fraction"] = (
        p["void_fraction_adc"], p["void_fraction_payload"], 1.0 - p["void_fraction_payload"])  # fmt: skip
    out["k_wash"], out["k_dec"], out["shed_exchange"] = p["k_wash"], p["k_dec"], p["soluble_her2_exchange"]
    out["k_on"], out["k_off"] = p["k_on"], p["k_off"]
    out["half_binding"] = p["k_off"] / p["k_on"]
    # Turnover before treatment
    out["largest"], out["linear"] = p["largest_volume"], p["linear_growth"]
    out["volume_start"] = p["lesion_volume"]
    out["net_growth"] = np.log(2.0) / p["tumour_doubling_time"]
    out["lost"], out["resting"] = p["cell_loss"], p["quiescent_fraction"]
    out["births"] = out["net_growth"] / (1.0 - out["lost"])
    out["cycle_rate"] = out["births"] / (1.0 - out["resting"])
    out["cycle_exit"] = out["resting"] / (1.0 - out["resting"])
    crowd = (1.0 - p["lesion_volume"] / p["largest_volume"]) / (
        1.0 + (out["net_growth"] * p["lesion_volume"] / p["linear_growth"]) ** 20
    ) ** 0.05
    growth = out["births"] * (out["lost"] + (1.0 - out["lost"]) * crowd)
    # Receptors: surface and endosome as one pool
    f = p["recycling_fraction"]
    k_rec, sort_free = p["k_sort"] * f / (1.0 - f), p["k_sort"] / p["rho_down"]
    out["surface_free"] = (k_rec + sort_free) / (p["k_e"] + k_rec + sort_free)
    out["surface_bound"] = (k_rec + p["k_sort"]) / (p["k_e"] + k_rec + p["k_sort"])
    out["kb"] = p["k_sort"] * (1.0 - out["surface_bound"])
    out["shed_rate"] = p["k_shed"] * out["surface_free"]
    out["free_loss"] = sort_free * (1.0 - out["surface_free"]) + out["shed_rate"]
    out["bound_loss"] = out["kb"] + p["shedding_bound_ratio"] * p["k_shed"] * out["surface_bound"]
    out["bound_dec"] = p["k_dec"] * out["surface_bound"]
    usual_f = nominal["recycling_fraction"]
    usual_rec = nominal["k_sort"] * usual_f / (1.0 - usual_f)
    usual_sort = nominal["k_sort"] / nominal["rho_down"]
    each = nominal["k_shed"] + growth + nominal["k_e"] * (usual_sort + growth) / (usual_rec + usual_sort + growth)
    at_surface = each / (p["k_shed"] + growth + p["k_e"] * (sort_free + growth) / (k_rec + sort_free + growth))
    epitopes = (1.0 - p["p95_fraction"]) * (1.0 - p["masked_fraction"]) / (p["avogadro"] * p["cell_volume"])
    # Lysosome, cytosol, fate
    out["k_lys"], out["k_lex"], out["k_out"] = p["k_lys"], p["k_lex"], p["k_out"]
    out["uptake"] = p["dm1_uptake_ratio"] * p["k_out"]
    out["mdr1_km"], out["tubulin"] = p["mdr1_km"], p["tubulin_total"]
    out["wake"], out["repair"], out["commit"] = (
        p["quiescence_exit"], p["catastrophe_recovery"], 1.0 / p["catastrophe_time"])  # fmt: skip
    out["ratio"], out["hill"] = p["catastrophe_ratio"], p["apoptosis_hill"]
    out["damage_rate"], out["damage_killing"] = np.log(2.0) / p["damage_half_life"], p["damage_killing"]
    out["trafficking"], out["death_late"] = p["trafficking_kill"], p["catastrophe_death"]
    out["immune"], out["immune_half"] = p["fc_gain"] * p["adcc_rate"], p["adcc_copies"] / p["fc_enhancement"]
    out["copies_each"] = p["avogadro"] * p["cell_volume"]
    out["cytostatic"] = p["cytostatic_effect"] * (1.0 - p["survival_signal"])
    out["mutation"], out["memory"] = p["mutation_rate"], p["memory_time"]
    out["dead_clearance"] = np.log(2.0) / p["dead_clearance"]
    out["synthesis_loss"], out["cell_volume"] = p["her2_loss_rate"], p["cell_volume"]
    return out, _of_classes(p, out, epitopes, each, at_surface, sort_free, k_rec, growth)


def _of_classes(
    p: Mapping[str, FloatArray],
    out: NDArray[np.void],
    epitopes: FloatArray,
    each: FloatArray,
    at_surface: FloatArray,
    sort_free: FloatArray,
    k_rec: FloatArray,
    growth: FloatArray,
) -> FloatArray:
    b = bins()
    q = {name: values[:, None] for name, values in p.items()}
    fold = {name: q["resistance_fold"] ** b[f"is_{name}"] for name in FAMILIES}
    spread = b["amplified"] * np.exp(q["her2_spread"] * b["place"] + b["half"] * q["her2_spread"] ** 2)
    copies = (spread + b["resistant"] / fold["her2_loss"]) * q["her2_copies"] + b["unamplified"] * q[
        "nonamplified_copies"
    ]
    accessible = copies * epitopes[:, None]
    surface = accessible * at_surface[:, None]
    total = surface * (1.0 + p["k_e"] / (k_rec + sort_free + growth))[:, None]
    acidity = (q["vatpase_activity"] / fold["vatpase"]) ** q["vatpase_exponent"]
    tolerance = q["map_fold"] * np.exp(-q["tolerance_spread"] * b["place"])
    threshold = q["apoptosis_occupancy"] * tolerance
    left = q["neuregulin"] * (1.0 - q["pik3ca_mutant"]) * (1.0 - q["pertuzumab"] * q["pertuzumab_reversal"])
    competence = (q["apoptosis_competence"] / fold["survival"] * (1.0 - q["survival_signal"])
                  * (1.0 - q["neuregulin_rescue"] * left))  # fmt: skip
    late = q["mitotic_death_time"] / (competence * q["slippage_time"])
    lead, sd, ss = -np.log(late), q["mitotic_death_spread"], q["slippage_spread"]
    width = np.sqrt(sd**2 + ss**2)
    arrest = q["slippage_time"] * (
        late * np.exp(sd**2 / 2.0) * ndtr((lead - sd**2) / width) + np.exp(ss**2 / 2.0) * ndtr((-lead - ss**2) / width)
    )
    share = (1.0 - q["resistant_fraction"]) * (
        b["amplified"] * b["portion"] * (1.0 - q["nonamplified_fraction"])
        + b["unamplified"] * q["nonamplified_fraction"]
    ) + b["resistant"] * b["portion"] * q["resistant_fraction"]
    far = q["krogh_radius"] / (np.sqrt(18.0) * q["penetration_depth"])
    access = np.exp(far * b["place"] + b["half"] * far**2)
    of_class = {
        "on": q["k_on"] * access * out["surface_free"][:, None],
        "synthesis": accessible * each[:, None],
        "start": total,
        "mdr1": q["linker_efflux_factor"]
        * (q["mdr1_efflux"] + b["is_mdr1"] * (q["resistance_fold"] - 1.0) * q["k_out"] * q["mdr1_km"]),
        "acidity_lys": acidity,
        "escape": q["k_esc"] / fold["slc46a3"] * acidity,
        "kd": q["tubulin_mutation_fold"] * fold["tubulin"] * q["tubulin_kd"]
        / (1.0 - q["beta3_fraction"] + q["beta3_fraction"] / q["beta3_kd_ratio"]),
        "threshold": threshold,
        "competence": competence,
        "dies_first": ndtr(lead / width),
        "arrest_time": arrest,
        "share": share,
    }  # fmt: skip
    return np.stack([np.broadcast_to(of_class[name], share.shape) for name in CLASS], axis=1)


@cache
def passage() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Eigenvalues d, left and right factors of passage between bins: over t memory times, left exp(d t) right."""
    b = bins()
    g = np.zeros((BINS, BINS))
    for i in range(BINS):
        if i + 1 < BINS:
            g[i + 1, i] += b["climb"][i]
            g[i, i] -= b["climb"][i]
        if i:
            g[i - 1, i] += b["slip"][i]
            g[i, i] -= b["slip"][i]
    root = np.sqrt(b["portion"][:BINS])
    values, vectors = np.linalg.eigh(g * root[None, :] / root[:, None])  # detailed balance makes it symmetric
    return values, root[:, None] * vectors, vectors.T / root[None, :]
