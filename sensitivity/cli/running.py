"""Commands that run a study: run, extend, analyze."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from sensitivity.cli.app import Config, Converged, Json, Set, Workers, app, print_json, warn


@app.command()
def run(
    config: Config,
    out: Annotated[Path, typer.Option("--out", help="Folder of run directories.")] = Path("results"),
    workers: Workers = None,
    set_: Set = None,
    chunk: Annotated[str | None, typer.Option("--chunk", help="I/N: only part I of N (from 0), no result.")] = None,
    require_converged: Converged = False,
    json_: Json = False,
) -> None:
    """Run a study: what is there already is not run again."""
    from sensitivity.signals import StopOnSignals

    began = time.perf_counter()
    with StopOnSignals() as stop:
        from sensitivity import api
        from sensitivity.progress import ProgressReport

        share = None if chunk is None else api.share(chunk)
        with ProgressReport() as report:
            opened, tree = api.run_study(config, out, set_ or (), workers, share, report, warn, stop)
    path = str(opened.directory.path)
    if tree is not None:
        _print_result(opened, tree, began, require_converged, json_)
    elif json_:
        print_json({"run": path, "result": None, "report": None, "wall_s": time.perf_counter() - began})
    else:
        print(path)


def _print_result(opened: Any, tree: Any, began: float, require_converged: bool, json_: bool) -> None:
    from sensitivity import api, view

    path, runs, failed = opened.directory.path, *view.run_counts(tree)
    if json_:
        print_json({"run": str(path), "result": str(opened.directory.result), "report": str(opened.directory.report),
                     "runs": runs, "failed": failed, "wall_s": time.perf_counter() - began,
                     "content_hash": tree.attrs["content_hash"],
                     "not_converged": view.not_converged(tree)})  # fmt: skip
    else:
        print(view.answers(tree))
        for remark in view.remarks(tree):
            print(f"warning: {remark}", file=sys.stderr)
        print(f"{runs} runs, {failed} failed; next: open {opened.directory.report}", file=sys.stderr)
        print(path)
    if require_converged:
        api.require_converged(tree)


@app.command()
def analyze(
    path: Annotated[Path, typer.Argument(help="Run directory, or the study file of one.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of run directories, for a study file.")] = Path("results"),
    set_: Set = None,
    require_converged: Converged = False,
    json_: Json = False,
) -> None:
    """Analyse the finished chunks of a run directory again, without running the model."""
    from sensitivity import api

    began = time.perf_counter()
    _print_result(*api.analyse_run(path, out, set_ or ()), began, require_converged, json_)


@app.command()
def extend(
    path: Annotated[Path, typer.Argument(help="Run directory.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="The larger size: --set design.n_base=8192.")] = None,
    workers: Workers = None,
    require_converged: Converged = False,
    json_: Json = False,
) -> None:
    """Grow the design of a run: what is there already is not run again."""
    from sensitivity.signals import StopOnSignals

    began = time.perf_counter()
    with StopOnSignals() as stop:
        from sensitivity import api
        from sensitivity.progress import ProgressReport

        with ProgressReport() as report:
            opened, tree = api.extend_run(path, set_ or (), workers, report, stop)
    _print_result(opened, tree, began, require_converged, json_)
