"""Results done again and results compared: what is the same is said to be, and what is not is named."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from sensitivity import api, comparison, plan
from sensitivity.cli import app
from sensitivity.errors import Differs, Incomplete
from sensitivity.result.difference import relative
from sensitivity.result.file import load

MODEL = """
import numpy as np

def f(x):
    return {"y": x["a"] + x["b"] * x["c"], "z": x["a"][:, None] * np.arange(1.0, 4.0)}

def noisy(x, rngs):
    return {"y": x["a"] + x["b"] * np.array([r.standard_normal() for r in rngs])}
"""
FACTORS = "".join(f'  {n}: {{dist: uniform, low: 0, high: 1, unit: "1", source: definition}}\n' for n in "abc")
HEAD = f"schema: sensitivity-config/1\nmodel: {{use: 'trusted:NAME'}}\nfactors:\n{FACTORS}"
PLAIN = (
    HEAD.replace("NAME", "f")
    + """\
outputs: {y: {of: y, unit: "1"}, z: {of: z, unit: "1", times: {start: 0 day, stop: 2 day, n: 3}}}
design: {method: sobol, n_base: 128, scrambles: 4, seed: 5}
executor: {kind: serial, chunk_size: 24}
"""
)
NOISY = (
    HEAD.replace("NAME", "noisy")
    + """\
