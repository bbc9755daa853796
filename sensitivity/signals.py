"""Signals that stop a run: what is in flight is finished, nothing new is begun, and the exit code says why.

SIGUSR1, which a batch system sends before the walltime, asks for 75: run me again. SIGTERM, which cancels a job, asks
for 76: resumable, but nothing may start it again by itself. Ctrl-C stops at once with 130, and so does any second
signal. What is finished is on disk in all cases.
"""

import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any

from sensitivity.errors import Stopped

EXIT_CODES = {signal.SIGUSR1: 75, signal.SIGTERM: 76, signal.SIGINT: 130}


class StopOnSignals:
    """Tells whether to stop; use as a context manager, in the main thread."""

    def __init__(self) -> None:
        self._received: signal.Signals | None = None
        self._at_once = False
        self._before: dict[signal.Signals, Any] = {}

    def __call__(self) -> bool:
        """Tell whether a signal asked to stop."""
        return self._received is not None

    def __enter__(self) -> "StopOnSignals":
        self._before = {number: signal.signal(number, self._handle) for number in EXIT_CODES}
        return self

    def __exit__(self, kind: object, error: BaseException | None, where: TracebackType | None) -> None:
        for number, handler in self._before.items():
            # A process that is leaving for one signal shall not be cut short, or change its exit code, by another.
            signal.signal(number, signal.SIG_IGN if error is not None and self._received else handler)
        if self._received is None:
            return
        code = EXIT_CODES[self._received]
        if isinstance(error, Stopped):
            raise Stopped(f"stopped by {self._received.name}: {error}", code) from None
        if isinstance(error, KeyboardInterrupt):
            raise Stopped("stopped; finished chunks are kept, run again to go on", code) from None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._at_once:
            return  # already leaving; a third signal must not disturb that
        self._at_once = number == signal.SIGINT or self._received is not None
        self._received = signal.Signals(number)
        if self._at_once:
            raise KeyboardInterrupt
        # Not print: this may run inside another write to the same stream.
        os.write(sys.stderr.fileno(), b"stopping after the chunks in flight; another signal stops at once\n")
