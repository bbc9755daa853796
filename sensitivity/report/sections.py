"""Content of the report's sections: plain values, ready to be printed, from the result tree."""

import json
import math
import shlex
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr
from markupsafe import Markup

from sensitivity import view, view_study
from sensitivity.jobs import extended
from sensitivity.methods.catalogue import METHODS, RANKED_BY, Entry
from sensitivity.plots import style
from sensitivity.report import companions
from sensitivity.report.figures import HEADS, output_figures, whole_figures

FIGURES_BYTES = 2_000_000
"""Room for figures: a report stays below 3 MB, so that it travels by e-mail."""

LEDGER = {"ledger": "Variance ledger: what each entry explains beyond those before it; the numbers are in the tables"}

NAMES = {name: entry.title for name, entry in METHODS.items()} | {"andres": "Check of the screening"}


@dataclass(frozen=True)
class Ranking:
    """Table of one output."""

    level: str
    heads: list[str]
    rows: list["Row"]


@dataclass(frozen=True)
class Row:
    """A factor or group: ranks it may have, how it is called, each index and its interval, blocks used."""

    place: str
    label: str
    name: str
    meaning: str
    cells: list[tuple[str, str]]
    blocks: str


@dataclass(frozen=True)
class Output:
    """One output of a stage: how it is named and measured, its rankings and figures."""

    anchor: str
    name: str
    description: str
    rankings: list[Ranking]
    figures: list[Markup]
    ledger: list[tuple[str, str, str]]
    """Entries of the variance ledger, why a share is 0 by definition, and shares."""
    given: companions.Given | None


@dataclass(frozen=True)
class Stage:
    """All outputs of one method."""

    method: str
    entry: Entry
    level: str
    outputs: list[Output]
    settings: dict[str, Any]
    left_out: int
    """Outputs without figures."""
    together: list[tuple[str, str, list[tuple[str, str, str]]]]
    """Outputs taken together: name, outputs, and factors with ST and S1 from the largest ST down."""
    figures: list[Markup]
    """Of all outputs together."""


def stages(tree: xr.DataTree) -> list[Stage]:
    """Return the main method first, then the screening."""
    main: str = tree.sa.method
    found, room = [], FIGURES_BYTES
    for method in [main, *(m for m in METHODS if m in tree.children and m != main)]:
        outputs, left_out = [], 0
        for number, name in enumerate(str(v) for v in tree[method].to_dataset()["output"].values):
            anchor = f"{method}-{number + 1}"
            figures = output_figures(tree, method, name, anchor) if room > 0 else []
            room -= sum(len(figure.encode()) for figure in figures)
            if room < 0:  # this output's figures do not fit, and no later ones are drawn
                figures, left_out = [], left_out + 1
            described, rankings = _describe(tree, method, name), _rankings(tree, method, name)
            given = companions.given(tree, name) if method == main else None
            outputs.append(
                Output(anchor, name, described, rankings, figures, companions.ledger(tree, method, name), given)
            )
        level = style.level(tree, method, RANKED_BY[method])
        settings, joint = _settings(tree, method == main), companions.together(tree, method)
        whole = whole_figures(tree, LEDGER, method) if method == main else []
        found.append(Stage(method, METHODS[method], level, outputs, settings, left_out, joint, whole))
    return found


def _settings(tree: xr.DataTree, main: bool) -> dict[str, Any]:
    """Settings of the main method or of the screening; a result that does not keep its study knows no sizes."""
    record = study(tree)
    known = record.get("method") if main else (record.get("screen") or {}).get("method")
    return {"n_base": 0, "scrambles": 0, "symmetric": True, "trajectories": 0, "sampling": "", "n": 0} | (known or {})


def _describe(tree: xr.DataTree, method: str, output: str) -> str:
    """Unit of the output, what it is where the runs were kept, and whether it is a time course."""
    unit = style.unit(tree, output, method)
    words = str(tree[method]["quantity"].sel(output=output).item())
    of = "" if words == "mean of" else f"{words} "
    if output in tree.sa.courses:
        share = "one index for the whole course, each time weighted by its variance"
        return f"{of}time course in {unit}; {share if METHODS[method].shares else 'effects averaged over the times'}"
    if "outputs" in tree.children and output in tree["outputs"].data_vars:
        return f"{of}{tree['outputs'][output].attrs.get('long_name', '')}; {unit}"
    return f"{of}{output}; {unit}" if of else unit


def _rankings(tree: xr.DataTree, method: str, output: str) -> list[Ranking]:
    found = []
    for level, node in (("factor", method), ("group", f"{method}_groups")):
        if node in tree.children:
            heads = [HEADS[column] for column in _columns(method, level)]
            heads += ["P(first r)"] * ("top_probability" in tree[node].data_vars)
            found.append(Ranking(level, heads, _rows(tree, method, output, level)))
    return found


def _columns(method: str, level: str) -> tuple[str, ...]:
    return METHODS[method].columns if level == "factor" else METHODS[method].group_columns


def _rows(tree: xr.DataTree, method: str, output: str, level: str) -> list[Row]:
    table = tree.sa.rank(output, method=method, level=level)
    labels, meanings = (style.labels(tree), _meanings(tree)) if level == "factor" else ({}, {})
    found = []
    for (name, row), place in zip(table.iterrows(), places(table, RANKED_BY[method]), strict=True):
        used = row.get("pairs", math.nan)
        cells = []
        for column in _columns(method, level):
            text = view.cell(row, column, method)
            value, _, interval = text.partition(" ")
            cells.append((value, interval) if math.isfinite(row[column]) else (style.why_undefined(method, used), ""))
        if "top_probability" in table:
            cells.append((view.chance(row["top_probability"]), ""))
        blocks = "" if math.isnan(used) else f"{int(used):,}"
        key = str(name)
        found.append(Row(place, labels.get(key, key), key, meanings.get(key, ""), cells, blocks))
    return found


