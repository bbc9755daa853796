"""Python source of a network's kernel: right-hand side, Jacobian and LU factors as straight lines.

All numbers of one row live in one flat workspace `w` at indices known here or counted from the number of classes, and
`get` and `put` move whole vectors of rows. See `models.engine.kernel` for the layout.
"""

from importlib.resources import files

from models.engine import units
from models.engine.declaration import NEXT, PREVIOUS
from models.engine.network import Network
from models.engine.schur import write_linear
from models.engine.workspace import FLAGS, VECTORS, Code

DRIVER = ("rodas5p", "reducers", "rows", "driver")
"""Texts appended to the generated functions."""

WIDE, NARROW = 16, 8
"""Rows in a vector, without classes and with them. Wide ones keep the processor busy while a result is on its way; the
numbers of many classes must stay in its second cache."""

OPERATIONS = "chosen, larger, magnitude, pick, select, smaller, some"
"""What `models.engine.lanes` offers for a vector of rows and `models.engine.scalar` for one."""

FUNCTIONS = "cube_root, exp, fifth_root, log, power, sqrt"
"""The same of `models.engine.lane_functions`."""

JITTED = (
    "stride size constants refresh initial totals rhs factor solve observe least attempt prepare_dense blend dense "
    "derivative sample integral at_lane rate summit five knots crossing fraction_above first_step load_row read_points "
    "vectors reduce_lane finish"
).split()
"""Functions that `integrate` is compiled from; fused multiply-add is the only liberty taken with rounding."""


class _Kernel(Code):
    """Writes everything but the linear system."""

    def rhs(self) -> None:
        moved = [name for name in self.members if name in self.network.transferred]
        given = [name for name in self.shared if self.by_class[name] != 0]
        targets = [(f"f_{self.members.index(name)}", self.by_class[name]) for name in self.members]
        targets += [(f"s_{self.shared.index(name)}", self.by_class[name]) for name in given]
        targets += [
            (f"z_{i}_{side[:-1]}", self.by_class[side + name])
            for i, name in enumerate(moved)
            for side in (NEXT, PREVIOUS)
        ]
        inside = [*(FLAGS if moved else []), *self.x.block(targets, self.loads("Z"))] if self.members else []
        inside += [f"g_{self.shared.index(name)} += s_{self.shared.index(name)}" for name in given]
        for i, name in enumerate(moved):
            j = self.members.index(name)
            inside += [f"f_{j} += carry_{i}", f"carry_{i} = spread(z_{i}_next)"]
            inside += [
                "if k > 0:",
                f"    put(w, R * n + base - M + {j}, get(w, R * n + base - M + {j}) + z_{i}_previous)",
            ]
        inside += [
            f"put(w, {at}, get(w, {at}) + f_{i})"
            for i, at in enumerate(f"R * n + base + {i}" for i in range(len(self.members)))
        ]
        body = ["totals(w, Z, classes)"] if self.x.n_totals else []
        body += [f"carry_{i} = spread(0.0)" for i in range(len(moved))]
        body += [f"g_{self.shared.index(name)} = spread(0.0)" for name in given]
        body += self.per_class(inside)
        body += self.x.block([(f"f_{i}", e) for i, e in enumerate(self.network.derivatives)], self.loads("Z"))
        body += [
            f"put(w, R * n + {i}, get(w, R * n + {i}) + f_{i}{f' + g_{i}' if name in given else ''})"
            for i, name in enumerate(self.shared)
        ]
        if moved:
            body += [f"put(w, R * n + N + classes * M + {i}, 0.0)" for i in range(len(self.members))]
        self.add("rhs(w, classes)", body)

    def totals(self) -> None:
        names = [f"v_{i}" for i in range(self.x.n_totals)]
        sums = [f"g_{i}" for i in range(self.x.n_totals)]
        load = {**self.loads("source"), **{"shared": "get(w, source * n + {i})"}}
        inside = self.x.block(list(zip(names, self.network.totals, strict=True)), load) if names else []
        inside += [f"{g} += {v}" for g, v in zip(sums, names, strict=True)]
        body = [f"{g} = spread(0.0)" for g in sums] + (self.per_class(inside) if names else [])
        self.add(
            "totals(w, source, classes)", [*body, *(f"put(w, tail + TOTALS + {i}, {g})" for i, g in enumerate(sums))]
        )

    def watch(self) -> None:
        """Write the observables, read at `Z`."""
        body = ["totals(w, Z, classes)"] if self.x.n_totals else []
        for k, e in enumerate(self.network.outputs):
            block = [*self.x.block([("v", e)], self.loads("Z")), "return spread(v)"]
            body += [f"if k == {k}:", *(f"    {line}" for line in block)]
        self.add("observe(k, w, classes)", body, result="spread(0.0)")
        floors = [o.floor * units.factor(o.unit) for o in self.network.observables]
        lines = [line for k, floor in enumerate(floors) for line in (f"if k == {k}:", f"    return {floor!r}")]
        self.add("least(k)", lines, tail=False, result="0.0")

    def jacobian(self) -> None:
        """Write the plain Jacobian of a network without classes, for other people's solvers."""
        rows = enumerate(self.network.derivatives)
        entries = {(i, j): e for i, f in rows for j, e in self.x.gradient(f).items()}
        body = self.x.block([(f"j_{i}_{j}", e) for (i, j), e in entries.items()], self.loads("Y"))
        self.add("jacobian(w, out, classes)", [*body, *(f"out[{i}, {j}] = j_{i}_{j}" for i, j in entries)])

    def starts(self) -> None:
        """Write what turns parameters and inputs into constants and the state at the start, for one lane."""
        x = self.x
        for name, every in (("constants", True), ("refresh", False)):
            body: list[str] = []
            spots = [(i, str(c), e) for i, (e, c) in enumerate(x.constants.items()) if every or x.moved_by_inputs(e)]
            body += x.fixed([(c, e) for _, c, e in spots])
            body += [f"w[(tail + {i}) * W + lane] = {c}" for i, c, _ in spots]
            inner = enumerate(x.class_constants.items())
            spots = [(i, str(c), e) for i, (e, c) in inner if every or x.moved_by_inputs(e)]
            if spots:
                inside = x.fixed([(c, e) for _, c, e in spots])
                body += self.per_class([*inside, *(f"w[(own + {i}) * W + lane] = {c}" for i, c, _ in spots)])
            self.add(f"{name}(p, q, u, w, lane, classes)", body)
        first = [(f"s_{i}", e) for i, e in enumerate(self.network.initial)]
        split = len(self.shared)
        everyone = [*self.network.species, *self.network.classes.species]
        floors = [units.factor(s.unit) * s.floor for s in everyone]
        body = x.fixed(first[:split])
        body += [f"w[(Y * n + {i}) * W + lane] = s_{i}" for i in range(split)]
        body += [f"w[(FLOOR * n + {i}) * W + lane] = {floors[i]!r}" for i in range(split)]
        inside = x.fixed(first[split:])
        inside += [f"w[(Y * n + base + {i}) * W + lane] = s_{split + i}" for i in range(len(self.members))]
        inside += [f"w[(FLOOR * n + base + {i}) * W + lane] = {floors[split + i]!r}" for i in range(len(self.members))]
        self.add("initial(p, q, u, w, lane, classes)", body + self.per_class(inside))

    def layout(self) -> list[str]:
        """Write the sizes and indices that the functions and the texts share."""
        shared = len(self.x.constants)
        own = len(self.x.class_constants)
        lines = [f"N = {len(self.shared)}", f"M = {len(self.members)}", f"VECTORS = {len(VECTORS)}"]
        lines += [f"{name} = {i}" for i, name in enumerate(VECTORS)]
        lines += [f"TOTALS = {shared}", f"LU = {shared + self.x.n_totals}"]
        lines += [f"SHARED = {shared + self.x.n_totals + self.shared_lu}"]
        lines += [f"CLASS_LU = {own}", f"OWN = {own + self.class_lu}"]
        spare = 1 if self.network.transferred else 0
        wide = f"(N + (classes + {spare}) * M) | 1" if self.members else "N"
        lines += ["", "", "def stride(classes):", f"    return {wide}"]
        lines += ["", "", "def size(classes):", "    return VECTORS * stride(classes) + SHARED + (classes + 1) * OWN"]
        return lines


