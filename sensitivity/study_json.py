"""A study as JSON, and its identity.

`to_json` and `from_json` are a lossless round trip, which is how a run directory keeps the study and how a worker gets
it. `identity` is the hash that names the directory: whatever changes a response is in it, whatever only changes where
it runs, how much of it, or how it is printed is not. The order of factors, groups and outputs counts, because it is
the order of the design's columns and of the stored arrays; the order of all other keys does not.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from typing import Any

from sensitivity import dependence
from sensitivity.contracts import Method, OutputRequest
from sensitivity.distributions import Distribution
from sensitivity.factors import Factor
from sensitivity.methods.catalogue import METHODS
from sensitivity.methods.convergence import Targets
from sensitivity.quantities import Quantity
from sensitivity.scenario import Scenario
from sensitivity.splits import Split
from sensitivity.study import ExecutorSpec, ModelUse, Screen, Study

IDENTITY = "sensitivity-identity/1"
"""Goes into the hash: a change of what it covers gets another number."""

IDENTIFYING = ("fixed", "groups", "blocks", "ledger", "outputs", "quantities", "replicates", "seed")

SIZES = ("n_base", "scrambles", "trajectories", "curves", "check")
"""Settings of a method or a screening that are the size of a design."""


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
        "ledger_levels": dict(study.ledger_levels),
        "splits": {name: asdict(split) for name, split in study.splits.items()},
        "together": [{"name": name, "outputs": list(outputs)} for name, outputs in study.together.items()],
        "quantities": {name: asdict(quantity) for name, quantity in study.quantities.items()},
        "executor": asdict(study.executor),
        "scenarios": [
            {"name": s.name, "options": _plain(s.options), "values": _plain(s.values)} for s in study.scenarios
        ],
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
        ledger_levels=record.get("ledger_levels", {}),
        splits={name: Split(**entry) for name, entry in record["splits"].items()},
        together={entry["name"]: tuple(entry["outputs"]) for entry in record["together"]},
        quantities={name: Quantity(**entry) for name, entry in record["quantities"].items()},
        executor=ExecutorSpec(**record["executor"]),
        scenarios=tuple(Scenario(**entry) for entry in record.get("scenarios", ())),
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
        **({"scenarios": record["scenarios"]} if study.scenarios else {}),
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
