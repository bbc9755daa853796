"""Where each section of a study file stands: tells where a misplaced key belongs."""

from sensitivity.schema import (
    AnalysisEntry,
    ConvergeEntry,
    DesignEntry,
    ExecutorEntry,
    FactorEntry,
    FailuresEntry,
    ModelEntry,
    NoiseEntry,
    OutputEntry,
    ScenarioEntry,
    ScreenEntry,
)
from sensitivity.schema_values import Section


def sections() -> dict[str, type[Section]]:
    """Sections that hold keys of their own, by where they stand."""
    return {
        "model": ModelEntry,
        "an entry of factors": FactorEntry,
        "an entry of outputs": OutputEntry,
        "design": DesignEntry,
        "design.screen": ScreenEntry,
        "noise": NoiseEntry,
        "failures": FailuresEntry,
        "analysis": AnalysisEntry,
        "analysis.converge": ConvergeEntry,
        "an entry of scenarios": ScenarioEntry,
        "executor": ExecutorEntry,
    }
