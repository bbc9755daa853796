"""Treatments of the seed review as maps of parameters and regimen, by name.

A map sets parameters, multiplies them, changes the regimen, or inhibits Hsp90 for a time around each infusion. It acts
on whatever a study varies: a multiplied factor keeps its distribution.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Intervention:
    """One treatment.

    Attributes
    ----------
    meaning : str
        What is done, and where its numbers come from.
    sets, times : mapping of str to float
        Parameters that get a value, and parameters that are multiplied.
    regimen : mapping of str to str
        Options of the model that take the place of its own.
    doses : int
        Infusions in place of each of the model's cycles.
    hsp90 : (float, float) or None
        Start and end of Hsp90 inhibition in hours from the start of each infusion.
    """

    meaning: str
    sets: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    regimen: Mapping[str, str] = field(default_factory=dict)
    doses: int = 1
    hsp90: tuple[float, float] | None = None


SEED = "Barok 2014 Breast Cancer Res 16:209"

INTERVENTIONS: Mapping[str, Intervention] = {
    "none": Intervention("T-DM1 alone"),
    "trastuzumab": Intervention("antibody without DM1 at the same dose", {"dar": 0.0}),
    "hsp90_before": Intervention(f"Hsp90 inhibited for two days up to each infusion ({SEED})", hsp90=(-48.0, 0.0)),
    "hsp90_after": Intervention(f"Hsp90 inhibited for two days from a day after each infusion ({SEED})",
                                hsp90=(24.0, 72.0)),
    "peg4mal": Intervention("hydrophilic linker whose catabolite MDR1 pumps poorly (Kovtun 2010, factor assumed)",
                            {"linker_efflux_factor": 0.1}),
    "dar_2": Intervention("two DM1 an antibody, with its clearance", {"dar": 2.0}),
    "dar_3_5": Intervention("3.5 DM1 an antibody", {"dar": 3.5}),
    "dar_7": Intervention("seven DM1 an antibody, with its clearance", {"dar": 7.0}),
    "pertuzumab": Intervention("pertuzumab takes away the rescue by neuregulin", {"pertuzumab": 1.0}),
    "second_payload": Intervention(f"two molecules of a non-tubulin drug on the same antibody ({SEED})",
                                   {"second_payload": 2.0}),
    "afucosylated": Intervention("Fc that NK cells bind better (direction Junttila 2010; ten-fold assumed)",
                                 {"fc_enhancement": 10.0, "fc_gain": 1.5}),
    "weekly": Intervention("2.4 mg/kg every week", regimen={"dose": "2.4 mg/kg_bw", "interval": "7 day"},
                           doses=3),
    "weekly_same_dose": Intervention("a third of the dose every week",
                                     regimen={"dose": "1.2 mg/kg_bw", "interval": "7 day"}, doses=3),
    "prolonged": Intervention("each dose infused over a week", regimen={"infusion": "7 day"}),
    "vatpase_inhibitor": Intervention(
        f"archazolid: less acid lysosomes, and death by itself ({SEED}; sizes assumed)", {"direct_kill": 0.05},
        {"vatpase_activity": 0.3}),
    "adjuvant": Intervention("a micrometastasis of 1 mm^3 instead of a lesion", {"lesion_volume": 1.0}),
}  # fmt: skip
"""Choices of the option ``intervention``."""

FATES: Mapping[str, Intervention] = {
    "clocks": Intervention("two clocks in mitotic arrest, mitotic catastrophe and a damage hazard"),
    "emax": Intervention("one saturating death rate of cycling cells, for comparison", {"emax_kill": 1.0}),
}
"""Choices of the option ``fate``."""

TOLERANCES: Mapping[str, Intervention] = {
    "both": Intervention("cells differ in tolerance, and damage above it kills by chance"),
    "stochastic": Intervention("cells are alike; damage kills by chance", {"tolerance_spread": 0.0}),
    "individual": Intervention("damage above a cell's own tolerance kills at once", times={"damage_killing": 1e3}),
}
"""Choices of the option ``tolerance``: the two limits of the general unified threshold model of survival."""
