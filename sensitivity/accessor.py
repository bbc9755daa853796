"""The accessor ``dt.sa`` of a result: questions about the ranking, answered as tables."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sensitivity.methods.catalogue import METHODS, RANKED_BY
from sensitivity.presentation import Presentation

CRITERIA = ("width", "ranking", "screening")


@xr.register_datatree_accessor("sa")  # type: ignore[no-untyped-call]
class SensitivityAccessor(Presentation):
    """Sensitivity results of a `DataTree` read by `sensitivity.load`."""

    @property
    def method(self) -> str:
        """The method that answers: the first in the catalogue that there is."""
        for method in METHODS:
            if method in self._whole.children:
                return method
        raise AttributeError("this tree holds no sensitivity indices")

    def to_salib(self, output: str | None = None) -> dict[str, Any]:
        """Return the problem and the indices of one output in the shape of SALib's dictionaries.

        ``problem`` has ``num_vars``, ``names`` and ``bounds`` (of the ranges, whatever the distribution); the indices
        are arrays in the order of ``names`` under SALib's names. A dependent block has no bounds: NaN. ``*_conf`` is
        half the width of the interval, NaN where an index is undefined.

        Raises
        ------
        KeyError
            When there is no such output.
        """
        table = self.rank(output)
        names = [str(v) for v in self._tree[self.method].to_dataset()["factor"].values]
        table = table.loc[names]
        parameters = self._tree["parameters"].to_dataset()
        known = {str(name) for name in parameters["factor"].values}
        bounds = [
            [float(parameters[s].sel(factor=n)) if n in known else np.nan for s in ("low", "high")] for n in names
        ]
        found: dict[str, Any] = {"problem": {"num_vars": len(names), "names": names, "bounds": bounds}}
        for index in METHODS[self.method].columns:
            found[index] = table[index].to_numpy(dtype=float)
            found[f"{index}_conf"] = ((table[f"{index}_upper"] - table[f"{index}_lower"]) / 2.0).to_numpy(dtype=float)
        return found

    @property
    def converged(self) -> bool:
        """Whether every output meets every target of convergence that can be told; False where none was judged."""
        if f"{self.method}_convergence" not in self._tree.children:
            return False
        table = self.convergence()
        return bool(
            (table["width_met"] == 1).all()
            and (table["screening_met"] == 1).all()
            and (table["ranking_met"] != 0).all()
        )

    @property
    def sobol(self) -> pd.DataFrame:
        """Sobol' indices of every output and factor."""
        return self.table("sobol")

    @property
    def morris(self) -> pd.DataFrame:
        """Morris' measures of every output and factor."""
        return self.table("morris")

    def top(self, k: int = 5, output: str | None = None) -> list[str]:
        """Names of the `k` strongest factors of an output whose index is defined."""
        table = self.rank(output)
        return [str(name) for name in table.index[table[RANKED_BY[self.method]].notna()][:k]]

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs."""
        return [str(name) for name in self._whole[self.method].to_dataset()["output"].values]

    @property
    def courses(self) -> list[str]:
        """Names of the outputs that are time courses."""
        data = self._whole[self.method].to_dataset()
        return [str(name) for name in data["output"].values[data["generalised"].values == 1]]

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios, then of the differences of the others to the first; empty where there is but one."""
        data = self._whole[self.method].to_dataset()
        return [str(name) for name in data["scenario"].values] if "scenario" in data.dims else []

    def scenario(self, name: str) -> xr.DataTree:
        """One scenario, or the difference of one to the first such as ``"low - high"``, as a result of its own.

        Raises
        ------
        KeyError
            When there is no such scenario; names those there are.
        """
        if name not in self.scenarios:
            raise KeyError(f"no scenario '{name}'; there are {', '.join(self.scenarios) or 'none'}")
        nodes = {}
        for node in self._whole.subtree:
            data = node.to_dataset(inherit=False)
            if node.path.endswith("_contrasts") or ("scenario" in data.dims and name not in data["scenario"].values):
                continue  # a difference of two scenarios has no subjects
            nodes[node.path] = data.sel(scenario=name, drop=True) if "scenario" in data.dims else data
        tree = xr.DataTree.from_dict(nodes)
        tree.attrs["scenario"] = name
        return tree

    @property
    def _tree(self) -> xr.DataTree:
        """A tree without scenarios: an answer must say which one it is of."""
        if self.scenarios:
            raise KeyError(f"choose a scenario with .sa.scenario(name): {', '.join(self.scenarios)}")
        return self._whole

    def contrasts(self) -> pd.DataFrame:
        """Indices of each scenario less those of the first, with paired intervals, one row a contrast, output, factor.

        Raises
        ------
        KeyError
            When the result has no scenarios, or its method no independent replicates.
        """
        node = f"{self.method}_contrasts"
        if node not in self._whole.children:
            raise KeyError("the result holds no differences between scenarios")
        data = self._whole[node].to_dataset()
        tables = {
            str(name): self._columns(data.sel(contrast=name, drop=True), "output", "factor")
            for name in data["contrast"].values
        }
        return pd.concat(tables, names=["contrast"])

    def table(self, method: str | None = None, level: str = "factor") -> pd.DataFrame:
        """All indices with their intervals, one row an output and factor.

        Parameters
        ----------
        method : str, optional
            Such as ``"sobol"`` or ``"morris"``; the main method when left out.
        level : str
            ``"factor"`` or ``"group"``.

        Raises
        ------
        KeyError
            When the result does not hold them.
        """
        method = method or self.method
        node = method if level == "factor" else f"{method}_groups"
        if node not in self._tree.children:
            raise KeyError(f"the result holds no '{node}'; it holds {', '.join(self._tree.children)}")
        data = self._tree[node].to_dataset()
        return self._columns(data, "output", level)

    def rank(self, output: str | None = None, method: str | None = None, level: str = "factor") -> pd.DataFrame:
        """Factors from the most to the least influential, by the index that ranks (ST, mu_star).

        Where the result says how sure the order is, the column ``top_probability`` holds, in the r-th row, the
        probability that the first r factors are those of the first r rows.

        Parameters
        ----------
        output : str, optional
            The first output when left out.

        Raises
        ------
        KeyError
            When there is no such output; names those there are.
        """
        method = method or self.method
        table = self.table(method, level)
        known = list(table.index.get_level_values("output").unique())
        output = known[0] if output is None else output
        if output not in known:
            raise KeyError(f"no output '{output}'; there are {', '.join(known)}")
        one = table.xs(output, level="output")
        assert isinstance(one, pd.DataFrame)
        ranked = one.sort_values(RANKED_BY[method], ascending=False, na_position="last", kind="stable")
        data = self._tree[method if level == "factor" else f"{method}_groups"].to_dataset()
        if "top_probability" in data:
            ranked["top_probability"] = data["top_probability"].sel(output=output).values
        return ranked

    def given(self, output: str | None = None) -> pd.DataFrame:
        """Given-data indices of the independent runs, one row an output and factor, or a factor of one output.

        Raises
        ------
        KeyError
            When the result holds none, or there is no such output.
        """
        if "given" not in self._tree.children:
            raise KeyError("the result holds no given-data indices: they need a Sobol' design and a scalar output")
        data = self._tree["given"].to_dataset()
        table = self._columns(data, "output", "factor")
        if output is None:
            return table
        if output not in data["output"].values:
            raise KeyError(f"no scalar output '{output}'; there are {', '.join(map(str, data['output'].values))}")
        one = table.xs(output, level="output")
        assert isinstance(one, pd.DataFrame)
        return one

    def ledger(self) -> pd.DataFrame:
        """Shares of each output's variance that add up to one, in the order of the study, one row an output and entry.

        Raises
        ------
        KeyError
            When the study asked for none (``analysis.ledger``).
        """
        return self._shares("ledger", "output", "entry")

    def together(self) -> pd.DataFrame:
        """Indices of outputs taken together, one row a set of outputs and factor.

        Raises
        ------
        KeyError
            When the study asked for none (``analysis.together``).
        """
        return self._shares("together", "together", "factor")

    def _shares(self, kind: str, first: str, second: str) -> pd.DataFrame:
        node = f"{self.method}_{kind}"
        if node not in self._tree.children:
            raise KeyError(f"the study asked for no analysis.{kind}")
        return self._columns(self._tree[node].to_dataset(), first, second)

    @staticmethod
    def _columns(data: xr.Dataset, first: str, second: str) -> pd.DataFrame:
        """Every variable (first, second) with its interval where it has one, one row for each of both labels."""
        columns: dict[str, np.ndarray] = {}
        for name in (n for n in data.data_vars if data[n].dims == (first, second) and not str(n).endswith("_se")):
            columns[str(name)] = data[name].values.ravel()
            if f"{name}_ci" in data:
                columns[f"{name}_lower"], columns[f"{name}_upper"] = (
                    data[f"{name}_ci"].transpose(first, second, "ci_bound").values.reshape(-1, 2).T
                )
        index = pd.MultiIndex.from_product(
            [[str(v) for v in data[first].values], [str(v) for v in data[second].values]], names=[first, second]
        )
        return pd.DataFrame(columns, index=index)

    def convergence(self, method: str | None = None) -> pd.DataFrame:
        """Criteria of convergence with their targets, one row an output; see `sensitivity.methods.convergence`.

        ``*_met`` is 1 where a criterion is met, 0 where not, and -1 where it cannot be told. ``widest`` is the factor
        with the widest interval.
        """
        data = self._tree[f"{method or self.method}_convergence"].to_dataset().isel(blocks=-1)
        columns: dict[str, np.ndarray] = {}
        for name in CRITERIA:
            columns[name] = data[name].values
            columns[f"{name}_target"] = np.full(data.sizes["output"], float(data[name].attrs["target"]))
            columns[f"{name}_met"] = data[f"{name}_met"].values
        columns["widest"] = data["widest"].values
        return pd.DataFrame(columns, index=pd.Index([str(v) for v in data["output"].values], name="output"))

    def screening(self) -> pd.DataFrame:
        """Check of a screening, one row an output and set of varied factors; empty where there was none.

        ``correlation`` is that with the output when all factors vary; ``verdict`` is 1 where the kept factors explain
        the output, -1 where they do not, and 0 where it cannot be told.
        """
        if "andres" not in self._tree.children:
            return pd.DataFrame(index=pd.MultiIndex.from_product([[], []], names=["output", "varied"]))
        data = self._tree["andres"].to_dataset()
        columns: dict[str, np.ndarray] = {}
        for name in ("correlation", "rank_correlation", "share"):
            columns[name] = data[name].values.ravel()
            for i, bound in enumerate(("lower", "upper")):
                columns[f"{name}_{bound}"] = data[f"{name}_ci"].isel(ci_bound=i).values.ravel()
        columns["verdict"] = np.repeat(data["verdict"].values, data.sizes["varied"])
        sides = [[str(v) for v in data[dim].values] for dim in ("output", "varied")]
        return pd.DataFrame(columns, index=pd.MultiIndex.from_product(sides, names=["output", "varied"]))

    def failures(self) -> pd.DataFrame:
        """Runs by status, one row a stage."""
        counts = self._whole["diagnostics"].to_dataset()["status_count"]
        return pd.DataFrame(
            counts.values,
            index=[str(v) for v in counts["stage"].values],
            columns=[str(v) for v in counts["status"].values],
        )
