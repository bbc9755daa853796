"""What is asked of a model beyond its names: that a run depends on its own row only."""

from pathlib import Path

import numpy as np

from sensitivity.config_document import read_document
from sensitivity.contracts import Model
from sensitivity.errors import ConfigError, Diagnostic
from sensitivity.function_model import hidden_state_problem
from sensitivity.stage import parameters
from sensitivity.stages import main_stage
from sensitivity.study import Study


def check_model(study: Study, model: Model, path: str | Path) -> None:
    """Run two rows together, in the other order and one by one; all must agree bit for bit.

    The rows lie around the middle of every factor, away from the corners where a model may well fail.

    Raises
    ------
    ConfigError
        When they do not agree: the same study would give other numbers with another chunk size.
    """
    stage = main_stage(study)
    points = np.linspace([0.4] * len(stage.factors), [0.6] * len(stage.factors), 2)
    problem = hidden_state_problem(model, parameters(stage, points), stage.outputs)
    if problem is not None:
        place = read_document(path).place(("model", "use"))
        raise ConfigError([Diagnostic(place.file, place.line, place.column, "error", "E132", problem)])
