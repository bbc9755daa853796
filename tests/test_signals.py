"""What a signal does to a run: an exit code, chunks that are kept, no process left behind, and the same bits later."""

import os
import signal
import time

import pytest

from tests.processes import alive_in_session, content_hash, finish, markers, prepare, start, wait_for

SERIAL = ("--set", "executor.kind=serial")
JOBLIB = ("--set", "executor.kind=joblib", "--workers", "2")
DASK = ("--set", "executor.kind=dask", "--workers", "2")
ENGINES = pytest.mark.parametrize(
    "engine", [SERIAL, JOBLIB, pytest.param(DASK, marks=pytest.mark.slow)], ids=["serial", "joblib", "dask"]
)
PACE = 0.3
"""Seconds of a chunk: long against the delivery of a signal, so that one is in flight when it comes."""


@ENGINES
@pytest.mark.parametrize(("number", "code"), [(signal.SIGUSR1, 75), (signal.SIGTERM, 76)], ids=["USR1", "TERM"])
def test_a_stop_signal_finishes_what_is_in_flight_and_says_so(tmp_path, undisturbed, engine, number, code):
    folder = prepare(tmp_path)
    process = start(folder, *engine, pace=PACE)
    wait_for(lambda: markers(folder))
    time.sleep(PACE / 3)  # the next one is in flight
    os.killpg(process.pid, number)  # a batch system signals every process of a job
    _, err = finish(process, code)
    done = len(markers(folder))
    assert 2 <= done <= 6  # one was finished, one or two were in flight; few more can have come before the signal
    assert f"stopped by {number.name}: {done} of 16 chunks of stage sobol are finished and kept" in err
    assert "stopping after the chunks in flight" in err
    wait_for(lambda: not alive_in_session(process.pid), 10)  # the helper process of loky ends a moment later
    assert not list(folder.glob("results/*/result.nc"))
    stamps = {path: path.stat().st_mtime_ns for path in markers(folder)}
    assert content_hash(folder, *engine) == undisturbed
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())


@ENGINES
def test_ctrl_c_stops_at_once_without_a_traceback_or_an_orphan(tmp_path, undisturbed, engine):
    folder = prepare(tmp_path)
    process = start(folder, *engine, pace=PACE)
    wait_for(lambda: markers(folder))
    os.killpg(process.pid, signal.SIGINT)
    _, err = finish(process, 130)
    assert err.splitlines()[-1] == "error: stopped; finished chunks are kept, run again to go on"
    assert "Warning" not in err
    wait_for(lambda: not alive_in_session(process.pid), 10)
    assert content_hash(folder, *engine) == undisturbed


@ENGINES
def test_a_second_signal_stops_at_once(tmp_path, engine):
    folder = prepare(tmp_path)
    process = start(folder, *engine, pace=1.0)
    wait_for(lambda: markers(folder))
    time.sleep(0.2)  # the next one is in flight
    process.send_signal(signal.SIGUSR1)
    time.sleep(0.2)  # signals of other numbers may overtake each other
    before = len(markers(folder))
    process.send_signal(signal.SIGTERM)
    _, err = finish(process, 76)
    assert "stopped; finished chunks are kept" in err
    # The chunk that was in flight is not waited for; another process of the pair may just have finished one. Dask lets
    # workers leave by themselves for up to 4 s, in which both may.
    assert len(markers(folder)) <= before + (2 if engine is DASK else 1)
    wait_for(lambda: not alive_in_session(process.pid), 10)


@pytest.mark.parametrize("engine", [JOBLIB, pytest.param(DASK, marks=pytest.mark.slow)], ids=["joblib", "dask"])
def test_workers_do_not_outlive_a_run_that_is_killed(tmp_path, engine):
    folder = prepare(tmp_path)
    process = start(folder, *engine, pace=PACE)
    wait_for(lambda: markers(folder))
    process.kill()
    wait_for(lambda: not alive_in_session(process.pid), 10)
    process.communicate()


def test_a_signal_to_a_part_of_a_job_array_is_the_same(tmp_path):
    folder = prepare(tmp_path)
    process = start(folder, "--chunk", "0/2", pace=PACE)
    wait_for(lambda: markers(folder))
    process.send_signal(signal.SIGTERM)
    finish(process, 76)
    assert len(markers(folder)) < 8
