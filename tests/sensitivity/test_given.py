"""Given-data companions of a study: from chunks to the result, the same for any cut, and right."""

import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp
from typer.testing import CliRunner

import sensitivity
from sensitivity import given
from sensitivity.api import run_study
from sensitivity.cli import app
from sensitivity.contracts import OutputRequest
from sensitivity.dependence import Copula
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.report import render
from sensitivity.splits import Split
from sensitivity.view_given import text
from tests.reference import ishigami, ishigami_indices
from tests.sensitivity.methods.test_sobol import stage

STUDY = """\
schema: sensitivity-config/1
model: {use: "companion_model:f"}
factors:
  a: {dist: normal, mean: 0, sd: 1, unit: "1", source: here}
  b: {dist: normal, mean: 0, sd: 1, unit: "1", source: here}
  c: {dist: normal, mean: 0, sd: 1, unit: "1", source: here}
  inert: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
groups: {pair: {members: [a, b], correlation: 0.5}}
outputs:
  y: {of: y, unit: nM}
  course: {of: course, unit: nM, times: [0 day, 1 day]}
design: {method: sobol, n_base: 2048, seed: 20261125}
analysis: {resistant: {y: {above: 1000 pM}}}
failures: {max_fraction: 0.2}
executor: {kind: KIND, workers: 2, chunk_size: CHUNK}
"""
MODEL = """
import numpy as np
def f(x):
    y = x["a"] + x["b"] + x["c"]
    y = np.where(x["inert"] > 0.98, np.nan, y)
    return {"y": y, "course": np.stack([y, 2 * y], axis=1)}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("companions")
    (folder / "companion_model.py").write_text(MODEL)
    found = []
    for kind, chunk in (("serial", 7), ("joblib", 96), ("serial", 4096)):
        (folder / "study.yaml").write_text(STUDY.replace("KIND", kind).replace("CHUNK", str(chunk)))
        opened, _ = run_study(folder / "study.yaml", folder / f"out{chunk}")
        found.append(opened.directory.path)
    return found


@pytest.fixture(scope="module")
def tree(runs):
    return sensitivity.load(runs[0])


def test_chunks_and_workers_change_no_bit(runs):
    hashes = {sensitivity.load(path).attrs["content_hash"] for path in runs}
    assert len(hashes) == 1


def test_companions_are_those_of_the_rows_in_the_result(tree):
    """The distance that is tested is SciPy's of the same rows, to the grid of 256 cells."""
    design, y = tree["design"].to_dataset(), tree["outputs"]["y"].values
    last = int(design["point"].max())
    base = np.isin(design["point"].values, [0, last]) & np.isfinite(y)
    x, resistant = design["x"].values[base], y[base] > 1.0
    data = tree["given"].to_dataset()
    assert str(data["resistant"].item()) == "above 1"
    assert data.attrs["points"] == 4096
    for i, factor in enumerate("abc"):
        expected = ks_2samp(x[resistant, i], x[~resistant, i]).statistic
        # The value without the part of chance lies a little below: of 4,096 runs by 0.03 at most.
        assert float(data["ks_distance"].sel(output="y", factor=factor)) == pytest.approx(expected, abs=0.03)
        assert float(data["ks_direction"].sel(output="y", factor=factor)) > 0.2
    assert float(data["ks_p_value"].sel(output="y", factor="inert")) > 0.05
    assert abs(float(data["prcc"].sel(output="y", factor="inert"))) < 0.1


def test_members_of_a_block_get_shapley_effects(tree):
    """y = a + b + c, corr(a, b) = 0.5: variances 3 (a and b, alike) and 1 (c and what does nothing): 3/8, 3/8, 1/4."""
    data = tree["given_shapley"].to_dataset()
    assert data["unit"].values.tolist() == ["a", "b", "all others"]
    # Neighbours draw shares towards equality, at 4,096 runs by some 0.02.
    assert data["share"].values[0].tolist() == pytest.approx([0.375, 0.375, 0.25], abs=0.05)
    assert float(data["share"].sum()) == pytest.approx(1.0, abs=1e-9)


def test_time_courses_are_left_to_their_reductions(tree):
    assert tree["given"]["output"].values.tolist() == ["y"]


