"""The module of a stochastic kernel: generated functions, then the texts of its tier, then the compilation."""

from importlib.resources import files

from models.engine.codegen import FUNCTIONS, OPERATIONS
from models.engine.network import Network
from models.engine.stochastic.counts import Counts
from models.engine.stochastic.kernels import Kernel
from models.engine.stochastic.moves import WRITERS

TIERS = tuple(WRITERS)
"""Exact simulation, leaps, and the chemical Langevin equation."""

WIDE = 16
"""Rows side by side in a Langevin kernel."""

TEXTS = {"ssa": ("record", "exact"), "tau": ("record", "steps"), "langevin": ("record", "normals", "steps")}

ENTRY = {"ssa": "ssa", "tau": "walk", "langevin": "walk"}
"""The function that is compiled for each tier."""

JITTED = {
    "record": "reduce_over reduced_of possible begin_counts add_doses division_time partition inherit observed",
    "exact": "draw waiting advance",
    "normals": "pair noise fraction_of",
    "steps": "step read_points",
}


def generate(network: Network, counts: Counts, tier: str) -> tuple[str, int, int]:
    """Write the complete module of one tier; return it, the numbers in its workspace, and its draws a step."""
    kernel = Kernel(network, counts)
    kernel.propensities()
    WRITERS[tier](kernel)
    kernel.watch()
    kernel.starts()
    head = [f'"""Kernel of the network {network.name}, tier {tier}, generated; do not edit."""', "", "import math"]
    head += ["import numba", "import numpy as np", "from math import erf, pi"]
    if tier == "langevin":
        head += [f"from models.engine.lanes import {OPERATIONS}, memory, nearest"]
        head += [f"from models.engine.lane_functions import {FUNCTIONS}"]
        head += ["from models.engine.stochastic.lane_words import four_numbers"]
    else:
        head += [f"from models.engine.scalar import {OPERATIONS}, {FUNCTIONS}, W, get, put, spread"]
    head += ["from models.engine.stochastic.inversion import binomial, exponential, normal, poisson, rounded"]
    head += ["from models.engine.stochastic.philox import philox, uniform"]
    if tier == "langevin":
        head += ["", f"W = {WIDE}", "get, put, spread = memory(W)"]
    texts = [files("models.engine.stochastic.kernel").joinpath(f"{name}.py").read_text("utf-8") for name in TEXTS[tier]]
    names = "constants initial propensities observe " + " ".join(JITTED[name] for name in TEXTS[tier])
    tail = [f'{name} = numba.njit({name}, error_model="numpy")' for name in names.split()]
    tail.append(f'{ENTRY[tier]} = numba.njit({ENTRY[tier]}, error_model="numpy", cache=True, nogil=True)')
    source = "\n".join([*head, "", *kernel.layout(), *kernel.functions, "", "", *texts, *tail, ""])
    return source, kernel.size, kernel.draws
