"""Independent runs of a result that keeps its rows: what figures of the runs themselves are drawn from.

In each block of a Sobol' design the first point (A) and the last (B) are independent of each other, in a Morris
trajectory only the first: no other point of a block is taken, for it would repeat values of these.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sensitivity.contracts import FloatArray, IntArray, Status


@dataclass(frozen=True)
class Runs:
    """Independent runs of the main stage.

    Attributes
    ----------
    factors : list of str
        Those that vary.
    x, u : (n, factors)
        Values in the factors' units, and quantiles.
    y : (n,) or (n, time)
        Output, the mean over replicates; NaN where a run failed.
    failed : (n,)
        Whether any replicate failed.
    scramble, point : (n,)
        Independent part of the design that a run belongs to, and 0 for A, above 0 for B.
    time : (time,) or None
    unit : str
        Of the output.
    """

    factors: list[str]
    x: FloatArray
    u: FloatArray
    y: FloatArray
    failed: np.ndarray
    scramble: IntArray
    point: IntArray
    time: xr.DataArray | None
    unit: str

    def column(self, factor: str) -> int:
        """Place of a factor.

        Raises
        ------
        KeyError
            When it did not vary; names those that did.
        """
        if factor not in self.factors:
            raise KeyError(f"no factor '{factor}' varies in the main stage; there are {', '.join(self.factors)}")
        return self.factors.index(factor)


def independent(tree: xr.DataTree, output: str) -> Runs:
    """Independent runs of one output.

    Raises
    ------
    KeyError
        When the result keeps no rows, or there is no such output.
    """
    if "design" not in tree.children:
        raise KeyError("the result keeps no rows, so that its runs cannot be drawn")
    method: str = tree.sa.method
    design = tree["design"].to_dataset()
    stages = str(design["stage"].attrs["flag_meanings"]).split()
    main = design["stage"].values == stages.index(method)
    point = design["point"].values
    last = point[main].max()
    at = np.flatnonzero(main & ((point == 0) | ((point == last) & (method == "sobol"))))
    one = design.isel(sample=at)
    factors = [str(name) for name in tree[method].to_dataset()["factor"].values]
    varied = [f for f in map(str, one["factor"].values) if np.isfinite(one["u"].sel(factor=f).values).all()]
    factors = [name for name in varied if name in factors] or varied
    values = _values(tree, output).isel(sample=at)
    status = tree["runs"].to_dataset()["status"].isel(sample=at)
    failed = status.values != int(Status.OK)
    y = values.mean("replicate", skipna=False) if "replicate" in values.dims else values
    return Runs(
        factors,
        one["x"].sel(factor=factors).values,
        one["u"].sel(factor=factors).values,
        y.values,
        failed.any(axis=1) if failed.ndim > 1 else failed,
        one["scramble"].values,
        one["point"].values,
        values["time"] if "time" in values.dims else None,
        "dimensionless" if values.attrs.get("units", "1") == "1" else str(values.attrs["units"]),
    )


def scalar(tree: xr.DataTree, output: str) -> Runs:
    """Independent runs of a scalar output.

    Raises
    ------
    KeyError
        Also when the output is a time course.
    """
    found = independent(tree, output)
    if found.y.ndim > 1:
        raise KeyError(f"'{output}' is a time course: this figure needs a scalar output")
    return found


def strongest(tree: xr.DataTree, output: str, among: list[str]) -> list[str]:
    """Factors of `among`, the strongest first."""
    return [name for name in map(str, tree.sa.rank(output).index) if name in among]


def _values(tree: xr.DataTree, output: str) -> xr.DataArray:
    if output not in tree.sa.outputs:
        raise KeyError(f"no output '{output}'; there are {', '.join(tree.sa.outputs)}")
    node = f"outputs_time/{output}" if output in tree.sa.courses else "outputs"
    return tree[node].to_dataset()[output]
