"""Sums: the same bits for any cut of the design into chunks."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensitivity.design import LEAF, Layout
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.statistics import Piece, Tree, cut_blocks, growth, leaf_sums, totals, whole_leaves
from tests.reference import ishigami
from tests.sensitivity.methods.test_sobol import stage


def pieces(stage, edges):
    """Pieces of the chunks between `edges`, as a worker makes them."""
    for start, stop in itertools.pairwise(edges):
        y = ishigami(stage.design(start, stop).points)[:, :, None, None]
        leaves = {a: leaf_sums(stage, a, y[a - start : b - start]) for a, b in whole_leaves(stage, start, stop)}
        blocks = {b: y[b - start] for b in cut_blocks(stage, start, stop)}
        yield Piece(leaves, blocks)


METHODS = [Sobol(256, 4, second_order=True), Sobol(64, 4), Sobol(512, 4, symmetric=False), Morris(75)]


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize("size", [1, 7, 32, 64, 10_000])
def test_chunk_size_does_not_change_a_bit(method, size):
    st_ = stage(method, 3)
    blocks = method.layout.blocks
    whole = totals(st_, pieces(st_, [0, blocks]))
    cut = totals(st_, pieces(st_, [*range(0, blocks, size), blocks]))
    for name, values in whole.items():
        assert np.array_equal(values, cut[name]), name


@pytest.mark.parametrize(("method", "smaller", "sizes"), [
    (Sobol(512, 4), lambda rows: Sobol(4 * rows, 4), [32, 64, 128]),
    (Sobol(64, 4), lambda rows: Sobol(4 * rows, 4), [16]),
    (Morris(75), Morris, [32, 64, 75]),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("size", [7, 10_000])
def test_growth_gives_the_sums_of_every_smaller_design(method, smaller, sizes, size):
    st_ = stage(method, 3)
    blocks = method.layout.blocks
    found = list(growth(st_, pieces(st_, [*range(0, blocks, size), blocks])))
    assert [rows for rows, _ in found] == sizes
    for rows, sums in found:
        small = stage(smaller(rows), 3)
        alone = totals(small, pieces(small, [0, small.method.layout.blocks]))
        assert all(np.array_equal(alone[name], values) for name, values in sums.items())


@given(st.sets(st.integers(1, 255), max_size=12))
@settings(deadline=None, max_examples=25)
def test_any_cut_gives_the_same_bits(cuts):
    st_ = stage(Sobol(256, 4), 3)
    whole = totals(st_, pieces(st_, [0, 256]))
    cut = totals(st_, pieces(st_, [0, *sorted(cuts), 256]))
    assert all(np.array_equal(whole[name], cut[name]) for name in whole)


def test_a_missing_block_is_named():
    st_ = stage(Sobol(256, 4), 3)
    some = list(pieces(st_, [0, 100, 200, 256]))
    with pytest.raises(ValueError, match="block 96 of stage sobol is missing"):
        totals(st_, [some[0], some[2]])


@given(st.integers(1, 4), st.integers(1, 100))
def test_leaves_cover_every_block_once_in_order(scrambles, rows):
    layout = Layout(scrambles, rows)
    edges = [(a, b) for a, b, _, _ in layout.leaves]
    assert edges[0][0] == 0
    assert edges[-1][1] == layout.blocks
    assert all(x[1] == y[0] for x, y in itertools.pairwise(edges))
    scramble, row = layout.address(0, layout.blocks)
    assert len(set(zip(scramble.tolist(), row.tolist(), strict=True))) == layout.blocks
    assert all(b - a <= LEAF for a, b in edges)


def test_tree_shape_depends_on_the_number_of_leaves_only():
    """The merge order written out: ((0 1)(2 3)) 4."""

    class Recorder:
        def merge(self, a, b):
            return {"x": f"({a['x']} {b['x']})"}

    tree = Tree(Recorder())
    for i in range(5):
        tree.push({"x": str(i)})
    assert tree.total()["x"] == "(((0 1) (2 3)) 4)"


def test_shift_does_not_change_differences_but_saves_their_digits():
    """With the outputs at 1e9, sums around the shift keep what sums around zero lose."""
    from dataclasses import replace

    st_ = stage(Sobol(512, 4), 3)
    shifted = replace(st_, shift=(1e9,))
    y = ishigami(st_.design(0, LEAF).points)[:, :, None, None]
    plain, moved = leaf_sums(st_, 0, y), leaf_sums(shifted, 0, y + 1e9)
    # 1e9 leaves 1e-7 of each response; products of about 32 x 10 carry 1e-5.
    assert np.allclose(plain["square"], moved["square"], atol=1e-4)
    assert np.allclose(plain["num"], moved["num"], atol=1e-4)
