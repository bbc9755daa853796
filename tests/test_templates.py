"""Templates: `init` copies them whole, each is a valid study, and nothing that is there is overwritten."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from sensitivity import templates
from sensitivity.api import validate_study
from sensitivity.errors import UsageError
from tests.processes import ROOT, call

NAMES = templates.names()


def test_the_templates_of_the_manual_are_there():
    assert {"quick", "sobol", "morris", "population", "slurm", "own-model"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_copied_whole_and_is_a_valid_study(name, tmp_path):
    written = templates.copy(name, tmp_path / "new")
    assert {str(p.relative_to(tmp_path / "new")) for p in written} == {
        *(str(p) for p in templates.files(name)),
        "schema.json",
    }
    for path in templates.files(name):
        assert (tmp_path / "new" / path).read_bytes() == (templates.HOME / name / path).read_bytes()
    study, warnings = validate_study(tmp_path / "new" / "study.yaml")
    assert len(study.factors) >= 4
    assert {w.code for w in warnings} <= {"W201"}
    assert templates.purpose(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_valid_to_an_editor(name, tmp_path):
    templates.copy(name, tmp_path)
    text = (tmp_path / "study.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=./schema.json\n")
    schema = json.loads((tmp_path / "schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(YAML(typ="safe").load(text))


def test_a_file_that_is_there_is_kept_and_nothing_is_written(tmp_path):
    (tmp_path / "study.yaml").write_text("mine")
    done = call("init", tmp_path, code=2)
    assert "study.yaml" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["study.yaml"]
    assert (tmp_path / "study.yaml").read_text() == "mine"


def test_a_misspelt_template_is_told_its_name(tmp_path):
    with pytest.raises(UsageError, match="did you mean 'morris'"):
        templates.copy("moris", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_init_says_what_to_do_next_and_that_works(tmp_path):
    done = call("init", "--from", "own-model", "mine", cwd=tmp_path)
    assert set(done.stdout.split()) == {f"mine/{n}" for n in ("README.md", "mymodel.py", "study.yaml", "schema.json")}
    assert done.stderr.splitlines()[-1] == "next: cd mine && sensitivity run study.yaml"
    run = call("run", "study.yaml", cwd=tmp_path / "mine")
    assert (tmp_path / "mine" / run.stdout.splitlines()[-1] / "report.html").is_file()


@pytest.mark.slow  # builds a wheel
def test_a_wheel_holds_every_file_of_every_template(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)],
        check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for name in NAMES:
        for path in templates.files(name):
            assert str(Path("sensitivity/templates") / name / path) in held
