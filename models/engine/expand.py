"""A network with classes as one without: every class written out, for simulators that know nothing of classes."""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.engine.declaration import NEXT, PREVIOUS, Parameter, Reaction, Rule
from models.engine.network import NO_CLASSES, Network
from models.engine.solver import FloatArray

_NAME = re.compile(r"\b[a-z]\w*")


def member(name: str, k: int) -> str:
    """Return how something declared for every class is called in class `k`."""
    return f"{name}_of_{k}"


def expanded(network: Network, classes: Mapping[str, FloatArray]) -> Network:
    """Write out every class of `network`.

    Parameters
    ----------
    classes : mapping of name to (K,) array
        Parameters of the classes, in declared units; they become parameters named by `member`, with these nominals.
    """
    inside = network.classes
    count = len(next(iter(classes.values())))
    inner = {item.name for item in (*inside.species, *inside.parameters, *inside.rules)}

    def at(text: str, k: int) -> str:
        return _NAME.sub(lambda found: member(found[0], k) if found[0] in inner else found[0], text)

    species, reactions, rules = list(network.species), list(network.reactions), list(network.rules)
    parameters: list[Parameter] = list(network.parameters)
    for k in range(count):
        for p in inside.parameters:
            parameters.append(replace(p, name=member(p.name, k), nominal=float(np.asarray(classes[p.name])[k])))
        species += [replace(s, name=member(s.name, k), initial=at(s.initial, k)) for s in inside.species]
        rules += [replace(r, name=member(r.name, k), expression=at(r.expression, k)) for r in inside.rules]
        reactions += [moved for r in inside.reactions if (moved := _reaction(r, k, count, inner, at))]
    for total in inside.totals:
        terms = " + ".join(f"({at(total.expression, k)})" for k in range(count))
        rules.append(Rule(total.name, terms, total.unit, total.meaning))
    return replace(
        network, species=species, parameters=parameters, reactions=reactions, rules=_in_order(rules),
        classes=NO_CLASSES,
    )  # fmt: skip


def _reaction(reaction: Reaction, k: int, count: int, inner: set[str], at) -> Reaction | None:  # type: ignore[no-untyped-def]
    """Write one class's reaction; None where it leads to a neighbour that is not there."""
    changes = {}
    for name, coefficient in reaction.stoichiometry.items():
        step = 1 if name.startswith(NEXT) else -1 if name.startswith(PREVIOUS) else 0
        bare = name.removeprefix(NEXT).removeprefix(PREVIOUS)
        if not 0 <= k + step < count:
            return None
        changes[member(bare, k + step) if bare in inner else bare] = at(coefficient, k)
    return replace(reaction, name=member(reaction.name, k), rate=at(reaction.rate, k), stoichiometry=changes)


def _in_order(rules: list[Rule]) -> list[Rule]:
    """Sort rules so that each comes after those that it reads."""
    waiting, ordered = list(rules), []
    while waiting:
        names = {rule.name for rule in waiting}
        ready = [rule for rule in waiting if not names & set(_NAME.findall(rule.expression))]
        ordered += ready
        waiting = [rule for rule in waiting if rule not in ready]
        if not ready:
            raise ValueError(f"rules that need each other: {', '.join(sorted(names))}")
    return ordered
