"""Commands on a study file, before anything is run: validate, plan, schema."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sensitivity.cli.app import Config, Json, Set, Workers, app, print_json, warn


@app.command()
def validate(
    config: Config,
    set_: Set = None,
    run: Annotated[bool, typer.Option("--run", help="Run two rows also of a model that is compiled first.")] = False,
    json_: Json = False,
) -> None:
    """Check a study file and its model; two rows are run, unless the model would have to be compiled."""
    from sensitivity.api import validate_study

    study, warnings = validate_study(config, set_ or (), run)
    warn(warnings)
    runs, stages = _runs(study), len(study.stage_names)
    if json_:
        counts = {"factors": len(study.factors), "outputs": len(study.outputs), "runs": runs, "stages": stages}
        print_json({"ok": True, **counts, "warnings": [str(w) for w in warnings]})
    else:
        several = f" in {stages} stages" if stages > 1 else ""
        print(f"ok: {len(study.factors)} factors, {len(study.outputs)} outputs, {runs} runs{several}")


@app.command()
def plan(
    config: Config,
    out: Annotated[Path, typer.Option("--out", help="Folder of run directories.")] = Path("results"),
    workers: Workers = None,
    set_: Set = None,
    json_: Json = False,
) -> None:
    """Forecast wall time, memory, disk and intervals of a study, by a small pilot and a rehearsal; nothing is kept."""
    from sensitivity import view_pilot
    from sensitivity.api import plan_study
    from sensitivity.forecast import refuse_unfit

    study, warnings, found, needs = plan_study(config, set_ or (), workers)
    warn(warnings)
    if json_:
        print_json(view_pilot.record(study, needs, found))
    else:
        print(view_pilot.text(study, needs, found))
    refuse_unfit(study, needs, out)


def _runs(study: Any) -> int:
    from sensitivity.stages import all_stages

    return sum(stage.runs for stage in all_stages(study))


@app.command()
def schema() -> None:
    """Print the JSON schema of a study file, for completion in an editor."""
    from sensitivity.schema import json_schema

    print_json(json_schema())
