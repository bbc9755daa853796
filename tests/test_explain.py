"""`explain` knows every code, method and index, and `doctor` looks at everything and says what is wrong."""

import json

import pytest
import xarray as xr

from sensitivity import doctor
from sensitivity.errors import UsageError
from sensitivity.explain import explain, pages
from sensitivity.methods.catalogue import METHODS
from sensitivity.presentation import Presentation
from sensitivity.problems import CODES
from sensitivity.result.given import MEANINGS
from tests.processes import call


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code):
    text = explain(code)
    assert text.startswith(code)
    assert len(text) > 40


def test_no_page_is_of_a_code_that_is_not():
    assert {name.upper() for name in pages() if name[:1] in "ew" and name[1:].isdigit()} == set(CODES)


@pytest.mark.parametrize(
    "term", [*METHODS, "andres", "S1", "total index", "mu star", "delta", "Shapley", "ks_distance"]
)
def test_methods_and_indices_have_a_page(term):
    assert len(explain(term)) > 60


@pytest.mark.parametrize("method", [*METHODS, "andres", "pawn", "delta", "prcc", "S1_rank", "shapley"])
def test_every_method_names_its_source(method):
    assert "doi 10." in " ".join(explain(method).split())


def test_given_data_indices_are_explained():
    roots = {"S1_rank", "S1_rbd_fast", "prcc", "delta", "pawn", "ks_distance"}
    assert {
        next((r for r in roots if name.startswith(r.removesuffix("_distance"))), name) for name in MEANINGS
    } <= roots
    for root in roots:
        explain(root)


def test_an_unknown_term_is_told_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'screening'"):
        explain("screning")
    assert "no page on 'E999'" in call("explain", "E999", code=2).stderr
    assert call("explain", "total", "index").stdout.startswith("ST, total index")


def test_a_result_in_a_notebook_gives_the_same_page():
    assert Presentation(xr.DataTree()).explain("ST") == explain("ST")
    with pytest.raises(UsageError, match="did you mean 'screening'"):
        Presentation(xr.DataTree()).explain("screning")


def test_doctor_looks_at_everything():
    found = {row["name"]: row for row in json.loads(call("doctor", "--json").stdout)}
    assert {"python", "package numpy", "import models", "processor", "cache", "disk", "compiler", "slurm"} <= set(found)
    assert found["compiler"]["ok"] is True
    assert all(row["ok"] is not False for row in found.values())


def test_doctor_says_what_is_wrong_and_fails(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SENSITIVITY_CACHE", str(tmp_path / "file" / "inside"))
    (finding,) = doctor._cache()
    assert finding.ok is False
    assert "SENSITIVITY_CACHE" in finding.advice
    monkeypatch.setattr(doctor, "_disk", lambda: 1 / 0)
    assert any(f.ok is False and "ZeroDivisionError" in f.value for f in doctor.examine())
