"""T-DM1 in cultured cells: the cell model of the preprint of Scheuher 2022, in amounts (nmol) of the whole dish."""

from functools import cache

from models.engine.declaration import Observable, Parameter, Reaction, Rule, Species
from models.engine.declared import DeclaredModel
from models.engine.network import Network
from models.engine.solver import Schedule
from models.published.laws import confidence

SCHEUHER = "Scheuher 2022, doi 10.21203/rs.3.rs-2371793/v1, Table S2a"
RECEPTOR, PAYLOAD, CULTURE = "HER2", "payload", "culture"
TRACE = 1e-9
"""Floor of amounts, nmol: a millionth of the receptors or less."""


def _row(name: str, symbol: str, value: float, unit: str, meaning: str, part: str,
         interval: tuple[float, float] | None = None) -> Parameter:  # fmt: skip
    law = confidence(value, *interval) if interval else None
    return Parameter(name, symbol, value, unit, meaning, part, SCHEUHER, (0.0, max(value * 1e4, 1.0)), law)


TABLE = (
    _row("medium_concentration", "C_med", 10.0, "nM", "T-DM1 in the medium at the start (assumed)", CULTURE),
    _row("medium_volume", "V_media", 1e-3, "L", "volume of the medium", CULTURE),
    _row("cells", "N_cell", 1e7, "1", "number of cells", CULTURE),
    _row("cell_volume", "V_cell", 3.82e-12, "L", "volume of a cell, SK-BR-3", CULTURE),
    Parameter("avogadro", "N_A", 6.02214076e23, "1/mol", "Avogadro's number", CULTURE, "SI, exact", (6.0e23, 6.1e23)),
    _row("her2_copies", "RPC", 1.12e6, "1", "HER2 a cell, SK-BR-3", RECEPTOR),
    _row("dar", "DAR", 3.5, "1", "DM1 an antibody", PAYLOAD),
    _row("k_dec", "k_dec", 6.41e-7, "1/s", "deconjugation", PAYLOAD),
    _row("k_on", "k_on", 1e-4, "1/nM/s", "association with HER2", RECEPTOR),
    _row("kd", "K_D", 0.314, "nM", "dissociation constant of HER2", RECEPTOR, (0.127, 0.772)),
    _row("k_endo", "k_endo", 4.27e-5, "1/s", "endocytosis", RECEPTOR, (6.16e-6, 2.96e-4)),
    _row("k_rec", "k_rec", 2.4e-5, "1/s", "recycling", RECEPTOR, (2.00e-6, 2.85e-4)),
    _row("k_deg", "k_deg", 1.27e-4, "1/s", "degradation", RECEPTOR, (6.77e-5, 2.40e-4)),
    _row("k_cleave", "k_cleave", 0.0, "1/s", "cleavage of the linker in endosomes", PAYLOAD),
    _row("k_on_tubulin", "k_on,PL", 1e-3, "1/nM/s", "association with tubulin", PAYLOAD),
    _row("kd_tubulin", "K_D,PL", 950.0, "nM", "dissociation constant of tubulin", PAYLOAD),
    _row("tubulin_concentration", "T", 65.0, "nM", "tubulin in a cell", PAYLOAD),
    _row("k_in", "k_in,PL", 5.95e-5, "1/s", "influx, and exit from the lysosome", PAYLOAD),
    _row("k_out", "k_out,PL", 3.95e-5, "1/s", "efflux", PAYLOAD),
    _row("partition", "Pc", 1.0, "1", "partition coefficient of the payload", PAYLOAD),
)


