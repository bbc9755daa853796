"""The patients of a trial as a table: what survival curves, waterfalls and swimmer plots are drawn from."""

from typing import TYPE_CHECKING, Any

import numpy as np

from models.tdm1.population import recist
from models.tdm1.population.endpoints import Seen
from models.tdm1.population.hyperparameters import MECHANISMS

if TYPE_CHECKING:
    import xarray as xr


def table(seen: Seen) -> "xr.Dataset":
    """Return one row a patient, along ``patient``."""
    import xarray as xr

    r, n = seen.readings, seen.cohort.size
    sampled = seen.cohort.sampled.reshape(n, -1).any(axis=1)
    columns: dict[str, tuple[Any, str, str]] = {
        "change": (r.change, "1", "smallest sum of diameters up to progression, relative to baseline, less 1"),
        "responded": (r.responded, "day", "day of the visit that first showed the confirmed response"),
        "time": (r.time, "day", "day of progression, death or the last scan"),
        "event": (r.event, "1", "progression or death"),
        "end": (words(recist.End, r.end), "1", "what ended the time without progression"),
        "best": (words(recist.Best, r.best), "1", "best overall response"),
        "demography_sampled": (sampled, "1", "chance of few resistant founders was sampled in a lesion"),
    }
    columns |= {
        f"has_{name}": (has, "1", f"{MECHANISMS[name].parameter} changed before treatment")
        for name, has in seen.cohort.mechanisms.items()
    }
    data = {name: ("patient", values, {"units": unit, "long_name": said})
            for name, (values, unit, said) in columns.items()}  # fmt: skip
    number = ("patient", np.arange(n), {"units": "1", "long_name": "number of the patient"})
    return xr.Dataset(data, coords={"patient": number}, attrs={"title": f"one trial of {n} patients"})


def words(kind: Any, values: Any) -> np.ndarray:
    """Return names of an enumeration as a reader wants them: ``new lesion``."""
    return np.array([kind(value).name.lower().replace("_", " ") for value in values], dtype=object)
