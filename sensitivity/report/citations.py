"""BibTeX of the methods behind a result, from ``references.bib``, which has one entry a line."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files

import xarray as xr

KEYS: Mapping[str, tuple[str, ...]] = {
    "sobol": ("sarrazin2016",),
    "efast": ("saltelli1999", "sarrazin2016"),
    "morris": ("morris1991", "campolongo2007"),
    "sobol_time": ("gamboa2014",),
    "andres": ("andres1997",),
    "given": (
        *("gamboa2022", "chatterjee2021", "marino2008", "hornberger1981", "pianosi2018"),
        *("borgonovo2007", "plischke2013"),
    ),
    "given_shapley": ("broto2020",),
}
"""Entries by the group of a result that rests on them."""


def bibtex(tree: xr.DataTree) -> str:
    """Return the entries of every method whose numbers the result holds, one a line, each once."""
    text = (files("sensitivity.report") / "references.bib").read_text()
    known = {found[1]: line for line in text.splitlines() if (found := re.match(r"@\w+\{(\w+),", line))}
    study = json.loads(tree["provenance"].attrs.get("study", "{}"))
    methods = [study.get("method") or {}, (study.get("screen") or {}).get("method") or {}]
    estimator: list[str] = []
    if "sobol" in tree.children:
        estimator = ["azzini2021"] if methods[0].get("symmetric", True) else ["saltelli2010", "jansen1999"]
    if "morris" in tree.children and any(method.get("sampling") == "radial" for method in methods):
        estimator.append("campolongo2011")
    wanted = dict.fromkeys(key for node, keys in KEYS.items() if node in tree.children for key in keys)
    return "\n".join(known[key] for key in (*estimator, *wanted))
