"""What a network is declared of: plain data, read by everything that is made from a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOMINAL = "nominal_"
"""``nominal_<parameter>`` in an expression is that parameter's nominal value, whatever the row holds."""

NEXT, PREVIOUS = "next_", "previous_"
"""Prefixes of species of the neighbouring class."""


@dataclass(frozen=True)
class Declared:
    """Anything with a name."""

    name: str


@dataclass(frozen=True)
class Species(Declared):
    """A state variable; `initial` is an expression, `floor` the value (in `unit`) below which it means nothing."""

    unit: str
    meaning: str
    initial: str = "0"
    floor: float = 1e-3


@dataclass(frozen=True)
class Parameter(Declared):
    """One row of a model's parameter table.

    Attributes
    ----------
    mechanism : str
        The resistance mechanism or the part of the system that it belongs to.
    source : str
        A reference, or a text that starts with ``assumed``.
    domain : (float, float)
        Smallest and largest value accepted, both included.
    distribution : mapping or None
        Arguments of the declared distribution; None for a constant or a lever.
    """

    symbol: str
    nominal: float
    unit: str
    meaning: str
    mechanism: str
    source: str
    domain: tuple[float, float]
    distribution: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Input(Declared):
    """A piecewise-constant quantity of the schedule, the same for every row."""

    unit: str
    meaning: str


@dataclass(frozen=True)
class Rule(Declared):
    """A named algebraic expression."""

    expression: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Reaction(Declared):
    """A process: its rate, and by species the coefficient that turns the rate into that species' change per hour."""

    rate: str
    stoichiometry: Mapping[str, str]
    meaning: str


@dataclass(frozen=True)
class Total(Declared):
    """The sum over all classes of an expression; shared and class expressions may use it."""

    expression: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Classes:
    """What each of K classes around the shared states has; K is chosen when the kernel runs.

    A class expression may use everything shared, the totals and what its own class has. Besides the species of its
    own class, a class reaction may change shared species (by the sum over classes) and, as ``next_<species>`` and
    ``previous_<species>``, the species of the neighbouring class. A reaction into a neighbour that is not there does
    not run. The rate of such a transfer may depend on the state only through species that are transferred themselves.

    Attributes
    ----------
    parameters : sequence of Parameter
        With one value a class.
    """

    species: Sequence[Species]
    reactions: Sequence[Reaction]
    parameters: Sequence[Parameter] = ()
    rules: Sequence[Rule] = ()
    totals: Sequence[Total] = ()


@dataclass(frozen=True)
class Observable(Declared):
    """What can be asked for; `floor` is the value (in `unit`) below which it means nothing."""

    expression: str
    unit: str
    meaning: str
    floor: float
