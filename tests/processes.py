"""Runs in processes of their own that tests stop, kill and starve: a study of 16 chunks that takes a second or two."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import unittest.mock
from pathlib import Path

from sensitivity.__main__ import main

ROOT = Path(__file__).parents[1]

MODEL = """
import os, time
import numpy as np

def f(x):
    time.sleep(float(os.environ.get("PACE", "0")))
    return {"y": np.sin(x["a"]) + 7 * x["b"] ** 2 + 0.1 * x["c"] * x["a"]}
"""

STUDY = """\
schema: sensitivity-config/1
title: a run that is disturbed
model: {use: "disturbed:f"}
factors:
  a: {dist: uniform, low: -3.0, high: 3.0, unit: "1", source: definition}
  b: {dist: uniform, low: -3.0, high: 3.0, unit: "1", source: definition}
  c: {dist: uniform, low: -3.0, high: 3.0, unit: "1", source: definition}
outputs:
  y: {of: y, unit: "1"}
design: {method: sobol, n_base: 128, scrambles: 4, seed: 3}
executor: {kind: serial, chunk_size: 8}
"""


def call(*arguments, cwd=ROOT, code=0):
    """Run one command to its end, which must have this exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "sensitivity", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def inside(*arguments, cwd, code=0):
    """The same in this process, whose imports are done: for tests of many commands."""
    out, err = io.StringIO(), io.StringIO()
    given = 0
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        with unittest.mock.patch.object(sys, "argv", ["sensitivity", *map(str, arguments)]):
            try:
                main()
            except SystemExit as done:
                given = done.code or 0
    assert given == code, (given, out.getvalue(), err.getvalue())
    return subprocess.CompletedProcess(arguments, given, out.getvalue(), err.getvalue())


def prepare(folder):
    """Write the study and its model."""
    (folder / "disturbed.py").write_text(MODEL)
    (folder / "study.yaml").write_text(STUDY)
    return folder


def start(folder, *arguments, pace=0.0, before=(), **environment):
    """Start `sensitivity run study.yaml`; `before` goes before the interpreter."""
    return subprocess.Popen(
        [*before, sys.executable, "-m", "sensitivity", "run", "study.yaml", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PACE": str(pace), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process, code=0):
    """Wait for the end; gives stdout and stderr."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, (process.returncode, out, err)
    assert "Traceback" not in err
    return out, err


def content_hash(folder, *arguments):
    """Run to the end, undisturbed, by the command but in this process: starting another takes longer than the run."""
    if "executor.kind=dask" in arguments:  # whose threads would outlive the run
        return json.loads(finish(start(folder, "--json", *arguments))[0])["content_hash"]
    return json.loads(inside("run", "study.yaml", "--json", *arguments, cwd=folder).stdout)["content_hash"]


def markers(folder, out="results"):
    """Markers of the chunks that are finished."""
    return sorted(folder.glob(f"{out}/*/chunks/sobol/[0-9]*.json"))


def wait_for(condition, seconds=60.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def alive_in_session(leader):
    """Processes of the session that `start` opened, zombies aside."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                state, _, _, session = (path / "stat").read_text().rpartition(")")[2].split()[:4]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(session) == leader and state != "Z":
                found.append(int(path.name))
    return found
