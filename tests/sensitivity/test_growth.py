"""A design that grows in its directory gives what one made large at once gives, and evaluates only what is new."""

from dataclasses import replace

import numpy as np
import pytest

from sensitivity import api, growth, loading, plan
from sensitivity.analysis import analyse
from sensitivity.contracts import OutputRequest
from sensitivity.distributions import Distribution
from sensitivity.errors import ResumeRefused, UsageError
from sensitivity.factors import Factor
from sensitivity.methods.efast import EFast
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.run import evaluate, never, open_run
from sensitivity.study import ExecutorSpec, ModelUse, Screen, Study

SOURCE = """
import numpy as np

def f(x, rngs):
    y = np.sin(x["a"]) + 7 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])
    return {"y": y + 0.1 * np.array([r.standard_normal() for r in rngs])}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "growing_model.py").write_text(SOURCE)
    law = Distribution("uniform", {"low": -np.pi, "high": np.pi})
    return Study(
        title="growing",
        context_of_use="test",
        model=ModelUse("growing_model:f", {}, str(tmp_path)),
        factors=tuple(Factor(name, law, "1", 0.5, source="definition") for name in "abcd"),
        fixed={},
        groups={},
        outputs=(OutputRequest("y", "y", "1"),),
        method=Sobol(128, 4),
        screen=None,
        seed=0,
        executor=ExecutorSpec("serial", 1, 16),
    )


def go(study, out):
    model = loading.load(study.model)
    opened = open_run(study, model, "growing", out, "")
    evaluate(opened, model, lambda progress: None, None, never)
    return opened


def hash_of(study, out):
    return analyse(go(study, out)).attrs["content_hash"]


def chunks(opened, stage):
    return {p.name: p.stat().st_mtime_ns for p in opened.directory.path.glob(f"chunks/{stage}/*.json")}


GROWING = {
    "sobol": (Sobol(128, 4), Sobol(512, 4), 8),
    "sobol, second order": (Sobol(128, 4, second_order=True), Sobol(256, 4, second_order=True), 8),
    # 16 rows a scrambling: less than a leaf, whose blocks move when it fills; scrambling 0 stays.
    "sobol, half a leaf": (Sobol(64, 4), Sobol(256, 4), 0),
    "trajectories": (Morris(64), Morris(160), 4),
    # The last of 40 trajectories are a leaf of 8, which fills: chunks of 32 .. 40 are made again.
    "trajectories, cut leaf": (Morris(40), Morris(100), 2),
    "stars": (Morris(128, sampling="radial", scrambles=4), Morris(256, sampling="radial", scrambles=4), 8),
}


@pytest.mark.parametrize("size", [16, 7, 20, 40, 10**6])
@pytest.mark.parametrize("name", GROWING)
def test_a_grown_design_gives_what_a_large_one_gives(study, tmp_path, name, size):
    small, large, reused = GROWING[name]
    study = replace(study, method=small, executor=ExecutorSpec("serial", 1, size))
    opened = go(study, tmp_path / "out")
    analyse(opened)
    before = chunks(opened, small.name)
    bigger = replace(study, method=large)
    grown = go(bigger, tmp_path / "out")
    assert grown.directory.path == opened.directory.path
    after = chunks(grown, small.name)
    kept = sum(after[name] == stamp for name, stamp in before.items())
    if size == 16:
        assert kept == reused
    elif reused:
        assert kept >= len(before) - 2  # all but those that the old end cut
    assert analyse(grown).attrs["content_hash"] == hash_of(bigger, tmp_path / "at once")


def test_rows_that_a_grown_design_is_too_large_for_are_dropped_as_if_it_had_been_made_large(
    study, tmp_path, monkeypatch
):
    limit = 8 * (1 + 2 * 4) * (128 * 11)  # bytes of a row times runs: fits the small design
    monkeypatch.setattr(plan, "KEPT_ROWS_BYTES", limit)
    first = analyse(go(study, tmp_path / "out"))
    assert "outputs" in first.children
    bigger = replace(study, method=Sobol(512, 4))
    tree = analyse(go(bigger, tmp_path / "out"))
    assert "outputs" not in tree.children
    assert tree.attrs["content_hash"] == hash_of(bigger, tmp_path / "at once")


def test_given_data_points_of_a_grown_design_are_those_of_a_large_one(study, tmp_path, monkeypatch):
    """The first points are kept up to a limit, which the small design does not reach and the large one does."""
    from sensitivity import given

    monkeypatch.setattr(given, "MOST_POINTS", 512)
    bigger = replace(study, method=Sobol(512, 4))
    go(study, tmp_path / "out")
    tree = analyse(go(bigger, tmp_path / "out"))
    assert "given" in tree.children
    assert tree.attrs["content_hash"] == hash_of(bigger, tmp_path / "at once")


def test_a_screened_study_grows_its_main_stage_only_if_the_screening_stays(study, tmp_path):
    study = replace(study, screen=Screen(Morris(20), 2, 0))
    go(study, tmp_path / "out")
    bigger = replace(study, method=Sobol(256, 4))
    grown = go(bigger, tmp_path / "out")
    assert analyse(grown).attrs["content_hash"] == hash_of(bigger, tmp_path / "at once")
    with pytest.raises(ResumeRefused, match="was screened otherwise"):
        go(replace(bigger, screen=Screen(Morris(40), 2, 0)), tmp_path / "out")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (Sobol(256, 4), Sobol(128, 4), r"larger design than this study \(n_base 256 -> 128\)"),
        (Sobol(128, 4), Sobol(2048, 8), r"has 4 scramblings, this study 8: write scrambles: 4 into its design"),
        (EFast(257, 2), EFast(257, 4), r"another design size \(curves 2 -> 4\), and efast cannot grow"),
    ],
    ids=["smaller", "scramblings", "efast"],
)
def test_what_does_not_continue_a_run_is_refused(study, tmp_path, old, new, says):
    go(replace(study, method=old), tmp_path / "out")
    with pytest.raises(ResumeRefused, match=says):
        go(replace(study, method=new), tmp_path / "out")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ([], r"say how large: --set design\.n_base=N"),
        (["design.seed=2"], r"only the size of a run can be changed"),
        (["design.n_base=many"], r"only the size"),
        (["design.n_base=100"], r"n_base=100: .*power of two"),
    ],
)
def test_settings_of_extend_that_are_no_size_are_usage_errors(study, settings, says):
    with pytest.raises(UsageError, match=says):
        growth.grown(study, settings)


def test_extend_names_what_changed_in_the_model(study, tmp_path):
    opened = go(study, tmp_path / "out")
    (opened.directory.path / "config.yaml").write_text("design: {n_base: 128}\n")
    (tmp_path / "growing_model.py").write_text(SOURCE + "# edited")
    with pytest.raises(ResumeRefused, match="another source of the model growing_model:f"):
        api.extend_run(opened.directory.path, ["design.n_base=256"])
