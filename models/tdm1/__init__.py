"""Trastuzumab emtansine (T-DM1) from the vein to tubulin, and from patients to their trial.

The models are imported when first used: the trial brings compiled code that a study of one patient never needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.tdm1.model import TDM1
    from models.tdm1.population.trial import Trial

_HOME = {"TDM1": "models.tdm1.model", "Trial": "models.tdm1.population.trial"}

__all__ = ["TDM1", "Trial"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'models.tdm1' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
