"""Compiled kernels on disk: once, together, and where nothing can be written."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from models.engine import cache

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import numpy as np
from models.engine.declaration import Observable, Parameter, Reaction, Species
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.solver import Schedule, solve
rate = Parameter("rate", "k", 1.0, "1/hour", "", "", "assumed: test", (0.0, 9.0))
tiny = Network("tiny", (Species("x", "nM", "", "unit"),), (rate, Parameter("unit", "u", 1.0, "nM", "", "", "", (0, 9))),
               (Reaction("out", "rate*x", {"x": "-1"}, ""),), (Observable("x", "x", "nM", "", 1e-3),))
found = solve(tiny, {}, Schedule(), [Output("x", "x", "last", (0.0, 1.0))], rows=1, rtol=1e-8, max_steps=1000)
print(found.values["x"][0])
"""


def start(**environment):
    keep = {k: v for k, v in os.environ.items() if k not in {"SENSITIVITY_CACHE", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=keep | environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert float(out) == pytest.approx(0.36787944117144233, rel=1e-6)  # exp(-1) to a hundred times rtol
    return err


def test_compiled_once_even_when_started_together(tmp_path):
    cache = str(tmp_path / "cache")
    both = [start(SENSITIVITY_CACHE=cache) for _ in range(2)]
    messages = [finish(process) for process in both]
    assert any("compiling tiny, once" in message for message in messages)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.nb*")}
    assert before
    assert finish(start(SENSITIVITY_CACHE=cache)) == ""
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.nb*")} == before
    assert not list((tmp_path / "cache").glob("*.tmp"))


def test_every_process_writes_the_same_text():
    """Sets are walked in another order under another hash seed; the kernel's text, and so its bits, must not care."""
    script = (
        "from models.engine import codegen; from models.tdm1 import networks as n; print(codegen.generate(n.patient()))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A path below a regular file, which nobody can make, root included; only the temporary folder is left."""
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    for variable in ("HOME", "XDG_CACHE_HOME", "SENSITIVITY_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / "file" / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path / "tmp"


def test_folders_in_their_order(nowhere, tmp_path, monkeypatch):
    assert cache.folder().parent == nowhere
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert cache.folder() == tmp_path / "me" / ".cache" / "tdm1-sensitivity"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "tdm1-sensitivity"
    monkeypatch.setenv("SENSITIVITY_CACHE", str(tmp_path / "chosen"))
    assert cache.folder() == tmp_path / "chosen"


@pytest.mark.slow
def test_a_home_that_cannot_be_written(nowhere):
    names = ("HOME", "XDG_CACHE_HOME", "SENSITIVITY_CACHE", "TMPDIR")
    error = finish(start(**{name: os.environ[name] for name in names}))
    assert "compiling tiny, once" in error
    assert list(nowhere.rglob("tiny_*.nbi"))


def test_a_file_cut_short_is_written_again(tmp_path):
    first = finish(start(SENSITIVITY_CACHE=str(tmp_path)))
    (source,) = tmp_path.glob("tiny_*.py")
    source.write_text("")
    finish(start(SENSITIVITY_CACHE=str(tmp_path)))
    assert "compiling tiny" in first
    assert source.read_text().startswith('"""Kernel of the network tiny')


@pytest.mark.parametrize("kind", ["nbi", pytest.param("nbc", marks=pytest.mark.slow)])
def test_compiled_code_cut_short_is_made_again(tmp_path, kind):
    finish(start(SENSITIVITY_CACHE=str(tmp_path)))
    (compiled,) = tmp_path.rglob(f"tiny_*.{kind}")
    whole = compiled.read_bytes()
    for broken in (b"", whole[:30], whole[: len(whole) // 2], bytes(len(whole))):
        compiled.write_bytes(broken)
        assert not cache._is_whole(compiled)
    finish(start(SENSITIVITY_CACHE=str(tmp_path)))
    (again,) = tmp_path.rglob(f"tiny_*.{kind}")
    assert cache._is_whole(again)
