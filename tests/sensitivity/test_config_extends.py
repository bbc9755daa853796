"""Studies that build upon another file: what wins, where a value was written, and whose mistake it is."""

import pytest

from sensitivity.config import read_study, resolved_text
from sensitivity.config_document import read_document
from sensitivity.distributions import Distribution
from sensitivity.errors import ConfigError
from sensitivity.study_json import identity
from tests.processes import call

MODEL = "def f(x):\n    return {'y': x['a']}\n"

BASE = """\
schema: sensitivity-config/1
title: the base
model: {use: "linear:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
  b: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
groups: {both: [a, b]}
outputs:
  y: {of: y, unit: "1"}
design: {method: sobol, n_base: 512, seed: 1}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "linear.py").write_text(MODEL)
    (tmp_path / "shared" / "base.yaml").write_text(BASE)
    return tmp_path


def write(folder, text):
    path = folder / "study.yaml"
    path.write_text("extends: shared/base.yaml\n" + text)
    return path


def test_what_is_written_wins_and_the_rest_is_taken(folder):
    text = "title: mine\nfactors:\n  a: {high: 2}\n  c: {dist: uniform, low: 0, high: 1, unit: nM, source: me}\n"
    study, _ = read_study(write(folder, text))
    assert (study.title, study.seed) == ("mine", 1)
    assert [(f.name, f.distribution.arguments["high"]) for f in study.factors] == [("a", 2.0), ("b", 1.0), ("c", 1.0)]
    assert study.model.folder == str((folder / "shared").resolve()), "the model lies beside the file that names it"


def test_a_list_replaces_and_null_takes_away(folder):
    study, _ = read_study(write(folder, "groups: {both: [b]}\nfactors: {a: null}\n"))
    assert study.groups == {"both": ("b",)}
    assert [f.name for f in study.factors] == ["b"]
    assert read_study(write(folder, "groups: null\n"))[0].groups == {}


def test_another_distribution_leaves_no_bound_behind(folder):
    study, _ = read_study(write(folder, "factors:\n  a: {dist: lognormal, median: 1, gsd: 2, unit: nM, source: me}\n"))
    whole = Distribution("lognormal", {"median": 1.0, "gsd": 2.0})
    assert study.factors[0].distribution.arguments.keys() >= whole.arguments.keys()
    assert study.factors[0].distribution.arguments.get("high") != 1.0
    assert study.factors[0].unit == "nM"


def test_a_file_that_changes_nothing_is_the_same_study(folder):
    assert identity(read_study(write(folder, ""))[0]) == identity(read_study(folder / "shared" / "base.yaml")[0])


def test_files_may_extend_files_that_extend(folder):
    (folder / "shared" / "base.yaml").write_text("extends: deeper.yaml\ntitle: the middle\n")
    (folder / "shared" / "deeper.yaml").write_text(BASE)
    study, _ = read_study(write(folder, "design: {seed: 5}\n"))
    assert (study.title, study.seed, study.method.n_base) == ("the middle", 5, 512)


def test_a_mistake_is_told_where_it_was_written(folder):
    base = BASE.replace("n_base: 512", "n_base: 500").replace('unit: "1", source: here}\n  b', "unt: nM}\n  b")
    (folder / "shared" / "base.yaml").write_text(base)
    with pytest.raises(ConfigError) as caught:
        read_study(write(folder, "failures: {max_fracton: 0.1}\n"))
    found = [(d.file.removeprefix(f"{folder}/"), d.line, d.code) for d in caught.value.diagnostics]
    assert ("shared/base.yaml", 5, "E102") in found
    assert ("shared/base.yaml", 10, "E120") in found
    assert ("study.yaml", 2, "E102") in found
    assert len(found) == 3


def test_two_files_that_extend_each_other_are_refused(folder):
    (folder / "shared" / "base.yaml").write_text("extends: ../study.yaml\n")
    with pytest.raises(ConfigError, match=r"shared/base\.yaml:1:10 error\[E140\] extends: .*extends this file in turn"):
        read_study(write(folder, ""))


def test_the_text_of_a_run_stands_alone(folder):
    path = write(folder, "title: mine\nfactors: {a: {high: 2}}\n")
    text = resolved_text(path, ["design.seed=7"])
    (folder / "shared" / "alone.yaml").write_text(text)
    assert "shared/base.yaml" in text.splitlines()[1]
    alone, whole = read_study(folder / "shared" / "alone.yaml")[0], read_study(path, ["design.seed=7"])[0]
    assert alone == whole


def test_an_override_cannot_name_another_file(folder):
    with pytest.raises(ConfigError, match=r"E109.*says in its file what it extends"):
        read_study(write(folder, ""), ["extends=other.yaml"])


def test_every_value_knows_its_file(folder):
    document = read_document(write(folder, "factors: {a: {high: 2}}\n"), ["design.seed=3"])
    places = {path: document.place(path).file.rpartition("/")[2] for path in document.values}
    assert places["factors", "a", "high"] == "study.yaml"
    assert places["factors", "a", "low"] == "base.yaml"
    assert places["design", "seed"] == "--set design.seed=3"


def test_show_tells_where_each_value_comes_from(folder):
    path = write(folder, "factors: {a: {high: 2}}\n")
    done = call("show", path.name, "--resolved", "--origin", "--set", "design.seed=3", cwd=folder)
    rows = dict(line.split("\t")[::2] for line in done.stdout.splitlines())
    assert rows["factors.a.high"] == "study.yaml:2:21"
    assert rows["factors.a.low"] == "shared/base.yaml:5:27"
    assert rows["design.seed"] == "--set design.seed=3"
    assert rows["design.scrambles"] == "default"
    assert rows["factors.a.nominal"] == "linear:f"
    plain = call("show", path.name, "--resolved", cwd=folder).stdout
    assert "factors.a.high\t2" in plain.splitlines()


def test_show_lists_the_assumptions_of_a_study_and_of_its_run(folder):
    path = write(folder, "factors: {a: {source: assumed}}\ndesign: {n_base: 256, scrambles: 4}\n")
    of_study = call("show", path.name, "--assumptions", cwd=folder).stdout
    assert "a\t1\t0 .. 1\tuniform(low=0, high=1)\tassumed\tassumed" in of_study.splitlines()
    run = call("run", path.name, cwd=folder).stdout.splitlines()[-1]
    for place in (run, f"{run}/result.nc"):
        assert call("show", place, "--assumptions", cwd=folder).stdout == of_study
    origins = call("show", run, "--origin", cwd=folder).stdout
    assert f"factors.a.high\t1\t{run}/config.yaml" in origins
