"""Executors: the places where chunks are evaluated. All of them call the same function on the same tasks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sensitivity.contracts import Executor, R, T


@dataclass(frozen=True)
class Serial:
    """One task after the other in this process: also the place to debug in."""

    def map(self, fn: Callable[[T], R], tasks: Sequence[T], /) -> Iterable[R]:
        """Call `fn` on every task."""
        return map(fn, tasks)


@dataclass(frozen=True)
class Joblib:
    """Worker processes on this machine (loky); each uses one thread for BLAS and numba.

    Parameters
    ----------
    workers : int
        Number of processes.
    """

    workers: int

    def map(self, fn: Callable[[T], R], tasks: Sequence[T], /) -> Iterable[R]:
        """Call `fn` on every task; results come as they finish."""
        import joblib

        with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = joblib.Parallel(n_jobs=self.workers, return_as="generator_unordered", batch_size=1)
            yield from parallel(joblib.delayed(fn)(task) for task in tasks)


def build(kind: str, workers: int, tasks: int) -> Executor:
    """Executor for a study's ``executor`` block; one task or one worker needs no processes."""
    if kind == "serial" or min(workers, tasks) <= 1:
        return Serial()
    return Joblib(min(workers, tasks))


def cpu_count() -> int:
    """Processors that this process may use."""
    import joblib

    return int(joblib.cpu_count())
