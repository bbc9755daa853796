"""Designs in blocks: points of the unit cube grouped into the smallest sets that an estimator can use alone.

A Sobol' block is one base sample with its rows A, AB_i, BA_i, B; a Morris block is one trajectory. The block is the
unit of chunking, of resampling and of failure. Blocks are numbered leaf by leaf: a leaf is up to 32 consecutive rows
of one scrambling, and leaves of equal rows follow each other over the scramblings, so that a larger design begins
with the blocks of a smaller one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import FloatArray, IntArray

LEAF = 32
"""Rows of one scrambling whose sums are taken together: fixed, or the same study would give other bits."""

SIDE_A, SIDE_B = 0, 1
"""Which base row a point owes its randomness to: AB rows share A's stream, BA rows share B's."""


def ranked_units(factors: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """Every factor, then every group, with the columns of the design that each moves."""
    index = {name: i for i, name in enumerate(factors)}
    units = {name: [i] for name, i in index.items()}
    for group, members in groups.items():
        columns = [index[name] for name in members if name in index]
        if columns:
            units[group] = columns
    return units


@dataclass(frozen=True)
class Layout:
    """The blocks of a design: ``rows`` rows in each of ``scrambles`` independent scramblings.

    ``grows`` tells whether the first rows of a scrambling are a smaller design, or mean nothing without the others.
    """

    scrambles: int
    rows: int
    grows: bool = True

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return self.scrambles * self.rows

    def size(self, rows: int) -> int:
        """Size of the design with `rows` rows a scrambling: its rows, or its scramblings where only they can grow."""
        return self.scrambles * (rows if self.grows else 1)

    def leaf(self, number: int) -> tuple[int, int, int, int]:
        """One leaf as (first block, one past the last block, scrambling, first row)."""
        group, scramble = divmod(number, self.scrambles)
        row = group * LEAF
        size = min(LEAF, self.rows - row)
        first = row * self.scrambles + scramble * size
        return first, first + size, scramble, row

    @property
    def leaves(self) -> Iterator[tuple[int, int, int, int]]:
        """Every leaf, in block order."""
        return map(self.leaf, range(-(-self.rows // LEAF) * self.scrambles))

    def parts(self, start: int, stop: int) -> Iterator[tuple[int, int, int, int, bool]]:
        """Cut blocks ``start`` to ``stop`` at leaf borders.

        Yields
        ------
        (first block, one past the last, scrambling, first row, whether the whole leaf is inside)
        """
        number = start // (LEAF * self.scrambles) * self.scrambles
        while start < min(stop, self.blocks):
            first, last, scramble, row = self.leaf(number)
            number += 1
            if last > start:
                a, b = start, min(last, stop)
                yield a, b, scramble, row + a - first, (a, b) == (first, last)
                start = b

    def address(self, start: int, stop: int) -> tuple[IntArray, IntArray]:
        """Scrambling and row of blocks ``start`` to ``stop``."""
        scrambles, rows = [], []
        for a, b, scramble, row, _ in self.parts(start, stop):
            scrambles += [scramble] * (b - a)
            rows += list(range(row, row + b - a))
        return np.array(scrambles, dtype=np.int64), np.array(rows, dtype=np.int64)


@dataclass(frozen=True)
class Design:
    """Blocks of points in the unit cube, with the address of each block.

    Attributes
    ----------
    points : (blocks, block_size, factors)
        In [0, 1], or NaN where a factor is held at its nominal value.
    scramble, row : (blocks,)
        Address of each block.
    side : (block_size,)
        Which of a row's random streams a point uses: `SIDE_A`, `SIDE_B`, or another number.
    independent : tuple of int
        Points of a block that are drawn independently of each other.
    """

    points: FloatArray
    scramble: IntArray
    row: IntArray
    side: IntArray
    independent: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        blocks, size, _ = self.points.shape
        if self.scramble.shape != (blocks,) or self.row.shape != (blocks,) or self.side.shape != (size,):
            raise ValueError("the addresses of a design do not fit its points")
        if not np.all(((self.points >= 0.0) & (self.points <= 1.0)) | np.isnan(self.points)):
            raise ValueError("a design has points outside the unit cube")
        for array in (self.points, self.scramble, self.row, self.side):
            array.setflags(write=False)

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return int(self.points.shape[0])

    @property
    def flat(self) -> FloatArray:
        """The points as (blocks * block_size, factors)."""
        return self.points.reshape(-1, self.points.shape[2])

    def take(self, start: int, stop: int) -> "Design":
        """Blocks ``start`` to ``stop`` of this design."""
        return Design(
            self.points[start:stop], self.scramble[start:stop], self.row[start:stop], self.side, self.independent
        )
