"""T-DM1 from plasma to tumour volume: the model of Singh and Shah 2017, in patients and in mice.

Plasma is in nmol; tumour states are in nM of tumour volume, except that free DM1 in cells and interstitium share one
scale, as published. A dose sets the DM1 an antibody back to that of the product.
"""

from collections.abc import Mapping
from functools import cache

from models.engine.declaration import Input, Observable, Parameter, Reaction, Rule, Species
from models.engine.declared import DeclaredModel
from models.engine.network import Network
from models.engine.options import choice
from models.published.infusions import infusions

SINGH = "Singh and Shah 2017 AAPS J 19:1054, Tables I and III, and Singh 2016 AAPS J 18:861"
SCHEUHER = "Scheuher 2024 J Pharmacokinet Pharmacodyn 51:429, virtual patients"
PLASMA, TUMOUR, CELL, RESPONSE = "pharmacokinetics", "tumour disposition", "cell", "growth and kill"
TRACE = 1e-6
"""Floor of amounts (nmol) and concentrations (nM)."""

BOLUS = "1e-6 hour"
"""A bolus is an infusion so short (4 ms) that nothing else moves."""

ROWS = (
    ("molecular_weight", "MW", "g/mol", "molecular weight of T-DM1", PLASMA, 148500.0, 148500.0),
    ("dar", "DAR", "1", "DM1 an antibody of the product", PLASMA, 3.5, 3.5),
    ("k_dec", "Kdec", "1/day", "loss of DM1 in plasma", PLASMA, 0.241, 0.241),
    ("body_weight", "BW", "kg_bw", "body weight", PLASMA, 70.0, 0.025),
    ("dose", "D", "mg/kg_bw", "bolus of one cycle", PLASMA, 3.6, 3.0),
    ("clearance", "CL", "L/day/kg_bw", "clearance of antibody", PLASMA, 0.0043, 0.0934),
    ("q_antibody", "CLD", "L/day/kg_bw", "distribution of antibody", PLASMA, 0.014, 0.118),
    ("volume_central", "V1", "L/kg_bw", "central volume of antibody", PLASMA, 0.034, 0.043),
    ("volume_peripheral", "V2", "L/kg_bw", "peripheral volume of antibody", PLASMA, 0.04, 0.0948),
    ("clearance_dm1", "CLDR", "L/day/kg_bw", "clearance of DM1", PLASMA, 2.23, 11.29),
    ("q_dm1", "CLDD", "L/day/kg_bw", "distribution of DM1", PLASMA, 1.0, 155.0),
    ("volume_dm1", "V1D", "L/kg_bw", "central volume of DM1", PLASMA, 0.034, 3.3),
    ("volume_dm1_peripheral", "V2D", "L/kg_bw", "peripheral volume of DM1", PLASMA, 5.0, 2.01),
    ("capillary_radius", "Rcap", "um", "radius of a capillary", TUMOUR, 8.0, 8.0),
    ("krogh_radius", "RK", "um", "half the distance between capillaries", TUMOUR, 75.0, 75.0),
    ("permeability", "PADC", "um/day", "permeability of vessels to T-DM1", TUMOUR, 334.0, 334.0),
    ("permeability_dm1", "PD", "um/day", "permeability of vessels to DM1", TUMOUR, 21000.0, 21000.0),
    ("diffusivity", "DADC", "cm**2/day", "diffusivity of T-DM1", TUMOUR, 0.022, 0.022),
    ("diffusivity_dm1", "DD", "cm**2/day", "diffusivity of DM1", TUMOUR, 0.25, 0.25),
    ("void_adc", "EA", "1", "tumour volume open to T-DM1", TUMOUR, 0.24, 0.24),
    ("void_dm1", "ED", "1", "tumour volume open to DM1", TUMOUR, 0.44, 0.44),
    ("k_dec_tumour", "KDECT", "1/hour", "loss of DM1 in the tumour", TUMOUR, 0.0223, 0.0223),
    ("her2", "AG", "nM", "HER2 a tumour volume (3+ 1660, 2+ 830, 1+ 166)", CELL, 1660.0, 1660.0),
    ("k_on", "KON", "1/nM/hour", "association with HER2", CELL, 0.37, 0.37),
    ("k_off", "KOFF", "1/hour", "dissociation from HER2", CELL, 0.097, 0.097),
    ("k_int", "KINT", "1/hour", "internalisation", CELL, 0.09, 0.09),
    ("k_deg", "KDEG", "1/hour", "degradation in lysosomes", CELL, 0.03, 0.03),
    ("k_on_tubulin", "KONT", "1/nM/hour", "association of DM1 with tubulin", CELL, 0.03, 0.03),
    ("k_off_tubulin", "KOFFT", "1/hour", "dissociation of DM1 from tubulin", CELL, 0.0285, 0.0285),
    ("tubulin", "TUB", "nM", "binding sites on tubulin", CELL, 65.0, 65.0),
    ("k_diff", "KDIFF", "1/hour", "diffusion of DM1 through the cell membrane", CELL, 0.092, 0.092),
    ("k_out", "KOUT", "1/hour", "active efflux of DM1", CELL, 0.0, 0.0),
    ("volume_start", "TV0", "mm**3", "tumour volume at the start", RESPONSE, 2432.0, 150.0),
    ("doubling_time", "DTEXP", "day", "doubling time of exponential growth", RESPONSE, 25.0, 8.21),
)
"""Name, symbol, unit, meaning, part, value in patients, value in mice with KPL-4 tumours."""

