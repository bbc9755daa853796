"""Commands that write a result for other eyes: report, plot, export."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sensitivity.cli.app import app
from sensitivity.errors import UsageError

Run = Annotated[Path, typer.Argument(help="Run directory or result file.")]
Scenario = Annotated[str | None, typer.Option("--scenario", help="One scenario, or a difference of two.")]


def _load(path: Path, scenario: str | None) -> Any:
    from sensitivity.result.file import load

    tree = load(path)
    if scenario is None:
        return tree
    if scenario not in tree.sa.scenarios:
        raise UsageError(f"{path} has no scenario {scenario!r}; there are {', '.join(tree.sa.scenarios) or 'none'}")
    return tree.sa.scenario(scenario)


@app.command()
def report(
    path: Run,
    scenario: Scenario = None,
    out: Annotated[Path | None, typer.Option("--out", help="File; report.html of the run when left out.")] = None,
) -> None:
    """Write the report of a result again: one HTML file that needs nothing else."""
    from sensitivity.report import write_report

    tree = _load(path, scenario)
    if out is None and scenario is not None:
        raise UsageError("a report on one scenario needs a file of its own: --out")
    target = out or (path if path.is_dir() else path.parent) / "report.html"
    write_report(tree, target)
    print(target)


@app.command()
def plot(
    path: Run,
    name: Annotated[str, typer.Argument(help="Figure; all of them are listed when it is unknown.")],
    output: Annotated[str | None, typer.Option("--output", help="Output; the first one when left out.")] = None,
    scenario: Scenario = None,
    out: Annotated[Path | None, typer.Option("--out", help="File: .png, .svg or .pdf.")] = None,
    table: Annotated[bool, typer.Option("--table", help="Print the numbers of the figure instead.")] = False,
) -> None:
    """Draw a figure of a result into a file, or print its numbers."""
    from sensitivity.plots.catalogue import FIGURES, Plots

    if name not in FIGURES:
        raise UsageError(f"no figure {name!r}; there are {', '.join(f'{n} ({what})' for n, what in FIGURES.items())}")
    tree = _load(path, scenario)
    if tree.sa.scenarios and not FIGURES[name].across:
        raise UsageError(f"choose a scenario: --scenario with {', '.join(map(repr, tree.sa.scenarios))}")
    drawn = getattr(Plots(tree), name)
    try:
        if table:
            print(drawn.table(output).reset_index().to_csv(sep="\t", index=False), end="")
            return
        axes = drawn(output)
    except KeyError as error:
        raise UsageError(str(error.args[0])) from None
    target = out or Path(f"{name}_{output}.png" if output else f"{name}.png")
    if target.suffix not in {".png", ".svg", ".pdf"}:
        raise UsageError(f"{target}: write .png, .svg or .pdf")
    axes.figure.savefig(target, dpi=160)
    print(target)


@app.command()
def export(
    path: Run,
    to: Annotated[str, typer.Option("--to", help="csv: tables and runs; salib: problem, X and Y of its analysers.")],
    out: Annotated[Path | None, typer.Option("--out", help="New folder; <run>-<format> when left out.")] = None,
) -> None:
    """Write a result for other programs."""
    from sensitivity.export import export as write
    from sensitivity.kept_study import study_of

    folder = out or Path(f"{(path if path.is_dir() else path.parent).name}-{to}")
    for file in write(_load(path, None), study_of(path), to, folder):
        print(file)
    if to == "salib":
        print("quantiles are in X.csv: SALib's effects and indices are per range of each factor", file=sys.stderr)
