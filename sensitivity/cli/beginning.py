"""Command that begins a study: init."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sensitivity import templates
from sensitivity.cli.app import app


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new study; made when it is not there.")] = Path("."),
    template: Annotated[str, typer.Option("--from", help=f"Template: {', '.join(templates.names())}.")] = "quick",
) -> None:
    """Begin a study: copy a template into a folder. Nothing that is there is overwritten."""
    for path in templates.copy(template, folder):
        print(path)
    where = "" if folder.resolve() == Path.cwd() else f"cd {folder} && "
    print(f"{templates.purpose(template)}\nnext: {where}sensitivity run study.yaml", file=sys.stderr)
