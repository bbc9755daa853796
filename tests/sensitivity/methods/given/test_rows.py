"""What all given-data methods share: complete rows, and the properties that every index has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensitivity.methods.given.delta import delta
from sensitivity.methods.given.pawn import pawn
from sensitivity.methods.given.prcc import prcc
from sensitivity.methods.given.rank_first_order import rank_first_order
from sensitivity.methods.given.rbd_fast import rbd_fast
from sensitivity.methods.given.regional import regional
from sensitivity.methods.given.rows import complete, cut, quantiles
from sensitivity.methods.given.shapley import shapley
from tests.sensitivity.methods.given.cases import SEED, sobol_points


def of_resistance(u, y, label):
    """Regional sensitivity to whether the output exceeds 0.5, failed where it is NaN."""
    return regional(u, y > 0.5, ~np.isfinite(y), label)


ESTIMATES = {
    "rank": rank_first_order,
    "rbd": lambda u, y, label: rbd_fast(u, y, label).first_order,
    "prcc": prcc,
    "pawn median": lambda u, y, label: pawn(u, y, label).median,
    "pawn maximum": lambda u, y, label: pawn(u, y, label).maximum,
    "delta": lambda u, y, label: delta(u, y, label).delta,
    "delta S1": lambda u, y, label: delta(u, y, label).first_order,
    "distance": lambda u, y, label: of_resistance(u, y, label).distance,
    "direction": lambda u, y, label: of_resistance(u, y, label).direction,
    "shapley": lambda u, y, label: shapley(u, y, label, np.random.default_rng(SEED)),
}
"""Every index, as a function of points, outputs and labels."""

EVERY = pytest.mark.parametrize("name", ESTIMATES)
MONOTONE = pytest.mark.parametrize("name", ["prcc", "pawn median", "pawn maximum", "delta"])


def small(seed=SEED, elements=3):
    """256 runs of three functions of three factors; the last factor does nothing."""
    u, label = sobol_points(3, 16, 8, seed)
    y = np.stack([u[:, 0] + 0.5 * u[:, 1] ** 2 * (j + 1) for j in range(elements)], axis=1)
    return u, y - y.mean(axis=0) + 0.5, label


def same(a, b, tolerance=1e-12):
    """Equal up to rounding of a few hundred additions, NaN where the other is."""
    for x, y in ((a.value, b.value), (a.se, b.se), (a.ci, b.ci)):
        np.testing.assert_allclose(x, y, rtol=0, atol=tolerance)


@EVERY
def test_shapes_and_intervals(name):
    u, y, label = small()
    found = ESTIMATES[name](u, y, label)
    assert found.value.shape == found.se.shape == (3, 3)
    assert found.ci.shape == (2, 3, 3)
    assert found.deviations.shape == (8, 3, 3)
    assert np.isfinite(found.value).all()
    np.testing.assert_allclose(np.sum(found.deviations**2, axis=0), found.se**2, atol=1e-15)
    np.testing.assert_allclose(found.ci.mean(axis=0), found.value, atol=1e-12)


@EVERY
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_failed_runs_of_one_element_change_no_other(name, bad):
    u, y, label = small()
    spoilt = y.copy()
    spoilt[5::11, 1] = bad
    before, after = ESTIMATES[name](u, y, label), ESTIMATES[name](u, spoilt, label)
    np.testing.assert_allclose(after.value[:, [0, 2]], before.value[:, [0, 2]], rtol=0, atol=1e-12)
    assert np.isfinite(after.value[:, 1]).all()
    assert not np.array_equal(after.value[:, 1], before.value[:, 1])


@EVERY
def test_failed_runs_are_as_if_never_made(name):
    u, y, label = small(elements=1)
    failed = np.zeros(len(u), dtype=bool)
    failed[3::13] = True
    y[failed] = np.nan
    if name == "shapley":  # the runs whose neighbours are looked for are drawn among all
        assert np.isfinite(ESTIMATES[name](u, y, label).value).all()
    else:
        same(ESTIMATES[name](u, y, label), ESTIMATES[name](u[~failed], y[~failed], label[~failed]))


@EVERY
def test_nothing_is_told_where_nothing_varies_or_nothing_ran(name):
    u, y, label = small()
    y[:, 0] = 1.0
    y[:, 1] = np.nan
    y[3 : 2 * 16, 2] = np.nan  # three runs are left of the first scrambling
    found = ESTIMATES[name](u, y, label)
    for values in (found.value, found.se, found.ci, found.deviations):
        assert np.isnan(values).all()
    y[3, 2] = 0.4
    assert np.isfinite(ESTIMATES[name](u, y, label).value[:, 2]).all()


@EVERY
def test_a_constant_factor_has_no_index(name):
    u, y, label = small()
    u[:, 2] = 0.25
    found = ESTIMATES[name](u, y, label)
    if name != "shapley":  # to which it adds nothing
        assert np.isnan(found.value[2]).all()
    assert np.isfinite(found.value[:2]).all()


@EVERY
def test_order_of_rows_and_names_of_scramblings_do_not_matter(name):
    u, y, label = small()
    if name == "shapley":
        pytest.skip("which runs' neighbours are looked for depends on their order")
    order = np.random.default_rng(1).permutation(len(u))
    # Halvings go by number, so names keep their order.
    same(ESTIMATES[name](u, y, label), ESTIMATES[name](u[order], y[order], 10 + 3 * label[order]))


@EVERY
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_factors_may_come_in_any_order(name, seed):
    u, y, label = small(seed % 1000)
    order = np.random.default_rng(seed).permutation(3)
    a, b = ESTIMATES[name](u, y, label), ESTIMATES[name](u[:, order], y, label)
    # Sums over factors are taken in another order: rounding. Distances between ranks tie, and which of two equally near
    # runs is the neighbour then depends on the order of the columns: less than the error of either.
    tolerance = 0.01 if name == "shapley" else 1e-10
    np.testing.assert_allclose(a.value[order], b.value, rtol=0, atol=tolerance)


@EVERY
def test_an_offset_of_the_output_changes_nothing(name):
    u, y, label = small()
    if name in {"distance", "direction"}:
        pytest.skip("their outcome is cut at a fixed value")
    # Outputs of 1e6 hold 1e-10 of what varies.
    same(ESTIMATES[name](u, y, label), ESTIMATES[name](u, y + 1e6, label), 1e-8)


@MONOTONE
@settings(max_examples=10, deadline=None)
@given(power=st.floats(0.2, 5.0), seed=st.integers(0, 999))
def test_monotone_maps_of_the_output_change_nothing(name, power, seed):
    u, y, label = small(seed)
    same(ESTIMATES[name](u, y, label), ESTIMATES[name](u, np.exp(power * y), label))


@EVERY
@settings(max_examples=10, deadline=None)
@given(power=st.floats(0.2, 5.0), seed=st.integers(0, 999))
def test_monotone_maps_of_the_factors_change_nothing(name, power, seed):
    u, y, label = small(seed)
    same(ESTIMATES[name](u, y, label), ESTIMATES[name](np.exp(power * u), y, label))


@EVERY
def test_an_inert_factor_is_near_zero_beside_an_active_one(name):
    """4,096 runs of 12 scramblings' worth of noise: t bound at a level of 0.1 %."""
    u, label = sobol_points(3, 128, 16)
    y = (u[:, 0] + u[:, 1])[:, None] - 0.5
    found = ESTIMATES[name](u, y, label)
    bound = 4.07 * found.se[2, 0] + (0.02 if name == "shapley" else 0.0)  # t(15); distance to neighbours draws it up
    assert abs(found.value[2, 0]) <= bound
    assert found.value[0, 0] > 3.0 * bound


