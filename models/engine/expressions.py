"""Expressions of a network as statements: what does not vary with the state is hoisted into constants.

Two scopes share the code: everything outside the classes, and one class with everything outside.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sympy as sp
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pycode import PythonCodePrinter

from models.engine import units
from models.engine.declaration import NOMINAL
from models.engine.network import Network

FLAGS = ("has_next", "has_previous")
"""Factors that are 1 where a class has that neighbour and 0 where not."""


class cube_root(sp.Function):  # type: ignore[misc]  # printed under this name
    """A power with exponent 1/3, which costs a third of other powers."""


class _Printer(PythonCodePrinter):  # type: ignore[misc]  # sympy has no types
    """Python with doubles only, and powers as products or as the functions that lanes have."""

    def _print_Integer(self, expr: sp.Integer) -> str:
        return repr(float(expr))

    def _print_Rational(self, expr: sp.Rational) -> str:
        return repr(float(expr))

    def _print_cube_root(self, expr: cube_root) -> str:
        return f"cube_root({self._print(expr.args[0])})"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, exponent = expr.args
        if exponent.could_extract_minus_sign():
            return f"1.0/{self.parenthesize(base**-exponent, PRECEDENCE['Pow'])}"
        if exponent == sp.S.Half:
            return f"sqrt({self._print(base)})"
        if exponent.is_Integer:
            factor = self.parenthesize(base, PRECEDENCE["Pow"])
            if exponent <= 4:
                return f"({'*'.join([factor] * int(exponent))})"
            # Through a logarithm, so of the square: the base may be negative.
            half, odd = divmod(int(exponent), 2)
            return f"{f'{factor}*' if odd else ''}power({factor}*{factor}, {float(half)!r})"
        return f"power({self._print(base)}, {self._print(exponent)})"


def text(e: sp.Expr) -> str:
    """Print one expression."""
    printed: str = _Printer({"fully_qualified_modules": False}).doprint(e)
    return printed


class _Power(sp.Function):  # type: ignore[misc]  # sympy has no types
    """base**exponent whose slope is finite where the base vanishes: sympy's own, p*b**p/b, is 0/0 there."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        base, exponent = self.args
        return sp.log(base) * self if argindex == 2 else exponent * _Power(base, exponent - 1)


def slope(e: sp.Expr, by: sp.Symbol) -> sp.Expr:
    """Differentiate `e`."""
    powers = e.replace(lambda a: a.is_Pow and not a.exp.is_number, lambda a: _Power(*a.args))
    return sp.diff(powers, by).replace(_Power, sp.Pow)


