"""What must hold at every point: balances, limits, and independence of neighbours."""

import numpy as np
import pytest

from models.engine.requests import Output
from models.tdm1 import TDM1
from tests.models.points import ask, sample, streams

HORIZON = {"in_vitro": 72.0, "pulse_chase": 72.0, "in_vivo": 504.0}
DM1 = ("lysosomal_catabolite", "dm1_cytosolic", "dm1_free", "dm1_unconjugated", "tubulin_occupancy")


def areas(setting, names=DM1, **values):
    request = [Output(name, f"{setting}.{name}", "auc", (0.0, HORIZON[setting])) for name in names]
    found = ask(request, values=values)
    assert found.status.values.tolist() == [1]
    return {name: float(found[name][0]) for name in names}


@pytest.mark.parametrize("setting", HORIZON)
def test_balances(setting):
    """Antibody and DM1: what was given is in the body, in the cell or in a sink, to rounding."""
    request = [
        Output(
            kind, f"{setting}.{kind}_balance", times=tuple(HORIZON[setting] * np.array([0.001, 0.01, 0.1, 0.5, 1.0]))
        )
        for kind in ("antibody", "dm1")
    ]
    found = TDM1().simulate(sample(1000, seed=7), streams(1000), request)
    assert np.all(found.status.values == 1)
    for output in request:
        # A Rosenbrock method keeps linear invariants exactly; what is left is rounding over some hundred steps.
        assert np.abs(found[output.name].values).max() <= 1e-12, output.name


def test_dose_is_plasma_tumour_and_eliminated():
    parts = ("antibody_in_plasma", "antibody_in_tumour", "antibody_eliminated")
    times = (0.25, 0.5, 24.0, 504.0)
    request = [Output(name, f"in_vivo.{name}", times=times) for name in (*parts, "antibody_given")]
    columns = sample(200, seed=8) | {"lesions": np.full(200, 10.0)}
    found = TDM1().simulate(columns, streams(200), request)
    dose = 3.6 * columns["body_weight"] / 148781.0 * 1e6
    expected = dose[:, None] * np.array([0.5, 1.0, 1.0, 1.0])
    total = sum(found[name].values for name in parts)
    np.testing.assert_allclose(total, expected, rtol=1e-10)  # the balance demanded
    np.testing.assert_allclose(found.antibody_given.values, expected, rtol=1e-12)
    assert np.all(found.antibody_in_tumour.values[:, -1] > 0.0)


@pytest.mark.parametrize("setting", HORIZON)
def test_the_balances_have_something_to_lose(setting):
    """The tumour holds a small part of a dose; the balance is meaningful only when that part is far above it."""
    name = "antibody_in_tumour" if setting == "in_vivo" else "surface_bound"
    largest = float(ask([Output("b", f"{setting}.{name}", "max", (0.0, HORIZON[setting]))]).b[0])
    given = 252.0 / 148781.0 * 1e6 if setting == "in_vivo" else 830.0
    assert largest / given > 1e-5


@pytest.mark.parametrize("setting", HORIZON)
def test_no_endocytosis_no_dm1(setting):
    assert all(value == 0.0 for value in areas(setting, k_e=0.0).values())
    assert areas(setting)["dm1_cytosolic"] > 1.0


@pytest.mark.parametrize("setting", HORIZON)
def test_no_acid_no_dm1(setting):
    assert all(value == 0.0 for value in areas(setting, vatpase_activity=0.0).values())
    assert areas(setting, ("lysosomal_adc",), vatpase_activity=0.0)["lysosomal_adc"] > 1.0


@pytest.mark.parametrize("setting", HORIZON)
def test_only_p95_no_uptake(setting):
    found = areas(setting, (*DM1, "surface_bound", "internalised"), p95_fraction=1.0)
    assert all(value == 0.0 for value in found.values())


@pytest.mark.parametrize("setting", HORIZON)
def test_a_linker_that_mdr1_ignores_equals_no_mdr1(setting):
    ignored = areas(setting, linker_efflux_factor=0.0, mdr1_efflux=3000.0)
    absent = areas(setting, linker_efflux_factor=1.0, mdr1_efflux=0.0)
    assert ignored == absent
    assert areas(setting, mdr1_efflux=3000.0)["dm1_cytosolic"] < 0.9 * absent["dm1_cytosolic"]


