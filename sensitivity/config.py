"""Reads a study file: YAML and ``--set`` in, a checked `Study` out, or every problem found at once.

Each section, factor and output is checked for itself, so that a mistake in one hides none in another; what rests on a
part with an error is left out, so that one mistake gives one message.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sensitivity import yaml12
from sensitivity.config_analysis import check_analysis, resolve_splits
from sensitivity.config_design import check_frequencies, check_screen, check_size, resolve_design
from sensitivity.config_document import read_document, resolved_text
from sensitivity.config_executor import resolve_executor
from sensitivity.config_factors import resolve_factors
from sensitivity.config_groups import check_groups, read_groups, with_ensembles
from sensitivity.config_noise import with_noise
from sensitivity.config_outputs import resolve_outputs
from sensitivity.config_scenarios import resolve_scenarios
from sensitivity.contracts import Model
from sensitivity.errors import Diagnostic
from sensitivity.loading import LoadError, build, find, option_problems
from sensitivity.methods.convergence import Targets
from sensitivity.problems import Problems, advice, shown
from sensitivity.scenario import Scenario
from sensitivity.splits import Split
from sensitivity.study import ModelUse, Study

if TYPE_CHECKING:
    from pydantic import BaseModel

REQUIRED = ("schema", "model", "factors", "outputs", "design")

__all__ = ["read_study", "resolved_text"]

M = TypeVar("M", bound="BaseModel")


def read_study(path: str | Path, overrides: Sequence[str] = ()) -> tuple[Study, list[Diagnostic]]:
    """Read and check a study file.

    Parameters
    ----------
    path : path of the file
    overrides : sequence of str
        ``a.b=c``, the value in YAML: as if it were written in the file.

    Returns
    -------
    (Study, list of Diagnostic)
        The diagnostics are warnings.

    Raises
    ------
    ConfigError
        With every problem found.
    """
    problems = Problems(read_document(path, overrides))
    study = _Resolver(problems).study()
    problems.raise_errors()
    assert study is not None
    return study, problems.sorted


class _Resolver:
    """Goes through the sections of one document."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.data: Mapping[str, Any] = problems.document.data

    def study(self) -> Study | None:
        """The study; None when there were errors."""
        from sensitivity import schema

        self.check_keys()
        self.check_schema_version(schema.VERSION)
        title, context = self.text("title"), self.text("context_of_use")
        use, model = self.model()
        entries = self.entries("factors", "E113")
        design = self.section("design", schema.DesignEntry)
        noise = self.section("noise", schema.NoiseEntry)
        failures = self.section("failures", schema.FailuresEntry)
        analysis = self.section("analysis", schema.AnalysisEntry)
        executor = self.section("executor", schema.ExecutorEntry)
        groups = read_groups(self.problems, self.data.get("groups", {}))
        factors = resolve_factors(self.problems, with_ensembles(self.problems, entries, groups), model)
        factors.complete &= bool(entries)
        check_groups(self.problems, groups, entries, factors, design)
        outputs = resolve_outputs(self.problems, self.entries("outputs", "E114"), model)
        scenarios: tuple[Scenario, ...] = ()
        if "scenarios" in self.data:
            scenarios = resolve_scenarios(self.problems, self.data["scenarios"], use, model, entries)
        method, screen = resolve_design(self.problems, design) if design else (None, None)
        check_screen(self.problems, screen, factors)
        if noise is not None and model is not None:
            method = with_noise(self.problems, method, noise, model, outputs.quantities)
        extra = len(groups.groups) + len(analysis.ledger if analysis else [])
        if method is not None and noise is not None and factors.varied:
            check_frequencies(self.problems, method, len(factors.varied))
            check_size(self.problems, method, screen, len(factors.varied), extra, noise.replicates)
        splits: dict[str, Split] = {}
        levels: Mapping[str, str] = getattr(model, "ledger_levels", {})
        if analysis is not None:
            check_analysis(self.problems, analysis, groups, factors, outputs, design, levels)
            splits = resolve_splits(self.problems, analysis.resistant, outputs, design)
        if use is None or method is None or design is None:
            return None
        if noise is None or failures is None or analysis is None or executor is None:
            return None
        return Study(
            title=title,
            context_of_use=context,
            model=use,
            factors=tuple(factors.varied),
            fixed=factors.fixed,
            groups=groups.groups,
            blocks=groups.blocks,
            splits=splits,
            ledger=tuple(analysis.ledger),
            ledger_levels={name: reason for name, reason in levels.items() if name in analysis.ledger},
            together={name: tuple(together) for name, together in analysis.together.items()},
            outputs=tuple(outputs.requests),
            quantities=outputs.quantities,
            method=method,
            screen=screen,
            seed=design.seed,
            replicates=noise.replicates,
            max_failed=failures.max_fraction,
            ci=analysis.ci,
            converge=Targets(**analysis.converge.model_dump()),
            scenarios=scenarios,
            executor=resolve_executor(self.problems, executor),
        )

    def check_keys(self) -> None:
        """Top keys: none unknown, none missing."""
        from difflib import get_close_matches

        from sensitivity.schema import StudyFile

        known = [field.alias or name for name, field in StudyFile.model_fields.items()]
        missing = [key for key in REQUIRED if key not in self.data]
        for key in self.data:
            if key not in known:
                for twin in get_close_matches(key, missing, n=1):
                    missing.remove(twin)
                self.problems.error("E102", (key,), f"unknown key {shown(key)}{advice(key, known)}", key=True)
        for key in missing:
            self.problems.error("E105", (), f"missing key '{key}'")

    def check_schema_version(self, version: str) -> None:
        """The format must be the one that this program reads."""
        given = self.data.get("schema", version)
        if given != version:
            self.problems.error("E104", ("schema",), f"this version reads schema: {version}, got {shown(given)}")

    def text(self, key: str) -> str:
        """A top key that holds text."""
        value = self.data.get(key, "")
        if not isinstance(value, str):
            self.problems.error("E104", (key,), f"{key}: expected text, got {shown(value)}")
            return ""
        return value

    def section(self, key: str, schema: type[M]) -> M | None:
        """A section checked against its schema; its defaults when it is not written."""
        if key not in self.data:
            return None if key in REQUIRED else schema()
        return self.problems.validate(schema, self.data[key], (key,))

    def entries(self, key: str, code: str) -> Mapping[str, Any]:
        """Entries of a section that maps names; empty after an error."""
        if key not in self.data:
            return {}
        value = self.data[key]
        if isinstance(value, dict) and value:
            return value
        if value is None or value == {}:
            self.problems.error(code, (key,), f"'{key}' is empty: name at least one", key=True)
        else:
            self.problems.error("E104", (key,), f"{key}: expected a mapping, got {shown(value)}")
        return {}

    def model(self) -> tuple[ModelUse | None, Model | None]:
        """How the model is named, and the model; None where there were errors."""
        from sensitivity.schema import ModelEntry

        entry = self.section("model", ModelEntry)
        if entry is None:
            return None, None
        options = dict(entry.model_extra or {})
        folder = self.problems.document.folder_of(("model", "use"))
        use = ModelUse(entry.use, options, folder)
        fine = [self.is_finite(("model", name), value) for name, value in options.items()]
        try:
            found = find(use)
        except LoadError as error:
            self.problems.error("E130", ("model", "use"), str(error))
            return use, None
        refused = option_problems(found, options)
        for name, message in refused:
            self.problems.error("E131", ("model", name) if name else ("model",), message, key=True)
        blamed = {name for name, _ in refused}
        if not refused and all(fine):
            try:
                return use, build(use, found)
            except LoadError as error:
                words = str(error).replace("'", " ").replace(":", " ").split()
                named = [name for name in options if name in words]
                code = "E131" if options else "E130"
                self.problems.error(code, ("model", named[0] if named else "use"), str(error))
                blamed |= set(named)
        # The declarations of the model without the options to blame, or with none, serve to check the other sections.
        for left in ({name: value for name, value in options.items() if name not in blamed}, {}):
            with suppress(LoadError):
                return use, build(ModelUse(use.use, left, folder), found)
        return use, None

    def is_finite(self, path: yaml12.Path, value: Any) -> bool:
        """Look for infinite numbers in an option, which no stored study can hold."""
        if isinstance(value, dict):
            return all([self.is_finite((*path, key), item) for key, item in value.items()])
        if isinstance(value, list):
            return all([self.is_finite((*path, i), item) for i, item in enumerate(value)])
        if isinstance(value, float) and not np.isfinite(value):
            self.problems.error("E104", path, f"{'.'.join(map(str, path))}: expected a finite number, got {value}")
            return False
        return True
