"""When drug is given in the experiment behind each time course: what the figures over time mark.

A model may have ``dose_times(name)``, the times at which drug is given in the experiment of an observable, in its time
unit. They travel in the result, so that a figure needs no model, and scenarios may differ in them.
"""

import json
import math
from collections.abc import Mapping

import xarray as xr

from sensitivity.contracts import Model
from sensitivity.scenario_model import ScenarioModel, load_model
from sensitivity.study import Study


def collect(study: Study) -> str:
    """Ask the model of a study, as JSON: times by output, by scenario (one without a name where there are none).

    A model that says nothing, or nothing that can be drawn, has no marks: the run is kept.
    """
    try:
        model = load_model(study)
        models = model.models if isinstance(model, ScenarioModel) else [model]
        names = [scenario.name for scenario in study.scenarios] or [""]
        return json.dumps({name: _of(one, study) for name, one in zip(names, models, strict=True)})
    except Exception:  # a stranger's code, after hours of computing
        return "{}"


def _of(model: Model, study: Study) -> Mapping[str, list[float]]:
    told = getattr(model, "dose_times", lambda name: ())
    found = {o.name: sorted(float(t) for t in told(o.of)) for o in study.outputs if o.times is not None}
    return {name: times for name, times in found.items() if times and all(map(math.isfinite, times))}


def doses(tree: xr.DataTree, output: str) -> list[float]:
    """Times of the doses of a time course in its time unit; empty where none are told, as in a difference."""
    known = json.loads(tree["provenance"].attrs.get("doses", "{}"))
    return list(known.get(tree.attrs.get("scenario", ""), {}).get(output, []))
