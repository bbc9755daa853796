"""Figures: they draw their table and nothing else, literally, without overlap, and say what is undefined."""

from dataclasses import replace

import numpy as np
import pytest

from sensitivity.accessor import RANKED_BY
from sensitivity.contracts import OutputRequest, Status
from sensitivity.distributions import Distribution
from sensitivity.factors import Factor
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.plots import bars, morris, over_time, style, svg
from sensitivity.result.labels import StageResult
from sensitivity.result.tree import build
from sensitivity.stage import Stage
from sensitivity.statistics import Piece, growth, leaf_sums, whole_leaves
from sensitivity.study import ModelUse, Study
from tests.reference import ishigami, sobol_g

TIMES = tuple(float(t) for t in np.linspace(0.0, 21.0, 15))
SOBOL, MORRIS = Sobol(512, 8), Morris(20)
UNIFORM = Distribution("uniform", {"low": 0.0, "high": 1.0})


def scalar(name="y", unit="nmol/L*hour"):
    return OutputRequest(name, f"cell.{name}", unit, reduce="auc", window=(0.0, 21.0))


def course(name="dm1"):
    return OutputRequest(name, f"cell.{name}", "nmol/L", times=TIMES)


def factors(n=3, **fields):
    return tuple(Factor(f"x{i}", UNIFORM, "1/hour", 0.5, label=f"rate {i}", **fields) for i in range(n))


def flat(u):
    """Ishigami, rearranged for rows (n, 3) to one element."""
    return ishigami(u[..., :3])[..., None]


def growing(u):
    """No variance at the first time; the first factor gives way to the second."""
    t = np.linspace(0.0, 1.0, len(TIMES))
    return t * ((1.2 - t) * u[..., :1] + t * u[..., 1:2] ** 2) + 0.2 * t * u[..., 2:3]


def fails(u):
    return np.zeros(u.shape[:-1], dtype=bool)


def analysed(stage, f, failed):
    """What `run.analyse_stage` gives, from a function of the unit cube (..., factors) -> (..., elements)."""
    design = stage.design(0, stage.method.layout.blocks)
    bad = failed(design.points)
    y = np.where(bad[..., None], np.nan, f(design.points))[:, :, None, :]
    leaves = {a: leaf_sums(stage, a, y[a:b]) for a, b in whole_leaves(stage, 0, design.blocks)}
    grown = list(growth(stage, [Piece(leaves, {})]))
    sums = grown[-1][1]
    n = stage.elements[-1][1]
    pairs = stage.method.used(sums)[:, :n]
    counts = {Status.OK.name.lower(): int(np.sum(~bad)), Status.STEP_LIMIT.name.lower(): int(np.sum(bad))}
    undefined = np.sum(~np.isfinite(y), axis=(0, 1, 2))
    found = [(stage.method.layout.size(rows), stage.method.estimates(s, 0.95, stage.pools)) for rows, s in grown]
    ranked = [(blocks, estimates[RANKED_BY[stage.name]]) for blocks, estimates in found]
    return StageResult(stage, found[-1][1], pairs, None, counts, undefined, ranked)


def tree_of(
    f,
    outputs,
    varied=None,
    methods=(SOBOL,),
    *,
    failed=fails,
    kept=None,
    groups=None,
    title="Which rate?",
    context="Teaching",
):
    """Result tree of a study with one or two stages."""
    varied = factors() if varied is None else varied
    groups = groups or {}
    stages = []
    for number, method in enumerate(methods):
        columns = varied if number == 0 or kept is None else varied[:kept]
        frozen = {x.name: x.nominal for x in varied[len(columns) :]}
        stage = Stage(method.name, method, columns, frozen, groups, outputs, seed=7)
        shift = (0.0,) * stage.elements[-1][1]
        stages.append(analysed(replace(stage, shift=shift), f, failed))
    model = ModelUse("tests:f")
    study = Study(title, context, model, varied, {}, groups, outputs, methods[-1], None, 7)
    provenance = {"identity": "ab" * 32, "seed": "7", "argv": ["run", "a study.yaml"], "versions": '{"numpy": "2.0"}'}
    tree = build(study, stages, "day", provenance)
    tree.attrs["run"] = "study-1a2b3c4d"
    return tree