LIMITED = (
    ("linear_time", "DTLIN", "day/L", "linear growth is ln 2 over this", RESPONSE, 621.0),
    ("growth_switch", "PSI", "1", "sharpness of the change from exponential to linear growth", RESPONSE, 20.0),
    ("volume_limit", "VMAX", "L", "largest tumour volume", RESPONSE, 0.5238),
)
"""Growth of patients' tumours; the paper does not explain the conversion of the linear rate."""

KILL: Mapping[str, str] = {"linear": "kill_slope*dm1_cell", "emax": "kill_max*dm1_cell/(kill_half + dm1_cell)"}


def _row(name: str, symbol: str, unit: str, meaning: str, part: str, value: float, source: str = SINGH) -> Parameter:
    low = 0.0 if name in ("dose", "k_out", "kill_slope") else value / 100.0
    domain = (low, max(100.0 * value, 100.0 if name == "k_out" else 0.0))
    return Parameter(name, symbol, value, unit, meaning, part, source, domain)


def parameters(host: str, kill: str) -> list[Parameter]:
    """Return the parameter table; the paper gives no law but 60 % between patients on the slope of killing."""
    patient = host == "patient"
    rows = [_row(*row[:5], row[5] if patient else row[6]) for row in ROWS]
    if patient:
        rows += [_row(*row) for row in LIMITED]
    if kill == "emax":
        rows += [
            _row("kill_max", "kmax", "1/day", "largest rate of killing", RESPONSE, 0.139, SCHEUHER),
            _row("kill_half", "KC50", "nM", "intracellular DM1 of half that rate", RESPONSE, 23.8, SCHEUHER),
        ]
    else:
        slope = 1.8e-4 if patient else 1.96e-3
        rows.append(_row("kill_slope", "KKILL", "1/day/nM", "rate of killing by intracellular DM1", RESPONSE, slope))
    return rows


