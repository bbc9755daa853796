"""Sums over fixed leaves, merged by a fixed tree: the same bits for any chunk size, worker count and order.

A leaf is up to 32 rows of one scrambling (`design.Layout`). A chunk that holds a whole leaf stores the leaf's sums;
of a leaf that it cuts it stores the outputs, and the sums are taken when the pieces meet. Leaves of a scrambling are
merged like the digits of a binary counter, so that the memory needed grows with the logarithm of the design.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from sensitivity import quantities
from sensitivity.contracts import FloatArray, Method, Sums
from sensitivity.design import LEAF, Design
from sensitivity.stage import Stage


@dataclass
class Tree:
    """Merges leaves, pushed in order, by a tree whose shape depends on their number only."""

    method: Method
    _stack: list[tuple[int, Sums]] = field(default_factory=list)

    def push(self, leaf: Sums) -> None:
        """Add the next leaf."""
        level = 0
        while self._stack and self._stack[-1][0] == level:
            leaf = self.method.merge(self._stack.pop()[1], leaf)
            level += 1
        self._stack.append((level, leaf))

    def total(self) -> Sums:
        """Everything pushed so far."""
        if not self._stack:
            raise ValueError("no leaf was pushed")
        total = self._stack[-1][1]
        for _, part in reversed(self._stack[:-1]):
            total = self.method.merge(part, total)
        return total


def leaf_sums(stage: Stage, start: int, y: FloatArray, design: Design | None = None) -> Sums:
    """Sums of one whole leaf that begins at block `start`; `y` is (blocks, block_size, replicates, elements).

    Its design is made again where it is not at hand.
    """
    design = stage.design(start, start + len(y)) if design is None else design
    found = quantities.estimates(y, stage.by_element)
    centred = np.ascontiguousarray(found - np.asarray(stage.shift))
    sums = stage.method.sums(design, centred, stage.pools)
    if "noise" in sums:
        sums["noise"] = sums["noise"] * quantities.noise_scale(stage.by_element, stage.replicates)
    return sums


def whole_leaves(stage: Stage, start: int, stop: int) -> list[tuple[int, int]]:
    """Leaves that blocks ``start`` to ``stop`` hold whole, as (first block, one past the last)."""
    return [(a, b) for a, b, _, _, whole in stage.method.layout.parts(start, stop) if whole]


def cut_blocks(stage: Stage, start: int, stop: int) -> list[int]:
    """Blocks between ``start`` and ``stop`` whose leaf is not whole there."""
    return [block for a, b, _, _, whole in stage.method.layout.parts(start, stop) if not whole for block in range(a, b)]


@dataclass(frozen=True)
class Piece:
    """What a chunk contributes to the statistics.

    Attributes
    ----------
    leaves : mapping of first block to Sums
        Of the leaves it holds whole.
    blocks : mapping of block to (block_size, replicates, elements) array
        Outputs of the blocks whose leaf it cuts.
    """

    leaves: dict[int, Sums]
    blocks: dict[int, FloatArray]


def totals(stage: Stage, pieces: Iterable[Piece]) -> Sums:
    """Sums of every scrambling, from the pieces of all chunks in block order.

    Returns
    -------
    arrays (scrambles, ...)

    Raises
    ------
    ValueError
        When a block is missing.
    """
    *_, (_, found) = growth(stage, pieces)
    return found


def growth(stage: Stage, pieces: Iterable[Piece]) -> Iterator[tuple[int, Sums]]:
    """Sums of every scrambling as its rows double: what smaller designs of the same seed would have given.

    Yields
    ------
    (rows of a scrambling, arrays (scrambles, ...))
        At 32, 64, 128, ... rows where a design grows by rows, and at the last at all of them.

    Raises
    ------
    ValueError
        When a block is missing.
    """
    layout = stage.method.layout
    trees = [Tree(stage.method) for _ in range(layout.scrambles)]
    pending = layout.leaves
    due = LEAF
    loose: dict[int, FloatArray] = {}
    known: dict[int, Sums] = {}
    leaf = next(pending, None)
    for piece in pieces:
        loose |= piece.blocks
        known |= piece.leaves
        while leaf is not None:
            first, last, scramble, _ = leaf
            if first in known:
                trees[scramble].push(known.pop(first))
            elif all(block in loose for block in range(first, last)):
                trees[scramble].push(leaf_sums(stage, first, np.stack([loose.pop(b) for b in range(first, last)])))
            else:
                break
            leaf = next(pending, None)
            # Every scrambling holds the rows before this leaf.
            if layout.grows and leaf is not None and leaf[2:] == (0, due):
                yield due, _together(trees)
                due *= 2
    if leaf is not None:
        raise ValueError(f"block {leaf[0]} of stage {stage.name} is missing")
    yield layout.rows, _together(trees)


def _together(trees: "list[Tree]") -> Sums:
    parts = [tree.total() for tree in trees]
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}
