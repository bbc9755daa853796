"""Errors made for people: what was wrong, where, what was given, what to write instead.

SensitivityError            exit 1   (base; never raised itself)
|- ConfigError              exit 3   the study file; carries every problem found
|- DoesNotFit               exit 3   this machine is too small for the study
|- TooManyFailures          exit 4
|- NotConverged             exit 5
|- ResumeRefused            exit 6
|- SelftestFailed           exit 7
|- Differs                  exit 7   two results, or a run and its reproduction
|- WorkerLost               exit 1   worker processes died again and again
|- Incomplete               exit 75  chunks are missing
|- Stopped                  exit 75, 76, 130  by a signal
`- UsageError               exit 2
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from sensitivity.excerpt import excerpt, lines_of


class SensitivityError(Exception):
    """Base of every error that the program raises on purpose."""

    exit_code = 1


class UsageError(SensitivityError):
    """A command was called with arguments that cannot be right."""

    exit_code = 2


class DoesNotFit(SensitivityError):
    """A study needs more memory or disk than there is."""

    exit_code = 3


class TooManyFailures(SensitivityError):
    """More runs failed than the study allows."""

    exit_code = 4


class NotConverged(SensitivityError):
    """The study is finished and its indices are not as sure as was required."""

    exit_code = 5


class ResumeRefused(SensitivityError):
    """A run directory belongs to another model source or package version, or to a design that is not continued."""

    exit_code = 6


class SelftestFailed(SensitivityError):
    """Indices that are known exactly came out wrong."""

    exit_code = 7


class Differs(SensitivityError):
    """Results that should be the same are not."""

    exit_code = 7


class Incomplete(SensitivityError):
    """Chunks are missing; run again to evaluate them."""

    exit_code = 75


class Stopped(SensitivityError):
    """A signal asked the run to stop; what was finished is kept."""

    def __init__(self, message: str, exit_code: int = Incomplete.exit_code) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class WorkerLost(SensitivityError):
    """Worker processes died again and again over the same tasks."""


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One problem of a study file: ``file:line:col severity[code] message``."""

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.severity}[{self.code}] {self.message}"


class ConfigError(SensitivityError):
    """A study file cannot be used; `diagnostics` holds every problem found in one pass.

    The message has one line a problem, and under each error the line of the file with its place underlined.
    """

    exit_code = 3

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = sum(d.severity == "error" for d in diagnostics)
        warnings = len(diagnostics) - errors
        counts = f"{errors} error{'s' * (errors != 1)}"
        if warnings:
            counts += f", {warnings} warning{'s' * (warnings != 1)}"
        lines = cache(lines_of)  # a file with a thousand mistakes is read once
        told = []
        for found in self.diagnostics:
            shown = excerpt(lines(found.file), found.line, found.column) if found.severity == "error" else ""
            told += [str(found), *([shown] if shown else [])]
        super().__init__("\n".join([*told, f"{counts}. Nothing was run."]))


def suggest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known word, or the list of known words when none is near."""
    known = list(known)
    near = get_close_matches(str(word), known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    if not known:
        return ""
    shown = ", ".join(sorted(known)[:30]) + (", ..." if len(known) > 30 else "")
    return f"; known: {shown}"
