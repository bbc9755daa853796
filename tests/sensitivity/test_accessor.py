"""Every name of ``dt.sa`` that a notebook uses, on a real result of two stages."""

import re

import numpy as np
import pytest

from sensitivity.errors import UsageError
from sensitivity.methods.catalogue import METHODS
from tests.sensitivity.test_plots import MORRIS, SOBOL, course, factors, flat, growing, scalar, tree_of


@pytest.fixture(scope="module")
def dt():
    """A scalar output and a time course, screened and then ranked."""

    def both(u):
        return np.concatenate([flat(u), growing(u)], axis=-1)

    return tree_of(both, (scalar(), course()), factors(3), (MORRIS, SOBOL), groups={"pair": ("x0", "x1")})


def test_rank_and_top_agree(dt):
    ranked = dt.sa.rank("y")
    assert list(ranked["ST"]) == sorted(ranked["ST"], reverse=True)
    assert dt.sa.top(2, "y") == list(ranked.index[:2])
    assert dt.sa.top() == list(dt.sa.rank().index)  # of the first output
    with pytest.raises(KeyError, match="no output 'z'; there are y, dm1"):
        dt.sa.rank("z")


def test_tables_of_each_method(dt):
    assert dt.sa.sobol.equals(dt.sa.table("sobol"))
    assert dt.sa.morris.equals(dt.sa.table("morris"))
    assert set(dt.sa.sobol.index.get_level_values("output")) == set(dt.sa.outputs) == {"y", "dm1"}
    assert {"mu", "mu_star", "sigma"} <= set(dt.sa.morris)
    assert list(dt.sa.table(level="group").index.get_level_values("group").unique()) == ["pair"]
    with pytest.raises(KeyError, match="the result holds no 'efast'"):
        dt.sa.table("efast")


def test_courses_are_the_outputs_over_time(dt):
    assert dt.sa.courses == ["dm1"]


def test_failures_count_the_runs_of_each_stage(dt):
    assert list(dt.sa.failures().index) == ["morris", "sobol"]
    assert dt.sa.failures()["ok"].sum() == int(dt["diagnostics"]["runs"].sum())


def test_converged_follows_the_criteria(dt):
    assert not dt.sa.converged
    assert (dt.sa.convergence()["width_met"] == 0).any()
    assert tree_of(flat, (scalar(),), methods=(type(SOBOL)(16384, 16),)).sa.converged


def test_a_ledger_that_was_not_asked_for_is_refused_by_its_key(dt):
    with pytest.raises(KeyError, match=r"analysis\.ledger"):
        dt.sa.ledger()


def test_plot_lists_what_can_be_drawn_and_draws_it(dt):
    assert {"bars", "morris", "over_time", "convergence"} <= set(dt.sa.plot)
    for name in ("bars", "morris"):
        figure = getattr(dt.sa.plot, name)
        assert len(figure.table("y")) == 3
        assert figure("y").has_data()


def test_report_is_written_where_it_is_asked_for(dt, tmp_path):
    path = dt.sa.report(tmp_path / "report.html")
    assert path == tmp_path / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_salib_gets_its_problem_and_indices_in_its_order(dt):
    found = dt.sa.to_salib("y")
    assert found["problem"] == {"num_vars": 3, "names": ["x0", "x1", "x2"], "bounds": [[0.0, 1.0]] * 3}
    table = dt.sa.rank("y").loc[["x0", "x1", "x2"]]
    for index in METHODS["sobol"].columns:
        np.testing.assert_array_equal(found[index], table[index])
        np.testing.assert_array_equal(found[f"{index}_conf"], (table[f"{index}_upper"] - table[f"{index}_lower"]) / 2.0)


def test_citations_are_those_of_the_methods(dt):
    keys = re.findall(r"@article\{(\w+),", dt.sa.citations())
    assert {"azzini2021", "morris1991", "gamboa2014"} <= set(keys)
    assert len(keys) == len(set(keys))
    assert "saltelli1999" not in keys  # of eFAST, which was not used


def test_explain_says_what_an_index_means_and_refuses_what_it_does_not_know(dt):
    assert dt.sa.explain("ST").startswith("ST, total index")
    with pytest.raises(UsageError, match="SU"):
        dt.sa.explain("SU")


def test_the_card_has_the_verdict_and_the_strongest_factors(dt):
    from sensitivity.report import verdict

    html = dt.sa._repr_html_()
    assert html.count("<li>") == len(verdict.sentences(dt)) == 3
    assert html.count("<details") == 2
    for name in dt.sa.top(3, "y"):
        assert f"rate {name[-1]}" in html
