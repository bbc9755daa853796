"""The ``executor`` of a study file: which keys its kind has, and which of them belong together."""

from typing import TYPE_CHECKING

from sensitivity.executors.catalogue import EXECUTORS
from sensitivity.problems import Problems
from sensitivity.study import ExecutorSpec

if TYPE_CHECKING:
    from sensitivity.schema import ExecutorEntry


def resolve_executor(problems: Problems, entry: "ExecutorEntry") -> ExecutorSpec:
    """Return the executor that a study asks for."""
    options = entry.model_dump(exclude={"kind", "workers", "chunk_size"}, exclude_none=True)
    for key in options:
        if key not in EXECUTORS[entry.kind].keys:
            having = [name for name, other in EXECUTORS.items() if key in other.keys]
            message = f"executor.{key}: the kind {entry.kind} has no such key; write kind: {' or '.join(having)}"
            problems.error("E126", ("executor", key), message, key=True)
    if len(options) > 1:
        message = f"executor: choose one of {' and '.join(options)}"
        problems.error("E126", ("executor", [*options][-1]), message, key=True)
    elif options and entry.workers is None:
        key = next(iter(options))
        message = f"executor.{key}: say in executor.workers how many workers there shall be"
        problems.error("E126", ("executor", key), message, key=True)
    return ExecutorSpec(entry.kind, entry.workers, entry.chunk_size, options)
