"""Commands that check a result: reproduce, compare."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sensitivity.cli.app import Json, app, print_json
from sensitivity.errors import Differs

Tolerance = Annotated[
    float, typer.Option("--tolerance", min=0.0, help="Difference allowed, in parts of a variable's largest magnitude.")
]


@app.command()
def reproduce(
    path: Annotated[Path, typer.Argument(help="Run directory.")],
    sample: Annotated[int, typer.Option("--sample", min=0, help="Runs to simulate again.")] = 64,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses them.")] = 0,
    tolerance: Tolerance = 0.0,
    json_: Json = False,
) -> None:
    """Simulate some runs again and analyse everything again; exit code 7 when anything differs."""
    from sensitivity import api, view_trust

    found = api.reproduce_run(path, sample, seed)
    if json_:
        print_json(view_trust.reproduction_record(found, tolerance))
    else:
        print(view_trust.reproduction(found))
    if found.differs(tolerance):
        raise Differs(f"{path} is not reproduced")
    print("reproduced", file=sys.stderr)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="Run directory or result file.")],
    b: Annotated[Path, typer.Argument(help="Another.")],
    tolerance: Tolerance = 0.0,
    json_: Json = False,
) -> None:
    """Settings that differ and rankings side by side; exit code 7 when the results differ."""
    from sensitivity import comparison, view_trust
    from sensitivity.result.file import load

    found = comparison.compare(load(a), load(b))
    if json_:
        print_json(view_trust.comparison_record(found, tolerance))
    else:
        print(view_trust.comparison(found, (str(a), str(b))))
    if found.differs(tolerance):
        raise Differs(f"the results of {a} and {b} differ")
