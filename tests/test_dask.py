"""The Dask executor: what is said when it is not installed or its scheduler dies, and how many threads a worker has."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.processes import content_hash, finish, markers, prepare, start, wait_for

DASK = ("--set", "executor.kind=dask", "--workers", "2")

QUICK = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s"}
"""How long a dead scheduler is called."""


def test_what_is_not_installed_is_named_with_its_cure(tmp_path):
    folder = prepare(tmp_path)
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['distributed'] = None\n")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "."), str(os.getcwd())])
    _, err = finish(start(folder, *DASK, PYTHONPATH=path), 2)
    assert "executor.kind is dask, which needs packages that are not here" in err
    assert "pip install 'tdm1-sensitivity[hpc]'" in err


THREADS = """
def threads(x):
    import numba, threadpoolctl
    np.ones((2, 2)) @ np.ones((2, 2))
    pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
    assert pools and {*pools, numba.get_num_threads()} == {1}, (pools, numba.get_num_threads())
    return f(x)
"""


def test_a_worker_has_one_thread(tmp_path):
    folder = prepare(tmp_path)
    (folder / "disturbed.py").write_text((folder / "disturbed.py").read_text() + THREADS)
    study = (folder / "study.yaml").read_text().replace("disturbed:f", "disturbed:threads")
    (folder / "study.yaml").write_text(study.replace("n_base: 128", "n_base: 32"))
    unset = {name: "" for name in os.environ if name.endswith("_NUM_THREADS")}
    with pytest.MonkeyPatch.context() as patch:
        for name in unset:
            patch.delenv(name)
        finish(start(folder, *DASK, "--set", "failures.max_fraction=0"))


def answers(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def scheduler(folder):
    """A scheduler of its own with two workers, in a process group of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    arguments = {
        "dask_scheduler": ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard"),
        "dask_worker": (address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--death-timeout", "20"),
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{name}", *given],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for name, given in arguments.items()
    ]  # fmt: skip
    try:
        wait_for(lambda: answers(port))
        yield address, running[0]
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_a_scheduler_that_dies_costs_what_was_in_flight(tmp_path):
    folder = prepare(tmp_path)
    serial = content_hash(folder, "--out", "undisturbed")
    with scheduler(folder) as (address, process):
        here = (*DASK, "--set", f"executor.scheduler={address}")
        run = start(folder, *here, pace=0.3, **QUICK)
        wait_for(lambda: markers(folder))
        process.kill()
        _, err = finish(run, 1)
        assert f"error: the Dask scheduler at {address} does not answer. What is finished is kept" in err
        kept = {path: path.stat().st_mtime_ns for path in markers(folder)}
        assert kept
        _, err = finish(start(folder, *here, **QUICK), 1)
        assert "does not answer" in err
    with scheduler(folder) as (address, _):
        assert content_hash(folder, *DASK, "--set", f"executor.scheduler={address}") == serial
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in kept.items())
