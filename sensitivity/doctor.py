"""What this installation runs on, and whether it can do its work."""

import importlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import numpy as np

from sensitivity.contracts import OutputRequest
from sensitivity.loading import load
from sensitivity.machine import machine_class
from sensitivity.study import ModelUse

LEAST_DISK = 1 << 30
"""Bytes that a study of usual size may need."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `ok` is None for what is only told; `advice` says what to do where it is not fine."""

    name: str
    value: str
    ok: bool | None = None
    advice: str = ""

    def record(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def examine() -> list[Finding]:
    """Look at everything; a check that itself fails is a finding that is not fine."""
    checks: list[Callable[[], list[Finding]]] = [
        _python, _packages, _names, _processor, _threads, _cache, _disk, _compiling, _slurm,
    ]  # fmt: skip
    found = []
    for check in checks:
        try:
            found += check()
        except Exception as error:
            name = check.__name__.strip("_")
            found.append(Finding(name, f"{type(error).__name__}: {error}", False, "this check itself failed"))
    return found


def _python() -> list[Finding]:
    fine = sys.version_info >= (3, 11)
    return [Finding("python", f"{platform.python_version()} on {platform.platform()}", fine, "needs 3.11 or later")]


def _packages() -> list[Finding]:
    found = []
    for line in requires("tdm1-sensitivity") or []:
        if "extra ==" in line:
            continue
        name = line.split(";")[0].split(">")[0].split("<")[0].split("=")[0].strip()
        try:
            found.append(Finding(f"package {name}", version(name), True))
        except PackageNotFoundError:
            found.append(Finding(f"package {name}", "missing", False, f"pip install {name}"))
    return found


def _names() -> list[Finding]:
    """Other packages may have taken the import names."""
    found = []
    home = Path(__file__).resolve().parent
    for name, place in (("sensitivity", home), ("models", home.parent / "models")):
        file = Path(str(importlib.import_module(name).__file__)).resolve().parent
        advice = f"another package called {name} is imported: use an environment of its own"
        found.append(Finding(f"import {name}", str(file), file == place, advice))
    return found


def _processor() -> list[Finding]:
    return [Finding("processor", f"{os.cpu_count()} cores, {machine_class()}")]


def _threads() -> list[Finding]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    told = ", ".join(f"{name}={os.environ[name]}" for name in names if name in os.environ)
    return [Finding("threads", told or "not set: each worker uses one")]


def _cache() -> list[Finding]:
    folder = Path(os.environ.get("SENSITIVITY_CACHE") or
                  Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tdm1-sensitivity")  # fmt: skip
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return [Finding("cache", f"{folder}: {error}", False, "set SENSITIVITY_CACHE to a folder that can be written")]
    return [Finding("cache", str(folder), True)]


def _disk() -> list[Finding]:
    free = shutil.disk_usage(Path.cwd()).free
    return [Finding("disk", f"{free / 2**30:.1f} GiB free here", free > LEAST_DISK, "make room: below 1 GiB")]


def _compiling() -> list[Finding]:
    """One row of a real model: its kernel is compiled, or comes from the cache."""
    began = time.perf_counter()
    model = load(ModelUse("models.tdm1:TDM1", {"rtol": 1e-4}))
    request = [OutputRequest("y", "in_vitro.dm1_cytosolic", "nM * hour", "auc", (0.0, 24.0))]
    y = float(model.simulate({}, np.zeros((1, 2), dtype=np.uint64), request)["y"].values[0])
    told = f"a row of models.tdm1:TDM1 in {time.perf_counter() - began:.1f} s"
    return [Finding("compiler", told, bool(np.isfinite(y) and y > 0.0), "the compiled model gives no number")]


def _slurm() -> list[Finding]:
    sbatch = shutil.which("sbatch")
    return [Finding("slurm", sbatch or "no sbatch here: runs use this machine")]
