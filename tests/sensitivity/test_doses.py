"""Doses: told by the model for each output and scenario, kept in the result, marked in the figures over time."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.tdm1 import TDM1
from sensitivity import doses
from sensitivity.config import read_study
from sensitivity.plots import over_time, stacked
from tests.sensitivity.test_plots import course, growing, tree_of

TREATMENTS = Path(__file__).parents[2] / "results" / "notebooks" / "data" / "treatments.yaml"


def test_infusions_of_a_patient_and_the_start_of_a_dish_are_doses():
    model = TDM1(cycles=3)
    for name in ("in_vivo.dm1_cytosolic", "tumour.volume"):
        assert list(model.dose_times(name)) == [0.0, 504.0, 1008.0]
    for name in ("in_vitro.dm1_cytosolic", "pulse_chase.dm1_cytosolic", "well.cells"):
        assert list(model.dose_times(name)) == [0.0]


def test_each_scenario_has_its_own_doses():
    study, _ = read_study(TREATMENTS)
    told = json.loads(doses.collect(study))
    assert told == {"three_weekly": {"dm1": [0.0]}, "weekly": {"dm1": [0.0, 168.0, 336.0]}}


class Telling:
    """A model that tells something."""

    def __init__(self, told):
        self.dose_times = told


@pytest.mark.parametrize("told", [None, 3, lambda name: None, lambda name: [float("nan")], lambda name: ["x"]])
def test_what_cannot_be_drawn_leaves_no_marks(told, monkeypatch):
    study = replace(read_study(TREATMENTS)[0], scenarios=())
    monkeypatch.setattr(doses, "load_model", lambda study: Telling(told))
    assert not any(json.loads(doses.collect(study)).values())
    monkeypatch.setattr(doses, "load_model", lambda study: Telling(lambda name: [1, 0]))
    assert json.loads(doses.collect(study)) == {"": {"dm1": [0.0, 1.0]}}


@pytest.fixture(scope="module")
def tree():
    tree = tree_of(lambda u: np.tile(growing(u), 2), (course("a"), course("b")))
    tree["provenance"].attrs["doses"] = json.dumps({"": {"a": [0.0, 7.0, 40.0]}, "weekly": {"a": [14.0]}})
    return tree


def marks(ax):
    return [x for line in ax.get_lines() if line.get_marker() == "^" for x in line.get_xdata()]


@pytest.mark.parametrize("figure", [over_time, stacked])
def test_doses_are_marked_where_the_output_has_them(tree, figure):
    drawn = figure.plot(tree, "a")
    assert marks(drawn) == [0.0, 7.0]  # the third lies after the end of the course
    assert "triangles: doses" in drawn.texts[0].get_text()
    assert marks(figure.plot(tree, "b")) == []
    assert marks(figure.plot(tree, "b", doses=[3.0])) == [3.0]


def test_a_scenario_marks_its_own_and_a_difference_none(tree):
    one, difference = tree.copy(), tree.copy()
    one.attrs["scenario"], difference.attrs["scenario"] = "weekly", "weekly - three_weekly"
    assert marks(over_time.plot(one, "a")) == [14.0]
    assert marks(over_time.plot(difference, "a")) == []