@cache
def network() -> Network:
    """Declare the 13 states."""
    antibodies = (("adc", "T-DM1"), ("naked", "trastuzumab"))
    species = [
        Species("receptor", "nmol", "free HER2 on the surface", "her2_total", TRACE),
        Species("receptor_inside", "nmol", "free HER2 inside", "her2_total*k_endo/(k_rec + k_deg)", TRACE),
    ]
    reactions = [
        Reaction("synthesis", "her2_total*k_endo*k_deg/(k_deg + k_rec)", {"receptor": "1"}, "new HER2"),
        Reaction("cycle", "k_endo*receptor - k_rec*receptor_inside", {"receptor": "-1", "receptor_inside": "1"},
                 "endocytosis and recycling"),
        Reaction("degrade", "k_deg*receptor_inside", {"receptor_inside": "-1"}, "HER2 degraded"),
    ]  # fmt: skip
    for kind, meaning in antibodies:
        start = "medium_concentration*medium_volume" if kind == "adc" else "0"
        released = {"payload_inside": "dar"} if kind == "adc" else {}
        species += [
            Species(f"medium_{kind}", "nmol", f"{meaning} in the medium", start, TRACE),
            Species(f"bound_{kind}", "nmol", f"{meaning} on HER2", "0", TRACE),
            Species(f"inside_{kind}", "nmol", f"{meaning} inside", "0", TRACE),
        ]
        reactions += [
            Reaction(f"bind_{kind}", f"k_on*(receptor*medium_{kind}/medium_volume - kd*bound_{kind})",
                     {f"medium_{kind}": "-1", "receptor": "-1", f"bound_{kind}": "1"}, "binding"),
            Reaction(f"cycle_{kind}", f"k_endo*bound_{kind} - k_rec*inside_{kind}",
                     {f"bound_{kind}": "-1", f"inside_{kind}": "1"}, "endocytosis and recycling"),
            Reaction(f"degrade_{kind}", f"k_deg*inside_{kind}", {f"inside_{kind}": "-1", **released}, "degradation"),
        ]  # fmt: skip
    species += [
        Species("payload_medium", "nmol", "DM1 in the medium", "0", TRACE),
        Species("payload_inside", "nmol", "DM1 in endosomes and lysosomes", "0", TRACE),
        Species("payload_cytosol", "nmol", "free DM1 in the cytosol", "0", TRACE),
        Species("tubulin", "nmol", "free tubulin", "tubulin_total", TRACE),
        Species("tubulin_bound", "nmol", "DM1 on tubulin", "0", TRACE),
    ]
    reactions += [
        Reaction("deconjugate", "k_dec*medium_adc",
                 {"medium_adc": "-1", "medium_naked": "1", "payload_medium": "dar"}, "DM1 lost in the medium"),
        Reaction("cleave", "k_cleave*inside_adc",
                 {"inside_adc": "-1", "inside_naked": "1", "payload_inside": "dar"}, "linker cut"),
        Reaction("leave_lysosome", "k_in*payload_inside", {"payload_inside": "-1", "payload_cytosol": "1"}, "exit"),
        Reaction("cross", "k_out*payload_cytosol - k_in*payload_medium",
                 {"payload_cytosol": "-1", "payload_medium": "1"}, "across the membrane"),
        Reaction("bind_tubulin",
                 "k_on_tubulin*(tubulin*payload_cytosol/(partition*cell_volume*cells) - kd_tubulin*tubulin_bound)",
                 {"tubulin": "-1", "payload_cytosol": "-1", "tubulin_bound": "1"}, "binding to tubulin"),
    ]  # fmt: skip
    dm1 = (
        "dar*(medium_adc + bound_adc + inside_adc) + payload_medium + payload_inside + payload_cytosol + tubulin_bound"
    )
    return Network(
        "scheuher2022_cell", species, TABLE, reactions,
        [
            *(Observable(s.name, s.name, "nmol", s.meaning, TRACE) for s in species),
            Observable("dm1_total", dm1, "nmol", "all DM1, conserved", TRACE),
            Observable("tubulin_all", "tubulin + tubulin_bound", "nmol", "all tubulin, conserved", TRACE),
        ],
        [
            Rule("her2_total", "her2_copies*cells/avogadro", "nmol", "HER2 on the surface without drug"),
            Rule("tubulin_total", "tubulin_concentration*cell_volume*cells", "nmol", "tubulin of all cells"),
        ],
    )  # fmt: skip


class Scheuher2022(DeclaredModel):
    """HER2, T-DM1 and its payload in a dish, without growth or killing; see `DeclaredModel` for the options."""

    def __init__(self, *, rtol: float = 1e-9, max_steps: int = 100_000) -> None:
        super().__init__({"": (network(), Schedule())}, rtol=rtol, max_steps=max_steps)
