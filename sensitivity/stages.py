"""The stages of a study: a screening and its check, where it has one, and the stage that answers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from sensitivity.contracts import Method, OutputRequest
from sensitivity.methods.andres import Andres
from sensitivity.stage import Stage
from sensitivity.streams import Purpose, key
from sensitivity.study import Study

T = TypeVar("T")


def screening_stage(study: Study) -> Stage:
    """First stage of a screened study: every factor, along Morris trajectories."""
    assert study.screen is not None
    return _stage(study, study.screen.method, key(study.seed, Purpose.SCREEN))


def main_stage(study: Study, kept: "list[str] | None" = None) -> Stage:
    """The stage that answers the study, over the kept factors only when it was screened."""
    return _stage(study, study.method, study.seed, kept)


def nominal(study: Study) -> dict[str, float]:
    """Nominal point of a study, in the model's units."""
    return {**main_stage(study).frozen, **{factor.name: factor.nominal * factor.scale for factor in study.factors}}


def check_stage(study: Study, kept: list[str]) -> Stage:
    """Between them: whether the factors that the screening kept explain the outputs."""
    assert study.screen is not None
    whole = _stage(study, Andres(study.screen.check), key(study.seed, Purpose.SCREEN_CHECK))
    dropped = [factor.name for factor in study.factors if factor.name not in kept]
    return replace(whole, groups={"kept": tuple(kept), "dropped": tuple(dropped)})


def all_stages(study: Study) -> list[Stage]:
    """Every stage, as far as it is known before a screening has run: the first factors stand for those it will keep."""
    if study.screen is None:
        return [main_stage(study)]
    kept = [factor.name for factor in study.factors[: study.screen.keep]]
    check = [check_stage(study, kept)] if study.screen.check and len(kept) < len(study.factors) else []
    return [screening_stage(study), *check, main_stage(study, kept)]


def _stage(study: Study, method: Method, seed: int, kept: "list[str] | None" = None) -> Stage:
    varied = tuple(f for f in study.factors if kept is None or f.name in kept)
    # A group that lost a member to the screening would be ranked under a name that promises more.
    whole = {name: members for name, members in study.groups.items() if {*members} <= {f.name for f in varied}}
    dropped = {f.name: f.nominal * f.scale for f in study.factors if f not in varied}
    return Stage(
        name=method.name,
        method=method,
        factors=varied,
        frozen={**study.fixed, **dropped},
        groups=whole,
        outputs=_outputs(study),
        seed=seed,
        replicates=study.replicates,
        blocks=study.blocks,
        ledger=_ledger(study, {f.name for f in varied}) if method is study.method else {},
        quantities=by_output(study, study.quantities),
    )


def _outputs(study: Study) -> tuple[OutputRequest, ...]:
    """Outputs of every scenario side by side, by the names that `scenario_model` gives them."""
    if not study.scenarios:
        return study.outputs
    return tuple(replace(o, name=f"{o.name}, {label}") for label in study.labels for o in study.outputs)


def by_output(study: Study, values: Mapping[str, T]) -> dict[str, T]:
    """What a study says of outputs, said of their names in a stage: of every scenario, and of no difference."""
    if not study.scenarios:
        return dict(values)
    return {f"{name}, {scenario.name}": value for name, value in values.items() for scenario in study.scenarios}


def _ledger(study: Study, varied: set[str]) -> dict[str, tuple[str, ...]]:
    """Entries of the ledger with the factors that the stage varies: those that it holds fixed explain nothing."""
    named = {**study.groups, **{name: block.members for name, block in study.blocks.items()}}
    members = {entry: named.get(entry, (entry,)) for entry in study.ledger}  # levels without a factor fall out below
    kept = {entry: tuple(name for name in names if name in varied) for entry, names in members.items()}
    return {entry: names for entry, names in kept.items() if names}
