"""The methods in one table: where each is, what it ranks by, what is shown of it and which keys of a study it has.

Whatever tells methods apart without computing reads this table: study files, results, tables, figures and reports.
A new method is a class that satisfies `sensitivity.contracts.Method`, and one entry here.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """What the program knows of a method.

    Attributes
    ----------
    where : str
        Its class, as ``"module:class"``; imported when it is needed.
    title : str
        Heading of its section.
    ranked_by : str
        Index that ranks.
    columns, group_columns : tuple of str
        Indices shown of factors and of groups, the ranking one first; a method that ranks no groups has none.
    size : str
        Key of a study file that makes its design larger.
    used : str
        What the counts behind an index count.
    keys : tuple of str
        Keys of ``design`` that it has beside ``method`` and ``seed``.
    least, lacking : int and str
        Smallest such count that gives an index, and what is said of one below.
    shares : bool
        Whether its indices are shares of a variance, which have no unit.
    caveat : str
        What must be said beside its indices.
    """

    where: str
    title: str
    ranked_by: str
    columns: tuple[str, ...]
    group_columns: tuple[str, ...]
    size: str
    used: str
    least: int
    lacking: str
    keys: tuple[str, ...]
    shares: bool
    caveat: str = ""


METHODS: Mapping[str, Entry] = {
    "sobol": Entry(
        where="sensitivity.methods.sobol:Sobol",
        title="Sobol' indices",
        ranked_by="ST",
        columns=("ST", "S1"),
        group_columns=("ST", "S1"),
        size="n_base",
        used="base samples",
        least=1,
        lacking="no complete pair of runs",
        keys=("n_base", "scrambles", "second_order", "symmetric", "screen"),
        shares=True,
    ),
    "efast": Entry(
        where="sensitivity.methods.efast:EFast",
        title="eFAST indices",
        ranked_by="ST",
        columns=("ST", "S1"),
        group_columns=(),
        size="curves",
        used="curves",
        least=2,
        lacking="fewer than two curves without a failed run",
        keys=("n", "curves", "harmonics"),
        shares=True,
        caveat="eFAST indices are off by up to some hundredths, which their intervals do not show (interference)",
    ),
    "morris": Entry(
        where="sensitivity.methods.morris:Morris",
        title="Morris screening",
        ranked_by="mu_star",
        columns=("mu_star", "mu", "sigma"),
        group_columns=("mu_star",),
        size="trajectories",
        used="trajectories",
        least=2,
        lacking="fewer than two complete trajectories",
        keys=("trajectories", "levels", "sampling", "scrambles"),
        shares=False,
    ),
}
"""By name in a study file; of a study with several, the first one here answers."""

RANKED_BY: Mapping[str, str] = {name: entry.ranked_by for name, entry in METHODS.items()}
