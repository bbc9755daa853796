"""Counts by slice against a loop, halves of the scramblings, and the interval of what was held out."""

import numpy as np
import pytest

from sensitivity.methods.given.rows import complete, cut
from sensitivity.methods.given.tables import halvings, held_out, table
from sensitivity.methods.intervals import jackknife
from tests.sensitivity.methods.given.cases import SEED, random_points


def test_the_table_is_that_of_a_loop():
    u, _ = random_points(2, 300)
    rng = np.random.default_rng(SEED)
    label = rng.integers(0, 4, 300)
    y = np.stack([u[:, 0] + rng.random(300), np.floor(4.0 * u[:, 1])], axis=1)
    rows = next(iter(complete(u, y, label)))
    cells = cut(rows.y, 6)
    found = table(rows, 0, np.ascontiguousarray(cells.T), 5, 6)
    slices = cut(rows.u[:, 0], 5)
    for k in range(4):
        for s in range(5):
            inside = (rows.label == k) & (slices == s)
            assert found.size[k, s] == inside.sum()
            for e in range(2):
                share = np.bincount(cells[:, e], minlength=6) / 300
                counts = np.bincount(cells[inside, e], minlength=6)
                # Rounding of one product.
                np.testing.assert_allclose(found.excess[e, k, s], counts - inside.sum() * share, atol=1e-12)


def test_slices_of_few_rows_are_left_out():
    u, label = random_points(1, 200, 4)
    u[:, 0] = np.where(np.arange(200) < 5, 2.0, np.floor(2.0 * u[:, 0]))  # five rows are too few for four parts
    rows = next(iter(complete(u, u + 0.0, label)))
    found = table(rows, 0, np.ascontiguousarray(cut(rows.y, 100).T), 100, 100)
    assert found.size.shape == (4, 2)
    assert found.size.sum() == 195


@pytest.mark.parametrize("scrambles", [2, 3, 4, 5, 8, 16])
def test_halves_are_complements_that_part_every_two_scramblings(scrambles):
    halves = np.array(list(halvings(scrambles)))
    assert np.array_equal(halves[::2], ~halves[1::2])
    assert np.all(halves.any(axis=1))
    assert np.all(halves.sum(axis=0) == len(halves) // 2)  # every scrambling is measured equally often
    for i in range(scrambles):
        for j in range(i):
            assert np.any(halves[:, i] != halves[:, j])


def test_what_was_held_out_has_a_wider_interval():
    totals = {"a": np.random.default_rng(SEED).standard_normal((8, 3))}
    wide, narrow = held_out(totals, dict, 0.9)["a"], jackknife(totals, dict, 0.9)["a"]
    np.testing.assert_allclose(wide.value, narrow.value)
    for a, b in (
        (wide.se, narrow.se),
        (wide.deviations, narrow.deviations),
        (np.ptp(wide.ci, 0), np.ptp(narrow.ci, 0)),
    ):
        np.testing.assert_allclose(a, np.sqrt(2.0) * b)
