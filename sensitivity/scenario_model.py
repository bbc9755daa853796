"""Scenarios: one study evaluated under several settings of its model, on the same points and the same streams.

A row of the design is one run in every scenario. What the scenarios give stands side by side as outputs, so that
designs, sums and estimators know nothing of them; after the outputs of all scenarios come the differences of each to
the first, whose indices say which factors decide what a scenario changes. A run that fails in one scenario is left out
of all of them: they are compared on the same points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.contracts import FloatArray, Model, ObservableLike, OutputRequest, ParameterLike, Status, StreamArray
from sensitivity.loading import load
from sensitivity.scenario import Scenario
from sensitivity.study import Study

if TYPE_CHECKING:
    import xarray as xr


def load_model(study: Study) -> Model:
    """Build the model of a study, under its scenarios where it has any.

    Raises
    ------
    LoadError
    """
    if not study.scenarios:
        return load(study.model)
    uses = [replace(study.model, options={**study.model.options, **s.options}) for s in study.scenarios]
    return ScenarioModel([load(use) for use in uses], study)


class ScenarioModel:
    """One model a scenario behind the contract of one: asked for ``auc, low`` it gives the ``auc`` of scenario low.

    Parameters
    ----------
    models : sequence of Model
        One a scenario.
    study : Study
        Its scenarios and outputs.
    """

    def __init__(self, models: Sequence[Model], study: Study) -> None:
        self.models = list(models)
        self.scenarios: tuple[Scenario, ...] = study.scenarios
        self.labels = study.labels
        self.outputs = study.outputs

    @property
    def parameters(self) -> Mapping[str, ParameterLike]:
        """Parameters of the model."""
        return self.models[0].parameters

    @property
    def observables(self) -> Mapping[str, ObservableLike]:
        """Observables of the model."""
        return self.models[0].observables

    @property
    def time_unit(self) -> str:
        """Time unit of the model."""
        return self.models[0].time_unit

    @property
    def compiles(self) -> bool:
        """Whether the first run of any scenario takes seconds."""
        return any(getattr(model, "compiles", False) for model in self.models)

    @property
    def stochastic(self) -> bool:
        """Whether any scenario is stochastic."""
        return any(model.stochastic for model in self.models)

    def patients_of(self, parameters: Mapping[str, float], stream: StreamArray) -> "xr.Dataset | None":
        """Return the subjects of every scenario along ``scenario``, with the same stream; None where one has none."""
        import xarray as xr

        found = []
        for model, scenario in zip(self.models, self.scenarios, strict=True):
            ask: Any = getattr(model, "patients_of", None)
            one = None if ask is None else ask({**parameters, **scenario.values}, stream)
            if one is None:
                return None
            found.append(one)
        names = np.array([scenario.name for scenario in self.scenarios], dtype=object)
        joined: xr.Dataset = xr.concat(
            found, dim=xr.Variable("scenario", names), data_vars="all", combine_attrs="override"
        )
        return joined

    def levels(self, parameters: Mapping[str, float], stream: StreamArray) -> list[dict[str, str]]:
        """Return how each scenario treats the levels of chance."""
        found = []
        for model, scenario in zip(self.models, self.scenarios, strict=True):
            ask: Any = getattr(model, "levels", None)
            rows = [] if ask is None else ask({**parameters, **scenario.values}, stream)
            found += [{**row, "level": f"{row['level']}, {scenario.name}"} for row in rows]
        return found

    def simulate(
        self, parameters: Mapping[str, FloatArray], streams: StreamArray, request: Sequence[OutputRequest]
    ) -> "xr.Dataset":
        """Run n rows in every scenario, with the same streams; see `Model.simulate`.

        Returns
        -------
        xarray.Dataset
            All outputs of all scenarios, whatever `request` names; ``steps`` are summed over the scenarios.
        """
        import xarray as xr

        n = len(streams)
        found = []
        for model, scenario in zip(self.models, self.scenarios, strict=True):
            fixed = {name: np.full(n, value) for name, value in scenario.values.items()}
            found.append(model.simulate({**parameters, **fixed}, streams, self.outputs))
        variables: dict[str, Any] = {"status": ("run", _status([one["status"].values for one in found]))}
        if all("steps" in one for one in found):
            variables["steps"] = ("run", np.sum([one["steps"].values for one in found], axis=0))
        for output in self.outputs:
            values = [np.asarray(one[output.name].values, dtype=np.float64) for one in found]
            values += [other - values[0] for other in values[1:]]
            for label, column in zip(self.labels, values, strict=False):  # no differences where none are wanted
                name = f"{output.name}, {label}"
                variables[name] = (("run",) if output.times is None else ("run", f"time_{name}"), column)
        messages = [str(one.attrs["error"]) for one in found if one.attrs.get("error")]
        return xr.Dataset(variables, attrs={"error": messages[0]} if messages else {})


def _status(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Status of each row: of the first scenario that failed altogether, else of one without some outputs, else ok."""
    status = np.array(columns[0], dtype=np.int8)
    for column in columns[1:]:
        partly = (status == Status.OK) | (status == Status.NON_FINITE)
        status = np.where(partly & (column != Status.OK), column, status).astype(np.int8)
    return status