outputs: {y: {of: y, unit: "1"}}
design: {method: sobol, n_base: 64, scrambles: 4, seed: 0, screen: {method: morris, trajectories: 8, keep: 2, check: 0}}
noise: {replicates: 3}
executor: {kind: serial, chunk_size: 20}
"""
)


def done(folder, text=PLAIN, out="results"):
    (folder / "trusted.py").write_text(MODEL)
    (folder / "study.yaml").write_text(text)
    return api.run_study(folder / "study.yaml", folder / out)[0]


@pytest.mark.parametrize("text", [PLAIN, NOISY], ids=["plain", "screened and stochastic"])
@pytest.mark.parametrize("rows", ["kept", "not kept"])
def test_a_run_is_reproduced_from_single_rows_or_whole_chunks(tmp_path, monkeypatch, text, rows):
    if rows == "not kept":
        monkeypatch.setattr(plan, "KEPT_ROWS_BYTES", 0)
    path = done(tmp_path, text).directory.path
    before = sorted((p, p.stat().st_mtime_ns) for p in path.rglob("*"))
    found = api.reproduce_run(path, 50, 1)
    assert (found.apart, found.variables, found.altered, found.environment) == ([], [], False, [])
    assert found.again == found.content_hash
    assert not found.differs()
    assert found.simulated == 50 if rows == "kept" else 50 <= found.simulated < found.runs
    assert sorted((p, p.stat().st_mtime_ns) for p in path.rglob("*")) == before


def forge(opened, chunk, name, at):
    """Change one number of a chunk, with a right checksum."""
    stage = plan.load_stage(opened, "sobol")
    there = opened.directory.read_chunk("sobol", chunk, stage.header(chunk))
    arrays = {key: array.copy() for key, array in there.arrays.items()}
    arrays[name][at] += 0.25
    opened.directory.write_chunk("sobol", chunk, there.header, arrays)


def test_a_value_that_no_run_gave_is_found_with_its_place(tmp_path):
    opened = done(tmp_path)
    forge(opened, 2, "y", (10, 3, 0, 0))
    found = api.reproduce_run(opened.directory.path, 10**6, 0)
    assert found.simulated == found.runs == 128 * 8
    assert [one.variable for one in found.apart] == ["stage sobol block 58 point 3"]
    assert "/outputs/y" in [one.variable for one in found.variables]
    assert found.differs()


def test_a_sum_that_no_runs_gave_is_found_where_rows_were_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "KEPT_ROWS_BYTES", 0)
    opened = done(tmp_path, PLAIN.replace("chunk_size: 24", "chunk_size: 64"))
    forge(opened, 1, "sum_tot", (0, 0, 0))
    found = api.reproduce_run(opened.directory.path, 10**6, 0)
    assert [one.variable for one in found.apart] == ["stage sobol chunk 1 sum_tot"]


def test_a_result_that_was_written_over_is_found(tmp_path):
    path = done(tmp_path).directory.path
    tree = load(path)
    tree["sobol"]["ST"].values[0, 0] *= 1.001
    tree.to_netcdf(path / "result.nc", engine="netcdf4")
    found = api.reproduce_run(path, 5)
    assert found.altered
    (one,) = found.variables
    assert one.variable == "/sobol/ST"
    values = tree["sobol"]["ST"].values
    assert one.size == pytest.approx(0.001 * values[0, 0] / values.max(), rel=0.01)
    assert found.differs(1.0)  # no tolerance makes an altered file right


def test_what_is_no_longer_as_it_was_is_named(tmp_path, monkeypatch):
    path = done(tmp_path).directory.path
    (tmp_path / "trusted.py").write_text(MODEL.replace('x["b"] * x["c"]', '1.001 * x["b"] * x["c"]'))
    monkeypatch.setattr(plan, "versions", lambda: {**plan.load(path).versions, "numpy": "9.9"})
    found = api.reproduce_run(path, 20)
    assert any(line.startswith("numpy ") and line.endswith("-> 9.9") for line in found.environment)
    assert "the source of the model trusted:f" in found.environment
    assert (len(found.apart), found.variables) == (20, [])
    assert found.differs()
    assert not found.differs(0.01)


def test_chunks_that_are_missing_are_said(tmp_path):
    opened = done(tmp_path)
    opened.directory.payload("sobol", 1).unlink()
    with pytest.raises(Incomplete, match=r"1 of 6 chunks of stage sobol are missing \(1\)"):
        api.reproduce_run(opened.directory.path)


def test_two_results_are_compared_by_settings_variables_and_rankings(tmp_path):
    a = done(tmp_path).directory.path
    b = done(tmp_path, PLAIN.replace("seed: 5", "seed: 6").replace("chunk_size: 24", "chunk_size: 7")).directory.path
    again = done(tmp_path, PLAIN.replace("chunk_size: 24", "chunk_size: 7"), "again").directory.path
    same = comparison.compare(load(a), load(again))
    assert (same.settings, same.variables) == ({}, [])
    assert same.hashes[0] == same.hashes[1]
    found = comparison.compare(load(a), load(b))
    assert found.settings == {"seed": (5, 6)}
    assert found.differs()
    tree = load(b)
    row = next(row for row in found.rankings if (row["output"], row["factor"]) == ("y", "a"))
    assert row["rank"] == (1, 1)
    assert row["upper"][1] == float(tree["sobol"]["ST_ci"].sel(output="y", factor="a")[1])
    assert len(found.rankings) == 2 * 3


def test_the_commands_end_with_0_or_7(tmp_path):
    a, b = (done(tmp_path, PLAIN.replace("seed: 5", f"seed: {seed}")).directory.path for seed in (5, 6))
    call = CliRunner().invoke
    ended = call(app, ["reproduce", str(a), "--sample", "9", "--json"])
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["simulated"] == 9
    assert json.loads(ended.stdout)["reproduced"]
    ended = call(app, ["compare", str(a), str(a)])
    assert ended.exit_code == 0
    assert "the same to the last bit" in ended.stdout
    for options in ([], ["--json"]):
        ended = call(app, ["compare", str(a), str(b), *options])
        assert isinstance(ended.exception, Differs)
        assert ended.exception.exit_code == 7
        assert "seed" in ended.stdout
    assert not json.loads(ended.stdout)["same"]
    (a / "result.nc").write_bytes((b / "result.nc").read_bytes())
    assert isinstance(call(app, ["reproduce", str(a)]).exception, Differs)


def test_what_is_read_is_in_memory_and_the_file_is_closed(tmp_path):
    tree = load(done(tmp_path).directory.path)
    assert all(v._in_memory for node in tree.subtree for v in node.to_dataset(inherit=False).variables.values())


@pytest.mark.parametrize(
    ("a", "b", "size"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([np.nan, 2.0], [np.nan, 2.0], 0.0),
        ([1.0, 4.0], [1.5, 4.0], 0.125),
        ([np.nan, 2.0], [1.0, 2.0], np.inf),
        ([1.0], [1.0, 2.0], np.inf),
        (["x"], ["x"], 0.0),
        (["x"], ["y"], np.inf),
        ([np.inf], [np.inf], 0.0),
    ],
)
def test_sizes_of_differences(a, b, size):
    assert relative(np.array(a), np.array(b)) == size
