"""What the analysis promises in time and memory, against others in the same run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def report(script, *options):
    command = [sys.executable, str(Path(__file__).with_name(script)), "--json", *options]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.bench
def test_two_hundred_outputs_take_a_hundredth_of_salibs_time():
    cases = {case["outputs"]: case for case in report("indices.py", "--repeats", "1")["cases"]}
    assert set(cases) == {1, 10, 200}
    assert cases[200]["seconds"] <= 3.0
    assert cases[200]["peers"]["SALib"]["ratio"] >= 100.0


@pytest.mark.slow
def test_errors_are_those_measured_elsewhere_and_intervals_cost_little():
    """The published figures have two digits: 3 % is their rounding."""
    for entry in report("errors.py", "--jobs", "2"):
        assert all(ratio <= 1.03 for ratio in entry["one_over_published"]), entry
        assert all(ratio <= 2.5 for ratio in entry["sixteen_over_one"]), entry


@pytest.mark.slow
def test_memory_does_not_grow_with_the_design():
    for case in report("memory.py")["cases"]:
        assert case["large"]["runs"] == 32 * case["small"]["runs"]
        assert case["ratio"] <= 1.2, case
