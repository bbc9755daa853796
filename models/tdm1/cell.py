"""The tumour cell: HER2 and antibody on the move, T-DM1 cut in the lysosome, DM1 in the cytosol.

Concentrations are nM of cell volume. Conjugate and naked antibody compete for HER2 and travel alike; deconjugation
turns one into the other. Cytosolic DM1 is in rapid equilibrium with tubulin (300 /hour against 0.1). Every pool is
diluted by growth, and lysosomal content can be exocytosed before it is cut: losses that race with proteolysis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.engine.declaration import Observable, Reaction, Rule, Species

NM = "nM"
COPY = 1e-3
"""Floor of a concentration in a cell, nM: one molecule in 2 pL is 8e-4 nM."""


@dataclass(frozen=True)
class Surroundings:
    """What the cell sees, as expressions, and where its fluxes go.

    Attributes
    ----------
    adc, naked : str
        Concentration of conjugate and of naked antibody at the cell surface.
    dm1 : str or None
        Concentration of free DM1 outside; None where it is negligible.
    loaded : str
        Share of surface HER2 that carries conjugate at the start.
    doubling_time : str
        The parameter that sets dilution.
    binding, binding_naked : mapping
        Stoichiometry outside the cell of a net binding of one nM of cell volume.
    share : str
        Extracellular DM1 gained for one nM of cell volume released.
    sink : str
        Amount of the loss states for one nM of cell volume.
    diluted : sequence of str
        Further DM1 pools that are counted a cell volume and so are diluted too.
    """

    adc: str
    naked: str
    dm1: str | None
    loaded: str
    doubling_time: str
    binding: Mapping[str, str]
    binding_naked: Mapping[str, str]
    share: str
    sink: str
    diluted: Sequence[str] = ()


def species(around: Surroundings) -> list[Species]:
    """Declare the pools of the cell; at the start it is at its own drug-free steady state."""
    occupied = f"surface_steady*({around.loaded})"
    return [
        Species("her2_free", NM, "free HER2 at the surface", f"surface_steady - {occupied}", COPY),
        Species("her2_adc", NM, "T-DM1 bound at the surface", occupied, COPY),
        Species("her2_naked", NM, "trastuzumab bound at the surface", "0", COPY),
        Species("endosome_free", NM, "HER2 in endosomes", "k_e*surface_steady/(k_rec + sort_free + growth)", COPY),
        Species("endosome_adc", NM, "T-DM1 bound to HER2 in endosomes", "0", COPY),
        Species("endosome_naked", NM, "trastuzumab bound to HER2 in endosomes", "0", COPY),
        Species("lysosome_adc", NM, "T-DM1 in lysosomes", "0", COPY),
        Species("lysosome_dm1", NM, "Lys-MCC-DM1 in lysosomes", "0", COPY),
        Species("cytosol_dm1", NM, "DM1 in the cytosol, free and on tubulin", "0", COPY),
    ]


def rules(around: Surroundings) -> list[Rule]:
    """Declare what follows from the parameters, and the tubulin equilibrium."""
    usual = "nominal_k_sort*nominal_recycling_fraction/(1 - nominal_recycling_fraction)"
    return [
        Rule("growth", f"log(2)/{around.doubling_time}", "1/hour", "dilution by growth"),
        Rule("k_rec", "k_sort*recycling_fraction/(1 - recycling_fraction)", "1/hour", "recycling of endosomal HER2"),
        Rule("sort_free", "k_sort/rho_down", "1/hour", "sorting of free HER2"),
        Rule("k_net", "k_e*k_sort/(k_rec + k_sort)", "1/hour", "net internalisation of bound HER2"),
        Rule("accessible", "her2_copies*(1 - p95_fraction)*(1 - masked_fraction)/(avogadro*cell_volume)", NM,
             "HER2 that antibody can bind"),
        Rule("usual_rec", usual, "1/hour", "recycling at nominal constants"),
        Rule("usual_sort", "nominal_k_sort/nominal_rho_down", "1/hour", "sorting of free HER2 at nominal constants"),
        # Synthesis is held at what keeps the stated copies on a nominal cell: a row that sheds or sorts faster has
        # fewer receptors, not a faster synthesis.
        Rule("synthesis_rate",
             "accessible*(nominal_k_shed + growth"
             " + nominal_k_e*(usual_sort + growth)/(usual_rec + usual_sort + growth))",
             "nM/hour", "synthesis of accessible HER2"),
        Rule("surface_steady",
             "synthesis_rate/(k_shed + growth + k_e*(sort_free + growth)/(k_rec + sort_free + growth))", NM,
             "drug-free steady state of surface HER2"),
        Rule("acidity", "vatpase_activity**vatpase_exponent", "1", "effect of V-ATPase on the lysosome"),
        Rule("tubulin_kd_eff", "tubulin_mutation_fold*tubulin_kd/(1 - beta3_fraction + beta3_fraction/beta3_kd_ratio)",
             NM, "dissociation constant of the mixture of isotypes, whose affinities add"),
        Rule("tubulin_gap", "tubulin_total + tubulin_kd_eff - cytosol_dm1", NM, "linear term of the equilibrium"),
        # The root of the quadratic in the form that does not cancel when DM1 is scarce.
        Rule("free_dm1",
             "2*tubulin_kd_eff*cytosol_dm1/(tubulin_gap + sqrt(tubulin_gap**2 + 4*tubulin_kd_eff*cytosol_dm1))", NM,
             "free DM1 in the cytosol"),
    ]  # fmt: skip


def reactions(around: Surroundings) -> list[Reaction]:
    """Declare the processes of the cell, in nM of cell volume per hour."""
    lost = {"antibody_lost": around.sink}
    lost_adc = {"antibody_lost": around.sink, "dm1_lost": f"dar*({around.sink})"}
    lost_dm1 = {"dm1_lost": around.sink}
    out = {"cytosol_dm1": "-1", "dm1_outside": around.share}
    processes = [
        Reaction("synthesis", "synthesis_rate", {"her2_free": "1"}, "HER2 reaches the surface"),
        Reaction("binding", f"k_on*({around.adc})*her2_free - k_off*her2_adc",
                 {"her2_free": "-1", "her2_adc": "1", **around.binding}, "T-DM1 binds HER2"),
        Reaction("binding_naked", f"k_on*({around.naked})*her2_free - k_off*her2_naked",
                 {"her2_free": "-1", "her2_naked": "1", **around.binding_naked}, "trastuzumab binds HER2"),
        Reaction("deconjugation_surface", "k_dec*her2_adc",
                 {"her2_adc": "-1", "her2_naked": "1", "dm1_lost": f"dar*({around.sink})"}, "bound T-DM1 loses DM1"),
        Reaction("shedding_free", "k_shed*her2_free", {"her2_free": "-1"}, "ectodomain shed"),
        Reaction("shedding_adc", "shedding_bound_ratio*k_shed*her2_adc", {"her2_adc": "-1", **lost_adc},
                 "ectodomain shed with its T-DM1"),
        Reaction("shedding_naked", "shedding_bound_ratio*k_shed*her2_naked", {"her2_naked": "-1", **lost},
                 "ectodomain shed with its trastuzumab"),
        *(
            Reaction(f"{process}_{kind}", f"{rate}*{a}_{kind}", {f"{a}_{kind}": "-1", f"{b}_{kind}": "1"}, meaning)
            for process, rate, a, b, meaning in (
                ("endocytosis", "k_e", "her2", "endosome", "surface to endosome"),
                ("recycling", "k_rec", "endosome", "her2", "endosome to surface"),
            )
            for kind in ("free", "adc", "naked")
        ),
        Reaction("sorting_free", "sort_free*endosome_free", {"endosome_free": "-1"}, "free HER2 degraded"),
        Reaction("sorting_adc", "k_sort*endosome_adc", {"endosome_adc": "-1", "lysosome_adc": "1"},
                 "T-DM1 reaches the lysosome"),
        Reaction("sorting_naked", "k_sort*endosome_naked", {"endosome_naked": "-1", **lost}, "trastuzumab degraded"),
        Reaction("proteolysis", "k_lys*acidity*lysosome_adc",
                 {"lysosome_adc": "-1", "lysosome_dm1": "dar", **lost}, "T-DM1 cut to Lys-MCC-DM1"),
        Reaction("escape", "k_esc*acidity*lysosome_dm1", {"lysosome_dm1": "-1", "cytosol_dm1": "1"},
                 "SLC46A3 carries the catabolite to the cytosol"),
        Reaction("exocytosis_adc", "k_lex*lysosome_adc", {"lysosome_adc": "-1", **lost_adc}, "T-DM1 thrown out"),
        Reaction("exocytosis_dm1", "k_lex*lysosome_dm1", {"lysosome_dm1": "-1", "dm1_outside": around.share},
                 "catabolite thrown out"),
        Reaction("efflux_passive", "k_out*free_dm1", out, "free DM1 leaks out"),
        Reaction("efflux_mdr1", "linker_efflux_factor*mdr1_efflux*free_dm1/(mdr1_km + free_dm1)", out,
                 "MDR1 pumps free DM1 out"),
    ]  # fmt: skip
    if around.dm1 is not None:
        back = {"cytosol_dm1": "1", "dm1_outside": f"-({around.share})"}
        processes.append(Reaction("uptake", f"dm1_uptake_ratio*k_out*({around.dm1})", back, "DM1 leaks back in"))
    dilutions: dict[str, Mapping[str, str]] = {"her2_free": {}, "endosome_free": {}}
    dilutions |= dict.fromkeys(("her2_adc", "endosome_adc", "lysosome_adc"), lost_adc)
    dilutions |= dict.fromkeys(("her2_naked", "endosome_naked"), lost)
    dilutions |= dict.fromkeys(("lysosome_dm1", "cytosol_dm1", *around.diluted), lost_dm1)
    processes += [
        Reaction(f"dilution_{name}", f"growth*{name}", {name: "-1", **sink}, "shared with daughter cells")
        for name, sink in dilutions.items()
    ]
    return processes


ANTIBODY = "her2_adc + her2_naked + endosome_adc + endosome_naked + lysosome_adc"
"""Antibody in and on the cell."""

DM1 = "dar*(her2_adc + endosome_adc + lysosome_adc) + lysosome_dm1 + cytosol_dm1"
"""DM1 in and on the cell, still conjugated or not."""


def observables() -> list[Observable]:
    """Declare what can be measured on a cell."""
    return [
        Observable("surface_bound", "her2_adc", NM, "T-DM1 bound at the cell surface", COPY),
        Observable("surface_free", "her2_free", NM, "free HER2 at the cell surface", COPY),
        Observable("surface_naked", "her2_naked", NM, "trastuzumab bound at the cell surface", COPY),
        Observable("endosomal", "endosome_adc", NM, "T-DM1 in endosomes", COPY),
        Observable("internalised", "endosome_adc + lysosome_adc", NM, "T-DM1 inside, not yet cut", COPY),
        Observable("her2_total",
                   "her2_free + her2_adc + her2_naked + endosome_free + endosome_adc + endosome_naked", NM,
                   "accessible HER2 at the surface and in endosomes", COPY),
        Observable("lysosomal_adc", "lysosome_adc", NM, "T-DM1 in lysosomes", COPY),
        Observable("lysosomal_catabolite", "lysosome_dm1", NM, "Lys-MCC-DM1 in lysosomes", COPY),
        Observable("dm1_cytosolic", "cytosol_dm1", NM, "DM1 in the cytosol, free and on tubulin", COPY),
        Observable("dm1_free", "free_dm1", NM, "free DM1 in the cytosol", 0.1 * COPY),
        Observable("dm1_unconjugated", "lysosome_dm1 + cytosol_dm1", NM, "DM1 cut from antibody inside the cell", COPY),
        Observable("dm1_total", DM1, NM, "DM1 in and on the cell, conjugated or not", COPY),
        Observable("tubulin_occupancy", "free_dm1/(tubulin_kd_eff + free_dm1)", "1",
                   "share of tubulin that carries DM1", 1e-7),
    ]  # fmt: skip
