"""Declarations: what is refused, units, and the derived Jacobian and LU factors."""

import dataclasses

import numpy as np
import pytest

from models.engine import units
from models.engine.declaration import Observable, Parameter, Reaction, Rule, Species
from models.engine.dimensions import DimensionError, check_units
from models.engine.linear import eliminate
from models.engine.network import Network, NetworkError
from models.tdm1 import networks
from tests.models.toys import parameter, plain, toy

NETWORKS = (networks.culture, networks.patient, toy)


def changed(network, **changes):
    return dataclasses.replace(network, **changes)


def with_reaction(network, rate, stoichiometry):
    return changed(network, reactions=(*network.reactions, Reaction("extra", rate, stoichiometry, "test")))


@pytest.mark.parametrize("declare", NETWORKS)
def test_units_agree(declare):
    check_units(declare())


@pytest.mark.parametrize(
    ("rate", "stoichiometry", "message"),
    [
        ("decay*x*x", {"x": "1"}, "expected hour"),  # a second-order rate with a first-order constant
        ("decay*x", {"z": "1"}, "species 'z'"),  # nM where a pure number changes
        ("decay*x", {"x": "unit"}, "species 'x'"),  # a coefficient with a unit
        ("decay*x + turn", {"x": "1"}, "adds"),
        ("decay*x*exp(unit)", {"x": "1"}, "argument of"),
        ("decay*x*2**unit", {"x": "1"}, "exponent"),
        ("decay*x*unit**z", {"x": "1"}, "base of the power"),
    ],
)
def test_a_wrong_unit_is_found(rate, stoichiometry, message):
    with pytest.raises(DimensionError, match=message):
        check_units(with_reaction(toy(), rate, stoichiometry))


def test_a_wrong_unit_of_a_rule_an_initial_value_or_an_observable_is_found():
    with pytest.raises(DimensionError, match="rule 'fast'"):
        check_units(changed(toy(), rules=(*toy().rules, Rule("fast", "decay", "nM", "test"))))
    with pytest.raises(DimensionError, match="observable 'fast'"):
        check_units(changed(toy(), observables=(Observable("fast", "decay", "nM", "test", 1.0),)))
    species = (dataclasses.replace(toy().species[0], initial="decay"), *toy().species[1:])
    with pytest.raises(DimensionError, match="initial value of 'x'"):
        check_units(changed(toy(), species=species))


def test_body_weight_is_no_mass():
    """Pint holds mg/kg for a pure number; a dose per body weight must not pass for one."""
    assert units.dimension("mg/kg_bw") != units.DIMENSIONLESS
    assert units.factor("mg/kg_bw") == pytest.approx(1e-3, rel=1e-15)
    with pytest.raises(ValueError, match="mg/kg_bw"):
        units.quantity("3.6 mg/kg", "mg/kg_bw")


@pytest.mark.parametrize(
    ("unit", "factor"),
    # hour, decimetre, nanomole, gram, by hand
    [("L/day", 1 / 24), ("um/day", 1e-5 / 24), ("cm^2/day", 1e-2 / 24), ("pL", 1e-12), ("nM", 1.0), ("ug/mL", 1e-3),
     ("g/mol", 1e-9), ("1/mol", 1e-9), ("mm^3", 1e-6), ("1/nM/hour", 1.0), ("nM/hour", 1.0), ("day", 24.0)],
)  # fmt: skip
def test_coherent_units(unit, factor):
    assert units.factor(unit) == pytest.approx(factor, rel=1e-14)  # a few roundings in pint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reactions": (Reaction("a", "dekay*x", {"x": "1"}, ""),)}, "unknown symbol 'dekay'; did you mean 'decay'"),
        ({"reactions": (Reaction("a", "decay*x", {"y": "1"}, ""),)}, "'y', which is not a species"),
        ({"reactions": (Reaction("a", "decay*", {"x": "1"}, ""),)}, "cannot read"),
        ({"reactions": (Reaction("a", "x", {"x": "1"}, ""), Reaction("a", "x", {"x": "1"}, ""))}, "twice: a"),
        ({"species": (Species("x", "nM", ""), Species("x", "nM", ""))}, "twice: x"),
        ({"species": (Species("x", "nM", "", "x"),), "reactions": (), "observables": ()}, "depends on a species"),
        ({"rules": (Rule("decay", "x", "nM", ""),)}, "twice: decay"),
        ({"rules": (Rule("w", "x", "nM", ""),)}, "'w' cannot be used as a name"),
    ],
)
def test_a_contradiction_is_refused(change, message):
    base = {
        "name": "n",
        "species": (Species("x", "nM", ""),),
        "parameters": (parameter("decay", 1.0, "1/hour"),),
        "reactions": (),
        "observables": (),
    }
    Network(**base)
    rules = (Rule("room", "1 - x", "1", ""),)
    with pytest.raises(NetworkError, match=message):
        Network(**base | {"rules": rules} | change)


