"""Equal infusions at equal intervals, as the schedule of a network's single input."""

from models.engine.options import positive, whole
from models.engine.solver import Schedule


def infusions(interval: str, infusion: str, cycles: int) -> Schedule:
    """Return the schedule of an input that is one over the infusion's duration (1/hour) while it runs, else 0.

    Parameters
    ----------
    interval, infusion : str
        With units: ``"21 day"``, ``"30 minute"``.

    Raises
    ------
    ValueError
        Naming the option that cannot be used.
    """
    every, lasting = positive("interval", interval, "hour"), positive("infusion", infusion, "hour")
    if lasting >= every:
        raise ValueError(f"option 'infusion': {infusion} is not shorter than the interval, {interval}")
    times: list[float] = []
    values: list[tuple[float]] = []
    for cycle in range(whole("cycles", cycles, 1000)):
        start, stop = cycle * every, cycle * every + lasting
        if stop == start:
            raise ValueError(f"option 'infusion': {infusion} cannot be told from 0 at {start:g} hour")
        times += (start, stop)
        # From the rounded times, so that a short infusion late in the course gives its whole dose.
        values += ((1.0 / (stop - start),), (0.0,))
    return Schedule(times, values)
