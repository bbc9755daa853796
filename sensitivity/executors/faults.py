"""What executors with worker processes share: how often a task is tried, and who hears the stop signals."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

from sensitivity.errors import WorkerLost

LOSSES = 5
"""Times that a task may be in flight when a worker dies: an evil task is found soon, an unlucky one is not blamed."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""Signals that ask a run to stop. A terminal and Slurm send them to every process of the job."""


def worker_lost(tasks: Iterable[object]) -> WorkerLost:
    """Name the tasks over which workers died too often."""
    named = ", ".join(map(str, tasks))
    return WorkerLost(
        f"worker processes died {LOSSES} times over {named}: short of memory, or a crash in the model. What is "
        "finished is kept; give fewer workers or smaller chunks, or run with executor.kind=serial to see the crash"
    )


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes and threads started here never see the stop signals: their parent decides what is finished."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        resource_tracker.ensure_running()  # multiprocessing's helper; its start lets two of the signals through again
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
