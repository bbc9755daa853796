"""The report: self-contained, a pure function of the tree, safe from hostile text, honest about what is not known."""

import itertools
import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest

from sensitivity.distributions import Distribution
from sensitivity.factors import Factor
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.plots import bars
from sensitivity.report import pages, render, sections, verdict, write_report
from sensitivity.result.file import load, write
from sensitivity.study import ModelUse
from tests.sensitivity.studies import run_in_chunks
from tests.sensitivity.test_plots import MORRIS, SOBOL, UNIFORM, course, factors, flat, growing, scalar, tree_of


def both(u):
    return np.concatenate([flat(u), growing(u)], axis=-1)


@pytest.fixture(scope="module")
def screened():
    """Two stages, a scalar output and a time course; the screening drops one factor of four."""
    varied = (
        *factors(3, source="Lu 2014", meaning="speed of a step"),
        Factor("idle", UNIFORM, "1", 0.5, label="idle rate", source="Assumed: no data"),
    )
    groups = {"first two": ("x0", "x1")}
    return tree_of(both, (scalar(), course()), varied, (MORRIS, SOBOL), kept=3, groups=groups)


@pytest.fixture(scope="module")
def page(screened):
    return render(screened)


def visible(html):
    """Text that a reader sees, on one line."""
    body = re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def block(html):
    """The numbers for programs."""
    return json.loads(re.search(r'<script type="application/json" id="sensitivity">(.*?)</script>', html, re.DOTALL)[1])


def test_the_report_is_a_pure_function_of_the_tree(screened, page, tmp_path):
    assert render(screened) == page
    write(screened, tmp_path / "result.nc")
    assert render(load(tmp_path)) == page  # also after a journey through the file


def test_it_is_written_whole_and_nothing_is_left_beside_it(screened, page, tmp_path):
    path = tmp_path / "run" / "report.html"
    write_report(screened, path)
    assert path.read_text() == page
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_it_refers_to_nothing_outside_itself(page):
    references = re.findall(r"""\b(?:src|href|srcset|action|data|poster)\s*=\s*["']?([^"'\s>]+)""", page)
    references += re.findall(r"url\(([^)]*)\)", page)
    assert references
    assert all(reference.startswith("#") for reference in references)
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_every_local_reference_has_a_target_and_ids_are_unique(page):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'(?:href|labelledby)="#?([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert targets <= set(ids)


