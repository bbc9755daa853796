"""The model as a study uses it: parameters and requests in, a labelled dataset out."""

from collections.abc import Mapping
from functools import cached_property

from models.engine.declaration import Parameter
from models.engine.declared import DeclaredModel, positive, whole
from models.tdm1 import networks, regimen
from models.tdm1.parameters import TABLE


class TDM1(DeclaredModel):
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
        self.regimen = regimen.Regimen(
            dose=positive("dose", dose, "mg/kg_bw"),
            interval=positive("interval", interval, "hour"),
            infusion=positive("infusion", infusion, "hour"),
            cycles=whole("cycles", cycles, 1000),
        )
        if self.regimen.infusion > self.regimen.interval:
            raise ValueError(f"option 'infusion': {infusion} is longer than the interval, {interval}")
        settings = {
            "in_vitro": (networks.culture(), regimen.CONSTANT_MEDIUM),
            "pulse_chase": (networks.culture(), regimen.LOADED_AND_WASHED),
            "in_vivo": (networks.patient(), self.regimen.schedule()),
        }
        super().__init__(settings, rtol=rtol, max_steps=max_steps)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The one table, by name, in its own order."""
        return {p.name: p for p in TABLE}
