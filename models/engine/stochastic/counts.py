"""From concentrations to molecules: a network whose species are counted, and its reactions as one-way channels.

A counted network is a network like any other, made from the text of the declaration: every species is divided by the
molecules that one unit of it stands for, every rate multiplied by them. The solver of ordinary differential equations
reads it too, and then gives the mean of what the stochastic kernels scatter about when rates are linear.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import sympy as sp

from models.engine.coherence import NetworkError
from models.engine.declaration import Rule
from models.engine.dimensions import DimensionError, check_units
from models.engine.network import Network

CARGO = "cargo_"
"""Prefix of the rule that says how many molecules a vesicle of a reaction carries."""

_NAME = re.compile(r"\b[a-z]\w*")


@dataclass(frozen=True, eq=False)
class Counts:
    """How the pools of a network are counted.

    Attributes
    ----------
    size : str
        Molecules that one unit of every species stands for, an expression over the network's parameters.
    sites : mapping of str to int
        By coefficient of a reaction that is no whole number (``dar``, say): the sites on which so many molecules sit on
        average, each with the same chance; the number released is then binomial. Without it the number is one of the
        two whole numbers around the coefficient, right on average.
    cargo : mapping of str to str
        By reaction with one reactant: how many molecules of it a vesicle carries, an expression over the parameters.
    """

    size: str = "1"
    sites: Mapping[str, int] = field(default_factory=dict)
    cargo: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Channel:
    """What can happen to the counts, one way.

    Attributes
    ----------
    rate : expression
        Events an hour.
    changes : mapping of int to expression
        Molecules added in one event, by the index of the species; what is no whole number is drawn.
    """

    name: str
    rate: sp.Expr
    changes: Mapping[int, sp.Expr]

    @property
    def taken(self) -> dict[int, int]:
        """Molecules that must be there, by the index of the species."""
        return {i: -int(c) for i, c in self.changes.items() if c.is_Integer and c < 0}

    @property
    def drawn(self) -> list[sp.Expr]:
        """Coefficients that are no whole numbers, signs removed."""
        found = [c for c in self.changes.values() if not c.is_Integer]
        return list(dict.fromkeys(-c if c.could_extract_minus_sign() else c for c in found))


@cache
def counted(network: Network, counts: Counts) -> Network:
    """Write `network` in molecules.

    Raises
    ------
    NetworkError
        Saying why the network cannot be counted.
    """
    if network.classes.species:
        raise NetworkError(f"network '{network.name}' has classes of cells: its molecules cannot be counted one by one")
    species = {s.name for s in network.species}
    size = f"({counts.size})"

    def divided(text: str) -> str:
        return _NAME.sub(lambda found: f"({found[0]}/{size})" if found[0] in species else found[0], text)

    made = replace(
        network,
        name=f"{network.name}_counted",
        species=[replace(s, unit="1", initial=f"({s.initial})*{size}", floor=1.0) for s in network.species],
        rules=[
            *(replace(r, expression=divided(r.expression)) for r in network.rules),
            *(Rule(CARGO + name, text, "1", "molecules in a vesicle") for name, text in counts.cargo.items()),
        ],
        reactions=[replace(r, rate=f"({divided(r.rate)})*{size}") for r in network.reactions],
        observables=[replace(o, expression=divided(o.expression)) for o in network.observables],
    )
    try:
        check_units(made)
    except DimensionError as error:
        raise NetworkError(
            f"network '{network.name}' cannot be counted in molecules, '{counts.size}' a unit of every species: {error}"
        ) from error
    return made


def channels(network: Network) -> list[Channel]:
    """Return the channels of a counted network, in the order declared; a difference of two rates makes two.

    A rate that subtracts a term with a species in it (``k_on*a*b - k_off*c``) runs both ways. A power of a species that
    the channel takes as often counts ordered draws without replacement: n*(n - 1), not n**2.
    """
    index = {s.name: i for i, s in enumerate(network.species)}
    states = {network.symbols[name] for name in index}
    found = []
    for name, (rate, coefficients) in network.rates.items():
        changes = {index[s]: c for s, c in coefficients.items() if c != 0}
        for c in changes.values():
            if c.free_symbols & network.varying:
                raise NetworkError(f"reaction '{name}' changes by {c}, which varies with the state")
        terms = sp.Add.make_args(_opened(rate, states))
        back = [t for t in terms if t.could_extract_minus_sign() and t.free_symbols & states]
        forth = sp.Add(*(t for t in terms if t not in back)) if back else rate
        if forth != 0:
            found.append(Channel(name, _ordered(forth, changes, network), changes))
        if back:
            reverse = {i: -c for i, c in changes.items()}
            found.append(Channel(f"{name}_back", _ordered(-sp.Add(*back), reverse, network), reverse))
    return found


def _opened(rate: sp.Expr, states: set[sp.Symbol]) -> sp.Expr:
    """Multiply out the factors of a rate that are differences with a species in them."""
    if not rate.is_Mul:
        return rate
    for factor in rate.args:
        if factor.is_Add and any(t.could_extract_minus_sign() and t.free_symbols & states for t in factor.args):
            return sp.Add(*(_opened(t * rate / factor, states) for t in factor.args))
    return rate


def _ordered(rate: sp.Expr, changes: Mapping[int, sp.Expr], network: Network) -> sp.Expr:
    for i, c in changes.items():
        n = network.symbols[network.species[i].name]
        if c.is_Integer and c <= -2:
            powers = {n**m: sp.Mul(*(n - j for j in range(m))) for m in range(-int(c), 1, -1)}
            rate = rate.subs(powers)
    return rate
