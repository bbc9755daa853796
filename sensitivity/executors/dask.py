"""Dask futures: on processes of this machine, in Slurm jobs, or on a scheduler that runs already.

Futures are used directly, because joblib's Dask backend waits for ever for a task that the scheduler has given up. A
worker is given one task at a time, when it is free: what is submitted is in flight, and the parent holds no more than
that. What a task makes is on disk, so that a worker takes nothing along but the chunk that it was evaluating.
"""

import itertools
import logging
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from sensitivity.contracts import R, Stop, T
from sensitivity.errors import WorkerLost
from sensitivity.executors.faults import LOSSES, deaf_children, worker_lost

if TYPE_CHECKING:
    from distributed import Client, as_completed

POLL_SECONDS = 0.02
"""How often finished tasks and signals are looked for: short against a chunk."""

LOOK_SECONDS = 1.0
"""How often workers are counted while nothing finishes."""

SETTINGS = {
    "distributed.scheduler.allowed-failures": LOSSES - 1,
    # A kernel may hold a worker for longer than any limit; a lost node is told by its connection.
    "distributed.scheduler.worker-ttl": None,
    # By default a worker spends 4 % of its processor on watching itself.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
    "distributed.nanny.pre-spawn-environ.NUMBA_NUM_THREADS": 1,
    # The system, or Slurm, decides on memory: a worker that pauses would stop a run without a word.
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.terminate": False,
}


class Dask:
    """Workers of one thread each; they are started for the first task and stay until `close`.

    Parameters
    ----------
    workers : int
        Number of processes or Slurm jobs, and of tasks in flight at once.
    slurm : mapping or None
        What the Slurm jobs ask for (`sensitivity.executors.slurm`); processes of this machine when left out.
    scheduler : str or None
        Address of a scheduler that runs already.
    """

    def __init__(self, workers: int, slurm: Mapping[str, Any] | None = None, scheduler: str | None = None) -> None:
        import distributed  # noqa: F401  (to say at once when it is not installed)

        self.workers, self.slurm, self.scheduler = workers, slurm, scheduler
        self._open = ExitStack()
        self._client: Client | None = None

    def map(self, fn: Callable[[T], R], tasks: Iterable[T], stop: Stop, /) -> Generator[R, None, None]:
        """Call `fn` on every task; results come as they finish. What a dying worker takes along is tried again.

        Raises
        ------
        WorkerLost
            When workers died `LOSSES` times over the same task, which is named; when the scheduler is gone.
        """
        from distributed import as_completed

        more = itertools.takewhile(lambda _: not stop(), tasks)
        first = list(itertools.islice(more, 1))  # no workers are asked for when there is nothing to do
        if not first:
            return
        waiting = itertools.chain(first, more)
        client = self._connected()
        flying: dict[str, T] = {}
        done = as_completed(loop=client.loop)
        while True:
            free = 0 if stop() else min(self._present(client), self.workers) - len(flying)
            batch = list(itertools.islice(waiting, max(free, 0)))
            if batch:
                futures = client.map(fn, batch, pure=False)
                flying |= {future.key: task for future, task in zip(futures, batch, strict=True)}
                done.update(futures)
            elif not flying and (free > 0 or stop()):
                return
            for future in _finished(done):
                yield self._result(future, flying.pop(future.key))

    def close(self) -> None:
        """End the workers, and whatever they are doing."""
        self._client = None
        self._open.close()

    def _connected(self) -> "Client":
        if self._client is None:
            import dask
            from distributed import Client

            self._open.enter_context(dask.config.set(SETTINGS))
            with deaf_children():
                cluster = self._open.enter_context(self._cluster()) if self.scheduler is None else self.scheduler
                try:
                    self._client = self._open.enter_context(Client(cluster, set_as_default=False))
                except OSError:
                    raise _gone(self.scheduler) from None
        return self._client

    def _cluster(self) -> Any:
        if self.slurm is not None:
            from sensitivity.executors.slurm import cluster

            return cluster(self.workers, self.slurm)
        from distributed import LocalCluster

        return LocalCluster(
            n_workers=self.workers,
            threads_per_worker=1,
            dashboard_address=None,
            memory_limit=0,
            silence_logs=logging.CRITICAL,  # what a user must know is raised
        )

    def _present(self, client: "Client") -> int:
        try:
            return sum(client.nthreads().values())
        except (OSError, CancelledError):
            raise _gone(self.scheduler) from None

    def _result(self, future: Any, task: T) -> Any:
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker:
            raise worker_lost([task]) from None
        except (OSError, CancelledError):
            raise _gone(self.scheduler) from None


def _finished(done: "as_completed") -> list[Any]:
    """Wait until some task is finished, for a moment; all that are."""
    end = time.monotonic() + LOOK_SECONDS
    while not done.has_ready() and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return list(done.next_batch(block=False))


def _gone(scheduler: str | None) -> WorkerLost:
    where = "of this run" if scheduler is None else f"at {scheduler}"
    return WorkerLost(f"the Dask scheduler {where} does not answer. What is finished is kept; start it and run again")