@cache
def network(host: str, kill: str) -> Network:
    """Declare the 14 states; `host` is ``patient`` or ``mouse``, `kill` ``linear`` (as published) or ``emax``."""
    growth = "log(2)/doubling_time"
    if host == "patient":
        growth = (
            "k_growth*(1 - tumour/volume_limit)"
            "/(1 + (k_growth*tumour*linear_time/log(2))**growth_switch)**(1/growth_switch)"
        )
    rules = [
        Rule("central", "volume_central*body_weight", "L", "central volume of antibody"),
        Rule("peripheral", "volume_peripheral*body_weight", "L", "peripheral volume of antibody"),
        Rule("radius", "(3*tumour/(4*pi))**(1/3)", "cm", "radius of the tumour"),
        Rule("k_x", "2*permeability*capillary_radius/krogh_radius**2 + 6*diffusivity/radius**2", "1/day",
             "exchange of T-DM1 with the tumour"),
        Rule("k_x_dm1", "2*permeability_dm1*capillary_radius/krogh_radius**2 + 6*diffusivity_dm1/radius**2", "1/day",
             "exchange of DM1 with the tumour"),
        Rule("dm1_cell", "dm1_free + dm1_bound", "nM", "DM1 in cells"),
        Rule("k_growth", "log(2)/doubling_time", "1/day", "rate of exponential growth"),
        Rule("given", "infusing*dose*body_weight/molecular_weight", "nmol/hour", "antibody given"),
    ]  # fmt: skip
    reactions = [
        *(
            reaction
            for kind in ("total", "adc")
            for reaction in (
                Reaction(f"dose_{kind}", "given", {f"plasma_{kind}": "1"}, "bolus"),
                Reaction(f"clear_{kind}", f"clearance*body_weight/central*plasma_{kind}", {f"plasma_{kind}": "-1"},
                         "antibody eliminated"),
                Reaction(f"distribute_{kind}",
                         f"q_antibody*body_weight*(plasma_{kind}/central - peripheral_{kind}/peripheral)",
                         {f"plasma_{kind}": "-1", f"peripheral_{kind}": "1"}, "antibody distributed"),
            )
        ),
        Reaction("deconjugate", "k_dec*plasma_adc", {"plasma_adc": "-1"}, "T-DM1 loses its last DM1"),
        # Forty time constants within the bolus: the old value is gone to the last bit.
        Reaction("renew", "40*infusing*(dar - loading)", {"loading": "1"}, "a dose resets the DM1 an antibody"),
        Reaction("unload", "k_dec*loading", {"loading": "-1"}, "DM1 lost in plasma"),
        Reaction("release", "(k_dec + clearance*body_weight/central)*loading*plasma_adc",
                 {"plasma_dm1": "1/(volume_dm1*body_weight)"}, "DM1 released"),
        Reaction("clear_dm1", "clearance_dm1/volume_dm1*plasma_dm1", {"plasma_dm1": "-1"}, "DM1 eliminated"),
        Reaction("distribute_dm1", "q_dm1*(plasma_dm1 - peripheral_dm1)",
                 {"plasma_dm1": "-1/volume_dm1", "peripheral_dm1": "1/volume_dm1_peripheral"}, "DM1 distributed"),
        Reaction("enter", "k_x*(void_adc*plasma_adc/central - interstitium)",
                 {"interstitium": "1", "plasma_adc": "-tumour"}, "T-DM1 enters the tumour"),
        Reaction("enter_dm1", "k_x_dm1*(void_dm1*plasma_dm1 - dm1_outside)",
                 {"dm1_outside": "1", "plasma_dm1": "-tumour/(volume_dm1*body_weight)"}, "DM1 enters the tumour"),
        Reaction("bind", "k_on*interstitium*(her2 - surface)/void_adc - k_off*surface",
                 {"interstitium": "-1", "surface": "1"}, "T-DM1 binds HER2"),
        Reaction("lose_free", "k_dec_tumour*interstitium", {"interstitium": "-1", "dm1_outside": "loading"},
                 "DM1 lost between cells"),
        Reaction("lose_bound", "k_dec_tumour*surface", {"surface": "-1", "dm1_outside": "loading"},
                 "DM1 lost at the surface"),
        Reaction("internalise", "k_int*surface", {"surface": "-1", "lysosome": "1"}, "internalisation"),
        Reaction("degrade", "k_deg*lysosome", {"lysosome": "-1", "dm1_free": "loading"}, "degradation"),
        Reaction("bind_tubulin", "k_on_tubulin*dm1_free*(tubulin - dm1_bound) - k_off_tubulin*dm1_bound",
                 {"dm1_free": "-1", "dm1_bound": "1"}, "DM1 binds tubulin"),
        Reaction("leave", "k_out*dm1_free + k_diff*(dm1_free - dm1_outside)", {"dm1_free": "-1", "dm1_outside": "1"},
                 "DM1 leaves the cell"),
        Reaction("grow", f"({growth} - {KILL[kill]})*tumour", {"tumour": "1"}, "tumour grows or shrinks"),
    ]  # fmt: skip
    species = [
        Species("plasma_total", "nmol", "antibody in plasma, conjugated or not", "0", TRACE),
        Species("peripheral_total", "nmol", "antibody in the periphery, conjugated or not", "0", TRACE),
        Species("plasma_adc", "nmol", "T-DM1 in plasma", "0", TRACE),
        Species("peripheral_adc", "nmol", "T-DM1 in the periphery", "0", TRACE),
        Species("loading", "1", "DM1 an antibody", "dar", TRACE),
        Species("plasma_dm1", "nM", "DM1 in plasma", "0", TRACE),
        Species("peripheral_dm1", "nM", "DM1 in the periphery", "0", TRACE),
        Species("interstitium", "nM", "T-DM1 between cells", "0", TRACE),
        Species("surface", "nM", "T-DM1 bound to HER2", "0", TRACE),
        Species("lysosome", "nM", "T-DM1 in endosomes and lysosomes", "0", TRACE),
        Species("dm1_free", "nM", "free DM1 in cells", "0", TRACE),
        Species("dm1_bound", "nM", "DM1 on tubulin", "0", TRACE),
        Species("dm1_outside", "nM", "DM1 between cells", "0", TRACE),
        Species("tumour", "mm**3", "tumour volume", "volume_start", TRACE),
    ]
    observables = [
        *(Observable(s.name, s.name, s.unit, s.meaning, TRACE) for s in species if s.unit in ("nM", "mm**3", "1")),
        Observable("dm1_intracellular", "dm1_cell", "nM", "DM1 in cells, free and on tubulin", TRACE),
        *(
            Observable(f"concentration_{kind}", f"plasma_{kind}/central*molecular_weight", "ug/mL",
                       f"{meaning} in plasma", TRACE)
            for kind, meaning in (("adc", "T-DM1"), ("total", "antibody"))
        ),
        Observable("molar_adc", "plasma_adc/central", "nM", "T-DM1 in plasma", TRACE),
    ]  # fmt: skip
    timing = (Input("infusing", "1/hour", "one over the duration of the bolus while it is given, else 0"),)
    return Network(f"singh2017_{host}_{kill}", species, parameters(host, kill), reactions, observables, rules, timing)


class Singh2017(DeclaredModel):
    """T-DM1 in plasma, tumour and cell, and the tumour's volume, after equal boluses.

    Parameters
    ----------
    host : {"patient", "mouse"}
        Whose values are nominal; a mouse bears KPL-4 and its tumour grows without limit.
    kill : {"linear", "emax"}
        Killing in proportion to intracellular DM1 (as published), or saturable.
    interval : str
        Between boluses, with its unit.
    cycles : int
        Number of boluses.
    rtol, max_steps
        See `DeclaredModel`.
    """

    def __init__(
        self,
        *,
        host: str = "patient",
        kill: str = "linear",
        interval: str = "21 day",
        cycles: int = 1,
        rtol: float = 1e-9,
        max_steps: int = 100_000,
    ) -> None:
        declared = network(choice("host", host, {"patient": None, "mouse": None}), choice("kill", kill, KILL))
        super().__init__({"": (declared, infusions(interval, BOLUS, cycles))}, rtol=rtol, max_steps=max_steps)
