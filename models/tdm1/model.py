"""The model as a study uses it: parameters and requests in, a labelled dataset out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from models.engine import solver, units
from models.engine.network import Network, Observable, Parameter
from models.engine.solver import FloatArray, OutputLike, Schedule
from models.tdm1 import networks, regimen
from models.tdm1.parameters import TABLE


class TDM1:
    """Trastuzumab emtansine in a patient, and in a dish.

    Three settings of the same cell can be asked in one study: ``in_vitro`` (constant medium), ``pulse_chase`` (surface
    loaded on ice, then drug-free medium) and ``in_vivo`` (plasma, interstitium, cell). An observable is called
    ``<setting>.<name>``; only settings that are asked for are integrated, up to the latest time asked for.

    Parameters
    ----------
    rtol : float
        Error allowed a step, relative to the larger of a state and its floor. The default keeps every output within
        1e-6 of an exact solution over the factor space.
    dose, interval, infusion : str
        In vivo regimen, with units: ``"3.6 mg/kg_bw"``, ``"21 day"``, ``"30 minute"``.
    cycles : int
        Number of infusions.
    max_steps : int
        Steps after which a row is given up with status 2.

    Raises
    ------
    ValueError
        Naming the option that cannot be used.
    """

    time_unit = "hour"
    stochastic = False

    def __init__(
        self,
        *,
        rtol: float = 5e-8,
        dose: str = "3.6 mg/kg_bw",
        interval: str = "21 day",
        infusion: str = "30 minute",
        cycles: int = 1,
        max_steps: int = 100_000,
    ) -> None:
        self.rtol = _number("rtol", rtol, 1e-12, 1e-2)
        self.max_steps = _whole("max_steps", max_steps, 10**9)
        self.regimen = regimen.Regimen(
            dose=_positive("dose", dose, "mg/kg_bw"),
            interval=_positive("interval", interval, "hour"),
            infusion=_positive("infusion", infusion, "hour"),
            cycles=_whole("cycles", cycles, 1000),
        )
        if self.regimen.infusion > self.regimen.interval:
            raise ValueError(f"option 'infusion': {infusion} is longer than the interval, {interval}")

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The declared table, by name."""
        return {p.name: p for p in TABLE}

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Everything that can be asked for, by ``<setting>.<name>``."""
        return {
            f"{setting}.{o.name}": replace(o, name=f"{setting}.{o.name}")
            for setting, (network, _) in self._settings.items()
            for o in network.observables
        }

    @property
    def _settings(self) -> Mapping[str, tuple[Network, Schedule]]:
        return {
            "in_vitro": (networks.culture(), regimen.CONSTANT_MEDIUM),
            "pulse_chase": (networks.culture(), regimen.LOADED_AND_WASHED),
            "in_vivo": (networks.patient(), self.regimen.schedule()),
        }

    def table(self) -> list[dict[str, Any]]:
        """Return the parameter table as plain rows, ready to print."""
        return [
            {
                "name": p.name,
                "symbol": p.symbol,
                "nominal": p.nominal,
                "unit": p.unit,
                "meaning": p.meaning,
                "mechanism": p.mechanism,
                "distribution": dict(p.distribution) if p.distribution else None,
                "domain": p.domain,
                "source": p.source,
            }
            for p in TABLE
        ]

    def simulate(
        self,
        parameters: Mapping[str, FloatArray],
        streams: NDArray[np.uint64],
        request: Sequence[OutputLike],
    ) -> xr.Dataset:
        """Run one row a stream.

        Parameters
        ----------
        parameters : mapping of name to (n,) array
            In the declared units; a parameter left out is at its nominal value.
        streams : (n, 2) uint64
            Address of each run's randomness; this model draws none and reads only how many rows there are.
        request : sequence of OutputLike
            Times and windows in hours; thresholds in the observable's unit.

        Returns
        -------
        xarray.Dataset
            Dimension ``run``; by request ``(run,)`` or ``(run, time_<name>)``, NaN where ``status`` is not 1; an
            ``auc`` is in the observable's unit times hour. ``status`` (int8) and ``steps`` (int32) are ``(run,)``.

        Raises
        ------
        ValueError
            For an unknown parameter or observable, a wrong length, or a request that makes no sense; never for a row.
        """
        rows = len(streams)
        columns = self._columns(parameters, rows)
        wanted: dict[str, list[OutputLike]] = defaultdict(list)
        for output in request:
            solver.check_request(output)
            if output.of not in self.observables:
                raise ValueError(
                    f"output '{output.name}': unknown observable '{output.of}'{_close(output.of, self.observables)}"
                )
            setting, _, name = output.of.partition(".")
            wanted[setting].append(
                solver.Output(output.name, name, output.reduce, output.window, output.times, output.threshold)
            )
        status = np.where(self._inside(columns, rows), 0, solver.OUT_OF_DOMAIN).astype(np.int64)
        steps = np.zeros(rows, dtype=np.int64)
        values: dict[str, FloatArray] = {}
        for setting, outputs in wanted.items():
            network, schedule = self._settings[setting]
            asked = np.where(status == solver.OK, 0, status)
            found = solver.solve(
                network, columns, schedule, outputs, rows=rows, rtol=self.rtol, max_steps=self.max_steps, status=asked
            )
            values |= found.values
            status, steps = found.status, steps + found.steps
        failed = status != solver.OK
        data: dict[str, Any] = {}
        for output in request:
            value = values[output.name]
            value[failed] = np.nan
            attributes = {"of": output.of, "observable_unit": self.observables[output.of].unit}
            dims = ("run",) if output.times is None else ("run", f"time_{output.name}")
            data[output.name] = (dims, value, attributes)
        data["status"] = ("run", status.astype(np.int8))
        data["steps"] = ("run", steps.astype(np.int32))
        times = {
            f"time_{output.name}": (f"time_{output.name}", np.asarray(output.times), {"units": self.time_unit})
            for output in request
            if output.times is not None
        }
        return xr.Dataset(data, coords=times)

    def _columns(self, parameters: Mapping[str, FloatArray], rows: int) -> dict[str, FloatArray]:
        """Check names and lengths."""
        columns = {}
        for name, values in parameters.items():
            if name not in self.parameters:
                raise ValueError(f"unknown parameter '{name}'{_close(name, self.parameters)}")
            columns[name] = np.asarray(values, dtype=np.float64)
            if columns[name].shape != (rows,):
                raise ValueError(f"parameter '{name}' has shape {columns[name].shape}, expected ({rows},)")
        return columns

    def _inside(self, columns: Mapping[str, FloatArray], rows: int) -> NDArray[np.bool_]:
        """Tell which rows lie in the domain of every parameter; a NaN lies nowhere."""
        inside = np.ones(rows, dtype=np.bool_)
        for name, values in columns.items():
            low, high = self.parameters[name].domain
            inside &= (values >= low) & (values <= high)
        return inside


def _close(name: str, known: Mapping[str, object]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, known, n=1)
    return f"; did you mean '{found[0]}'?" if found else f" (known: {', '.join(known)})"


def _number(option: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"option '{option}' must be a number between {low:g} and {high:g}, got {value!r}")
    return float(value)


def _whole(option: str, value: object, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
        raise ValueError(f"option '{option}' must be a whole number from 1 to {high}, got {value!r}")
    return value


def _positive(option: str, value: object, unit: str) -> float:
    if not isinstance(value, str):
        raise ValueError(f"option '{option}' needs a unit, like \"3 {unit}\"; got {value!r}")
    try:
        number = units.quantity(value, unit)
    except ValueError as error:
        raise ValueError(f"option '{option}': {error}") from error
    if not 0.0 < number < np.inf:
        raise ValueError(f"option '{option}' must be positive and finite, got {value!r}")
    return number
