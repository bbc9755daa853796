"""The Antimony text means the declared model: libRoadRunner's CVODE integrates it to the engine's own values."""

import dataclasses

import numpy as np
import pytest

from models.engine import units
from models.engine.antimony import identifier, to_antimony
from models.engine.declaration import Observable, Reaction, Species
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.solver import Schedule, solve
from models.tdm1 import TDM1
from tests.models import points, toys

RTOL = 1e-10
AGREEMENT = 1e-7
"""Both integrate at 1e-10 a step; over the some hundred steps of a run such errors add up to a few 1e-8."""

HORIZON = {"in_vivo": 1200.0, "in_vitro": 72.0, "pulse_chase": 72.0}  # in vivo: the third infusion included
ROWS = 4  # the nominal one first


def test_text_of_a_small_network():
    text = to_antimony(toys.toy(), {"decay": 0.5}, Schedule((0.0, 2.5), ((1.0,), (0.25,))))
    lines = [line.split(";")[0].strip() for line in text.splitlines()]
    assert "decay = 0.5" in lines
    assert "feed = 1.0" in lines
    assert "at (time >= 2.5): feed = 0.25" in lines
    assert "room := 1 - z" in lines
    assert any(line in lines for line in ("rate_bursting := burst*pow(b, 2)", "rate_bursting := pow(b, 2)*burst"))
    assert "x' = -rate_decaying + rate_feeding" in lines
    assert "unit_ = 1.0" in lines  # a word of Antimony
    assert "b = unit_" in lines
    assert "observable_bell := exp(sine)" in lines


def test_signs_of_disputed_precedence_are_calls():
    network = Network(
        name="signs",
        parameters=(toys.parameter("a", 2.0, "1"), toys.parameter("b", 3.0, "1")),
        species=(Species("y", "1", "state", "a"),),
        reactions=(Reaction("r", "log(a)/sqrt(b)/y**a", {"y": "-a"}, "rate"),),
        observables=(Observable("y", "-(y**2)", "1", "state", 1.0), Observable("z", "1/y", "1", "inverse", 1.0)),
    )
    text = to_antimony(network, {}, Schedule())
    assert "observable_y := -pow(y, 2);" in text
    assert "observable_z := 1/y;" in text
    assert "y' = -a*rate_r;" in text
    rate = next(line for line in text.splitlines() if "rate_r :=" in line)
    assert "ln(a)" in rate
    assert "sqrt(b)" in rate
    assert "pow(y, a)" in rate or "pow(y, -a)" in rate
    assert "**" not in text


def test_values_are_coherent_and_only_what_is_used_is_written():
    model = TDM1(cycles=2)
    network, schedule, *_ = model.settings["in_vivo"]
    lines = {line.split(";")[0].strip() for line in to_antimony(network, {"clearance": 1.2}, schedule).splitlines()}
    assert f"clearance = {1.2 * units.factor('L/day')!r}" in lines
    assert not any(line.startswith("medium_concentration") for line in lines)
    assert "at (time >= 504.0): dose = " + repr(3.6 * units.factor("mg/kg_bw")) + ", infusing = 2.0" in lines
    assert any(line.startswith("one_dose :=") for line in lines)  # follows an input
    assert any(line.startswith("k_rec =") for line in lines)  # parameters only
    assert identifier("avogadro") == "avogadro_"


@pytest.mark.bench
@pytest.mark.parametrize("setting", HORIZON)
def test_libroadrunner_agrees(setting):
    import antimony
    import roadrunner

    network, schedule, _ = TDM1(cycles=3).settings[setting]
    times = np.linspace(0.0, HORIZON[setting], 41)
    nominal = TDM1().parameters
    columns = {k: np.append(nominal[k].nominal, v) for k, v in points.sample(ROWS - 1, seed=20261124).items()}
    request = [Output(o.name, o.name, times=tuple(times)) for o in network.observables]
    ours = solve(network, columns, schedule, request, rows=ROWS, rtol=RTOL, max_steps=1_000_000)
    assert np.all(ours.status == 1)
    worst = {}
    for i in range(ROWS):
        antimony.clearPreviousLoads()
        text = to_antimony(network, {name: values[i] for name, values in columns.items()}, schedule)
        assert antimony.loadAntimonyString(text) > 0, antimony.getLastError()
        runner = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
        runner.integrator.relative_tolerance = RTOL
        for s in network.species:
            runner.integrator.setIndividualTolerance(identifier(s.name), RTOL * s.floor * units.factor(s.unit))
        theirs = runner.simulate(times=times, selections=[f"observable_{o.name}" for o in network.observables])
        for k, o in enumerate(network.observables):
            expected = ours.values[o.name][i]
            error = np.abs(theirs[:, k] / units.factor(o.unit) - expected) / np.maximum(np.abs(expected), o.floor)
            worst[o.name] = max(worst.get(o.name, 0.0), float(error.max()))
    assert max(worst.values()) <= AGREEMENT, worst


def test_names_that_would_meet_in_the_text_are_refused():
    """Rates and observables get prefixes there, and words of Antimony an underscore."""
    network = toys.toy()
    for name in ("rate_feeding", "observable_bell", "unit_"):
        twice = dataclasses.replace(network, parameters=(*network.parameters, toys.parameter(name, 1.0, "1")))
        with pytest.raises(ValueError, match=f"'{name}' would stand for two things"):
            to_antimony(twice, {}, Schedule((0.0,), ((0.0,),)))