def random_state(module, network, seed):
    """A workspace at nominal parameters and a random state between the floor and a hundred."""
    rng = np.random.default_rng(seed)
    w = np.zeros(module.size(0))
    p = [q.nominal * units.factor(q.unit) for q in network.used_parameters]
    inputs = [1.0] * len(network.inputs)
    module.constants(p, None, inputs, w, 0, 0)
    module.initial(p, None, inputs, w, 0, 0)
    block(module, w, module.Y)[:] = rng.uniform(0.1, 100.0, module.N)
    return w


def block(module, w, which):
    return w[which * module.N : (which + 1) * module.N]


def rhs(module, w, y):
    block(module, w, module.Z)[:] = y
    module.derivative(w, 0)
    return block(module, w, module.R).copy()


def matrix(module, w):
    out = np.zeros((module.N, module.N))
    module.jacobian(w, out, 0)
    return out


@pytest.mark.parametrize("declare", NETWORKS)
def test_jacobian_is_the_slope_of_the_right_hand_side(declare):
    network = declare()
    module = plain(network)
    w = random_state(module, network, 1)
    y = block(module, w, module.Y).copy()
    slopes = np.empty((module.N, module.N))
    for j in range(module.N):
        step = np.zeros(module.N)
        step[j] = 1e-4 * y[j]
        slopes[:, j] = (rhs(module, w, y + step) - rhs(module, w, y - step)) / (2.0 * step[j])
    # Central differences over 1e-4 of a state: curvature leaves 1e-8 of a slope, and rounding 1e-16 of the largest
    # right-hand side over the step.
    rounding = 1e-15 * np.abs(rhs(module, w, y)).max() / (1e-4 * y)
    found = matrix(module, w)
    assert np.all(np.abs(found - slopes) <= 1e-7 * np.abs(slopes) + rounding)
    assert np.count_nonzero(found) > module.N / 2


@pytest.mark.parametrize("declare", NETWORKS)
@pytest.mark.parametrize("h", [1e-6, 1e-2, 10.0])
def test_sparse_solution_is_the_dense_one(declare, h):
    network = declare()
    module = plain(network)
    w = random_state(module, network, 2)
    d = 1.0 / (0.21 * h)
    right = np.random.default_rng(3).normal(size=module.N)
    block(module, w, module.R)[:] = right
    module.factor(w, d, 0)
    module.solve(w, module.K1 * module.N, 0)
    system = d * np.eye(module.N) - matrix(module, w)
    found = block(module, w, module.K1)
    # Backward error of an elimination: a few roundings for each of n pivots; a dominating diagonal keeps growth away.
    residual = np.abs(system @ found - right)
    assert np.all(residual <= 1e-13 * (np.abs(system) @ np.abs(found) + np.abs(right)))


def test_elimination_of_a_full_matrix():
    n = 6
    lu = eliminate(range(n), [], {(i, j) for i in range(n) for j in range(n)})
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(n, n)) + 10.0 * np.eye(n), rng.normal(size=n)
    names = {f"a_{i}_{j}": a[i, j] for i in range(n) for j in range(n)} | {f"r_{i}": b[i] for i in range(n)}
    exec("\n".join([*lu.factor, *lu.forward, *lu.backward]), names)
    # Ten on the diagonal: condition below 10, so a few roundings.
    np.testing.assert_allclose([names[f"r_{i}"] for i in range(n)], np.linalg.solve(a, b), rtol=1e-13, atol=1e-14)


def test_an_arrow_matrix_does_not_fill():
    """Eliminated in the declared order the arrow would fill completely; least fill first keeps it."""
    n = 8
    lu = eliminate(range(n), [], {(0, j) for j in range(n)} | {(i, 0) for i in range(n)})
    assert len(lu.stored) == 3 * n - 2


def test_the_error_function_is_for_constants_only():
    def build(rate):
        species, width = (Species("x", "1", ""),), Parameter("width", "s", 0.4, "1", "", "", "assumed", (0.0, 9.0))
        return Network("erf", species, (width,), (Reaction("in", rate, {"x": "1"}, ""),), ())

    build("erf(width)*x/width")
    with pytest.raises(NetworkError, match="varies with the state"):
        build("erf(x)")
