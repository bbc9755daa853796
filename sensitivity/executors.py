"""Executors: the places where chunks are evaluated. All of them call the same function on the same tasks.

Tasks are taken one by one as workers become free: when the tasks end, what was taken is finished and nothing more.
"""

import signal
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from sensitivity.contracts import Executor, R, T
from sensitivity.errors import WorkerLost

LOSSES = 5
"""Times that a task may be in flight when a worker dies: an evil task is found soon, an unlucky one is not blamed."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""Signals that ask a run to stop. A terminal and Slurm send them to every process of the job."""


@dataclass(frozen=True)
class Serial:
    """One task after the other in this process: also the place to debug in."""

    def map(self, fn: Callable[[T], R], tasks: Iterable[T], /) -> Generator[R, None, None]:
        """Call `fn` on every task."""
        yield from map(fn, tasks)


@dataclass(frozen=True)
class Joblib:
    """Worker processes on this machine (loky); each uses one thread for BLAS and numba.

    Parameters
    ----------
    workers : int
        Number of processes.
    """

    workers: int

    def map(self, fn: Callable[[T], R], tasks: Iterable[T], /) -> Generator[R, None, None]:
        """Call `fn` on every task; results come as they finish. What a dying worker takes along is tried again.

        Raises
        ------
        WorkerLost
            When workers died `LOSSES` times over the same tasks; names those.
        """
        waiting = enumerate(tasks)
        again: deque[tuple[int, T]] = deque()
        losses: Counter[int] = Counter()
        while True:
            flying: dict[int, T] = {}
            try:
                for number, result in self._once(fn, _take(again, waiting, flying)):
                    del flying[number]
                    yield result
                return
            except BrokenProcessPool:
                losses.update(flying.keys())
                named = [str(task) for number, task in flying.items() if losses[number] >= LOSSES]
                if named:
                    raise WorkerLost(
                        f"worker processes died {LOSSES} times over {', '.join(named)}: short of memory, or a crash "
                        "in the model. What is finished is kept; give fewer workers or smaller chunks, or run with "
                        "executor.kind=serial to see the crash"
                    ) from None
                again.extend(flying.items())

    def _once(self, fn: Callable[[T], R], tasks: Iterator[tuple[int, T]]) -> Generator[tuple[int, R], None, None]:
        import joblib

        with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = joblib.Parallel(
                n_jobs=self.workers, return_as="generator_unordered", batch_size=1, pre_dispatch=self.workers
            )
            with _deaf_children():
                results = parallel(joblib.delayed(_numbered)(fn, number, task) for number, task in tasks)
            yield from results


def _take(
    again: "deque[tuple[int, T]]", waiting: Iterator[tuple[int, T]], flying: dict[int, T]
) -> Iterator[tuple[int, T]]:
    """Take the next task, those that were lost first, and note it as in flight."""
    while again:
        number, task = again.popleft()
        flying[number] = task
        yield number, task
    for number, task in waiting:
        flying[number] = task
        yield number, task


def _numbered(fn: Callable[[T], R], number: int, task: T) -> tuple[int, R]:
    return number, fn(task)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes and threads started here never see the stop signals: their parent decides what is finished."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def build(kind: str, workers: int, tasks: int) -> Executor:
    """Executor for a study's ``executor`` block; one task or one worker needs no processes."""
    if kind == "serial" or min(workers, tasks) <= 1:
        return Serial()
    return Joblib(min(workers, tasks))


def cpu_count() -> int:
    """Processors that this process may use."""
    import joblib

    return int(joblib.cpu_count())
