"""A kill at any system call that changes a file, those inside the netCDF library too, costs nothing but time."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.processes import ROOT, prepare

# How many of the calls are tried: of all, and of those that write pieces of the result, of which there are thousands.
STRIDES = [
    pytest.param(32, 1400, id="some"),
    pytest.param(1, 26, id="all, pieces of the result one in 26", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("stride", "pwrite_stride"), STRIDES)
def test_a_kill_at_any_system_call_changes_nothing(tmp_path, undisturbed, stride, pwrite_stride):
    if shutil.which("strace") is None:
        assert not os.environ.get("REQUIRE_ALL"), "strace is not installed"
        pytest.skip("strace is not installed")
    study = prepare(tmp_path) / "study.yaml"
    study.write_text(study.read_text().replace("chunk_size: 8", "chunk_size: 64"))  # two chunks
    (tmp_path / "work").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.syscalls", study, tmp_path / "work", str(stride), str(pwrite_stride)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name.split()[0] for name in (one["call"] for one in found)} == {
        "write", "pwrite64", "fsync", "rename", "link", "unlink", "ftruncate", "mkdir"
    }  # fmt: skip
    assert len(found) * max(stride, 1) >= 60
    for one in found:
        assert one["killed"], one
        assert (one["again"], one["hash"], one["left"]) == (0, undisturbed, []), one
