"""Nothing in the README is only said: each fence is run here or by CI, and each command in the text is one that exists.

A new fence that no test here knows how to run fails. The tour is run twice: quickly, with a plain function in place of
the T-DM1 model and in this process, and as it stands.
"""

import glob
import json
import re
import shlex

import pytest
import typer
from ruamel.yaml import YAML

from sensitivity import explain, templates
from sensitivity.cli import app
from sensitivity.config import read_study
from tests.processes import ROOT, call, inside

README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCES = re.findall(r"(?:<!-- ([\w-]+) -->\n)?```(\w*)\n(.*?)```\n", README, re.DOTALL)
"""Mark, language and text of every fence."""

TOUR = [text for mark, language, text in FENCES if language == "sh" and not mark]
YAMLS = [text for _, language, text in FENCES if language == "yaml"]
PYTHONS = [text for _, language, text in FENCES if language == "python"]
PROSE = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
SPANS = [span.replace("\\|", "|") for span in re.findall(r"`([^`\n]+)`", PROSE)]

CALIBRATION, SLURM = "tests/models/test_tdm1_calibration.py", "tests/slurm/test_slurm.py"
RUN_ELSEWHERE = {
    "python -m models.tdm1.validation": (CALIBRATION, "test_validation_prints_every_target_with_its_verdict"),
    "python -m models.tdm1.calibration": (CALIBRATION, "test_the_command_finds_the_stored_fit"),
    "python -m models.tdm1.xenografts": (CALIBRATION, "test_the_xenografts_are_at_their_best_fit"),
    "python -m models.tdm1.population.validation": (
        "tests/models/population/test_trial.py",
        "test_trials_of_patients_are_met_but_for_what_is_said",
    ),
    "STOCHASTIC_SEED=$RANDOM python -m pytest tests/models -k stochastic": (
        "tests/models/chance.py",
        "STOCHASTIC_SEED",
    ),
    "bash submit.sh": (SLURM, "test_an_array_of_a_screened_study_goes_through_its_stages"),
    "sensitivity run study.yaml --chunk $SLURM_ARRAY_TASK_ID/64": (
        SLURM,
        "test_an_array_with_a_killed_part_and_a_dependent_analysis",
    ),
}
"""Commands in the text that another test runs, and where it is."""

MODEL = """
def f(x, rngs):
    return {"burden": x["a"] + [r.normal() for r in rngs]}
"""


def test_every_fence_is_one_that_is_run():
    ci = (ROOT / ".ci" / "run").read_text()
    for mark, language, text in FENCES:
        if mark:
            assert f"command_after {mark}" in ci, mark
        else:
            assert language in {"sh", "yaml", "python", "text"}, text
    assert [language for _, language, _ in FENCES].count("text") == 1  # the message, below
    assert len(FENCES) == README.count("\n```") / 2


def lines(fence):
    """Commands of a fence with the exit code that a comment announces."""
    for line in fence.splitlines():
        command, _, comment = line.partition("   # ")
        code = re.match(r"exit code (\d+)", comment)
        yield command.strip(), int(code[1]) if code else 0


def walk(folder, run, change=lambda command: command):
    """Take the tour; `run` runs the arguments of `sensitivity` in a folder and checks the exit code."""
    for fence in TOUR:
        for command, code in lines(fence):
            first, *arguments = shlex.split(change(command))
            if first == "cd":
                folder = folder / arguments[0]
                continue
            assert first == "sensitivity", command
            expanded = [sorted(glob.glob(a, root_dir=folder)) if "*" in a else [a] for a in arguments]
            assert all(expanded), command
            run(folder, [a for found in expanded for a in found], code)
    return folder


def read_as_python(folder):
    """Run the fence that reads a result on a run of `folder`, and return what it ends with."""
    (reads,) = [text for text in PYTHONS if "sensitivity.load" in text]
    run = sorted((folder / "results").glob("study-*"))[0]
    scope = {}
    exec(compile(reads.replace("results/quickstart-xxxxxxxx", str(run)), "README.md", "exec"), scope)
    return scope["dt"]


def test_the_tour_in_small(tmp_path):
    def change(command):
        command = command.replace("init my-study", "init --from own-model my-study")
        return command.replace("recycling_fraction.low", "bioavailability.low").replace("n_base=1024", "n_base=256")

    def run(folder, arguments, code):
        inside(*arguments, cwd=folder, code=code)
        if arguments[0] == "init":
            study = folder / "my-study" / "study.yaml"
            text = (
                study.read_text().replace("  auc: {of", "  dm1_auc: {of").replace("  concentration: {of", "  dm1: {of")
            )
            study.write_text(text.replace("n_base: 1024", "n_base: 128, scrambles: 4") + "executor: {kind: serial}\n")

    folder = walk(tmp_path, run, change)
    assert {"bars.png", "tables", "results", "study.yaml"} <= {path.name for path in folder.iterdir()}
    assert len(list((folder / "results").iterdir())) == 2
    assert read_as_python(folder).sa.rank("dm1_auc").index[0] == "clearance"


@pytest.mark.slow  # two runs of the T-DM1 model, each command in a process of its own: some minutes
def test_the_tour_as_it_stands(tmp_path):
    folder = walk(tmp_path, lambda folder, arguments, code: call(*arguments, cwd=folder, code=code))
    assert len(list((folder / "results").iterdir())) == 2
    assert read_as_python(folder).sa.rank("dm1_auc")["ST"].max() > 0.1


