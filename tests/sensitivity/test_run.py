"""A whole run: the same bits however it is cut and wherever it runs, and nothing lost."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sensitivity import loading, plan, stages, view
from sensitivity.analysis import analyse
from sensitivity.contracts import OutputRequest
from sensitivity.distributions import Distribution
from sensitivity.errors import Incomplete, ResumeRefused, TooManyFailures
from sensitivity.factors import Factor
from sensitivity.function_model import ModelError
from sensitivity.methods.efast import EFast
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.result.file import content_hash, load
from sensitivity.run import Share, evaluate, open_run
from sensitivity.stage import evaluate as evaluate_rows
from sensitivity.study import ExecutorSpec, ModelUse, Screen, Study
from tests.reference import ishigami_indices

SOURCE = """
import numpy as np

def f(x):
    y = np.sin(x["a"]) + 7 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])
    t = np.array([0.0, 1.0, 2.0])
    return {"y": y, "course": y[:, None] + t * x["d"][:, None]}

def failing(x):
    out = f(x)
    out["y"] = np.where(x["a"] > 3.1, np.nan, out["y"])
    return out

def raising(x):
    if np.any(x["a"] > 3.1):
        raise RuntimeError("a is too large")
    return f(x)

def noisy(x, rngs):
    out = f(x)
    return {"y": out["y"] + np.array([r.standard_normal() for r in rngs]), "course": out["course"]}
