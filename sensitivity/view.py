"""Tables as text: aligned for a person, tab-separated for a pipe, never shortened."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from sensitivity.contracts import Model
    from sensitivity.study import Study


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
    return f"{value:.3f}" if math.isfinite(value) else "undefined"


def chance(value: float) -> str:
    """``87%``; what was drawn from some thousand rankings is never said to be sure."""
    if not math.isfinite(value):
        return ""
    return ">99%" if value >= 0.995 else "<1%" if value < 0.005 else f"{value:.0%}"


def with_interval(value: float, low: float, high: float, method: str) -> str:
    """``0.463 [0.412, 0.514]``."""
    show = index if method == "sobol" else number
    return f"{show(value)} [{show(low)}, {show(high)}]" if math.isfinite(value) else "undefined"


COLUMNS = {"sobol": ("ST", "S1"), "morris": ("mu_star", "mu", "sigma")}


def ranking(tree: "xr.DataTree", *, top: int | None = None, level: str = "factor") -> str:
    """Ranking of the factors for every output, with intervals and the probability that the first r are those shown."""
    method: str = tree.sa.method
    probability = float(tree[method][f"{COLUMNS[method][0]}_ci"].attrs["ci_prob"])
    columns = COLUMNS[method]
    header = ["output", "rank", level, *(f"{name} [{probability:.0%} interval]" for name in columns)]
    rows = []
    sure = "top_probability" in tree.sa.rank(tree.sa.outputs[0], level=level)
    header += ["P(first r)"] * sure
    for output in tree.sa.outputs:
        ranked = tree.sa.rank(output, level=level)
        for place, (name, values) in enumerate(ranked.iterrows(), start=1):
            if top is None or place <= top:
                cells = [with_interval(values[c], values[f"{c}_lower"], values[f"{c}_upper"], method) for c in columns]
                cells += [chance(values["top_probability"])] if sure else []
                rows.append([output, str(place), str(name), *cells])
    return table(header, rows)


def not_converged(tree: "xr.DataTree") -> list[str]:
    """What keeps each output from its targets, and the size that would do; empty when all are met.

    Widths shrink at least as fast as one over the square root of the design, so that the size is an upper estimate.
    """
    method: str = tree.sa.method
    if f"{method}_convergence" not in tree.children:
        return ["this result is from a version that did not judge it: `sensitivity analyze` does"]
    size = {"sobol": "n_base", "morris": "trajectories"}[method]
    node = tree[f"{method}_convergence"].to_dataset()
    blocks = int(node["blocks"].values[-1])
    relative = "" if method == "sobol" else " (of the largest effect)"
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
                missed.append(f"{size} {_enough(blocks, excess, method):,} should do")
            said.append(f"{output}: {', '.join(missed)}")
    return said


def _enough(blocks: int, excess: float, method: str) -> int:
    needed = math.ceil(blocks * excess**2)
    return 1 << (needed - 1).bit_length() if method == "sobol" else needed


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


def run_counts(tree: "xr.DataTree") -> tuple[int, int]:
    """Runs and failed runs of all stages."""
    diagnostics = tree["diagnostics"]
    return int(diagnostics["runs"].sum()), int(diagnostics["failed"].sum())


def remarks(tree: "xr.DataTree") -> list[str]:
    """What a reader of the ranking must be told beside it."""
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
    said += [f"not converged: {missed}" for missed in not_converged(tree)]
    if tree.attrs.get("groups_not_ranked"):
        said.append(f"groups not ranked: {tree.attrs['groups_not_ranked']}")
    if tree.attrs.get("rows", "kept") != "kept":
        said.append(f"rows {tree.attrs['rows']}")
    return said


def parameter_rows(model: "Model") -> list[dict[str, Any]]:
    """A model's parameter table as plain rows, with what its own ``table()`` adds."""
    own = {row["name"]: row for row in model.table()} if hasattr(model, "table") else {}
    return [
        {
            **own.get(name, {}),
            "name": name,
            "symbol": row.symbol,
            "mechanism": row.mechanism,
            "unit": row.unit,
            "nominal": row.nominal,
            "distribution": None if row.distribution is None else dict(row.distribution),
            "meaning": row.meaning,
            "source": row.source,
        }
        for name, row in model.parameters.items()
    ]


def model_notes(model: "Model") -> dict[str, dict[str, str]]:
    """What a model's own ``notes()`` says beside its parameters, by heading."""
    return {heading: dict(lines) for heading, lines in model.notes().items()} if hasattr(model, "notes") else {}


def law(distribution: "Mapping[str, Any] | None") -> str:
    """``uniform(low=0.7, high=0.95)``, or ``fixed``."""
    if distribution is None:
        return "fixed"
    arguments = ", ".join(f"{k}={_plain(v)}" for k, v in distribution.items() if k != "dist")
    return f"{distribution['dist']}({arguments})"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(list(value))


def parameters_text(model: "Model") -> str:
    """A model's parameter table as text."""
    header = ["name", "symbol", "mechanism", "unit", "nominal", "distribution", "meaning", "source"]
    found = parameter_rows(model)
    more = [key for key in (found[0] if found else {}) if key not in header]
    rows = [
        [
            *(str(r[c]) for c in header[:4]), f"{r['nominal']:g}", law(r["distribution"]), r["meaning"], r["source"],
            *("" if r[c] is None else str(r[c]) for c in more),
        ]
        for r in found
    ]  # fmt: skip
    header += [key.replace("_", " ") for key in more]
    return table(header, rows)


def study_rows(study: "Study") -> list[dict[str, Any]]:
    """The factors of a study as plain rows."""
    return [
        {
            "factor": f.name,
            "unit": f.unit,
            "nominal": f.nominal,
            "distribution": {"dist": f.distribution.dist, **f.distribution.arguments},
            "range": list(f.distribution.support),
            "mechanism": f.mechanism,
            "source": f.source,
        }
        for f in study.factors
    ]


def study_text(study: "Study") -> str:
    """Factors and outputs of a study as text."""
    factors = [
        [
            r["factor"],
            r["unit"],
            f"{r['nominal']:g}",
            f"{r['range'][0]:g} .. {r['range'][1]:g}",
            law(r["distribution"]),
            r["mechanism"],
            r["source"],
        ]
        for r in study_rows(study)
    ]
    outputs = [[o.name, o.of, o.reduce or ("times" if o.times else "value"), o.unit] for o in study.outputs]
    return "\n\n".join(
        [
            study.title,
            table(["factor", "unit", "nominal", "range", "distribution", "mechanism", "source"], factors),
            table(["output", "of", "reduce", "unit"], outputs),
        ]
    )
