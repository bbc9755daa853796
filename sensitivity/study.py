"""The resolved study: what a study file says, checked and in plain values.

`to_json` and `from_json` are a lossless round trip through JSON, which is how a run directory keeps the study and how
a worker gets it. `identity` is the hash that names the directory: whatever changes a response is in it, whatever only
changes where it runs, how much of it, or how it is printed is not. The order of factors, groups and outputs counts,
because it is the order of the design's columns and of the stored arrays; the order of all other keys does not.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any

from sensitivity import dependence
from sensitivity.contracts import Method, OutputRequest
from sensitivity.dependence import Block
from sensitivity.distributions import Distribution
from sensitivity.factors import Factor
from sensitivity.methods.catalogue import METHODS
from sensitivity.methods.convergence import Targets
from sensitivity.quantities import Quantity
from sensitivity.splits import Split

IDENTITY = "sensitivity-identity/1"
"""Goes into the hash: a change of what it covers gets another number."""

CHECK = "andres"
"""Stage that tests what a screening decided."""

IDENTIFYING = ("fixed", "groups", "blocks", "ledger", "outputs", "quantities", "replicates", "seed")

SIZES = ("n_base", "scrambles", "trajectories", "curves", "check")
"""Settings of a method or a screening that are the size of a design."""


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
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    splits: Mapping[str, Split] = field(default_factory=dict)
    executor: ExecutorSpec = ExecutorSpec()

    @property
    def stage_names(self) -> list[str]:
        """Names of the stages, in order."""
        screen = self.screen
        names = [] if screen is None else [screen.method.name]
        if screen is not None and screen.check and screen.keep < len(self.factors):
            names.append(CHECK)
        return [*names, self.method.name]


def to_json(study: Study) -> dict[str, Any]:
    """Return the study as values that JSON can hold; whatever has an order is a list."""
    screen = study.screen
    return {
        "title": study.title,
        "context_of_use": study.context_of_use,
        "model": {"use": study.model.use, "options": _plain(study.model.options), "folder": study.model.folder},
        "factors": [
            {
                **_fields(factor),
                "distribution": {"dist": factor.distribution.dist, **_plain(factor.distribution.arguments)},
            }
            for factor in study.factors
        ],
        "fixed": _plain(study.fixed),
        "groups": [{"name": name, "members": list(members)} for name, members in study.groups.items()],
        "outputs": [_plain(asdict(output)) for output in study.outputs],
        "method": _method_to_json(study.method),
        "screen": None if screen is None else {**vars(screen), "method": _method_to_json(screen.method)},
        "seed": study.seed,
        "replicates": study.replicates,
        "max_failed": study.max_failed,
        "ci": study.ci,
        "converge": asdict(study.converge),
        "blocks": dependence.to_json(study.blocks),
        "ledger": list(study.ledger),
        "splits": {name: asdict(split) for name, split in study.splits.items()},
        "together": [{"name": name, "outputs": list(outputs)} for name, outputs in study.together.items()],
        "quantities": {name: asdict(quantity) for name, quantity in study.quantities.items()},
        "executor": asdict(study.executor),
    }


def from_json(record: Mapping[str, Any]) -> Study:
    """Rebuild the study that `to_json` wrote.

    Raises
    ------
    KeyError, TypeError, ValueError
        When the record is not one of `to_json`.
    """
    screen = record["screen"]
    return Study(
        title=record["title"],
        context_of_use=record["context_of_use"],
        model=ModelUse(**record["model"]),
        factors=tuple(_factor(entry) for entry in record["factors"]),
        fixed=record["fixed"],
        groups={group["name"]: tuple(group["members"]) for group in record["groups"]},
        outputs=tuple(OutputRequest(**_tuples(entry)) for entry in record["outputs"]),
        method=_method(record["method"]),
        screen=None if screen is None else Screen(**{**screen, "method": _method(screen["method"])}),
        seed=record["seed"],
        replicates=record["replicates"],
        max_failed=record["max_failed"],
        ci=record["ci"],
        converge=Targets(**record["converge"]),
        blocks=dependence.from_json(record["blocks"]),
        ledger=tuple(record["ledger"]),
        splits={name: Split(**entry) for name, entry in record["splits"].items()},
        together={entry["name"]: tuple(entry["outputs"]) for entry in record["together"]},
        quantities={name: Quantity(**entry) for name, entry in record["quantities"].items()},
        executor=ExecutorSpec(**record["executor"]),
    )


def identity(study: Study) -> str:
    """Hash of everything that changes a response: sha256, 64 hex digits."""
    record = to_json(study)
    screen = record["screen"]
    covered = {
        "version": IDENTITY,
        "model": {name: record["model"][name] for name in ("use", "options")},
        "factors": [{name: f[name] for name in ("name", "distribution", "unit", "nominal")} for f in record["factors"]],
        **{name: record[name] for name in IDENTIFYING},
        "method": _without_size(record["method"]),
        "screen": None if screen is None else {**_without_size(screen), "method": _without_size(screen["method"])},
    }
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Turn tuples into lists and mappings into dictionaries."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _fields(factor: Factor) -> dict[str, Any]:
    return {name: value for name, value in vars(factor).items() if name != "distribution"}


def _factor(entry: Mapping[str, Any]) -> Factor:
    law = _tuples(entry["distribution"])
    return Factor(**{**entry, "distribution": Distribution(law.pop("dist"), law)})


def _method_to_json(method: Method) -> dict[str, Any]:
    return {"method": method.name, **vars(method)}


def _method(record: Mapping[str, Any]) -> Method:
    settings = dict(record)
    module, _, name = METHODS[settings.pop("method")].where.partition(":")
    method: Method = getattr(import_module(module), name)(**settings)
    return method


def _without_size(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in SIZES}
