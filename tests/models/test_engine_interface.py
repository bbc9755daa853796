"""What a request, a schedule or a model of several networks may not be: refused, with a reason, before a row runs."""

import dataclasses

import numpy as np
import pytest

from models.engine.declaration import Input, Observable, Reaction, Species
from models.engine.declared import DeclaredModel
from models.engine.dimensions import DimensionError
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.solver import Schedule, solve
from models.published.lu2014 import Lu2014
from models.tdm1 import TDM1
from tests.models.points import ask, streams
from tests.models.toys import parameter, toy

REST = Schedule((0.0,), ((0.0,),))
WINDOW = (0.0, 9.0)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([Output("y", "zed", "max", WINDOW)], "no observable zed"),
        ([], "one or more"),
        ([Output("y", "z", "max", WINDOW), Output("y", "z", "min", WINDOW)], "a name of its own"),
    ],
)
def test_outputs_of_a_network(outputs, message):
    with pytest.raises(ValueError, match=message):
        solve(toy(), {}, REST, outputs, rows=1, rtol=1e-6, max_steps=9)


@pytest.mark.parametrize("schedule", [Schedule(), Schedule((0.0,), ((0.0, 1.0),))])
def test_a_schedule_for_other_inputs(schedule):
    with pytest.raises(ValueError, match=r"columns for its inputs \(feed\)"):
        solve(toy(), {}, schedule, [Output("y", "z", "max", WINDOW)], rows=1, rtol=1e-6, max_steps=9)
    with pytest.raises(ValueError, match=r"columns for its inputs \(feed\)"):
        DeclaredModel({"": (toy(), schedule)}, rtol=1e-6, max_steps=9)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_schedule_is_finite(value):
    with pytest.raises(ValueError, match="values must be finite"):
        Schedule((0.0, 1.0), ((1.0,), (value,)))


@pytest.mark.parametrize("name", ["run", "status", "steps", "attempts", "failed_at", "time_b", "b"])
def test_a_name_for_two_things(name):
    outputs = [Output("b", "tdm1", times=(1.0,)), Output(name, "tdm1", "max", WINDOW)]
    with pytest.raises(ValueError, match=f"'{name}' would stand for two things"):
        Lu2014().simulate({}, streams(1), outputs)


def test_two_networks_that_disagree_about_a_parameter():
    ours = [dataclasses.replace(p, nominal=0.5) if p.name == "decay" else p for p in toy().parameters]
    both = {"one": (toy(), REST), "other": (dataclasses.replace(toy(), parameters=ours), REST)}
    with pytest.raises(ValueError, match="'decay' is declared in two ways"):
        DeclaredModel(both, rtol=1e-6, max_steps=9)


def test_units_are_checked_when_a_model_is_made():
    wrong = dataclasses.replace(toy(), observables=(Observable("x", "x", "hour", "", 1.0),))
    with pytest.raises(DimensionError, match="observable 'x'"):
        DeclaredModel({"": (wrong, REST)}, rtol=1e-6, max_steps=9)


def test_what_reads_an_input_is_seen_before_it_changes():
    network = Network(
        name="pump",
        inputs=(Input("flow", "nM/hour", ""),),
        parameters=(parameter("rate", 1.0, "1/hour"),),
        species=(Species("x", "nM", "", "0", 1e-6),),
        reactions=(Reaction("filling", "flow", {"x": "1"}, ""),),
        observables=(Observable("flow", "flow", "nM/hour", "", 1e-6), Observable("x", "x", "nM", "", 1e-6)),
    )
    schedule = Schedule((0.0, 1.0, 2.0), ((3.0,), (7.0,), (1.0,)))
    outputs = [
        Output("course", "flow", times=(0.0, 0.5, 1.0, 1.5, 2.0, 9.0)),
        Output("first", "flow", "max", (0.0, 1.0)), Output("second", "flow", "min", (1.0, 2.0)),
        Output("third", "flow", "max", (2.0, 9.0)), Output("all", "flow", "auc", (0.5, 2.5)),
        Output("when", "flow", "time_of_max", WINDOW), Output("high", "flow", "time_above", WINDOW, threshold=2.0),
        Output("start", "x", times=(0.0,)), Output("end", "x", "last", (8.0, 9.0)),
    ]  # fmt: skip
    found = solve(network, {}, schedule, outputs, rows=1, rtol=1e-8, max_steps=999)
    assert found.values["course"].tolist() == [[3.0, 3.0, 3.0, 7.0, 7.0, 1.0]]
    exact = {"first": 3.0, "second": 7.0, "third": 1.0, "all": 9.0, "when": 1.0, "high": 2.0, "start": 0.0, "end": 17.0}
    for name, value in exact.items():
        assert found.values[name].item() == pytest.approx(value, rel=1e-12)  # constant pieces: rounding only
    only_start = solve(network, {}, schedule, outputs[-2:-1], rows=2, rtol=1e-8, max_steps=999)
    assert only_start.status.tolist() == [1, 1]
    assert only_start.values["start"].tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("infusion", ["30 minute", "1 ms", "21 day"])
def test_a_short_infusion_gives_its_whole_dose(infusion):
    cycles, end = 6, 6 * 504.0
    request = [Output("given", "in_vivo.antibody_given", "last", (0.0, end))]
    given = ask(request, infusion=infusion, cycles=cycles).given.item()
    dose = 3.6 * 70.0 / 148781.0 * 1e6
    assert given == pytest.approx(cycles * dose, rel=1e-9)  # linear in time: a few hundred roundings of a step


@pytest.mark.parametrize("model", [TDM1, Lu2014])
def test_an_infusion_too_short_for_a_double_is_refused(model):
    with pytest.raises(ValueError, match="option 'infusion'"):
        model(infusion="1e-14 hour", cycles=3)
