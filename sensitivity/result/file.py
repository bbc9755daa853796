"""The result file: hash, write, read."""

import hashlib
import json
import os
import uuid
from pathlib import Path

import numpy as np
import xarray as xr

import sensitivity.accessor  # noqa: F401  (registers dt.sa)
from sensitivity.errors import SensitivityError

SCHEMA = "sensitivity-result/1"


def content_hash(tree: xr.DataTree) -> str:
    """sha256 over every variable outside /provenance: name, dimensions, type, shape, units and bytes."""
    digest = hashlib.sha256()
    for node in sorted(tree.subtree, key=lambda node: node.path):
        if node.path.startswith("/provenance"):
            continue
        dataset = node.to_dataset(inherit=False)
        for name in sorted(dataset.variables, key=str):
            variable = dataset.variables[name]
            digest.update(
                f"{node.path}|{name}|{variable.dims}|{variable.shape}|{variable.attrs.get('units')}\n".encode()
            )
            digest.update(_bytes(np.asarray(variable.values)))
    return digest.hexdigest()


def _bytes(values: np.ndarray) -> bytes:
    if values.dtype.kind in "OUST":
        return json.dumps([str(value) for value in values.ravel()]).encode()
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), np.nan, values)  # one NaN, whatever its payload
    return (
        values.dtype.newbyteorder("<").str.encode()
        + np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    )


def write(tree: xr.DataTree, path: Path) -> None:
    """Write the tree as one netCDF-4 file, beside its place and renamed."""
    temporary = path.parent / f".{path.name}.{os.getpid()}.{uuid.uuid4().hex}"
    encoding = {
        node.path: {
            str(name): {"zlib": True, "complevel": 1}
            for name, variable in node.to_dataset(inherit=False).data_vars.items()
            if variable.dtype.kind in "fiu" and variable.size > 4096
        }
        for node in tree.subtree
    }
    try:
        tree.to_netcdf(temporary, format="NETCDF4", engine="netcdf4", encoding=encoding)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: str | Path) -> xr.DataTree:
    """Read a result: a run directory or its ``result.nc``.

    Returns
    -------
    xarray.DataTree
        In memory, with the accessor ``.sa``.

    Raises
    ------
    SensitivityError
        When there is no result there, or it was written by a newer major version of the format.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "result.nc"
    if not file.exists():
        raise SensitivityError(f"no result at {file}; `sensitivity run` or `sensitivity analyze` writes it")
    try:
        with xr.open_datatree(file, engine="netcdf4") as tree:
            for node in tree.subtree:  # DataTree.load leaves out a variable that has the name of a group
                for variable in node.variables.values():
                    variable.load()
    except (OSError, ValueError) as error:
        raise SensitivityError(f"{file} is not a readable netCDF-4 result: {error}") from None
    schema = str(tree.attrs.get("schema", ""))
    if not schema.startswith("sensitivity-result/"):
        raise SensitivityError(f"{file} is not a result of this program (schema '{schema}')")
    if schema != SCHEMA:
        raise SensitivityError(f"{file} has the schema {schema}, this version reads {SCHEMA}: install a newer version")
    return tree
