"""What becomes of cells: division, arrest, apoptosis, mitotic catastrophe, quiescence (stochastic.md 2.1).

Every class holds the volumes of its cells in four states. A cycling cell that enters mitosis divides, or is arrested
with the probability that the occupancy of its tubulin gives. Two clocks run in an arrested cell, to apoptosis and to
slippage; their times are log-normal, so who wins is a closed form, and the cell leaves at the mean time of the first.
Below arrest, aberrant mitoses commit cells to catastrophe over a time. Damage follows occupancy with a delay and kills
above a threshold (general unified threshold model of survival, Jager 2011 Environ Sci Technol 45:2529): slipped cells
fully, other cells through the trafficking arm.
"""

from models.engine.declaration import Reaction, Rule, Species

VOLUME = "mm^3"
ALIVE = ("cycling", "quiescent", "arrested", "slipped")
"""Living states of a cell."""

MOVING = ("cycling", "quiescent")
"""States in which a cell goes on changing its class; what is committed to die stays where it was."""


def species(first: str, floor: float) -> list[Species]:
    """Declare the states of the cells of a class, whose volume at the start is `first`."""
    start = {"cycling": f"{first}*(1 - resting)", "quiescent": f"{first}*resting"}
    meanings = {
        "cycling": "cells in the cycle", "quiescent": "cells out of the cycle", "arrested": "cells arrested in mitosis",
        "slipped": "multinucleated cells that left mitosis",
    }  # fmt: skip
    found = [Species(name, VOLUME, meanings[name], start.get(name, "0"), floor) for name in ALIVE]
    return [*found, Species("damage", "1", "damage, scaled to the occupancy that causes it", "0", 1e-7)]


def deaths(floor: float) -> list[Species]:
    """Declare the counts of cells killed by DM1, by how they died."""
    how = {
        "apoptotic": "cells that died in mitosis so far",
        "catastrophic": "cells that died multinucleated so far",
        "trafficked": "cells outside mitosis that died of damaged trafficking so far",
    }
    return [Species(name, VOLUME, meaning, "0", floor) for name, meaning in how.items()]


def rules(doubling: str, lost: str, resting: str) -> list[Rule]:
    """Declare turnover before treatment; it needs no more than parameters.

    A crowded tumour has fewer births and as many losses, so net growth falls to nothing and the turnover does not.

    Parameters
    ----------
    doubling, lost, resting : str
        Doubling time, cells lost for each one born, and share of cells out of the cycle.
    """
    return [
        Rule("lost_share", lost, "1", "cells lost for each one born"),
        Rule("resting", resting, "1", "share of cells out of the cycle before treatment"),
        Rule("net_growth", f"log(2)/{doubling}", "1/hour", "growth without crowding"),
        Rule("births", "net_growth/(1 - lost_share)", "1/hour", "births a living cell"),
        Rule("cycle_rate", "births/(1 - resting)", "1/hour", "mitoses a cycling cell"),
        # As many enter as leave while all states grow alike.
        Rule("cycle_exit", "resting/(1 - resting)", "1", "quiescent cells a cycling cell"),
        Rule("neuregulin_left", "neuregulin*(1 - pik3ca_mutant)*(1 - pertuzumab*pertuzumab_reversal)", "1",
             "neuregulin signalling that acts"),
    ]  # fmt: skip


def volumes() -> list[Rule]:
    """Declare the volume of the cells of a class."""
    return [
        Rule("living", " + ".join(ALIVE), VOLUME, "volume of living cells"),
        # A thousandth of a cell keeps the contents of a class finite that is empty.
        Rule("room", "living + cell_volume/1000", VOLUME, "volume that contents are divided by"),
    ]


