"""The declaration of a reaction network: species, parameters, rules, reactions, inputs and observables.

A declaration is plain data. Expressions are text over declared names; every consumer (units, generated code, tests)
reads the same parsed form, so adding a reaction touches one place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from models.engine.coherence import NetworkError, check_functions, check_transfers, check_values
from models.engine.declaration import (
    NEXT,
    NOMINAL,
    PREVIOUS,
    Classes,
    Input,
    Observable,
    Parameter,
    Reaction,
    Rule,
    Species,
    Total,
)  # fmt: skip
from models.engine.grammar import GrammarError, is_name, parse

NO_CLASSES = Classes((), ())


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
    classes: Classes = NO_CLASSES

    def __post_init__(self) -> None:
        named: list[Species | Parameter | Rule | Input | Total] = [*self.quantities, *self.rules, *self.classes.rules]
        names = [item.name for item in [*named, *self.classes.totals]]
        reactions = [*self.reactions, *self.classes.reactions]
        for group in (names, [r.name for r in reactions], [o.name for o in self.observables]):
            twice = sorted({name for name in group if group.count(name) > 1})
            if twice:
                raise NetworkError(f"network '{self.name}' declares twice: {', '.join(twice)}")
        labels = [self.name, *(r.name for r in reactions), *(o.name for o in self.observables)]
        for name in [*(n for n in names if not is_name(n)), *(n for n in labels if not n.isidentifier())]:
            raise NetworkError(f"network '{self.name}': '{name}' cannot be used as a name")
        species = {s.name for s in self.species}
        members = {s.name for s in self.classes.species}
        around = {f"{side}{name}" for side in (NEXT, PREVIOUS) for name in members}
        for reaction in reactions:
            for name in reaction.stoichiometry:
                if name not in (species if reaction in self.reactions else species | members | around):
                    raise NetworkError(f"reaction '{reaction.name}' changes '{name}', which is not a species")
        _ = self.rates, self.initial, self.outputs, self.totals  # parsing finds unknown symbols
        check_values(self)
        check_functions(self)
        check_transfers(self)

    @cached_property
    def quantities(self) -> list[Species | Parameter | Input]:
        """Everything with a value and a unit that is not computed from something else."""
        return [
            *self.species, *self.parameters, *self.inputs, *self.classes.species, *self.classes.parameters
        ]  # fmt: skip

    @cached_property
    def transferred(self) -> list[str]:
        """Class species that a reaction of a neighbouring class changes, in the order declared."""
        keys = {key for reaction in self.classes.reactions for key in reaction.stoichiometry}
        return [s.name for s in self.classes.species if keys & {NEXT + s.name, PREVIOUS + s.name}]

    @cached_property
    def symbols(self) -> dict[str, sp.Symbol]:
        """Every name that an expression may use, rules excepted."""
        names: Iterable[str] = (
            *(item.name for item in self.quantities),
            *(total.name for total in self.classes.totals),
            *(NOMINAL + p.name for p in self.parameters),
        )
        return {name: sp.Symbol(name, real=True) for name in names}

    @cached_property
    def _shared(self) -> dict[str, sp.Symbol]:
        """What an expression outside the classes may use, rules excepted."""
        inside = {item.name for item in (*self.classes.species, *self.classes.parameters)}
        return {name: symbol for name, symbol in self.symbols.items() if name not in inside}

    @cached_property
    def assignments(self) -> dict[str, sp.Expr]:
        """Rules in the order declared, each over symbols and earlier rules."""
        return self._rules(self.rules, dict(self._shared))

    @cached_property
    def class_assignments(self) -> dict[str, sp.Expr]:
        """Rules of a class, each over symbols, shared rules and earlier rules of the class."""
        return self._rules(self.classes.rules, {**self.symbols, **_symbols(self.assignments)})

    def _rules(self, rules: Sequence[Rule], known: dict[str, sp.Symbol]) -> dict[str, sp.Expr]:
        parsed: dict[str, sp.Expr] = {}
        for rule in rules:
            parsed[rule.name] = self._parse(rule.expression, f"rule '{rule.name}'", known)
            known[rule.name] = sp.Symbol(rule.name, real=True)
        return parsed

    @cached_property
    def totals(self) -> list[sp.Expr]:
        """Expression summed by each total."""
        inside = {**self.symbols, **_symbols(self.assignments), **_symbols(self.class_assignments)}
        parsed = [self._parse(t.expression, f"total '{t.name}'", inside) for t in self.classes.totals]
        names = {self.symbols[t.name] for t in self.classes.totals}
        for total, expression in zip(self.classes.totals, parsed, strict=True):
            if self.reached(expression) & names:
                raise NetworkError(f"total '{total.name}' depends on a total")
        return parsed

    def reached(self, expression: sp.Expr) -> set[sp.Symbol]:
        """Symbols that `expression` depends on, through the rules."""
        found: set[sp.Symbol] = set()
        waiting = set(expression.free_symbols)
        rules = {**self.assignments, **self.class_assignments}
        while waiting:
            symbol = waiting.pop()
            found.add(symbol)
            if str(symbol) in rules:
                waiting |= rules[str(symbol)].free_symbols - found
        return found

    @cached_property
    def rates(self) -> dict[str, tuple[sp.Expr, dict[str, sp.Expr]]]:
        """By reaction, shared or of a class: rate, and coefficient by species."""
        shared = {**self._shared, **_symbols(self.assignments)}
        inside = {**self.symbols, **shared, **_symbols(self.class_assignments)}
        return {
            r.name: (
                self._parse(r.rate, f"reaction '{r.name}'", known),
                {s: self._parse(c, f"reaction '{r.name}', species '{s}'", known) for s, c in r.stoichiometry.items()},
            )
            for reactions, known in ((self.reactions, shared), (self.classes.reactions, inside))
            for r in reactions
        }

    @cached_property
    def initial(self) -> list[sp.Expr]:
        """Initial value of each species, then of each class species; it may not depend on a species."""
        shared = {**self._shared, **_symbols(self.assignments)}
        inside = {**self.symbols, **shared, **_symbols(self.class_assignments)}
        parsed = []
        for members, known in ((self.species, shared), (self.classes.species, inside)):
            for species in members:
                expression = self._parse(species.initial, f"initial value of '{species.name}'", known)
                if expression.free_symbols & self.varying:
                    raise NetworkError(f"initial value of '{species.name}' depends on a species")
                parsed.append(expression)
        return parsed

    @cached_property
    def outputs(self) -> list[sp.Expr]:
        """Expression of each observable."""
        known = {**self._shared, **_symbols(self.assignments)}
        return [self._parse(o.expression, f"observable '{o.name}'", known) for o in self.observables]

    @cached_property
    def derivatives(self) -> list[sp.Expr]:
        """Right-hand side without what classes add to it, species by species, with the rules still as names."""
        return list(self._changes(self.reactions, [s.name for s in self.species]).values())

    def changes_by_class(self, names: Iterable[str]) -> dict[str, sp.Expr]:
        """Change of each name that one class causes: its own species, shared ones, ``next_`` and ``previous_`` ones."""
        return self._changes(self.classes.reactions, names)

    def _changes(self, reactions: Iterable[Reaction], names: Iterable[str]) -> dict[str, sp.Expr]:
        total = {name: sp.Integer(0) for name in names}
        for reaction in reactions:
            rate, coefficients = self.rates[reaction.name]
            for flag in (NEXT, PREVIOUS):
                if any(name.startswith(flag) for name in coefficients):
                    rate = rate * sp.Symbol(f"has_{flag[:-1]}", real=True)
            for name, coefficient in coefficients.items():
                if name in total:
                    total[name] += coefficient * rate
        return total

    @cached_property
    def varying(self) -> set[sp.Symbol]:
        """Symbols that change with the state: species, totals, and the rules that depend on one."""
        moving = [*self.species, *self.classes.species, *self.classes.totals]
        found = {self.symbols[item.name] for item in moving}
        for name, expression in [*self.assignments.items(), *self.class_assignments.items()]:
            if expression.free_symbols & found:
                found.add(sp.Symbol(name, real=True))
        return found

    @cached_property
    def used_parameters(self) -> list[Parameter]:
        """The parameters that the system or an observable depends on, in the order declared."""
        rates = [e for rate, coefficients in self.rates.values() for e in (rate, *coefficients.values())]
        rules = [*self.assignments.values(), *self.class_assignments.values()]
        expressions = [*rules, *rates, *self.initial, *self.outputs, *self.totals]
        free = set().union(*(e.free_symbols for e in expressions))
        return [p for p in self.parameters if self.symbols[p.name] in free]

    @cached_property
    def coupling(self) -> set[sp.Symbol]:
        """Symbols that some rate of change depends on, through the rules and the totals."""
        rates = [e for rate, coefficients in self.rates.values() for e in (rate, *coefficients.values())]
        read = set().union(*(self.reached(e) for e in rates))
        for total, e in zip(self.classes.totals, self.totals, strict=True):
            if self.symbols[total.name] in read:
                read |= self.reached(e)
        return read

    @cached_property
    def accumulators(self) -> set[str]:
        """Shared species that only add up: nothing depends on them, not even themselves."""
        read = self.coupling.union(*(self.reached(e) for e in self.totals))
        return {s.name for s in self.species if self.symbols[s.name] not in read}

    def only(self, observables: Iterable[str]) -> "Network":
        """Return the network without its accumulators, unless one of the observables reads one."""
        expressions = dict(zip((o.name for o in self.observables), self.outputs, strict=True))
        read = {str(y) for name in observables for y in self.reached(expressions[name])}
        return self if read & self.accumulators or not self.accumulators else self._lean

    @cached_property
    def _lean(self) -> "Network":
        """The network without accumulators, and without what reads one."""
        out = self.accumulators

        def kept(reactions: Iterable[Reaction]) -> list[Reaction]:
            cut = [
                replace(r, stoichiometry={name: c for name, c in r.stoichiometry.items() if name not in out})
                for r in reactions
            ]
            return [r for r in cut if r.stoichiometry]

        def rules(declared: Iterable[Rule]) -> list[Rule]:
            reached = ((r, self.reached(sp.Symbol(r.name, real=True))) for r in declared)
            return [r for r, symbols in reached if not {str(y) for y in symbols} & out]

        read = {o.name: {str(y) for y in self.reached(e)} for o, e in zip(self.observables, self.outputs, strict=True)}
        return replace(
            self,
            species=[s for s in self.species if s.name not in out],
            rules=rules(self.rules),
            reactions=kept(self.reactions),
            observables=[o for o in self.observables if not read[o.name] & out],
            classes=replace(self.classes, reactions=kept(self.classes.reactions), rules=rules(self.classes.rules)),
        )

    def _parse(self, text: str, where: str, known: Mapping[str, sp.Symbol]) -> sp.Expr:
        try:
            return parse(text, known)
        except GrammarError as error:
            raise NetworkError(f"{where}: {error}") from error


def _symbols(names: Iterable[str]) -> dict[str, sp.Symbol]:
    return {name: sp.Symbol(name, real=True) for name in names}
