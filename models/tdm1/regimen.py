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
            times.append(start)
            values.append((self.dose, 1.0 / self.infusion))
            if self.infusion < self.interval:
                times.append(start + self.infusion)
                values.append((self.dose, 0.0))
        if self.infusion >= self.interval:
            times.append(self.cycles * self.interval)
            values.append((self.dose, 0.0))
        return Schedule(times, values)


CONSTANT_MEDIUM = Schedule((0.0,), ((1.0, 0.0),))
"""T-DM1 stays in the medium."""

LOADED_AND_WASHED = Schedule((0.0,), ((0.0, 1.0),))
"""The surface was loaded on ice, then the medium was replaced by one without drug."""
