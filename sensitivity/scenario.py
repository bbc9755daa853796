"""One scenario of a study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Scenario:
    """The model under other settings, on the same points and streams.

    Attributes
    ----------
    options : mapping
        Options of the model that take the place of the study's.
    values : mapping of str to float
        Parameters that are held at a value, in the model's units, whether they are factors or not.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
