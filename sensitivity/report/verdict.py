"""What the data allow to be said, in three sentences: who leads, what failed, what is assumed.

A factor leads an output where the interval of its index lies above the interval of every other factor. Where
intervals overlap the order is called not resolved, and no leader is named.
"""

import math

import pandas as pd
import xarray as xr

import sensitivity.accessor  # noqa: F401  (registers tree.sa)
from sensitivity import view
from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.plots import bars, style

NAMED = 4
"""Factors named in a clause; more are counted."""

WORDS = {"ST": "total Sobol' index (ST)", "mu_star": "mean absolute elementary effect (μ*)"}


def sentences(tree: xr.DataTree) -> list[str]:
    """Leaders, failures and assumptions, a sentence each."""
    return [_leaders(tree), *_converged(tree), *_screened(tree), _failures(tree), _assumed(tree)]


def contenders(table: pd.DataFrame, index: str) -> list[str]:
    """The factor with the largest index, and those whose interval is not clearly below its interval."""
    defined = table.dropna(subset=[index])
    if defined.empty:
        return []
    below = defined[f"{index}_upper"] < defined[f"{index}_lower"].iloc[0]
    return [str(name) for name in defined.index[~below]]


def _leaders(tree: xr.DataTree) -> str:
    method: str = tree.sa.method
    index, labels = RANKED_BY[method], style.labels(tree)
    clauses: dict[str, list[str]] = {}
    for output in tree.sa.outputs:
        table = tree.sa.rank(output)
        first = contenders(table, index)
        if not first:
            clause = "every factor is " + style.why_undefined(method, float(table["pairs"].max()))
        elif not table[f"{index}_lower"].iloc[0] > 0.0:
            clause = "no factor can be told from zero"
        elif len(first) == 1:
            clause = f"{labels[first[0]]} leads"
        else:
            clause = f"the order of {_list([labels[name] for name in first])} is not resolved (their intervals overlap)"
        undefined = int(table[index].isna().sum())
        if first and undefined:
            clause += f", with {undefined} of {len(table)} factors undefined"
        clauses.setdefault(clause, []).append(output)
    said = "; ".join(f"for {_list(outputs, len(outputs))}, {clause}" for clause, outputs in clauses.items())
    return f"By {WORDS[index]}: {said}.{_floor(tree)}"


def _floor(tree: xr.DataTree) -> str:
    """Say which factors lie below the noise floor in every output; nothing where there is no floor."""
    method: str = tree.sa.method
    floors = {output: bars.noise_floor(tree, output) for output in tree.sa.outputs} if METHODS[method].shares else {}
    known = {output: floor for output, floor in floors.items() if math.isfinite(floor)}
    if not known:
        return ""
    table = tree.sa.table()[RANKED_BY[method]].unstack("output")[list(known)]
    below = [str(name) for name, row in table.iterrows() if all(row[o] < floor for o, floor in known.items())]
    if not below:
        return ""
    many = f"{len(below)} factors lie" if len(below) > 1 else f"{style.labels(tree)[below[0]]} lies"
    return f" {many} below the noise floor ({max(known.values()):.2g} at most) of every output."


def _converged(tree: xr.DataTree) -> list[str]:
    method: str = tree.sa.method
    if f"{method}_convergence" not in tree.children:
        return []
    missed = view.not_converged(tree)
    limits = tree.sa.convergence().iloc[0]
    targets = f"intervals at most {limits['width_target']:g} wide"
    if METHODS[method].shares:
        targets += f", ranks that change by at most {limits['ranking_target']:g} weighted places"
    else:
        targets += " of the largest effect"
    if not missed:
        return [f"The design is large enough for its targets: {targets}."]
    return [f"The design is too small for its targets ({targets}): " + "; ".join(missed) + "."]


def _screened(tree: xr.DataTree) -> list[str]:
    """Whether the screening was confirmed, output by output."""
    outputs: dict[int, list[str]] = {}
    table = tree.sa.screening()
    for output in dict.fromkeys(table.index.get_level_values("output")):
        outputs.setdefault(int(table.loc[output, "kept"]["verdict"]), []).append(str(output))
    said = [f"{view.VERDICTS[v]} {_list(names, len(names))}{view.ADVICE[v]}" for v, names in sorted(outputs.items())]
    return [f"The factors that the screening kept alone {'; '.join(said)}."] if said else []


def _failures(tree: xr.DataTree) -> str:
    runs, failed = view.run_counts(tree)
    if failed == 0:
        return f"None of {runs:,} runs failed."
    tied = view.tied_to_failure(tree)
    cause = f" Failures are tied to {_list(tied)}." if tied else ""
    moves = view.moved_by_failures(tree)[:1]  # the output that they could move furthest
    moved = "".join(f" Of {words}." for words in moves)
    return (
        f"{failed:,} of {runs:,} runs failed ({failed / runs:.2%}): "
        "the indices rest on the others and describe the part of the ranges where the model runs." + cause + moved
    )


def _assumed(tree: xr.DataTree) -> str:
    parameters = tree["parameters"].to_dataset()
    assumed, total = int(parameters["assumed"].sum()), parameters.sizes["factor"]
    return f"{assumed} of {total} ranges are assumed, without a source; every index depends on the ranges chosen."


def _list(words: list[str], most: int = NAMED) -> str:
    """``a, b and c``, or the first ones and how many more."""
    shown = words[:most] + ([f"{len(words) - most} more"] if len(words) > most else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
