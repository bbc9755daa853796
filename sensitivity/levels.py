"""How a model treated each level of chance, and by which rule: a log that a result carries.

``model.levels(parameters, stream)`` returns rows ``{"level", "treatment", "rule"}``, each rule with its figure, at
values by name and with the randomness of one stream.
"""

import json
from collections.abc import Mapping
from typing import Any

import xarray as xr

from sensitivity.function_model import one_line
from sensitivity.scenario_model import load_model
from sensitivity.stages import nominal
from sensitivity.streams import of_patients
from sensitivity.study import Study

COLUMNS = ("level", "treatment", "rule")


def collect(study: Study) -> str:
    """Ask the model of a study for its levels, as JSON; one that cannot say them says why, and the run is kept."""
    try:
        ask: Any = getattr(load_model(study), "levels", None)
        found = [] if ask is None else ask(nominal(study), of_patients(study.seed))
        return json.dumps([{name: str(row[name]) for name in COLUMNS} for row in found])
    except Exception as error:  # a stranger's code, after hours of computing
        return json.dumps([{"level": "all", "treatment": "unknown", "rule": f"levels() failed: {one_line(error)}"}])


def of(tree: xr.DataTree) -> list[Mapping[str, str]]:
    """Rows that a result carries."""
    return list(json.loads(tree["provenance"].attrs.get("levels", "[]")))
