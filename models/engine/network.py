"""The declaration of a reaction network: species, parameters, rules, reactions, inputs and observables.

A declaration is plain data. Expressions are text over declared names; every consumer (units, generated code, tests)
reads the same parsed form, so adding a reaction touches one place.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import sympy as sp

NOMINAL = "nominal_"
"""``nominal_<parameter>`` in an expression is that parameter's nominal value, whatever the row holds."""

RESERVED = re.compile(r"p|u|w|k|d|v|n|out|[acdfjlrst]_\d.*|nominal_.*|.*[^a-z0-9_].*")
"""Names that generated code uses itself; declared names are lower case."""

FUNCTIONS = {"exp": sp.exp, "log": sp.log, "sqrt": sp.sqrt, "pi": sp.pi}


@dataclass(frozen=True)
class Species:
    """A state variable; `initial` is an expression, `floor` the value (in `unit`) below which it means nothing."""

    name: str
    unit: str
    meaning: str
    initial: str = "0"
    floor: float = 1e-3


@dataclass(frozen=True)
class Parameter:
    """One row of a model's parameter table.

    Attributes
    ----------
    mechanism : str
        The resistance mechanism or the part of the system that it belongs to.
    source : str
        A reference, or a text that starts with ``assumed``.
    domain : (float, float)
        Smallest and largest value accepted, both included.
    distribution : mapping or None
        Arguments of the declared distribution; None for a constant or a lever.
    """

    name: str
    symbol: str
    nominal: float
    unit: str
    meaning: str
    mechanism: str
    source: str
    domain: tuple[float, float]
    distribution: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Input:
    """A piecewise-constant quantity of the schedule, the same for every row."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Rule:
    """A named algebraic expression."""

    name: str
    expression: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Reaction:
    """A process: its rate, and by species the coefficient that turns the rate into that species' change per hour."""

    name: str
    rate: str
    stoichiometry: Mapping[str, str]
    meaning: str


@dataclass(frozen=True)
class Observable:
    """What can be asked for; `floor` is the value (in `unit`) below which it means nothing."""

    name: str
    expression: str
    unit: str
    meaning: str
    floor: float


class NetworkError(ValueError):
    """A declaration that contradicts itself."""


@dataclass(frozen=True, eq=False)
class Network:
    """A complete declaration, checked when it is built; compared by identity, so that kernels can be kept by it."""

    name: str
    species: Sequence[Species]
    parameters: Sequence[Parameter]
    reactions: Sequence[Reaction]
    observables: Sequence[Observable]
    rules: Sequence[Rule] = ()
    inputs: Sequence[Input] = ()

    def __post_init__(self) -> None:
        named: list[Species | Parameter | Rule | Input] = [*self.quantities, *self.rules]
        names = [item.name for item in named]
        for group in (names, [r.name for r in self.reactions], [o.name for o in self.observables]):
            twice = sorted({name for name in group if group.count(name) > 1})
            if twice:
                raise NetworkError(f"network '{self.name}' declares twice: {', '.join(twice)}")
        for name in names:
            if not name.isidentifier() or name in FUNCTIONS or RESERVED.fullmatch(name):
                raise NetworkError(f"network '{self.name}': '{name}' cannot be used as a name")
        species = {s.name for s in self.species}
        for reaction in self.reactions:
            for name in reaction.stoichiometry:
                if name not in species:
                    raise NetworkError(f"reaction '{reaction.name}' changes '{name}', which is not a species")
        _ = self.rates, self.initial, self.outputs  # parsing finds unknown symbols

    @cached_property
    def quantities(self) -> list[Species | Parameter | Input]:
        """Everything with a value and a unit that is not computed from something else."""
        return [*self.species, *self.parameters, *self.inputs]

    @cached_property
    def symbols(self) -> dict[str, sp.Symbol]:
        """Every name that an expression may use, rules excepted."""
        names: Iterable[str] = (
            *(item.name for item in self.quantities),
            *(NOMINAL + p.name for p in self.parameters),
        )
        return {name: sp.Symbol(name, real=True) for name in names}

    @cached_property
    def assignments(self) -> dict[str, sp.Expr]:
        """Rules in the order declared, each over symbols and earlier rules."""
        known = dict(self.symbols)
        parsed: dict[str, sp.Expr] = {}
        for rule in self.rules:
            parsed[rule.name] = self._parse(rule.expression, f"rule '{rule.name}'", known)
            known[rule.name] = sp.Symbol(rule.name, real=True)
        return parsed

    @cached_property
    def rates(self) -> dict[str, tuple[sp.Expr, dict[str, sp.Expr]]]:
        """By reaction: rate, and coefficient by species."""
        return {
            r.name: (
                self._parse(r.rate, f"reaction '{r.name}'"),
                {s: self._parse(c, f"reaction '{r.name}', species '{s}'") for s, c in r.stoichiometry.items()},
            )
            for r in self.reactions
        }

    @cached_property
    def initial(self) -> list[sp.Expr]:
        """Initial value of each species; it may not depend on a species."""
        parsed = [self._parse(s.initial, f"initial value of '{s.name}'") for s in self.species]
        for species, expression in zip(self.species, parsed, strict=True):
            if expression.free_symbols & self.varying:
                raise NetworkError(f"initial value of '{species.name}' depends on a species")
        return parsed

    @cached_property
    def outputs(self) -> list[sp.Expr]:
        """Expression of each observable."""
        return [self._parse(o.expression, f"observable '{o.name}'") for o in self.observables]

    @cached_property
    def derivatives(self) -> list[sp.Expr]:
        """Right-hand side, species by species, with the rules still as names."""
        total = {s.name: sp.Integer(0) for s in self.species}
        for rate, coefficients in self.rates.values():
            for name, coefficient in coefficients.items():
                total[name] += coefficient * rate
        return list(total.values())

    @cached_property
    def varying(self) -> set[sp.Symbol]:
        """Symbols that change with the state: species, and the rules that depend on one."""
        found = {self.symbols[s.name] for s in self.species}
        for name, expression in self.assignments.items():
            if expression.free_symbols & found:
                found.add(sp.Symbol(name, real=True))
        return found

    @cached_property
    def used_parameters(self) -> list[Parameter]:
        """The parameters that the system or an observable depends on, in the order declared."""
        expressions = [*self.assignments.values(), *self.derivatives, *self.initial, *self.outputs]
        free = set().union(*(e.free_symbols for e in expressions))
        return [p for p in self.parameters if self.symbols[p.name] in free]

    def _parse(self, text: str, where: str, known: Mapping[str, sp.Symbol] | None = None) -> sp.Expr:
        from sympy.parsing.sympy_parser import parse_expr

        if known is None:
            known = {**self.symbols, **{name: sp.Symbol(name, real=True) for name in self.assignments}}
        numbers = {"Integer": sp.Integer, "Float": sp.Float, "Rational": sp.Rational, "Symbol": sp.Symbol}
        try:
            expression = parse_expr(text, local_dict={**FUNCTIONS, **known}, global_dict=dict(numbers))
        except Exception as error:  # the parser raises whatever the text provokes
            raise NetworkError(f"{where}: cannot read '{text}' ({error})") from error
        for symbol in sorted(expression.free_symbols - set(known.values()), key=str):
            close = get_close_matches(str(symbol), known, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise NetworkError(f"{where}: unknown symbol '{symbol}'{hint}")
        return expression
