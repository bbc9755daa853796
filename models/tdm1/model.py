"""The model as a study uses it: parameters and requests in, a labelled dataset out."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.engine.declaration import Parameter
from models.engine.declared import DeclaredModel
from models.engine.options import choice, positive, whole
from models.engine.requests import OutputLike
from models.engine.solver import FloatArray
from models.engine.stochastic.tiers import DEMOGRAPHY, TIERS
from models.tdm1 import dish, endpoints, networks, regimen, seed, tumour
from models.tdm1.classes import layout
from models.tdm1.interventions import FATES, INTERVENTIONS, TOLERANCES, Intervention
from models.tdm1.parameters import TABLE

if TYPE_CHECKING:
    import xarray as xr


class TDM1(DeclaredModel):
    """Trastuzumab emtansine in a patient, and in a dish.

    Settings of the same cell that can be asked in one study: ``in_vitro`` (constant medium), ``pulse_chase`` (surface
    loaded on ice, then drug-free medium), ``well`` (classes of cells that grow and die in a finite medium), ``in_vivo``
    (plasma, interstitium and one class of cells in a lesion of constant size, well mixed) and ``tumour`` (lesions of
    many classes of cells that compete, grow, die and come back). An observable is called ``<setting>.<name>``; only
    settings that are asked for are integrated, up to the latest time asked for.

    Parameters
    ----------
    rtol : float
        Error allowed a step, relative to the larger of a state and its floor. The default keeps every output within
        1e-6 of an exact solution over the factor space.
    dose, interval, infusion : str
        Regimen, with units: ``"3.6 mg/kg_bw"``, ``"21 day"``, ``"30 minute"``.
    cycles : int
        Number of infusions.
    classes : int
        Bins of amplified cells in a tumour, an odd number; 1 is a tumour without cell-to-cell spread. The classes
        without amplification and of resistant families come on top.
    fate : str
        How DM1 kills: ``"clocks"`` or, for comparison, ``"emax"``.
    tolerance : str
        ``"both"``, ``"stochastic"`` or ``"individual"``: what kills by damage.
    intervention : str
        A treatment of `interventions`.
    max_steps : int
        Steps after which a row is given up with status 2.
    tier, step : str
        Molecular noise of a single cell, ``in_vitro`` or ``pulse_chase``: ``"ode"`` (none), ``"langevin"``, ``"tau"``,
        ``"ssa"`` (exact) or ``"auto"``; longest step of the second and third, with unit.

    Raises
    ------
    ValueError
        Naming the option that cannot be used.
    """

    def __init__(
        self,
        *,
        rtol: float = 5e-8,
        dose: str = "3.6 mg/kg_bw",
        interval: str = "21 day",
        infusion: str = "30 minute",
        cycles: int = 1,
        classes: int = 33,
        fate: str = "clocks",
        tolerance: str = "both",
        intervention: str = "none",
        max_steps: int = 100_000,
        tier: str = "ode",
        step: str = "0.05 hour",
    ) -> None:
        treatment = INTERVENTIONS[choice("intervention", intervention, INTERVENTIONS)]
        self.maps = (
            FATES[choice("fate", fate, FATES)],
            TOLERANCES[choice("tolerance", tolerance, TOLERANCES)],
            treatment,
        )
        given = {"dose": dose, "interval": interval, "infusion": infusion, **treatment.regimen}
        self.regimen = regimen.Regimen(
            dose=positive("dose", given["dose"], "mg/kg_bw"),
            interval=positive("interval", given["interval"], "hour"),
            infusion=positive("infusion", given["infusion"], "hour"),
            cycles=treatment.doses * whole("cycles", cycles, 1000),
            hsp90=treatment.hsp90,
        )
        if self.regimen.infusion > self.regimen.interval:
            raise ValueError(f"option 'infusion': {infusion} is longer than the interval, {interval}")
        if whole("classes", classes, 257) % 2 == 0:
            raise ValueError(f"option 'classes' must be odd, so that one bin is in the middle, got {classes}")
        self.classes = classes
        settings = {
            "in_vitro": (networks.culture(), regimen.CONSTANT_MEDIUM, None, networks.MOLECULES),
            "pulse_chase": (networks.culture(), regimen.LOADED_AND_WASHED, None, networks.MOLECULES),
            "well": (dish.well(), dish.SEEDED, layout(classes)),
            "in_vivo": (networks.patient(), self.regimen.schedule()),
            "tumour": (tumour.lesions(), self.regimen.schedule_of_lesions(), layout(classes)),
        }
        super().__init__(
            settings, rtol=rtol, max_steps=max_steps, derived=endpoints.endpoints("tumour"), tier=tier,
            step=positive("step", step, "hour"),
        )  # fmt: skip

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The one table, by name, in its own order."""
        return {p.name: p for p in TABLE}

    def table(self) -> list[dict[str, Any]]:
        """Return the parameter table as plain rows, each with the row of the seed review that it stands for."""
        named = seed.rows()
        return [{**row, "seed_row": named.get(row["name"])} for row in super().table()]

    @staticmethod
    def notes() -> Mapping[str, Mapping[str, str]]:
        """Return what a list of the model should say beside its parameters, by heading."""
        return {
            "treatments (option intervention)": {name: item.meaning for name, item in INTERVENTIONS.items()},
            "not modelled, because": seed.NOT_MODELLED,
        }

    @property
    def ledger_levels(self) -> Mapping[str, str]:
        """The molecular level: no share in equations of means, else the noise."""
        return {"molecular": "" if self.stochastic else "the equations are of means over many cells (option tier: ode)"}

    def levels(self, parameters: Mapping[str, float], stream: NDArray[np.uint64]) -> list[Mapping[str, str]]:
        """Return how each level of chance is treated, and the rule that chose it."""
        return [
            {"level": level, "treatment": treatment, "rule": rule}
            for level, treatment, rule in (
                ("L1 patient, L2 lesion", "none: they are the parameters", "a study of one patient"),
                ("L3 cell", f"{self.classes} bins of HER2 with memory in a tumour, one cell in culture",
                 f"option classes: {self.classes}"),
                ("L4 molecular", TIERS[self.tier.name], f"option tier: {self.tier.rule()}"),
                ("L5 demographic", DEMOGRAPHY["mean"], "a tumour below one cell is a cure; models.tdm1:Trial samples"),
            )
        ]  # fmt: skip

    @staticmethod
    def report_pages() -> list[dict[str, Any]]:
        """Return the page of a report on the model's validation."""
        from models.tdm1 import pages  # it evaluates this very class when it is written anew

        return pages.report_pages()

    def dose_times(self, name: str) -> list[float]:
        """Return when the experiment of observable `name` gets drug, in hours: infusions, or the start of a dish."""
        return self.regimen.starts if name.rpartition(".")[0] in ("in_vivo", "tumour") else [0.0]

    @staticmethod
    def interventions() -> Mapping[str, Intervention]:
        """Return the treatments that the option ``intervention`` knows, by name."""
        return INTERVENTIONS

    def simulate(
        self,
        parameters: Mapping[str, FloatArray],
        streams: NDArray[np.uint64],
        request: Sequence[OutputLike],
    ) -> "xr.Dataset":
        """Run one row a stream under the model's interventions; see `DeclaredModel.simulate`."""
        return super().simulate(self._treated(parameters, len(streams)), streams, request)

    def _treated(self, parameters: Mapping[str, FloatArray], rows: int) -> dict[str, FloatArray]:
        """Apply the maps of parameters: what a map sets wins over the row, what it multiplies keeps its spread."""
        columns = dict(parameters)
        for treatment in self.maps:
            for name, factor in treatment.times.items():
                columns[name] = factor * np.asarray(columns.get(name, np.full(rows, self.parameters[name].nominal)))
            columns |= {name: np.full(rows, value) for name, value in treatment.sets.items()}
        return columns
