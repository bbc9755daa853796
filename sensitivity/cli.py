"""The command line: a thin shell over `sensitivity.api`. Data to stdout, everything else to stderr."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from sensitivity.errors import UsageError

BUILT_IN_MODELS = (
    "models.tdm1:TDM1",
    "models.published.lu2014:Lu2014",
    "models.published.bender2014:Bender2014",
    "models.published.singh2017:Singh2017",
    "models.published.scheuher2022:Scheuher2022",
)

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


def _warn(diagnostics: "list[Any]") -> None:
    for diagnostic in diagnostics:
        print(diagnostic, file=sys.stderr)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=1, allow_nan=False, default=str))


@app.command()
def validate(config: Config, set_: Set = None, json_: Json = False) -> None:
    """Check a study file and its model; only two rows are run."""
    from sensitivity.api import validate_study

    study, warnings = validate_study(config, set_ or ())
    _warn(warnings)
    runs = _runs(study)
    if json_:
        counts = {"factors": len(study.factors), "outputs": len(study.outputs), "runs": runs}
        _print_json({"ok": True, **counts, "warnings": [str(w) for w in warnings]})
    else:
        print(f"ok: {len(study.factors)} factors, {len(study.outputs)} outputs, {runs} runs")


@app.command()
def plan(config: Config, set_: Set = None, json_: Json = False) -> None:
    """Run a small pilot: how much of each output is noise, and which replicates and size should do."""
    from sensitivity import view_pilot
    from sensitivity.api import pilot_study

    study, warnings, found = pilot_study(config, set_ or ())
    _warn(warnings)
    runs = _runs(study)
    if json_:
        _print_json(view_pilot.record(study, runs, found))
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
            opened, tree = api.run_study(config, out, set_ or (), workers, share, report, _warn, stop)
    path = str(opened.directory.path)
    if tree is not None:
        _print_result(opened, tree, began, require_converged, json_)
    elif json_:
        _print_json({"run": path, "result": None, "report": None, "wall_s": time.perf_counter() - began})
    else:
        print(path)


def _print_result(opened: Any, tree: Any, began: float, require_converged: bool, json_: bool) -> None:
    from sensitivity import api, view

    path, runs, failed = opened.directory.path, *view.run_counts(tree)
    if json_:
        _print_json({"run": str(path), "result": str(opened.directory.result), "report": str(opened.directory.report),
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
    path: Annotated[Path, typer.Argument(help="Run directory.")],
    require_converged: Converged = False,
    json_: Json = False,
) -> None:
    """Analyse the finished chunks of a run directory again, without running the model."""
    from sensitivity import api

    began = time.perf_counter()
    _print_result(*api.analyse_run(path), began, require_converged, json_)


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
            _print_json(json.loads(table.to_json(orient="records")))
        else:
            print(view.answers(tree, top=top, level=level))
            for _, sentence in view.screening(tree):
                print(f"screening: {sentence}", file=sys.stderr)
        return
    from sensitivity import view_study
    from sensitivity.api import open_study

    study, warnings = open_study(path)
    _warn(warnings)
    if json_:
        _print_json({"title": study.title, "factors": view_study.study_rows(study)})
    else:
        print(view_study.study_text(study))


def _show_given(tree: Any, path: Path, json_: bool) -> None:
    from sensitivity import view_given

    if "given" not in tree.children:
        raise UsageError(f"{path} holds no given-data indices: they need a Sobol' design and a scalar output")
    if json_:
        _print_json(json.loads(tree.sa.given().reset_index().to_json(orient="records")))
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
        _print_json(rows)
    else:
        header = ["run", "method", "state", "model", "title"]
        print(view.table(header, [[str(row[name]) for name in header] for row in rows]))


@app.command()
def schema() -> None:
    """Print the JSON schema of a study file, for completion in an editor."""
    from sensitivity.schema import json_schema

    _print_json(json_schema())


@app.command()
def selftest(json_: Json = False) -> None:
    """Check this installation on functions whose indices are known exactly (some ten seconds)."""
    from sensitivity import view
    from sensitivity.selftest import check

    report = check.selftest()
    if json_:
        _print_json(report.document())
    else:
        rows = [[c.function, c.index, c.factor, view.index(c.exact),
                 view.with_interval(c.estimate, c.low, c.high, "sobol"), "yes" if c.inside else "no",
                 f"{c.errors:.1f}"] for c in report.comparisons]  # fmt: skip
        header = ["function", "index", "factor", "exact", f"estimate [{check.CI:.0%} interval]", "inside",
                  "error / standard error"]  # fmt: skip
        print(view.table(header, rows))
    report.require_sound()
    if not json_:
        print(f"sound: {report.summary}", file=sys.stderr)


@app.command()
def models(
    use: Annotated[str | None, typer.Argument(help="module:object; all built-in models when left out.")] = None,
    json_: Json = False,
) -> None:
    """List the parameters of a model: symbol, mechanism, unit, nominal, distribution and source."""
    from sensitivity import view, view_study
    from sensitivity.loading import load
    from sensitivity.study import ModelUse

    document = {}
    for name in BUILT_IN_MODELS if use is None else (use,):
        model = load(ModelUse(name, {}, "."))
        notes = view_study.model_notes(model)
        document[name] = {
            "parameters": view_study.parameter_rows(model),
            "observables": [
                {"name": o.name, "unit": o.unit, "meaning": o.meaning, "floor": o.floor}
                for o in model.observables.values()
            ],
            "notes": notes,
        }
        if not json_:
            print(f"{name}\n\n{view_study.parameters_text(model)}\n")
            rows = [[o.name, o.unit, o.meaning] for o in model.observables.values()]
            print(view.table(["observable", "unit", "meaning"], rows))
            for heading, lines in notes.items():
                print(f"\n{heading}\n\n{view.table(['name', 'meaning'], [list(line) for line in lines.items()])}")
    if json_:
        _print_json(document)
