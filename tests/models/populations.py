"""Networks with classes: a chain of bins that only remember, and a patient with many classes of cells."""

from functools import cache

import numpy as np

from models.engine.declaration import Classes, Input, Observable, Parameter, Reaction, Rule, Species, Total
from models.engine.network import Network


def parameter(name, nominal, unit):
    return Parameter(name, name, nominal, unit, "test", "test", "assumed: a test", (-1e9, 1e9))


@cache
def memory():
    """Cells that die at a rate proportional to a latent trait, which wanders from bin to bin."""
    return Network(
        name="memory",
        species=(),
        parameters=(parameter("slope", 0.08, "1/day"),),
        reactions=(),
        observables=(Observable("alive", "alive", "1", "cells left", 1e-9),),
        classes=Classes(
            parameters=(
                parameter("trait", 1.0, "1"),
                parameter("share", 1.0, "1"),
                parameter("climb", 1.0, "1/day"),
                parameter("slip", 1.0, "1/day"),
            ),
            species=(Species("cells", "1", "cells in the bin", "share", 1e-12),),
            reactions=(
                Reaction("death", "slope*trait*cells", {"cells": "-1"}, "killed"),
                Reaction("up", "climb*cells", {"cells": "-1", "next_cells": "1"}, "to the next bin"),
                Reaction("down", "slip*cells", {"cells": "-1", "previous_cells": "1"}, "to the bin before"),
            ),
            totals=(Total("alive", "cells", "1", "cells in all bins"),),
        ),
    )


def ornstein_uhlenbeck(count, mu=1.0, sigma=0.5, tau=10.0, width=5.0):
    """Reversible chain on `count` bins whose stationary law is the normal one: S 1.4, rates per day.

    Neighbouring rates are sigma**2/(tau dx**2) times the root of the ratio of stationary shares (detailed balance).
    """
    dx = 2.0 * width * sigma / max(count - 1, 1)
    trait = mu + dx * (np.arange(count) - 0.5 * (count - 1))
    share = np.exp(-0.5 * ((trait - mu) / sigma) ** 2)
    share /= share.sum()
    climb, slip = np.zeros(count), np.zeros(count)
    climb[:-1] = sigma**2 / (tau * dx**2) * np.sqrt(share[1:] / share[:-1])
    slip[1:] = sigma**2 / (tau * dx**2) * np.sqrt(share[:-1] / share[1:])
    return {"trait": trait, "share": share, "climb": climb, "slip": slip}


