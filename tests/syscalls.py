"""Kill a run at the entry of each of its system calls that change a file, then run again, undisturbed.

``python -m tests.syscalls STUDY WORK STRIDE PWRITE_STRIDE`` prints, as JSON, for every call at which a run was killed:
which it was, how the process ended, how the next run ended, the content hash of that run, and temporary files that
were left. The calls are those that the kernel sees (strace), so that what HDF5 does inside the netCDF library is among
them. Everything is imported once and each run is a fork.
"""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.faults import run

CALLS = ("write", "pwrite64", "fsync", "rename", "link", "unlink", "ftruncate", "mkdir")


class Traced:
    """Attaches strace to this process before its first step; kills it at the `at`-th call of a kind."""

    def __init__(self, log, inject=()):
        self.log, self.inject = log, inject

    def install(self):
        """Trace the process that calls this, from now on."""
        ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1))  # let a process that is no parent trace this one
        command = ["strace", "-f", "-y", "-o", str(self.log), "-e", f"trace={','.join(CALLS)}", *self.inject]
        tracer = subprocess.Popen([*command, "-p", str(os.getpid())], stderr=subprocess.PIPE)
        said = tracer.stderr.readline()
        if b"attached" not in said:
            raise RuntimeError(said.decode())


def calls(log, folder):
    """Calls on files of a run, by name, as (number among those of its name in its thread, ...): strace counts so."""
    counts, found = Counter(), {name: set() for name in CALLS}
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"(\d+) +(\w+)\(", line)
        if match and match[2] in CALLS:
            counts[match.groups()] += 1
            if str(folder) in line or re.search(r'"out/', line):
                found[match[2]].add(counts[match.groups()])
    return {name: sorted(numbers) for name, numbers in found.items()}


def everything(study, work, stride, pwrite_stride):
    """Kill at every `stride`-th call, of those that write pieces of the result at every `pwrite_stride`-th."""
    os.chdir(study.parent)
    said, log = work / "said", work / "log"
    assert run(study, work / "whole", said, Traced(log)) == 0, said.read_text()
    for name, numbers in calls(log, work / "whole").items():
        for number in numbers[:: pwrite_stride if name == "pwrite64" else stride]:
            out = work / f"{name}-{number}"
            kill = ("-e", f"inject={name}:signal=KILL:when={number}")
            status = run(study, out, said, Traced(log, kill))
            again = run(study, out, said)
            manifest = next(iter(out.glob("*/manifest.json")), None)
            found = json.loads(manifest.read_text())["content_hash"] if manifest else said.read_text()
            left = [str(path) for path in out.rglob(".*")]
            yield {"call": f"{name} {number}", "killed": status == -signal.SIGKILL, "again": again, "hash": found,
                   "left": left}  # fmt: skip
            subprocess.run(["rm", "-rf", str(out)], check=True)


if __name__ == "__main__":
    study, work, stride, pwrite_stride = sys.argv[1:]
    print(json.dumps(list(everything(Path(study).resolve(), Path(work).resolve(), int(stride), int(pwrite_stride)))))
