"""What the data allow to be said, in three sentences: who leads, how sure that is, what limits it.

A factor leads an output where it comes first in at least 95 % of the rankings drawn, or, where none were drawn, where
its interval lies above that of every other factor. Of an output whose intervals are too wide, or of a study of
which too many runs failed, no ranking is claimed.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

import sensitivity.accessor  # noqa: F401  (registers tree.sa)
from sensitivity import view
from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.plots import bars, style

NAMED = 4
"""Words in a list; more are counted."""

SURE = 0.95
"""Probability from which the first factors are said to be the first."""

MOST_FAILED = 0.05
"""Share of failed runs above which no ranking is claimed, however many the study allows: its own default."""

WORDS = {"ST": "total Sobol' index (ST)", "mu_star": "mean absolute elementary effect (μ*)"}


def sentences(tree: xr.DataTree) -> list[str]:
    """Who leads each output, whether the design was large enough, and what the indices rest on."""
    return [_leaders(tree), _sure(tree), _limits(tree)]


def contenders(table: pd.DataFrame, index: str) -> list[str]:
    """Factors that may be the first: the fewest that surely hold the top, or those whose intervals reach the largest.

    ``top_probability`` of a ranking says in its r-th row how sure its first r factors are to be the first r.
    """
    defined = table.dropna(subset=[index])
    if defined.empty:
        return []
    if "top_probability" in defined and defined["top_probability"].notna().all():
        first = int(np.argmax(defined["top_probability"].to_numpy() >= SURE))
        sure = defined["top_probability"].iloc[first] >= SURE
        return [str(name) for name in (defined.index[: first + 1] if sure else defined.index)]
    below = defined[f"{index}_upper"] < defined[f"{index}_lower"].iloc[0]
    return [str(name) for name in defined.index[~below]]


def _leaders(tree: xr.DataTree) -> str:
    index = RANKED_BY[tree.sa.method]
    clauses: dict[str, dict[str, str]] = {}
    for output in tree.sa.outputs:
        clause, value = _leader(tree, output)
        clauses.setdefault(clause, {})[output] = value
    said = []
    for clause, values in clauses.items():
        shown = [f"{value} for {output}" if len(values) > 1 else value for output, value in values.items() if value]
        said.append(f"for {_list(list(values))}, {clause}{f' ({_list(shown)})' if shown else ''}")
    return f"By {WORDS[index]}: {'; '.join(said)}."


def _leader(tree: xr.DataTree, output: str) -> tuple[str, str]:
    """What may be said of the first factors of an output, and the index of the leader with its interval."""
    method: str = tree.sa.method
    index, labels, table = RANKED_BY[method], style.labels(tree), tree.sa.rank(output)
    first = contenders(table, index)
    if not first:
        return "every factor is " + style.why_undefined(method, float(table["pairs"].max())), ""
    row = table.loc[first[0]]
    if not row[f"{index}_lower"] > 0.0:
        return "no factor can be told from zero", ""
    if METHODS[method].shares and row[index] < bars.noise_floor(tree, output):
        return "no factor rises above the noise floor", ""
    closed = _gate(tree, output)
    if closed:
        return f"no ranking is claimed, because {closed}", ""
    undefined = int(table[index].isna().sum())
    rest = f", with {undefined} of {len(table)} factors undefined" if undefined else ""
    if len(first) == 1:
        return f"{labels[first[0]]} leads{rest}", view.cell(row, index, method)
    return f"{_list([labels[name] for name in first])} cannot be told apart{rest}", ""


def _gate(tree: xr.DataTree, output: str) -> str:
    """Why no ranking of an output may be claimed; nothing where it may.

    That ranks still change is no reason: `contenders` says which factors cannot be told apart.
    """
    runs, failed = view.run_counts(tree)
    if failed > MOST_FAILED * runs:
        return f"{failed / runs:.1%} of the runs failed"
    if f"{tree.sa.method}_convergence" not in tree.children:
        return "convergence was not judged"
    met = tree.sa.convergence().loc[output, ["width_met", "screening_met"]]
    return "" if (met == 1).all() else "some intervals are wider than the targets"


def _sure(tree: xr.DataTree) -> str:
    """Whether the design is large enough, and whether a screening was confirmed."""
    method: str = tree.sa.method
    if f"{method}_convergence" not in tree.children:
        return "Convergence was not judged: `sensitivity analyze` does."
    limits = tree.sa.convergence().iloc[0]
    targets = f"intervals at most {limits['width_target']:g} wide"
    if METHODS[method].shares:
        targets += f", ranks that change by at most {limits['ranking_target']:g} weighted places"
    else:
        targets += " of the largest effect"
    missed = view.not_converged(tree)
    if missed:
        said = f"The design is too small for its targets ({targets}): {'; '.join(missed[:NAMED])}"
        said += f"; and {len(missed) - NAMED} more outputs" if len(missed) > NAMED else ""
    else:
        said = f"The design is large enough for its targets: {targets}"
    return "; ".join([said, *_screened(tree)]) + "."


def _screened(tree: xr.DataTree) -> list[str]:
    """Whether the screening was confirmed, output by output."""
    outputs: dict[int, list[str]] = {}
    table = tree.sa.screening()
    for output in dict.fromkeys(table.index.get_level_values("output")):
        outputs.setdefault(int(table.loc[output, "kept"]["verdict"]), []).append(str(output))
    said = [f"{view.VERDICTS[v]} {_list(names)}{view.ADVICE[v]}" for v, names in sorted(outputs.items())]
    return [f"the factors that the screening kept alone {', and '.join(said)}"] if said else []


def _limits(tree: xr.DataTree) -> str:
    parameters = tree["parameters"].to_dataset()
    assumed, total = int(parameters["assumed"].sum()), parameters.sizes["factor"]
    ranges = f"{assumed} of {total} ranges are assumed, without a source, and every index depends on the ranges chosen"
    return "; ".join([_failures(tree), *_floor(tree), *_noise(tree), ranges]) + "."


def _failures(tree: xr.DataTree) -> str:
    runs, failed = view.run_counts(tree)
    if failed == 0:
        return f"None of {runs:,} runs failed"
    rest = "the indices rest on the others and describe the part of the ranges where the model runs"
    return f"{failed:,} of {runs:,} runs failed ({failed / runs:.2%}), so that {rest}"


def _floor(tree: xr.DataTree) -> list[str]:
    """Say which factors lie below the noise floor of every output; nothing where there is no floor."""
    method: str = tree.sa.method
    floors = {output: bars.noise_floor(tree, output) for output in tree.sa.outputs} if METHODS[method].shares else {}
    known = {output: floor for output, floor in floors.items() if math.isfinite(floor)}
    if not known:
        return []
    table = tree.sa.table()[RANKED_BY[method]].unstack("output")[list(known)]
    below = [str(name) for name, row in table.iterrows() if all(row[o] < floor for o, floor in known.items())]
    many = f"{len(below)} factors lie" if len(below) != 1 else f"{style.labels(tree)[below[0]]} lies"
    return [f"{many} below the noise floor ({max(known.values()):.2g} at most) of every output"]


def _noise(tree: xr.DataTree) -> list[str]:
    """Say how much of the variance is noise of a stochastic model; nothing where it has no replicates."""
    data = tree[tree.sa.method].to_dataset()
    if "noise_share" not in data or not data["noise_share"].notnull().any():
        return []
    return [f"noise makes up to {float(data['noise_share'].max()):.0%} of an output's variance"]


def _list(words: Sequence[str], most: int = NAMED) -> str:
    """``a, b and c``, or the first ones and how many more."""
    shown = list(words[:most]) + ([f"{len(words) - most} more"] if len(words) > most else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
