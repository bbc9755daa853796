"""Python source of a network's stochastic kernels: propensities, firings and jumps as straight lines.

The workspace of a row is one flat array: counts, propensities, then constants of the segment. Number i of one lane
stands at ``w[i * W + lane]``.
"""

import sympy as sp

from models.engine.coherence import NetworkError
from models.engine.expressions import Expressions
from models.engine.network import Network
from models.engine.stochastic.counts import CARGO, Channel, Counts, channels, counted


class Kernel:
    """Writes the functions of one counted network."""

    def __init__(self, network: Network, counts: Counts) -> None:
        self.network = counted(network, counts)
        self.counts = counts
        self.channels = channels(self.network)
        self.x = Expressions(self.network)
        self.names = [s.name for s in self.network.species]
        self.load = {"shared": "get(w, {i})"}
        self.batches = [[self.x.hoist(e) for e in c.drawn] for c in self.channels]
        self.cargo = [self._cargo(c) for c in self.channels]
        self.functions: list[str] = []

    def _cargo(self, channel: Channel) -> sp.Expr | None:
        """Return the molecules in a vesicle of a channel, where it has any."""
        if channel.name not in self.counts.cargo:
            return None
        if list(channel.taken.values()) != [1]:
            raise NetworkError(f"cargo: reaction '{channel.name}' must take one molecule of one species")
        return self.x.hoist(sp.Symbol(CARGO + channel.name, real=True))

    def add(self, head: str, body: list[str], result: str = "") -> None:
        """Append a function."""
        self.functions += ["", "", f"def {head}:", *(f"    {line}" for line in [*body, f"return {result}".strip()])]

    def rates(self, chosen: list[int]) -> list[str]:
        """Statements that compute some propensities as ``a_<j>`` from what `loaded` loads."""
        lines = self.x.block([(f"a_{j}", self.channels[j].rate) for j in chosen], self.load)
        lines = [line for line in lines if " = get(w, " not in line]
        for j in chosen:
            if self.cargo[j] is not None:
                (i,) = self.channels[j].taken
                lines.append(f"a_{j} = a_{j} / larger(1.0, smaller({self.cargo[j]}, {self.names[i]}))")
        return lines

    def reads(self, j: int) -> set[int]:
        """Indices of the species that a propensity depends on."""
        reached = self.network.reached(self.channels[j].rate)
        found = {i for i, name in enumerate(self.names) if self.network.symbols[name] in reached}
        return found | set(self.channels[j].taken if self.cargo[j] is not None else ())

    def starts(self) -> None:
        """Write what turns parameters and inputs into constants and first counts; last, when all are known."""
        spots = [(str(c), e) for e, c in self.x.constants.items()]
        body = [*self.x.fixed(spots), *(f"w[(tail + {i}) * W + lane] = {c}" for i, (c, _) in enumerate(spots))]
        self.add("constants(p, u, w, lane)", body)
        first = [(f"s_{i}", e) for i, e in enumerate(self.network.initial)]
        self.add(
            "initial(p, u, w, lane)",
            [*self.x.fixed(first), *(f"w[{i} * W + lane] = s_{i}" for i in range(len(first)))],
        )

    def watch(self) -> None:
        """Write the observables."""
        body = []
        for k, e in enumerate(self.network.outputs):
            block = [*self.x.block([("v", e)], self.load), "return spread(v)"]
            body += [f"if k == {k}:", *(f"    {line}" for line in block)]
        self.add("observe(k, w)", body, "spread(0.0)")

    def propensities(self) -> None:
        """Write the propensities of all channels; first, because it finds the constants."""
        every = list(range(len(self.channels)))
        rates = self.rates(every)  # before the constants that it hoists are loaded
        self.add("propensities(w)", [*self.loaded(), *rates, *(f"put(w, N + {j}, a_{j})" for j in every)])

    @property
    def size(self) -> int:
        """Numbers in the workspace of one row."""
        return len(self.names) + len(self.channels) + len(self.x.constants)

    @property
    def draws(self) -> int:
        """Random numbers that a step takes."""
        return len(self.channels) + sum(map(len, self.batches))

    def layout(self) -> list[str]:
        """Sizes and indices that the functions and the texts share."""
        return [f"N = {len(self.names)}", f"R = {len(self.channels)}", f"DRAWS = {self.draws}", "tail = N + R"]

    def loaded(self) -> list[str]:
        """Statements that load every count and constant into a local variable."""
        lines = [f"{name} = get(w, {i})" for i, name in enumerate(self.names)]
        return [*lines, *(f"{c} = get(w, tail + {i})" for i, c in enumerate(self.x.constants.values()))]

    def changes(self, j: int, moved: str) -> list[str]:
        """Statements that fire channel `j` as often as `moved` says, with its drawn coefficients in ``l_<i>``."""
        lines = []
        drawn = self.channels[j].drawn
        for i, c in self.channels[j].changes.items():
            if c.is_Integer:
                many = abs(int(c))
                amount, sign = moved if many == 1 else f"{many}.0 * {moved}", "-" if c < 0 else "+"
            else:
                sign = "-" if c.could_extract_minus_sign() else "+"
                amount = f"l_{drawn.index(-c if sign == '-' else c)}"
            lines.append(f"{self.names[i]} = {self.names[i]} {sign} {amount}")
        return lines

    def batch(self, j: int, which: int, moved: str, u: str) -> str:
        """Text of the molecules that `moved` events of channel `j` make of its drawn coefficient `which`."""
        mean, sites = self.law(j, which)
        if sites:
            return f"binomial({u}, {moved} * {sites}.0, {mean} / {sites}.0)"
        return f"{moved} * math.floor({mean}) + binomial({u}, {moved}, {mean} - math.floor({mean}))"

    def law(self, j: int, which: int) -> tuple[str, int]:
        """Text of the mean of a drawn coefficient, and its sites (0: one of two whole numbers)."""
        return str(self.batches[j][which]), self.counts.sites.get(str(self.channels[j].drawn[which]), 0)
