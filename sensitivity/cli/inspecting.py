"""Commands on the program itself: models, selftest, doctor, explain."""

import sys
from typing import Annotated

import typer

from sensitivity.cli.app import Json, app, print_json

BUILT_IN_MODELS = (
    "models.tdm1:TDM1",
    "models.published.lu2014:Lu2014",
    "models.published.bender2014:Bender2014",
    "models.published.singh2017:Singh2017",
    "models.published.scheuher2022:Scheuher2022",
)


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
        print_json(document)


@app.command()
def selftest(json_: Json = False) -> None:
    """Check this installation on functions whose indices are known exactly (some ten seconds)."""
    from sensitivity import view
    from sensitivity.selftest import check

    report = check.selftest()
    if json_:
        print_json(report.document())
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
def doctor(json_: Json = False) -> None:
    """Look at this installation: Python, packages, processor, cache, disk, compiler, Slurm."""
    from sensitivity import view
    from sensitivity.doctor import examine
    from sensitivity.errors import SensitivityError

    found = examine()
    if json_:
        print_json([finding.record() for finding in found])
    else:
        words = {True: "ok", False: "not ok", None: ""}
        print(view.table(["what", "", "found"], [[f.name, words[f.ok], f.value] for f in found]))
    wrong = [f"{f.name}: {f.advice}" for f in found if f.ok is False]
    if wrong:
        raise SensitivityError("\n".join(wrong))


@app.command()
def explain(term: Annotated[list[str], typer.Argument(help="Code of an error, term, or method.")]) -> None:
    """Explain the code of an error, a term or a method."""
    from sensitivity.explain import explain as page

    print(page(" ".join(term)))
