"""Firings of channels as text: one exact event, a binomial leap, a step of the chemical Langevin equation."""

from collections.abc import Iterator

from models.engine.stochastic.kernels import Kernel


def exact(kernel: Kernel) -> None:
    """Write ``advance``: events one after another until a time or a number of them, counts in local variables.

    A binary tree of partial sums finds the channel, and an event recomputes only what reads the species it changed.
    """
    count = len(kernel.channels)
    sums: list[str] = []

    def node(low: int, high: int) -> str:
        if high - low == 1:
            return f"a_{low}"
        middle = (low + high) // 2
        sums.append(f"s_{low}_{high} = {node(low, middle)} + {node(middle, high)}")
        return f"s_{low}_{high}"

    def choose(low: int, high: int) -> Iterator[str]:
        if high - low == 1:
            yield from _event(kernel, low)
            return
        middle = (low + high) // 2
        left = f"a_{low}" if middle - low == 1 else f"s_{low}_{middle}"
        yield f"if v < {left}:"
        yield from (f"    {line}" for line in choose(low, middle))
        yield "else:"
        yield f"    v -= {left}"
        yield from (f"    {line}" for line in choose(middle, high))

    root = node(0, count)
    draw = "u, g_0, g_1, g_2, g_3 = draw(g_0, g_1, g_2, g_3)"
    body = [
        *kernel.loaded(),
        *kernel.rates(list(range(count))),
        *sums,
        "g_0, g_1, g_2, g_3 = r_0[0], r_0[1], r_0[2], r_0[3]",
        "d = d_0[0]",
        "k = 0",
        "if d < 0.0:",
        f"    {draw}",
        f"    d = -d - 1.0 + waiting(u, {root})",
        "while d <= h and k < n:",
        f"    {draw}",
        f"    v = u * {root}",
        *(f"    {line}" for line in choose(0, count)),
        "    k += 1",
        *(f"    {line}" for line in sums),
        f"    {draw}",
        f"    d += waiting(u, {root})",
        "r_0[0], r_0[1], r_0[2], r_0[3] = g_0, g_1, g_2, g_3",
        "d_0[0] = d",
        *(f"put(w, {i}, {name})" for i, name in enumerate(kernel.names)),
    ]
    kernel.add("advance(w, r_0, d_0, h, n)", body, "k")


def _event(kernel: Kernel, j: int) -> Iterator[str]:
    """Fire channel `j` once and renew what depends on it."""
    channel = kernel.channels[j]
    moved = "1.0"
    if kernel.cargo[j] is not None:
        (i,) = channel.taken
        yield f"m = larger(1.0, smaller({kernel.cargo[j]}, {kernel.names[i]}))"
        moved = "m"
    for which in range(len(channel.drawn)):
        yield "u, g_0, g_1, g_2, g_3 = draw(g_0, g_1, g_2, g_3)"
        yield f"l_{which} = {kernel.batch(j, which, moved, 'u')}"
    yield from kernel.changes(j, moved)
    renewed = [o for o in range(len(kernel.channels)) if kernel.reads(o) & set(channel.changes)]
    if renewed:
        yield from kernel.rates(renewed)
    elif not channel.changes:
        yield "pass"


def leap(kernel: Kernel) -> None:
    """Write ``step``: every channel fires a number of times, one channel after another on what is left.

    A channel that takes molecules fires binomially out of those that are there, the others Poisson: no count becomes
    negative and what one pool loses another gains, whatever the step. A first-order loss has its exact variance.
    """
    body = ["propensities(w)", *kernel.loaded()]
    at = 0
    for j, channel in enumerate(kernel.channels):
        mean, u = f"get(w, N + {j}) * h", f"uniform(g_0[0], g_0[W], 0, k, {at}, 0)"
        at += 1
        moved = "v"
        if channel.taken:
            there = [f"{kernel.names[i]} // {n}.0" if n > 1 else kernel.names[i] for i, n in channel.taken.items()]
            body.append(f"d = {there[0]}")
            body += [f"d = smaller(d, {other})" for other in there[1:]]
            if kernel.cargo[j] is not None:
                body += [f"m = larger(1.0, smaller({kernel.cargo[j]}, d))", "n = math.ceil(d / m)"]
                body += [f"v = smaller(binomial({u}, n, {mean} / larger(n, 1.0)) * m, d)"]
            else:
                body.append(f"v = binomial({u}, d, {mean} / larger(d, 1.0))")
        else:
            body.append(f"v = poisson({u}, {mean})")
        for which in range(len(channel.drawn)):
            u = f"uniform(g_0[0], g_0[W], 0, k, {at}, 0)"
            body.append(f"l_{which} = {kernel.batch(j, which, moved, u)}")
            at += 1
        body += kernel.changes(j, moved)
    body += [f"put(w, {i}, {name})" for i, name in enumerate(kernel.names)]
    kernel.add("step(w, g_0, k, h, z_0)", body)


def langevin(kernel: Kernel) -> None:
    """Write ``step``: Euler-Maruyama on the extents of the channels, so that what one pool loses another gains.

    An extent ends where a pool would become negative.
    """
    body = ["propensities(w)", "noise(g_0, k, z_0)", *kernel.loaded()]
    at = 0
    for j, channel in enumerate(kernel.channels):
        body += [f"d = larger(get(w, N + {j}), 0.0) * h", f"v = d + sqrt(d) * get(z_0, {at})"]
        at += 1
        if kernel.cargo[j] is not None:
            (i,) = channel.taken
            body += [f"m = larger(1.0, smaller({kernel.cargo[j]}, {kernel.names[i]}))", "d, v = d * m, v * m"]
        for i, change in channel.changes.items():
            if change.is_Integer and i not in channel.sums:
                limit = "smaller(v, {0})" if change < 0 else "larger(v, -{0})"
                many = abs(int(change))
                name = kernel.names[i]
                body.append(f"v = {limit.format(name if many == 1 else f'({name} / {many}.0)')}")
        for which in range(len(channel.drawn)):
            mean, sites = kernel.law(j, which)
            spread = f"{mean} * (1.0 - {mean} / {sites}.0)" if sites else f"fraction_of({mean})"
            # By the expected firings: the drawn ones are negative half of the time where a step is short, and the mean
            # of the others is then far above the expected.
            body.append(f"l_{which} = {mean} * v + sqrt(d * ({spread})) * get(z_0, {at})")
            at += 1
        body += kernel.changes(j, "v")
    body += [f"put(w, {i}, {name})" for i, name in enumerate(kernel.names)]
    kernel.add("step(w, g_0, k, h, z_0)", body)


WRITERS = {"ssa": exact, "tau": leap, "langevin": langevin}
"""What writes the moves of each tier."""