@cache
def patient():
    """Plasma and interstitium shared by K classes of cells that differ in HER2: 4 shared states and 9 a class.

    Cells grow, are killed by DM1 and pass to neighbouring classes; what all of them bind drains the interstitium.
    """
    return Network(
        name="patient_of_classes",
        inputs=(Input("infused", "nmol/hour", "T-DM1 infused"),),
        parameters=(
            parameter("clearance", 0.7 / 24.0, "L/hour"),
            parameter("q_peripheral", 1.5 / 24.0, "L/hour"),
            parameter("volume_central", 3.1, "L"),
            parameter("volume_peripheral", 0.66, "L"),
            parameter("k_x", 0.0075, "1/hour"),
            parameter("void", 0.24, "1"),
            parameter("k_wash", 0.05, "1/hour"),
            parameter("tumour_volume", 0.005, "L"),
            parameter("k_on", 0.37, "1/nM/hour"),
            parameter("k_off", 0.097, "1/hour"),
            parameter("k_e", 0.75, "1/hour"),
            parameter("k_rec", 7.0, "1/hour"),
            parameter("k_sort", 0.6, "1/hour"),
            parameter("k_lys", 0.12, "1/hour"),
            parameter("k_esc", 0.2, "1/hour"),
            parameter("k_out", 0.12, "1/hour"),
            parameter("dar", 3.5, "1"),
            parameter("tubulin", 5000.0, "nM"),
            parameter("tubulin_kd", 100.0, "nM"),
            parameter("k_grow", 0.001, "1/hour"),
            parameter("capacity", 3.0, "1"),
            parameter("k_kill", 0.006, "1/hour"),
            parameter("kill_half", 300.0, "nM"),
            parameter("k_damage", 0.05, "1/hour"),
        ),
        species=(
            Species("plasma", "nmol", "T-DM1 in plasma", "0", 1e-3),
            Species("peripheral", "nmol", "T-DM1 in the periphery", "0", 1e-3),
            Species("interstitium", "nM", "T-DM1 between cells", "0", 1e-6),
            Species("outside", "nM", "DM1 between cells", "0", 1e-3),
        ),
        reactions=(
            Reaction("infusion", "infused", {"plasma": "1"}, "dose"),
            Reaction("elimination", "clearance*plasma/volume_central", {"plasma": "-1"}, "eliminated"),
            Reaction("distribution", "q_peripheral*(plasma/volume_central - peripheral/volume_peripheral)",
                     {"plasma": "-1", "peripheral": "1"}, "to the periphery"),
            Reaction("exchange", "k_x*(void*plasma/volume_central - interstitium)",
                     {"interstitium": "1", "plasma": "-tumour_volume"}, "to the tumour"),
            Reaction("wash", "k_wash*interstitium", {"interstitium": "-1"}, "lost"),
            Reaction("wash_dm1", "10*k_wash*outside", {"outside": "-1"}, "lost"),
        ),
        observables=(
            Observable("cells", "burden", "1", "cells alive", 1e-6),
            Observable("dm1", "dm1_total/burden", "nM", "DM1 a cell, mean over cells", 1e-3),
            Observable("interstitial", "interstitium", "nM", "T-DM1 between cells", 1e-6),
            Observable("plasma", "plasma/volume_central", "nM", "T-DM1 in plasma", 1e-3),
        ),
        classes=Classes(
            parameters=(
                parameter("receptors", 400.0, "nM"),
                parameter("share", 1.0, "1"),
                parameter("climb", 0.0, "1/hour"),
                parameter("slip", 0.0, "1/hour"),
            ),
            species=(
                Species("free", "nM", "HER2 at the surface", "receptors", 1e-3),
                Species("bound", "nM", "T-DM1 at the surface", "0", 1e-3),
                Species("endosome", "nM", "HER2 in endosomes", "receptors*k_e/(k_rec + k_sort)", 1e-3),
                Species("endosome_bound", "nM", "T-DM1 in endosomes", "0", 1e-3),
                Species("lysosome", "nM", "T-DM1 in lysosomes", "0", 1e-3),
                Species("catabolite", "nM", "DM1 in lysosomes", "0", 1e-3),
                Species("cytosol", "nM", "DM1 in the cytosol", "0", 1e-3),
                Species("damage", "1", "damage", "0", 1e-4),
                Species("count", "1", "cells of the class", "share", 1e-6),
            ),
            rules=(
                Rule("gap", "tubulin + tubulin_kd - cytosol", "nM", "linear term of the tubulin equilibrium"),
                Rule("loose", "2*tubulin_kd*cytosol/(gap + sqrt(gap**2 + 4*tubulin_kd*cytosol))", "nM", "free DM1"),
                Rule("binding", "k_on*interstitium/void*free - k_off*bound", "nM/hour", "net binding"),
            ),
            totals=(
                Total("burden", "count", "1", "all cells"),
                Total("dm1_total", "count*cytosol", "nM", "DM1 in all cells"),
            ),
            reactions=(
                Reaction("synthesis", "k_e*k_sort/(k_rec + k_sort)*receptors", {"free": "1"}, "made"),
                Reaction("bind", "binding", {"free": "-1", "bound": "1"}, "bound"),
                Reaction("drain", "count*binding", {"interstitium": "-1/2"}, "taken from between the cells"),
                Reaction("in_free", "k_e*free", {"free": "-1", "endosome": "1"}, "endocytosis"),
                Reaction("in_bound", "k_e*bound", {"bound": "-1", "endosome_bound": "1"}, "endocytosis"),
                Reaction("back_free", "k_rec*endosome", {"endosome": "-1", "free": "1"}, "recycling"),
                Reaction("back_bound", "k_rec*endosome_bound", {"endosome_bound": "-1", "bound": "1"}, "recycling"),
                Reaction("sort_free", "k_sort*endosome", {"endosome": "-1"}, "degraded"),
                Reaction("sort_bound", "k_sort*endosome_bound", {"endosome_bound": "-1", "lysosome": "1"}, "sorted"),
                Reaction("cut", "k_lys*lysosome", {"lysosome": "-1", "catabolite": "dar"}, "cut"),
                Reaction("escape", "k_esc*catabolite", {"catabolite": "-1", "cytosol": "1"}, "to the cytosol"),
                Reaction("efflux", "k_out*loose", {"cytosol": "-1"}, "leaks out"),
                Reaction("given_off", "count*k_out*loose", {"outside": "1/2"}, "reaches the space between cells"),
                Reaction("harm", "k_damage*(cytosol/(kill_half + cytosol) - damage)", {"damage": "1"}, "damage"),
                Reaction("growth", "k_grow*(1 - burden/capacity)*count", {"count": "1"}, "grow"),
                Reaction("killed", "k_kill*damage*count", {"count": "-1"}, "die"),
                Reaction("up", "climb*count", {"count": "-1", "next_count": "1"}, "to the next class"),
                Reaction("down", "slip*count", {"count": "-1", "previous_count": "1"}, "to the class before"),
            ),
        ),
    )  # fmt: skip


