"""The command line as a script sees it: exit codes, stdout, stderr, files."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from ruamel.yaml import YAML

import sensitivity
from tests.processes import ROOT, call, inside

MODEL = """
import numpy as np

def f(x):
    return {"y": np.sin(x["a"]) + 7 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])}

def leaky(x):
    leaky.calls += 1
    return {"y": x["a"] + leaky.calls}
leaky.calls = 0

def coupled(x):
    return {"y": x["a"] - x["a"].mean() + x["b"]}

def often_failing(x):
    return {"y": np.where(x["a"] > 0, np.nan, x["a"])}
"""

COMPILED = """
class Compiled:
    compiles = True
    stochastic, time_unit, calls = False, "hour", 0

    def __init__(self):
        from types import SimpleNamespace as S
        unit = dict(unit="1", meaning="x", symbol="x", source="here", mechanism="", distribution=None)
        self.parameters = {
            n: S(name=n, nominal=1.0, domain=(-9.0, 9.0), **unit) for n in "abc"
        }
        self.observables = {"y": S(name="y", unit="1", meaning="y", floor=0.0)}

    def simulate(self, parameters, streams, request):
        import xarray as xr
        self.calls += 1
        data = {o.name: ("run", parameters["a"] + self.calls) for o in request}
        return xr.Dataset({**data, "status": ("run", np.ones(len(streams), dtype="int8"))})
"""

STUDY = """\
schema: sensitivity-config/1
title: Ishigami
model: {use: "ishigami:f"}
factors:
  a: {dist: uniform, low: -3.141592653589793, high: 3.141592653589793, unit: "1", source: definition}
  b: {dist: uniform, low: -3.141592653589793, high: 3.141592653589793, unit: "1", source: definition}
  c: {dist: uniform, low: -3.141592653589793, high: 3.141592653589793, unit: "1", source: definition}
outputs:
  y: {of: y, unit: "1"}
design: {method: sobol, n_base: 512, seed: 0}
executor: {kind: serial}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ishigami.py").write_text(MODEL)
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path


