"""Python source of a network's kernel: right-hand side, Jacobian and LU factors as straight lines.

All numbers of one row live in one flat workspace `w` at offsets known here, so that the compiler sees plain memory
without aliases. Whatever depends on parameters and inputs only is hoisted into constants, computed once a segment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.resources import files

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from models.engine import units
from models.engine.linear import sparse_lu
from models.engine.network import NOMINAL, Network

VECTORS = ("Y", "Z", "R", "Y1", "K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "D1", "D2", "D3", "FLOOR")
"""State-sized blocks of the workspace; see `models.engine.kernel`."""

DRIVER = ("stepper", "reducers", "driver")
"""Texts appended to the generated functions."""

JITTED = (
    "constants initial rhs factor solve observe slope attempt prepare_dense dense sample rate integral summit knots "
    "crossing fraction_above first_step reduce_step run finish"
).split()
"""Functions that `integrate` is compiled from; fused multiply-add is the only liberty taken with rounding."""

_print = PythonCodePrinter({"fully_qualified_modules": False}).doprint


class _Writer:
    """Hoists constants out of expressions and prints what is left."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.species = [network.symbols[s.name] for s in network.species]
        self.changes = [sp.Symbol(f"r_{i}", real=True) for i in range(len(self.species))]  # right-hand sides
        self.varying = network.varying | set(self.changes)
        self.constants: dict[sp.Expr, sp.Symbol] = {}

    def hoist(self, e: sp.Expr) -> sp.Expr:
        """Replace the largest parts of `e` that do not vary with the state by constants."""
        if not e.free_symbols & self.varying:
            return e if e.is_Number else self.constants.setdefault(e, sp.Symbol(f"c_{len(self.constants)}", real=True))
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
        for name, expression in reversed(self.network.assignments.items()):
            symbol = sp.Symbol(name, real=True)
            if symbol in wanted:
                wanted |= expression.free_symbols
                if (symbol in self.varying) == varying:
                    found.append((symbol, expression))
        return found[::-1]

    def gradient(self, e: sp.Expr) -> dict[int, sp.Expr]:
        """Derivatives of `e` by the species that it depends on, through the rules by the chain rule."""
        entries = {j: sp.diff(e, y) for j, y in enumerate(self.species)}
        for name, expression in self.network.assignments.items():
            rule = sp.Symbol(name, real=True)
            if rule in self.varying and rule in e.free_symbols:
                for j, slope in self.gradient(expression).items():
                    entries[j] += sp.diff(e, rule) * slope
        return {j: entry for j, entry in entries.items() if entry != 0}

    def block(self, targets: Sequence[tuple[str, sp.Expr]], source: str) -> list[str]:
        """Statements that compute `targets` from the state at offset `source`, loading only what they use."""
        rules = self.rules(set().union(*(e.free_symbols for _, e in targets)), varying=True)
        names = [*(str(symbol) for symbol, _ in rules), *(name for name, _ in targets)]
        expressions = [*(self.gather(e) for _, e in rules), *(self.gather(e) for _, e in targets)]
        free = set().union(*(e.free_symbols for e in expressions))
        lines = [f"{y} = w[{source} + {i}]" for i, y in enumerate(self.species) if y in free]
        lines += [f"{r} = w[R + {i}]" for i, r in enumerate(self.changes) if r in free]
        lines += [f"{c} = w[C + {i}]" for i, c in enumerate(self.constants.values()) if c in free]
        return lines + _assign(names, expressions)


def _assign(names: Sequence[str], expressions: Sequence[sp.Expr]) -> list[str]:
    """Print assignments in an order in which every name is known before it is read, common parts shared."""
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
                lines.append(f"{name} = {_print(e)}")
                waiting.remove(name)
        pending = blocked
    return lines


def _function(head: str, body: Iterable[str]) -> list[str]:
    return ["", "", f"def {head}:", *(f"    {line}" for line in body), "    return"]


