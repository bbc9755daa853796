"""The jobs of a run directory: who evaluated what, when and where, each in files of its own.

``jobs/<job>.json`` is written when a job begins to work in the directory and again when it ends, so that one without
an end was killed. ``logs/<job>.log`` has a line for every chunk. No two jobs share a file: any number of them, on any
machines, may work in one directory.
"""

import itertools
import json
import os
import socket
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sensitivity.errors import SensitivityError
from sensitivity.machine import code_version, machine_class
from sensitivity.store import dump_json, write_atomically

Log = Callable[[str], None]

BATCH = ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT", "PBS_JOBID", "LSB_JOBID")
"""What a batch system says of a job."""


def timestamp(when: datetime | None = None) -> str:
    """Now, or another time in UTC, to the second."""
    return (when or datetime.now(UTC)).isoformat(timespec="seconds").replace("+00:00", "Z")


@contextmanager
def job(folder: Path, design: Mapping[str, Any], share: str) -> Iterator[Log]:
    """Keep the record and the log of a job that works in a run directory; gives what writes a line of the log.

    Parameters
    ----------
    design : mapping
        Size of the design that the job works on, by stage.
    share : str
        Part of the chunks that are its own, ``""`` for all.
    """
    now = datetime.now(UTC)
    batch = {name.lower(): os.environ[name] for name in BATCH if name in os.environ}
    words = [now.strftime("%Y%m%dT%H%M%S.%fZ"), socket.gethostname(), str(os.getpid()), uuid.uuid4().hex[:6]]
    name = "-".join(words)
    record = {
        "job": name,
        "argv": sys.argv[1:],
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "machine": machine_class(),
        "python": sys.version.split()[0],
        **code_version(),
        **batch,
        "design": dict(design),
        "share": share,
        "started": timestamp(now),
    }
    path = folder / "jobs" / f"{name}.json"
    write_atomically(path, dump_json(record))
    (folder / "logs").mkdir(exist_ok=True)
    with open(folder / "logs" / f"{name}.log", "a", buffering=1, encoding="utf-8") as file:

        def log(line: str) -> None:
            file.write(f"{timestamp()} {line}\n")

        log(f"started: {' '.join(sys.argv[1:])} on {record['host']} ({record['machine']})")
        end = "failed"
        try:
            yield log
            end = "finished"
        except (SensitivityError, KeyboardInterrupt) as error:
            end = f"{type(error).__name__}: {error}".splitlines()[0]
            raise
        finally:
            # Not within an error, such as a full disk, that a second one must not hide.
            if not isinstance(sys.exc_info()[1], OSError):
                log(end)
                write_atomically(path, dump_json({**record, "finished": timestamp(), "end": end}))


def jobs(folder: Path) -> list[dict[str, Any]]:
    """Records of the jobs that worked in a run directory, the first one first."""
    found = []
    for path in sorted((folder / "jobs").glob("[!.]*.json")):
        try:
            found.append(json.loads(path.read_bytes()))
        except (OSError, ValueError):  # the record of a job makes no number
            continue
    return found


def extensions(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Jobs that found the design smaller than they made it, with both sizes."""
    found: list[dict[str, Any]] = []
    for before, after in itertools.pairwise(records):
        if before.get("design") != after.get("design"):
            found.append({"when": after["started"], "before": before.get("design"), "after": after.get("design")})
    return found


def extended(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """``2026-11-24T10:00:00Z sobol n_base 512 to 1024``, for each of `extensions`."""
    said = []
    for one in found:
        for stage, sizes in one["after"].items():
            before = one["before"].get(stage, {})
            changed = [f"{name} {before.get(name)} to {n}" for name, n in sizes.items() if before.get(name) != n]
            said += [f"{one['when']} {stage} {', '.join(changed)}"] if changed else []
    return said
