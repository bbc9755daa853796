"""What the golden values are of: a network, its schedule, random points and corners of a factor space."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from models.engine.expand import expanded
from models.engine.network import Network
from models.engine.solver import Schedule
from models.tdm1 import networks
from models.tdm1.parameters import TABLE
from models.tdm1.regimen import Regimen
from sensitivity.distributions import Distribution
from tests.models import populations

COMMAND = "python tests/reference_data/kinetics/make.py"


@dataclass(frozen=True, eq=False)
class Workload:
    """Areas over the horizon and end values of observables, at points of the laws' space."""

    name: str
    network: Network
    schedule: Schedule
    horizon: float
    areas: tuple[str, ...]
    ends: tuple[str, ...]
    laws: dict[str, Distribution]
    random: int
    corners: int
    classes: dict[str, np.ndarray] = field(default_factory=dict)
    seed: int = 20261126

    @property
    def names(self):
        return (*self.areas, *self.ends)

    @property
    def file(self):
        return Path(__file__).with_name(f"{self.name}.npz")

    @cached_property
    def flat(self):
        """The network with its classes written out."""
        return expanded(self.network, self.classes) if self.classes else self.network

    @cached_property
    def floors(self):
        floor = {o.name: o.floor for o in self.network.observables}
        return np.array([floor[name] for name in self.names])

    def points(self):
        """Return {name: (n,)}: random points, then corners with each factor at its 0.001 or 0.999 quantile."""
        rng = np.random.default_rng(self.seed)
        corners = [0.001, 0.999]
        u = [np.concatenate([rng.random(self.random), rng.choice(corners, self.corners)]) for _ in self.laws]
        return {name: law.ppf(v) for (name, law), v in zip(self.laws.items(), u, strict=True)}

    def fingerprint(self):
        """Return the hash of all that the values depend on: a stale file is noticed by it."""
        net = self.flat
        observed = [o for o in net.observables if o.name in self.names]
        numbers = [(p.name, p.nominal, p.unit) for p in net.used_parameters]
        equations = [net.species, net.rules, net.reactions, observed]
        laws = [(name, law.dist, sorted(law.arguments.items())) for name, law in self.laws.items()]
        where = (self.schedule, self.horizon, self.areas, self.ends, self.random, self.corners, self.seed)
        return hashlib.sha256(repr((numbers, equations, laws, where)).encode()).hexdigest()

    def golden(self):
        """Return the golden values, (points, outputs), or raise ValueError with the command that writes them."""
        if not self.file.exists():
            raise ValueError(f"{self.file} is missing; write it with: {COMMAND}")
        with np.load(self.file) as file:
            if str(file["fingerprint"]) != self.fingerprint():
                raise ValueError(f"{self.file} belongs to another declaration; write it anew with: {COMMAND}")
            return file["values"]

    def relative(self, a, b):
        """Return the difference of `a` from `b`, relative to the larger of `b` and its floor."""
        return np.abs(a - b) / np.maximum(np.abs(b), self.floors)


def _declared(network):
    """Return the declared laws of what the network uses: parameters of other settings do not make a file stale."""
    used = {p.name for p in network.used_parameters}
    laws = {p.name: dict(p.distribution) for p in TABLE if p.distribution is not None and p.name in used}
    return {name: Distribution(law.pop("dist"), law) for name, law in laws.items()}


def _around(*names):
    """From half to twice the nominal value."""
    nominal = {p.name: p.nominal for p in populations.patient().parameters}
    return {n: Distribution("loguniform", {"low": nominal[n] / 2.0, "high": nominal[n] * 2.0}) for n in names}


CELL = Workload(
    name="cell",
    network=networks.patient(),
    schedule=Regimen(dose=3.6, interval=504.0, infusion=0.5, cycles=6).schedule(),
    horizon=6 * 504.0,
    areas=("dm1_cytosolic", "tubulin_occupancy"),
    ends=("dm1_cytosolic", "plasma_tdm1", "lysosomal_catabolite"),
    laws=_declared(networks.patient()),
    random=10_000,
    corners=256,
)
CLASSES = Workload(
    name="classes",
    network=populations.patient(),
    schedule=Schedule(tuple(t for k in range(6) for t in (504.0 * k, 504.0 * k + 0.5)), ((3500.0,), (0.0,)) * 6),
    horizon=6 * 504.0,
    areas=("dm1", "interstitial"),
    ends=("cells", "dm1", "plasma"),
    laws=_around("clearance", "k_x", "k_e", "k_lys", "k_out", "k_kill", "tubulin_kd"),
    random=168,
    corners=32,
    classes=populations.spread_of_receptors(16),
)
WORKLOADS = {work.name: work for work in (CELL, CLASSES)}
