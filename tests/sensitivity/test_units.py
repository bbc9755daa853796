"""Units: text in, exact factors out, and nothing that pint would choke on."""

import pytest

from sensitivity.units import UnitError, factor, is_unit, product, quantity


@pytest.mark.parametrize(
    ("given", "wanted", "number"),
    [("1/hour", "1/day", 24.0), ("day", "hour", 24.0), ("uM", "nM", 1000.0), ("%", "1", 0.01), ("L", "mL", 1000.0)],
)
def test_factors_are_exact(given, wanted, number):
    assert factor(given, wanted) == number


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("nM", "1/hour"), ("mg/kg", "mg/kg_bw"), ("degC", "K"), ("dB", "1"), ("parrots", "1"), ("1/hour", "parrots")],
)
def test_what_is_no_mere_factor_is_refused(given, wanted):
    with pytest.raises(UnitError, match="unit"):
        factor(given, wanted)


@pytest.mark.parametrize("text", ["9**9**9**9", "x" * 100, "__import__('os')", "m; n", "2**(3**4)", "nM'", "10"])
def test_text_that_is_no_unit_is_refused_at_once(text):
    assert not is_unit(text)


def test_quantities_need_their_unit():
    assert quantity("21 day", "hour") == 504.0
    assert quantity("0.002", "1") == 0.002
    for text in (21, "21", "21 nM", "day", "", True, "1e400 x", None):
        with pytest.raises(UnitError):
            quantity(text, "hour")


def test_products_read_as_a_person_writes_them():
    assert product("nM", "hour") == "nM * hour"
    assert product("1", "hour") == "hour"
