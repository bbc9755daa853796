"""The machine that a process runs on: what decides the last bits of its numbers, and which code they came from."""

import hashlib
import platform
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


@cache
def machine_class() -> str:
    """Class of this machine: machines of one class give the same bits.

    Vector instructions that NumPy (and so the compiled kernels) may use decide how sums are taken, and the C library
    decides the last bit of an exponential.
    """
    import numpy as np

    simd = np.show_config(mode="dicts") or {}
    features = simd.get("SIMD Extensions", {})
    return " ".join([platform.machine(), *features.get("found", []), *filter(None, platform.libc_ver())])


@cache
def code_version() -> dict[str, str]:
    """Version of this program's code: a hash of its source and, in a git checkout, the commit."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\0{len(content)}\0".encode() + content)
    found = {"code_sha256": digest.hexdigest()}
    if (PACKAGE.parent / ".git").exists():
        try:
            commit, changed = (_git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", "sensitivity", "models"))
        except (OSError, subprocess.SubprocessError):  # no git, or a checkout of somebody whom git does not trust
            return found
        found["git_commit"] = commit + (" with changes" if changed else "")
    return found


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(PACKAGE.parent), *arguments], capture_output=True, text=True, check=True,
                          timeout=10)  # fmt: skip
    return done.stdout.strip()


def peak_memory() -> int:
    """Largest resident memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
