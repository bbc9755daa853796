"""A trial of T-DM1 in virtual patients: parameters of the population in, endpoints out (question C)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.engine.declaration import Observable, Parameter
from models.engine.options import choice, close, number, positive, whole
from models.engine.requests import OutputLike
from models.engine.solver import NON_FINITE, OK, OUT_OF_DOMAIN
from models.engine.stochastic.tiers import DEMOGRAPHY
from models.tdm1.population import recist
from models.tdm1.population.assessment import Calendar, assess, lost
from models.tdm1.population.draws import Draws, Level, keys
from models.tdm1.population.endpoints import ENDPOINTS, Seen, days_of
from models.tdm1.population.hyperparameters import CHANCE, HYPERPARAMETERS
from models.tdm1.population.levels import AVERAGED, TIERS, levels
from models.tdm1.population.patients import Cohort, cohort
from models.tdm1.population.table import table
from models.tdm1.population.tiers import CYCLE, NO_FATES, Network, Reduced, Tier

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

LEVELS = {"patient_draw": Level.PATIENT, "lesion_draw": Level.LESION, "demographic_draw": Level.DEMOGRAPHY,
          "assessment_draw": Level.ASSESSMENT}  # fmt: skip


class Trial:
    """Patients under T-DM1 every three weeks, scanned and read.

    Parameters
    ----------
    patients : int
        Patients in the trial.
    lesions : int
        Target lesions computed for each, 1 to 5; each stands for its share of five.
    tier : int
        0 for reduced equations, 1 for the network of `models.tdm1.tumour`; higher tiers are of single tumours.
    prior_lines : int
        Lines of HER2-directed therapy before this one.
    dose : str
        ``"3.6 mg/kg_bw"``.
    follow_up : str
        Until when patients are treated and looked at.
    scan_interval, scan_jitter : str
    recist_rule : str
        ``"1.1"``, or ``"1.0m"`` as EMILIA was read.
    confirmation : bool
        Whether a response must be seen again 28 days later.
    noise : bool
        Whether scans are inexact and patients get new lesions, die and leave.
    cohort : str
        ``"drawn"``: every run has patients of its own, from its stream. ``"fixed"``: one set of patients for all runs;
        results are then conditional on that set, and patients have no share in the variance.
    chance : str
        ``"streams"``: randomness comes from a run's stream. ``"factors"``: each level of chance has a factor of its own
        (``patient_draw`` and so on), which a study varies to learn the level's share; the model is then deterministic,
        and a level that is not varied is the same in all runs.
    demography : str
        ``"auto"``: the chance of few founders of resistant clones is sampled where fewer than 30 are expected to
        survive in a lesion; ``"sampled"`` everywhere, ``"mean"`` nowhere.
    classes, rtol
        Of tier 1; see `TDM1`.

    Raises
    ------
    ValueError
        Naming the option that cannot be used.
    """

    time_unit = "day"
    compiles = True  # or loads its tier, for seconds

    def __init__(
        self,
        *,
        patients: int = 500,
        lesions: int = 2,
        tier: int = 0,
        prior_lines: int = 1,
        dose: str = "3.6 mg/kg_bw",
        follow_up: str = "730 day",
        scan_interval: str = "42 day",
        scan_jitter: str = "7 day",
        recist_rule: str = "1.0m",
        confirmation: bool = True,
        noise: bool = True,
        cohort: str = "drawn",
        chance: str = "streams",
        demography: str = "auto",
        classes: int = 17,
        rtol: float = 1e-2,
    ) -> None:
        self.patients = whole("patients", patients, 1_000_000)
        self.lesions = whole("lesions", lesions, 5)
        if isinstance(prior_lines, bool) or not isinstance(prior_lines, int) or not 0 <= prior_lines <= 20:
            raise ValueError(f"option 'prior_lines' must be a whole number from 0 to 20, got {prior_lines!r}")
        self.lines = prior_lines
        if isinstance(tier, bool) or tier not in TIERS:
            raise ValueError(
                f"option 'tier' must be 0 or 1, got {tier!r}: tiers 2 to 4 sample single tumours and cells, "
                f"and {self.patients} patients of 1e9 cells are out of their reach (0: {TIERS[0]}; 1: {TIERS[1]})"
            )
        amount = number("dose", positive("dose", dose, "mg/kg_bw"), 1e-3, 100.0)
        days = {
            name: positive(name, value, "day")
            for name, value in (("follow_up", follow_up), ("scan_interval", scan_interval))
        }
        jitter = 0.0 if scan_jitter in ("0 day", "0") else positive("scan_jitter", scan_jitter, "day")
        if not days["scan_interval"] < days["follow_up"] <= 3650.0:
            raise ValueError(
                f"option 'follow_up': {follow_up} must be longer than a scan interval and at most ten years"
            )
        if jitter >= 0.5 * days["scan_interval"]:
            raise ValueError(
                f"option 'scan_jitter': {scan_jitter} lets scans change places; stay below half an interval"
            )
        rule = recist.RULES[choice("recist_rule", recist_rule, recist.RULES)]
        if not confirmation:
            rule = replace(rule, confirmation=0.0)
        self.calendar = Calendar(days["scan_interval"], jitter, days["follow_up"], rule, noise)
        self.fixed = choice("cohort", cohort, {"drawn": 0, "fixed": 0}) == "fixed"
        self.factors = choice("chance", chance, {"streams": 0, "factors": 0}) == "factors"
        choice("demography", demography, DEMOGRAPHY)
        self.clones = demography
        self.number, self.classes = int(tier), classes
        cycles = int(np.ceil((days["follow_up"] + jitter) / CYCLE))
        self.tier: Tier = Reduced(amount, cycles) if tier == 0 else Network(amount, cycles, classes, rtol)

    @property
    def ledger_levels(self) -> Mapping[str, str]:
        """Levels that no factor stands for, with the reason."""
        return {"molecular": AVERAGED}

    @property
    def stochastic(self) -> bool:
        """Whether two runs of the same parameters differ."""
        return not self.factors

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """Parameters of the population, and of chance where it has factors."""
        chance = [p for p in CHANCE if self.factors and not (self.fixed and p.name in ("patient_draw", "lesion_draw"))]
        return {p.name: p for p in (*HYPERPARAMETERS, *chance)}

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Endpoints; with one fixed set of patients their meaning says that they are conditional on it."""
        said = ", conditional on one fixed set of patients" if self.fixed else ""
        able = {name: o for name, (o, _) in ENDPOINTS.items() if self.refusal(name) is None}
        return {name: replace(o, meaning=o.meaning + said) for name, o in able.items()}

    def table(self) -> list[dict[str, Any]]:
        """Return the parameter table as plain rows."""
        fields = ("name", "symbol", "nominal", "unit", "meaning", "mechanism", "distribution", "domain", "source")
        rows = [{field: getattr(p, field) for field in fields} for p in self.parameters.values()]
        for row in rows:
            row["distribution"] = dict(row["distribution"]) if row["distribution"] else None
        return rows

    def refusal(self, name: str) -> str | None:
        """Return why an endpoint cannot be had at this tier; None where it can."""
        return f"'{name}': {NO_FATES}" if name == "clones_lost" and self.number > 0 else None

    @staticmethod
    def notes() -> Mapping[str, Mapping[str, str]]:
        """Return how each level is treated, and what decides it, by heading."""
        return {
            "levels": {
                "patient, lesion": "drawn from the population's laws",
                "cell": "bins along one axis, with memory: 9 at tier 0, 'classes' at tier 1",
                "molecular": "averaged over the cells of a tumour; no share of the variance at tiers 0 and 1",
                "demographic": f"{DEMOGRAPHY['auto']}, in a lesion (observable 'sampled_demography': where)",
                "assessment": "scans, new lesions, deaths and drop-outs, unless noise: false",
            },
            "tiers": {str(tier): meaning for tier, meaning in TIERS.items()},
        }

    def check_output(self, output: OutputLike) -> None:
        """Refuse an output that makes no sense, without running anything.

        Raises
        ------
        ValueError
            Naming it.
        """
        days_of(output, self.calendar.follow_up)

    def simulate(
        self, parameters: Mapping[str, FloatArray], streams: NDArray[np.uint64], request: Sequence[OutputLike]
    ) -> "xr.Dataset":
        """Run one trial a stream.

        Parameters
        ----------
        parameters : mapping of str to (n,) array
            In the declared units; a parameter left out is at its nominal value.
        streams : (n, 2) uint64
        request : sequence of OutputLike
            An endpoint as it stands at the end of a window that starts on day 0 (``reduce: last``), or at times.

        Raises
        ------
        ValueError
            For an unknown parameter or endpoint, a wrong length, or another reduction; never for a row.
        """
        import xarray as xr

        n = len(streams)
        for name, values in parameters.items():
            if name not in self.parameters:
                raise ValueError(f"unknown parameter '{name}'{close(name, self.parameters)}")
            if np.shape(values) != (n,):
                raise ValueError(f"parameter '{name}' has shape {np.shape(values)}, expected ({n},)")
        horizons = {output.name: days_of(output, self.calendar.follow_up) for output in request}
        data = {o.name: np.full((n, len(horizons[o.name])), np.nan) for o in request}
        status = np.full(n, OK, dtype=np.int8)
        for i in range(n):
            h = {name: float(parameters[name][i]) if name in parameters else p.nominal
                 for name, p in self.parameters.items()}  # fmt: skip
            if not self._inside(h):
                status[i] = OUT_OF_DOMAIN
                continue
            seen = self.run(h, streams[i])
            if seen is None:
                status[i] = NON_FINITE
                continue
            for output in request:
                _, compute = ENDPOINTS[output.of]
                data[output.name][i] = [compute(seen, day) for day in horizons[output.name]]
        variables: dict[str, Any] = {"status": ("run", status)}
        coordinates = {}
        for o in request:
            if o.times is None:
                variables[o.name] = ("run", data[o.name][:, 0])
            else:
                variables[o.name] = (("run", f"time_{o.name}"), data[o.name])
                coordinates[f"time_{o.name}"] = np.asarray(o.times)
        return xr.Dataset(variables, coords=coordinates)

    def run(self, h: Mapping[str, float], stream: NDArray[np.uint64]) -> Seen | None:
        """Run one trial; None where a lesion could not be computed."""
        draws = self.draws(h, stream)
        patients = self.cohort(h, draws)
        until = np.repeat(np.minimum(*lost(self.calendar, h, draws, self.patients)), self.lesions)
        course, failed = self.tier.courses(patients.lesions, self.patients * self.lesions, until)
        if failed.any():
            return None
        return Seen(patients, assess(self.calendar, h, draws, self.tier.days, course, self.lesions), self.tier)

    def cohort(self, h: Mapping[str, float], draws: Draws) -> Cohort:
        """Patients of a run."""
        return cohort(h, draws, self.patients, self.lesions, self.lines, self.clones)

    def levels(self, parameters: Mapping[str, float], stream: NDArray[np.uint64]) -> list[Mapping[str, str]]:
        """Return what was done at each level of chance and by which rule, with the figures of one trial."""
        h = {name: p.nominal for name, p in self.parameters.items()} | dict(parameters)
        return levels(
            self.cohort(h, self.draws(h, stream)), fixed=self.fixed, tier=self.number, classes=self.classes,
            clones=self.clones, noise=self.calendar.noise, interval=self.calendar.interval, jitter=self.calendar.jitter,
        )  # fmt: skip

    def draws(self, h: Mapping[str, float], stream: NDArray[np.uint64]) -> Draws:
        """Random numbers of a run."""
        chosen = {level: h[name] for name, level in LEVELS.items() if self.factors and name in h}
        if self.fixed:
            chosen |= {Level.PATIENT: 0.5, Level.LESION: 0.5}
        return keys(stream, chosen)

    def patients_of(self, parameters: Mapping[str, float], stream: NDArray[np.uint64]) -> "xr.Dataset | None":
        """Return every patient of one trial: readings, mechanisms, and whether demography was sampled.

        Parameters
        ----------
        parameters : mapping of str to float
            Parameters of the population that are not at their nominal value.
        stream : (2,) uint64

        Returns
        -------
        xarray.Dataset
            Dimension ``patient``; None where a lesion could not be computed.
        """
        h = {name: p.nominal for name, p in self.parameters.items()} | dict(parameters)
        seen = self.run(h, stream) if self._inside(h) else None
        return None if seen is None else table(seen)

    def _inside(self, h: Mapping[str, float]) -> bool:
        inside = all(p.domain[0] <= h[name] <= p.domain[1] for name, p in self.parameters.items())
        return inside and h["clearance_volume_covariance"] ** 2 <= h["clearance_variance"] * h["volume_variance"]