def own_rules() -> list[Rule]:
    """Declare the rates of a class from its occupancy and damage."""
    late = "mitotic_death_time/(competence*slippage_time)"
    return [
        Rule("bound", "(her2_adc + her2_naked)/room*avogadro*cell_volume", "1", "antibodies on a cell"),
        Rule("receptors", "(her2_free + her2_adc + her2_naked)/room*avogadro*cell_volume + 1/1000", "1",
             "HER2 at the surface of a cell"),
        Rule("stasis", "1 - cytostatic_effect*bound/receptors*(1 - survival_signal)", "1",
             "division that trastuzumab leaves"),
        Rule("mitoses", "cycle_rate*stasis", "1/hour", "mitoses a cycling cell where there is room"),
        Rule("threshold", "apoptosis_occupancy*tolerance", "1", "occupancy that arrests half of mitoses"),
        # The square keeps the power real where a trial step of the solver makes occupancy slightly negative.
        Rule("signal", "(occupancy**2 + 1/10**20)**(apoptosis_hill/2)", "1", "occupancy to the power of its steepness"),
        Rule("effect", "signal/(signal + threshold**apoptosis_hill)", "1", "effect of DM1 on mitosis, from 0 to 1"),
        Rule("arrest", "effect*(1 - emax_kill)", "1", "share of mitoses that are arrested"),
        Rule("competence",
             "apoptosis_competence/resistance_fold**is_survival*(1 - survival_signal)"
             "*(1 - neuregulin_rescue*neuregulin_left)", "1", "speed of apoptosis relative to normal"),
        # Two log-normal clocks: who is first, and the mean of the first (both closed).
        Rule("lead", f"-log({late})", "1", "lead of apoptosis over slippage in ln time"),
        Rule("clock_width", "sqrt(mitotic_death_spread**2 + slippage_spread**2)", "1", "spread of the lead"),
        Rule("dies_first", _normal("lead/clock_width"), "1", "probability that an arrested cell dies in mitosis"),
        Rule("arrest_time",
             f"slippage_time*{late}*exp(mitotic_death_spread**2/2)"
             f"*{_normal('(lead - mitotic_death_spread**2)/clock_width')}"
             f" + slippage_time*exp(slippage_spread**2/2)*{_normal('(-lead - slippage_spread**2)/clock_width')}",
             "hour", "mean time in arrest"),
        Rule("lower", "(catastrophe_ratio*threshold)**2", "1", "square of the occupancy of catastrophe"),
        Rule("commitment",
             "(1 - emax_kill)*occupancy**2/(occupancy**2 + lower)*(1 - effect)/catastrophe_time", "1/hour",
             "commitment of cycling cells to catastrophe"),
        Rule("excess", "damage/(catastrophe_ratio*threshold) - 1", "1", "damage above its threshold"),
        # Death by damage, in mitosis or out of it, is apoptosis as well, held back by the same signals.
        Rule("hazard", "(1 - emax_kill)*damage_killing*competence*(excess + sqrt(excess**2 + 1/10**20))/2", "1/hour",
             "death by damage: its positive part, to 1e-10"),
        Rule("late_death", "catastrophe_death*competence + hazard", "1/hour", "death of multinucleated cells"),
        Rule("kill", "emax_kill*maximal_kill*competence*effect", "1/hour", "death of cycling cells (comparison model)"),
        Rule("immune", "fc_gain*adcc_rate*bound/(bound + adcc_copies/fc_enhancement)", "1/hour", "death by ADCC"),
        # A second payload is freed with DM1; tubulin does not hold it and MDR1 does not pump it.
        Rule("second_content", "second_payload/dar_reference*lysosome_dm1/room", "nM", "second payload in the cell"),
        Rule("second", "second_killing*second_content/(second_content + second_potency)", "1/hour",
             "death by a second payload"),
        Rule("attack", "immune + direct_kill + second", "1/hour", "death by treatment in any state"),
        Rule("deaths",
             "(births*lost_share + attack)*living + trafficking_kill*hazard*(cycling + quiescent + arrested)"
             " + kill*cycling + dies_first/arrest_time*arrested + late_death*slipped", "mm^3/hour",
             "cells that die"),
        Rule("mortality", "deaths/room", "1/hour", "death rate of the mean cell, which takes its contents along"),
    ]  # fmt: skip


def _normal(x: str) -> str:
    """Write the normal distribution function of `x`."""
    return f"(1 + erf(({x})/sqrt(2)))/2"


def reactions(vigour: str, tissue: str) -> list[Reaction]:
    """Declare division, switching and death.

    Natural loss leaves nothing behind: what turned over before treatment is no part of the measured volume.

    Parameters
    ----------
    vigour : str
        Births in a tumour of this size relative to one that grows freely.
    tissue : str
        The species that counts all cells, dead ones until they are cleared.
    """
    return [
        Reaction("division", f"{vigour}*mitoses*(1 - arrest)*cycling",
                 {"cycling": "1 - mutation_rate*amplified", tissue: "1"}, "two daughters, few of them resistant"),
        Reaction("sleep", f"(quiescence_exit + births*{vigour})*cycle_exit*cycling",
                 {"cycling": "-1", "quiescent": "1"}, "leaves the cycle"),
        Reaction("wake", "quiescence_exit*quiescent", {"quiescent": "-1", "cycling": "1"}, "back to the cycle"),
        *(Reaction(f"loss_{name}", f"births*lost_share*{name}", {name: "-1", tissue: "-1"}, "lost as before treatment")
          for name in ALIVE),
        *(Reaction(f"attacked_{name}", f"attack*{name}", {name: "-1"},
                   "killed by immune cells or another drug") for name in ALIVE),
        Reaction("killed", "kill*cycling", {"cycling": "-1", "apoptotic": "1"}, "killed at once (comparison model)"),
        Reaction("arresting", f"{vigour}*mitoses*arrest*cycling", {"cycling": "-1", "arrested": "1"}, "arrested"),
        Reaction("apoptosis", "dies_first/arrest_time*arrested", {"arrested": "-1", "apoptotic": "1"},
                 "dies in mitosis"),
        Reaction("slippage", "(1 - dies_first)/arrest_time*arrested", {"arrested": "-1", "slipped": "1"}, "slips"),
        Reaction("committing", "commitment*cycling", {"cycling": "-1", "slipped": "1"}, "aberrant mitosis"),
        Reaction("repair", "catastrophe_recovery*slipped", {"slipped": "-1", "cycling": "1"}, "viable again"),
        Reaction("catastrophe", "late_death*slipped", {"slipped": "-1", "catastrophic": "1"},
                 "dies multinucleated"),
        *(Reaction(f"harm_{name}", f"trafficking_kill*hazard*{name}", {name: "-1", "trafficked": "1"},
                   "dies of damaged trafficking") for name in ("cycling", "quiescent", "arrested")),
        Reaction("damaging", "log(2)/damage_half_life*(occupancy - damage)", {"damage": "1"},
                 "damage follows occupancy"),
    ]  # fmt: skip
