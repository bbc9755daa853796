"""Commands on a study file, before anything is run: validate, plan, schema."""

from typing import Any

from sensitivity.cli.app import Config, Json, Set, app, print_json, warn


@app.command()
def validate(config: Config, set_: Set = None, json_: Json = False) -> None:
    """Check a study file and its model; only two rows are run."""
    from sensitivity.api import validate_study

    study, warnings = validate_study(config, set_ or ())
    warn(warnings)
    runs, stages = _runs(study), len(study.stage_names)
    if json_:
        counts = {"factors": len(study.factors), "outputs": len(study.outputs), "runs": runs, "stages": stages}
        print_json({"ok": True, **counts, "warnings": [str(w) for w in warnings]})
    else:
        several = f" in {stages} stages" if stages > 1 else ""
        print(f"ok: {len(study.factors)} factors, {len(study.outputs)} outputs, {runs} runs{several}")


@app.command()
def plan(config: Config, set_: Set = None, json_: Json = False) -> None:
    """Run a small pilot: how much of each output is noise, and which replicates and size should do."""
    from sensitivity import view_pilot
    from sensitivity.api import pilot_study

    study, warnings, found = pilot_study(config, set_ or ())
    warn(warnings)
    runs = _runs(study)
    if json_:
        print_json(view_pilot.record(study, runs, found))
    else:
        print(view_pilot.text(study, runs, found))


def _runs(study: Any) -> int:
    from sensitivity.stages import check_stage, main_stage, screening_stage

    if study.screen is None:
        return main_stage(study).runs
    kept = [factor.name for factor in study.factors[: study.screen.keep]]
    checked = study.screen.check and len(kept) < len(study.factors)
    check = check_stage(study, kept).runs if checked else 0
    return screening_stage(study).runs + check + main_stage(study, kept).runs


@app.command()
def schema() -> None:
    """Print the JSON schema of a study file, for completion in an editor."""
    from sensitivity.schema import json_schema

    print_json(json_schema())
