"""Addressed randomness: a run's stream is keyed by what the run is, never by where or when it ran.

The address of a run is the key of a Philox4x64 counter-based generator (Salmon et al. 2011,
doi 10.1145/2063384.2063405): two 64-bit words. The first holds the root seed and the purpose, the second packs
scrambling, base row, side and replicate into bit fields, so that different runs have different keys by construction.
The counter is the model's own.
"""

from enum import IntEnum

import numpy as np

from sensitivity.contracts import IntArray, StreamArray

ROW_BITS, SIDE_BITS, SCRAMBLE_BITS, REPLICATE_BITS = 34, 2, 12, 16
SIDES = 1 << SIDE_BITS


class Purpose(IntEnum):
    """What randomness is for: purposes never share a stream."""

    DESIGN = 0
    RUN = 1
    CHECK = 2
    SCREEN = 3
    RANKING = 4
    CONVERGENCE = 5
    PILOT = 6
    SHAPLEY = 7
    SCREEN_CHECK = 8
    PATIENTS = 9


def key(seed: int, purpose: Purpose, *path: int) -> int:
    """64-bit word from the root seed, a purpose and further coordinates (SeedSequence hashing)."""
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(int(purpose), *path))
    return int(sequence.generate_state(1, np.uint64)[0])


def of_patients(seed: int) -> StreamArray:
    """Return the stream, (2,) uint64, of the one set of subjects that a study shows at its nominal point."""
    return np.array([key(seed, Purpose.PATIENTS), 0], dtype=np.uint64)


def design_seed(seed: int, *path: int) -> int:
    """Seed in [1, 2**32 - 1] for a sampler: never 0, which SALib takes for "no seed"."""
    return key(seed, Purpose.DESIGN, *path) % (2**32 - 1) + 1


def addresses(seed: int, scramble: IntArray, row: IntArray, side: IntArray, replicate: IntArray) -> StreamArray:
    """Philox keys of runs.

    Parameters
    ----------
    scramble, row, side, replicate : (n,)

    Returns
    -------
    (n, 2) uint64

    Raises
    ------
    ValueError
        When a coordinate does not fit its bit field.
    """
    fields = ((row, ROW_BITS), (side, SIDE_BITS), (scramble, SCRAMBLE_BITS), (replicate, REPLICATE_BITS))
    packed = np.zeros(len(row), dtype=np.uint64)
    shift = 0
    for values, bits in fields:
        if np.any(values < 0) or np.any(values >= 1 << bits):
            raise ValueError(f"a run's address does not fit: {values.max()} needs more than {bits} bits")
        packed |= values.astype(np.uint64) << np.uint64(shift)
        shift += bits
    keys = np.empty((len(row), 2), dtype=np.uint64)
    keys[:, 0] = key(seed, Purpose.RUN)
    keys[:, 1] = packed
    return keys


def generators(streams: StreamArray) -> list[np.random.Generator]:
    """One generator a run, for functions that draw their own random numbers."""
    return [np.random.Generator(np.random.Philox(key=stream)) for stream in streams]