def test_bad_input_is_refused():
    u, y, label = small()
    with pytest.raises(ValueError, match="rows differ"):
        list(complete(u, y[:-1], label))
    with pytest.raises(ValueError, match="at least two"):
        list(complete(u, y, np.zeros(len(u), dtype=int)))
    u[0, 0] = np.nan
    with pytest.raises(ValueError, match="factor is not finite"):
        list(complete(u, y, label))


def test_elements_that_miss_the_same_rows_go_together():
    u, y, label = small(elements=5)
    y[7, [1, 3]] = np.nan
    y[9, 4] = np.nan
    y[:, 2] = 3.0
    found = list(complete(u, y, label))
    assert sorted(tuple(rows.elements) for rows in found) == [(0,), (1, 3), (4,)]
    for rows in found:
        assert np.isfinite(rows.y).all()
        assert np.all(np.diff(rows.label) >= 0)
        assert sum(len(range(*part.indices(len(rows.y)))) for part in rows.parts) == len(rows.y)


def test_cells_hold_equal_numbers_and_ties_share_one():
    values = np.random.default_rng(SEED).permutation(1000).astype(float)
    assert np.all(np.bincount(cut(values, 8), minlength=8) == 125)
    assert cut(values, 8)[np.argmax(values)] == 7  # the largest value is in the last cell
    assert np.array_equal(np.sort(quantiles(values)), (np.arange(1000) + 0.5) / 1000)
    tied = np.repeat([0.0, 1.0, 2.0], [10, 980, 10])
    assert len(np.unique(cut(tied, 64))) == 3  # rare values are not lost in the cell of a frequent one
    assert np.all(cut(np.array([[1.0, 5.0], [2.0, 4.0]]), 2) == [[0, 1], [1, 0]])


def test_sums_by_cell_are_those_of_a_loop():
    u, y, label = small()
    rows = next(iter(complete(u, y, label)))
    cell = cut(rows.u[:, 1], 5)
    found = rows.cell_sums(rows.y, cell, 6)
    for k in range(8):
        for c in range(6):
            # Rounding of a few dozen additions in another order.
            expected = rows.y[(rows.label == k) & (cell == c)].sum(axis=0)
            np.testing.assert_allclose(found[k, c], expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(rows.sums(rows.y), found.sum(axis=1), rtol=0, atol=1e-13)


@EVERY
def test_many_elements_are_taken_in_blocks_that_change_nothing(name, monkeypatch):
    u, y, label = small(elements=7)
    whole = ESTIMATES[name](u, y, label)
    monkeypatch.setattr("sensitivity.methods.given.rows.BLOCK", 3)
    same(ESTIMATES[name](u, y, label), whole)
