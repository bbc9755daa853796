"""Compiled kernels on disk: written once, found by any process, harmless when many start together.

A kernel's file name carries the hash of its source, of what vectors of rows can do, of numba's version and of the
processor, so a stale one is never read. Files are written beside and renamed, with a fixed time stamp: numba trusts
its compiled code by the stamp, and two processes that write the same text must not spoil each other's.
"""

import hashlib
import importlib.util
import os
import pickletools
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from models.engine.codegen import generate
from models.engine.dimensions import check_units
from models.engine.network import Network

VECTORS = ("lanes", "lane_functions", "scalar", "stochastic/philox", "stochastic/inversion", "stochastic/lane_words")
"""Modules whose code ends up in a kernel."""

STAMP = 1_000_000_000
"""Modification time of every generated file, in seconds since 1970."""


def folder() -> Path:
    """Return the first folder that can be written: ``$SENSITIVITY_CACHE``, the XDG cache, a temporary one."""
    candidates = []
    if os.environ.get("SENSITIVITY_CACHE"):
        candidates.append(Path(os.environ["SENSITIVITY_CACHE"]))
    base = os.environ.get("XDG_CACHE_HOME")
    candidates.append((Path(base) if base else Path(os.path.expanduser("~/.cache"))) / "tdm1-sensitivity")
    candidates.append(Path(tempfile.gettempdir()) / f"tdm1-sensitivity-{os.getuid() if hasattr(os, 'getuid') else 0}")
    for path in candidates:
        if _usable(path):
            return path
    return Path(tempfile.mkdtemp(prefix="tdm1-sensitivity-"))


def _usable(path: Path) -> bool:
    """Tell whether files can be created there and nobody else owns it: what lies there is executed."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hasattr(os, "getuid") and path.stat().st_uid not in (os.getuid(), 0):
            return False
        (path / "__pycache__").mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=path / "__pycache__"):
            return True
    except OSError:
        return False


def write(source: str, name: str) -> Path:
    """Put `source` into the cache and return its path."""
    import llvmlite.binding
    import numba

    vectors = [files("models.engine").joinpath(f"{name}.py").read_text("utf-8") for name in VECTORS]
    key = "\n".join((source, *vectors, numba.__version__, llvmlite.binding.get_host_cpu_name()))
    path = folder() / f"{name}_{hashlib.sha256(key.encode()).hexdigest()[:16]}.py"
    if not _holds(path, source):
        handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(source)
        os.utime(beside, (STAMP, STAMP))
        os.replace(beside, path)
    return path


def _holds(path: Path, source: str) -> bool:
    """Tell whether `path` holds `source`: a file cut short by a full disk is written again."""
    try:
        return path.read_text(encoding="utf-8") == source
    except (OSError, UnicodeDecodeError):
        return False


def _is_whole(path: Path) -> bool:
    """Tell whether compiled code was written to its end; numba would raise, in every process and for good.

    Numba writes an index as two pickles and code as one; they are walked here, not executed.
    """
    try:
        with path.open("rb") as stream:
            for _ in range(2 if path.suffix == ".nbi" else 1):
                for _ in pickletools.genops(stream):
                    pass
    except (OSError, ValueError):
        return False
    return True


def load(path: Path) -> ModuleType:
    """Import a generated file as plain Python."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # numba looks its module up by name when it reads compiled code
    spec.loader.exec_module(module)
    return module


@cache
def kernel(network: Network) -> Callable[..., None]:
    """Return the compiled ``integrate`` of a network."""
    check_units(network)
    return compiled(generate(network), network.name, "integrate")


def compiled(source: str, name: str, entry: str) -> Callable[..., None]:
    """Return the function `entry` of a generated module, from disk where it was compiled before.

    The first call of it in the life of the cache compiles, for some seconds, and says so on stderr.
    """
    module: Any = load(write(source, name))
    function = getattr(module, entry)
    kept = Path(function.stats.cache_path)
    for path in kept.glob(f"{Path(module.__file__).stem}.{entry}-*.nb[ic]"):
        if not _is_whole(path):
            path.unlink(missing_ok=True)
    if not any(kept.glob(f"{Path(module.__file__).stem}.{entry}-*.nbi")):
        print(f"compiling {name}, once", file=sys.stderr, flush=True)
    result: Callable[..., None] = function
    return result
