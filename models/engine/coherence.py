"""What a network may not declare, beyond names and symbols: functions and transfers that no kernel can carry out."""

from typing import TYPE_CHECKING

import sympy as sp

from models.engine.declaration import NEXT, NOMINAL, PREVIOUS

if TYPE_CHECKING:
    from models.engine.network import Network


class NetworkError(ValueError):
    """A declaration that contradicts itself."""


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