def test_the_message_is_what_validate_says(tmp_path):
    templates.copy("quick", tmp_path)
    study = tmp_path / "study.yaml"
    study.write_text(study.read_text().replace("high: 0.95", "hgh: 0.95"))
    (message,) = [text for _, language, text in FENCES if language == "text"]
    assert call("validate", "study.yaml", cwd=tmp_path, code=3).stderr == message


def accepted(folder, written, **changes):
    """Whether a study with these sections is read without an error."""
    study = {
        "schema": "sensitivity-config/1",
        "model": {"use": "models.tdm1:TDM1"},
        "factors": {name: {} for name in ("clearance", "volume_central", "k_e", "k_lys", "k_dec")},
        "outputs": {"log_kill": {"of": "in_vivo.dm1_cytosolic", "reduce": "auc", "window": ["0 day", "21 day"]},
                    "depth": {"of": "in_vivo.dm1_free", "reduce": "max", "window": ["0 day", "21 day"]}},
        "design": {"method": "sobol", "n_base": 512, "seed": 1},
    }  # fmt: skip
    (folder / "study.yaml").write_text(json.dumps({**study, **changes, **written}))
    read_study(folder / "study.yaml")


@pytest.mark.parametrize("number", range(len(YAMLS)))
def test_a_piece_of_a_study_is_accepted(tmp_path, number):
    text = re.sub(r"^# (?=\w+:)", "---\n", YAMLS[number], flags=re.MULTILINE)  # alternatives stand as comments
    (tmp_path / "posterior.csv").write_text("k_e,k_lys,k_dec\n" + "0.1,0.02,0.03\n0.2,0.03,0.04\n0.15,0.02,0.05\n")
    (tmp_path / "noisy.py").write_text(MODEL)
    noisy = {
        "model": {"use": "noisy:f"},
        "factors": {"a": {"dist": "uniform", "low": 0, "high": 1, "unit": "1"}},
        "noise": {"replicates": 100},
    }
    for piece in YAML(typ="safe").load_all(text):
        accepted(tmp_path, piece, **(noisy if "burden" in str(piece) else {}))


PIECES = [span for span in SPANS if re.match(r"(design|analysis|executor): \{", span) and ".." not in span]


@pytest.mark.parametrize("piece", PIECES)
def test_a_setting_in_the_text_is_accepted(tmp_path, piece):
    written = YAML(typ="safe").load(piece)
    unit = {"below": "1 nM*hour"} if "resistant" in piece else None  # of the output that stands in for that of the text
    if unit:
        written["analysis"]["resistant"]["log_kill"] = unit
    accepted(tmp_path, written)


def test_a_function_beside_the_study_is_run(tmp_path):
    (own,) = [text for text in PYTHONS if text.startswith("# mymodel.py")]
    (tmp_path / "mymodel.py").write_text(own)
    factor = {"dist": "uniform", "low": 0, "high": 1, "unit": "1"}
    study = {
        "schema": "sensitivity-config/1", "model": {"use": "mymodel:f"}, "factors": {"a": factor, "b": factor},
        "outputs": {"y": {"of": "y", "unit": "1"}}, "design": {"method": "sobol", "n_base": 512, "seed": 1},
    }  # fmt: skip
    (tmp_path / "study.yaml").write_text(json.dumps(study))
    assert "ok: 2 factors" in call("validate", "study.yaml", cwd=tmp_path).stdout
    assert len(PYTHONS) == 2  # this one, and the one that the tour runs


COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize("span", [s for s in SPANS if s.split()[0] in COMMANDS or s.startswith("sensitivity ")])
def test_a_command_in_the_text_has_its_options(span):
    verb = span.removeprefix("sensitivity ").split()[0]
    assert verb in COMMANDS, span
    known = {option for parameter in COMMANDS[verb].params for option in parameter.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", span)) <= known, span


def test_every_verb_is_in_the_table():
    told = {s.split()[0] for s in re.findall(r"`([^`\n]+)`", "\n".join(re.findall(r"^\| `.*", README, re.MULTILINE)))}
    assert set(COMMANDS) <= told


@pytest.mark.parametrize("span", [s for s in SPANS if re.match(r"(\w+=\S+ )?(python|bash) |sensitivity run .*\$", s)])
def test_another_command_in_the_text_is_run_by_the_test_that_is_named(span):
    path, name = RUN_ELSEWHERE[span]
    assert name in (ROOT / path).read_text()


def test_every_term_of_the_glossary_has_a_page():
    section = README.split("## Glossary")[1].split("\n## ")[0]
    terms = [t for row in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)[2:] for t in row.split(", ")]
    assert len(terms) >= 12
    for term in terms:
        assert explain.explain(term)


def test_every_file_that_is_named_is_there():
    for path in re.findall(r"\]\(([^)#:]+)\)|<img src=\"([^\"]+)\"", README):
        assert (ROOT / (path[0] or path[1])).exists(), path
    for span in SPANS:
        if re.fullmatch(r"(configs|results|models|sensitivity)/[\w/.-]+", span) and "xxxxxxxx" not in span:
            assert (ROOT / span).exists(), span
