"""The table of executors, and how many processors a process may use."""

import pytest

from sensitivity import executors
from sensitivity.executors.catalogue import EXECUTORS
from sensitivity.schema import ExecutorEntry


def test_every_executor_is_made_from_its_entry():
    for kind in EXECUTORS:
        made = executors.build(kind, 2, {})
        assert made.workers == 2
        made.close()


def test_the_keys_of_the_table_are_those_of_the_study_file():
    keys = {key for entry in EXECUTORS.values() for key in entry.keys}
    assert keys | {"kind", "workers", "chunk_size"} == set(ExecutorEntry.model_fields)


@pytest.mark.parametrize(
    ("variables", "count"),
    [
        ({"SLURM_CPUS_PER_TASK": "3", "SLURM_CPUS_ON_NODE": "7"}, 3),
        ({"SLURM_CPUS_ON_NODE": "7"}, 7),
        ({"SLURM_CPUS_ON_NODE": "7(x2)"}, None),
        ({}, None),
    ],
)
def test_a_job_uses_the_processors_that_it_asked_for(monkeypatch, variables, count):
    for name in ("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"):
        monkeypatch.delenv(name, raising=False)
    here = executors.cpu_count()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert executors.cpu_count() == (count or here)
