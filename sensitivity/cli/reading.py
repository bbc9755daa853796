"""Commands that read what a run left: show, ls."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from sensitivity.cli.app import Json, Set, app, print_json, warn
from sensitivity.errors import UsageError


@app.command()
def show(
    path: Annotated[Path, typer.Argument(help="Study file or run directory.")],
    top: Annotated[int | None, typer.Option("--top", min=1, help="Only the first factors of each output.")] = None,
    groups: Annotated[bool, typer.Option("--groups", help="Rank groups instead of factors.")] = False,
    given: Annotated[bool, typer.Option("--given", help="Given-data indices of the independent runs.")] = False,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Only this scenario, or difference.")] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Every value, what was left out included.")] = False,
    origin: Annotated[bool, typer.Option("--origin", help="The same, with where each value comes from.")] = False,
    assumptions: Annotated[bool, typer.Option("--assumptions", help="Range, law and source of each factor.")] = False,
    set_: Set = None,
    json_: Json = False,
) -> None:
    """Show the factors and outputs of a study file, or the ranking of a run."""
    if resolved or origin:
        _show_resolved(path, set_ or (), origin, json_)
    elif assumptions:
        _show_assumptions(path, set_ or (), json_)
    elif path.is_dir() or path.suffix == ".nc":
        _show_result(path, scenario, top, groups, given, json_)
    else:
        _show_study(path, set_ or (), json_)


def _show_study(path: Path, overrides: Sequence[str], json_: bool) -> None:
    from sensitivity import view_study
    from sensitivity.api import open_study

    study, warnings = open_study(path, overrides)
    warn(warnings)
    if json_:
        print_json({"title": study.title, "factors": view_study.study_rows(study)})
    else:
        print(view_study.study_text(study))


def _show_resolved(path: Path, overrides: Sequence[str], origin: bool, json_: bool) -> None:
    from sensitivity import view_resolved
    from sensitivity.api import resolve_study

    rows = view_resolved.resolved_rows(*resolve_study(path, overrides))
    print_json(rows) if json_ else print(view_resolved.resolved_text(rows, origin=origin))


def _show_assumptions(path: Path, overrides: Sequence[str], json_: bool) -> None:
    from sensitivity import view_study
    from sensitivity.api import study_of

    study = study_of(path, overrides)
    print_json(view_study.study_rows(study)) if json_ else print(view_study.assumptions_text(study))


def _show_result(path: Path, scenario: str | None, top: int | None, groups: bool, given: bool, json_: bool) -> None:
    from sensitivity import view
    from sensitivity.result.file import load

    tree = load(path)
    if scenario is not None:
        if scenario not in tree.sa.scenarios:
            raise UsageError(f"{path} has no scenario {scenario!r}; there are {', '.join(tree.sa.scenarios) or 'none'}")
        tree = tree.sa.scenario(scenario)
    parts = view.scenarios(tree) or [("", tree)]
    if given:
        _show_given(parts, path, json_)
        return
    level = "group" if groups else "factor"
    if groups and f"{tree.sa.method}_groups" not in tree.children:
        raise UsageError(f"{path} ranks no groups")
    if json_:
        print_json(_records([(name, part.sa.table(level=level)) for name, part in parts]))
    else:
        print(view.answers(tree, top=top, level=level))
        for sentence in dict.fromkeys(sentence for _, part in parts for _, sentence in view.screening(part)):
            print(f"screening: {sentence}", file=sys.stderr)


def _records(tables: "Sequence[tuple[str, Any]]") -> list[dict[str, Any]]:
    """Rows of one table, or of one a scenario."""
    found: list[dict[str, Any]] = []
    for name, table in tables:
        rows = json.loads(table.reset_index().to_json(orient="records"))
        found += [{"scenario": name, **row} for row in rows] if name else rows
    return found


def _show_given(parts: "Sequence[tuple[str, Any]]", path: Path, json_: bool) -> None:
    from sensitivity import view_given

    if "given" not in parts[0][1].children:
        raise UsageError(f"{path} holds no given-data indices: they need a Sobol' design and a scalar output")
    if json_:
        print_json(_records([(name, part.sa.given()) for name, part in parts]))
    else:
        print(
            "\n\n".join(f"scenario {name}\n{view_given.text(p)}" if name else view_given.text(p) for name, p in parts)
        )


@app.command()
def ls(
    folder: Annotated[Path, typer.Argument(help="Folder of run directories.")] = Path("results"), json_: Json = False
) -> None:
    """List the runs in a folder and how far they are."""
    from sensitivity import view
    from sensitivity.listing import list_runs

    rows = list_runs(folder)
    if json_:
        print_json(rows)
    else:
        header = ["run", "method", "state", "model", "title"]
        print(view.table(header, [[str(row[name]) for name in header] for row in rows]))
