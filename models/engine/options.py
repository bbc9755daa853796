"""Options of a model as a study writes them: read, or refused by name."""

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from models.engine import units


def close(name: str, known: Mapping[str, object]) -> str:
    """End a message about an unknown `name` with the likeliest one, or with all."""
    found = get_close_matches(name, known, n=1)
    return f"; did you mean '{found[0]}'?" if found else f" (known: {', '.join(known)})"


def number(option: str, value: object, low: float, high: float) -> float:
    """Read an option that is a number between two bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"option '{option}' must be a number between {low:g} and {high:g}, got {value!r}")
    return float(value)


def whole(option: str, value: object, high: int) -> int:
    """Read an option that counts something, from 1 to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
        raise ValueError(f"option '{option}' must be a whole number from 1 to {high}, got {value!r}")
    return value


def positive(option: str, value: object, unit: str) -> float:
    """Read an option that is a positive quantity, in `unit`."""
    if not isinstance(value, str):
        raise ValueError(f"option '{option}' needs a unit, like \"3 {unit}\"; got {value!r}")
    try:
        quantity = units.quantity(value, unit)
    except ValueError as error:
        raise ValueError(f"option '{option}': {error}") from error
    if not 0.0 < quantity < np.inf:
        raise ValueError(f"option '{option}' must be positive and finite, got {value!r}")
    return quantity


def choice(option: str, value: object, known: Mapping[str, object]) -> str:
    """Read an option that names one of `known`."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"option '{option}' must be one of {', '.join(known)}, got {value!r}")
    return value
