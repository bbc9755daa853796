"""Dask workers as Slurm jobs, by dask-jobqueue: a job that is lost is submitted again."""

import logging
import subprocess
from collections.abc import Mapping
from typing import Any

from sensitivity.errors import UsageError, WorkerLost

LOGS = "logs"
"""Folder, where the run was started, of what the jobs write."""

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
        When Slurm would refuse such a job, or something asked is not there; says why in their words.
    """
    from dask_jobqueue import SLURMCluster

    try:
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
            log_directory=LOGS,
            silence_logs=logging.CRITICAL,  # what a user must know is raised
            job_name="sensitivity-worker",
        )
    except (RuntimeError, ValueError) as error:
        raise UsageError(f"executor.slurm: {error.__cause__ or error}") from None
    try:
        _try(made.job_script())
        # Not scale: that would not replace a job that is lost.
        made.adapt(minimum_jobs=jobs, maximum_jobs=jobs, interval="1s")
    except BaseException:
        made.close()
        raise
    return made


def check_alive(made: Any) -> None:
    """Check a cluster that has had no worker for some time.

    Raises
    ------
    WorkerLost
        When none of its jobs waits or runs: there will be none.
    """
    jobs = ",".join(str(job.job_id) for job in list(made.workers.values()) if job.job_id)
    if jobs and not _call("squeue", "--noheader", "--format=%i", f"--jobs={jobs}").stdout.strip():
        raise WorkerLost(
            f"the worker jobs {jobs} ended before they could work, or do not reach this host "
            f"(executor.slurm.interface); {LOGS}/ says why. What is finished is kept"
        )


def _try(script: str) -> None:
    tried = _call("sbatch", "--test-only", text=script)
    if tried.returncode:
        said = " ".join(tried.stderr.replace("sbatch: error: ", "").replace("allocation failure: ", "").split())
        raise UsageError(f"executor.slurm: Slurm refuses such a job: {said}")


def _call(*command: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UsageError(f"executor.slurm: there is no {command[0]} here; run this where jobs are submitted") from None
