"""Dimensional analysis of a declared network."""

from fractions import Fraction
from functools import cache

import sympy as sp

from models.engine import units
from models.engine.declaration import NEXT, NOMINAL, PREVIOUS
from models.engine.network import Network
from models.engine.units import DIMENSIONLESS, TIME, Dimension


class DimensionError(ValueError):
    """An expression that adds unlike quantities, or whose unit is not the declared one."""


@cache
def check_units(network: Network) -> None:
    """Walk every expression of `network` and compare what comes out with what is declared.

    Raises
    ------
    DimensionError
        Naming the rule, reaction, initial value or observable, and the two units that disagree.
    """
    known: dict[str, Dimension] = {}
    for item in network.quantities:
        known[item.name] = units.dimension(item.unit)
    for parameter in network.parameters:
        known[NOMINAL + parameter.name] = known[parameter.name]
    for total in network.classes.totals:
        known[total.name] = units.dimension(total.unit)
    for rule in network.rules:
        _expect(network.assignments[rule.name], units.dimension(rule.unit), known, f"rule '{rule.name}'")
        known[rule.name] = units.dimension(rule.unit)
    for rule in network.classes.rules:
        _expect(network.class_assignments[rule.name], units.dimension(rule.unit), known, f"rule '{rule.name}'")
        known[rule.name] = units.dimension(rule.unit)
    for total, expression in zip(network.classes.totals, network.totals, strict=True):
        _expect(expression, known[total.name], known, f"total '{total.name}'")
    for name, (rate, coefficients) in network.rates.items():
        for species, coefficient in coefficients.items():
            where = f"reaction '{name}', species '{species}'"
            per_hour = _divide(known[species.removeprefix(NEXT).removeprefix(PREVIOUS)], TIME)
            # Rate and coefficient are walked apart: multiplied out, sympy could cancel what does not agree.
            found = _add(_walk(rate, known, where), _walk(coefficient, known, where))
            _compare(found, per_hour, where)
    for state, expression in zip([*network.species, *network.classes.species], network.initial, strict=True):
        _expect(expression, known[state.name], known, f"initial value of '{state.name}'")
    for observable, expression in zip(network.observables, network.outputs, strict=True):
        _expect(expression, units.dimension(observable.unit), known, f"observable '{observable.name}'")


def _expect(expression: sp.Expr, wanted: Dimension, known: dict[str, Dimension], where: str) -> None:
    if expression != 0:  # zero has every unit
        _compare(_walk(expression, known, where), wanted, where)


def _compare(found: Dimension, wanted: Dimension, where: str) -> None:
    if found != wanted:
        raise DimensionError(f"{where}: found {units.text(found)}, expected {units.text(wanted)}")


def _add(a: Dimension, b: Dimension) -> Dimension:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _divide(a: Dimension, b: Dimension) -> Dimension:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _walk(e: sp.Expr, known: dict[str, Dimension], where: str) -> Dimension:
    """Return the dimension of `e`."""
    if not e.free_symbols:
        return DIMENSIONLESS
    if e.is_Symbol:
        return known[str(e)]
    if e.is_Mul:
        total = DIMENSIONLESS
        for argument in e.args:
            total = _add(total, _walk(argument, known, where))
        return total
    if e.is_Add:
        first, *others = (_walk(argument, known, where) for argument in e.args)
        for other in others:
            if other != first:
                raise DimensionError(f"{where}: adds {units.text(first)} and {units.text(other)} in {e}")
        return first
    if e.is_Pow:
        base, exponent = e.args
        dim = _walk(base, known, where)
        if exponent.is_Rational:
            power = Fraction(int(exponent.p), int(exponent.q))
            return tuple(x * power for x in dim)
        _compare(_walk(exponent, known, where), DIMENSIONLESS, f"{where}: exponent {exponent}")
        _compare(dim, DIMENSIONLESS, f"{where}: base of the power {e}")
        return DIMENSIONLESS
    if isinstance(e, (sp.erf, sp.exp, sp.log)):
        _compare(_walk(e.args[0], known, where), DIMENSIONLESS, f"{where}: argument of {e}")
        return DIMENSIONLESS
    raise DimensionError(f"{where}: cannot take the dimension of {e}")
