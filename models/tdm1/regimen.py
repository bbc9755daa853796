"""What is done to cells and patients, as schedules of the networks' inputs."""

from dataclasses import dataclass

from models.engine.solver import Schedule


@dataclass(frozen=True)
class Regimen:
    """Equal infusions at equal intervals, and Hsp90 inhibition around them.

    Attributes
    ----------
    dose, interval, infusion : float
        In mg/kg_bw and hours.
    cycles : int
    hsp90 : (float, float) or None
        Start and end of inhibition from the start of each infusion, in hours. Where it begins before an infusion, the
        first infusion waits for it.
    """

    dose: float
    interval: float
    infusion: float
    cycles: int
    hsp90: tuple[float, float] | None = None

    @property
    def first(self) -> float:
        """Time of the first infusion in hours."""
        return max(-self.hsp90[0], 0.0) if self.hsp90 else 0.0

    def schedule(self) -> Schedule:
        """Inputs ``dose`` and ``infusing`` of the patient network."""
        times, values = self._steps()
        return Schedule(times, [row[:2] for row in values])

    def schedule_of_lesions(self) -> Schedule:
        """Inputs ``dose``, ``infusing`` and ``hsp90`` of the network of lesions."""
        return Schedule(*self._steps())

    def _steps(self) -> tuple[list[float], list[tuple[float, float, float]]]:
        infusions = [(start, start + self.infusion) for start in self.starts]
        for start, stop in infusions:
            if stop == start:
                raise ValueError(f"option 'infusion': {self.infusion:g} hour cannot be told from 0 at {start:g} hour")
        inhibitions = [(start + self.hsp90[0], start + self.hsp90[1]) for start in self.starts] if self.hsp90 else []
        times = sorted({0.0, *(t for span in (*infusions, *inhibitions) for t in span)})
        # From the rounded times, so that a short infusion late in the course gives its whole dose.
        rates = [sum((1.0 / (b - a) for a, b in infusions if a <= t < b), 0.0) for t in times]
        return times, [(self.dose, rate, float(_within(t, inhibitions))) for t, rate in zip(times, rates, strict=True)]

    @property
    def starts(self) -> list[float]:
        """Times of the infusions in hours."""
        return [self.first + cycle * self.interval for cycle in range(self.cycles)]


def _within(t: float, spans: list[tuple[float, float]]) -> bool:
    return any(a <= t < b for a, b in spans)


CONSTANT_MEDIUM = Schedule((0.0,), ((1.0, 0.0),))
"""T-DM1 stays in the medium."""

LOADED_AND_WASHED = Schedule((0.0,), ((0.0, 1.0),))
"""The surface was loaded on ice, then the medium was replaced by one without drug."""
