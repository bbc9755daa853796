"""Progress of a run on stderr: a bar on a terminal, a timestamped line at most every 30 s elsewhere."""

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sensitivity.run import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LINE_SECONDS = 30.0


class ProgressReport:
    """Callable that shows the progress of each stage; use as a context manager."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, tuple[float, int]] = {}
        self._last_line = 0.0

    def __enter__(self) -> "ProgressReport":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("chunks"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
            )
            self._bar = Bar(*columns, console=Console(stderr=True))
            self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far a stage has come."""
        note = f"{progress.failed} failed" if progress.failed else ""
        if self._bar is not None:
            if progress.stage not in self._tasks:
                self._tasks[progress.stage] = self._bar.add_task(progress.stage, total=progress.chunks, note="")
            self._bar.update(self._tasks[progress.stage], completed=progress.done, note=note)
            return
        self._line(progress)

    def _line(self, progress: Progress) -> None:
        now = time.monotonic()
        began, there = self._began.setdefault(progress.stage, (now, progress.done))
        finished = progress.done == progress.chunks
        if not finished and now - self._last_line < LINE_SECONDS:
            return
        self._last_line = now
        rate = progress.runs / (now - began) if now > began else 0.0
        new = progress.done - there
        left = f" eta={_clock((now - began) / new * (progress.chunks - progress.done))}" if new and not finished else ""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        print(
            f"{stamp} stage={progress.stage} chunk={progress.done}/{progress.chunks} "
            f"done={progress.done / progress.chunks:.0%} runs={progress.runs} failed={progress.failed} "
            f"rate={rate:.0f}/s{left}",
            file=sys.stderr,
            flush=True,
        )


def _clock(seconds: float) -> str:
    """``4:05`` or ``1:04:05``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