@pytest.fixture(scope="module")
def ishigami_tree():
    return tree_of(flat, (scalar(),), methods=(MORRIS, SOBOL))


@pytest.fixture(scope="module")
def time_tree():
    return tree_of(growing, (course(),))


def text(ax):
    """Everything written in a figure."""
    import matplotlib.text

    ax.figure.draw_without_rendering()
    return "\n".join(t.get_text() for t in ax.figure.findobj(matplotlib.text.Text))


def segments(collection):
    return np.array([np.asarray(s) for s in collection.get_segments()])


def test_bars_draw_their_table(ishigami_tree):
    table, ax = bars.data(ishigami_tree, "y"), bars.plot(ishigami_tree, "y")
    assert list(table["ST"]) == sorted(table["ST"], reverse=True)
    for container, whiskers, index in zip(ax.containers, ax.collections, ("ST", "S1"), strict=True):
        np.testing.assert_array_equal([bar.get_width() for bar in container], table[index])
        lower, upper = segments(whiskers)[:, :, 0].T
        np.testing.assert_array_equal(lower, table[f"{index}_lower"])
        np.testing.assert_array_equal(upper, table[f"{index}_upper"])
    assert [t.get_text() for t in ax.get_yticklabels()] == list(table["label"])
    assert ax.yaxis_inverted()  # the strongest factor on top


def test_morris_draws_its_table(ishigami_tree):
    table, ax = morris.data(ishigami_tree, "y"), morris.plot(ishigami_tree, "y")
    points = next(line for line in ax.get_lines() if line.get_linestyle() == "None")
    np.testing.assert_array_equal(np.array(points.get_data()).T, table[["mu_star", "sigma"]])
    across, up = (segments(c) for c in ax.collections)
    np.testing.assert_array_equal(across[:, :, 0], table[["mu_star_lower", "mu_star_upper"]])
    np.testing.assert_array_equal(up[:, :, 1], table[["sigma_lower", "sigma_upper"]])
    guides = [line.get_data() for line in ax.get_lines() if line.get_zorder() == 1]
    assert [y[1] / x[1] for x, y in guides] == pytest.approx([0.1, 0.5, 1.0])


def test_over_time_draws_its_table(time_tree):
    table, ax = over_time.data(time_tree, "dm1"), over_time.plot(time_tree, "dm1")
    lines, ribbons = ax.get_lines()[:3], ax.collections
    assert list(table.index.get_level_values("time")[: len(TIMES)]) == list(TIMES)
    for name, line, ribbon in zip(dict.fromkeys(table.index.get_level_values("factor")), lines, ribbons, strict=True):
        one = table.loc[name]
        np.testing.assert_array_equal(line.get_data(), [one.index, one["ST"]])
        corners = ribbon.get_paths()[0].vertices
        assert set(one[["ST_lower", "ST_upper"]].dropna().to_numpy().ravel()) <= set(corners[:, 1])


def test_only_the_strongest_are_coloured_over_time():
    n = 10
    weights = 2.0 ** -np.arange(n)
    tree = tree_of(lambda u: np.repeat((u @ weights)[..., None], len(TIMES), -1), (course(),), factors(n))
    table, ax = over_time.data(tree, "dm1"), over_time.plot(tree, "dm1")
    grey = [line for line in ax.get_lines() if line.get_color() == style.LINE]
    assert table["strongest"].sum() == over_time.TOP * len(TIMES)
    assert len(grey) == n - over_time.TOP
    assert f"{n - over_time.TOP} others" in text(ax)


def test_units_level_and_run_are_written(ishigami_tree, time_tree):
    assert "dimensionless" in bars.plot(ishigami_tree, "y").get_xlabel()
    plane = morris.plot(ishigami_tree, "y")
    assert "nmol/L*hour per unit of quantile" in plane.get_xlabel()
    assert "nmol/L*hour per unit of quantile" in plane.get_ylabel()
    course_ax = over_time.plot(time_tree, "dm1")
    assert course_ax.get_xlabel() == "time (day)"
    for ax in (plane, course_ax, bars.plot(ishigami_tree, "y")):
        assert "study-1a2b3c4d" in text(ax)
        assert "95% intervals" in text(ax)


