"""The linear system of a step by block elimination: class by class, along the chain of classes, then what is shared.

The matrix is d - J with a border of shared species and totals around one block a class. Blocks of neighbours are joined
through the transferred species only. So three passes, each of a cost linear in the number of classes, need no more than
a few entries of fill: first each class eliminates what it does not transfer; then the transferred species are
eliminated from the first class to the last, each passing its Schur complement on; the border is left.
"""

import sympy as sp

from models.engine.declaration import NEXT, PREVIOUS
from models.engine.linear import Entry, eliminate
from models.engine.workspace import FLAGS, Code


def write_linear(code: Code) -> tuple[int, int]:
    """Write `factor` and `solve`; return how many numbers they keep outside the classes and in each."""
    x, network, members = code.x, code.network, code.members
    # A total that only observables read is no unknown of a step.
    idle = {i for i in range(x.n_shared, code.first_member) if x.unknowns[i] not in network.coupling}
    border = [i for i in range(code.first_member) if i not in idle]
    own = [code.first_member + i for i in range(len(members))]
    chain = [code.first_member + members.index(name) for name in network.transferred]
    following = {j: j + len(members) for j in chain}
    # Entries of the matrix d - J; a total's row says that it is the sum over classes of its terms.
    outer = {(i, j): -e for i, f in enumerate(network.derivatives) for j, e in x.gradient(f).items()}
    inner: dict[Entry, sp.Expr] = {}
    for i, name in enumerate(code.shared):
        inner |= {(i, j): -e for j, e in x.gradient(code.by_class[name]).items()}
    for i, e in enumerate(network.totals):
        if x.n_shared + i in idle:
            continue
        inner |= {(x.n_shared + i, j): -slope for j, slope in x.gradient(e).items()}
    for i, name in zip(own, members, strict=True):
        inner |= {(i, j): -e for j, e in x.gradient(code.by_class[name]).items()}
    up: dict[Entry, sp.Expr] = {}
    down: dict[Entry, sp.Expr] = {}
    for name in network.transferred:
        i = code.first_member + members.index(name)
        up |= {(following[i], j): -e for j, e in x.gradient(code.by_class[NEXT + name]).items()}
        down |= {(i, j): -e for j, e in x.gradient(code.by_class[PREVIOUS + name]).items()}

    inside_border = {entry for entry in [*outer, *inner] if entry[0] in border and entry[1] in border}
    inside_border |= {(i, i) for i in border}
    alone = [i for i in own if i not in chain]
    first = eliminate(alone, [*chain, *border], set(inner) | {(i, i) for i in own} | inside_border)
    links = {(following[i], following[j]) for i, j in first.pattern if i in chain and j in chain}
    links |= {(following[i], j) for i, j in first.pattern if i in chain and j in border}
    links |= {(i, following[j]) for i, j in first.pattern if i in border and j in chain}
    backs = {(i, following[j]) for i, j in down}
    pattern = set(first.pattern)
    second = eliminate(chain, [*following.values(), *border], pattern | links | set(up) | backs)
    # What the chain fills in, it fills in for the next class too.
    back_home = {j: i for i, j in following.items()}
    while True:
        filled = {(back_home.get(i, i), back_home.get(j, j)) for i, j in second.pattern}
        if filled <= pattern:
            break
        pattern |= filled
        links = {(following.get(i, i), following.get(j, j)) for i, j in pattern}
        second = eliminate(chain, [*following.values(), *border], pattern | links | set(up) | backs)
    pattern |= {(i, j) for i, j in second.pattern if i in border and j in border}
    pattern |= {(i, i) for i in border}
    wide = {(i, j) for i, j in pattern if i in border and j in border}
    first = eliminate(alone, [*chain, *border], set(inner) | {(i, i) for i in own} | pattern)
    second = eliminate(chain, [*following.values(), *border], pattern | links | set(up) | backs)
    last = eliminate(border, [], wide)

    # Where a class keeps its numbers: constants, factors, what the chain elimination reads, its factors.
    joined = sorted((i, j) for i, j in pattern if not (i in border and j in border))
    spots = {name: i for i, name in enumerate([
        *(f"first {name}" for name in first.stored), *(f"join {i} {j}" for i, j in joined),
        *(f"up {i} {j}" for i, j in up), *(f"down {i} {j}" for i, j in down),
        *(f"second {name}" for name in second.stored),
    ])}  # fmt: skip

    def spot(kind: str, name: str, next_class: bool = False) -> str:
        return f"own + CLASS_LU{' + OWN' if next_class else ''} + {spots[f'{kind} {name}']}"

    body = ["totals(w, Y, classes)"] if x.n_totals else []
    body += x.block([(f"j_{i}_{j}", e) for (i, j), e in outer.items()], code.loads("Y"))
    for i, j in sorted(wide):
        start = (["d"] if i < x.n_shared else ["1.0"]) if i == j else []
        start += [f"j_{i}_{j}"] if (i, j) in outer else []
        body.append(f"a_{i}_{j} = spread({' + '.join(start) or '0.0'})")
    flags = [*FLAGS] if chain else []
    named = [*((f"j_{i}_{j}", e) for (i, j), e in inner.items()), *((f"up_{i}_{j}", e) for (i, j), e in up.items())]
    named += [(f"down_{i}_{j}", e) for (i, j), e in down.items()]
    inside = flags + (x.block(named, code.loads("Y")) if members else [])
    for i, j in inner:
        if (i, j) in wide:
            inside.append(f"a_{i}_{j} += j_{i}_{j}")
        elif i != j:
            inside.append(f"a_{i}_{j} = j_{i}_{j}")
    inside += [f"a_{i}_{i} = d + j_{i}_{i}" if (i, i) in inner else f"a_{i}_{i} = d" for i in own]
    known = set(inner) | {(i, i) for i in own} | wide
    inside += [f"a_{i}_{j} = spread(0.0)" for i, j in sorted(pattern - known)]
    inside += first.factor
    inside += [f"put(w, {spot('first', name)}, {name})" for name in first.stored]
    inside += [f"put(w, {spot('join', f'{i} {j}')}, a_{i}_{j})" for i, j in joined]
    inside += [f"put(w, {spot('up', f'{i} {j}')}, up_{i}_{j})" for i, j in up]
    inside += [f"put(w, {spot('down', f'{i} {j}')}, down_{i}_{j})" for i, j in down]
    body += code.per_class(inside)
    if chain:
        inside = [f"a_{i}_{j} = get(w, {spot('join', f'{i} {j}')})" for i, j in joined]
        inside += [
            f"a_{following.get(i, i)}_{following.get(j, j)} = get(w, {spot('join', f'{i} {j}', True)})"
            for i, j in joined
        ]
        inside += [f"a_{i}_{j} = get(w, {spot('up', f'{i} {j}')})" for i, j in up]
        inside += [f"a_{i}_{following[j]} = get(w, {spot('down', f'{i} {j}', True)})" for i, j in down]
        inside += second.factor
        inside += [f"put(w, {spot('second', name)}, {name})" for name in second.stored]
        inside += [
            f"put(w, {spot('join', f'{i} {j}', True)}, a_{following.get(i, i)}_{following.get(j, j)})"
            for i, j in joined
        ]
        body += code.per_class(inside)
    body += [*last.factor, *(f"put(w, tail + LU + {k}, {name})" for k, name in enumerate(last.stored))]
    code.add("factor(w, d, classes)", body)

    where = {i: f"R * n + {i}" for i in range(x.n_shared)}
    where |= {i: f"R * n + base + {i - code.first_member}" for i in own}
    where |= {following[i]: f"R * n + base + M + {i - code.first_member}" for i in chain}
    used = "\n".join([*first.forward, *second.forward])
    body = [f"r_{i} = get(w, {where[i]})" for i in range(x.n_shared)]
    body += [f"r_{i} = spread(0.0)" for i in border[x.n_shared :]]
    for stage, name, unknowns in ((first, "first", own), (second, "second", [*chain, *following.values()])):
        if not stage.order:
            continue
        touched = [i for i in unknowns if f"r_{i} " in used or i in stage.order]
        inside = [f"{s} = get(w, {spot(name, s)})" for s in stage.stored if s[0] in "l"]
        inside += [f"r_{i} = get(w, {where[i]})" for i in touched]
        inside += [*stage.forward, *(f"put(w, {where[i]}, r_{i})" for i in touched)]
        body += code.per_class(inside)
    body += [f"{s} = get(w, tail + LU + {k})" for k, s in enumerate(last.stored)]
    body += [*last.forward, *last.backward]
    body += [f"put(w, {where[i].replace('R * n', 'into')}, r_{i})" for i in range(x.n_shared)]
    for stage, name, unknowns in ((second, "second", [*chain, *following.values()]), (first, "first", own)):
        if not stage.order and stage is second:
            continue
        inside = [f"{s} = get(w, {spot(name, s)})" for s in stage.stored if s[0] in "da"]
        inside += [f"r_{i} = get(w, {where[i]})" for i in unknowns]
        written = [f"put(w, {where[i]}, r_{i})" for i in stage.order]
        if stage is first:
            written = [f"put(w, {where[i].replace('R * n', 'into')}, r_{i})" for i in own]
        body += code.per_class([*inside, *stage.backward, *written], backwards=True)
    code.add("solve(w, into, classes)", body)
    return len(last.stored), len(spots)
