"""A small network whose solutions are known in closed form, and its kernel as plain Python."""

from functools import cache
from types import SimpleNamespace

from models.engine.codegen import generate
from models.engine.declaration import Input, Observable, Parameter, Reaction, Rule, Species
from models.engine.network import Network


def parameter(name, nominal, unit):
    return Parameter(name, name, nominal, unit, "test", "test", "assumed: a test", (-1e9, 1e9))


@cache
def toy():
    """Infusion and decay (x), rotation (s, c), logistic growth (z), blow-up (b) and overflow (e)."""
    return Network(
        name="toy",
        inputs=(Input("feed", "nM/hour", "feed of x"),),
        parameters=(
            parameter("decay", 0.7, "1/hour"),
            parameter("turn", 1.0, "1/hour"),
            parameter("speed", 1.0, "1/hour"),
            parameter("burst", 0.0, "1/nM/hour"),
            parameter("flood", 0.0, "1/hour"),
            parameter("unit", 1.0, "nM"),
        ),
        species=(
            Species("x", "nM", "fed and decaying", "0", 1e-6),
            Species("sine", "1", "sin(turn t)", "0", 1e-3),
            Species("cosine", "1", "cos(turn t)", "1", 1e-3),
            Species("z", "1", "logistic", "1/10", 1e-6),
            Species("b", "nM", "1/(1 - burst t)", "unit", 1e-6),
            Species("e", "nM", "exp(flood t)", "unit", 1e-6),
        ),
        rules=(Rule("room", "1 - z", "1", "what is left to grow into"),),
        reactions=(
            Reaction("feeding", "feed", {"x": "1"}, "in"),
            Reaction("decaying", "decay*x", {"x": "-1"}, "out"),
            Reaction("rise", "turn*cosine", {"sine": "1"}, "rotation"),
            Reaction("fall", "turn*sine", {"cosine": "-1"}, "rotation"),
            Reaction("grow", "speed*z*room", {"z": "1"}, "logistic"),
            Reaction("bursting", "burst*b**2", {"b": "1"}, "infinite at 1/burst"),
            Reaction("flooding", "flood*e", {"e": "1"}, "beyond every float"),
        ),
        observables=(
            Observable("x", "x", "nM", "x", 1e-6),
            Observable("sine", "sine", "1", "sine", 1e-3),
            Observable("bell", "exp(sine)", "1", "a curve that no polynomial of the state gives", 1e-3),
            Observable("z", "z", "1", "z", 1e-6),
            Observable("b", "b", "nM", "b", 1e-6),
            Observable("e", "e", "nM", "e", 1e-6),
        ),
    )


def plain(network):
    """The generated module without numba, as a namespace."""
    source = generate(network, lanes=False).replace("= numba.njit(", "= (lambda f, **options: f)(")
    namespace = {}
    exec(compile(source, network.name, "exec"), namespace)
    return SimpleNamespace(**namespace)
