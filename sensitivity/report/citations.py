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
    "given": ("chatterjee2021", "marino2008", "hornberger1981", "pianosi2018", "borgonovo2007"),
}
"""Entries by the group of a result that rests on them."""


def bibtex(tree: xr.DataTree) -> str:
    """Return the entries of every method whose numbers the result holds, one a line, each once."""
    text = (files("sensitivity.report") / "references.bib").read_text()
    known = {found[1]: line for line in text.splitlines() if (found := re.match(r"@\w+\{(\w+),", line))}
    method = json.loads(tree["provenance"].attrs.get("study", "{}")).get("method") or {}
    estimator = ["azzini2021" if method.get("symmetric", True) else "saltelli2010"] * ("sobol" in tree.children)
    wanted = dict.fromkeys(key for node, keys in KEYS.items() if node in tree.children for key in keys)
    return "\n".join(known[key] for key in (*estimator, *wanted))
