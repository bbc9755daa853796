"""What is done to cells and patients, as schedules of the networks' inputs."""

from dataclasses import dataclass

from models.engine.solver import Schedule


@dataclass(frozen=True)
class Regimen:
    """Equal infusions at equal intervals: dose in mg/kg_bw, times in hours."""

    dose: float
    interval: float
    infusion: float
    cycles: int

    def schedule(self) -> Schedule:
        """Inputs ``dose`` and ``infusing`` of the patient network."""
        times: list[float] = []
        values: list[tuple[float, float]] = []
        for cycle in range(self.cycles):
            start = cycle * self.interval
            stop = start + self.infusion
            if stop == start:
                raise ValueError(f"option 'infusion': {self.infusion:g} hour cannot be told from 0 at {start:g} hour")
            times.append(start)
            # From the rounded times, so that a short infusion late in the course gives its whole dose.
            values.append((self.dose, 1.0 / (stop - start)))
            if self.infusion < self.interval or cycle == self.cycles - 1:
                times.append(stop)
                values.append((self.dose, 0.0))
        return Schedule(times, values)


CONSTANT_MEDIUM = Schedule((0.0,), ((1.0, 0.0),))
"""T-DM1 stays in the medium."""

LOADED_AND_WASHED = Schedule((0.0,), ((0.0, 1.0),))
"""The surface was loaded on ice, then the medium was replaced by one without drug."""
