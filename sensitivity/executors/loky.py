"""Worker processes on this machine, by joblib and loky; each uses one thread for BLAS and numba."""

import itertools
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from sensitivity.contracts import R, Stop, T
from sensitivity.executors.faults import LOSSES, deaf_children, worker_lost


@dataclass(frozen=True)
class Joblib:
    """Processes that are started once and serve every call.

    Parameters
    ----------
    workers : int
        Number of processes; never more than there are tasks, and none for a single one.
    """

    workers: int

    def map(self, fn: Callable[[T], R], tasks: Iterable[T], stop: Stop, /) -> Generator[R, None, None]:
        """Call `fn` on every task; results come as they finish. What a dying worker takes along is tried again.

        Raises
        ------
        WorkerLost
            When workers died `LOSSES` times over the same tasks; names those.
        """
        waiting = itertools.takewhile(lambda _: not stop(), tasks)
        first = list(itertools.islice(waiting, self.workers))
        if len(first) < 2:
            yield from map(fn, itertools.chain(first, waiting))
            return
        numbered = enumerate(itertools.chain(first, waiting))
        again: deque[tuple[int, T]] = deque()
        losses: Counter[int] = Counter()
        while True:
            flying: dict[int, T] = {}
            try:
                for number, result in _once(len(first), fn, _take(again, numbered, flying)):
                    del flying[number]
                    yield result
                return
            except BrokenProcessPool:
                losses.update(flying.keys())
                named = [task for number, task in flying.items() if losses[number] >= LOSSES]
                if named:
                    raise worker_lost(named) from None
                again.extend(flying.items())

    def close(self) -> None:
        """Leave the processes to loky, which keeps them for the next call and ends them when they are idle."""


def _once(workers: int, fn: Callable[[T], R], tasks: Iterator[tuple[int, T]]) -> Generator[tuple[int, R], None, None]:
    import joblib

    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch=workers)
        with deaf_children():
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
