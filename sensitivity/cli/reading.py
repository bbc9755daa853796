"""Commands that read what a run left: show, ls."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sensitivity.cli.app import Json, app, print_json, warn
from sensitivity.errors import UsageError


@app.command()
def show(
    path: Annotated[Path, typer.Argument(help="Study file or run directory.")],
    top: Annotated[int | None, typer.Option("--top", min=1, help="Only the first factors of each output.")] = None,
    groups: Annotated[bool, typer.Option("--groups", help="Rank groups instead of factors.")] = False,
    given: Annotated[bool, typer.Option("--given", help="Given-data indices of the independent runs.")] = False,
    json_: Json = False,
) -> None:
    """Show the factors and outputs of a study file, or the ranking of a run."""
    from sensitivity import view

    if path.is_dir() or path.suffix == ".nc":
        from sensitivity.result.file import load

        tree = load(path)
        if given:
            _show_given(tree, path, json_)
            return
        level = "group" if groups else "factor"
        if groups and f"{tree.sa.method}_groups" not in tree.children:
            raise UsageError(f"{path} ranks no groups")
        if json_:
            table = tree.sa.table(level=level).reset_index()
            print_json(json.loads(table.to_json(orient="records")))
        else:
            print(view.answers(tree, top=top, level=level))
            for _, sentence in view.screening(tree):
                print(f"screening: {sentence}", file=sys.stderr)
        return
    from sensitivity import view_study
    from sensitivity.api import open_study

    study, warnings = open_study(path)
    warn(warnings)
    if json_:
        print_json({"title": study.title, "factors": view_study.study_rows(study)})
    else:
        print(view_study.study_text(study))


def _show_given(tree: Any, path: Path, json_: bool) -> None:
    from sensitivity import view_given

    if "given" not in tree.children:
        raise UsageError(f"{path} holds no given-data indices: they need a Sobol' design and a scalar output")
    if json_:
        print_json(json.loads(tree.sa.given().reset_index().to_json(orient="records")))
    else:
        print(view_given.text(tree))


@app.command()
def ls(
    folder: Annotated[Path, typer.Argument(help="Folder of run directories.")] = Path("results"), json_: Json = False
) -> None:
    """List the runs in a folder and how far they are."""
    from sensitivity import view
    from sensitivity.api import list_runs

    rows = list_runs(folder)
    if json_:
        print_json(rows)
    else:
        header = ["run", "method", "state", "model", "title"]
        print(view.table(header, [[str(row[name]) for name in header] for row in rows]))