"""


def factor(name):
    # A nominal point where no output is zero: what the sums are shifted by must come back into the mean.
    return Factor(name, Distribution("uniform", {"low": -np.pi, "high": np.pi}), "1", 0.5, source="definition")


@pytest.fixture
def study(tmp_path):
    (tmp_path / "ishigami_model.py").write_text(SOURCE)
    return Study(
        title="Ishigami",
        context_of_use="test",
        model=ModelUse("ishigami_model:f", {}, str(tmp_path)),
        factors=tuple(factor(name) for name in "abcd"),
        fixed={},
        groups={"ac": ("a", "c")},
        outputs=(OutputRequest("y", "y", "1"), OutputRequest("course", "course", "1", times=(0.0, 1.0, 2.0))),
        method=Sobol(512, 4, second_order=True),
        screen=None,
        seed=0,
        executor=ExecutorSpec("serial", 1, 64),
    )


def quiet(progress):
    pass


def go(study, out, share=None):
    model = loading.load(study.model)
    opened = open_run(study, model, "ishigami", out, "")
    evaluate(opened, model, quiet, share)
    return opened


def with_grid(study, kind, workers, chunk_size):
    return replace(study, executor=ExecutorSpec(kind, workers, chunk_size))


@pytest.mark.parametrize("screen", [None, Morris(20), Morris(64, sampling="radial", scrambles=4)], ids=str)
def test_content_hash_does_not_depend_on_workers_or_chunks(study, tmp_path, screen):
    if screen is not None:
        study = replace(study, screen=Screen(screen, 3))
    hashes = {}
    for kind, workers, size in (
        ("serial", 1, 64),
        ("serial", 1, 7),
        ("serial", 1, 10**6),
        ("joblib", 2, 7),
        ("joblib", 2, 64),
    ):
        out = tmp_path / f"{kind}-{workers}-{size}"
        tree = analyse(go(with_grid(study, kind, workers, size), out))
        hashes[kind, workers, size] = tree.attrs["content_hash"]
    assert len(set(hashes.values())) == 1, hashes
    other = analyse(go(replace(study, seed=1), tmp_path / "other"))
    assert other.attrs["content_hash"] not in hashes.values()


def test_efast_gives_the_same_bits_for_any_chunks_and_says_what_its_intervals_do_not(study, tmp_path):
    study = replace(study, method=EFast(257, 4), groups={})
    grids = (("serial", 1, 64), ("serial", 1, 7), ("joblib", 2, 50))
    trees = [
        analyse(go(with_grid(study, kind, workers, size), tmp_path / f"{kind}-{size}")) for kind, workers, size in grids
    ]
    assert len({tree.attrs["content_hash"] for tree in trees}) == 1
    tree = trees[0]
    efast = tree["efast"]
    # Interference, and four curves of few steps.
    assert np.allclose(efast["ST"].sel(output="y").values, np.append(ishigami_indices()[1], 0.0), atol=0.1)
    assert float(efast["mean"].sel(output="y")) == pytest.approx(3.5, abs=0.1)
    assert efast["pairs"].attrs["long_name"] == "curves used, of 4"
    assert np.all(efast["pairs"].values == 4)
    assert "efast_time" in tree.children
    assert list(tree["efast_convergence"]["blocks"].values) == [4]
    assert any("intervals do not show" in remark for remark in view.remarks(tree))
    text = view.ranking(tree)
    assert "P(first r)" in text
    page = (tmp_path / "serial-64" / tree.attrs["run"] / "report.html").read_text()
    assert "eFAST indices" in page
    assert "4 independent sets of curves of 257 steps" in page


def test_a_screening_is_checked_by_points_of_its_own(study, tmp_path):
    """d does nothing to y, and c acts together with a only: a or b alone explains much less of y than is asked."""
    study = replace(study, outputs=study.outputs[:1], groups={})
    checked = replace(study, screen=Screen(Morris(20), 3, 96))
    opened = go(checked, tmp_path / "a")
    assert opened.stage_names == ["morris", "andres", "sobol"]
    tree = analyse(opened)
    table = tree.sa.screening()
    assert table.loc[("y", "kept"), "correlation"] == pytest.approx(1.0, abs=1e-9)
    assert table.loc[("y", "kept"), "verdict"] == 1
    assert table.loc[("y", "dropped"), "share"] == 0.0
    second = tree["design"]["stage"].values == 1
    u, x = (tree["design"][name].values[second].reshape(96, 3, 4) for name in "ux")
    assert np.all(np.isnan(u[:, 1, 3]))
    assert np.all(x[:, 1, 3] == 0.5)
    fewer = analyse(go(replace(study, screen=Screen(Morris(20), 1, 96)), tmp_path / "b"))
    assert fewer.sa.screening().loc[("y", "kept"), "verdict"] == -1
    assert any("do not explain y" in remark for remark in view.remarks(fewer))
    assert "do not explain y" in (tmp_path / "b" / fewer.attrs["run"] / "report.html").read_text()
    none = analyse(go(replace(study, screen=Screen(Morris(20), 3, 0)), tmp_path / "c"))
    assert "andres" not in none.children
    assert none.sa.screening().empty
    assert none["sobol"].to_dataset().equals(tree["sobol"].to_dataset())


def test_rows_that_are_not_kept_give_the_same_indices(study, tmp_path, monkeypatch):
    whole = analyse(go(study, tmp_path / "a"))
    monkeypatch.setattr(plan, "KEPT_ROWS_BYTES", 0)
    streamed = analyse(go(with_grid(study, "serial", 1, 7), tmp_path / "b"))
    assert "outputs" not in streamed.children
    for group in ("sobol", "sobol_groups", "diagnostics"):
        assert whole[group].to_dataset().equals(streamed[group].to_dataset())


def test_the_result_file_holds_what_was_computed(study, tmp_path):
    opened = go(study, tmp_path / "out")
    tree = analyse(opened)
    read = load(opened.directory.path)
    assert content_hash(read) == tree.attrs["content_hash"]
    s1, st, _, v = ishigami_indices()
    sobol = read["sobol"]
    assert list(sobol["factor"].values) == list("abcd")
    # 512 base rows: errors of a few hundredths; the exact test of the estimator stands with the method.
    assert np.allclose(sobol["ST"].sel(output="y").values[:3], st, atol=0.1)
    assert float(sobol["ST"].sel(output="y", factor="d")) == 0.0
    assert float(sobol["mean"].sel(output="y")) == pytest.approx(3.5, abs=0.1)
    assert float(sobol["variance"].sel(output="y")) == pytest.approx(v, rel=0.1)
    assert set(sobol["S1_ci"].dims) == {"output", "factor", "ci_bound"}
    assert sobol["S1_ci"].attrs["ci_prob"] == 0.95
    course = read["sobol_time/course"]
    assert course["ST"].dims == ("time", "factor")
    assert float(course["ST"].sel(time=0.0, factor="d")) == 0.0
    assert float(course["ST"].sel(time=2.0, factor="d")) > 0.1
    groups = read["sobol_groups"]
    assert float(groups["ST"].sel(output="y", group="ac")) == pytest.approx(1 - s1[1], abs=0.1)
    outputs, design = read["outputs"].to_dataset(), read["design"].to_dataset()
    x = design["x"].values
    assert np.array_equal(outputs["y"].values, y_without_noise(x))
    assert read["outputs_time/course"]["course"].dims == ("sample", "time")
    assert int(read["diagnostics"]["runs"].sum()) == 512 * (2 + 2 * 5)
    assert np.all(read["runs"]["status"].values == 1)
    assert read["provenance"].attrs["seed"] == "0"
    ranked = read.sa.rank("y")
    assert list(ranked.index[:3]) == ["a", "b", "c"]
    assert ranked.loc["a", "ST_lower"] < ranked.loc["a", "ST"] < ranked.loc["a", "ST_upper"]


def test_running_again_evaluates_nothing_and_a_lost_chunk_is_made_again(study, tmp_path):
    opened = go(study, tmp_path / "out")
    first = analyse(opened).attrs["content_hash"]
    payload = opened.directory.payload("sobol", 3)
    stamps = {p.name: p.stat().st_mtime_ns for p in payload.parent.iterdir()}
    go(study, tmp_path / "out")
    assert {p.name: p.stat().st_mtime_ns for p in payload.parent.iterdir()} == stamps
    data = bytearray(payload.read_bytes())
    data[len(data) // 2] ^= 4
    payload.write_bytes(data)
    opened.directory.marker("sobol", 5).unlink()
    with pytest.raises(Incomplete, match=r"2 of 8 chunks of stage sobol are missing \(3, 5\)"):
        analyse(opened)
    again = go(study, tmp_path / "out")
    changed = {p.name for p in payload.parent.iterdir() if p.stat().st_mtime_ns != stamps[p.name]}
    assert changed == {"000003.npz", "000003.json", "000005.npz", "000005.json"}
    assert analyse(again).attrs["content_hash"] == first


def test_a_moved_folder_goes_on_where_it_stopped(study, tmp_path):
    source = tmp_path / "ishigami_model.py"
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    source.rename(here / source.name)
    study = replace(study, model=replace(study.model, folder=str(here)))
    opened = go(study, here / "results")
    first = analyse(opened).attrs["content_hash"]
    opened.directory.payload("sobol", 2).unlink()
    here.rename(there)
    moved = replace(study, model=replace(study.model, folder=str(there)))
    for kind, workers in (("serial", 1), ("joblib", 2)):
        again = go(with_grid(moved, kind, workers, 64), there / "results")
        assert analyse(again).attrs["content_hash"] == first


def test_shares_of_a_job_array_make_the_same_result(study, tmp_path):
    study = replace(study, screen=Screen(Morris(20), 3))
    whole = analyse(go(study, tmp_path / "whole")).attrs["content_hash"]
    small = with_grid(study, "serial", 1, 8)
    for _ in range(3):  # a stage begins when the one before it is complete
        for index in range(3):
            opened = go(small, tmp_path / "shared", Share(index, 3))
    assert analyse(opened).attrs["content_hash"] == whole


def test_screening_keeps_what_matters_and_holds_the_rest_at_nominal(study, tmp_path):
    study = replace(study, outputs=study.outputs[:1], screen=Screen(Morris(20), 2), groups={})
    opened = go(study, tmp_path / "out")
    tree = analyse(opened)
    kept = tree["parameters"]["kept"].values
    assert kept.sum() == 2
    assert kept[3] == 0  # d is inert for y
    assert list(tree["sobol"]["factor"].values) == [n for n, k in zip("abcd", kept, strict=True) if k]
    assert list(tree["morris"]["factor"].values) == list("abcd")
    design = tree["design"].to_dataset()
    second = design["stage"].values == 2
    assert np.all(design["x"].values[second][:, kept == 0] == 0.5)
    assert np.all(np.isnan(design["u"].values[second][:, kept == 0]))
    assert json.loads(opened.directory.manifest.read_text())["kept_factors"] == list(tree["sobol"]["factor"].values)


def test_failed_runs_are_counted_and_never_become_zero(study, tmp_path):
    study = replace(study, model=replace(study.model, use="ishigami_model:failing"), max_failed=0.05)
    tree = analyse(go(study, tmp_path / "out"))
    failed = int(tree["diagnostics"]["failed"][0])
    x = tree["design"]["x"].values[:, 0]
    assert failed == int(np.sum(x > 3.1)) > 0
    assert np.all(np.isfinite(tree["sobol"]["ST"].values))
    assert float(tree["sobol"]["ST"].sel(output="y", factor="b")) > 0.3
    assert np.all(tree["sobol"]["pairs"].sel(output="y").values < 512)
    assert np.all(tree["sobol"]["pairs"].sel(output="course").values == 512)  # the other output is not lost
    statuses = tree.sa.failures()
    assert int(statuses.loc["sobol", "non_finite"]) == failed


def test_too_many_failures_stop_the_study(study, tmp_path):
    study = replace(study, model=replace(study.model, use="ishigami_model:raising"), max_failed=0.001)
    opened = go(study, tmp_path / "out")
    with pytest.raises(TooManyFailures, match=r"runs of stage sobol failed .* error\).*0\.1%.*a is too large"):
        analyse(opened)


def test_replicates_of_a_noisy_function_are_independent_and_addressed(study, tmp_path):
    study = replace(study, model=replace(study.model, use="ishigami_model:noisy"), replicates=4, groups={})
    tree = analyse(go(study, tmp_path / "out"))
    assert tree["outputs"]["y"].dims == ("sample", "replicate")
    y = tree["outputs"]["y"].values
    assert np.all(y.std(axis=1) > 0)
    # AB shares the noise of its A row, BA that of its B row; A and B, and other blocks, have their own.
    noise = (y - y_without_noise(tree["design"]["x"].values)[:, None]).reshape(512, 10, 4)
    assert np.allclose(noise[:, :5], noise[:, :1], atol=1e-12)  # differences of numbers of order 10
    assert np.allclose(noise[:, 5:], noise[:, -1:], atol=1e-12)
    assert abs(np.corrcoef(noise[:, 0].ravel(), noise[:, -1].ravel())[0, 1]) < 0.1  # 2048 pairs: 4.5 standard errors
    assert len(np.unique(np.round(noise[:, 0], 9))) == 512 * 4
    # 5120 rows of 4 standard normal draws (shared inside a block): the noise share is 1 / (1 + 13.84).
    share = float(tree["sobol"]["noise_share"].sel(output="y"))
    assert share == pytest.approx(1 / 14.84, abs=0.01)
    other = analyse(go(with_grid(study, "joblib", 2, 5), tmp_path / "other"))
    assert other.attrs["content_hash"] == tree.attrs["content_hash"]


def y_without_noise(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_another_model_source_version_or_size_is_refused(study, tmp_path, monkeypatch):
    go(study, tmp_path / "out")
    with pytest.raises(ResumeRefused, match="a larger design than this study"):
        go(replace(study, method=replace(study.method, n_base=256)), tmp_path / "out")
    source = tmp_path / "ishigami_model.py"
    source.write_text(source.read_text() + "\n# changed\n")
    with pytest.raises(ResumeRefused, match="another source of the model ishigami_model:f"):
        go(study, tmp_path / "out")
    source.write_text(SOURCE)
    monkeypatch.setattr(plan, "versions", lambda: {"numpy": "99"})
    with pytest.raises(ResumeRefused, match=r"other versions .*numpy .* -> 99"):
        go(study, tmp_path / "out")


def test_a_stage_without_chunks_says_so(study, tmp_path):
    opened = open_run(study, loading.load(study.model), "ishigami", tmp_path / "out", "")
    with pytest.raises(Incomplete, match="has not begun"):
        analyse(opened)


def test_an_edited_model_in_a_new_directory_is_not_taken_from_a_workers_memory(study, tmp_path):
    """Same place, same study, other source: neither this process nor a reused worker may remember the old one."""
    import shutil

    source = tmp_path / "ishigami_model.py"
    for kind, workers in (("serial", 1), ("joblib", 2)):
        here = with_grid(study, kind, workers, 64)
        source.write_text(SOURCE)
        first = analyse(go(here, tmp_path / "out"))
        shutil.rmtree(tmp_path / "out")
        source.write_text(SOURCE.replace("7 * np.sin", "0 * np.sin"))
        second = analyse(go(here, tmp_path / "out"))
        assert float(first["sobol"]["ST"].sel(output="y", factor="b")) > 0.3
        assert float(second["sobol"]["ST"].sel(output="y", factor="b")) == 0.0
        larger = replace(here, method=replace(here.method, n_base=1024))
        shutil.rmtree(tmp_path / "out")
        assert int(analyse(go(larger, tmp_path / "out"))["diagnostics"]["runs"][0]) == 1024 * 12
        shutil.rmtree(tmp_path / "out")


def test_a_source_edited_while_the_run_goes_on_stops_it(study, tmp_path):
    model = loading.load(study.model)
    opened = open_run(study, model, "ishigami", tmp_path / "out", "")
    source = tmp_path / "ishigami_model.py"
    source.write_text(SOURCE + "# edited")
    with pytest.raises(ResumeRefused, match="changed while"):
        evaluate(opened, model, quiet)


def test_a_chunk_of_another_layout_is_not_accepted(study, tmp_path):
    """Chunks of 4 scramblings among those of 8: the rows are others, although the file is whole."""
    import shutil

    four = go(study, tmp_path / "four")
    eight = go(replace(study, method=replace(study.method, scrambles=8)), tmp_path / "eight")
    for suffix in ("npz", "json"):
        name = f"chunks/sobol/000003.{suffix}"
        shutil.copy(four.directory.path / name, eight.directory.path / name)
    with pytest.raises(Incomplete, match=r"\(3\)"):
        analyse(eight)


def test_settings_that_change_no_number_are_taken_from_the_last_run(study, tmp_path):
    first = go(study, tmp_path / "out")
    wide = analyse(first)["sobol"]["ST_ci"]
    again = go(replace(study, ci=0.8, title="renamed"), tmp_path / "out")
    ran = analyse(again)
    assert ran.attrs["content_hash"] == analyse(plan.load(again.directory.path)).attrs["content_hash"]
    assert ran.attrs["title"] == "renamed"
    narrow = ran["sobol"]["ST_ci"]
    width = lambda ci: ci.sel(ci_bound="upper") - ci.sel(ci_bound="lower")  # noqa: E731
    assert float(width(narrow).sel(output="y", factor="a")) < float(width(wide).sel(output="y", factor="a"))


def test_groups_that_lose_a_member_to_the_screening_are_named_not_ranked(study, tmp_path):
    groups = {"ab": ("a", "b"), "ad": ("a", "d")}
    one = replace(study, outputs=study.outputs[:1], screen=Screen(Morris(20), 3), groups=groups)
    tree = analyse(go(one, tmp_path / "out"))
    assert list(tree["sobol_groups"]["group"].values) == ["ab"]
    assert tree.attrs["groups_not_ranked"].startswith("ad:")


class Careless:
    """A declared model that breaks its promises on request."""

    time_unit, stochastic = "hour", False

    def __init__(self, y, status):
        self.y, self.status = y, status
        self.parameters = self.observables = {}

    def simulate(self, parameters, streams, request):
        import xarray as xr

        n = len(streams)
        if self.y == "raise":
            raise RuntimeError("no luck")
        if self.y == "nothing":
            return xr.Dataset({"status": ("run", np.ones(n))})
        y = np.full(n, self.y)
        return xr.Dataset({"y": ("run", y), "status": ("run", np.full(n, self.status))})


@pytest.mark.parametrize(
    ("y", "status", "says"),
    [("raise", 1, "raised RuntimeError: no luck"), ("nothing", 1, "no 'y'"), (1.0, 9, "none of"), (1.0, 257, "none of"),
     (1.0, 0, "none of"), (1.0, 1.5, "none of")],
)  # fmt: skip
def test_a_model_that_breaks_its_contract_is_named(study, y, status, says):
    stage = stages.main_stage(replace(study, outputs=study.outputs[:1]))
    with pytest.raises(ModelError, match=says):
        evaluate_rows(stage, Careless(y, status), stage.design(0, 1))


@pytest.mark.parametrize(("y", "status", "becomes"), [(1e6, 2, 2), (np.inf, 1, 4), (np.nan, 1, 1), (np.nan, 4, 4)])
def test_what_a_failed_run_left_behind_does_not_count(study, y, status, becomes):
    stage = stages.main_stage(replace(study, outputs=study.outputs[:1]))
    rows = evaluate_rows(stage, Careless(y, status), stage.design(0, 1))
    assert np.all(np.isnan(rows.y))
    assert np.all(rows.status == becomes)