def test_negative_bounds_are_inside_the_axes(ishigami_tree):
    table = bars.data(ishigami_tree, "y")
    assert table["S1_lower"].min() < 0.0  # the third factor of Ishigami has S1 = 0
    assert bars.plot(ishigami_tree, "y").get_xlim()[0] < table["S1_lower"].min()
    below = ishigami_tree.copy(deep=True)
    below["morris"]["mu_star_ci"].loc[{"ci_bound": "lower"}] = -3.0
    assert morris.plot(below, "y").get_xlim()[0] < -3.0


def test_an_output_without_variance_is_said_to_be_undefined():
    constant = tree_of(lambda u: np.ones((*u.shape[:-1], 1)), (scalar(),))
    assert bars.data(constant, "y")["ST"].isna().all()
    assert "Undefined (no variance above its floor)" in text(bars.plot(constant, "y"))
    still = tree_of(lambda u: np.ones((*u.shape[:-1], len(TIMES))), (course(),))
    assert "Undefined (no variance above its floor)" in text(over_time.plot(still, "dm1"))


def test_undefined_for_want_of_runs_is_told_apart():
    failed = tree_of(flat, (scalar(),), methods=(MORRIS, SOBOL), failed=lambda u: np.ones(u.shape[:-1], dtype=bool))
    assert "Undefined (no complete pair of runs)" in text(bars.plot(failed, "y"))
    assert "Undefined (fewer than two complete trajectories)" in text(morris.plot(failed, "y"))


def test_one_undefined_factor_is_named_among_the_others(ishigami_tree):
    tree = ishigami_tree.copy(deep=True)
    for name in ("ST", "ST_ci", "S1", "S1_ci"):
        tree["sobol"][name].loc[{"factor": "x0"}] = np.nan
    tree["sobol"]["pairs"].loc[{"factor": "x0"}] = 0
    assert list(bars.data(tree, "y").index)[-1] == "x0"
    assert "undefined (no complete pair of runs)" in text(bars.plot(tree, "y"))
    tree["morris"]["mu_star"].loc[{"factor": "x0"}] = np.nan
    assert "1 undefined and not drawn" in text(morris.plot(tree, "y"))


def test_times_without_variance_are_counted_and_not_drawn_as_zero(time_tree):
    table, ax = over_time.data(time_tree, "dm1"), over_time.plot(time_tree, "dm1")
    assert table["ST"].xs(0.0, level="time").isna().all()
    assert f"undefined at 1 of {len(TIMES)} times" in text(ax)


def test_a_vanishing_variance_does_not_stretch_the_axis(time_tree):
    tree = time_tree.copy(deep=True)
    tree["sobol_time/dm1"]["ST_ci"].values[1, 0] = [-40.0, 60.0]
    ax = over_time.plot(tree, "dm1")
    assert ax.get_ylim() == over_time.WIDEST
    assert "cut at the frame" in text(ax)


LONG = "apparent rate of lysosomal export through"


@pytest.fixture(scope="module")
def crowd():
    """30 factors with long names in two mechanisms, many of them near the origin."""
    n = 30
    names = tuple(
        Factor(f"x{i}", UNIFORM, "1", 0.5, label=f"{LONG} {i}", mechanism=("export", "binding")[i % 2])
        for i in range(n)
    )
    weights = 0.75 ** np.arange(n)
    a = np.linspace(0.5, 20, n)
    return tree_of(lambda u: (u @ weights + sobol_g(u, a))[..., None], (scalar(),), names, (MORRIS, Sobol(64, 4)))


def boxes(texts):
    from matplotlib.text import Text

    return [Text.get_window_extent(t) for t in texts if t.get_text()]  # of the text alone, without its line


def overlaps(found):
    return [(i, j) for i, a in enumerate(found) for j, b in enumerate(found[:i]) if a.overlaps(b)]


def test_labels_of_thirty_long_named_factors_do_not_overlap(crowd):
    ax = bars.plot(crowd, "y")
    ax.figure.draw_without_rendering()
    labels = ax.get_yticklabels()
    assert len(labels) == 30
    assert overlaps(boxes(labels)) == []
    assert min(box.x0 for box in boxes(labels)) >= 0.0  # inside the page
    assert ax.bbox.width > 0.4 * ax.figure.bbox.width  # room for the bars is left