class Expressions:
    """Hoists constants out of a network's expressions and prints what is left.

    Attributes
    ----------
    constants, class_constants : dict of expression to symbol
        What was hoisted so far; the second kind has one value a class.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        shared, members = network.species, network.classes.species
        self.unknowns = [
            *(network.symbols[s.name] for s in shared),
            *(network.symbols[t.name] for t in network.classes.totals),
            *(network.symbols[s.name] for s in members),
        ]
        self.n_shared, self.n_totals, self.n_members = len(shared), len(network.classes.totals), len(members)
        flags = {sp.Symbol(flag, real=True) for flag in FLAGS}
        self.varying = network.varying | flags
        self.assignments = {**network.assignments, **network.class_assignments}
        per_class = {network.symbols[p.name] for p in network.classes.parameters}
        for name, expression in network.class_assignments.items():
            if expression.free_symbols & per_class:
                per_class.add(sp.Symbol(name, real=True))
        self.per_class = per_class
        self.constants: dict[sp.Expr, sp.Symbol] = {}
        self.class_constants: dict[sp.Expr, sp.Symbol] = {}

    def hoist(self, e: sp.Expr) -> sp.Expr:
        """Replace the largest parts of `e` that do not vary with the state by constants."""
        if not e.free_symbols & self.varying:
            if e.is_Number:
                return e
            found, letter = (
                (self.class_constants, "x") if e.free_symbols & self.per_class else (self.constants, "c")
            )  # fmt: skip
            return found.setdefault(e, sp.Symbol(f"{letter}_{len(found)}", real=True))
        if not e.args:
            return e
        if e.is_Add or e.is_Mul:
            fixed = [a for a in e.args if not a.free_symbols & self.varying]
            moving = [self.hoist(a) for a in e.args if a.free_symbols & self.varying]
            return e.func(*([self.hoist(e.func(*fixed))] if fixed else []), *moving)
        return e.func(*(self.hoist(a) for a in e.args))

    def gather(self, e: sp.Expr) -> sp.Expr:
        """Collect the coefficients of each monomial of the state into one constant, then hoist."""
        terms: dict[sp.Expr, list[sp.Expr]] = defaultdict(list)
        for term in sp.Add.make_args(sp.expand_mul(e, deep=False)):
            fixed, moving = term.as_independent(*self.varying, as_Add=False)
            terms[moving].append(fixed)
        return sp.Add(*(self.hoist(sp.Add(*fixed)) * self.hoist(moving) for moving, fixed in terms.items()))

    def rules(self, needed: Iterable[sp.Symbol], *, varying: bool) -> list[tuple[sp.Symbol, sp.Expr]]:
        """Return the rules that `needed` leads to, in order, of one kind."""
        wanted = set(needed)
        found = []
        for name, expression in reversed(self.assignments.items()):
            symbol = sp.Symbol(name, real=True)
            if symbol in wanted:
                wanted |= expression.free_symbols
                if (symbol in self.varying) == varying:
                    found.append((symbol, expression))
        return found[::-1]

    def gradient(self, e: sp.Expr) -> dict[int, sp.Expr]:
        """Derivatives of `e` by the unknowns that it depends on, through the rules by the chain rule."""
        entries: dict[int, sp.Expr] = defaultdict(lambda: sp.S.Zero)
        entries |= {j: slope(e, y) for j, y in enumerate(self.unknowns) if y in e.free_symbols}
        for name, expression in self.assignments.items():
            rule = sp.Symbol(name, real=True)
            if rule in self.varying and rule in e.free_symbols:
                outer = slope(e, rule)
                for j, inner in self.gradient(expression).items():
                    entries[j] += outer * inner
        return {j: entry for j, entry in sorted(entries.items()) if entry != 0}

    def block(self, targets: Sequence[tuple[str, sp.Expr]], load: Mapping[str, str]) -> list[str]:
        """Statements that compute `targets`, loading only what they use.

        Parameters
        ----------
        load : mapping of str to str
            How the unknowns are read: text by kind (``shared``, ``total``, ``member``) with ``{i}`` for the index.
        """
        rules = self.rules(set().union(*(e.free_symbols for _, e in targets)), varying=True)
        names = [*(str(symbol) for symbol, _ in rules), *(name for name, _ in targets)]
        expressions = [*(self.gather(e) for _, e in rules), *(self.gather(e) for _, e in targets)]
        free = set().union(*(e.free_symbols for e in expressions))
        kinds = [
            *(("shared", i) for i in range(self.n_shared)),
            *(("total", i) for i in range(self.n_totals)),
            *(("member", i) for i in range(self.n_members)),
        ]
        lines = []
        for (kind, i), unknown in zip(kinds, self.unknowns, strict=True):
            if unknown in free:
                lines.append(f"{unknown} = {load[kind].format(i=i)}")
        lines += [f"{c} = get(w, tail + {i})" for i, c in enumerate(self.constants.values()) if c in free]
        lines += [f"{c} = get(w, own + {i})" for i, c in enumerate(self.class_constants.values()) if c in free]
        return lines + assign(names, expressions)

    def fixed(self, targets: Sequence[tuple[str, sp.Expr]]) -> list[str]:
        """Statements that compute `targets` from parameters `p`, those of a class `q`, and inputs `u`."""
        network = self.network
        rules = self.rules(set().union(*(e.free_symbols for _, e in targets)), varying=False)
        expressions = [*(e for _, e in rules), *(e for _, e in targets)]
        free = set().union(*(e.free_symbols for e in expressions))
        lines = [f"{p.name} = p[{i}]" for i, p in enumerate(network.used_parameters) if network.symbols[p.name] in free]
        lines += [
            f"{p.name} = q[k, {i}]" for i, p in enumerate(network.classes.parameters) if network.symbols[p.name] in free
        ]
        lines += [f"{u.name} = u[{i}]" for i, u in enumerate(network.inputs) if network.symbols[u.name] in free]
        lines += [
            f"{NOMINAL}{p.name} = {p.nominal * units.factor(p.unit)!r}"
            for p in network.parameters
            if network.symbols[NOMINAL + p.name] in free
        ]
        return lines + assign([*(str(symbol) for symbol, _ in rules), *(name for name, _ in targets)], expressions)

    def moved_by_inputs(self, e: sp.Expr) -> bool:
        """Tell whether a constant depends on the schedule."""
        reached = set(e.free_symbols).union(*(r.free_symbols for _, r in self.rules(e.free_symbols, varying=False)))
        return bool(reached & {self.network.symbols[u.name] for u in self.network.inputs})


def assign(names: Sequence[str], expressions: Sequence[sp.Expr]) -> list[str]:
    """Print assignments in an order in which every name is known before it is read, common parts shared."""
    expressions = [e.replace(_is_cubic, lambda e: cube_root(e.base) ** (3 * e.exp)) for e in expressions]
    shared, reduced = sp.cse(list(expressions), symbols=sp.numbered_symbols("t_"), order="none")
    pending = [*((str(symbol), e) for symbol, e in shared), *zip(names, reduced, strict=True)]
    waiting = {name for name, _ in pending}
    lines: list[str] = []
    while pending:
        blocked = []
        for name, e in pending:
            if waiting & {str(symbol) for symbol in e.free_symbols}:
                blocked.append((name, e))
            else:
                lines.append(f"{name} = {text(e)}")
                waiting.remove(name)
        pending = blocked
    return lines


def _is_cubic(e: sp.Expr) -> bool:
    return bool(e.is_Pow and e.exp.is_Rational and e.exp.q == 3)