def test_they_are_printed_and_reported(tree, runs):
    shown = text(tree)
    assert re.search(r"y\s+inert.*\(", shown)  # chance explains the distance of the inert factor
    assert "all others" in shown
    page = render(tree)
    assert "given-data indices of 4,096 independent runs" in page
    assert "Resistant: above 1." in page
    result = CliRunner().invoke(app, ["show", str(runs[0]), "--given", "--json"])
    records = json.loads(result.stdout)
    assert {record["factor"] for record in records} == {"a", "b", "c", "inert"}
    with pytest.raises(KeyError, match="no scalar output 'course'"):
        tree.sa.given("course")


def kept(method, k=3, elements=1):
    one = stage(method, k, elements=elements)
    return one, given.blocks(one)


def test_what_is_kept_does_not_grow_with_the_design():
    for n_base, expected in ((1024, 1024), (8192, 8192), (2**17, 8192)):
        assert kept(Sobol(n_base, 16))[1] == expected  # two points a block: 16,384 at most
    assert kept(Sobol(2**17, 16), elements=4096)[1] == 512  # 2**22 values; a leaf of each scrambling at least
    assert kept(Sobol(2**17, 16), elements=2**17)[1] == 512
    assert kept(Morris(1000))[1] == 0


@pytest.mark.parametrize("edges", [[0, 512], [0, 7, 100, 511, 512], list(range(0, 513, 32))])
def test_pieces_of_chunks_are_the_same_points(edges):
    one = stage(Sobol(512, 4), 3)
    y = ishigami(one.design(0, 512).points)[:, :, None, None]
    pieces = [given.of_chunk(one, a, y[a:b]) for a, b in itertools.pairwise(edges)]
    assert np.array_equal(np.concatenate(pieces), y[:, [0, -1], 0])


def test_a_chunk_keeps_nothing_beyond_the_first_blocks():
    one = stage(Sobol(2**17, 16), 3)
    y = np.arange(4.0 * one.block_size).reshape(4, one.block_size, 1, 1)
    assert np.array_equal(given.of_chunk(one, 8190, y), y[:2][:, [0, -1], 0])
    assert given.of_chunk(one, 8192, y).shape == (0, 2, 1)


def test_first_order_indices_by_ranks_agree_with_the_exact_ones():
    one = stage(Sobol(8192, 16), 3)
    y = given.of_chunk(one, 0, ishigami(one.design(0, 8192).points)[:, :, None, None])
    found = given.companions(one, y, {}, 0.95)
    for name in ("S1_rank", "S1_rbd_fast"):
        # 16,384 points: both err by 0.01 or less.
        assert np.allclose(found.estimates[name].value[:, 0], ishigami_indices()[0], atol=0.02)


def test_too_few_points_and_only_time_courses_have_none():
    few = stage(Sobol(32, 4), 3)
    assert given.companions(few, np.zeros((32, 2, 1)), {}, 0.95) is None
    course = stage(Sobol(512, 4), 3, times=(0.0, 1.0))
    assert given.companions(course, np.zeros((512, 2, 2)), {}, 0.95) is None


def test_many_dependent_members_are_not_shared_out():
    one = stage(Sobol(512, 4), 12)
    identity = tuple(tuple(float(i == j) for j in range(11)) for i in range(11))
    block = Copula(tuple(f"x{i}" for i in range(11)), identity)
    one = replace(one, blocks={"many": block}, outputs=(OutputRequest("y0", "y0", "1"),))
    rng = np.random.default_rng(1)
    assert given.companions(one, rng.random((512, 2, 1)), {}, 0.95).shapley is None


@pytest.mark.parametrize(
    ("split", "expected", "words"),
    [
        (Split(), [True, False, False, False, False], "lowest 25% of the runs"),
        (Split(0.2, above=True), [False, False, False, False, True], "highest 20% of the runs"),
        (Split(2.5, share=False), [True, True, False, False, False], "below 2.5"),
        (Split(2.5, share=False, above=True), [False, False, True, True, True], "above 2.5"),
    ],
)
def test_which_runs_are_resistant(split, expected, words):
    y = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    found = split.resistant(y)
    assert found.tolist() == expected
    assert split.words == words
    assert not split.resistant(np.array([np.nan, np.nan])).any()
    assert not split.resistant(np.append(y, np.nan))[-1]
