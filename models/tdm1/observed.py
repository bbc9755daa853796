"""What was measured, as small tables that travel with the package; each file names its source in its first lines."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

REDUCED = {
    "conjugated_intracellular_DM1": "conjugated",
    "total_intracellular_DM1": "total",
    "unconjugated_intracellular_DM1": "unconjugated",
    "unconjugated_extracellular_DM1": "medium",
    "total_unconjugated_DM1": "all unconjugated",
}
"""Short names of the quantities of a pulse-chase."""


@dataclass(frozen=True)
class ChasePoint:
    """One point of a pulse-chase: DM1 (nM of cell volume) of a kind, hours after the wash."""

    line: str
    kind: str
    hours: float
    dm1: float


@dataclass(frozen=True)
class Viability:
    """One point of a cytotoxicity curve: T-DM1 (nM) and what is left relative to untreated cells."""

    line: str
    readout: str
    nanomolar: float
    relative: float


def rows(name: str) -> Iterator[dict[str, str]]:
    """Read a table of the folder ``data``, without its comments."""
    text = files("models.tdm1").joinpath("data", f"{name}.csv").read_text("utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


def pulse_chase() -> list[ChasePoint]:
    """Return the 41 points of Erickson 2012, three cell lines."""
    return [
        ChasePoint(r["cell_line"], REDUCED[r["quantity"]], float(r["time_h"]), float(r["dm1_nM"]))
        for r in rows("erickson2012")
    ]


def cytotoxicity() -> list[Viability]:
    """Return viability of SK-BR-3 cells and colonies of BT-474EEI cells."""
    return [
        Viability(r["cell_line"], r["readout"], float(r["conc_nM"]), float(r["relative"])) for r in rows("cytotoxicity")
    ]


@dataclass(frozen=True)
class Xenograft:
    """One line of human tumours in mice: growth, HER2, and volumes (days, mm^3) by dose (mg/kg) given once."""

    line: str
    doubling: float
    linear: float
    copies: float
    courses: dict[float, list[tuple[float, float]]]

    def first(self, dose: float) -> float:
        """Volume at the start of the course of `dose`, or of the control where that begins later."""
        day, volume = self.courses[dose][0]
        return volume if day == 0.0 else self.courses[0.0][0][1]


def xenografts() -> list[Xenograft]:
    """Return the four lines."""
    found = {
        r["line"]: Xenograft(
            r["line"], float(r["doubling_day"]), float(r["linear_mm3_per_day"]), float(r["copies"]), {}
        )
        for r in rows("xenograft_lines")
    }
    for r in rows("xenografts"):
        found[r["line"]].courses.setdefault(float(r["mg_per_kg"]), []).append((float(r["day"]), float(r["mm3"])))
    return list(found.values())