def test_help_is_there_at_once():
    """Median of 5 against 0.4 s, on a machine whose timings are noisy: the usual value is below 0.2 s."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        call("--help")
        times.append(time.perf_counter() - began)
    assert np.median(times) < 0.4


def test_a_run_from_study_to_ranking(folder):
    done = call("run", "study.yaml", cwd=folder)
    lines = done.stdout.splitlines()
    run = folder / lines[-1]
    assert {"result.nc", "report.html", "config.yaml", "manifest.json", "chunks", "plan.json"} <= {
        p.name for p in run.iterdir()
    }
    assert re.fullmatch(r"results/study-[0-9a-f]{8}", lines[-1])
    assert (run / "config.yaml").read_text() == STUDY
    table = [line.split("\t") for line in lines[:-1]]
    assert table[0][:3] == ["output", "rank", "factor"]
    assert [row[2] for row in table[1:]] == ["a", "b", "c"]
    index = r"-?\d\.\d{3} \[-?\d\.\d{3}, -?\d\.\d{3}\]"
    assert all(re.fullmatch(index, cell) for row in table[1:] for cell in row[3:5])
    assert all(re.fullmatch(r">?\d+%|<1%", row[5]) for row in table[1:])
    tree = sensitivity.load(run)
    assert tree.attrs["content_hash"] == json.loads((run / "manifest.json").read_text())["content_hash"]
    report = (run / "report.html").read_text()
    assert "Ishigami" in report


def test_a_factor_that_runs_fail_with_is_named(folder):
    source = (folder / "ishigami.py").read_text()
    edge = 'def edge(x):\n    return {"y": np.where(x["b"] > 2.9, np.nan, x["a"] + x["b"])}\n'
    (folder / "ishigami.py").write_text(source + edge)
    (folder / "study.yaml").write_text(STUDY.replace("ishigami:f", "ishigami:edge") + "failures: {max_fraction: 0.2}\n")
    done = inside("run", "study.yaml", cwd=folder)
    assert re.search(r"failed runs are tied to b \(90% of them between its quantiles 0\.9\d and 1\.00\)", done.stderr)
    run = folder / done.stdout.splitlines()[-1]
    assert sensitivity.load(run)["sobol_failures"]["tied"].values.tolist() == [0, 1, 0]
    assert "Failures are tied to b" in (run / "report.html").read_text()


def test_required_convergence_is_an_exit_code_and_says_what_would_do(folder):
    done = inside("run", "study.yaml", "--require-converged", cwd=folder, code=5)
    run = done.stdout.splitlines()[-1]
    assert (folder / run / "result.nc").exists()  # nothing is lost
    assert re.search(r"not converged\n  y: the interval of [abc] is 0\.\d+ wide, more than 0\.05", done.stderr)
    assert re.search(r"n_base [\d,]+ should do", done.stderr)
    inside("analyze", run, "--require-converged", cwd=folder, code=5)
    easy = ("--set", "analysis.converge.width=2", "--set", "analysis.converge.screening=2",
            "--set", "analysis.converge.ranking=9")  # fmt: skip
    assert inside("run", "study.yaml", *easy, "--require-converged", cwd=folder).stdout.splitlines()[-1] == run
    assert json.loads(inside("analyze", run, "--json", cwd=folder).stdout)["not_converged"] == []
    wrong = inside("run", "study.yaml", "--set", "analysis.converge.width=0", cwd=folder, code=3)
    assert "analysis" in wrong.stderr


def test_json_is_one_document_on_stdout(folder):
    first = json.loads(inside("run", "study.yaml", "--json", "--out", "here", cwd=folder).stdout)
    assert {"run", "result", "report", "runs", "failed", "wall_s"} <= set(first)
    assert (first["runs"], first["failed"]) == (512 * 8, 0)
    again = json.loads(inside("analyze", first["run"], "--json", cwd=folder).stdout)
    assert again["content_hash"] == first["content_hash"]
    listed = json.loads(inside("ls", "here", "--json", cwd=folder).stdout)
    assert [(row["run"], row["state"]) for row in listed] == [(Path(first["run"]).name, "done")]
    shown = json.loads(inside("show", first["run"], "--json", cwd=folder).stdout)
    assert {row["factor"] for row in shown} == {"a", "b", "c"}
    assert all(row["ST_lower"] <= row["ST"] <= row["ST_upper"] for row in shown)
    assert json.loads(inside("validate", "study.yaml", "--json", cwd=folder).stdout)["ok"] is True


def test_workers_and_overrides_from_the_command_line(folder):
    one = json.loads(inside("run", "study.yaml", "--json", "--out", "one", cwd=folder).stdout)
    two = json.loads(
        inside("run", "study.yaml", "--json", "--out", "two", "--workers", 2, "--set", "executor.kind=joblib",
             "--set", "executor.chunk_size=37", cwd=folder).stdout
    )  # fmt: skip
    assert one["content_hash"] == two["content_hash"]
    other = json.loads(
        inside("run", "study.yaml", "--json", "--out", "one", "--set", "design.seed=1", cwd=folder).stdout
    )
    assert other["content_hash"] != one["content_hash"]
    assert other["run"] != one["run"]


def test_parts_of_a_job_array_and_their_analysis(folder):
    small = ("--set", "executor.chunk_size=64")
    whole = json.loads(inside("run", "study.yaml", "--json", "--out", "whole", cwd=folder).stdout)
    run = inside("run", "study.yaml", "--out", "parts", "--chunk", "1/2", *small, cwd=folder).stdout.splitlines()[-1]
    assert not (folder / run / "result.nc").exists()
    missing = inside("analyze", run, cwd=folder, code=75)
    assert "4 of 8 chunks of stage sobol are missing (0, 2, 4, 6)" in missing.stderr
    inside("run", "study.yaml", "--out", "parts", "--chunk", "0/2", *small, cwd=folder)
    # When a job is submitted only the study file is known.
    done = json.loads(inside("analyze", "study.yaml", "--out", "parts", "--json", cwd=folder).stdout)
    assert done["content_hash"] == whole["content_hash"]
    inside("analyze", "study.yaml", "--out", "nowhere", cwd=folder, code=1)


def test_a_part_without_a_chunk_has_nothing_to_do(folder):
    """As most parts of an array in the check of a screening, which is one chunk."""
    large = ("--set", "executor.chunk_size=1000000")
    done = inside("run", "study.yaml", "--chunk", "1/2", *large, cwd=folder)
    assert done.stdout.startswith("results/study-")
    assert "internal" not in done.stderr
    inside("run", "study.yaml", "--chunk", "0/2", *large, cwd=folder)
    inside("analyze", "study.yaml", cwd=folder)


def test_a_run_is_extended_and_what_it_cannot_become_is_refused(folder):
    four = ("--set", "design.scrambles=4")  # the default follows the size
    large = ("--set", "design.n_base=1024")
    whole = json.loads(inside("run", "study.yaml", "--json", "--out", "whole", *four, *large, cwd=folder).stdout)
    run = inside("run", "study.yaml", *four, cwd=folder).stdout.splitlines()[-1]
    assert "say how large: --set design.n_base=N" in inside("extend", run, cwd=folder, code=2).stderr
    assert "only the size" in inside("extend", run, "--set", "design.seed=1", cwd=folder, code=2).stderr
    first = {path.name: path.stat().st_mtime_ns for path in (folder / run).glob("chunks/sobol/*.npz")}
    done = json.loads(inside("extend", run, *large, "--json", cwd=folder).stdout)
    assert (done["runs"], done["content_hash"]) == (1024 * 8, whole["content_hash"])
    assert (folder / run).name == Path(done["run"]).name
    kept = [name for name, at in first.items() if (folder / run / "chunks/sobol" / name).stat().st_mtime_ns == at]
    assert len(kept) == len(first)
    lines = (folder / run / "config.yaml").read_text().splitlines()
    config = json.loads("\n".join(line for line in lines if not line.startswith("#")))
    assert (config["design"]["n_base"], config["design"]["scrambles"]) == (1024, 4)
    smaller = inside("extend", run, "--set", "design.n_base=512", cwd=folder, code=6)
    assert "n_base 1024 -> 512" in smaller.stderr
    source = folder / "ishigami.py"
    source.write_text(source.read_text() + "\n# edited")
    edited = inside("extend", run, "--set", "design.n_base=2048", cwd=folder, code=6)
    assert "another source of the model ishigami:f" in edited.stderr


@pytest.mark.parametrize("part", ["2/2", "-1/2", "1", "a/b", "0/0"])
def test_a_wrong_part_is_a_usage_error(folder, part):
    done = call("run", "study.yaml", f"--chunk={part}", cwd=folder, code=2)
    assert "I/N" in done.stderr


@pytest.mark.parametrize("model", ["leaky", "coupled"])
@pytest.mark.parametrize("command", ["validate", "run"])
def test_hidden_state_is_refused(folder, model, command):
    (folder / "bad.yaml").write_text(STUDY.replace("ishigami:f", f"ishigami:{model}"))
    done = call(command, "bad.yaml", cwd=folder, code=3)
    assert re.search(r"bad\.yaml:3:14 error\[E132\] the same rows run", done.stderr)
    assert not (folder / "results").exists()


def test_too_many_failures_exit_4_with_the_count(folder):
    (folder / "bad.yaml").write_text(STUDY.replace("ishigami:f", "ishigami:often_failing"))
    done = call("run", "bad.yaml", cwd=folder, code=4)
    assert re.search(r"\d+ of 4096 runs of stage sobol failed \(\d+ non_finite\); at most 5\.0% may", done.stderr)


BAD = {
    "misspelt key": ("n_base: 512", "n_bsae: 512", 10, 25, "did you mean 'n_base'"),
    "duplicate key": ("title: Ishigami", "title: Ishigami\ntitle: again", 3, 1, "title"),
    "inverted bounds": ("low: -3.141592653589793, high: 3.141592653589793, unit: \"1\", source: definition}\n  b",
                        "low: 5, high: 3, unit: \"1\", source: definition}\n  b", 5, 27, "low must be below high"),
    "non-finite bound": ("a: {dist: uniform, low: -3.141592653589793", "a: {dist: uniform, low: -.inf", 5, 27,
                         "finite"),
    "unknown distribution": ("a: {dist: uniform", "a: {dist: unifrom", 5, 13, "did you mean 'uniform'"),
    "not a power of two": ("n_base: 512", "n_base: 500", 10, 33, "512"),
    "no factors": (STUDY[STUDY.index("factors:") : STUDY.index("outputs:")], "factors: {}\n", 4, None, "factor"),
    "group without factor": ("outputs:", "groups: {g: [zz]}\noutputs:", 8, None, "zz"),
    "missing model": ("ishigami:f", "nowhere:f", 3, 14, "nowhere"),
    "missing object": ("ishigami:f", "ishigami:g", 3, 14, "no 'g'"),
    "not YAML": ("title: Ishigami", "title: [Ishigami", None, None, "E101"),
    "YAML bomb": ("title: Ishigami", "title: &a [x, x]\ncontext_of_use: *a", None, None, "E106"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_its_place_and_nothing_is_run(folder, name):
    old, new, line, column, says = BAD[name]
    assert old in STUDY
    (folder / "bad.yaml").write_text(STUDY.replace(old, new, 1))
    for command in ("validate", "run"):
        done = call(command, "bad.yaml", cwd=folder, code=3)
        any_number = r"\d+"
        place = rf"bad\.yaml:{line or any_number}:{column or any_number} error\[E\d+\]"
        assert re.search(place, done.stderr), done.stderr
        assert says in done.stderr
        assert "Nothing was run." in done.stderr
    assert not (folder / "results").exists()


DECLARED = """\
schema: sensitivity-config/1
title: wrong unit and unknown output
model: {use: "models.tdm1:TDM1"}
factors:
  k_e: {dist: uniform, low: 0.1, high: 1.0, unit: nM, source: test}
  k_esk: {}
