"""One task after the other in this process: also the place to debug in."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

from sensitivity.contracts import R, Stop, T


@dataclass(frozen=True)
class Serial:
    """No workers: `workers` is there because every executor has it."""

    workers: int = 1

    def map(self, fn: Callable[[T], R], tasks: Iterable[T], stop: Stop, /) -> Generator[R, None, None]:
        """Call `fn` on every task."""
        for task in tasks:
            if stop():
                return
            yield fn(task)

    def close(self) -> None:
        """Nothing is held."""
