"""What a network may not declare, beyond names and symbols: functions and transfers that no kernel can carry out."""

import math
from typing import TYPE_CHECKING

import sympy as sp

from models.engine.declaration import NEXT, NOMINAL, PREVIOUS

if TYPE_CHECKING:
    from models.engine.network import Network


class NetworkError(ValueError):
    """A declaration that contradicts itself."""


def check_values(network: "Network") -> None:
    """Refuse numbers that no row could be integrated with, and classes that cannot be counted.

    Raises
    ------
    NetworkError
    """
    for p in [*network.parameters, *network.classes.parameters]:
        if not p.domain[0] <= p.nominal <= p.domain[1]:
            raise NetworkError(f"parameter '{p.name}': nominal value {p.nominal:g} is outside its domain {p.domain}")
    for s in [*network.species, *network.classes.species]:
        if not 0.0 < s.floor < math.inf:  # errors are measured relative to it where the state vanishes
            raise NetworkError(f"species '{s.name}': floor {s.floor:g} is not positive and finite")
    for o in network.observables:
        if not 0.0 <= o.floor < math.inf:
            raise NetworkError(f"observable '{o.name}': floor {o.floor:g} is negative or not finite")
    inside = network.classes
    declared = any((inside.species, inside.reactions, inside.parameters, inside.rules, inside.totals))
    if declared and not (inside.species and inside.parameters):
        raise NetworkError(f"network '{network.name}': classes need species, and parameters to be counted by")


def check_functions(network: "Network") -> None:
    """Refuse an error function of the state: vectors of rows have none.

    Raises
    ------
    NetworkError
    """
    rates = [e for rate, coefficients in network.rates.values() for e in (rate, *coefficients.values())]
    rules = [*network.assignments.values(), *network.class_assignments.values()]
    for e in (*rules, *rates, *network.outputs, *network.totals):
        for found in e.atoms(sp.erf):
            if found.free_symbols & network.varying:
                raise NetworkError(f"network '{network.name}': {found} varies with the state")


def check_transfers(network: "Network") -> None:
    """Refuse transfers that would couple classes through more than the species transferred.

    Raises
    ------
    NetworkError
    """
    own = [*network.parameters, *network.classes.parameters, *network.inputs]
    fixed = {network.symbols[item.name] for item in own}
    rules = [*network.assignments, *network.class_assignments]
    fixed |= {sp.Symbol(name, real=True) for name in rules} - network.varying
    for reaction in network.classes.reactions:
        rate, coefficients = network.rates[reaction.name]
        if any(name.startswith((NEXT, PREVIOUS)) for name in coefficients):
            free = set().union(rate.free_symbols, *(c.free_symbols for c in coefficients.values()))
            odd = free - fixed - {network.symbols[name] for name in network.transferred}
            odd -= {network.symbols[NOMINAL + p.name] for p in network.parameters}
            if odd or set(coefficients) & {s.name for s in network.species}:
                raise NetworkError(
                    f"reaction '{reaction.name}' moves between classes: its rate may depend only on parameters and "
                    f"on {', '.join(network.transferred)}, and it may not change a shared species"
                )
