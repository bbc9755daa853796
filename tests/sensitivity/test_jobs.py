"""What a run directory remembers of the jobs that worked in it, and how a run tells how far it is."""

import json
import os
import re
import signal
import sys

import numpy as np
import pytest

import sensitivity
from sensitivity import api, progress
from sensitivity.errors import Stopped
from sensitivity.machine import code_version, machine_class
from sensitivity.run import Progress
from tests.processes import content_hash, finish, markers, prepare, start, wait_for


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(prepare(tmp_path))
    return tmp_path


def manifest(folder):
    return json.loads(next(folder.glob("results/*/manifest.json")).read_text())


def test_every_job_of_a_directory_is_in_its_manifest_and_result(folder):
    """Stopped, gone on with, run again, grown, analysed: in this order, each with its end and its log."""
    counts = iter(range(100))
    with pytest.raises(Stopped):
        api.run_study("study.yaml", stop=lambda: next(counts) >= 3)
    opened, _ = api.run_study("study.yaml")
    run = opened.directory.path
    api.run_study("study.yaml", share=api.share("0/2"))
    api.extend_run(run, ["design.n_base=256"])
    api.analyse_run(run)
    jobs = manifest(folder)["jobs"]
    assert [job["end"].split(":")[0] for job in jobs] == ["Stopped", *["finished"] * 4]
    assert [job["share"] for job in jobs] == ["", "", "0/2", "", ""]
    assert [job["started"] for job in jobs] == sorted(job["started"] for job in jobs)
    for job in jobs:
        assert job["machine"] == machine_class()
        assert job["python"] == sys.version.split()[0]
        assert job["code_sha256"] == code_version()["code_sha256"]
        assert "T" in job["finished"]
    assert json.loads(sensitivity.load(run)["provenance"].attrs["jobs"]) == jobs
    (grown,) = manifest(folder)["extensions"]
    assert (grown["before"]["sobol"]["n_base"], grown["after"]["sobol"]["n_base"]) == (128, 256)
    assert grown["when"] == jobs[3]["started"]
    logs = [(run / "logs" / f"{job['job']}.log").read_text() for job in jobs]
    assert [len(re.findall(r"chunk \d+: 64 runs, 0 failed", log)) for log in logs] == [3, 13, 0, 16, 0]
    assert all(re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S.*\n)+", log) for log in logs)
    assert "sobol n_base 128 to 256" in opened.directory.report.read_text()


def test_a_job_without_an_end_was_killed(tmp_path):
    folder = prepare(tmp_path)
    process = start(folder, pace=0.3)
    wait_for(lambda: markers(folder))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    content_hash(folder)
    jobs = manifest(folder)["jobs"]
    assert ["end" in job for job in jobs] == [False, True]


def test_chunks_of_several_classes_of_machines_are_counted_and_warned_of(tmp_path):
    """NumPy told to do without its vector instructions is another machine as far as bits are concerned."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    assert found, "this machine has no vector instructions beyond NumPy's baseline: test elsewhere"
    folder = prepare(tmp_path)
    finish(start(folder, "--chunk", "0/4", NPY_DISABLE_CPU_FEATURES=" ".join(found)))
    _, err = finish(start(folder))
    assert sorted(manifest(folder)["machines"].values()) == [4, 12]
    assert re.search(r"warning: machines of several classes, which may differ in the last bits: .*12 chunks on", err)


def test_a_record_that_was_damaged_is_left_out(folder):
    opened, _ = api.run_study("study.yaml")
    (job,) = (opened.directory.path / "jobs").iterdir()
    job.write_text("{")
    _, tree = api.analyse_run(opened.directory.path)
    assert len(json.loads(tree["provenance"].attrs["jobs"])) == 1


def test_lines_tell_how_far_and_how_long_at_most_every_thirty_seconds(monkeypatch, capsys):
    clock = iter([1000.0, 1010.0, 1031.0, 1040.0, 5000.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.ProgressReport() as report:
        for done in (4, 5, 6, 7, 64):
            report(Progress("sobol", 64, done, 100 * (done - 4), 1))
    lines = capsys.readouterr().err.splitlines()
    assert [re.search(r"stage=sobol (.*)", line)[1] for line in lines] == [
        "chunk=4/64 done=6% runs=0 failed=1 rate=0/s",
        "chunk=6/64 done=9% runs=200 failed=1 rate=6/s eta=14:59",  # 31 s for 2 chunks, 58 are left
        "chunk=64/64 done=100% runs=6000 failed=1 rate=2/s",
    ]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", line) for line in lines)
    assert progress._clock(4000) == "1:06:40"
