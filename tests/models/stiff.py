"""Classic stiff problems as declarations: Robertson, HIRES, van der Pol.

Equations and reference values: F. Mazzia and C. Magherini, Test Set for Initial Value Problem Solvers, release 2.4
(2008), University of Bari; Robertson at t = 40 by SciPy's Radau, see the tests.
"""

from functools import cache

from models.engine.declaration import Observable, Parameter, Reaction, Species
from models.engine.network import Network

PARAMETERS = (
    Parameter("per_hour", "1/h", 1.0, "1/hour", "test", "test", "assumed: a test", (0.0, 1e9)),
    Parameter("start", "s", 1.0, "1", "factor on the first state's start", "test", "assumed: a test", (0.0, 1e9)),
)


def declare(name, start, floors, equations):
    """One reaction a state, its right-hand side."""
    names = list(start)
    start = start | {names[0]: f"start*{start[names[0]]}"}
    return Network(
        name=name,
        species=[Species(s, "1", s, value, floor) for (s, value), floor in zip(start.items(), floors, strict=True)],
        parameters=PARAMETERS,
        reactions=[Reaction(f"of_{s}", f"per_hour*({e})", {s: "1"}, s) for s, e in zip(names, equations, strict=True)],
        observables=[Observable(s, s, "1", s, floor) for s, floor in zip(names, floors, strict=True)],
    )


@cache
def robertson():
    """Three species, rates over nine decades."""
    start = {"ya": "1", "yb": "0", "yc": "0"}
    gain, loss = "4/100*ya", "10000*yb*yc"
    made = "30000000*yb**2"
    return declare(
        "robertson", start, (1e-6, 1e-10, 1e-6), (f"{loss} - {gain}", f"{gain} - {loss} - {made}", made)
    )  # fmt: skip


@cache
def hires():
    """Eight species of a plant's light response."""
    start = {f"y{i}": "0" for i in range(1, 9)} | {"y1": "1", "y8": "57/10000"}
    fast = "280*y6*y8 - 181/100*y7"
    equations = (
        "-171/100*y1 + 43/100*y2 + 832/100*y3 + 7/10000", "171/100*y1 - 875/100*y2",
        "-1003/100*y3 + 43/100*y4 + 35/1000*y5", "832/100*y2 + 171/100*y3 - 112/100*y4",
        "-1745/1000*y5 + 43/100*y6 + 43/100*y7",
        "-280*y6*y8 + 69/100*y4 + 171/100*y5 - 43/100*y6 + 69/100*y7", fast, f"-({fast})",
    )  # fmt: skip
    return declare("hires", start, (1e-6,) * 8, equations)


@cache
def van_der_pol():
    """Relaxation oscillation with eps = 1e-6."""
    return declare("van_der_pol", {"y1": "2", "y2": "0"}, (1e-3, 1e-3), ("y2", "1000000*((1 - y1**2)*y2 - y1)"))


PROBLEMS = {
    "robertson": (robertson, 40.0, (0.7158270687194, 9.185534764558e-06, 0.2841637457458)),
    "hires": (
        hires,
        321.8122,
        (
            0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
            0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2,
        ),
    ),
    "van_der_pol": (van_der_pol, 2.0, (1.706167732170483, -0.8928097010247975)),
}  # fmt: skip
"""By name: declaration, horizon, reference values there."""
