"""Addressed randomness: every number is a function of what it is for, never of when or where it is drawn.

Philox4x32-10 (Salmon 2011, doi 10.1145/2063384.2063405) turns a counter of four 32-bit words under a key of two into
four random words. A run's key is made of its stream, which holds root seed, purpose of the framework, scrambling, base
row, side and replicate, and of what the model draws for and for which patient or cell. The counter is replicate, step,
channel and draw. Runs that share an address share the number, whatever else they draw: that is what common random
numbers across design points are.

The functions are plain arithmetic on 64-bit words: they take NumPy arrays, and numbers inside compiled kernels.
"""

from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from models.engine.stochastic.purpose import Purpose

Words = NDArray[np.uint64]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_UP, _DOWN = np.uint64(20), np.uint64(12)


@register_jitable(error_model="numpy")
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Return four random words for a counter of four words and a key of two.

    Parameters
    ----------
    c0, c1, c2, c3, k0, k1 : uint64
        Each below 2**32.
    """
    for _ in range(10):
        a, b = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (b >> _HALF) ^ c1 ^ k0, b & _LOW, (a >> _HALF) ^ c3 ^ k1, a & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@register_jitable(error_model="numpy")
def fraction(high: Any, low: Any) -> Any:
    """Return the uniform number that two words stand for: 52 bits, in the middle of its interval, never 0 or 1."""
    return ((high << _UP) ^ (low >> _DOWN)) * 2.0**-52 + 2.0**-53


@register_jitable(error_model="numpy")
def uniform(k0: Any, k1: Any, replicate: Any, step: Any, channel: Any, draw: Any) -> Any:
    """Return the uniform number in (0, 1) at an address under the key of a run."""
    a, b, _, _ = philox(np.uint64(draw), np.uint64(channel), np.uint64(step), np.uint64(replicate), k0, k1)
    return fraction(a, b)


def keys(streams: Words, purpose: Purpose, patient: int = 0) -> Words:
    """Return the keys of runs.

    Parameters
    ----------
    streams : (n, 2) uint64
        Addresses of the runs.
    patient : int
        Patient or cell within the run, below 2**32.

    Returns
    -------
    (n, 2) uint64
        Two words each. For one root seed, purpose and patient, different runs have different words before they are
        cut to 64 bits.
    """
    run, root = streams[:, 1], streams[:, 0]
    a, b, _, _ = philox(
        run & _LOW, run >> _HALF, np.uint64(patient), np.uint64(int(purpose)), root & _LOW, root >> _HALF
    )
    return np.column_stack([a, b])
