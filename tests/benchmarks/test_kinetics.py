"""The benchmark runs, prints what it promises, and compares solvers that are accurate; speed is for its reader."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_the_report_is_complete_and_every_solver_accurate():
    script = Path(__file__).with_name("kinetics.py")
    command = [sys.executable, str(script), "--json", "--rows", "2", "--repeats", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert list(found) == ["workloads"]
    for workload in found["workloads"]:
        assert set(workload) == {"name", "rows_per_s", "max_rel_error", "peers"}
        assert {"libroadrunner", "scipy_lsoda", "scipy_odeint"} <= set(workload["peers"])
        for result in (workload, *workload["peers"].values()):
            assert result["rows_per_s"] > 0.0
            assert 0.0 < result["max_rel_error"] < 1e-3  # speeds are compared at 1e-4; a rung may lie beside it
        for peer in workload["peers"].values():
            assert peer["ratio"] == pytest.approx(workload["rows_per_s"] / peer["rows_per_s"])


@pytest.mark.bench
def test_the_costs_beside_speed_are_told():
    script = Path(__file__).with_name("engine.py")
    done = subprocess.run([sys.executable, str(script), "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["workers"]["ratio"] > 1.0
    assert 4.0 < found["classes"]["ratio_32_over_4"] < 16.0  # 8 is linear
    for network in found["compile"].values():
        assert 0.0 < network["cached_s"] < network["first_s"]
