"""Run a study again and again, each time with a fault at the next step of its storage, then undisturbed.

``python tests/faults.py kill|full STUDY WORK FIRST STRIDE`` prints, as JSON, for every step that was hit: its number,
what it was, how the process ended, what it said, and the content hash of the run that followed. A step is a write, of
which half is done, an fsync, a rename or a link. Everything is imported once and each run is a fork, so that all
steps can be tried.
"""

import builtins
import errno
import json
import os
import signal
import sys
from pathlib import Path

import xarray

from sensitivity import store
from sensitivity.__main__ import main


class Fault:
    """Counts steps and fails at one of them."""

    def __init__(self, kind, at):
        self.kind, self.at, self.count = kind, at, 0
        self.real = {name: getattr(os, name) for name in ("fsync", "replace", "link")}
        self.real_netcdf = xarray.DataTree.to_netcdf

    def step(self, what, half=lambda: None):
        """One step; at the chosen one, do half of it and fail."""
        self.count += 1
        if self.count == self.at:
            half()
            os.write(2, f"step {self.count} {what}\n".encode())
            if self.kind == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def install(self):
        """Put the fault into the storage of this process."""
        for name, real in self.real.items():

            def wrapped(*arguments, name=name, real=real, **options):
                if self.kind == "kill" or name == "fsync":  # a rename needs no room
                    self.step(name)
                return real(*arguments, **options)

            setattr(os, name, wrapped)

        def opened(path, mode="r", *arguments):
            file = builtins.open(path, mode, *arguments)
            return Torn(file, self) if "x" in mode else file

        store.open = opened

        def to_netcdf(tree, path, **options):
            self.step("netcdf", lambda: Path(path).write_bytes(b"\x89HDF\r\n"))
            return self.real_netcdf(tree, path, **options)

        xarray.DataTree.to_netcdf = to_netcdf


class Torn:
    """A file whose writes may fail in the middle."""

    def __init__(self, file, fault):
        self.file, self.fault = file, fault

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, payload):
        def half():
            self.file.write(payload[: len(payload) // 2])
            self.file.flush()

        self.fault.step("write", half)
        return self.file.write(payload)


def run(study, out, said, fault=None):
    """Fork, run, and give the status of the process."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        log = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if fault is not None:
            fault.install()
        sys.argv = ["sensitivity", "run", str(study), "--out", str(out)]
        main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def everything(kind, study, work, first, stride):
    """Every `stride`-th step from `first` on."""
    os.chdir(study.parent)
    at = first
    while True:
        out, said = work / str(at), work / f"{at}.log"
        status = run(study, out, said, Fault(kind, at))
        text = said.read_text()
        if f"step {at} " not in text:
            return  # there are fewer steps
        partial = [str(path) for path in out.rglob("result.nc")]
        again = run(study, out, said)
        manifest = next(iter(out.glob("*/manifest.json")), None)
        found = json.loads(manifest.read_text())["content_hash"] if manifest else said.read_text()
        left = [path.name for path in out.rglob(".*")]
        yield {"step": at, "text": text, "status": status, "again": again, "hash": found, "left": left,
               "result": partial}  # fmt: skip
        at += stride


if __name__ == "__main__":
    kind, study, work, first, stride = sys.argv[1:]
    found = list(everything(kind, Path(study).resolve(), Path(work).resolve(), int(first), int(stride)))
    print(json.dumps(found))
