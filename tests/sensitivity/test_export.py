"""Exports: SALib's own analysers, on what is written for them, as referees of our indices; CSV as the tables say."""

import json

import numpy as np
import pandas as pd
import pytest

from sensitivity.api import run_study
from sensitivity.errors import SensitivityError, UsageError
from sensitivity.export import export
from sensitivity.kept_study import study_of
from tests.processes import call

MODEL = """
import numpy as np

def f(x):
    y = np.sin(x["a"]) + 7 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])
    return {"y": y, "course": np.stack([y, x["b"]], axis=1), "ill": np.where(x["a"] > 3.0, np.nan, y)}
"""

STUDY = """\
schema: sensitivity-config/1
model: {use: "ishi:f"}
factors:
  a: {dist: uniform, low: -3.141592653589793, high: 3.141592653589793, unit: "1", source: definition}
  b: {dist: uniform, low: -3.141592653589793, high: 3.141592653589793, unit: nM, source: definition}
  c: {dist: uniform, low: -3.141592653589793, high: 3.141592653589793, unit: "1", source: definition}
groups: {both: [a, c]}
outputs:
  y: {of: y, unit: "1"}
  course: {of: course, unit: "1", times: [0 day, 2 day]}
design: {method: sobol, n_base: 1024, scrambles: 4, second_order: true, seed: 2}
failures: {max_fraction: 0.5}
executor: {kind: serial}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    (folder / "ishi.py").write_text(MODEL)
    return folder


def run(folder, name, text):
    (folder / f"{name}.yaml").write_text(text)
    return run_study(folder / f"{name}.yaml", folder / "results")[0].directory.path


def written(path, to, folder):
    import sensitivity

    export(sensitivity.load(path), study_of(path), to, folder)
    problem = json.loads((folder / "problem.json").read_text()) if to == "salib" else None
    return problem, {file.name: pd.read_csv(file) for file in folder.glob("*.csv")}


def test_salib_finds_the_exact_indices_in_the_exported_sobol_design(folder, tmp_path):
    """Ishigami's exact indices within 0.05, some four standard errors of SALib's estimator at 1024 base samples."""
    from SALib.analyze import sobol

    problem, files = written(run(folder, "sobol", STUDY), "salib", tmp_path / "out")
    assert len(files["Y.csv"]) == 1024 * 8
    assert list(files["Y.csv"]) == ["y", "course at 0 day", "course at 2 day"]
    np.testing.assert_allclose(files["x_units.csv"], (files["X.csv"] * 2 - 1) * np.pi, rtol=1e-12)
    found = sobol.analyze(problem, files["Y.csv"]["y"].to_numpy(), calc_second_order=True, seed=1)
    np.testing.assert_allclose(found["S1"], [0.3139, 0.4424, 0.0], atol=0.05)
    np.testing.assert_allclose(found["ST"], [0.5576, 0.4424, 0.2437], atol=0.05)
    assert found["S2"][0, 2] == pytest.approx(0.2437, abs=0.1)


def test_a_result_has_the_shape_of_salibs_dictionaries(folder, tmp_path):
    """What SALib's own users do with one: its problem samples, its indices stand in the order of the names."""
    from SALib.analyze import sobol
    from SALib.sample import sobol as sample

    import sensitivity

    tree = sensitivity.load(run(folder, "sobol", STUDY))
    found = tree.sa.to_salib("y")
    points = sample.sample(found["problem"], 8, calc_second_order=False)
    assert points.shape == (8 * 5, 3)
    assert np.all(np.abs(points) <= np.pi)
    assert set(sobol.analyze(found["problem"], points[:, 0], calc_second_order=False)) <= set(found)
    np.testing.assert_allclose(found["ST"], [0.5576, 0.4424, 0.2437], atol=0.05)  # the order of the study
    table = tree.sa.rank("y").loc[found["problem"]["names"]]
    np.testing.assert_array_equal(found["ST"], table["ST"])
    np.testing.assert_allclose(2 * found["ST_conf"], table["ST_upper"] - table["ST_lower"], rtol=1e-12)
    with pytest.raises(KeyError, match="nothing"):
        tree.sa.to_salib("nothing")


