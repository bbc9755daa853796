"""What the commands share: the application, its common options, and how they print."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="sensitivity",
    help="Which factors drive resistance to T-DM1, and how sure are we?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Converged = Annotated[bool, typer.Option("--require-converged", help="Exit with 5 unless analysis.converge is met.")]
Config = Annotated[Path, typer.Argument(help="Study file (YAML).", show_default=False)]
Set = Annotated[list[str] | None, typer.Option("--set", help="Override a key: --set design.n_base=4096.")]

Workers = Annotated[int | None, typer.Option("--workers", "-n", min=1, help="Worker processes.")]


def warn(diagnostics: "list[Any]") -> None:
    """Print warnings to stderr."""
    for diagnostic in diagnostics:
        print(diagnostic, file=sys.stderr)


def print_json(value: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(value, indent=1, allow_nan=False, default=str))
