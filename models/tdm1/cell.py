"""The tumour cell: HER2 and antibody on the move, T-DM1 cut in the lysosome, DM1 in the cytosol.

One declaration serves a single cell, whose pools are nM of cell volume, and a class of cells, whose pools are nmol in
all cells of the class: every process but synthesis and transport through the membrane is linear in its pool, and those
two are multiplied by the volume of the cells. Conjugate and naked antibody compete for HER2 and travel alike;
deconjugation turns one into the other. Cytosolic DM1 is in rapid equilibrium with tubulin (300 /hour against 0.1).
Lysosomal content can be exocytosed before it is cut, and division dilutes every pool: losses that race with
proteolysis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.engine.declaration import Observable, Reaction, Rule, Species

NM = "nM"
COPY = 1e-3
"""Floor of a concentration in a cell, nM: one molecule in 2 pL is 8e-4 nM."""

CONTENTS = (
    "her2_free", "her2_adc", "her2_naked", "endosome_free", "endosome_adc", "endosome_naked",
    "lysosome_adc", "lysosome_dm1", "cytosol_dm1",
)  # fmt: skip
"""Pools of the cell."""

ADC, NAKED = ("her2_adc", "endosome_adc", "lysosome_adc"), ("her2_naked", "endosome_naked")
"""Pools of conjugate and of naked antibody."""

Changes = Mapping[str, str]
NOTHING: Changes = {}


@dataclass(frozen=True)
class Surroundings:
    """What the cell sees, as expressions, and where its fluxes go.

    Stoichiometries are for one unit of a pool: nM of cell volume, or nmol.

    Attributes
    ----------
    adc, naked : str
        Concentration of conjugate and of naked antibody at the cell surface.
    dm1 : str or None
        Concentration of free DM1 outside; None where it is negligible.
    growth : str
        Rate at which division dilutes a pool.
    lost, lost_adc, lost_dm1 : mapping
        Where antibody, conjugate with its DM1, and DM1 go when they are gone from the cell for good.
    released : mapping
        Where DM1 goes that leaves the cell.
    binding, binding_naked : mapping
        What a net binding changes outside the cell.
    payload : str
        DM1 molecules on an antibody that is cut or deconjugated.
    cut, stripped : mapping
        What else changes when antibody is cut in the lysosome, and when surface conjugate loses its DM1.
    shed, shed_adc, shed_naked : mapping
        Where shed ectodomain goes, alone and with antibody.
    unit, floor : str, float
        Of the pools.
    volume, first_volume : str
        What turns a concentration into a pool, now and at the start.
    loaded : str
        Share of surface HER2 that carries conjugate at the start.
    access : str
        Binding relative to that of a cell in free solution.
    replaced : mapping
        Expressions that take the place of parameters: those of a class, or those that a treatment changes.
    diluted : sequence of str or None
        Further DM1 pools that are counted a cell volume and so are diluted too; None where pools are amounts, which
        division does not change.
    """

    adc: str
    naked: str
    dm1: str | None
    growth: str
    lost: Changes
    lost_adc: Changes
    lost_dm1: Changes
    released: Changes
    binding: Changes
    binding_naked: Changes
    payload: str = "dar"
    cut: Changes = field(default_factory=dict)
    stripped: Changes = field(default_factory=dict)
    shed: Changes = field(default_factory=dict)
    shed_adc: Changes = field(default_factory=dict)
    shed_naked: Changes = field(default_factory=dict)
    unit: str = NM
    floor: float = COPY
    volume: str = "1"
    first_volume: str = "1"
    loaded: str = "0"
    access: str = "1"
    replaced: Mapping[str, str] = field(default_factory=dict)
    diluted: Sequence[str] | None = ()

    def has(self, name: str) -> str:
        """Return the expression of parameter or rule `name` in this cell."""
        return f"({self.replaced[name]})" if name in self.replaced else name


def species(around: Surroundings) -> list[Species]:
    """Declare the pools of the cell; at the start it is at its own drug-free steady state."""
    surface = f"surface_steady*({around.first_volume})"
    occupied = f"{surface}*({around.loaded})"
    first = {
        "her2_free": f"{surface} - {occupied}",
        "her2_adc": occupied,
        "endosome_free": f"k_e*{surface}/(k_rec + sort_free + growth)",
    }
    meanings = (
        "free HER2 at the surface", "T-DM1 bound at the surface", "trastuzumab bound at the surface",
        "HER2 in endosomes", "T-DM1 bound to HER2 in endosomes", "trastuzumab bound to HER2 in endosomes",
        "T-DM1 in lysosomes", "Lys-MCC-DM1 in lysosomes", "DM1 in the cytosol, free and on tubulin",
    )  # fmt: skip
    return [
        Species(name, around.unit, meaning, first.get(name, "0"), around.floor)
        for name, meaning in zip(CONTENTS, meanings, strict=True)
    ]


def rules(around: Surroundings) -> list[Rule]:
    """Declare what follows from the parameters and holds for every cell."""
    usual = "nominal_k_sort*nominal_recycling_fraction/(1 - nominal_recycling_fraction)"
    return [
        Rule("growth", around.growth, "1/hour", "dilution by growth"),
        Rule("k_rec", "k_sort*recycling_fraction/(1 - recycling_fraction)", "1/hour", "recycling of endosomal HER2"),
        Rule("sort_free", "k_sort/rho_down", "1/hour", "sorting of free HER2"),
        Rule("k_net", "k_e*k_sort/(k_rec + k_sort)", "1/hour", "net internalisation of bound HER2"),
        Rule("usual_rec", usual, "1/hour", "recycling at nominal constants"),
        Rule("usual_sort", "nominal_k_sort/nominal_rho_down", "1/hour", "sorting of free HER2 at nominal constants"),
        # Synthesis is held at what keeps the stated copies on a nominal cell: a row that sheds or sorts faster has
        # fewer receptors, not a faster synthesis.
        Rule("synthesis_each",
             "nominal_k_shed + growth + nominal_k_e*(usual_sort + growth)/(usual_rec + usual_sort + growth)",
             "1/hour", "synthesis of HER2 for each accessible copy of a nominal cell"),
        Rule("surface_share",
             "synthesis_each/(k_shed + growth + k_e*(sort_free + growth)/(k_rec + sort_free + growth))", "1",
             "drug-free steady state of surface HER2, relative to a nominal cell"),
        Rule("epitopes", "(1 - p95_fraction)*(1 - masked_fraction)/(avogadro*cell_volume)", NM,
             "accessible HER2 for one copy a cell"),
    ]  # fmt: skip


def own_rules(around: Surroundings) -> list[Rule]:
    """Declare what may differ between classes of cells, and the tubulin equilibrium."""
    content = "cytosol_dm1" if around.volume == "1" else f"cytosol_dm1/({around.volume})"
    kd = f"{around.has('tubulin_mutation_fold')}*tubulin_kd/(1 - beta3_fraction + beta3_fraction/beta3_kd_ratio)"
    acidity = f"{around.has('vatpase_activity')}**vatpase_exponent"
    return [
        Rule("accessible", f"{around.has('her2_copies')}*epitopes", NM, "HER2 that antibody can bind"),
        Rule("synthesis_rate", "accessible*synthesis_each", "nM/hour", "synthesis of accessible HER2"),
        Rule("surface_steady", "accessible*surface_share", NM, "drug-free steady state of surface HER2"),
        Rule("acidity", acidity, "1", "effect of V-ATPase on the lysosome"),
        Rule("tubulin_kd_eff", kd, NM, "dissociation constant of the mixture of isotypes, whose affinities add"),
        Rule("dm1_content", content, NM, "DM1 in the cytosol, free and on tubulin"),
        Rule("tubulin_gap", "tubulin_total + tubulin_kd_eff - dm1_content", NM, "linear term of the equilibrium"),
        # The root of the quadratic in the form that does not cancel when DM1 is scarce.
        Rule("free_dm1",
             "2*tubulin_kd_eff*dm1_content/(tubulin_gap + sqrt(tubulin_gap**2 + 4*tubulin_kd_eff*dm1_content))", NM,
             "free DM1 in the cytosol"),
        Rule("occupancy", "free_dm1/(tubulin_kd_eff + free_dm1)", "1", "share of tubulin that carries DM1"),
    ]  # fmt: skip


def reactions(around: Surroundings) -> list[Reaction]:
    """Declare the processes of the cell, in units of its pools per hour."""
    out = {"cytosol_dm1": "-1", **around.released}
    sort, recycle = around.has("k_sort"), around.has("k_rec")
    on = "k_on" if around.access == "1" else f"({around.access})*k_on"

    def membrane(rate: str) -> str:
        """Turn a rate in nM of cell volume into one in the unit of the pools."""
        return rate if around.volume == "1" else f"({rate})*({around.volume})"

    processes = [
        Reaction("synthesis", membrane(around.has("synthesis_rate")), {"her2_free": "1"}, "HER2 reaches the surface"),
        Reaction("binding", f"{on}*({around.adc})*her2_free - k_off*her2_adc",
                 {"her2_free": "-1", "her2_adc": "1", **around.binding}, "T-DM1 binds HER2"),
        Reaction("binding_naked", f"{on}*({around.naked})*her2_free - k_off*her2_naked",
                 {"her2_free": "-1", "her2_naked": "1", **around.binding_naked}, "trastuzumab binds HER2"),
        Reaction("deconjugation_surface", "k_dec*her2_adc",
                 {"her2_adc": "-1", "her2_naked": "1", **around.stripped}, "bound T-DM1 loses DM1"),
        Reaction("shedding_free", "k_shed*her2_free", {"her2_free": "-1", **around.shed}, "ectodomain shed"),
        Reaction("shedding_adc", "shedding_bound_ratio*k_shed*her2_adc",
                 {"her2_adc": "-1", **(around.shed_adc or around.lost_adc)}, "ectodomain shed with its T-DM1"),
        Reaction("shedding_naked", "shedding_bound_ratio*k_shed*her2_naked",
                 {"her2_naked": "-1", **(around.shed_naked or around.lost)}, "ectodomain shed with its trastuzumab"),
        *(
            Reaction(f"{process}_{kind}", f"{rate}*{a}_{kind}", {f"{a}_{kind}": "-1", f"{b}_{kind}": "1"}, meaning)
            for process, rate, a, b, meaning in (
                ("endocytosis", "k_e", "her2", "endosome", "surface to endosome"),
                ("recycling", recycle, "endosome", "her2", "endosome to surface"),
            )
            for kind in ("free", "adc", "naked")
        ),
        Reaction("sorting_free", f"{sort}/rho_down*endosome_free", {"endosome_free": "-1"}, "free HER2 degraded"),
        Reaction("sorting_adc", f"{sort}*endosome_adc", {"endosome_adc": "-1", "lysosome_adc": "1"},
                 "T-DM1 reaches the lysosome"),
        Reaction("sorting_naked", f"{sort}*endosome_naked", {"endosome_naked": "-1", **around.lost},
                 "trastuzumab degraded"),
        Reaction("proteolysis", "k_lys*acidity*lysosome_adc",
                 {"lysosome_adc": "-1", "lysosome_dm1": around.payload, **around.lost, **around.cut},
                 "T-DM1 cut to Lys-MCC-DM1"),
        Reaction("escape", f"{around.has('k_esc')}*acidity*lysosome_dm1", {"lysosome_dm1": "-1", "cytosol_dm1": "1"},
                 "SLC46A3 carries the catabolite to the cytosol"),
        Reaction("exocytosis_adc", "k_lex*lysosome_adc", {"lysosome_adc": "-1", **around.lost_adc}, "T-DM1 thrown out"),
        Reaction("exocytosis_dm1", "k_lex*lysosome_dm1", {"lysosome_dm1": "-1", **around.released},
                 "catabolite thrown out"),
        Reaction("efflux_passive", membrane("k_out*free_dm1"), out, "free DM1 leaks out"),
        Reaction("efflux_mdr1",
                 membrane(f"linker_efflux_factor*{around.has('mdr1_efflux')}*free_dm1/(mdr1_km + free_dm1)"), out,
                 "MDR1 pumps free DM1 out"),
    ]  # fmt: skip
    if around.dm1 is not None:
        back = {name: f"-({c})" for name, c in around.released.items()}
        uptake = membrane(f"dm1_uptake_ratio*k_out*({around.dm1})")
        processes.append(Reaction("uptake", uptake, {"cytosol_dm1": "1", **back}, "DM1 leaks back in"))
    if around.diluted is not None:
        processes += [
            Reaction(f"dilution_{name}", f"growth*{name}", {name: "-1", **gone(name, around)}, "shared with daughters")
            for name in (*CONTENTS, *around.diluted)
        ]
    return processes


def gone(name: str, around: Surroundings) -> Changes:
    """Return what a loss of one unit of pool `name` together with its cell adds elsewhere."""
    if name in ADC:
        return around.lost_adc
    if name in NAKED:
        return around.lost
    return NOTHING if name in ("her2_free", "endosome_free") else around.lost_dm1


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
        Observable("tubulin_occupancy", "occupancy", "1",
                   "share of tubulin that carries DM1", 1e-7),
    ]  # fmt: skip
