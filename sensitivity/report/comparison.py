"""The section on scenarios: means, first factors, and differences of indices, with paired intervals."""

from dataclasses import dataclass

import xarray as xr

from sensitivity import view
from sensitivity.methods.catalogue import METHODS

FIRST = 3
"""Factors listed of each output and scenario; all of them stand in the result file."""


@dataclass(frozen=True)
class Comparison:
    """What the section prints."""

    first: str
    index: str
    means: list[tuple[str, str, str]]
    rankings: list[tuple[str, list[tuple[str, str, str]]]]
    heading: str
    differences: list[list[str]]


def of_scenarios(tree: xr.DataTree) -> Comparison:
    """Compare the scenarios of a result that has any."""
    method: str = tree.sa.method
    index = METHODS[method].ranked_by
    parts = view.scenarios(tree)
    rankings = []
    for scenario, part in parts:
        rows = []
        for output in part.sa.outputs:
            for factor, row in part.sa.rank(output).head(FIRST).iterrows():
                rows.append((output, str(factor), view.cell(row, index, method)))
        rankings.append((scenario, rows))
    means = [(o, s, _mean(part, method, o)) for o in tree.sa.outputs for s, part in parts if _has_mean(part, method, o)]
    heading, differences = view.differences(tree)
    return Comparison(tree.sa.scenarios[0], index, means, rankings, heading, differences)


def _has_mean(tree: xr.DataTree, method: str, output: str) -> bool:
    data = tree[method].to_dataset()
    return "mean" in data and output not in tree.sa.courses


def _mean(tree: xr.DataTree, method: str, output: str) -> str:
    data = tree[method].to_dataset().sel(output=output)
    low, high = (float(value) for value in data["mean_ci"].values)
    return f"{view.number(float(data['mean']))} [{view.number(low)}, {view.number(high)}] {data['output_units'].item()}"
