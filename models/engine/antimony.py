"""A network as Antimony text, so that other simulators integrate the very model that is declared.

Numbers are in the engine's coherent units. Rates are named ``rate_<reaction>`` and observables ``observable_<name>``,
because a reaction or an observable may share its name with a species; every other name goes through `identifier`.
"""

from collections.abc import Iterable, Mapping

import sympy as sp
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from models.engine import units
from models.engine.declaration import NOMINAL
from models.engine.network import Network
from models.engine.solver import Schedule

KEPT = frozenset(
    "abs after assert at avogadro ceil compartment const delay delete e end exponentiale extent floor formula function "
    "gene has import in infinity is length ln log10 max min model module nan not notanumber piecewise priority rateof "
    "reaction root species substance t0 time true false unit var volume area xor and or".split()
)
"""Words that mean something else to Antimony or SBML; a declared name among them gets an underscore."""


def identifier(name: str) -> str:
    """Return how a species, parameter, rule or input is called in the text."""
    return f"{name}_" if name in KEPT else name


def to_antimony(network: Network, row: Mapping[str, float], schedule: Schedule) -> str:
    """Write `network` as an Antimony model.

    What depends on parameters only is an initial assignment, computed once: another row needs another text, or its
    derived numbers set by hand. Species follow rate rules, because a coefficient may itself be an expression.

    Parameters
    ----------
    row : mapping of name to float
        Parameters in declared units; one left out is at its nominal value.
    schedule : Schedule
        Its first values are the initial ones, each later set an event at exactly its time.

    Raises
    ------
    ValueError
        For a name that would stand for two things in the text.
    """
    names = [identifier(name) for name in (*network.symbols, *network.assignments)]
    names += [f"rate_{r.name}" for r in network.reactions] + [f"observable_{o.name}" for o in network.observables]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"Antimony text of '{network.name}': '{twice}' would stand for two things")
    moving = {network.symbols[name] for name in (*(s.name for s in network.species), *(u.name for u in network.inputs))}
    lines = [f"model *{identifier(network.name)}()", "  // parameters"]
    for p in network.used_parameters:
        lines.append(_line(identifier(p.name), "=", row.get(p.name, p.nominal) * units.factor(p.unit), p.meaning))
    lines += _nominal(network)

    lines.append("  // inputs")
    for j, u in enumerate(network.inputs):
        lines.append(_line(identifier(u.name), "=", schedule.values[0][j] * units.factor(u.unit), u.meaning))
    for time, values in zip(schedule.times[1:], schedule.values[1:], strict=True):
        sets = (
            f"{identifier(u.name)} = {_text(v * units.factor(u.unit))}"
            for u, v in zip(network.inputs, values, strict=True)
        )
        lines.append(f"  at (time >= {float(time)!r}): {', '.join(sets)};")

    lines.append("  // rules")
    for rule in network.rules:
        expression = network.assignments[rule.name]
        varies = bool(expression.free_symbols & moving)
        if varies:
            moving.add(sp.Symbol(rule.name, real=True))
        lines.append(_line(identifier(rule.name), ":=" if varies else "=", expression, rule.meaning))

    lines.append("  // reactions")
    for reaction in network.reactions:
        lines.append(_line(f"rate_{reaction.name}", ":=", network.rates[reaction.name][0], reaction.meaning))

    lines.append("  // species")
    for species, initial in zip(network.species, network.initial, strict=True):
        name = identifier(species.name)
        lines += [_line(name, "=", initial, species.meaning), f"  {name}' = {_change(network, species.name)};"]

    lines.append("  // observables")
    for observable, expression in zip(network.observables, network.outputs, strict=True):
        lines.append(_line(f"observable_{observable.name}", ":=", expression, observable.meaning))
    return "\n".join([*lines, "end", ""])


def _nominal(network: Network) -> Iterable[str]:
    """Write the nominal values that an expression refers to, whatever the row holds."""
    rates = (e for rate, coefficients in network.rates.values() for e in (rate, *coefficients.values()))
    expressions = [*network.assignments.values(), *rates, *network.initial, *network.outputs]
    free = set().union(*(e.free_symbols for e in expressions))
    for p in network.parameters:
        if network.symbols[NOMINAL + p.name] in free:
            yield _line(NOMINAL + p.name, "=", p.nominal * units.factor(p.unit), f"nominal value of {p.name}")


def _change(network: Network, species: str) -> str:
    """Sum of coefficient times rate over the reactions that change `species`."""
    rates = {
        name: coefficients[species] for name, (_, coefficients) in network.rates.items() if species in coefficients
    }
    return _text(sp.Add(*(coefficient * sp.Symbol(f"rate_{name}") for name, coefficient in rates.items())))


def _line(name: str, sign: str, value: sp.Expr | float, meaning: str) -> str:
    return f"  {name} {sign} {_text(value)};  // {meaning}"


def _text(value: sp.Expr | float) -> str:
    return repr(float(value)) if isinstance(value, float) else _Printer().doprint(value)


class _Printer(StrPrinter):  # type: ignore[misc]  # sympy has no types
    """Sympy's plain text, with the names of Antimony and without an operator of disputed precedence."""

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return identifier(str(expr.name))

    def _print_log(self, expr: sp.log) -> str:
        return f"ln({self._print(expr.args[0])})"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, exponent = expr.args
        if exponent.could_extract_minus_sign():
            return f"1/{self.parenthesize(base**-exponent, PRECEDENCE['Pow'])}"
        if exponent == sp.S.Half:
            return f"sqrt({self._print(base)})"
        return f"pow({self._print(base)}, {self._print(exponent)})"
