"""The figures by name, as ``sensitivity plot`` offers them. A new figure is a module and one entry here."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

FIGURES: Mapping[str, str] = {
    "bars": "first-order and total indices with intervals",
    "convergence": "how an index settles as the design grows",
    "morris": "mean absolute effect against its spread",
    "over_time": "indices of a time course at every time",
}
"""Name of the module, and what it draws."""


def figure(name: str) -> ModuleType:
    """Return the module of a figure, with its functions ``data`` and ``plot``.

    Raises
    ------
    KeyError
        When there is no such figure; names those there are.
    """
    if name not in FIGURES:
        raise KeyError(f"no figure '{name}'; there are {', '.join(FIGURES)}")
    return import_module(f"sensitivity.plots.{name}")
