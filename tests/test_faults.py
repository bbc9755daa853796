"""A run that is killed, starved of disk, damaged or started twice: nothing lost, nothing wrong, the same bits."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.processes import ROOT, content_hash, finish, markers, prepare, start, wait_for


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return content_hash(prepare(tmp_path_factory.mktemp("undisturbed")))


def faults(kind, folder, first, stride):
    # Two chunks: the steps of a third are those of the second.
    study = folder / "study.yaml"
    study.write_text(study.read_text().replace("chunk_size: 8", "chunk_size: 64"))
    (folder / "work").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", kind, study, folder / "work", str(first), str(stride)],
        cwd=ROOT, capture_output=True, text=True, timeout=580,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_a_kill_at_any_step_of_the_storage_changes_nothing(tmp_path, undisturbed, stride):
    found = faults("kill", prepare(tmp_path), 1, stride)
    assert len(found) * stride >= 30  # 4 steps a file; plan, stage, config, 2 chunks with markers, result, report, ...
    for fault in found:
        assert fault["status"] == -signal.SIGKILL, fault
        assert (fault["again"], fault["hash"], fault["left"]) == (0, undisturbed, []), fault


@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_a_disk_that_is_full_at_any_step_is_said_and_the_run_goes_on_later(tmp_path, undisturbed, stride):
    found = faults("full", prepare(tmp_path), 1, stride)
    assert len(found) * stride >= 20
    for fault in found:
        assert fault["status"] == 1, fault
        assert "error: the disk is full. What is finished is kept: make room and run again" in fault["text"]
        assert "Traceback" not in fault["text"]
        assert (fault["again"], fault["hash"], fault["left"]) == (0, undisturbed, []), fault


def flip(path, rng, others):
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def truncate(path, rng, others):
    os.truncate(path, rng.randrange(path.stat().st_size))


def delete(path, rng, others):
    path.unlink()


def swap(path, rng, others):
    """Exchange a chunk, payload and marker, with another."""
    other = rng.choice([p for p in others if p.suffix == path.suffix and p != path])
    for suffix in (".npz", ".json"):
        a, b = path.with_suffix(suffix), other.with_suffix(suffix)
        first, second = a.read_bytes(), b.read_bytes()
        a.write_bytes(second)
        b.write_bytes(first)


@pytest.mark.parametrize(("damage", "times"), [(flip, 500), (truncate, 100), (delete, 100), (swap, 20)])
def test_damaged_chunks_are_never_believed(damaged, damage, times):
    """Every damage alone, down to a bit of a marker, makes its chunk count as missing."""
    stage, opened = damaged
    rng = random.Random(1)
    files = sorted(opened.directory.path.glob("chunks/sobol/*"))
    for _ in range(times):
        path = rng.choice(files)
        whole = {p: p.read_bytes() for p in files}
        number = int(path.stem)
        assert opened.directory.read_chunk("sobol", number, stage.header(number)) is not None
        damage(path, rng, files)
        assert opened.directory.read_chunk("sobol", number, stage.header(number)) is None, path
        for p, data in whole.items():
            if not p.exists() or p.read_bytes() != data:
                p.write_bytes(data)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    from sensitivity import plan

    folder = prepare(tmp_path_factory.mktemp("damaged"))
    content_hash(folder)
    opened = plan.load(next((folder / "results").iterdir()))
    return plan.load_stage(opened, "sobol"), opened


@pytest.mark.parametrize("damage", [flip, truncate, delete, swap])
def test_damaged_chunks_are_made_again(tmp_path, undisturbed, damage):
    folder = prepare(tmp_path)
    content_hash(folder)
    rng = random.Random(2)
    files = sorted(folder.glob("results/*/chunks/sobol/*"))
    for path in rng.sample([p for p in files if p.suffix == ".npz"], 5):
        damage(path, rng, files)
    assert content_hash(folder) == undisturbed


@pytest.mark.parametrize("times", [2, pytest.param(200, marks=pytest.mark.slow)])
def test_random_kills_lose_nothing(tmp_path, undisturbed, times):
    """Kills anywhere between the start and the end; after ten of them the run may finish, and the next one begins."""
    rng = random.Random(times)
    for series in range(-(-times // 10)):
        folder = tmp_path / str(series)
        folder.mkdir()
        prepare(folder)
        for _ in range(min(10, times)):
            process = start(folder, pace=0.05)
            time.sleep(rng.uniform(0.5, 4.0))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        assert content_hash(folder) == undisturbed


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_two_runs_started_at_once_have_one_owner_and_the_same_bits(tmp_path, undisturbed, times):
    for series in range(times):
        folder = tmp_path / str(series)
        folder.mkdir()
        prepare(folder)
        pair = [start(folder, "--json", pace=0.05) for _ in range(2)]
        ends = [finish(process) for process in pair]
        assert {json.loads(out)["content_hash"] for out, _ in ends} == {undisturbed}
        worked = [int(n) for _, err in ends for n in re.findall(r"chunk=16/16 done=100% runs=(\d+)", err)]
        assert sorted(worked) == [0, 128 * 8]  # all rows by one, none by the other


def test_a_second_run_says_whom_it_waits_for_and_takes_over_when_that_dies(tmp_path, undisturbed):
    folder = prepare(tmp_path)
    first = start(folder, pace=0.5)
    wait_for(lambda: markers(folder))
    second = start(folder, "--json")
    time.sleep(3.0)  # it is up and waits
    assert second.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    out, err = finish(second)
    assert re.search(rf"waiting for process {first.pid} on \S+, which is running results/study-", err)
    assert json.loads(out)["content_hash"] == undisturbed
