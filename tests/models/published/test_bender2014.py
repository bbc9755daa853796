"""Bender 2014 against the numbers printed for it and against a matrix exponential of its own."""

import numpy as np
import pytest
from scipy.linalg import expm

from models.engine.dimensions import check_units
from models.engine.requests import Output
from models.published.bender2014 import FITS, Bender2014, network
from sensitivity.distributions import Distribution

DAY = 24.0
ONE = np.zeros((1, 2), dtype=np.uint64)


def printed(value, text):
    """Tell whether `value` rounds to the printed number; a hundredth of half a digit is left to their own rounding."""
    return abs(value - float(text)) <= 0.505 * 10.0 ** -len(text.partition(".")[2])


def courses(model, days, *names):
    outputs = [Output(name, name, times=tuple(np.asarray(days) * DAY)) for name in names]
    found = model.simulate({}, ONE, outputs)
    return [found[name].values[0] for name in names]


@pytest.mark.parametrize("key", FITS, ids="-".join)
def test_units_and_table(key):
    check_units(network(*key))
    for p in network(*key).parameters:
        assert p.domain[0] <= p.nominal <= p.domain[1]
        if p.distribution:
            arguments = dict(p.distribution)
            law = Distribution(arguments.pop("dist"), arguments)
            assert p.domain[0] <= law.support[0] <= p.nominal <= law.support[1] <= p.domain[1]


@pytest.mark.parametrize(
    ("animal", "half_lives"), [("cynomolgus", ("5.207294", "10.465739")), ("rat", ("4.771", "8.837"))]
)
def test_reduced_half_lives(animal, half_lives):
    """Regression of the log concentration over the grid from day 25 on, as printed."""
    grid = np.linspace(0.1, 42.0, 120)
    late = grid[grid >= 25.0]
    # Regression is over 49 points, so errors of the order of rtol cannot reach the seventh digit.
    for course, text in zip(courses(Bender2014(form="reduced", animal=animal, rtol=1e-11), late, "conjugated", "total"),
                            half_lives, strict=True):  # fmt: skip
        assert printed(-np.log(2.0) / np.polyfit(late, np.log(course), 1)[0], text)


def test_reduced_course():
    conjugated, total = courses(Bender2014(form="reduced"), (1.0, 7.0, 21.0, 42.0), "conjugated", "total")
    wanted = (
        ("382.695753", "136.611978", "21.177179", "1.293817"),
        ("435.737886", "241.006050", "95.316870", "23.721321"),
    )
    assert all(printed(value, text) for value, text in zip(conjugated, wanted[0], strict=True))
    assert all(printed(value, text) for value, text in zip(total, wanted[1], strict=True))


def test_mechanistic_course():
    conjugated, total = courses(Bender2014(), (0.0, 7.0, 21.0, 42.0), "conjugated", "total")
    assert all(printed(v, t) for v, t in zip(total, ("810.811", "229.62", "114.28", "40.240"), strict=True))
    assert all(printed(v, t) for v, t in zip(conjugated[1:], ("206.68", "80.738", "16.722"), strict=True))


def test_mechanistic_areas_and_peak():
    """The slowest half-life is 13.9 days: 600 days leave a tail of 1e-13."""
    everything = (0.0, 600.0 * DAY)
    areas = {"total": "6896.552", "conjugated": "5125.22", "plasma_dar0": "1771.33", "plasma_dar1": "2045.10"}
    outputs = [Output(name, name, "auc", everything) for name in areas]
    outputs.append(Output("peak", "plasma_dar0", "time_of_max", everything))
    found = Bender2014().simulate({}, ONE, outputs)
    assert [name for name, text in areas.items() if not printed(found[name].item() / DAY, text)] == []
    assert printed(found["peak"].item() / DAY, "21.5")


def test_slowest_half_life():
    """Between days 200 and 300 the next slower mode has faded."""
    (total,) = courses(Bender2014(rtol=1e-11), (200.0, 300.0), "total")
    assert printed(100.0 * np.log(2.0) / np.log(total[0] / total[1]), "13.946")


def exponential(animal, days):
    """The 24 states by hand: (8 pools, 3 compartments), most loaded first; concentrations (pools, days)."""
    cl, v1, q2, v2, q3, v3, upper, two, one = (value for value, _ in FITS["mechanistic", animal].values())
    loss = [upper] * 5 + [two, one, 0.0]
    share = np.array([0.02, 0.05, 0.10, 0.19, 0.26, 0.23, 0.13, 0.02])
    a = np.zeros((24, 24))
    for i in range(8):
        c = 3 * i
        a[c : c + 3, c : c + 3] = [
            [-(cl + q2 + q3) / v1 - loss[i], q2 / v2, q3 / v3],
            [q2 / v1, -q2 / v2, 0.0],
            [q3 / v1, 0.0, -q3 / v3],
        ]
        if i:
            a[c, c - 3] = loss[i - 1]
    start = np.zeros(24)
    start[::3] = share
    return np.array([(expm(a * t) @ start)[::3] / v1 * 1e3 for t in days]).T


@pytest.mark.parametrize("animal", ["cynomolgus", "rat"])
def test_every_pool_against_the_matrix_exponential(animal):
    days = (0.0, 0.02, 0.3, 1.0, 7.0, 21.0, 42.0)
    model = Bender2014(animal=animal, rtol=1e-11)
    dose = model.parameters["dose"].nominal
    found = courses(model, days, *(f"plasma_dar{n}" for n in range(7, -1, -1)))
    # A thousand steps of error 1e-11 leave 1e-8; a pool that is nearly empty keeps the rounding of the dose.
    scale = dose * 1e3 / model.parameters["volume_central"].nominal
    assert np.allclose(found, dose * exponential(animal, days), rtol=1e-8, atol=1e-13 * scale)


def test_an_unknown_form_is_named():
    with pytest.raises(ValueError, match="option 'form' must be one of mechanistic, reduced"):
        Bender2014(form="full")