def test_headings_do_not_skip_a_level(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_every_index_is_printed_with_its_interval(screened, page):
    text = visible(page)
    for method, columns in (("sobol", ("S1", "ST")), ("morris", ("mu_star", "mu", "sigma"))):
        show = "{:.3f}" if method == "sobol" else "{:.4g}"
        for _, row in screened.sa.table(method).iterrows():
            for name in columns:
                value, low, high = (show.format(row[c]) for c in (name, f"{name}_lower", f"{name}_upper"))
                assert f"{value} [{low}, {high}]" in text
    assert "rate 0 x0 speed of a step" in text
    assert "first two" in text  # the group is ranked too


def test_both_stages_have_figures_and_the_time_course_has_one_of_each_method(screened, page):
    counts = [[len(output.figures) for output in stage.outputs] for stage in sections.stages(screened)]
    assert counts == [[2, 3], [1, 1]]  # the main method also shows how its indices settled
    assert page.count('<svg role="img"') == 7


def test_the_numbers_for_programs_are_exact(screened, page):
    found = block(page)
    assert found["content_hash"] == screened.attrs["content_hash"]
    for method in ("sobol", "morris"):
        table = pd.DataFrame(found["tables"][method]).set_index(["output", "factor"])
        pd.testing.assert_frame_equal(table[sorted(table)], screened.sa.table(method)[sorted(table)], check_exact=True)


def test_assumptions_list_range_law_source_and_screening(screened, page):
    rows = {row["name"]: row for row in sections.assumptions(screened)}
    assert rows["idle"]["assumed"]
    assert not rows["idle"]["kept"]
    assert rows["x0"]["kept"]
    text = visible(page)
    assert "idle rate idle 0 to 1 1 0.5 uniform(low=0, high=1) dropped assumed : no data Runs" in text
    assert "rate 0 x0 speed of a step 0 to 1 1/hour 0.5 uniform(low=0, high=1) kept Lu 2014" in text
    truncated = (Factor("x0", Distribution("lognormal", {"median": 1.0, "gsd": 2.0}), "1", 1.0), *factors()[1:])
    assert "truncated at its 0.001 and 0.999 quantiles" in visible(render(tree_of(flat, (scalar(),), truncated)))
    assert "truncated" not in text


def test_the_run_can_be_repeated(screened, page):
    text = visible(page)
    assert "Command sensitivity run 'a study.yaml'" in text
    assert screened.attrs["content_hash"] in text
    assert "ab" * 32 in text
    assert "Seed 7" in text
    assert "numpy 2.0" in text


def test_methods_say_the_size_and_the_estimator(screened, page):
    assert "base samples in" not in visible(page)  # a result without its study does not know
    tree = screened.copy()
    method = {"n_base": 2048, "scrambles": 16, "symmetric": False}
    screen = {"method": {"trajectories": 20}, "keep": 3}
    tree["provenance"].attrs = {"study": json.dumps({"method": method, "screen": screen})}
    text = visible(render(tree))
    assert "2,048 base samples in 16 scramblings" in text
    assert "along 20 random trajectories" in text
    assert "Jansen (1999" in text
    assert "Azzini, Mara and Rosati" not in text  # one of them is an author of Saltelli et al. too
    assert "azzini2021" not in text
    assert "Azzini, Mara and Rosati" in visible(page)
    assert "azzini2021" in visible(page)


def test_what_provenance_lacks_is_left_out(plain):
    tree = plain.copy()
    tree["provenance"].attrs = {"argv": "run"}  # netCDF reads a list of one word as the word
    assert "Command sensitivity run Content hash" in visible(render(tree))


def table(*rows):
    names = [f"x{i}" for i in range(len(rows))]
    return pd.DataFrame(rows, index=names, columns=["ST_lower", "ST", "ST_upper"], dtype=float)


def test_a_leader_is_named_only_when_its_interval_is_clear():
    assert verdict.contenders(table((0.5, 0.6, 0.7), (0.1, 0.2, 0.3)), "ST") == ["x0"]
    assert verdict.contenders(table((0.5, 0.6, 0.7), (0.4, 0.45, 0.5), (0.0, 0.1, 0.2)), "ST") == ["x0", "x1"]
    nan = np.nan
    assert verdict.contenders(table((nan, 0.6, nan), (0.1, 0.2, 0.3)), "ST") == ["x0", "x1"]  # no interval, no claim
    assert verdict.contenders(table((nan, nan, nan)), "ST") == []


def test_places_tell_what_is_resolved():
    nan = np.nan
    rows = table((0.8, 0.9, 1.0), (0.3, 0.5, 0.7), (0.2, 0.4, 0.6), (0.0, 0.1, 0.25), (nan, nan, nan))
    assert sections.places(rows, "ST") == ["1", "2–3", "2–4", "3–4", "–"]


def sure(first, *rest):
    """A ranking with the probability of its first places."""
    rows = table(*[(0.1, value, 0.9) for value in (0.6, 0.5, 0.4)])
    return rows.assign(top_probability=[first, *rest])


@pytest.mark.parametrize(
    ("chances", "named"),
    [((0.99, 0.6, 1.0), ["x0"]), ((0.6, 0.97, 1.0), ["x0", "x1"]), ((0.4, 0.5, 1.0), ["x0", "x1", "x2"])],
)
def test_those_lead_who_surely_hold_the_first_places_in_some_order(chances, named):
    assert verdict.contenders(sure(*chances), "ST") == named


WEIGHTS = np.array([4.0, 1.0, 0.1])


def clear(u):
    return (u @ WEIGHTS)[..., None]


@pytest.fixture(scope="module")
def converged():
    """A linear output with one leader, from a design that meets its targets."""
    return tree_of(clear, (scalar("a"),), methods=(Sobol(4096, 16),))


def test_the_verdict_has_three_sentences_and_names_the_leader_of_a_converged_result(converged):
    first, second, third = verdict.sentences(converged)
    top = converged.sa.rank("a").iloc[0]
    interval = f"{top['ST']:.3f} [{top['ST_lower']:.3f}, {top['ST_upper']:.3f}]"
    assert first == f"By total Sobol' index (ST): for a, rate 0 leads ({interval})."
    assert second.startswith("The design is large enough for its targets: intervals at most 0.05 wide")
    assert third.startswith("None of ")
    assert "3 of 3 ranges are assumed" in third or "0 of 3 ranges are assumed" in third
    assert [sentence.count(". ") for sentence in (first, second, third)] == [0, 0, 0]


def test_factors_that_may_change_places_cannot_be_told_apart():
    tied = tree_of(lambda u: np.sum(u, axis=-1, keepdims=True), (scalar("b"),), methods=(Sobol(4096, 16),))
    assert re.search(r"for b, rate \d, rate \d and rate \d cannot be told apart\.", verdict.sentences(tied)[0])
    screen = tree_of(clear, (scalar("a"),), methods=(Morris(20),))
    assert "mean absolute elementary effect (μ*): for a, rate 0 leads" in verdict.sentences(screen)[0]


def test_no_ranking_is_claimed_of_what_has_not_converged():
    few = tree_of(flat, (scalar(),))
    assert not few.sa.converged
    assert few.sa.rank("y")["ST_lower"].iloc[0] > 0.0
    first, second, _ = verdict.sentences(few)
    assert first.endswith("for y, no ranking is claimed, because some intervals are wider than the targets.")
    assert "rate" not in first
    assert second.startswith("The design is too small for its targets")


def test_no_ranking_is_claimed_where_many_runs_failed():
    def failing(share):
        return tree_of(clear, (scalar("a"),), methods=(Sobol(4096, 16),), failed=lambda u: u[..., 2] < share)

    few, many = failing(0.02), failing(0.2)
    assert "rate 0 leads" in verdict.sentences(few)[0]
    runs, failed = (int(many["diagnostics"][name].sum()) for name in ("runs", "failed"))
    assert verdict.sentences(many)[0].endswith(
        f"no ranking is claimed, because {failed / runs:.1%} of the runs failed."
    )
    assert f"{failed:,} of {runs:,} runs failed" in verdict.sentences(many)[2]


def test_what_lies_below_the_noise_floor_is_counted(converged):
    floor = bars.noise_floor(converged, "a")
    tree = converged.copy(deep=True)
    assert "below the noise floor" in verdict.sentences(tree)[2]
    for name in ("ST", "ST_ci"):  # an index that no design of this size can tell from none
        tree["sobol"][name].values *= 0.5 * floor / converged.sa.rank("a")["ST"].iloc[0]
    assert "for a, no factor rises above the noise floor" in verdict.sentences(tree)[0]
    assert "3 factors lie below the noise floor" in verdict.sentences(tree)[2]


NOISY = """
import numpy as np

def f(x, rngs):
    return {"y": x["a"] + 0.5 * x["b"] + np.array([rng.normal(0.0, 0.5) for rng in rngs])}
"""

NOISY_STUDY = """
schema: sensitivity-config/1
model: {use: "noisy_verdict:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
  b: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
outputs: {y: {of: y, unit: "1"}}
design: {method: sobol, n_base: 128, scrambles: 8, seed: 1}
noise: {replicates: 2}
executor: {kind: serial, chunk_size: CHUNK}
"""


def test_noise_is_said_to_limit_the_result(converged, tmp_path):
    tree = run_in_chunks(tmp_path, "noisy_verdict", NOISY, NOISY_STUDY, [32])
    share = float(tree["sobol"]["noise_share"].max())
    assert 0.5 < share < 0.9  # noise has variance 1/4 beside 5/48 of the factors: 0.71 of one run, 0.55 of two
    assert f"noise makes up to {share:.0%} of an output's variance" in verdict.sentences(tree)[2]
    assert "noise makes" not in verdict.sentences(converged)[2]


def test_the_verdict_claims_nothing_from_an_interval_that_reaches_zero():
    few = tree_of(flat, (scalar(),), methods=(Sobol(8, 4),))
    assert few.sa.rank("y")["ST_lower"].iloc[0] < 0.0
    assert "no factor can be told from zero" in verdict.sentences(few)[0]
    idle = tree_of(lambda u: np.ones((*u.shape[:-1], 1)), (scalar(),), methods=(MORRIS,))
    assert "no factor can be told from zero" in verdict.sentences(idle)[0]


def test_outputs_with_the_same_verdict_share_a_clause():
    def twice(u):
        return np.repeat(clear(u), 2, axis=-1)

    tree = tree_of(twice, (scalar("a"), scalar("b")), methods=(Sobol(4096, 16),))
    assert re.search(r"for a and b, rate 0 leads \(0\.\S+ \[.*\] for a and .*\] for b\)", verdict.sentences(tree)[0])


def test_a_design_that_is_too_small_is_said_to_be_and_how_large_one_would_do(converged):
    said = verdict.sentences(tree_of(flat, (scalar(),), methods=(Sobol(512, 16),)))[1]
    assert said.startswith("The design is too small for its targets (intervals at most 0.05 wide")
    assert re.search(r"the interval of x\d is 0\.\d+ wide, more than 0\.05.*, n_base [\d,]+ should do", said)
    assert verdict.sentences(converged)[1].startswith("The design is large enough for its targets")


def test_assumed_ranges_are_counted(screened):
    assert "; 1 of 4 ranges are assumed" in verdict.sentences(screened)[2]


def test_failures_are_counted_by_stage_and_status():
    tree = tree_of(flat, (scalar(),), methods=(MORRIS, SOBOL), failed=lambda u: u[..., 0] > 0.99)
    runs, failed = (int(tree["diagnostics"][name].sum()) for name in ("runs", "failed"))
    assert failed > 0
    assert verdict.sentences(tree)[2].startswith(f"{failed:,} of {runs:,} runs failed ({failed / runs:.2%})")
    text = visible(render(tree))
    for stage, title in enumerate(("Morris screening", "Sobol' indices")):
        total, bad = (int(tree["diagnostics"][name][stage]) for name in ("runs", "failed"))
        assert f"{title} {total:,} {bad:,} {total - bad:,} {bad:,}" in text
        assert bad == 0 or f"{title}: y has no finite value in {bad:,} runs" in text
    assert "step limit" in text
    assert "step size" not in text  # a status that never occurred has no column


def test_an_output_without_variance_is_undefined_in_words_and_null_for_programs():
    page = render(tree_of(lambda u: np.ones((*u.shape[:-1], 1)), (scalar(),)))
    text = visible(page)
    assert "for y, every factor is undefined (no variance above its floor)" in text
    assert (
        text.count("undefined (no variance above its floor)") >= 1 + 2 * 3
    )  # the verdict, and S1 and ST of three factors
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    assert {record["ST"] for record in block(page)["tables"]["sobol"]} == {None}


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;\u2028${{7*7}}"


def test_hostile_text_stays_text():
    bad = Factor("x0", UNIFORM, HOSTILE, 0.5, label=HOSTILE, meaning=HOSTILE, mechanism=HOSTILE, source=HOSTILE)
    named = replace(bad, name=HOSTILE, mechanism="other")
    output, time = scalar(HOSTILE, unit=HOSTILE), course(HOSTILE + "2")
    tree = tree_of(both, (output, time), (bad, named, *factors()[2:]), (MORRIS, SOBOL), title=HOSTILE, context=HOSTILE)
    tree.attrs["run"] = HOSTILE
    tree["provenance"].attrs |= {"argv": ["run", HOSTILE], "study": json.dumps({"title": HOSTILE}), "model": HOSTILE}
    page = render(tree)
    assert len(re.findall(r"<script", page)) == len(re.findall(r"</script", page)) == 2  # the numbers and our own
    assert "<img" not in page
    assert "\u2028" not in block_text(page)
    assert "{{7*7}}" in page  # not evaluated
    assert block(page)["run"] == HOSTILE
    assert visible(page).count("alert(1)") > 10  # it is shown, not dropped
    tags = re.findall(r"<[^>]*>", page)
    assert not [tag for tag in tags if "onerror" in tag and not tag.startswith("<svg") and 'aria-label="' not in tag]


def block_text(html):
    return re.search(r'id="sensitivity">(.*?)</script>', html, re.DOTALL)[1]


def test_no_attribute_of_a_tag_comes_from_hostile_text():
    from html.parser import HTMLParser

    class Attributes(HTMLParser):
        def __init__(self):
            super().__init__()
            self.found = set()

        def handle_starttag(self, tag, attrs):
            self.found |= {(tag, name) for name, _ in attrs}

    tree = tree_of(flat, (scalar('y" onclick="alert(1)'),), title='t" onload="x')
    parser = Attributes()
    parser.feed(render(tree))
    assert ("div", "aria-label") in parser.found
    assert not [name for _, name in parser.found if name.startswith("on")]


def test_a_large_study_stays_below_3_mb_and_says_what_it_left_out(monkeypatch):
    n, outputs, room = 30, 12, 120_000
    weights = np.random.default_rng(1).random((n, outputs))
    names = tuple(Factor(f"x{i}", UNIFORM, "1", 0.5, label=f"a long name of an export rate {i}") for i in range(n))
    tree = tree_of(lambda u: u @ weights, tuple(scalar(f"y{i}") for i in range(outputs)), names, (Sobol(16, 4),))
    allowed = sections.FIGURES_BYTES
    monkeypatch.setattr(sections, "FIGURES_BYTES", room)
    page = render(tree)
    drawn = page.count('<svg role="img"')
    assert 0 < drawn < outputs
    assert f"The figures of {outputs - drawn} outputs are left out" in page
    assert sum(len(svg.encode()) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)) <= room
    assert allowed + len(page.encode()) - room < 3_000_000


