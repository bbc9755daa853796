"""Subjects of a model that has them: one set at the nominal point, simulated once and kept in the run directory.

Indices are of what a trial reports; curves of survival and the like need its patients. They are simulated when a run
begins, by the machine that plans it, and read back by every later analysis, so that they are the same whoever
analyses.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.contracts import Model
from sensitivity.errors import SensitivityError
from sensitivity.function_model import ModelError, one_line
from sensitivity.stages import nominal
from sensitivity.store import RunDirectory, archive, dump_json, write_once
from sensitivity.streams import of_patients
from sensitivity.study import Study

if TYPE_CHECKING:
    import xarray as xr

DIM = "patient"


def keep(directory: RunDirectory, study: Study, model: Model) -> None:
    """Simulate the patients of a run and write them, unless they are there or the model has none.

    Raises
    ------
    ModelError
        When the model raises, or returns no table of patients.
    """
    if directory.patients.exists():
        return
    found = simulated(study, model)
    if found is not None:
        write_once(directory.patients, _bytes(found))


def simulated(study: Study, model: Model) -> "xr.Dataset | None":
    """Return the patients at the nominal point, with truth values as int8; None where there are none."""
    ask: Any = getattr(model, "patients_of", None)
    if ask is None:
        return None
    try:
        found: xr.Dataset | None = ask(nominal(study), of_patients(study.seed))
    except Exception as error:
        raise ModelError(f"the model's patients_of raised {one_line(error)}") from error
    if found is None:
        return None
    for name, column in found.data_vars.items():
        if DIM not in column.dims or not {*column.dims} <= {DIM, "scenario"} or column.dtype.kind not in "biufUO":
            raise ModelError(
                f"the model's patients_of gave '{name}' with dimensions {column.dims} and type {column.dtype}: "
                f"a column has one number, truth value or text a {DIM}"
            )
    return found.map(lambda c: c.astype(np.int8) if c.dtype.kind == "b" else c, keep_attrs=True)


def read(directory: RunDirectory) -> "xr.Dataset | None":
    """Return the patients of a run; None where it has none.

    Raises
    ------
    SensitivityError
        When the file is damaged.
    """
    import xarray as xr

    try:
        with np.load(io.BytesIO(directory.patients.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header: Mapping[str, Any] = json.loads(arrays.pop("header").tobytes())
        columns = {
            name: (part["dims"], _column(arrays[name]), part["attrs"]) for name, part in header["columns"].items()
        }
        inside = {name: value for name, value in columns.items() if name not in header["coords"]}
        coords = {name: columns[name] for name in header["coords"]}
        return xr.Dataset(inside, coords=coords, attrs=header["attrs"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise SensitivityError(f"{directory.patients} is damaged ({error}): delete it and run again") from None


def _column(values: np.ndarray) -> np.ndarray:
    """Text as the objects that netCDF takes."""
    return values.astype(object) if values.dtype.kind == "U" else values


def _bytes(data: "xr.Dataset") -> bytes:
    arrays, columns = {}, {}
    for name, column in data.variables.items():
        values = np.asarray(column.values)
        arrays[str(name)] = values.astype(str) if values.dtype.kind == "O" else values
        columns[str(name)] = {"dims": list(column.dims), "attrs": {k: _plain(v) for k, v in column.attrs.items()}}
    header = {"columns": columns, "coords": [str(name) for name in data.coords],
              "attrs": {k: _plain(v) for k, v in data.attrs.items()}}  # fmt: skip
    return archive({"header": np.frombuffer(dump_json(header), dtype=np.uint8), **arrays})


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
