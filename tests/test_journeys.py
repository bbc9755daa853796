"""First steps of four users, every command of them run: laptop, cluster, own model, reviewer."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import sensitivity
from tests.processes import ROOT, call, wait_for
from tests.slurm import conftest

slurm = conftest.slurm

pytestmark = pytest.mark.slow  # some thirty commands, each in a process of its own


def last(done):
    return done.stdout.splitlines()[-1]


def test_a_pharmacologist_on_a_laptop(tmp_path):
    """init, validate, run, read; then one range edited, which is another study beside the first."""
    call("init", "my-study", cwd=tmp_path)
    folder = tmp_path / "my-study"
    assert "12 factors, 3 outputs" in call("validate", "study.yaml", cwd=folder).stdout
    small = ("--set", "design.screen.trajectories=10", "--set", "design.screen.check=16")
    done = call("run", "study.yaml", *small, cwd=folder)
    run = last(done)
    assert "next: open results/study-" in done.stderr
    assert (folder / run / "report.html").is_file()
    assert "dm1_auc" in call("show", run, "--top", "3", cwd=folder).stdout
    text = (folder / "study.yaml").read_text()
    (folder / "study.yaml").write_text(text.replace("low: 0.7, high: 0.95", "low: 0.5, high: 0.95"))
    other = last(call("run", "study.yaml", *small, cwd=folder))
    assert other != run
    listed = json.loads(call("ls", "--json", cwd=folder).stdout)
    assert {row["state"] for row in listed} == {"done"}
    assert len(listed) == 2


def test_a_student_on_a_cluster(tmp_path):
    """plan, parts of a job array that know nothing of each other, the analysis, and a larger design."""
    call("init", "--from", "own-model", "big", cwd=tmp_path)
    folder = tmp_path / "big"
    small = ("--set", "design.n_base=512", "--set", "executor.chunk_size=64")
    plan = json.loads(call("plan", "study.yaml", "--json", *small, cwd=folder).stdout)
    assert plan["runs"] == 512 * 10
    for index in range(4):  # one task of the array each; running any of them again changes nothing
        run = last(call("run", "study.yaml", *small, "--chunk", f"{index}/4", cwd=folder))
        if index == 1:
            assert "chunks" in call("ls", cwd=folder).stdout
            assert "missing" in call("analyze", run, cwd=folder, code=75).stderr
    call("run", "study.yaml", *small, "--chunk", "0/4", cwd=folder)
    alone = json.loads(call("analyze", run, "--json", cwd=folder).stdout)
    call("report", run, cwd=folder)
    whole = json.loads(call("run", "study.yaml", *small, "--out", "elsewhere", "--json", cwd=folder).stdout)
    assert alone["content_hash"] == whole["content_hash"]
    grown = json.loads(call("extend", run, "--set", "design.n_base=1024", "--json", cwd=folder).stdout)
    assert grown["runs"] == 1024 * 10
    assert grown["run"].endswith(run)


def test_a_student_submits_to_slurm(slurm, tmp_path):
    """init, a look at the batch files, submit; the result is that of one machine, bit for bit."""
    call("init", "--from", "slurm", "big", cwd=tmp_path)
    folder = tmp_path / "big"
    study, batch = folder / "study.yaml", folder / "chunks.sbatch"
    small = study.read_text().replace("n_base: 16384", "n_base: 512").replace("second_order: true", "scrambles: 4")
    study.write_text(small.replace("trajectories: 64, keep: 12", "trajectories: 10, keep: 3"))
    batch.write_text(batch.read_text().replace("--array=0-63", "--array=0-1").replace("--mem=2G", "--mem=1G"))
    analyze = folder / "analyze.sbatch"
    analyze.write_text(analyze.read_text().replace("--mem=8G", "--mem=1G"))
    path = os.pathsep.join([os.path.dirname(sys.executable), slurm["PATH"]])
    environment = {**slurm, "PATH": path, "PYTHONPATH": str(ROOT)}

    def shell(*command):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    shell("bash", "submit.sh")
    wait_for(lambda: not shell("squeue", "-h").strip(), 900)
    logs = "\n".join(path.read_text() for path in folder.glob("logs/*"))
    (listed,) = json.loads(call("ls", "--json", cwd=folder).stdout)
    assert listed["state"] == "done", logs
    whole = json.loads(call("run", "study.yaml", "--out", "elsewhere", "--json", cwd=folder).stdout)
    tree = sensitivity.load(folder / "results" / listed["run"])
    assert tree.attrs["content_hash"] == whole["content_hash"]


def test_a_methodologist_with_her_own_model(tmp_path):
    """A function beside the study, checked for hidden state; other estimators; the result in Python and for SALib."""
    call("init", "--from", "own-model", ".", cwd=tmp_path)
    call("validate", "study.yaml", cwd=tmp_path)
    run = last(call("run", "study.yaml", "--set", "design.n_base=512", cwd=tmp_path))
    assert "ks_distance" in call("show", run, "--given", "--json", cwd=tmp_path).stdout
    efast = ("--set", "design={method: efast, n: 129, curves: 4, seed: 1}")
    call("run", "study.yaml", *efast, cwd=tmp_path)
    tree = sensitivity.load(tmp_path / run)
    assert tree.sa.rank("auc").index[0] == "clearance"
    call("export", run, "--to", "salib", cwd=tmp_path)
    model = (tmp_path / "mymodel.py").read_text()
    (tmp_path / "mymodel.py").write_text(
        model.replace('x["clearance"], ', 'x["clearance"] - x["clearance"].mean() + 5, ')
    )
    assert "E132" in call("validate", "study.yaml", cwd=tmp_path, code=3).stderr
    assert "hidden state" in call("explain", "E132").stdout or "other runs" in call("explain", "E132").stdout


def test_a_reviewer_reproduces_a_figure(tmp_path):
    """A run directory by mail: simulated again in part, compared with another, and its assumptions as a table."""
    call("init", "--from", "own-model", "authors", cwd=tmp_path)
    small = ("--set", "design.n_base=512", "--set", "executor.kind=serial")
    run = tmp_path / "authors" / last(call("run", "study.yaml", *small, cwd=tmp_path / "authors"))
    assert "reproduced" in call("reproduce", run, "--sample", "16").stderr
    assert "assumed" in call("show", run, "--assumptions").stdout
    mine = (
        tmp_path
        / "authors"
        / last(call("run", "study.yaml", *small, "--set", "design.seed=2", cwd=tmp_path / "authors"))
    )
    assert "differ" in call("compare", run, mine, code=7).stderr
    figure = tmp_path / "bars.svg"
    call("plot", run, "bars", "--output", "auc", "--out", figure)
    assert figure.stat().st_size > 1000
    copy = tmp_path / "altered"
    shutil.copytree(run, copy)
    chunk = next((copy / "chunks" / "sobol").glob("*.npz"))
    os.chmod(chunk, 0o644)
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"x")
    assert call("reproduce", copy, "--sample", "16", code=75).stderr
