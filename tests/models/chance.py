"""Small counted networks with exact answers, and the rules by which an ensemble is compared with them."""

import os
from functools import cache

import numpy as np

from models.engine.declaration import Observable, Parameter, Reaction, Species
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.stochastic.counts import Counts
from models.engine.stochastic.simulate import Cells, simulate

COPY = "copies"
PLAIN = Counts()
NO_CELLS = Cells()


FRESH = int(os.environ.get("STOCHASTIC_SEED", "0"))
"""Added to every seed: a fresh one tries the statistical tests on other numbers (a few in a hundred then fail)."""


def addresses(n, seed=0, first=0):
    """Return streams as the framework would give them."""
    return np.column_stack([np.full(n, 20261125 + 1000 * FRESH + seed), np.arange(first, first + n)]).astype(np.uint64)


def declared(name, species, parameters, reactions):
    """Declare a network of counts: species with their starts, constants, reactions as (rate, changes)."""
    return Network(
        name=name,
        parameters=[
            Parameter(p, p, value, unit, "test", "test", "assumed: a test", (0.0, 1e12))
            for p, (value, unit) in parameters.items()
        ],
        species=[Species(s, COPY, s, str(first)) for s, first in species.items()],
        reactions=[Reaction(f"r{i}", rate, changes, "test") for i, (rate, changes) in enumerate(reactions)],
        observables=[Observable(s, s, COPY, s, 0.0) for s in species],
    )


ZOO = Counts(sites={"dar": 8}, cargo={"r9": "vesicle"})


@cache
def zoo():
    """Four small systems in one network, so that a tier is compiled once; each sleeps at the default constants.

    Births, deaths and arrivals in batches of `x`; dimers with the propensity k1 P(P - 1)/2; sensitive and resistant
    cells (stochastic.md 5.3); the cascade 0 -> s -> i_in -> dm1 -> 0, in which an antibody cut releases `dar` molecules
    (1.3), perhaps `vesicle` antibodies at a time.
    """
    per_hour = dict.fromkeys(
        (
            "birth",
            "death",
            "arrival",
            "bind",
            "part",
            "birth_s",
            "death_s",
            "death_r",
            "made",
            "inside",
            "cut",
            "efflux",
        ),
        (0.0, "1/hour"),
    )
    plain = dict.fromkeys(("first", "monomers", "sensitive", "mutation", "antibodies"), (0.0, "1"))
    constants = {**per_hour, **plain, "batch": (1.0, "1"), "dar": (3.5, "1"), "vesicle": (1.0, "1")}
    species = {
        "x": "first", "mono": "monomers", "p2": "0", "s": "sensitive", "r": "0", "outer": "antibodies",
        "inner": "antibodies", "dm1": "antibodies*dar",
    }  # fmt: skip
    changes = [
        ("birth*x", {"x": "1"}),
        ("death*x", {"x": "-1"}),
        ("arrival", {"x": "batch"}),
        ("bind*mono**2/2 - part*p2", {"mono": "-2", "p2": "1"}),
        ("birth_s*(1 - mutation)*s", {"s": "1"}),
        ("birth_s*mutation*s", {"r": "1"}),
        ("death_s*s", {"s": "-1"}),
        ("birth_s*r - death_r*r", {"r": "1"}),
        ("made", {"outer": "1"}),
        ("inside*outer", {"outer": "-1", "inner": "1"}),
        ("cut*inner", {"inner": "-1", "dm1": "dar"}),
        ("efflux*dm1", {"dm1": "-1"}),
    ]
    return declared("zoo", species, constants, changes)


BIRTHS = {"birth": 0.1, "death": 0.11, "first": 100.0}
DIMERS = {"bind": 0.001, "part": 0.01, "monomers": 100.0}
TYPES = {"birth_s": 0.3, "death_s": 0.45, "death_r": 0.2, "mutation": 0.01, "sensitive": 50.0}
CASCADE = {"made": 20.0, "inside": 0.5, "cut": 0.5, "efflux": 0.3, "antibodies": 40.0}


@cache
def reference():
    """Receptors, complexes at the surface and inside, catabolite and tubulin: stochastic.md 4.1, per 100 receptors."""
    constants = {
        "scale": (1.0, "1"), "made": (5.0, "1/hour"), "lost": (0.05, "1/hour"), "on": (3.7, "1/hour"),
        "off": (0.097, "1/hour"), "inside": (0.09, "1/hour"), "back": (0.2, "1/hour"), "cut": (0.03, "1/hour"),
        "efflux": (0.092, "1/hour"), "grab": (0.05, "1/hour"), "leave": (0.0285, "1/hour"),
    }  # fmt: skip
    species = {"receptor": "100*scale", "bound": "0", "internal": "0", "dm1": "0", "tubulin": "39*scale", "held": "0"}
    changes = [
        ("made*scale", {"receptor": "1"}),
        ("lost*receptor", {"receptor": "-1"}),
        ("on*receptor", {"receptor": "-1", "bound": "1"}),
        ("off*bound", {"receptor": "1", "bound": "-1"}),
        ("inside*bound", {"bound": "-1", "internal": "1"}),
        ("back*internal", {"bound": "1", "internal": "-1"}),
        ("cut*internal", {"internal": "-1", "dm1": "3"}),
        ("efflux*dm1", {"dm1": "-1"}),
        ("grab*dm1*tubulin/scale", {"dm1": "-1", "tubulin": "-1", "held": "1"}),
        ("leave*held", {"dm1": "1", "tubulin": "1", "held": "-1"}),
    ]
    return declared("reference", species, constants, changes)


def run(times, n, tier="ssa", network=None, counts=ZOO, seed=0, cells=NO_CELLS, step=0.1, streams=None, **constants):
    """Return the courses of every species, (n, times) each."""
    network = network or zoo()
    columns = {name: np.full(n, value) if np.ndim(value) == 0 else value for name, value in constants.items()}
    request = [Output(o.name, o.name, times=tuple(times)) for o in network.observables]
    streams = addresses(n, seed) if streams is None else streams
    found = simulate(network, counts, columns, streams, request, tier=tier, cells=cells, step=step)
    assert np.all(found.status == 1)
    return found.values


def scores(sample, mean, sd):
    """Z and Y of the DSMTS: both standard normal for a right simulator and a large, nearly normal sample."""
    n = len(sample)
    z = np.sqrt(n) * (np.mean(sample) - mean) / sd
    y = np.sqrt(n / 2.0) * (np.mean((sample - mean) ** 2) / sd**2 - 1.0)
    return z, y


def assert_scores(sample, mean, sd, *, skewed=False):
    """Hold a sample against exact moments by the rules of the DSMTS; the spread of a skewed law is not normal."""
    z, y = scores(sample, mean, sd)
    assert -3.0 < z < 3.0
    assert skewed or -5.0 < y < 5.0