@pytest.mark.parametrize("setting", HORIZON)
def test_no_dm1_on_the_antibody(setting):
    """DAR 0 is the trastuzumab arm: no DM1, but antibody on the receptor."""
    found = areas(setting, (*DM1, "surface_bound"), dar=0.0)
    assert found.pop("surface_bound") > 1.0
    assert all(value == 0.0 for value in found.values())


@pytest.mark.parametrize("setting", HORIZON)
def test_dm1_released_is_dar_times_antibody_cut(setting):
    """With all else but proteolysis shut, DM1 in the cell is the ratio times the antibody that is gone from it."""
    shut = {"k_lex": 0.0, "k_dec": 0.0, "k_out": 0.0, "mdr1_efflux": 0.0, "k_shed": 0.0, "k_wash": 0.0,
            "deconjugation_systemic_fraction": 0.0, "tumour_doubling_time": 1e9, "cell_doubling_time": 1e9}  # fmt: skip
    names = ("dm1_unconjugated", "dm1_total", "surface_bound", "internalised")
    request = [Output(name, f"{setting}.{name}", times=(24.0,)) for name in names]
    two, four = (ask(request, values=shut | {"dar": dar, "dar_clearance_slope": 0.0}) for dar in (2.0, 4.0))
    # Antibody moves without regard to its DM1; 1e-6 is the accuracy of an output.
    assert float(four.dm1_unconjugated[0, 0]) == pytest.approx(2.0 * float(two.dm1_unconjugated[0, 0]), rel=1e-6)
    antibody = float(four.surface_bound[0, 0] + four.internalised[0, 0])
    cut = float(four.dm1_total[0, 0]) / 4.0 - antibody
    assert float(four.dm1_unconjugated[0, 0]) == pytest.approx(4.0 * cut, rel=1e-9)


def test_drug_free_cell_is_at_rest():
    """Receptors start at the row's own steady state: without drug nothing moves."""
    columns = sample(100, seed=9) | {"medium_concentration": np.zeros(100)}
    request = [Output(r, "in_vitro.her2_total", r, (0.0, 500.0)) for r in ("min", "max")]
    found = TDM1().simulate(columns, streams(100), request)
    np.testing.assert_allclose(found["max"].values, found["min"].values, rtol=1e-12)  # rounding of a rate that is zero


def test_nominal_cell_has_its_copies():
    found = ask([Output("r", "in_vitro.surface_free", times=(0.0,))])
    copies = 1e6 * (1 - 0.05) * (1 - 0.1) / 6.02214076e23 / 2e-12 * 1e9
    assert float(found.r[0, 0]) == pytest.approx(copies, rel=1e-12)


def test_bits_do_not_depend_on_neighbours():
    columns = sample(60, seed=10)
    request = [
        Output("auc", "in_vivo.dm1_cytosolic", "auc", (0.0, 504.0)),
        Output("peak", "in_vitro.dm1_free", "time_of_max", (0.0, 48.0)),
        Output("course", "pulse_chase.internalised", times=(1.0, 24.0)),
    ]
    whole = TDM1().simulate(columns, streams(60), request)

    def same(order):
        part = TDM1().simulate({name: values[order] for name, values in columns.items()}, streams(len(order)), request)
        for name in (*(output.name for output in request), "steps", "status"):
            np.testing.assert_array_equal(part[name].values, whole[name].values[order])

    same(np.arange(60)[::-1])
    same(np.random.default_rng(1).permutation(60))
    for start, stop in ((0, 7), (7, 59), (59, 60)):
        same(np.arange(start, stop))
    spoilt = {name: values.copy() for name, values in columns.items()}
    spoilt["k_e"][[0, 30]] = (np.nan, 1e6)
    again = TDM1().simulate(spoilt, streams(60), request)
    rest = np.setdiff1d(np.arange(60), (0, 30))
    np.testing.assert_array_equal(again.auc.values[rest], whole.auc.values[rest])
    assert again.status.values[[0, 30]].tolist() == [5, 5]


def test_an_output_does_not_depend_on_what_else_is_asked():
    first = Output("auc", "in_vivo.dm1_cytosolic", "auc", (0.0, 504.0))
    other = Output("x", "in_vivo.plasma_tdm1", times=(1.0, 5.0))
    assert float(ask([first]).auc[0]) == float(ask([other, first]).auc[0])