outputs:
  y: {of: in_vivo.dm1_cytosolc, reduce: auc, window: [0 day, 21 day]}
design: {method: morris, trajectories: 10, seed: 1}
"""


def test_units_factors_and_outputs_of_the_declared_model_are_checked_in_one_pass(folder):
    (folder / "bad.yaml").write_text(DECLARED)
    done = call("validate", "bad.yaml", cwd=folder, code=3)
    assert re.search(r"bad\.yaml:5:51 error\[E110\] .*'nM'.*1/hour", done.stderr)
    assert re.search(r"bad\.yaml:6:3 error\[E113\] .*did you mean 'k_esc'", done.stderr)
    assert re.search(r"bad\.yaml:8:11 error\[E114\] .*did you mean 'in_vivo.dm1_cytosolic'", done.stderr)
    assert "3 errors" in done.stderr


def test_the_schema_is_one_that_editors_read_and_accepts_the_shipped_studies():
    schema = json.loads(call("schema").stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    for path in sorted((ROOT / "configs").glob("*.yaml")):
        jsonschema.Draft7Validator(schema).validate(YAML(typ="safe").load(path))


def test_models_lists_every_parameter_with_a_source():
    everything = json.loads(call("models", "--json").stdout)
    document = everything["models.tdm1:TDM1"]
    rows = document["parameters"]
    factors = [row for row in rows if row["distribution"]]
    assert len(factors) >= 16
    assert all(row["unit"] and row["source"] and row["symbol"] and row["meaning"] for row in rows)
    assert {"recycling_fraction", "dar", "vatpase_activity", "mdr1_efflux"} <= {row["name"] for row in factors}
    assert any(row["source"].startswith("assumed") for row in rows)
    assert {name.rpartition(":")[2] for name in everything} == {
        "TDM1", "Lu2014", "Bender2014", "Singh2017", "Scheuher2022"
    }  # fmt: skip
    assert "in_vivo.dm1_cytosolic" in {row["name"] for row in document["observables"]}


def test_show_prints_the_factor_table_of_a_study():
    done = call("show", "configs/quickstart.yaml")
    header = next(line for line in done.stdout.splitlines() if line.startswith("factor"))
    assert header.split("\t") == ["factor", "unit", "nominal", "range", "distribution", "mechanism", "source"]
    assert "recycling_fraction\t1\t0.921053\t0.7 .. 0.95\tuniform(low=0.7, high=0.95)\trecycling\tseed" in done.stdout


@pytest.mark.parametrize("command", ["show", "analyze", "ls"])
def test_a_path_that_is_not_there_is_said_plainly(folder, command):
    done = call(command, folder / "nothing.nc" if command == "show" else folder / "nothing", code=1)
    assert "nothing" in done.stderr


@pytest.mark.parametrize(
    "name", ["quickstart", "cell_morris", "cell_sobol", "exposure_sobol", "patient_morris", "patient_sobol"]
)
def test_the_shipped_studies_are_valid(name):
    document = json.loads(call("validate", f"configs/{name}.yaml", "--json").stdout)
    assert document["ok"]
    assert document["stages"] == (3 if name == "quickstart" else 1)  # screening, its check, indices
    assert document["factors"] >= 16
    assert document["outputs"] >= 4


def test_a_study_is_checked_without_what_only_a_run_needs():
    """Each of these takes a good part of the two seconds in which an answer should be there."""
    code = (
        "import sys; from sensitivity.api import validate_study; validate_study('configs/patient_sobol.yaml'); "
        "print([m for m in ('numba', 'xarray', 'pandas', 'matplotlib', 'joblib', 'SALib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{of: tumour.progression_free_time, reduce: max, window: [0 day, 21 day]}", "is read off a whole course"),
        ("{of: tumour.progression_free_time, times: [1 day, 2 day]}", "is read off a whole course"),
    ],
)
def test_an_output_that_a_model_cannot_reduce_is_refused_with_its_place(folder, written, says):
    text = DECLARED.replace("nM, source: test", "1/hour, source: test").replace("  k_esk: {}\n", "")
    (folder / "bad.yaml").write_text(text[: text.index("  y: {")] + f"  y: {written}\n" + text[text.index("design:") :])
    done = call("validate", "bad.yaml", cwd=folder, code=3)
    assert re.search(r"bad\.yaml:7:\d+ error\[E115\] output 'y'", done.stderr)
    assert says in done.stderr


def test_a_model_that_compiles_is_run_when_asked(folder):
    """Two seconds are for the study; hidden state of such a model is found by `run`, and by `validate --run`."""
    (folder / "ishigami.py").write_text(MODEL + COMPILED)
    (folder / "study.yaml").write_text(
        STUDY.replace("ishigami:f", "ishigami:Compiled").replace('unit: "1"}', "reduce: max, window: [0 hour, 1 hour]}")
    )
    assert "ok: 3 factors" in call("validate", "study.yaml", cwd=folder).stdout
    for command in (("validate", "study.yaml", "--run"), ("run", "study.yaml")):
        assert "error[E132]" in call(*command, cwd=folder, code=3).stderr


@pytest.mark.slow
def test_the_main_study_has_the_same_bits_for_any_workers_and_chunks(tmp_path):
    hashes = set()
    for workers in (1, 2):
        for size in (7, 64, 10**6):
            done = call("run", "configs/quickstart.yaml", "--set", "design.n_base=256", "--set",
                        "design.screen.trajectories=20", "--set", f"executor.chunk_size={size}", "--workers", workers,
                        "--out", tmp_path / f"{workers}-{size}", "--json")  # fmt: skip
            hashes.add(json.loads(done.stdout)["content_hash"])
    assert len(hashes) == 1
