"""Tables as text: aligned for a person, tab-separated for a pipe, never shortened."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.methods.catalogue import METHODS

if TYPE_CHECKING:
    import xarray as xr


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, aligned: bool | None = None) -> str:
    """Lay out rows under a header: aligned on a terminal, tab-separated elsewhere unless told."""
    if aligned is None:
        aligned = sys.stdout.isatty()
    lines = [list(header), *[list(row) for row in rows]]
    clean = [[" ".join(str(cell).split()) for cell in line] for line in lines]
    if not aligned:
        return "\n".join("\t".join(line) for line in clean)
    widths = [max(len(line[i]) for line in clean) for i in range(len(header))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in clean)


def number(value: float, digits: int = 4) -> str:
    """A number with few digits, 18830 rather than 1.883e+04; a value that is not finite is said to be undefined."""
    if not math.isfinite(value):
        return "undefined"
    if 1e-3 <= abs(value) < 1e6:
        return f"{float(f'{value:.{digits}g}'):.10g}"
    return f"{value:.{digits}g}"


def index(value: float) -> str:
    """A Sobol' index with three decimals."""
    return f"{round(value, 3) + 0.0:.3f}" if math.isfinite(value) else "undefined"  # no minus before a zero


def chance(value: float) -> str:
    """``87%``; what was drawn from some thousand rankings is never said to be sure."""
    if not math.isfinite(value):
        return ""
    return ">99%" if value >= 0.995 else "<1%" if value < 0.005 else f"{value:.0%}"


def cell(row: "Mapping[str, float]", name: str, method: str = "sobol") -> str:
    """An index of a row of `accessor`'s tables, which have its bounds beside it, with its interval."""
    return with_interval(row[name], row[f"{name}_lower"], row[f"{name}_upper"], method)


def with_interval(value: float, low: float, high: float, method: str) -> str:
    """``0.463 [0.412, 0.514]``."""
    show = index if METHODS[method].shares else number
    return f"{show(value)} [{show(low)}, {show(high)}]" if math.isfinite(value) else "undefined"


def answers(tree: "xr.DataTree", *, top: int | None = None, level: str = "factor") -> str:
    """Ranking, and what else the study asked for; of a result with scenarios, of each one, and their differences."""
    if tree.sa.scenarios:
        parts = [f"scenario {name}\n{answers(part, top=top, level=level)}" for name, part in scenarios(tree)]
        heading, rows = differences(tree)
        header = ["scenarios", "output", "factor", f"difference of {METHODS[tree.sa.method].ranked_by}"]
        return "\n\n".join([*parts, f"{heading}\n{table(header, rows)}" if rows else heading])
    return "\n\n".join(part for part in (ranking(tree, top=top, level=level), derived(tree)) if part)


def scenarios(tree: "xr.DataTree") -> "list[tuple[str, xr.DataTree]]":
    """Each scenario, and each difference to the first, as a result of its own."""
    return [(name, tree.sa.scenario(name)) for name in tree.sa.scenarios]


def differences(tree: "xr.DataTree") -> tuple[str, list[list[str]]]:
    """How the index that ranks differs between scenarios, where its paired interval leaves out zero."""
    method: str = tree.sa.method
    if f"{method}_contrasts" not in tree.children:
        return "Differences of indices have no interval: this design has no independent replicates", []
    name = METHODS[method].ranked_by
    found = tree.sa.contrasts()
    told = found[(found[f"{name}_lower"] > 0.0) | (found[f"{name}_upper"] < 0.0)]
    rows = [[*map(str, at), cell(row, name, method)] for at, row in told.iterrows()]
    return f"{len(rows)} of {len(found)} differences of {name} between scenarios are other than zero", rows


def ranking(tree: "xr.DataTree", *, top: int | None = None, level: str = "factor") -> str:
    """Ranking of the factors for every output, with intervals and the probability that the first r are those shown."""
    method: str = tree.sa.method
    entry = METHODS[method]
    probability = float(tree[method][f"{entry.ranked_by}_ci"].attrs["ci_prob"])
    columns = entry.columns if level == "factor" else entry.group_columns
    header = ["output", "rank", level, *(f"{name} [{probability:.0%} interval]" for name in columns)]
    rows = []
    sure = "top_probability" in tree.sa.rank(tree.sa.outputs[0], level=level)
    header += ["P(first r)"] * sure
    for output in tree.sa.outputs:
        ranked = tree.sa.rank(output, level=level)
        for place, (name, values) in enumerate(ranked.iterrows(), start=1):
            if top is None or place <= top:
                cells = [cell(values, c, method) for c in columns]
                cells += [chance(values["top_probability"])] if sure else []
                rows.append([output, str(place), str(name), *cells])
    return table(header, rows)


