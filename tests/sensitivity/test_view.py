"""Text for people and pipes."""

import math

import pytest

from sensitivity import view


@pytest.mark.parametrize(
    ("value", "text"),
    [(18834.2, "18830"), (0.0012345, "0.001234"), (1.5e-7, "1.5e-07"), (2.5e9, "2.5e+09"), (0.0, "0"),
     (-52.123, "-52.12"), (math.nan, "undefined"), (math.inf, "undefined")],
)  # fmt: skip
def test_numbers_are_short_and_never_hide_what_is_not_finite(value, text):
    assert view.number(value) == text


def test_an_undefined_index_is_not_printed_as_a_number():
    assert view.with_interval(math.nan, math.nan, math.nan, "sobol") == "undefined"
    assert view.with_interval(0.4631, 0.4, 0.5, "sobol") == "0.463 [0.400, 0.500]"


def test_tables_are_aligned_for_people_and_tabbed_for_pipes():
    rows = [["a", "1"], ["long name\nwith a break", "22"]]
    assert view.table(["x", "y"], rows, aligned=False) == "x\ty\na\t1\nlong name with a break\t22"
    lines = view.table(["x", "y"], rows, aligned=True).splitlines()
    assert {line.rindex(line.split()[-1][0]) for line in lines[:2]} == {len("long name with a break") + 2}
    assert "..." not in "".join(lines)
