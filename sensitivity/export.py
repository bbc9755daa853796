"""A result for other programs: tables as CSV, and a design with its outputs as SALib's analysers read them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.errors import SensitivityError, UsageError
from sensitivity.methods.efast import EFast
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.stage import Stage
from sensitivity.stages import main_stage
from sensitivity.study import Study

FORMATS = ("csv", "salib")


def export(tree: xr.DataTree, study: Study, to: str, folder: Path) -> list[Path]:
    """Write the files of a format into a new folder; of a result with scenarios, of each one in a folder of its own.

    Raises
    ------
    UsageError
        When the folder holds something, or there is no such format.
    SensitivityError
        When the result cannot be written so; says why.
    """
    if to not in FORMATS:
        raise UsageError(f"no format {to!r}; there are {', '.join(FORMATS)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there and not empty; give another --out")
    parts = [(folder / name.replace(" ", ""), tree.sa.scenario(name)) for name in tree.sa.scenarios] or [(folder, tree)]
    files = []
    for place, part in parts:
        found = tables(part) if to == "csv" else salib(part, study)
        place.mkdir(parents=True, exist_ok=True)
        for name, content in found.items():
            path = place / name
            if isinstance(content, pd.DataFrame):
                content.to_csv(path, index=False, lineterminator="\n")
            else:
                path.write_text(content, encoding="utf-8")
            files.append(path)
    return files


def tables(tree: xr.DataTree) -> dict[str, pd.DataFrame]:
    """Every table of a result, and its runs where they are kept, by file name."""
    method: str = tree.sa.method
    found = {f"{method}.csv": tree.sa.table().reset_index()}
    if f"{method}_groups" in tree.children:
        found[f"{method}_groups.csv"] = tree.sa.table(level="group").reset_index()
    if f"{method}_ledger" in tree.children:
        found["ledger.csv"] = tree.sa.ledger().reset_index()
    if f"{method}_together" in tree.children:
        found["together.csv"] = tree.sa.together().reset_index()
    if "given" in tree.children:
        found["given.csv"] = tree.sa.given().reset_index()
    found["convergence.csv"] = tree.sa.convergence().reset_index()
    found["failures.csv"] = tree.sa.failures().rename_axis("stage").reset_index()
    parameters = tree["parameters"].to_dataset()
    found["parameters.csv"] = pd.DataFrame({"factor": parameters["factor"].values} | {
        str(name): variable.values for name, variable in parameters.data_vars.items()
    })  # fmt: skip
    if "design" in tree.children:
        found["runs.csv"] = _runs(tree)
    return found


def _runs(tree: xr.DataTree) -> pd.DataFrame:
    """One row a run: where it lies in the design, its factors in their units, status and outputs."""
    design, status = tree["design"].to_dataset(), tree["runs"].to_dataset()["status"]
    columns = {name: design[name].values for name in ("stage", "block", "point")}
    x = design["x"]
    outputs = _outputs(tree)
    replicates = status.sizes.get("replicate", 1)
    at = np.repeat(np.arange(x.sizes["sample"]), replicates)
    frame = {name: values[at] for name, values in columns.items()}
    if replicates > 1:
        frame["replicate"] = np.tile(np.arange(replicates), x.sizes["sample"])
    frame |= {str(name): x.sel(factor=name).values[at] for name in x["factor"].values}
    frame["status"] = status.values.ravel()
    return pd.DataFrame(frame | {name: values.reshape(-1) for name, values in outputs.items()})


def _outputs(tree: xr.DataTree) -> dict[str, np.ndarray]:
    """Each scalar output, and each time of each time course, as (sample[, replicate])."""
    found = {str(name): v.values for name, v in tree["outputs"].to_dataset().data_vars.items()}
    for name in tree.sa.courses:
        data = tree[f"outputs_time/{name}"].to_dataset()[name]
        unit = data["time"].attrs.get("units", "")
        for i, time in enumerate(data["time"].values):
            found[f"{name} at {time:g} {unit}"] = data.isel(time=i).values
    return found


def salib(tree: xr.DataTree, study: Study) -> dict[str, pd.DataFrame | str]:
    """Files that SALib's analysers read: ``problem.json``, ``X.csv`` (quantiles), ``x_units.csv``, ``Y.csv``.

    Rows stand in the order of SALib's own designs. A block of rows with a value that is not finite is left out whole:
    SALib 1.6 gives zeros for a single NaN. Rows of groups, of a screening and of twins, which SALib has not, are left
    out; replicates are averaged.

    Raises
    ------
    SensitivityError
        When the rows are not kept, or SALib has no such design.
    """
    if "design" not in tree.children:
        raise SensitivityError("the runs of this result are not kept: there is nothing to export to SALib")
    kept = tree["parameters"].to_dataset()
    stage = main_stage(study, [str(name) for name in kept["factor"].values[kept["kept"].values == 1]])
    if stage.blocks:
        raise SensitivityError("SALib has no factors that depend on each other")
    if isinstance(stage.method, EFast):
        raise SensitivityError("SALib's eFAST has one curve a factor, this design several: export to csv")
    if isinstance(stage.method, Morris) and stage.method.sampling == "radial":
        raise SensitivityError("SALib reads trajectories, not radial stars: export to csv")
    at = _positions(stage)
    design = tree["design"].to_dataset()
    last = design["stage"].values == design["stage"].values.max()
    rows = np.flatnonzero(last).reshape(-1, stage.block_size)[:, at]
    outputs = {}
    for name, values in _outputs(tree).items():
        whole = values if values.ndim == 1 else values.mean(axis=1)
        outputs[name] = whole[rows]
    fine = np.all([np.isfinite(values).all(axis=1) for values in outputs.values()], axis=0)
    names = stage.names
    chosen = rows[fine].ravel()
    u, x = (design[name].sel(factor=names).values[chosen] for name in ("u", "x"))
    problem = {
        "num_vars": len(names),
        "names": names,
        "bounds": [[0.0, 1.0]] * len(names),
        "calc_second_order": isinstance(stage.method, Sobol) and stage.method.symmetric,
        "num_levels": stage.method.levels if isinstance(stage.method, Morris) else None,
        "blocks_left_out": int(np.sum(~fine)),
    }
    return {
        "problem.json": json.dumps(problem, indent=1) + "\n",
        "X.csv": pd.DataFrame(u, columns=names),
        "x_units.csv": pd.DataFrame(x, columns=names),
        "Y.csv": pd.DataFrame({name: values[fine].ravel() for name, values in outputs.items()}),
    }


def _positions(stage: Stage) -> list[int]:
    """Rows of a block that SALib's design has, in its order."""
    n, units = len(stage.names), len(stage.units)
    if isinstance(stage.method, Sobol):
        sides = [*range(1, n + 1), *(range(units + 1, units + 1 + n) if stage.method.symmetric else ())]
        return [0, *sides, stage.block_size - 1 - stage.method.twin]
    assert isinstance(stage.method, Morris)
    return list(range(n + 1))
