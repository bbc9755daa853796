"""Dask workers as Slurm jobs, by dask-jobqueue: a job that is lost is submitted again."""

import subprocess
from collections.abc import Mapping
from typing import Any

from sensitivity.errors import UsageError

EXPORTS = (
    "export NUMBA_NUM_THREADS=${NUMBA_NUM_THREADS:-1}",
    # Read by the worker, where the settings of the parent do not reach.
    "export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False",
    "export DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL=10s",
    "export DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL=1s",
)


def cluster(jobs: int, asked: Mapping[str, Any]) -> Any:
    """Cluster of `jobs` jobs of one worker and one thread each.

    Parameters
    ----------
    asked : mapping
        The keys of ``executor.slurm`` in a study file.

    Raises
    ------
    UsageError
        When Slurm would refuse such a job; says why in its words.
    """
    from dask_jobqueue import SLURMCluster

    made = SLURMCluster(
        cores=1,
        processes=1,
        memory=asked["memory"],
        walltime=asked["walltime"],
        queue=asked.get("partition"),
        account=asked.get("account"),
        interface=asked.get("interface"),
        job_extra_directives=asked["options"],
        job_script_prologue=list(EXPORTS),
        worker_extra_args=["--memory-limit", "0", "--no-dashboard"],  # Slurm decides on memory
        scheduler_options={"dashboard_address": None},
        log_directory="logs",
        job_name="sensitivity-worker",
    )
    try:
        _try(made.job_script())
        # Not scale: that would not replace a job that is lost.
        made.adapt(minimum_jobs=jobs, maximum_jobs=jobs, interval="1s")
    except BaseException:
        made.close()
        raise
    return made


def _try(script: str) -> None:
    try:
        tried = subprocess.run(["sbatch", "--test-only"], input=script, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UsageError("executor.slurm: there is no sbatch here; run this where jobs are submitted") from None
    if tried.returncode:
        said = " ".join(tried.stderr.replace("sbatch: error: ", "").replace("allocation failure: ", "").split())
        raise UsageError(f"executor.slurm: Slurm refuses such a job: {said}")
