"""Two results side by side: what was asked differently, and what came out differently."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xarray as xr

from sensitivity.methods.catalogue import METHODS
from sensitivity.result.difference import Difference, differences

NOT_A_SETTING = ("executor", "model.folder", "title", "context_of_use")
"""Parts of a study that change no number."""


@dataclass(frozen=True)
class Comparison:
    """What two results have in common, and what not.

    Attributes
    ----------
    hashes : (str, str)
    settings : mapping of str to (value, value)
        Settings that differ, by their dotted name; None where one lacks it.
    variables : list of Difference
        Of the results, the furthest apart first.
    rankings : list of mapping
        One an output and factor of either: ``output``, ``factor``, and a pair each of ``rank``, ``value``, ``lower``
        and ``upper``, None where one result lacks it.
    methods : (str, str)
        Method that each ranking is by.
    """

    hashes: tuple[str, str]
    settings: Mapping[str, tuple[Any, Any]]
    variables: list[Difference]
    rankings: list[dict[str, Any]]
    methods: tuple[str, str]

    def differs(self, tolerance: float = 0.0) -> bool:
        """Tell whether a number differs by more than a tolerance."""
        return any(one.size > tolerance for one in self.variables)


def compare(a: xr.DataTree, b: xr.DataTree) -> Comparison:
    """Compare two results."""
    left, right = _settings(a), _settings(b)
    changed = {
        name: (left.get(name), right.get(name)) for name in sorted({*left, *right}) if left.get(name) != right.get(name)
    }
    rankings = _ranking(a), _ranking(b)
    rows = [
        {
            "output": output,
            "factor": factor,
            **{
                name: tuple(ranking.get((output, factor), {}).get(name) for ranking in rankings)
                for name in ("rank", "value", "lower", "upper")
            },
        }
        for output, factor in dict.fromkeys([*rankings[0], *rankings[1]])
    ]
    hashes = (str(a.attrs["content_hash"]), str(b.attrs["content_hash"]))
    return Comparison(hashes, changed, differences(a, b), rows, (a.sa.method, b.sa.method))


def _ranking(tree: xr.DataTree) -> dict[tuple[str, str], dict[str, Any]]:
    name = METHODS[tree.sa.method].ranked_by
    return {
        (output, str(factor)): {
            "rank": place,
            "value": float(row[name]),
            "lower": float(row[f"{name}_lower"]),
            "upper": float(row[f"{name}_upper"]),
        }
        for output in tree.sa.outputs
        for place, (factor, row) in enumerate(tree.sa.rank(output).iterrows(), start=1)
    }


def _settings(tree: xr.DataTree) -> dict[str, Any]:
    """Settings of a study and what it ran with, by dotted name; entries of lists by their own name."""
    known = tree["provenance"].attrs
    found = {f"versions.{name}": version for name, version in json.loads(known.get("versions", "{}")).items()}
    found["model.source"] = known.get("model_sha256")
    found |= _flat("", json.loads(known.get("study", "{}")))
    return {name: value for name, value in found.items() if not name.startswith(NOT_A_SETTING)}


def _flat(prefix: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list) and value and all(isinstance(one, dict) and "name" in one for one in value):
        value = {one["name"]: {key: inner for key, inner in one.items() if key != "name"} for one in value}
    if isinstance(value, dict) and value:
        found: dict[str, Any] = {}
        for key, inner in value.items():
            found |= _flat(f"{prefix}.{key}" if prefix else key, inner)
        return found
    return {prefix: value}