def _meanings(tree: xr.DataTree) -> dict[str, str]:
    parameters = tree["parameters"].to_dataset()
    found = {str(n): str(m) for n, m in zip(parameters["factor"].values, parameters["meaning"].values, strict=True)}
    return found | {block: f"{', '.join(names)} together" for block, names in style.blocks(tree).items()}


def places(table: pd.DataFrame, index: str) -> list[str]:
    """Ranks that each factor may have: ``2-4`` where intervals overlap, a single number where the rank is resolved."""
    lower, upper = table[f"{index}_lower"], table[f"{index}_upper"]
    defined = table[index].notna()
    found = []
    for name in table.index:
        if not defined[name]:
            found.append("–")
            continue
        first = 1 + int((lower > upper[name]).sum())
        last = int(defined.sum()) - int((upper < lower[name]).sum())
        found.append(str(first) if first == last else f"{first}–{last}")
    return found


def assumptions(tree: xr.DataTree) -> list[dict[str, Any]]:
    """Range, law and source of every factor."""
    data = tree["parameters"].to_dataset()
    columns = {str(name): data[name].values for name in data.data_vars}
    labels = style.labels(tree)
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(str(v) for v in data["factor"].values):
        law = view_study.law({"dist": str(columns["dist"][i]), **json.loads(str(columns["dist_args"][i]))})
        text = {key: str(columns[key][i]) for key in ("meaning", "mechanism", "source", "units", "block")}
        flags = {key: bool(columns[key][i]) for key in ("assumed", "kept", "truncated")}
        numbers = {key: f"{columns[key][i]:.4g}" for key in ("low", "high", "nominal")}
        if flags["assumed"]:  # the flag says the word
            text["source"] = text["source"].strip()[len("assumed") :].lstrip(" :;,.")
        rows.append({"name": name, "label": labels[name], "law": law, **text, **flags, **numbers})
    return rows


def runs(tree: xr.DataTree) -> tuple[list[str], list[tuple[str, int, int, list[int]]]]:
    """Names of the statuses that occurred, and for each stage its runs, failures and count by status."""
    data = tree["diagnostics"].to_dataset()
    counts = data["status_count"]
    occurred = [i for i in range(counts.sizes["status"]) if counts.values[:, i].any()]
    rows = [
        (
            NAMES[str(s)],
            int(data["runs"].values[i]),
            int(data["failed"].values[i]),
            [int(counts.values[i, j]) for j in occurred],
        )
        for i, s in enumerate(counts["stage"].values)
    ]
    return [str(counts["status"].values[j]).replace("_", " ") for j in occurred], rows


def missing(tree: xr.DataTree) -> list[tuple[str, str, int]]:
    """Stage, output and number of runs without a finite value, where there are such."""
    data = tree["diagnostics"].to_dataset()["missing"]
    return [
        (NAMES[str(stage)], str(output), int(data.values[i, j]))
        for i, stage in enumerate(data["stage"].values)
        for j, output in enumerate(data["output"].values)
        if data.values[i, j]
    ]


def provenance(tree: xr.DataTree) -> list[tuple[str, str]]:
    """What reproduces the result, as names and values; what the result does not know is left out."""
    known = tree["provenance"].attrs
    argv = known.get("argv", "")
    words = [argv] if isinstance(argv, str) else [str(word) for word in argv]
    versions = json.loads(known.get("versions", "{}"))
    wall = float(known.get("wall_s", 0.0))
    found = {
        "Run": tree.attrs.get("run", ""),
        "Command": shlex.join(["sensitivity", *(w for w in words if w)]),
        "Content hash": tree.attrs.get("content_hash", ""),
        "Identity of the study": known.get("identity", ""),
        "Seed": known.get("seed", ""),
        "Model": known.get("model", ""),
        "Model source (sha256)": known.get("model_sha256", ""),
        "Versions": ", ".join(f"{name} {version}" for name, version in sorted(versions.items())),
        "Python": known.get("python", ""),
        "Code": known.get("git_commit", "") or known.get("code_sha256", ""),
        "Machines": ", ".join(json.loads(known.get("machines", "{}"))),
        "Jobs": str(len(json.loads(known.get("jobs", "[]")))),
        "Extensions": "; ".join(extended(json.loads(known.get("extensions", "[]")))),
        "Started": known.get("started", ""),
        "Finished": known.get("finished", ""),
        "Wall time": f"{wall:.1f} s" if wall else "",
    }
    return [(name, str(value)) for name, value in found.items() if str(value)]


def study(tree: xr.DataTree) -> dict[str, Any]:
    """Resolved study that the result keeps; empty where it keeps none."""
    return dict(json.loads(tree["provenance"].attrs.get("study", "{}")))


def numbers(tree: xr.DataTree) -> dict[str, Any]:
    """Every ranking in full precision, for programs; None where an index is undefined."""
    tables = {
        method: [
            {str(k): (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in record.items()}
            for record in tree.sa.table(method).reset_index().to_dict("records")
        ]
        for method in METHODS
        if method in tree.children
    }
    return {
        "schema": "sensitivity-report/1",
        "run": str(tree.attrs.get("run", "")),
        "content_hash": str(tree.attrs.get("content_hash", "")),
        "tables": tables,
    }
