"""Units at the border of the program: text in, plain numbers out.

Inside, arrays are plain floats in the unit that the model declares; pint is asked only where a person wrote a unit.
"""

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint


_TEXT = re.compile(r"[\w\s*/^().%µμ²³-]{0,40}")
_POWER_TOWER = re.compile(r"\d{2}|(\*\*|\^)[^A-Za-z]*(\*\*|\^)")
"""pint's parser computes powers of numbers: 9**9**9 would never end."""


class UnitError(ValueError):
    """A unit that pint does not know, or that has the wrong dimension."""


@cache
def registry() -> "pint.UnitRegistry[Any]":
    """Build the registry of units, once.

    ``kg_bw`` is a kilogram of body weight: pint holds mg/kg for dimensionless, so a dose per body weight would pass
    for a fraction. ``copy`` and ``cell`` are counts that make ``copies/cell`` readable.
    """
    import pint

    units: pint.UnitRegistry[Any] = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
    units.define("kg_bw = [body_weight]")
    units.define("copy = 1 = _ = copies")
    units.define("cell = 1 = _ = cells")
    return units


def _parse(text: str) -> Any:
    import pint

    if not isinstance(text, str) or not is_harmless(text):
        raise UnitError(f"not a unit: {text!r}")
    try:
        return registry().Unit(text if text.strip() else "1")
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, KeyError, SyntaxError) as error:
        raise UnitError(f"unknown unit '{text}'") from error
    except Exception as error:  # pint's tokenizer raises its own kinds on odd text
        raise UnitError(f"cannot read the unit '{text}'") from error


def is_harmless(text: str) -> bool:
    """Tell whether `text` can be given to pint's parser at all."""
    return bool(_TEXT.fullmatch(text)) and not _POWER_TOWER.search(text)


def is_unit(text: str) -> bool:
    """Tell whether `text` is a unit that the registry knows."""
    try:
        _parse(text)
    except UnitError:
        return False
    return True


@cache
def factor(given: str, wanted: str) -> float:
    """Return the number that turns a value in `given` into one in `wanted`.

    Raises
    ------
    UnitError
        When a unit is unknown, the dimensions differ, or the conversion is more than a factor (degrees Celsius,
        decibel).
    """
    if given.strip() == wanted.strip():
        _parse(given)
        return 1.0
    import pint

    a, b = _parse(given), _parse(wanted)
    try:
        number = float(registry().Quantity(1.0, a).to(b).magnitude)
        zero = float(registry().Quantity(0.0, a).to(b).magnitude)
    except (pint.errors.PintError, ArithmeticError) as error:
        raise UnitError(f"unit '{given}' cannot be converted to '{wanted}'") from error
    if zero != 0.0:
        raise UnitError(f"unit '{given}' has another zero than '{wanted}'")
    if not (math.isfinite(number) and number > 0.0):
        raise UnitError(f"unit '{given}' cannot be converted to '{wanted}'")
    # 1 uM is 1000 nM, not 999.9999999999999: the last digits are pint's rounding.
    short = float(f"{number:.13g}")
    return short if abs(short - number) <= 4 * math.ulp(number) else number


def quantity(text: str | float | int, wanted: str) -> float:
    """Read ``"21 day"`` as a number in `wanted`.

    Raises
    ------
    UnitError
        When there is no unit although `wanted` has a dimension, or the dimensions differ.
    """
    import pint

    if isinstance(text, bool) or not isinstance(text, str | float | int):
        raise UnitError(f"expected a number with a unit such as '3 {wanted}', got {text!r}")
    if isinstance(text, float | int):
        if not _parse(wanted).dimensionless:
            raise UnitError(f"{text} has no unit; write '{text} {wanted}'")
        return float(text)
    number, _, unit = text.strip().partition(" ")
    try:
        value = float(number)
    except ValueError as error:
        raise UnitError(f"expected a number and a unit such as '3 {wanted}', got '{text}'") from error
    if not unit.strip():
        if not _parse(wanted).dimensionless:
            raise UnitError(f"'{text}' has no unit; write '{number} {wanted}'")
        return value
    try:
        return value * factor(unit.strip(), wanted)
    except pint.errors.PintError as error:
        raise UnitError(str(error)) from error


def product(unit: str, other: str) -> str:
    """Return the unit of a product, written for a label: ``product("nM", "hour")`` is ``"nM * hour"``."""
    if _parse(unit).dimensionless and unit.strip() in {"", "1"}:
        return other
    return f"{unit} * {other}"
