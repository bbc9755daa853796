"""Which figures an output gets in the report, and what a reader who cannot see them is told."""

from collections.abc import Mapping

import xarray as xr
from markupsafe import Markup, escape

import sensitivity.accessor  # noqa: F401  (registers tree.sa)
from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.plots import over_time, runs, style, svg
from sensitivity.plots.catalogue import figure, lacking

HEADS = {"S1": "S1", "ST": "ST", "mu_star": "μ*", "mu": "μ", "sigma": "σ"}
"""Indices as they are printed."""


def output_figures(tree: xr.DataTree, method: str, output: str, anchor: str) -> list[Markup]:
    """Figures of one output under one method, as inline SVG with a label; `anchor` keeps their identifiers apart."""
    index = HEADS[RANKED_BY[method]]
    shares, main = METHODS[method].shares, method == tree.sa.method
    kinds = [
        ("bars" if shares else "morris", f"{METHODS[method].title} of {output}; the numbers are in the table above")
    ]
    timed = f"{method}_time" in tree.children and output in tree[f"{method}_time"].children
    if timed and over_time.method(tree, output) == method:
        kinds.append(("over_time", f"{index} of {output} over time"))
    if main and "runs" in tree.children and output not in tree.sa.courses and runs.scalar(tree, output).factors:
        kinds += [
            (name, text)
            for name, text in (
                ("tornado", f"Change of {output} in the lowest and highest tenth of each factor"),
                ("rsa", f"Factors among the resistant and the responding runs of {output}"),
            )
            if not lacking(tree, name)
        ]
    if main and f"{method}_convergence" in tree.children and tree[f"{method}_convergence"].sizes["blocks"] > 1:
        kinds.append(("convergence", f"{index} of {output} as the design doubles"))
    return [
        _labelled(svg.inline(figure(name).plot(tree, output), f"{anchor}-{i}"), text)
        for i, (name, text) in enumerate(kinds)
    ]


def whole_figures(tree: xr.DataTree, names: Mapping[str, str], anchor: str) -> list[Markup]:
    """Figures of a whole result, by name with their captions, as inline SVG; those it has nothing for are left out."""
    found = []
    for name, caption in names.items():
        if not lacking(tree, name):
            drawing = _labelled(svg.inline(figure(name).plot(tree), f"{anchor}-{name}"), caption)
            found.append(drawing + Markup("<figcaption>{}</figcaption>").format(caption))
    return found


def _labelled(drawing: str, description: str) -> Markup:
    label = escape(style.clean(description, 200))
    return Markup(drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))  # matplotlib escaped the text