def spread_of_receptors(count, mean=400.0, sigma=0.8):
    """Classes of log-normal HER2 that remember for ten days."""
    chain = ornstein_uhlenbeck(count, mu=np.log(mean), sigma=sigma, width=3.0)
    return {
        "receptors": np.exp(chain["trait"]), "share": chain["share"],
        "climb": chain["climb"] / 24.0, "slip": chain["slip"] / 24.0,
    }  # fmt: skip


@cache
def oddities():
    """Everything that a class may do at once: two species transferred, totals in rules, states as coefficients."""
    return Network(
        name="oddities",
        inputs=(Input("feed", "nM/hour", "feed of the shared pool"),),
        parameters=(
            parameter("k_use", 0.3, "1/hour"), parameter("k_half", 2.0, "nM"), parameter("k_lost", 0.1, "1/hour"),
            parameter("k_switch", 0.05, "1/hour"), parameter("room", 20.0, "nM"), parameter("unit", 1.0, "nM"),
        ),
        species=(
            Species("pool", "nM", "shared food", "unit", 1e-6),
            Species("waste", "nM", "only adds up", "0", 1e-6),
        ),
        rules=(Rule("crowding", "mass/room", "1", "a shared rule of a total"),),
        reactions=(
            Reaction("feeding", "feed*(1 - crowding/4)", {"pool": "1"}, "slowed by crowding"),
            Reaction("decay", "k_lost*pool", {"pool": "-1", "waste": "1"}, "lost"),
        ),
        observables=(
            Observable("pool", "pool", "nM", "food", 1e-6),
            Observable("share", "second/mass", "1", "share of the second kind", 1e-6),
            Observable("waste", "waste", "nM", "waste", 1e-6),
        ),
        classes=Classes(
            parameters=(
                parameter("appetite", 1.0, "1"), parameter("up", 0.1, "1/hour"), parameter("down", 0.1, "1/hour"),
                parameter("begin", 1.0, "nM"),
            ),
            species=(
                Species("one", "nM", "first kind", "begin", 1e-9),
                Species("hunger", "1", "what a class remembers", "appetite", 1e-6),
                Species("two", "nM", "second kind", "begin/2", 1e-9),
            ),
            rules=(
                Rule("wish", "appetite*hunger/(1 + crowding)", "1", "a class rule of a shared rule of a total"),
                Rule("dosed", "appetite*feed/unit", "1/hour", "a class constant that the schedule sets"),
            ),
            totals=(
                Total("mass", "one + two", "nM", "everything alive"),
                Total("second", "two*wish/wish", "nM", "second kind"),
            ),
            reactions=(
                Reaction("eat", "k_use*wish*one*pool/(k_half + pool)", {"one": "1", "pool": "-1/2"}, "eat and grow"),
                Reaction("eat_two", "k_use*two*pool/(k_half + pool)", {"two": "hunger", "pool": "-1"}, "by hunger"),
                Reaction("tire", "k_lost*(1 + dosed/k_use)*hunger", {"hunger": "-1"}, "hunger wanes"),
                Reaction("want", "k_lost*crowding", {"hunger": "1"}, "hunger returns"),
                Reaction("die", "k_lost*one", {"one": "-1", "waste": "1"}, "die"),
                Reaction("die_two", "k_lost*two*second/mass", {"two": "-1", "waste": "1"}, "die of their own kind"),
                Reaction("switch", "k_switch*one", {"one": "-1", "two": "1"}, "switch"),
                Reaction("climb", "up*one", {"one": "-1", "next_one": "1"}, "to the next class"),
                Reaction("slip", "down*one", {"one": "-1", "previous_one": "1"}, "to the class before"),
                Reaction("climb_two", "2*up*two", {"two": "-1", "next_two": "1"}, "to the next class"),
                Reaction("cross", "down*two/3", {"two": "-1", "previous_one": "1"}, "to the other kind"),
            ),
        ),
    )  # fmt: skip
