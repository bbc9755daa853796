"""Runs on a real Slurm: job arrays that are killed, preempted and stopped, Dask workers in jobs. Same bits as here."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, content_hash, finish, markers, prepare, start, wait_for

TEMPLATE = ROOT / "sensitivity" / "templates" / "slurm"
PACE = 0.5
"""Seconds of a chunk: long enough to be found in flight."""

SCREEN = "seed: 3, screen: {method: morris, trajectories: 8, keep: 2}"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return content_hash(prepare(tmp_path_factory.mktemp("undisturbed")))


class Cluster:
    """The commands of Slurm, in a folder with a study and the batch files of the template."""

    def __init__(self, environment, folder):
        self.folder = prepare(folder)
        path = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
        self.environment = {**environment, "PATH": path, "PYTHONPATH": str(ROOT), "PACE": str(PACE)}
        for name in ("chunks.sbatch", "analyze.sbatch", "submit.sh"):
            shutil.copy(TEMPLATE / name, folder)
        batch = folder / "chunks.sbatch"
        batch.write_text(batch.read_text().replace("--array=0-63", "--array=0-3").replace("--mem=2G", "--mem=1G"))
        analyze = folder / "analyze.sbatch"
        text = analyze.read_text().replace("--mem=8G", "--mem=1G")
        analyze.write_text(text.replace("study.yaml", "study.yaml --json"))

    def call(self, *command):
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    def queued(self):
        """Jobs that wait or run."""
        return self.call("squeue", "-h", "-o", "%i %T %r").splitlines()

    def finish(self):
        """Wait for all jobs; the analysis, as text."""
        wait_for(lambda: not self.queued(), 120)
        logs = "\n".join(f"{path.name}: {path.read_text()}" for path in sorted(self.folder.glob("logs/*")))
        (analysis,) = self.folder.glob("logs/analyze-*.log")
        return analysis.read_text(), logs

    def programs(self, *words):
        """Processes of this cluster's jobs whose command holds all of these words."""
        found = []
        for path in Path("/proc").iterdir():
            try:
                if path.name.isdecimal():
                    command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    ours = self.environment["SLURM_CONF"].encode() in (path / "environ").read_bytes()
                    if ours and all(word in command for word in words):
                        found.append(int(path.name))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found


@pytest.fixture
def cluster(slurm, tmp_path):
    made = Cluster(slurm, tmp_path)
    yield made
    subprocess.run(["scancel", "--partition=main,urgent"], env=made.environment, capture_output=True, check=False)
    wait_for(lambda: not made.queued(), 60)


def test_an_array_with_a_killed_part_and_a_dependent_analysis(cluster, undisturbed):
    cluster.call("bash", "submit.sh")
    wait_for(lambda: markers(cluster.folder))
    victim = cluster.programs("bin/sensitivity", "--chunk")[0]
    part = Path(f"/proc/{victim}/cmdline").read_bytes().split(b"\0")[-2].decode()
    os.kill(victim, signal.SIGKILL)
    analysis, logs = cluster.finish()
    assert undisturbed in analysis, logs
    assert f"part {part}" in logs
    assert logs.count("restart 1") == 1
    assert logs.count("restart") == 5


def test_a_preempted_part_goes_on(cluster, undisturbed):
    cluster.call("bash", "submit.sh")
    wait_for(lambda: len(cluster.programs("bin/sensitivity", "--chunk")) == 4 and markers(cluster.folder))
    cluster.call("sbatch", "--partition=urgent", "--output=/dev/null", "--wrap=sleep 1")
    analysis, logs = cluster.finish()
    assert undisturbed in analysis, logs
    assert "stopped by SIGTERM: " in logs
    assert logs.count("restart 1") == 1


DASK = ("--set", "executor.kind=dask", "--set", "executor.slurm={memory: 1 GB, interface: lo}", "--workers", "3")


def test_dask_workers_in_jobs_of_which_one_is_killed(cluster, undisturbed):
    process = start(cluster.folder, *DASK, "--json", pace=PACE, **without(cluster.environment, "PACE"))
    wait_for(lambda: markers(cluster.folder) or process.poll() is not None)
    os.kill(cluster.programs("spawn_main")[0], signal.SIGKILL)
    out, _ = finish(process)
    assert undisturbed in out


@pytest.mark.slow
def test_dask_workers_in_jobs_of_which_one_is_cancelled(cluster, undisturbed):
    """All jobs but one are lost, and are replaced while the run goes on."""
    process = start(cluster.folder, *DASK, "--json", pace=4 * PACE, **without(cluster.environment, "PACE"))
    wait_for(lambda: len(cluster.programs("spawn_main")) == 3 and markers(cluster.folder))
    jobs = [line.split()[0] for line in cluster.queued()]
    cluster.call("scancel", *jobs[:2])
    wait_for(lambda: len({*jobs} | {line.split()[0] for line in cluster.queued()}) > 3)
    out, _ = finish(process)
    assert undisturbed in out


def test_slurm_says_what_it_refuses_of_a_worker(cluster):
    asked = ("--set", "executor.slurm={partition: nowhere, interface: lo}")
    _, err = finish(start(cluster.folder, *DASK, *asked, **without(cluster.environment, "PACE")), 2)
    assert "executor.slurm: Slurm refuses such a job: " in err
    assert "nvalid partition" in err


@pytest.mark.slow
def test_an_array_of_a_screened_study_goes_through_its_stages(cluster):
    study = cluster.folder / "study.yaml"
    study.write_text(study.read_text().replace("seed: 3", SCREEN))
    cluster.call("bash", "submit.sh")
    analysis, logs = cluster.finish()
    assert content_hash(cluster.folder, "--out", "here") in analysis, logs
    assert logs.count("restart 0") == 12


@pytest.mark.slow
def test_a_part_that_nears_its_time_limit_queues_itself_again(cluster, undisturbed):
    batch = cluster.folder / "chunks.sbatch"
    text = batch.read_text().replace("--array=0-3", "--array=0-0").replace("01:00:00", "00:01:00")
    batch.write_text(text.replace("USR1@120", "USR1@45"))
    cluster.environment["PACE"] = "3"
    cluster.call("bash", "submit.sh")
    analysis, logs = cluster.finish()
    assert undisturbed in analysis, logs
    assert "stopped by SIGUSR1: " in logs
    assert "restart 1" in logs


@pytest.mark.slow
def test_a_cancelled_part_is_never_started_again(cluster):
    cluster.call("bash", "submit.sh")
    wait_for(lambda: markers(cluster.folder))
    cluster.call("scancel", cluster.queued()[-1].split("_")[0].split()[0])
    wait_for(lambda: not cluster.queued(), 60)
    logs = "\n".join(path.read_text() for path in sorted(cluster.folder.glob("logs/*")))
    assert "stopped by SIGTERM: " in logs
    assert "restart 1" not in logs


def without(environment, name):
    return {key: value for key, value in environment.items() if key not in {name, "PYTHONPATH"}}
