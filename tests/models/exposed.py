"""The network of stochastic.md 1.3: receptors of a lesion cell over one cycle, its six latent factors and its law.

Plasma follows Lu 2014; a tenth of it reaches the cell. Rates are those of 4.1, receptors are lost at 0.03 and DM1 at
ln 2/50 an hour: with these the mean DM1 of a receptor is 4.8 (4.9 there) and the elasticities are within 0.06 of 1.4.
"""

from functools import cache

import numpy as np

from models.engine.declaration import Input, Observable, Parameter, Reaction, Species
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.solver import Schedule
from models.engine.stochastic.counts import Counts
from models.engine.stochastic.simulate import Cells, Trait, simulate
from tests.models.chance import addresses

HOURS, EVERY = 504.0, 6.0
COUNTS = Counts(sites={"dar": 8})
FANO = 0.5 * (1.0 + (3.5**2 + 8 * 0.4375 * 0.5625) / 3.5)
RATES = {"lost": 0.03, "inside": 0.09, "back": 0.2, "cut": 0.03, "efflux": float(np.log(2.0) / 50.0)}
SPREADS = Cells(traits={"receptors": Trait(0.4)} | {name: Trait(0.25) for name in RATES})
"""Six latent factors (1.4)."""


@cache
def network():
    """Declare it in molecules; the input is the concentration in plasma, nM."""
    values = {"receptors": (1.0, "1"), "dar": (3.5, "1"), "on": (0.037, "1/nM/hour"), "off": (0.097, "1/hour")}
    values |= {name: (rate, "1/hour") for name, rate in RATES.items()}
    species = {"free": "receptors", "bound": "0", "internal": "0", "dm1": "0"}
    reactions = [
        ("lost*receptors", {"free": "1"}),
        ("lost*free", {"free": "-1"}),
        ("on*plasma*free", {"free": "-1", "bound": "1"}),
        ("off*bound", {"free": "1", "bound": "-1"}),
        ("inside*bound", {"bound": "-1", "internal": "1"}),
        ("back*internal", {"bound": "1", "internal": "-1"}),
        ("cut*internal", {"internal": "-1", "dm1": "dar"}),
        ("efflux*dm1", {"dm1": "-1"}),
    ]
    return Network(
        name="exposed",
        inputs=(Input("plasma", "nM", "T-DM1 in plasma"),),
        parameters=[Parameter(n, n, v, unit, "test", "test", "stochastic.md", (0.0, 1e12))
                    for n, (v, unit) in values.items()],
        species=[Species(name, "copies", name, first) for name, first in species.items()],
        reactions=[Reaction(f"r{i}", rate, changes, "test") for i, (rate, changes) in enumerate(reactions)],
        observables=[Observable(name, name, "copies", name, 0.0) for name in species],
    )  # fmt: skip


def plasma(hours):
    """Return nM after one dose (Lu 2014: CL 0.676 L/d, Vc 3.127 L, Q 1.534 L/d, Vp 0.66 L), 542 at the start."""
    cl, v1, q, v2 = 0.676 / 24.0, 3.127, 1.534 / 24.0, 0.66
    rates, modes = np.linalg.eig(np.array([[-(cl + q) / v1, q / v1], [q / v2, -q / v2]]))
    return (modes[0] * np.linalg.solve(modes, [542.0, 0.0])) @ np.exp(np.outer(rates, hours))


def course():
    """Return the schedule: plasma in the middle of each quarter of a day."""
    times = np.arange(0.0, HOURS, EVERY)
    return Schedule(tuple(times), [(c,) for c in plasma(times + EVERY / 2.0)])


def observe(receptors, n, tier, *, seed=0, cells=SPREADS, threshold=1.0, step=0.25, **changed):
    """Return mean, peak and time above a threshold of DM1 over the cycle, cell by cell."""
    window = (0.0, HOURS)
    request = [Output("mean", "dm1", "mean", window), Output("peak", "dm1", "max", window),
               Output("above", "dm1", "time_above", window, threshold=threshold)]  # fmt: skip
    columns = {name: np.full(n, value) for name, value in {"receptors": receptors, **changed}.items()}
    got = simulate(network(), COUNTS, columns, addresses(n, seed), request, tier=tier, schedule=course(), cells=cells,
                   step=step)  # fmt: skip
    assert np.all(got.status == 1)
    return got.values
