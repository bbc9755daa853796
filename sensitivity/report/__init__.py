"""The report of a result: one HTML file that needs nothing else, a pure function of the result tree.

Numbers are made in `sections`, sentences in `verdict`, words and layout in ``report.html``, looks in ``report.css``.
Titles, names and sources are a stranger's text: Jinja escapes all of them, matplotlib those inside figures, and the
page's policy forbids every request to a network and every script but ``report.js``, by its hash.
"""

import base64
import hashlib
import json
from importlib.resources import files
from pathlib import Path

import xarray as xr
from markupsafe import Markup

from sensitivity import levels, view
from sensitivity.plots import style
from sensitivity.report import citations, companions, comparison, pages, sections, subjects, times, verdict
from sensitivity.store import write_atomically

__all__ = ["render", "write_report"]


def write_report(tree: xr.DataTree, path: Path) -> None:
    """Write the report of a result to `path`: a reader sees the old file or the new one, whole."""
    write_atomically(path, render(tree).encode())


def render(tree: xr.DataTree) -> str:
    """HTML of the report: the same text for the same tree.

    Of a result with scenarios, the first one in full, and how the others differ from it.
    """
    if tree.sa.scenarios:
        return _html(tree.sa.scenario(tree.sa.scenarios[0]), comparison.of_scenarios(tree))
    return _html(tree, None)


def _html(tree: xr.DataTree, compared: comparison.Comparison | None) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sensitivity.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (files("sensitivity.report") / "report.js").read_text()
    study, stages = sections.study(tree), sections.stages(tree)
    return environment.get_template("report.html").render(
        attributes=tree.attrs,
        compared=compared,
        verdict=verdict.sentences(tree),
        groups=[node for node in tree.children if node.endswith("_groups")],
        stages=stages,
        sure=any("P(first r)" in ranking.heads for s in stages for o in s.outputs for ranking in o.rankings),
        screening=companions.screening(tree),
        assumptions=sections.assumptions(tree),
        given="given" in tree.children,
        dependent=sorted(style.blocks(tree)),
        screened=len(tree["parameters"]["kept"]) > int(tree["parameters"]["kept"].sum()),
        patients=subjects.sentence(tree),
        patient_figures=subjects.figures(tree),
        levels=levels.of(tree),
        pages=pages.pages(tree),
        runs=sections.runs(tree),
        missing=sections.missing(tree),
        tied=view.tied_to_failure(tree),
        moved=view.moved_by_failures(tree),
        provenance=sections.provenance(tree),
        study=json.dumps(study, indent=1, ensure_ascii=False) if study else "",
        numbers=sections.numbers(tree) | {"times": times.courses(tree, tree.sa.method)},
        time_rows=times.ROWS,
        bibtex=citations.bibtex(tree),
        script=Markup(script),  # our own text
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
