"""Which treatment of molecular noise a run gets, and by which rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.engine.network import Network
from models.engine.requests import Output, OutputLike
from models.engine.solver import FloatArray, Schedule, Solution
from models.engine.stochastic.codegen import TIERS as SAMPLED
from models.engine.stochastic.counts import Counts
from models.engine.stochastic.lineages import SAMPLED_BELOW

TIERS = {
    "ode": "no noise",
    "langevin": "chemical Langevin equation",
    "tau": "binomial and Poisson leaps",
    "ssa": "every event",
    "auto": "every event where molecules are few, else no noise",
}
"""What a model's option ``tier`` may say, with its meaning."""

FEW = 1e3
"""Molecules below which noise is simulated: above, its share in what differs from cell to cell is below 1e-3."""


@dataclass(frozen=True)
class Tier:
    """The tier of a model's runs; `step` in hours, for leaps and the Langevin equation."""

    name: str
    step: float

    def __post_init__(self) -> None:
        if not 0.0 < self.step < np.inf:
            raise ValueError(f"option 'step' must be positive and finite, got {self.step!r} hours")

    def rule(self) -> str:
        """Return what a result should say of how its tier was chosen."""
        if self.name == "auto":
            return f"auto: a row is exact where fewer than {FEW:g} scarce molecules are expected throughout, else ode"
        return f"{self.name}: chosen by the study ({TIERS[self.name]})"

    def run(
        self,
        network: Network,
        counts: Counts,
        schedule: Schedule,
        columns: Mapping[str, FloatArray],
        streams: NDArray[np.uint64],
        outputs: Sequence[OutputLike],
        status: NDArray[np.int64],
        exact: NDArray[np.bool_],
        mean: Callable[[NDArray[np.int64], Sequence[OutputLike]], Solution],
    ) -> Solution:
        """Run every row whose status is 0, and mark in `exact` those that are simulated event by event."""
        from models.engine.stochastic.simulate import simulate, sizes  # it imports numba

        def chance(status: NDArray[np.int64], tier: str) -> Solution:
            return simulate(
                network, counts, columns, streams, outputs, tier=tier, schedule=schedule, step=self.step, status=status
            )

        if self.name in SAMPLED:
            exact |= (self.name == "ssa") & (status == 0)
            return chance(status, self.name)
        horizon = max(o.times[-1] if o.times is not None else o.window[1] if o.window else 0.0 for o in outputs)
        most = Output("most", counts.scarce, "max", (0.0, max(horizon, 1e-3)))
        plain = mean(status, [*outputs, most])
        factor = dict((o.name, o.unit) for o in network.observables)[counts.scarce]
        expected = plain.values["most"] * sizes(network, counts, columns, len(streams), factor)
        few = (plain.status == 1) & (expected < FEW)
        exact |= few
        if not np.any(few):
            return plain
        drawn = chance(np.where(few, 0, np.where(plain.status == 0, 6, plain.status)), "ssa")
        values = {
            o.name: np.where(few if plain.values[o.name].ndim == 1 else few[:, None], drawn.values[o.name],
                             plain.values[o.name])
            for o in outputs
        }  # fmt: skip
        return Solution(values, np.where(few, drawn.status, plain.status), np.where(few, drawn.steps, plain.steps),
                        plain.attempts, np.where(few, drawn.failed_at, plain.failed_at))  # fmt: skip


DEMOGRAPHY = {
    "auto": f"sampled where fewer than {SAMPLED_BELOW:g} founders are expected to survive, else the mean field",
    "sampled": "sampled everywhere",
    "mean": "the mean field everywhere",
}
"""What an option ``demography`` may say, with its meaning."""


def demography(founders: FloatArray, choice: str = "auto") -> NDArray[np.bool_]:
    """Tell where the chance of few founders is sampled, (n,).

    Parameters
    ----------
    founders : (n,)
        Expected surviving founders of resistant clones.
    choice : str
        A key of `DEMOGRAPHY`.
    """
    few = np.asarray(founders) < SAMPLED_BELOW
    return {"auto": few, "sampled": np.ones_like(few), "mean": np.zeros_like(few)}[choice]