def derived(tree: "xr.DataTree") -> str:
    """Ledger and indices of outputs taken together, where the study asked for them; else nothing."""
    method: str = tree.sa.method
    said = []
    if f"{method}_ledger" in tree.children:
        rows = [[output, entry, cell(row, "share")] for (output, entry), row in tree.sa.ledger().iterrows()]
        said.append(table(["output", "entry", "share of the variance"], rows))
    if f"{method}_together" in tree.children:
        found = (
            tree.sa.together()
            .sort_values("ST", ascending=False, kind="stable")
            .sort_index(level=0, kind="stable", sort_remaining=False)
        )
        rows = [
            [
                name,
                factor,
                *(cell(row, i) for i in ("ST", "S1")),
            ]
            for (name, factor), row in found.iterrows()
        ]
        said.append(table(["outputs", "factor", "ST", "S1"], rows))
    return "\n\n".join(said)


def not_converged(tree: "xr.DataTree") -> list[str]:
    """What keeps each output from its targets, and the size that would do; empty when all are met.

    Widths shrink at least as fast as one over the square root of the design, so that the size is an upper estimate.
    """
    if tree.sa.scenarios:  # targets are set for scenarios, not for what they differ by
        own = [(name, part) for name, part in scenarios(tree) if " - " not in name]
        return [f"{name}: {missed}" for name, part in own for missed in not_converged(part)]
    method: str = tree.sa.method
    if f"{method}_convergence" not in tree.children:
        return ["this result is from a version that did not judge it: `sensitivity analyze` does"]
    size = METHODS[method].size
    node = tree[f"{method}_convergence"].to_dataset()
    blocks = int(node["blocks"].values[-1])
    relative = "" if METHODS[method].shares else " (of the largest effect)"
    said = []
    for output, row in tree.sa.convergence().iterrows():
        missed = []
        if not row["width_met"] == 1:
            wide = f"is {row['width']:.2g} wide{relative}, more than {row['width_target']:g}"
            missed.append(f"the interval of {row['widest']} {wide if math.isfinite(row['width']) else 'is undefined'}")
        if not row["screening_met"] == 1:
            wide = f"{number(row['screening'], 2)} wide, more than {row['screening_target']:g}"
            missed.append(f"the interval of a factor with an index below 0.05 is {wide}")
        if row["ranking_met"] == 0:
            missed.append(f"ranks change by {row['ranking']:.2g} places, more than {row['ranking_target']:g}")
        if missed:
            pairs = [(row[name], row[f"{name}_target"]) for name in ("width", "screening")]
            excess = max((value / target for value, target in pairs), default=1.0)
            if math.isfinite(excess) and excess > 1.0:
                missed.append(f"{size} {_enough(blocks, excess):,} should do")
            said.append(f"{output}: {', '.join(missed)}")
    return said


def _enough(blocks: int, excess: float) -> int:
    """Size that should do: a power of two, which every design can have."""
    return 1 << (math.ceil(blocks * excess**2) - 1).bit_length()


VERDICTS = {1: "explain", 0: "may or may not explain", -1: "do not explain"}
ADVICE = {1: "", 0: " (more points would tell: design.screen.check)", -1: " (keep more: design.screen.keep)"}


def screening(tree: "xr.DataTree") -> list[tuple[int, str]]:
    """What the check of a screening says of each output, as (verdict, sentence); empty where there was none."""
    table = tree.sa.screening()
    said = []
    for output in dict.fromkeys(table.index.get_level_values("output")):
        kept, dropped = table.loc[output, "kept"], table.loc[output, "dropped"]
        verdict = int(kept["verdict"])
        others = f"correlation {_correlation(dropped)}"
        if dropped["share"] == 0.0:
            others = "it does not change"
        words = (
            f"the kept factors alone {VERDICTS[verdict]} {output}{ADVICE[verdict]}: correlation {_correlation(kept)}"
        )
        said.append((verdict, f"{words}; when only the dropped factors vary, {others}"))
    return said


