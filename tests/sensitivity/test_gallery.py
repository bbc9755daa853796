"""Every figure, with long names: nothing written overlaps or is cut, and every axis bears its unit."""

import pytest

from sensitivity.plots import catalogue, style
from tests.sensitivity import gallery

OF_PATIENTS = {"kaplan_meier", "waterfall", "swimmer"}


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    return gallery.result(tmp_path_factory.mktemp("few"), 5)


def test_the_check_sees_texts_that_overlap_and_texts_that_are_cut():
    ax = style.new_axes(3.0)
    for x in (0.5, 0.52):
        ax.text(x, 0.5, "rate constant")
    ax.text(0.9, 0.1, "a name that runs out of the figure at its right side").set_in_layout(False)
    found = gallery.faults(ax)
    assert sum(fault.startswith("overlap") for fault in found) >= 1
    assert sum(fault.startswith("cut") for fault in found) == 1


def test_every_figure_of_five_factors_is_legible(drawn):
    found = {name: gallery.faults(ax) for name, ax in (drawn | gallery.patients()).items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.fixture(scope="module")
def drawn(few):
    return gallery.figures(few)


@pytest.mark.slow
def test_every_figure_of_thirty_factors_is_legible(tmp_path):
    drawn = gallery.figures(gallery.result(tmp_path, 30, screen=True))
    assert {name.partition("-")[0] for name in drawn} == set(catalogue.FIGURES) - {"compare", *OF_PATIENTS}
    found = {name: gallery.faults(ax) for name, ax in drawn.items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_every_quantity_on_an_axis_has_its_unit(drawn):
    units = ("dimensionless", "(day", "nmol/L", "1/hour", "(count)")
    for name, ax in drawn.items():
        for label in (ax.get_xlabel(), ax.get_ylabel()):
            plain = ("rank by", "second factor", "base samples")
            assert not label or label.startswith(plain) or any(unit in label for unit in units), (name, label)


def test_every_figure_of_the_table_tells_its_numbers(few):
    for name in few.sa.plot:
        assert len(getattr(few.sa.plot, name).table()) > 0


def test_a_figure_that_the_result_cannot_give_says_what_it_needs(few):
    with pytest.raises(KeyError, match="'morris' needs a Morris design"):
        few.sa.plot.morris("auc")
    with pytest.raises(AttributeError, match="no figure 'pie'; there are bars"):
        few.sa.plot.pie  # noqa: B018
    with pytest.raises(KeyError, match="no output 'nothing'; there are auc"):
        few.sa.plot.bars("nothing")
    with pytest.raises(KeyError, match="no factor 'x' varies"):
        few.sa.plot.scatter("auc", factor="x")