def generate(network: Network, *, lanes: bool = True) -> str:
    """Write the complete module: generated functions, then the driver texts, then the compilation.

    Parameters
    ----------
    lanes : bool
        Vectors of rows; False writes the same kernel for one row at a time, to be run and read as plain Python, with
        the Jacobian as well.
    """
    code = _Kernel(network)
    code.totals()
    code.rhs()
    code.shared_lu, code.class_lu = write_linear(code)
    code.watch()
    if not lanes and not network.classes.species:
        code.jacobian()
    code.starts()
    texts = [files("models.engine.kernel").joinpath(f"{name}.py").read_text("utf-8") for name in DRIVER]
    head = [f'"""Kernel of the network {network.name}, generated; do not edit."""', "", "import numba"]
    if lanes:
        head.append(f"from models.engine.lanes import {OPERATIONS}, memory")
        head.append(f"from models.engine.lane_functions import {FUNCTIONS}")
    else:
        head.append(f"from models.engine.scalar import {OPERATIONS}, {FUNCTIONS}, W, get, put, spread")
    head.append("from math import erf, pi")
    if lanes:
        head += ["", f"W = {NARROW if network.classes.species else WIDE}", "get, put, spread = memory(W)"]
    tail = [f'{name} = numba.njit({name}, error_model="numpy", fastmath={{"contract"}})' for name in JITTED]
    tail.append('integrate = numba.njit(integrate, error_model="numpy", cache=True, nogil=True)')
    return "\n".join([*head, "", *code.layout(), *code.functions, "", "", *texts, *tail, ""])
