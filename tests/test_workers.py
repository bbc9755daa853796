"""Workers that die: what was finished is kept, what was in flight is tried again, and an evil chunk is named."""

import os
import random
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from tests.processes import alive_in_session, content_hash, finish, markers, prepare, start, wait_for

JOBLIB = ("--set", "executor.kind=joblib", "--workers", "2")
DASK = ("--set", "executor.kind=dask", "--workers", "2")


EVIL = """
import signal

def evil(x):
    if os.environ.get("EVIL") and np.any(x["a"] > 2.95):  # two or three of the 256 base points
        os.kill(os.getpid(), signal.SIGKILL)
    return f(x)
"""


def workers(leader):
    """Processes of the session that evaluate chunks."""
    found = []
    for pid in alive_in_session(leader):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"popen_loky" in command or b"spawn_main" in command:
                found.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def busy(folder, process, done):
    """So many chunks are finished, and workers are there."""
    return len(markers(folder)) >= done and (process.poll() is not None or workers(process.pid))


@pytest.mark.parametrize("engine", [JOBLIB, DASK], ids=["joblib", "dask"])
@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_workers_cost_what_was_in_flight_and_no_bits(tmp_path, undisturbed, engine, kills):
    """One kill for every two chunks that are finished, so that no chunk is in flight at five of them."""
    rng = random.Random(kills)
    killed = series = 0
    while killed < kills:
        folder = tmp_path / str(series)
        folder.mkdir()
        series += 1
        process = start(prepare(folder), *engine, "--json", pace=0.2)
        stamps = {}
        for done in range(1, 14, 2):
            wait_for(partial(busy, folder, process, done))
            time.sleep(rng.uniform(0.0, 0.15))
            stamps |= {path: path.stat().st_mtime_ns for path in markers(folder) if path not in stamps}
            victims = workers(process.pid)
            if killed < kills and victims:
                os.kill(rng.choice(victims), signal.SIGKILL)
                killed += 1
        finish(process)
        assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
        assert content_hash(folder) == undisturbed


@pytest.mark.parametrize("engine", [JOBLIB, pytest.param(DASK, marks=pytest.mark.slow)], ids=["joblib", "dask"])
def test_a_chunk_that_kills_its_worker_is_named_and_the_others_are_kept(tmp_path, undisturbed, engine):
    folder = prepare(tmp_path)
    (folder / "disturbed.py").write_text((folder / "disturbed.py").read_text() + EVIL)
    study = folder / "study.yaml"
    study.write_text(study.read_text().replace("disturbed:f", "disturbed:evil"))
    _, err = finish(start(folder, *engine, EVIL="1"), 1)
    assert "error: worker processes died 5 times over chunk" in err
    assert "of stage sobol" in err
    assert len(markers(folder)) >= 1
    assert content_hash(folder) == undisturbed  # the same function, when nothing kills it
