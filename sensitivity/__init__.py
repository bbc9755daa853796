"""Which factors drive resistance to trastuzumab emtansine (T-DM1), and how sure are we?

``sensitivity.load(path)`` reads a result; ``sensitivity.run_study(path)`` runs a study file from Python, as the
command ``sensitivity run`` does. Names are imported when first used, so that the command line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sensitivity.api import run_study
    from sensitivity.contracts import Model, OutputRequest, Status
    from sensitivity.distributions import Distribution
    from sensitivity.factors import Factor
    from sensitivity.methods.morris import Morris
    from sensitivity.methods.sobol import Sobol
    from sensitivity.result.file import load

_HOME = {
    "Distribution": "sensitivity.distributions",
    "Factor": "sensitivity.factors",
    "Model": "sensitivity.contracts",
    "Morris": "sensitivity.methods.morris",
    "OutputRequest": "sensitivity.contracts",
    "Sobol": "sensitivity.methods.sobol",
    "Status": "sensitivity.contracts",
    "load": "sensitivity.result.file",
    "run_study": "sensitivity.api",
}

__all__ = ["Distribution", "Factor", "Model", "Morris", "OutputRequest", "Sobol", "Status", "load", "run_study"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sensitivity' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