PAGE = {
    "title": "Held against <data>",
    "text": ["Two of three targets pass & one misses."],
    "tables": [{"caption": "Targets", "heads": ["what", "predicted"], "rows": [["half-life, h", 11.04567],
                                                                                             ["<b>", "x"]]}],
    "figures": [{"caption": "Volumes & data", "panels": [
        {"title": "$line$", "x": "day", "y": "mm3", "log": True, "series": [
            {"label": "3 mg/kg", "x": [0.0, 1.0], "y": [100.0, 50.0], "kind": "line"},
            {"label": "3 mg/kg", "x": [0.0, 1.0], "y": [110.0, 60.0], "kind": "points"}]}]}],
}  # fmt: skip


def with_pages(tree, found):
    tree = tree.copy()
    tree["provenance"].attrs["pages"] = json.dumps(found)
    return tree


@pytest.fixture(scope="module")
def plain():
    """The smallest result that has a report."""
    return tree_of(flat, (scalar(),), methods=(Sobol(16, 4),))


def test_a_model_adds_pages(plain):
    page, html = render(plain), render(with_pages(plain, [PAGE]))
    text = visible(html)
    for words in ("Held against <data>", "Two of three targets pass & one misses.", "half-life, h 11.05", "<b> x"):
        assert words in text
    assert "<b>" not in html
    assert 'href="#model-1"' in html
    assert html.count("<svg ") == page.count("<svg ") + 1
    assert "3 mg/kg" in html[html.index('id="model-1"') :]
    assert render(with_pages(plain, [])) == page


