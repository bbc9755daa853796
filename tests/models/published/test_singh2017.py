"""Singh and Shah 2017 against the numbers printed for it."""

import numpy as np
import pytest

from models.engine.dimensions import check_units
from models.engine.requests import Output
from models.published.singh2017 import Singh2017, network

DAY = 24.0
CASES = [("patient", "emax"), ("patient", "linear"), ("mouse", "linear")]
SATURABLE = {
    "molar_adc": ("354.0103", "73.9204", "12.1434"),
    "surface": ("41.3796", "8.4115", "1.6222"),
    "lysosome": ("58.0471", "32.4093", "5.8091"),
    "dm1_free": ("9.5652", "9.8593", ".7900"),
    "dm1_bound": ("50.3597", "59.5133", "30.6828"),
    "plasma_dm1": ("4.149620", ".539917", ".059226"),
    "tumour": ("2373.628", "1446.867", "594.396", "133.273", "27.903"),
}
"""Days 1, 7 and 21; the tumour (mm3) also at the ends of the second and third cycle."""


def printed(value, text):
    """Tell whether `value` rounds to the printed number, with a hundredth of half a digit to spare."""
    return abs(value - float(text)) <= 0.505 * 10.0 ** -len(text.partition(".")[2])


def mouse(doses, **values):
    """Tumour volume at day 28 and T-DM1 at day 14, by dose in mg/kg."""
    rows = {name: np.full(len(doses), value) for name, value in values.items()} | {"dose": np.array(doses)}
    outputs = [Output("tumour", "tumour", times=(28 * DAY,)), Output("adc", "concentration_adc", times=(14 * DAY,))]
    found = Singh2017(host="mouse").simulate(rows, np.zeros((len(doses), 2), dtype=np.uint64), outputs)
    return found["tumour"].values[:, 0], found["adc"].values[:, 0]


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_units_and_table(case):
    check_units(network(*case))
    for p in network(*case).parameters:
        assert p.domain[0] <= p.nominal <= p.domain[1]


def test_saturable_killing_over_three_cycles():
    days = (1.0, 7.0, 21.0, 42.0, 63.0)
    outputs = [Output(name, name, times=tuple(d * DAY for d in days)) for name in SATURABLE]
    found = Singh2017(kill="emax", cycles=3).simulate(
        {"molecular_weight": np.array([148781.0])}, np.zeros((1, 2), dtype=np.uint64), outputs
    )
    wrong = [
        (name, value, text)
        for name, texts in SATURABLE.items()
        for value, text in zip(found[name].values[0], texts, strict=False)
        if not printed(value, text)
    ]
    assert wrong == []


def test_mice_with_published_values():
    tumour, _ = mouse((0.0, 0.3, 3.0, 15.0), volume_start=200.0)
    assert all(printed(v, t) for v, t in zip(tumour, ("2126.60", "1371.93", "304.23", "129.70"), strict=True))


def test_mice_with_population_values():
    """The numbers come from another program that integrates to 3e-4 at worst."""
    values = {"clearance": 0.0898, "volume_central": 0.04353, "k_dec": 0.2569, "doubling_time": 8.114,
              "kill_slope": 0.002175, "volume_start": 152.3}  # fmt: skip
    tumour, adc = mouse((0.0, 0.3, 1.0, 3.0, 15.0), **values)
    assert np.allclose(tumour, (1665.3, 984.99, 391.84, 185.99, 68.192), rtol=3e-4)
    assert np.isclose(adc[-1], 0.039861, rtol=3e-4)


def patient(outputs, **options):
    """One patient with a tumour that is not killed: `open_models.md` section 2 prints its numbers without killing.

    With the published slope the tumour stays smaller and takes less drug: up to 3e-4 of plasma, 1 % of the means.
    """
    values = {"kill_slope": np.zeros(1), "dose": np.array([options.pop("dose", 3.6)])}
    found = Singh2017(**options).simulate(values, np.zeros((1, 2), dtype=np.uint64), outputs)
    return {name: found[name].values[0] for name in found.data_vars}


def test_plasma_of_a_patient():
    times = tuple(d * DAY for d in (0.01, 7.0, 14.0, 20.9))
    found = patient([Output(kind, f"concentration_{kind}", times=times) for kind in ("adc", "total")])
    assert all(map(printed, found["adc"], ("105.06", "10.995", "4.4396", "1.8275")))
    assert all(map(printed, found["adc"] / found["total"], (".9976", ".3936", ".2319", ".1376")))


@pytest.mark.parametrize(
    ("days", "cycles", "dose", "text"), [(21, 4, 3.6, "60.22"), (28, 3, 3.6, "48.12"), (7, 12, 1.2, "76.25")]
)
def test_mean_dm1_in_cells(days, cycles, dose, text):
    """Mean over quarter days from 21.25 to 84, not an integral, which is 0.1 higher."""
    quarters = Output("dm1", "dm1_intracellular", times=tuple(np.arange(21.25, 84.1, 0.25) * DAY))
    found = patient([quarters], dose=dose, interval=f"{days} day", cycles=cycles)
    assert printed(found["dm1"].mean(), text)


def test_a_dose_renews_the_loading():
    start = 21.0 * DAY
    output = Output("loading", "loading", times=(0.0, 24.0, start, start + 1e-3))
    found = Singh2017(cycles=2).simulate({}, np.zeros((1, 2), dtype=np.uint64), [output])["loading"].values[0]
    decay = np.exp(-0.241 * np.array([0.0, 1.0, 21.0, 1e-3 / DAY]))
    # Global error of a few thousand steps at 1e-9.
    assert np.allclose(found, 3.5 * decay, rtol=1e-6)
