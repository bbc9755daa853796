"""What a report says of the model itself: the targets, the contrast with the well-mixed tumour, xenografts.

The values are precomputed, so a run pays nothing for them: ``python -m models.tdm1.validation --write`` stores them
with the fingerprint of all that they depend on.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from models.tdm1 import dish, networks, tumour, xenografts
from models.tdm1.interventions import INTERVENTIONS
from models.tdm1.observed import Xenograft
from models.tdm1.parameters import TABLE

COMMAND = "python -m models.tdm1.validation --write"
STORED = "validation.json"
READ = ("calibration.py", "contrast.py", "experiments.py", "targets.py", "validation.py", "xenografts.py")
"""Modules whose text decides what is evaluated."""


def fingerprint() -> str:
    """Return the hash of all that the stored values depend on: networks, parameters, measurements, experiments."""
    found = hashlib.sha256()
    for network in (networks.culture(), networks.patient(), dish.well(), tumour.lesions()):
        parts = (network.species, network.rules, network.reactions, network.classes, network.observables)
        found.update(repr(parts).encode())
    found.update(repr([(p.name, p.nominal, p.unit) for p in TABLE]).encode())
    found.update(repr(sorted(INTERVENTIONS.items())).encode())
    package = files("models.tdm1")
    for name in READ:
        found.update(package.joinpath(name).read_bytes())
    for table in sorted(package.joinpath("data").iterdir(), key=lambda file: file.name):
        if table.name.endswith(".csv"):
            found.update(table.read_bytes())
    return found.hexdigest()


def store(values: Mapping[str, Any]) -> None:
    """Store what `models.tdm1.validation` evaluated."""
    text = json.dumps({"fingerprint": fingerprint(), **values}, indent=1, allow_nan=False)
    Path(str(files("models.tdm1").joinpath("data", STORED))).write_text(text + "\n", encoding="utf-8")


def stored() -> dict[str, Any]:
    """Return the stored values with their fingerprint."""
    return dict(json.loads(files("models.tdm1").joinpath("data", STORED).read_text("utf-8")))


def drawn(one: Xenograft) -> dict[str, Any]:
    """Return volumes of a line as measured and as predicted, as plain values, with the error over all its doses."""
    courses = []
    for dose, points in one.courses.items():
        days = np.linspace(0.0, points[-1][0], 41)
        curve = xenografts.course(one, dose, [float(day) for day in days])
        courses.append({
            "dose": dose, "day": [day for day, _ in points], "observed": [volume for _, volume in points],
            "days": [round(float(day), 3) for day in days], "predicted": [float(f"{v:.4g}") for v in curve],
        })  # fmt: skip
    return {"line": one.line, "error": xenografts.error(one), "courses": courses}


def count(targets: Sequence[Mapping[str, Any]]) -> str:
    """Say how many targets pass, of all and of those that were not fitted."""
    free = [t for t in targets if t["role"] == "predicted"]
    return (
        f"{sum(t['passed'] for t in targets)} of {len(targets)} targets pass; of the {len(free)} that took no part in "
        f"choosing the model's numbers, {sum(t['passed'] for t in free)}."
    )


def report_pages() -> list[dict[str, Any]]:
    """Return the page on the model's validation, as the report of a study takes it."""
    known = stored()
    targets = known["targets"]
    rows = [
        [t["name"], t["what"], t["observed"], t["predicted"], t["tolerance"], "pass" if t["passed"] else "MISS",
         t["role"], t["source"] + (f" ({t['note']})" if t["note"] else "")]
        for t in targets
    ]  # fmt: skip
    contrast = [[row["change"], *(row[name] for name in ("in_vitro", "in_vivo", "tumour"))]
                for row in known["contrast"]]  # fmt: skip
    crossovers = [t["what"].partition("R* ")[2].rstrip(")") for t in targets if t["name"] == "R*"]
    return [
        {
            "title": "Validation of the T-DM1 model",
            "text": [
                count(targets),
                "The targets are evaluated at the model's nominal values, not over the ranges of this study; "
                f"`{COMMAND}` evaluates them anew.",
                f"HER2 decides uptake below the crossover R* ({' or '.join(dict.fromkeys(crossovers))}, at 60 or "
                "334 um/day of vascular permeability) and supply above it.",
            ],
            "tables": [
                {"caption": "Targets: what was observed and what the model says",
                 "heads": ["target", "what", "observed", "predicted", "tolerance", "verdict", "role", "source"],
                 "rows": rows},
                {"caption": "Mean cytosolic DM1 relative to the nominal cell, by change",
                 "heads": ["change", "in culture", "well-mixed single class", "full model of many classes"],
                 "rows": contrast},
            ],
            "figures": [{"caption": "Xenografts after single doses: measured (points) and predicted (lines); growth, "
                         "loss and the occupancy of arrest of each line are fitted", "panels": _panels(known)}],
        }
    ]  # fmt: skip


def _panels(known: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for one in known["xenografts"]:
        series = []
        for course in one["courses"]:
            label = "untreated" if course["dose"] == 0.0 else f"{course['dose']:g} mg/kg"
            series += [
                {"label": label, "x": course["days"], "y": course["predicted"], "kind": "line"},
                {"label": label, "x": course["day"], "y": course["observed"], "kind": "points"},
            ]
        found.append({"title": f"{one['line']}: root mean square of ln volume {one['error']:.2f}", "x": "day",
                      "y": "volume, mm3", "log": True, "series": series})  # fmt: skip
    return found
