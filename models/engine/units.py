"""Units of declarations, turned once into one coherent system, so that no expression holds a conversion factor.

The coherent units are hour, decimetre (a litre is a cubic decimetre), nanomole, gram and kilogram of body weight.
``kg_bw`` has a dimension of its own: otherwise a dose in mg/kg_bw would pass for a pure number.
"""

from fractions import Fraction
from functools import cache
from typing import Any

import pint

Dimension = tuple[Fraction, ...]
"""Exponents of the five coherent units, in the order of `BASE`."""

BASE = {
    "[time]": "hour",
    "[length]": "decimeter",
    "[substance]": "nanomole",
    "[mass]": "gram",
    "[body_weight]": "kg_bw",
}
DIMENSIONLESS: Dimension = (Fraction(0),) * len(BASE)
TIME: Dimension = (Fraction(1), *DIMENSIONLESS[1:])


@cache
def registry() -> "pint.UnitRegistry[Any]":
    """Build the registry of units, once a process."""
    units: pint.UnitRegistry[Any] = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
    units.define("kg_bw = [body_weight]")
    units.define("copy = 1 = _ = copies")
    units.define("cell = 1 = _ = cells")
    return units


@cache
def dimension(unit: str) -> Dimension:
    """Return the exponents of `unit` over the coherent units.

    Raises
    ------
    ValueError
        When pint does not know the unit or it involves another base quantity (a temperature, say).
    """
    try:
        exponents = {str(k): float(str(v)) for k, v in registry().Unit(unit).dimensionality.items()}
    except (pint.errors.PintError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"unknown unit '{unit}'") from error
    foreign = set(exponents) - set(BASE)
    if foreign:
        raise ValueError(f"unit '{unit}' involves {', '.join(sorted(foreign))}, which the engine does not carry")
    return tuple(Fraction(exponents.get(name, 0.0)).limit_denominator(12) for name in BASE)


@cache
def factor(unit: str) -> float:
    """Return the number that turns a value in `unit` into one in coherent units."""
    coherent = registry().Unit("1")
    for base, exponent in zip(BASE.values(), dimension(unit), strict=True):
        coherent = coherent * registry().Unit(base) ** float(exponent)
    return float(registry().Quantity(1.0, unit).to(coherent).magnitude)


def text(dim: Dimension) -> str:
    """Write a dimension in coherent units, for messages."""
    parts = [f"{base}^{power}" if power != 1 else base for base, power in zip(BASE.values(), dim, strict=True) if power]
    return " ".join(parts) or "1"


def quantity(value: str, unit: str) -> float:
    """Read ``"30 minute"`` as a number in `unit`.

    Raises
    ------
    ValueError
        When the text is not a number with a unit of the same dimension.
    """
    try:
        return float(registry().Quantity(value).to(unit).magnitude)
    except Exception as error:  # pint's tokenizer raises its own kinds on odd text
        raise ValueError(f"expected a number with a unit like '{unit}', got {value!r}") from error
