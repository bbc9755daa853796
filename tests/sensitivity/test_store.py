"""Chunk files: whole or not there, and never believed without their checksum."""

import json
import multiprocessing

import numpy as np
import pytest

from sensitivity.store import RunDirectory, dump_json, write_atomically, write_once

HEADER = {"plan": "abc", "start": 0, "stop": 4}
ARRAYS = {"y": np.arange(8.0).reshape(4, 2), "leaves": np.array([], dtype=np.int64)}


@pytest.fixture
def run(tmp_path):
    directory = RunDirectory(tmp_path / "study-01234567")
    directory.write_chunk("sobol", 3, HEADER, ARRAYS)
    return directory


def test_a_chunk_comes_back_as_it_was_written(run):
    chunk = run.read_chunk("sobol", 3, HEADER)
    assert np.array_equal(chunk.arrays["y"], ARRAYS["y"])
    assert chunk.arrays["leaves"].dtype == np.int64
    assert chunk.header["start"] == 0


def test_the_same_chunk_is_the_same_bytes(run, tmp_path):
    other = RunDirectory(tmp_path / "elsewhere")
    other.write_chunk("sobol", 3, HEADER, dict(reversed(ARRAYS.items())))
    assert run.payload("sobol", 3).read_bytes() == other.payload("sobol", 3).read_bytes()
    assert run.marker("sobol", 3).read_bytes() == other.marker("sobol", 3).read_bytes()


@pytest.mark.parametrize("where", [0, 100, -100, -1])
def test_one_flipped_bit_is_noticed(run, where):
    path = run.payload("sobol", 3)
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)
    assert run.read_chunk("sobol", 3, HEADER) is None


def test_torn_missing_swapped_and_foreign_chunks_do_not_count(run):
    path = run.payload("sobol", 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert run.read_chunk("sobol", 3, HEADER) is None
    path.write_bytes(whole)
    assert run.read_chunk("sobol", 3, {**HEADER, "plan": "other"}) is None
    assert run.read_chunk("sobol", 3, {**HEADER, "stop": 5}) is None
    run.write_chunk("sobol", 4, {**HEADER, "start": 4, "stop": 8}, ARRAYS)
    path.write_bytes(run.payload("sobol", 4).read_bytes())
    run.marker("sobol", 3).write_bytes(run.marker("sobol", 4).read_bytes())
    assert run.read_chunk("sobol", 3, HEADER) is None
    run.marker("sobol", 4).unlink()
    assert run.read_chunk("sobol", 4, {**HEADER, "start": 4, "stop": 8}) is None
    assert run.read_chunk("sobol", 9, HEADER) is None


def test_a_marker_that_is_not_json_does_not_count(run):
    run.marker("sobol", 3).write_bytes(b"\x00\xff")
    assert run.read_chunk("sobol", 3, HEADER) is None
    run.marker("sobol", 3).write_bytes(b"[]")
    assert run.read_chunk("sobol", 3, HEADER) is None


def test_no_pickle_is_read(run):
    """An object array would need a pickle: the archive refuses to hold one."""
    with pytest.raises(ValueError, match="Object arrays"):
        run.write_chunk("sobol", 5, HEADER, {"y": np.array([{"a": 1}], dtype=object)})


def _writer(path, text, queue):
    queue.put(write_once(path, text))


def test_of_many_first_writers_one_wins(tmp_path):
    path = tmp_path / "plan.json"
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    texts = [dump_json({"writer": i}) for i in range(8)]
    processes = [context.Process(target=_writer, args=(path, text, queue)) for text in texts]
    for process in processes:
        process.start()
    won = [queue.get(timeout=30) for _ in processes]
    for process in processes:
        process.join()
    assert sum(won) == 1
    assert json.loads(path.read_bytes())["writer"] in range(8)
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_replacing_leaves_nothing_beside(tmp_path):
    write_atomically(tmp_path / "a" / "b.json", b"1")
    write_atomically(tmp_path / "a" / "b.json", b"2")
    assert (tmp_path / "a" / "b.json").read_bytes() == b"2"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.json"]
