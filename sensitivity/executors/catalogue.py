"""The executors in one table: where each is, what it is, and which keys of a study's ``executor`` block it has.

A new executor is a class that satisfies `sensitivity.contracts.Executor`, and one entry here.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """What the program knows of an executor.

    Attributes
    ----------
    where : str
        Its class, as ``"module:class"``; imported when it is needed, and made from the number of workers and `keys`.
    title : str
        What it is, in a few words.
    keys : tuple of str
        Keys of the block that it has beside ``kind``, ``workers`` and ``chunk_size``.
    extra : str
        Optional dependencies of this package that it needs; none when empty.
    """

    where: str
    title: str
    keys: tuple[str, ...] = ()
    extra: str = ""


EXECUTORS: Mapping[str, Entry] = {
    "joblib": Entry("sensitivity.executors.loky:Joblib", "processes on this machine"),
    "serial": Entry("sensitivity.executors.serial:Serial", "this process"),
    "dask": Entry(
        "sensitivity.executors.dask:Dask",
        "Dask futures on this machine, in Slurm jobs, or on a scheduler that runs already",
        keys=("slurm", "scheduler"),
        extra="hpc",
    ),
}
"""By name in a study file."""
