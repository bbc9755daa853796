"""T-DM1 in monkey and rat: the deconjugation chain of Bender 2014, and its reduction to conjugated and naked antibody.

Every pool (antibodies with the same number of DM1) has the same three compartments. An antibody that loses a DM1 in the
central compartment moves to the next pool.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from models.engine.declaration import Observable, Parameter, Reaction, Species
from models.engine.declared import DeclaredModel
from models.engine.network import Network
from models.engine.options import choice
from models.engine.solver import Schedule
from models.published.laws import between_subjects

BENDER = "Bender 2014 AAPS J 16:994, doi 10.1208/s12248-014-9618-3, Table {table}, {animal}"
KINETICS, CHAIN, DOSE = "pharmacokinetics", "deconjugation", "dose"
TRACE = 1e-6
"""Floor of amounts (mg) and concentrations (ug/mL): a millionth of what counts."""

UNITS = {
    "clearance": ("CL_TT", "mL/day", "clearance of total trastuzumab"),
    "volume_central": ("V1", "mL", "central volume"),
    "q_second": ("CLd2", "mL/day", "clearance to the second compartment"),
    "volume_second": ("V2", "mL", "second volume"),
    "q_third": ("CLd3", "mL/day", "clearance to the third compartment"),
    "volume_third": ("V3", "mL", "third volume"),
    "k_upper": ("k_7-3", "1/day", "loss of a DM1 from antibodies with 3 to 7"),
    "k_two": ("k_21", "1/day", "loss of a DM1 from antibodies with 2"),
    "k_one": ("k_10", "1/day", "loss of the DM1 from antibodies with 1"),
    "clearance_deconjugation": ("CL_DEC", "mL/day", "deconjugation clearance of T-DM1"),
}
"""Symbol, unit and meaning of what was fitted."""

Fit = Mapping[str, tuple[float, float | None]]
"""Estimate, and between-animal coefficient of variation in per cent where there is one."""


def _fit(names: Sequence[str], values: Sequence[float], spread: Mapping[str, float]) -> Fit:
    return {name: (value, spread.get(name)) for name, value in zip(names, values, strict=True)}


BACKBONE = ("clearance", "volume_central", "q_second", "volume_second", "q_third", "volume_third")
RATES = ("k_upper", "k_two", "k_one")
FITS: Mapping[tuple[str, str], Fit] = {
    ("mechanistic", "cynomolgus"): _fit(
        (*BACKBONE, *RATES), (17.4, 148.0, 25.5, 57.2, 81.2, 127.0, 0.341, 0.255, 0.0939),
        {"clearance": 24.8, "volume_central": 11.7, "volume_second": 46.8}),
    ("mechanistic", "rat"): _fit(
        (*BACKBONE, *RATES), (2.42, 11.0, 49.0, 3.44, 12.0, 16.7, 0.543, 0.388, 0.114),
        {"clearance": 24.0, "volume_central": 18.5, "volume_second": 49.4, "volume_third": 16.8, "k_upper": 21.8,
         "k_one": 15.1}),
    ("reduced", "cynomolgus"): _fit(
        (*BACKBONE, "clearance_deconjugation"), (19.9, 154.0, 56.8, 50.0, 60.4, 84.7, 22.0), {}),
    ("reduced", "rat"): _fit(
        (*BACKBONE, "clearance_deconjugation"), (2.37, 10.7, 59.7, 2.52, 13.9, 15.5, 2.24), {}),
}  # fmt: skip
PRODUCT = (0.02, 0.13, 0.23, 0.26, 0.19, 0.10, 0.05, 0.02)
"""Shares of antibodies with 0 to 7 DM1 in the product with 3.1 on average."""

DOSES = {"cynomolgus": 120.0, "rat": 2.5}
"""Nominal doses, mg an animal."""


@dataclass(frozen=True)
class Pool:
    """Antibodies with the same number of DM1: their share of the dose, and the rate at which they lose one."""

    name: str
    share: str
    loses: str | None


def pools(form: str) -> list[Pool]:
    """Return the chain, from the most loaded pool to naked antibody."""
    if form == "reduced":
        return [Pool("tdm1", "1", "clearance_deconjugation/volume_central"), Pool("naked", "0", None)]
    rates = {0: None, 1: "k_one", 2: "k_two"}
    return [Pool(f"dar{n}", f"share_{n}", rates.get(n, "k_upper")) for n in range(7, -1, -1)]


def parameters(form: str, animal: str) -> list[Parameter]:
    """Return the parameter table of a form in an animal."""
    source = BENDER.format(table="II" if form == "mechanistic" else "III", animal=animal)
    rows = [
        Parameter("dose", "D", DOSES[animal], "mg", "intravenous bolus at time 0", DOSE,
                  "assumed: near 30 mg/kg in monkey, 10 mg/kg in rat", (0.0, 1e4))
    ]  # fmt: skip
    for name, (value, spread) in FITS[form, animal].items():
        symbol, unit, meaning = UNITS[name]
        law = between_subjects(value, spread) if spread else None
        part = CHAIN if name in RATES or name == "clearance_deconjugation" else KINETICS
        rows.append(Parameter(name, symbol, value, unit, meaning, part, source, (value / 100.0, value * 100.0), law))
    if form == "mechanistic":
        rows += [
            Parameter(f"share_{n}", f"f_{n}", share, "1", f"share of the dose with {n} DM1 an antibody", DOSE,
                      "Bender 2014, product with 3.1 DM1 an antibody", (0.0, 1.0))
            for n, share in enumerate(PRODUCT)
        ]  # fmt: skip
    return rows


@cache
def network(form: str, animal: str) -> Network:
    """Declare the chain (mg): `form` is ``mechanistic`` (24 states) or ``reduced`` (6)."""
    chain = pools(form)
    species: list[Species] = []
    reactions: list[Reaction] = []
    for pool, after in zip(chain, [*chain[1:], None], strict=True):
        name = pool.name
        species.append(Species(name, "mg", f"{name} in the central compartment", f"dose*{pool.share}", TRACE))
        reactions.append(
            Reaction(f"eliminate_{name}", f"clearance*{name}/volume_central", {name: "-1"}, f"{name} eliminated")
        )
        for place in ("second", "third"):
            there = f"{name}_{place}"
            species.append(Species(there, "mg", f"{name} in the {place} compartment", "0", TRACE))
            rate = f"q_{place}*({name}/volume_central - {there}/volume_{place})"
            reactions.append(Reaction(f"move_{there}", rate, {name: "-1", there: "1"}, f"{name} distributed"))
        if after and pool.loses:
            reactions.append(
                Reaction(f"deconjugate_{name}", f"({pool.loses})*{name}", {name: "-1", after.name: "1"}, "a DM1 lost")
            )
    observables = [
        Observable(f"plasma_{p.name}", f"{p.name}/volume_central", "ug/mL", f"{p.name} in plasma", TRACE) for p in chain
    ]
    for name, members in (("conjugated", chain[:-1]), ("total", chain)):
        together = " + ".join(p.name for p in members)
        observables.append(
            Observable(name, f"({together})/volume_central", "ug/mL", f"{name} antibody in plasma", TRACE)
        )
    return Network(f"bender2014_{form}_{animal}", species, parameters(form, animal), reactions, observables)


class Bender2014(DeclaredModel):
    """Disposition and deconjugation of T-DM1 after one bolus.

    Parameters
    ----------
    form : {"mechanistic", "reduced"}
        The chain from 7 DM1 to none, or conjugated and naked antibody only.
    animal : {"cynomolgus", "rat"}
        Whose estimates are nominal.
    rtol, max_steps
        See `DeclaredModel`.
    """

    def __init__(
        self,
        *,
        form: str = "mechanistic",
        animal: str = "cynomolgus",
        rtol: float = 1e-9,
        max_steps: int = 100_000,
    ) -> None:
        declared = network(
            choice("form", form, {f: None for f, _ in FITS}), choice("animal", animal, {a: None for _, a in FITS})
        )
        super().__init__({"": (declared, Schedule())}, rtol=rtol, max_steps=max_steps)