def generate(network: Network) -> str:
    """Write the complete module: generated functions, then the driver texts, then the compilation."""
    writer = _Writer(network)
    n = len(network.species)

    rhs = writer.block([(f"f_{i}", e) for i, e in enumerate(network.derivatives)], "Z")
    rhs += [f"w[R + {i}] = f_{i}" for i in range(n)]

    entries = {(i, j): e for i, f in enumerate(network.derivatives) for j, e in writer.gradient(f).items()}
    lu = sparse_lu(n, set(entries))
    factor = writer.block([(f"j_{i}_{j}", e) for (i, j), e in entries.items()], "Y")
    factor += [f"a_{i}_{j} = -j_{i}_{j}" for i, j in entries if i != j]
    factor += [f"a_{i}_{i} = d - j_{i}_{i}" if (i, i) in entries else f"a_{i}_{i} = d" for i in range(n)]
    factor += lu.factor
    factor += [f"w[LU + {k}] = {name}" for k, name in enumerate(lu.stored)]
    solve = [f"{name} = w[LU + {k}]" for k, name in enumerate(lu.stored)]
    solve += [f"r_{i} = w[R + {i}]" for i in range(n)]
    solve += [*lu.solve, *(f"w[R + {i}] = r_{i}" for i in range(n))]

    jacobian = writer.block([(f"j_{i}_{j}", e) for (i, j), e in entries.items()], "Y")
    jacobian += [f"out[{i}, {j}] = j_{i}_{j}" for i, j in entries]

    observe: list[str] = []
    for k, e in enumerate(network.outputs):
        observe += [f"if k == {k}:", *(f"    {line}" for line in writer.block([("v", e)], "Z")), "    return v"]
    observe.append("return 0.0")

    slope: list[str] = []
    for k, e in enumerate(network.outputs):
        change = sp.Add(*(entry * writer.changes[j] for j, entry in writer.gradient(e).items()))
        slope += [f"if k == {k}:", *(f"    {line}" for line in writer.block([("v", change)], "Z")), "    return v"]
    slope.append("return 0.0")

    start = writer.block([(f"s_{i}", e) for i, e in enumerate(network.initial)], "Y")
    start += [f"w[Y + {i}] = s_{i}" for i in range(n)]
    floors = [units.factor(s.unit) * s.floor for s in network.species]
    start += [f"w[FLOOR + {i}] = {floor!r}" for i, floor in enumerate(floors)]

    offsets = {name: i * n for i, name in enumerate(VECTORS)}
    offsets |= {"C": len(VECTORS) * n, "LU": len(VECTORS) * n + len(writer.constants)}
    layout = [f"N = {n}", *(f"{name} = {offset}" for name, offset in offsets.items())]
    layout.append(f"SIZE = {offsets['LU'] + len(lu.stored)}")

    functions = [
        *_function("constants(p, u, w)", _constants(writer)),
        *_function("initial(w)", start),
        *_function("rhs(w)", rhs),
        *_function("factor(w, d)", factor),
        *_function("solve(w)", solve),
        *_function("jacobian(w, out)", jacobian),
        *_function("observe(k, w)", observe),
        *_function("slope(k, w)", slope),
    ]
    texts = [files("models.engine.kernel").joinpath(f"{name}.py").read_text("utf-8") for name in DRIVER]
    head = [f'"""Kernel of the network {network.name}, generated; do not edit."""', "", "import numba"]
    head.append("from math import exp, log, pi, sqrt")
    tail = [f'{name} = numba.njit({name}, error_model="numpy", fastmath={{"contract"}})' for name in JITTED]
    tail.append('integrate = numba.njit(integrate, error_model="numpy", cache=True, nogil=True)')
    return "\n".join([*head, "", *layout, *functions, "", "", *texts, *tail, ""])


def _constants(writer: _Writer) -> list[str]:
    """Statements that compute the hoisted constants from parameters `p` and inputs `u`."""
    network = writer.network
    names = [str(symbol) for symbol in writer.constants.values()]
    expressions = list(writer.constants)
    rules = writer.rules(set().union(*(e.free_symbols for e in expressions)), varying=False)
    free = set().union(*(e.free_symbols for e in [*expressions, *(e for _, e in rules)]))
    lines = [f"{p.name} = p[{i}]" for i, p in enumerate(network.used_parameters) if network.symbols[p.name] in free]
    lines += [f"{u.name} = u[{i}]" for i, u in enumerate(network.inputs) if network.symbols[u.name] in free]
    lines += [
        f"{NOMINAL}{p.name} = {p.nominal * units.factor(p.unit)!r}"
        for p in network.parameters
        if network.symbols[NOMINAL + p.name] in free
    ]
    lines += _assign([*(str(symbol) for symbol, _ in rules), *names], [*(e for _, e in rules), *expressions])
    return lines + [f"w[C + {i}] = {name}" for i, name in enumerate(names)]
