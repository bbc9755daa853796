"""A study wherever it is kept: in a study file, in a run directory, in a result file."""

import json
from collections.abc import Sequence
from pathlib import Path

from sensitivity import plan
from sensitivity.config import read_study
from sensitivity.config_document import read_document
from sensitivity.errors import SensitivityError
from sensitivity.result.file import load
from sensitivity.study import Study
from sensitivity.study_json import from_json
from sensitivity.yaml12 import Document


def resolve_study(path: str | Path, overrides: Sequence[str] = ()) -> tuple[Study, Document]:
    """Read a study file, or that of a run directory: what it means, and what is written where.

    Raises
    ------
    ConfigError
        With every problem of the file.
    """
    file = Path(path) / "config.yaml" if Path(path).is_dir() else Path(path)
    study = study_of(path, overrides) if file != Path(path) else read_study(path, overrides)[0]
    return study, read_document(file, overrides)


def study_of(path: str | Path, overrides: Sequence[str] = ()) -> Study:
    """Return the study of a study file, of a run directory, or of a result file.

    Raises
    ------
    ConfigError, SensitivityError
        When it cannot be read, or the result does not keep its study.
    """
    if Path(path).is_dir():
        return plan.load(Path(path)).study
    if Path(path).suffix == ".nc":
        kept = load(path)["provenance"].attrs.get("study")
        if kept is None:
            raise SensitivityError(f"{path} does not keep its study")
        return from_json(json.loads(kept))
    return read_study(path, overrides)[0]