def test_labels_of_a_crowded_plane_do_not_overlap_and_the_missing_are_counted(crowd):
    from matplotlib.text import Annotation

    ax = morris.plot(crowd, "y")
    ax.figure.draw_without_rendering()
    written = ax.findobj(Annotation)
    labels = [t for t in written if t.get_text().startswith(LONG[:10])]
    assert overlaps(boxes(written)) == []
    assert all(ax.bbox.contains(b.x0, b.y0) and ax.bbox.contains(b.x1, b.y1) for b in boxes(labels))
    assert morris.data(crowd, "y")["label"].iloc[0] in {t.get_text() for t in labels}
    assert f"{30 - len(labels)} of 30 factors without room for a label" in text(ax)


def test_mechanisms_are_told_apart_by_colour_and_marker(crowd):
    ax = morris.plot(crowd, "y")
    points = [line for line in ax.get_lines() if line.get_linestyle() == "None"]
    assert len({line.get_color() for line in points}) == len({line.get_marker() for line in points}) == 2
    assert {"export", "binding"} <= {t.get_text() for t in ax.get_legend().get_texts()}


def test_text_is_drawn_literally():
    names = (
        Factor("x0", UNIFORM, "1", 0.5, label=r"$\frac{$ broken", mechanism="$m$"),
        Factor("x1", UNIFORM, "1", 0.5, label="$k$ and\x07 $l$", mechanism="_hidden"),
        Factor("x2", UNIFORM, "1", 0.5, label="_" + "x" * 100),
    )
    tree = tree_of(
        lambda u: np.concatenate([flat(u), growing(u)], -1),
        (scalar(unit="$nM$"), course("$d$")),
        names,
        (MORRIS, SOBOL),
    )
    for ax in (bars.plot(tree, "y"), morris.plot(tree, "y"), over_time.plot(tree, "$d$")):
        drawn = svg.inline(ax, "a")
        assert r"$\frac{$ broken" in drawn
        assert "$k$ and $l$" in drawn
        assert "_" + "x" * (style.LABEL_LENGTH - 2) + "…" in drawn
    assert "$nM$" in svg.inline(morris.plot(tree, "y"), "a")
    assert "_hidden" in svg.inline(morris.plot(tree, "y"), "a")


def test_labels_that_read_the_same_are_told_apart_by_name():
    names = tuple(Factor(f"x{i}", UNIFORM, "1", 0.5, label="rate") for i in range(2)) + factors()[2:]
    assert style.labels(tree_of(flat, (scalar(),), names)) == {"x0": "x0", "x1": "x1", "x2": "rate 2"}


def test_axes_of_the_caller_are_used(ishigami_tree, time_tree):
    from matplotlib.figure import Figure

    axes = Figure().subplots(3)
    assert bars.plot(ishigami_tree, "y", axes[0]) is axes[0]
    assert morris.plot(ishigami_tree, "y", axes[1]) is axes[1]
    assert over_time.plot(time_tree, "dm1", axes[2]) is axes[2]
    assert all(ax.has_data() for ax in axes)


def test_an_unknown_output_is_refused(ishigami_tree):
    with pytest.raises(KeyError, match="no output 'z'"):
        bars.plot(ishigami_tree, "z")
    with pytest.raises(KeyError, match="over time of 'y'"):
        over_time.plot(ishigami_tree, "y")


def test_svg_is_the_same_each_time_and_follows_the_page(ishigami_tree):
    one, two = (svg.inline(morris.plot(ishigami_tree, "y"), "a") for _ in range(2))
    assert one == two
    assert one.startswith("<svg")
    assert "var(--ink)" in one
    assert style.INK not in one
    assert "<metadata" not in one


def test_ids_of_two_figures_differ(ishigami_tree):
    import re

    one, two = (set(re.findall(r' id="([^"]+)"', svg.inline(morris.plot(ishigami_tree, "y"), salt))) for salt in "ab")
    assert one
    assert not one & two
