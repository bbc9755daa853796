"""The resolved study: what a study file says, checked and in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sensitivity.contracts import Method, OutputRequest
from sensitivity.dependence import Block
from sensitivity.factors import Factor
from sensitivity.methods.convergence import Targets
from sensitivity.quantities import Quantity
from sensitivity.scenario import Scenario
from sensitivity.splits import Split

CHECK = "andres"
"""Stage that tests what a screening decided."""


@dataclass(frozen=True)
class ModelUse:
    """A model by name.

    Attributes
    ----------
    use : str
        ``"module:object"``.
    options : mapping
        Keyword arguments of a model's constructor: plain values of a study file.
    folder : str
        Folder of the study file, searched last for the module.
    """

    use: str
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: str = "."


@dataclass(frozen=True)
class Screen:
    """A screening that comes before the main method and passes on the `keep` strongest factors.

    `check` random points, each of three runs, test the decision (`sensitivity.methods.andres`); 0 for none.
    """

    method: Method
    keep: int
    check: int = 64


@dataclass(frozen=True)
class ExecutorSpec:
    """Where chunks run, by name in `sensitivity.executors.catalogue`; None is chosen by the program.

    `options` are the keys that this kind of executor has.
    """

    kind: str = "joblib"
    workers: int | None = None
    chunk_size: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """One question, ready to run.

    Attributes
    ----------
    factors : tuple of Factor
        Varied, in the order of the design's columns.
    fixed : mapping of str to float
        Factors that the study holds constant, in the model's units.
    groups : mapping of str to tuple of str
        Factors ranked together.
    blocks : mapping of str to Block
        Factors that depend on each other, ranked like one factor.
    outputs : tuple of OutputRequest
    method : Method
    screen : Screen or None
    quantities : mapping of str to Quantity
        What is analysed of an output's distribution over the replicates; the mean where nothing is said.
    ledger : tuple of str
        Factors and groups whose shares of the variance are added up, in this order.
    together : mapping of str to tuple of str
        Outputs that also get one index together.
    splits : mapping of str to Split
        Which runs are called resistant, by output.
    seed : int
        Root of all randomness, 0 included.
    replicates : int
        Runs at each point.
    max_failed : float
        Share of failed runs above which the study stops.
    ci : float
        Confidence level of the intervals.
    ledger_levels : mapping of str to str
        Entries of the ledger that no factor stands for, with the reason why their share is 0; none: they are the noise.
    scenarios : tuple of Scenario
        Two or more, of which the others are compared with the first; none where the study has but one setting.
    converge : Targets
        When the design counts as large enough.
    """

    title: str
    context_of_use: str
    model: ModelUse
    factors: tuple[Factor, ...]
    fixed: Mapping[str, float]
    groups: Mapping[str, tuple[str, ...]]
    outputs: tuple[OutputRequest, ...]
    method: Method
    screen: Screen | None
    seed: int
    replicates: int = 1
    max_failed: float = 0.05
    ci: float = 0.95
    converge: Targets = field(default_factory=Targets)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    ledger: tuple[str, ...] = ()
    ledger_levels: Mapping[str, str] = field(default_factory=dict)
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    splits: Mapping[str, Split] = field(default_factory=dict)
    executor: ExecutorSpec = ExecutorSpec()
    scenarios: tuple[Scenario, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the dimension ``scenario``: the scenarios, and the differences of the others to the first.

        No differences where an output is analysed by another quantity than its mean: a probability or a quantile of
        a difference is none of the output.
        """
        names = tuple(scenario.name for scenario in self.scenarios)
        return names if self.quantities else (*names, *(f"{name} - {names[0]}" for name in names[1:]))

    @property
    def stage_names(self) -> list[str]:
        """Names of the stages, in order."""
        screen = self.screen
        names = [] if screen is None else [screen.method.name]
        if screen is not None and screen.check and screen.keep < len(self.factors):
            names.append(CHECK)
        return [*names, self.method.name]
