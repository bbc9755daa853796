"""Executors: the places where chunks are evaluated. All of them call the same function on the same tasks.

Tasks are taken one by one as workers become free: when the tasks end or the run is to stop, what was taken is finished
and nothing more.
"""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sensitivity.contracts import Executor
from sensitivity.errors import UsageError
from sensitivity.executors.catalogue import EXECUTORS


def build(kind: str, workers: int, options: Mapping[str, Any]) -> Executor:
    """Executor for a study's ``executor`` block; close it in the end.

    Raises
    ------
    UsageError
        When packages that it needs are not installed; says how to install them.
    """
    entry = EXECUTORS[kind]
    module, _, name = entry.where.partition(":")
    try:
        made: Executor = getattr(import_module(module), name)(workers, **options)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"executor.kind is {kind}, which needs packages that are not here ({error}): "
            f"pip install 'tdm1-sensitivity[{entry.extra}]', or choose another kind"
        ) from None
    return made


def cpu_count() -> int:
    """Processors that this process may use: in a Slurm job those of the job, which may see all of its node."""
    for name in ("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"):
        if os.environ.get(name, "").isdecimal():
            return int(os.environ[name])
    import joblib

    return int(joblib.cpu_count())
