"""The installation check: sound here, and not blind."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from sensitivity.cli import app
from sensitivity.errors import SelftestFailed
from sensitivity.methods.sobol import Sobol
from sensitivity.selftest import check
from sensitivity.selftest.functions import FUNCTIONS


@pytest.fixture(scope="module")
def report():
    return check.selftest()


def test_this_installation_is_sound(report):
    assert report.sound, report.summary
    assert len({c.function.split()[0] for c in report.comparisons}) == len(FUNCTIONS)
    assert len(report.counted) > 350
    report.require_sound()


def test_inert_factors_are_exactly_zero(report):
    inert = [c for c in report.comparisons if c.function == "morris_20" and int(c.factor[1:]) > 10]
    assert len(inert) == 20
    assert all(c.trivial for c in inert)


def test_a_wrong_estimator_is_found(monkeypatch):
    """Totals twice too large, as by a forgotten factor one half."""
    real = Sobol.estimates

    def wrong(self, totals, ci, pools):
        found = real(self, totals, ci, pools)
        st = found["ST"]
        return found | {"ST": replace(st, value=2 * st.value, ci=2 * st.ci)}

    monkeypatch.setattr(Sobol, "estimates", wrong)
    report = check.selftest()
    assert not report.sound
    with pytest.raises(SelftestFailed, match=r"ST x1: .*exactly") as caught:
        report.require_sound()
    assert caught.value.exit_code == 7


def test_an_undefined_index_is_found(report):
    first = replace(report.comparisons[0], estimate=np.nan, low=np.nan, high=np.nan, errors=np.inf)
    spoilt = check.Report((first, *report.comparisons[1:]), report.scrambles)
    assert first in spoilt.beyond
    assert not spoilt.sound


def test_intervals_that_are_too_wide_are_found(report):
    wide = tuple(replace(c, low=-10.0, high=10.0) for c in report.comparisons)
    assert not check.Report(wide, report.scrambles).sound


def test_command_prints_one_document(monkeypatch, report):
    monkeypatch.setattr(check, "selftest", lambda: report)
    run = CliRunner().invoke(app, ["selftest", "--json"])
    document = json.loads(run.stdout)
    assert run.exit_code == 0
    assert document["sound"] is True
    assert {"function", "index", "factor", "exact", "estimate", "low", "high", "inside"} <= set(
        document["comparisons"][0]
    )
    lines = CliRunner().invoke(app, ["selftest"]).stdout.splitlines()
    assert len(lines) == 1 + len(report.comparisons)