class Telling:
    """A model with pages."""

    said = None

    def report_pages(self):
        return self.said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([PAGE], "half-life, h"),
        ([{}], "report_pages() failed: KeyError: 'title'"),
        ([{**PAGE, "tables": [{"caption": "odd", "heads": ["a"], "rows": [[1, 2]]}]}], "every row needs 1 cells"),
        ([{"title": "not a number", "text": [float("nan")]}], "report_pages() failed: ValueError"),
    ],
)
def test_pages_are_asked_of_the_model_and_a_wrong_one_says_why(said, words, plain, monkeypatch):
    monkeypatch.setattr(Telling, "said", said)
    monkeypatch.setattr(pages, "load", lambda use: Telling())
    collected = json.loads(pages.collect(ModelUse("somewhere:Telling")))
    assert words in visible(render(with_pages(plain, collected)))


def test_a_model_without_pages_has_none(monkeypatch):
    monkeypatch.setattr(pages, "load", lambda use: object())
    assert pages.collect(ModelUse("somewhere:thing")) == "[]"


def test_every_paper_that_the_methods_name_has_its_entry():
    """Papers in the text by their doi stand in the BibTeX of the same result."""
    tree = tree_of(flat, (scalar(),), methods=(Morris(8), Sobol(16, 4)))
    radial = {
        "method": {"symmetric": False, "n_base": 512, "scrambles": 8},
        "screen": {"method": {"sampling": "radial"}},
    }
    for study in ({}, radial):
        tree["provenance"].attrs = {"study": json.dumps(study)}
        html = unescape(render(tree))
        text, bib = html[html.index('id="methods"') :].split("References as BibTeX")
        found = re.findall(r"doi (10\.[^\s,;<]+)", text)
        tidy = (doi.rstrip(".") for doi in found)
        named = {doi.removesuffix(")") if doi.count(")") > doi.count("(") else doi for doi in tidy}
        assert len(named) >= 4
        assert {doi for doi in named if f"doi = {{{doi}}}" not in bib} == set()
        assert bib.split("</pre>")[0].strip().endswith(tree.sa.citations().strip())
