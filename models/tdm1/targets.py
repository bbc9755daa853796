"""What a target of the validation is, and the ways of judging one."""

from dataclasses import dataclass

import numpy as np

FITTED, PREDICTED = "fitted", "predicted"


@dataclass(frozen=True)
class Target:
    """One target.

    Attributes
    ----------
    name, what, source : str
    observed, tolerance : str
        As printed; an ordering has its words here.
    predicted : float
    passed : bool
    role : str
        ``"fitted"`` or ``"predicted"``.
    note : str
        Why it is missed, or what it contradicts.
    """

    name: str
    what: str
    observed: str
    predicted: float
    tolerance: str
    passed: bool
    role: str
    source: str
    note: str = ""


def relative(
    name: str, what: str, seen: float, said: float, percent: float, source: str, role: str = PREDICTED
) -> Target:
    """Compare with a number within a percentage."""
    close = abs(said / seen - 1.0) <= percent / 100.0
    return Target(name, what, f"{seen:g}", said, f"+-{percent:g} %", bool(close), role, source)


def fold(name: str, what: str, seen: float, said: float, times: float, source: str, role: str = PREDICTED) -> Target:
    """Compare with a number within a factor."""
    close = bool(np.isfinite(said)) and 1.0 / times <= said / seen <= times
    return Target(name, what, f"{seen:g}", said, f"x/ {times:g}", close, role, source)


def inside(
    name: str, what: str, low: float, high: float, said: float, source: str, role: str = PREDICTED, note: str = ""
) -> Target:
    """Compare with an interval."""
    return Target(name, what, f"{low:g} to {high:g}", said, "inside", bool(low <= said <= high), role, source, note)


def larger(name: str, what: str, first: float, second: float, by: float, source: str) -> Target:
    """Expect the first number to be at least `by` times the second."""
    return Target(name, what, f"at least {by:g}-fold", first / second, f">= {by:g}", bool(first >= by * second),
                  PREDICTED, source)  # fmt: skip