def test_salib_finds_our_morris_effects_in_the_exported_trajectories(folder, tmp_path):
    """The same elementary effects: SALib's means are ours but for rounding."""
    from SALib.analyze import morris

    import sensitivity

    design = "design: {method: morris, trajectories: 20, seed: 2}"
    path = run(folder, "morris", STUDY.replace(STUDY[STUDY.index("design:") : STUDY.index("failures")], design + "\n"))
    problem, files = written(path, "salib", tmp_path / "out")
    found = morris.analyze(
        problem, files["X.csv"].to_numpy(), files["Y.csv"]["y"].to_numpy(), num_levels=problem["num_levels"], seed=1
    )
    ours = sensitivity.load(path).sa.to_salib("y")
    assert ours["problem"]["names"] == list(found["names"]) == problem["names"]
    for name in ("mu", "mu_star", "sigma"):
        np.testing.assert_allclose(np.asarray(found[name], dtype=float), ours[name], rtol=1e-9)


def test_a_block_with_a_failed_run_is_left_out_whole(folder, tmp_path):
    path = run(folder, "ill", STUDY.replace("{of: y,", "{of: ill,"))
    problem, files = written(path, "salib", tmp_path / "out")
    assert problem["blocks_left_out"] > 0
    assert len(files["Y.csv"]) == (1024 - problem["blocks_left_out"]) * 8
    assert np.isfinite(files["Y.csv"].to_numpy()).all()


def test_csv_holds_every_table_and_every_run(folder, tmp_path):
    import sensitivity

    path = run(folder, "sobol", STUDY)
    _, files = written(path, "csv", tmp_path / "out")
    table = sensitivity.load(path).sa.table().reset_index()
    pd.testing.assert_frame_equal(files["sobol.csv"], table, rtol=1e-15)
    assert len(files["runs.csv"]) == 1024 * 10
    assert {"a", "b", "c", "y", "status", "course at 2 day"} <= set(files["runs.csv"])
    assert {"sobol_groups.csv", "given.csv", "parameters.csv", "convergence.csv"} <= set(files)


def test_the_command_writes_a_new_folder_only(folder, tmp_path):
    path = run(folder, "sobol", STUDY)
    done = call("export", path, "--to", "salib", cwd=tmp_path)
    names = {f"{path.name}-salib/{name}" for name in ("problem.json", "X.csv", "x_units.csv", "Y.csv")}
    assert set(done.stdout.split()) == names
    assert "not empty" in call("export", path, "--to", "salib", cwd=tmp_path, code=2).stderr
    assert "there are csv, salib" in call("export", path, "--to", "xlsx", cwd=tmp_path, code=2).stderr


def test_what_salib_has_not_is_refused_with_the_reason(folder, tmp_path):
    text = STUDY.replace("groups: {both: [a, c]}", "groups: {both: {members: [a, c], correlation: 0.5}}")
    with pytest.raises(SensitivityError, match="depend on each other"):
        written(run(folder, "block", text), "salib", tmp_path / "out")
    with pytest.raises(UsageError, match="no format"):
        written(run(folder, "sobol", STUDY), "petab", tmp_path / "other")


def test_plots_and_reports_are_written_and_wrong_names_are_told(folder, tmp_path):
    path = run(folder, "sobol", STUDY)
    for name, ending, magic in (
        ("bars", ".png", b"\x89PNG"),
        ("over_time", ".svg", b"<?xml"),
        ("bars", ".pdf", b"%PDF"),
    ):
        target = tmp_path / f"{name}{ending}"
        output = "course" if name == "over_time" else "y"
        assert call("plot", path, name, "--output", output, "--out", target).stdout.strip() == str(target)
        assert target.read_bytes().startswith(magic)
    header, *rows = call("plot", path, "bars", "--table").stdout.splitlines()
    assert {"factor", "ST", "ST_lower"} <= set(header.split("\t"))
    assert len(rows) == 3
    assert "bars (S1 and ST" in call("plot", path, "pie", code=2).stderr
    assert "there are y, course" in call("plot", path, "bars", "--output", "z", code=2).stderr
    assert "over time" in call("plot", path, "over_time", "--output", "y", code=2).stderr
    report = tmp_path / "again.html"
    call("report", path, "--out", report)
    assert report.read_bytes() == (path / "report.html").read_bytes()
