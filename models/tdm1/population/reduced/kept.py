"""The reduced equations compiled once and kept on disk: to compile them takes longer than a trial."""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from models.engine.cache import compiled

SOURCES = ("course", "cells", "uptake", "workspace", "rates")
"""Modules whose code or constants are in the kernel."""

TEXT = '''"""Reduced equations of the sources {digest}."""

import numba

from models.tdm1.population.reduced.course import fill


def courses(rows, classes, dose, cycles, until, out, values, left, right, taken, fates):
    fill(rows, classes, dose, cycles, until, out, values, left, right, taken, fates)


courses = numba.njit(courses, error_model="numpy", cache=True, nogil=True)
'''
"""The kernel: numba knows a changed source of its own file only, so the others are named in it by their hash."""


@cache
def kernel() -> Callable[..., None]:
    """Return `course.fill`, compiled."""
    room = files("models.tdm1.population.reduced")
    digest = hashlib.sha256("".join(room.joinpath(f"{name}.py").read_text("utf-8") for name in SOURCES).encode())
    return compiled(TEXT.format(digest=digest.hexdigest()), "reduced", "courses")
