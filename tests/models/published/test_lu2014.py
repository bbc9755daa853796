"""Lu 2014 against the numbers printed for it; `printed` allows half a unit of the last digit."""

import numpy as np
import pytest

from models.engine.declared import DeclaredModel
from models.engine.dimensions import check_units
from models.engine.requests import Output
from models.engine.solver import OUT_OF_DOMAIN
from models.published.lu2014 import Lu2014, network
from sensitivity.distributions import Distribution

DAY = 24.0
ONE = np.zeros((1, 2), dtype=np.uint64)


def printed(value, text):
    """Tell whether `value` rounds to the printed number, but for a last digit that a grid of theirs may blur."""
    digits = len(text.partition(".")[2])
    return abs(value - float(text)) <= 0.5001 * 10.0**-digits


def at(days, model=None, **parameters):
    """T-DM1 in ug/mL at some days."""
    output = Output("c", "tdm1", times=tuple(d * DAY for d in days))
    columns = {name: np.array([value]) for name, value in parameters.items()}
    return (model or Lu2014()).simulate(columns, ONE, [output])["c"].values[0]


def test_units_agree():
    check_units(network())


@pytest.mark.parametrize("name", Lu2014().parameters)
def test_parameter_lies_in_its_domain(name):
    p = Lu2014().parameters[name]
    assert p.domain[0] <= p.nominal <= p.domain[1]
    if p.distribution:
        arguments = dict(p.distribution)
        law = Distribution(arguments.pop("dist"), arguments)
        assert p.domain[0] <= law.support[0] <= p.nominal <= law.support[1] <= p.domain[1]


def test_one_infusion():
    days = (0.25, 0.5 / DAY, 1.0, 7.0, 14.0, 20.75, 21.0)
    found = dict(zip(days, at(sorted(days))[np.argsort(np.argsort(days))], strict=True))
    wanted = {0.25: "70.011819", 0.5 / DAY: "80.004555", 1.0: "55.240297", 7.0: "18.886519", 14.0: "5.509643",
              20.75: "1.679590", 21.0: "1.607293"}  # fmt: skip
    assert [day for day in days if not printed(found[day], wanted[day])] == []


@pytest.mark.parametrize(("infusion", "hours", "text"), [("1e-6 hour", 1e-6, "80.588"), ("90 minute", 1.5, "78.891")])
def test_end_of_infusion(infusion, hours, text):
    assert printed(at([hours / DAY], Lu2014(infusion=infusion))[0], text)


def test_areas():
    """The tail after 200 days is below exp(-0.176*200) of the whole, far under the printed digits."""
    outputs = [
        Output("all", "tdm1", "auc", (0.0, 200.0 * DAY)),
        Output("cycle", "tdm1", "auc", (0.0, 21.0 * DAY)),
    ]
    found = Lu2014().simulate({}, ONE, outputs)
    assert printed(found["all"].item() / DAY, "372.7811")
    assert printed(found["cycle"].item() / DAY, "363.648")


def test_half_life():
    """Slope between days 60 and 80, where the fast phase is gone by a factor of exp(-160)."""
    late = at((60.0, 80.0))
    assert printed(20.0 * np.log(2.0) / np.log(late[0] / late[1]), "3.9385")


def test_eighth_cycle():
    model = Lu2014(cycles=8)
    start = 7 * 21.0
    found = at((start + 0.5 / DAY, start + 21.0), model)
    assert printed(found[0], "81.646735")
    assert printed(found[1], "1.648212")
    assert printed(found[1] / at((21.0,))[0], "1.02546")


@pytest.mark.parametrize(
    ("name", "value", "clearance"),
    [("body_weight", 49.0, ".568"), ("body_weight", 98.0, ".797"), ("shed_her2", 332.0, ".740"),
     ("albumin", 33.0, ".741"), ("albumin", 48.0, ".632"), ("tumour_burden", 30.3, ".720"),
     ("trastuzumab_baseline", 54.0, ".607"), ("aspartate_transaminase", 64.0, ".719")],
)  # fmt: skip
def test_covariates(name, value, clearance):
    outputs = [Output("cl", "clearance_patient", times=(1.0,)), Output("vc", "volume_patient", times=(1.0,))]
    found = Lu2014().simulate({name: np.array([value])}, ONE, outputs)
    assert printed(found["cl"].item(), clearance)
    volume = {49.0: "2.528", 98.0: "3.821"} if name == "body_weight" else {value: "3.127"}
    assert printed(found["vc"].item(), volume[value])


def test_a_bad_row_costs_itself_only():
    output = Output("c", "tdm1", times=(DAY,))
    rows = {"clearance": np.array([0.676, -1.0, np.nan])}
    found = Lu2014().simulate(rows, np.zeros((3, 2), dtype=np.uint64), [output])
    assert found["status"].values.tolist() == [1, OUT_OF_DOMAIN, OUT_OF_DOMAIN]
    assert np.isfinite(found["c"].values[:, 0]).tolist() == [True, False, False]


def test_what_cannot_be_used_is_named():
    model = Lu2014()
    assert isinstance(model, DeclaredModel)
    with pytest.raises(ValueError, match="did you mean 'clearance'"):
        model.simulate({"clearence": np.ones(1)}, ONE, [])
    with pytest.raises(ValueError, match="unknown observable 'tdm'"):
        model.simulate({}, ONE, [Output("c", "tdm", times=(1.0,))])
    with pytest.raises(ValueError, match="shape"):
        model.simulate({"clearance": np.ones(2)}, ONE, [])
    with pytest.raises(ValueError, match="not shorter than the interval"):
        Lu2014(interval="10 minute")
