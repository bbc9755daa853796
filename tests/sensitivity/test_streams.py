"""Addressed randomness: every run its own stream, the same wherever it runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensitivity.streams import Purpose, addresses, design_seed, generators, key


def grid(*sizes):
    return [a.ravel() for a in np.meshgrid(*map(np.arange, sizes), indexing="ij")]


def test_every_address_is_another_key():
    scramble, row, side, replicate = grid(5, 40, 2, 7)
    keys = addresses(0, scramble, row, side, replicate)
    assert len({tuple(k) for k in keys.tolist()}) == len(keys)


@given(st.integers(0, 2**12 - 1), st.integers(0, 2**34 - 1), st.integers(0, 3), st.integers(0, 2**16 - 1))
def test_fields_do_not_overlap(scramble, row, side, replicate):
    word = int(addresses(1, *(np.array([v]) for v in (scramble, row, side, replicate)))[0, 1])
    assert word & (2**34 - 1) == row
    assert (word >> 34) & 3 == side
    assert (word >> 36) & (2**12 - 1) == scramble
    assert word >> 48 == replicate


def test_too_large_an_address_is_refused():
    one = np.array([0])
    with pytest.raises(ValueError, match="does not fit"):
        addresses(1, np.array([2**12]), one, one, one)


def test_seed_zero_is_a_seed_and_seeds_differ():
    assert key(0, Purpose.RUN) == key(0, Purpose.RUN)
    seeds = [0, 1, 2, 2**32, 2**63 - 1, 2**127]
    assert len({key(seed, Purpose.RUN) for seed in seeds}) == len(seeds)
    assert len({key(0, purpose) for purpose in Purpose}) == len(Purpose)


@given(st.integers(0, 2**64), st.integers(0, 10_000))
def test_sampler_seeds_are_never_zero(seed, path):
    assert 1 <= design_seed(seed, path) < 2**32


def test_a_generator_is_a_pure_function_of_its_address():
    keys = addresses(7, *(np.array([0, 1, 2]) for _ in range(4)))
    once = [g.standard_normal(3).tolist() for g in generators(keys)]
    again = [g.standard_normal(3).tolist() for g in generators(keys[::-1])][::-1]
    assert once == again
    assert once[0] != once[1]
