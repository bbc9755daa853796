"""Forecasts of what a study takes, and the refusal of what does not fit with the setting to lower."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from sensitivity import api, forecast, rehearsal
from sensitivity.cli import app
from sensitivity.errors import DoesNotFit
from sensitivity.stages import all_stages

MODEL = "def f(x): return {'y': x['a'] + x['b'] * x['c'], 'z': x['a'] ** 2}\n"
STUDY = """\
schema: sensitivity-config/1
model: {use: "planned_model:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1"}
  b: {dist: uniform, low: 0, high: 1, unit: "1"}
  c: {dist: uniform, low: 0, high: 1, unit: "1"}
outputs: {y: {of: y, unit: "1"}, z: {of: z, unit: "1"}}
design: {method: sobol, n_base: 2048, seed: 1, screen: {method: morris, trajectories: 50, keep: 2}}
executor: {kind: serial, chunk_size: 512}
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "planned_model.py").write_text(MODEL)
    path = tmp_path / "study.yaml"
    path.write_text(STUDY)
    return path


def test_a_plan_tells_runs_chunks_memory_and_disk_of_the_run_that_follows(path, tmp_path):
    """Disk to 10 %, where most of it is counted and only the compressed rows are measured; memory to 20 %."""
    plan = json.loads(CliRunner().invoke(app, ["plan", str(path), "--json"]).stdout)
    opened, tree = api.run_study(path, tmp_path / "out")
    stages = {stage["name"]: stage for stage in plan["stages"]}
    assert plan["runs"] == int(tree["diagnostics"]["runs"].sum())
    for name, stage in stages.items():
        files = list(opened.directory.path.glob(f"chunks/{name}/*"))
        assert stage["chunks"] * 2 == len(files)
        assert stage["chunk_bytes"] == pytest.approx(sum(f.stat().st_size for f in files), rel=0.1, abs=4000)
    assert plan["disk"]["result"] == pytest.approx(opened.directory.result.stat().st_size, rel=0.1)
    assert plan["disk"]["report"] == pytest.approx(opened.directory.report.stat().st_size, rel=0.1)
    assert plan["workers"] == 1
    assert plan["wall_s"] > 0.5  # no process starts faster


def needs(study, **changed):
    """Forecast of a study on two workers, as if it had been rehearsed."""
    of_stage = {"morris": 1e-3, "andres": 1e-3, "sobol": 1e-3}
    found = rehearsal.Rehearsed(2.0, of_stage, 5.0, 2**28, 2**29, 1000, 2**20, 2**20, 50.0, 1000)
    study = replace(study, executor=replace(study.executor, kind="joblib", workers=2, chunk_size=64))
    return study, replace(forecast.forecast(study, all_stages(study), found), **changed)


def test_workers_share_the_time_and_add_to_the_memory(path, monkeypatch):
    monkeypatch.setattr(forecast.executors, "cpu_count", lambda: 2)
    study, _ = api.open_study(path)
    _, two = needs(study)
    assert two.workers == 2
    alone = two.runs * 1e-3
    # Half of it, half a chunk of each stage, and the blocks that are timed.
    assert alone / 2 < two.evaluate_s < alone / 2 + 3 * (32 + 4) * 8e-3
    assert two.memory == two.parent_bytes + 2 * two.worker_bytes
    assert two.wall_s == two.start_s + two.evaluate_s + two.analysis_s


@pytest.mark.parametrize(
    ("disk", "memory", "changed", "says"),
    [
        (2**20, 2**40, {}, r"needs \d+ MiB of disk and .* has 1 MiB free: lower design\.n_base to \d+, or"),
        (2**40, 2**30, {"parent_bytes": 2**29, "worker_bytes": 2**29}, r"lower executor\.workers to 1"),
        (2**40, 2**28, {"parent_bytes": 2**29}, r"lower executor\.chunk_size, design\.n_base"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_setting_to_lower(path, monkeypatch, disk, memory, changed, says):
    monkeypatch.setattr(forecast, "free_disk", lambda folder: disk)
    monkeypatch.setattr(forecast, "free_memory", lambda: memory)
    study, needed = needs(api.open_study(path)[0], **changed)
    with pytest.raises(DoesNotFit, match=says) as refused:
        forecast.refuse_unfit(study, needed, path.parent)
    assert refused.value.exit_code == 3


def test_what_fits_is_not_refused(path):
    study, needed = needs(api.open_study(path)[0])
    forecast.refuse_unfit(study, needed, path.parent / "not" / "there")
