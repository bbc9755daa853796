"""Estimated against exact indices: every index inside its interval about as often as the interval says."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from sensitivity.contracts import FloatArray, OutputRequest, Status, StreamArray, Sums
from sensitivity.errors import SelftestFailed
from sensitivity.factors import Factor
from sensitivity.methods.intervals import t_quantile
from sensitivity.methods.sobol import Sobol, default_scrambles
from sensitivity.selftest.functions import FUNCTIONS, ExactFunction
from sensitivity.stage import Stage, evaluate
from sensitivity.statistics import Piece, leaf_sums, totals, whole_leaves

SEED = 20261123
REPLICATES = 4
"""Runs a point of a stochastic function."""

CI = 0.95
WINDOW = (0.93, 0.97)
"""Share of the indices inside their intervals that a sound installation shows at `SEED`."""

FAMILY = 0.001
"""Probability that any index of a sound installation lies beyond its widest bound."""


@dataclass(frozen=True)
class ExactModel:
    """An exact function as a model of the framework."""

    function: ExactFunction

    def simulate(
        self, parameters: Mapping[str, FloatArray], streams: StreamArray, request: Sequence[OutputRequest]
    ) -> xr.Dataset:
        """Run n rows; see `sensitivity.contracts.Model`."""
        x = np.column_stack([parameters[f"x{i + 1}"] for i in range(len(self.function.laws))])
        y = self.function.evaluate(x, _uniform(streams, self.function.draws))
        dims = ("run", "time_y")[: y.ndim]
        return xr.Dataset({"y": (dims, y), "status": ("run", np.full(len(y), Status.OK, dtype=np.int8))})


def _uniform(streams: StreamArray, draws: int) -> FloatArray:
    """First numbers of each stream: 52 random bits in the middle of their cells, so that neither 0 nor 1 comes out."""
    if not draws:
        return np.empty((len(streams), 0))
    raw = np.array([np.random.Philox(key=stream).random_raw(draws) for stream in streams], dtype=np.uint64)
    return np.asarray(((raw >> np.uint64(12)) * 2.0 + 1.0) * 2.0**-53)


@dataclass(frozen=True)
class Comparison:
    """One index of one function (at one time): exact, estimated, its interval."""

    function: str
    index: str
    factor: str
    exact: float
    estimate: float
    low: float
    high: float
    errors: float
    """Distance from the exact value in standard errors; 0 where both are exactly zero."""

    @property
    def trivial(self) -> bool:
        """An index that is exactly zero by construction says nothing about intervals."""
        return self.exact == self.estimate == self.low == self.high

    @property
    def inside(self) -> bool:
        """Whether the interval holds the exact value."""
        return self.low <= self.exact <= self.high


def stage_of(function: ExactFunction, n_base: int, seed: int, scrambles: int | None = None) -> Stage:
    """Build the stage that a study of the function would have."""
    times = function.times or None
    method = Sobol(n_base, scrambles or default_scrambles(n_base), second_order="S2" in function.exact)
    factors = tuple(Factor(f"x{i + 1}", law, "1", float(law.ppf(np.array([0.5]))[0]))
                    for i, law in enumerate(function.laws))  # fmt: skip
    output = OutputRequest("y", "y", "1", times=times) if times else OutputRequest("y", "y", "1", reduce="last")
    shift = (0.0,) * output.size
    return Stage("sobol", method, factors, {}, {}, (output,), seed, REPLICATES if function.draws else 1, shift)


def compare(function: ExactFunction, n_base: int = 4096, seed: int = SEED) -> list[Comparison]:
    """Estimate every index of a function through designs, leaves and the merging tree of a real run.

    Parameters
    ----------
    n_base : int
        Base samples, a power of two.
    """
    stage, model = stage_of(function, n_base, seed), ExactModel(function)
    layout = stage.method.layout
    leaves: dict[int, Sums] = {}
    for start in range(0, layout.blocks, layout.rows):
        stop = start + layout.rows
        y = evaluate(stage, model, stage.design(start, stop)).y  # type: ignore[arg-type]
        leaves |= {a: leaf_sums(stage, a, y[a - start : b - start]) for a, b in whole_leaves(stage, start, stop)}
    found = stage.method.estimates(totals(stage, [Piece(leaves, {})]), CI, stage.pools)
    names = [factor.name for factor in stage.factors]
    result = []
    for index in ("S1", "ST", "S2"):
        if index not in found:
            continue
        exact, estimate = function.index(index), found[index]
        for where in np.ndindex(exact.shape):
            *units, element = where
            if units != sorted(set(units)):  # each pair once, no factor with itself
                continue
            truth, value, se = float(exact[where]), float(estimate.value[where]), float(estimate.se[where])
            low, high = (float(bound[where]) for bound in estimate.ci)
            label = function.name + (f" t={function.times[element]:g}" if function.times else "")
            factor = " ".join(names[k] for k in units)
            errors = _standard_errors(abs(value - truth), se)
            result.append(Comparison(label, index, factor, truth, value, low, high, errors))
    return result


def _standard_errors(off: float, se: float) -> float:
    """Distance in standard errors; infinite where either is undefined, or a wrong value is given as certain."""
    if off == 0.0:
        return 0.0
    return float(off / se) if np.isfinite(off) and se > 0.0 else float("inf")


@dataclass(frozen=True)
class Report:
    """All comparisons and the verdict on them."""

    comparisons: tuple[Comparison, ...]
    scrambles: int

    @property
    def counted(self) -> tuple[Comparison, ...]:
        """Those that say something about intervals."""
        return tuple(c for c in self.comparisons if not c.trivial)

    @property
    def share_inside(self) -> float:
        """Share of the counted indices that lie inside their intervals."""
        return float(np.mean([c.inside for c in self.counted]))

    @property
    def bound(self) -> float:
        """Standard errors beyond which no index of a sound installation lies, but once in 1000 times."""
        return float(t_quantile(1.0 - FAMILY / len(self.counted), self.scrambles - 1.0))

    @property
    def beyond(self) -> tuple[Comparison, ...]:
        """Indices that lie beyond the bound."""
        return tuple(c for c in self.counted if c.errors > self.bound)

    @property
    def sound(self) -> bool:
        """Whether nothing lies beyond the bound and the share inside is in the window."""
        return not self.beyond and WINDOW[0] <= self.share_inside <= WINDOW[1]

    def document(self) -> dict[str, Any]:
        """Return everything as plain values."""
        rows = [asdict(c) | {"inside": c.inside} for c in self.comparisons]
        return {"sound": self.sound, "indices": len(self.counted), "share_inside": self.share_inside,
                "bound_standard_errors": self.bound, "largest_standard_errors": max(c.errors for c in self.counted),
                "beyond": [f"{c.function} {c.index} {c.factor}" for c in self.beyond], "comparisons": rows}  # fmt: skip

    @property
    def summary(self) -> str:
        """The verdict's numbers in words."""
        return (
            f"{self.share_inside:.1%} of {len(self.counted)} indices are inside their intervals (expected "
            f"{WINDOW[0]:.0%} to {WINDOW[1]:.0%}), {len(self.beyond)} lie beyond {self.bound:.1f} standard errors"
        )

    def require_sound(self) -> None:
        """Raise `SelftestFailed` with what is wrong, unless all is sound."""
        if self.sound:
            return
        worst = sorted(self.beyond, key=lambda c: -c.errors)[:5]
        named = "".join(f"\n  {c.function} {c.index} {c.factor}: {c.estimate:.5f}, exactly {c.exact:.5f}, "
                        f"{c.errors:.1f} standard errors off" for c in worst)  # fmt: skip
        raise SelftestFailed(
            f"self-test failed: {self.summary}{named}\nThis installation gives wrong indices. Compare the versions of "
            "NumPy, SciPy and SALib with those that pyproject.toml allows, install into a fresh environment and run it "
            "again."
        )


def selftest(n_base: int = 4096, seed: int = SEED) -> Report:
    """Compare every function of `FUNCTIONS`."""
    comparisons = [c for function in FUNCTIONS for c in compare(function, n_base, seed)]
    return Report(tuple(comparisons), default_scrambles(n_base))