def _correlation(row: Any) -> str:
    return cell(row, "correlation")


def tied_to_failure(tree: "xr.DataTree") -> list[str]:
    """Factors that failed runs are tied to, with the range of their quantiles where nine of ten failures lie."""
    said = []
    for name in sorted(node for node in tree.children if node.endswith("_failures")):
        found = tree[name].to_dataset()
        tied = found.isel(factor=np.flatnonzero(found["tied"].values == 1)).sortby("p_value")
        for factor in tied["factor"].values:
            low, high = (float(tied[bound].sel(factor=factor)) for bound in ("low", "high"))
            words = f"{factor} (90% of them between its quantiles {low:.2f} and {high:.2f})"
            if words not in said:
                said.append(words)
    return said


def moved_by_failures(tree: "xr.DataTree") -> list[str]:
    """For each output the factor whose index failed runs could move furthest, the output that moves furthest first."""
    method: str = tree.sa.method
    ranked_by, show = METHODS[method].ranked_by, index if METHODS[method].shares else number
    data = tree[method].to_dataset()
    if f"{ranked_by}_range" not in data:
        return []
    said = []
    for output in data["output"].values:
        bounds = data[f"{ranked_by}_range"].sel(output=output).values
        width = np.nan_to_num(bounds[:, 1] - bounds[:, 0], nan=-1.0)
        if not width.size or width.max() <= 0.0:
            continue
        factor, (low, high) = data["factor"].values[width.argmax()], bounds[width.argmax()]
        value = np.abs(data[ranked_by].sel(output=output).values[width.argmax()])
        words = (
            f"{output}: had the failed runs given the extremes observed, {ranked_by} of {factor} would lie between "
            f"{show(low)} and {show(high)}, and no other would move further"
        )
        said.append((-(width.max() if METHODS[method].shares else width.max() / max(value, 1e-300)), words))
    return [words for _, words in sorted(said)]


def run_counts(tree: "xr.DataTree") -> tuple[int, int]:
    """Runs and failed runs of all stages."""
    diagnostics = tree["diagnostics"]
    return int(diagnostics["runs"].sum()), int(diagnostics["failed"].sum())


def remarks(tree: "xr.DataTree") -> list[str]:
    """What a reader of the ranking must be told beside it."""
    if tree.sa.scenarios:
        own = [(name, part) for name, part in scenarios(tree) if " - " not in name]
        return list(dict.fromkeys(f"{name}: {remark}" for name, part in own for remark in remarks(part)))
    diagnostics = tree["diagnostics"].to_dataset()
    said = []
    for stage in diagnostics["stage"].values:
        runs = int(diagnostics["runs"].sel(stage=stage))
        for output in diagnostics["output"].values:
            missing = int(diagnostics["missing"].sel(stage=stage, output=output))
            if missing:
                said.append(f"{output} has no finite value in {missing} of {runs} runs of stage {stage}")
    tied = tied_to_failure(tree)
    if tied:
        said.append(f"failed runs are tied to {', '.join(tied)}: the indices describe the rest of the ranges")
    said += moved_by_failures(tree)
    said += [f"not converged: {missed}" for missed in not_converged(tree)]
    said += [f"screening: {sentence}" for verdict, sentence in screening(tree) if verdict != 1]
    if METHODS[tree.sa.method].caveat:
        said.append(METHODS[tree.sa.method].caveat)
    if tree.attrs.get("groups_not_ranked"):
        said.append(f"groups not ranked: {tree.attrs['groups_not_ranked']}")
    machines = json.loads(tree["provenance"].attrs.get("machines", "{}")) if "provenance" in tree.children else {}
    if len(machines) > 1:
        listed = "; ".join(f"{n} chunks on {name}" for name, n in sorted(machines.items()))
        said.append(f"machines of several classes, which may differ in the last bits: {listed}")
    if tree.attrs.get("rows", "kept") != "kept":
        said.append(f"rows {tree.attrs['rows']}")
    return said
