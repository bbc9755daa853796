"""The owner of a run directory: a file lock, which the system takes back from a process that dies.

A run owns its directory alone and a second one waits for it, then finds everything done. Parts of a job array share
it. Where a file system has no locks nothing is lost: two writers of a chunk write the same bytes.
"""

import errno
import fcntl
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sensitivity.errors import Stopped

POLL_SECONDS = 0.1

NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
"""What a file system without locks answers."""


@contextmanager
def owned(folder: Path, *, shared: bool, stop: Callable[[], bool]) -> Iterator[bool]:
    """Own `folder`, alone or with others that share it; wait for it if need be. Gives whether it is owned alone.

    Raises
    ------
    Stopped
        When `stop` says so while another process owns it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        locked = _acquire(descriptor, folder, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, stop)
        yield locked and not shared
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, folder: Path, kind: int, stop: Callable[[], bool]) -> bool:
    told = False
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if stop():
                raise Stopped(f"another process is running {folder}; run again to go on") from None
            if not told:
                told = True
                owner = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "parts of a job array"
                print(f"waiting for {owner}, which is running {folder}", file=sys.stderr, flush=True)
            time.sleep(POLL_SECONDS)
        except OSError as error:
            if error.errno in NO_LOCKS:
                return False
            raise
    if kind == fcntl.LOCK_EX:
        os.ftruncate(descriptor, 0)
        try:
            os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        except OSError:  # a full disk: the name of the owner is only told to those who wait
            pass
    return True
