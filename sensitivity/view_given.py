"""Given-data companions as text: one line an output and factor, the strongest first."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sensitivity.view import cell, index, table

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = {
    "S1_rank": "S1 by ranks",
    "prcc": "PRCC",
    "ks_distance": "KS distance",
    "ks_direction": "direction",
    "pawn_median": "PAWN",
    "delta": "delta",
}
"""Indices shown, with their heads; the result file holds more."""


def rows(tree: "xr.DataTree", output: str) -> list[tuple[str, list[str]]]:
    """Factors with their indices as text, by first-order index from the largest down.

    A distance that chance explains with more than 5 % is put in parentheses.
    """
    found = tree.sa.given(output).sort_values("S1_rank", ascending=False, na_position="last", kind="stable")
    return [(str(factor), [_cell(row, name) for name in COLUMNS]) for factor, row in found.iterrows()]


def _cell(row: "Mapping[str, float]", name: str) -> str:
    text = cell(row, name)
    by_chance = name == "ks_distance" and np.isfinite(row["ks_p_value"]) and row["ks_p_value"] > 0.05
    return f"({text})" if by_chance else text


def shapley(tree: "xr.DataTree", output: str) -> list[tuple[str, str]]:
    """Shapley effects of the members of dependent groups and of all other factors; empty where there are none."""
    if "given_shapley" not in tree.children:
        return []
    data = tree["given_shapley"].to_dataset().sel(output=output)
    return [
        (str(unit), f"{index(value)} [{index(low)}, {index(high)}]")
        for unit, value, (low, high) in zip(
            data["unit"].values, data["share"].values, data["share_ci"].values, strict=True
        )
    ]


def text(tree: "xr.DataTree") -> str:
    """Tables of all outputs."""
    data = tree["given"].to_dataset()
    parts = []
    lines = [
        [output, factor, *cells]
        for output in (str(value) for value in data["output"].values)
        for factor, cells in rows(tree, output)
    ]
    parts.append(table(["output", "factor", *COLUMNS.values()], lines))
    shares = [[output, *pair] for output in (str(v) for v in data["output"].values) for pair in shapley(tree, output)]
    if shares:
        parts.append(table(["output", "factor", "Shapley effect"], shares))
    return "\n\n".join(parts)
