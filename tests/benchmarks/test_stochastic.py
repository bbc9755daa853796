"""The benchmark runs, checks every simulator against exact moments, and prints what it promises."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_the_report_is_complete():
    script = Path(__file__).with_name("stochastic.py")
    command = [sys.executable, str(script), "--json", "--trajectories", "2000", "--repeats", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (network,) = json.loads(done.stdout)["networks"]
    assert {"ours_ssa", "ours_langevin", "ours_tau"} <= set(network["solvers"])
    assert network["events_per_trajectory"] == pytest.approx(5416.0, rel=0.01)
    exactly = network["solvers"]["ours_ssa"]
    assert exactly["events_per_s"] == pytest.approx(exactly["trajectories_per_s"] * network["events_per_trajectory"])
    for solver in network["solvers"].values():
        assert solver["trajectories_per_s"] > 0.0
