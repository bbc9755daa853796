"""The generated functions of one network while they are written: names, indices and loops that they share."""

from collections.abc import Iterable

from models.engine.declaration import NEXT, PREVIOUS
from models.engine.expressions import Expressions
from models.engine.network import Network

VECTORS = ("Y", "Z", "R", "Y1", "K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "D1", "D2", "D3", "FLOOR")
"""State-sized blocks of the workspace; see `models.engine.kernel`."""

LOADS = {
    **{kind: f"get(w, {{source}} * n + {first}{{i}})" for kind, first in (("shared", ""), ("member", "base + "))},
    "total": "get(w, tail + TOTALS + {i})",
}

FLAGS = ("has_next = 0.0 if k == classes - 1 else 1.0", "has_previous = 0.0 if k == 0 else 1.0")
"""Whether a class has neighbours, as factors of the transfers."""


class Code:
    """Collects the generated functions of one network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.x = Expressions(network)
        self.shared = [s.name for s in network.species]
        self.members = [s.name for s in network.classes.species]
        self.first_member = self.x.n_shared + self.x.n_totals
        self.by_class = network.changes_by_class(
            [*self.shared, *self.members, *(side + name for side in (NEXT, PREVIOUS) for name in self.members)]
        )
        self.shared_lu = self.class_lu = 0
        self.functions: list[str] = []

    def loads(self, source: str) -> dict[str, str]:
        """Return how unknowns are read from the block `source`."""
        return {kind: load.replace("{source}", source) for kind, load in LOADS.items()}

    def add(self, head: str, body: Iterable[str], *, tail: bool = True, result: str = "") -> None:
        """Append a function; `tail` adds the local names of the layout."""
        lines = ["n = stride(classes)", "tail = VECTORS * n"] if tail else []
        self.functions += ["", "", f"def {head}:", *(f"    {line}" for line in [*lines, *body]), f"    return {result}"]

    def per_class(self, body: Iterable[str], *, backwards: bool = False) -> list[str]:
        """Repeat `body` for every class."""
        head = "for m in range(classes):"
        which = ["k = classes - 1 - m" if backwards else "k = m", "base = N + k * M", "own = tail + SHARED + k * OWN"]
        return [head, *(f"    {line}" for line in [*which, *body])] if self.members else []
