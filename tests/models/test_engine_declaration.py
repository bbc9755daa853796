"""What a declaration may not say: names that clash, text that is no expression, numbers that nothing can run with."""

import ast
import dataclasses
import math

import pytest

from models.engine.codegen import generate
from models.engine.declaration import Classes, Observable, Reaction, Rule, Species
from models.engine.grammar import is_name
from models.engine.network import Network, NetworkError
from models.published import bender2014, lu2014, scheuher2022, singh2017
from models.tdm1 import networks
from tests.models import populations
from tests.models.toys import parameter, toy

DECLARED = (
    toy, networks.culture, networks.patient, populations.patient, populations.oddities, populations.memory,
    lu2014.network, scheuher2022.network, lambda: bender2014.network("reduced", "rat"),
    lambda: singh2017.network("patient", "emax"),
)  # fmt: skip
GENERATED = set("stride size constants refresh initial totals rhs factor solve observe least jacobian".split())


def tiny(**changes):
    base = {
        "name": "tiny",
        "species": (Species("x", "nM", ""),),
        "parameters": (parameter("decay", 1.0, "1/hour"), parameter("unit", 1.0, "nM")),
        "reactions": (Reaction("loss", "decay*x", {"x": "-1"}, ""),),
        "observables": (Observable("x", "x", "nM", "", 1e-3),),
    }
    return Network(**base | changes)


@pytest.mark.parametrize(
    "name", "lambda in is spread power source totals range stride get put into base k w_ x- 1x X g_1 exp pi".split()
)
def test_a_name_of_the_code_or_the_language_is_refused(name):
    if name == "w_":
        assert is_name(name)  # the check is not blind: near misses pass
        return
    with pytest.raises(NetworkError, match="cannot be used as a name"):
        tiny(parameters=(*tiny().parameters, parameter(name, 1.0, "1")))


@pytest.mark.parametrize("declare", DECLARED)
def test_every_name_that_the_code_uses_itself_is_reserved(declare):
    """A declared quantity becomes a local variable of generated functions and must not hide what they call."""
    network = declare()
    own = {*network.symbols, *network.assignments, *network.class_assignments}
    for lanes in (True, False):
        for function in ast.walk(ast.parse(generate(network, lanes=lanes))):
            if isinstance(function, ast.FunctionDef) and function.name in GENERATED:
                used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
                used |= {argument.arg for argument in function.args.args}
                assert not {name for name in used - own if is_name(name)}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../tiny"},  # it names a file
        {"name": 'tiny"""\nimport os'},  # and stands in its docstring
        {"observables": (Observable("a.b", "x", "nM", "", 1.0),)},  # a dot ends the setting
        {"reactions": (Reaction("a b", "decay*x", {"x": "-1"}, ""),)},
    ],
)
def test_labels_are_identifiers(change):
    with pytest.raises(NetworkError, match="cannot be used as a name"):
        tiny(**change)


@pytest.mark.parametrize(
    "rate",
    [
        "decay*x if x else decay", "decay*x and unit*decay", "decay*x or x", "decay*x^2", "decay*x // 1",
        "decay*x*(x > unit)", "decay*x.diff(x)", "decay*abs(x)", "decay*x*0.2[1]", "decay*x*True", "decay*x*1j",
        "decay*x, x", "__import__('os').getpid()*decay*x", "decay*x*log(2, 10)", "2 decay*x", "", -1,
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(rate):
    with pytest.raises(NetworkError, match="reaction 'loss': cannot read"):
        tiny(reactions=(Reaction("loss", rate, {"x": "-1"}, ""),))


@pytest.mark.parametrize("rate", ["decay*x/0", "0/0*decay*x", "decay*x/(decay - decay)", "1e400*decay*x", "10**400*x"])
def test_a_rate_that_is_no_number_is_refused(rate):
    with pytest.raises(NetworkError, match="divides by zero or holds a number beyond every double"):
        tiny(reactions=(Reaction("loss", rate, {"x": "-1"}, ""),))


def test_expressions_mean_what_they_say():
    x, decay = tiny().symbols["x"], tiny().symbols["decay"]
    for text, value in (
        ("-x**2", -(x**2)), ("decay\n  * x / 2", decay * x / 2), ("2**-1*x", x / 2), ("1e-3*x - +x", 0.001 * x - x),
        ("1/3*x", x / 3),
    ):  # fmt: skip
        assert tiny(observables=(Observable("y", text, "nM", "", 1.0),)).outputs == [value]


@pytest.mark.parametrize("floor", [0.0, -1.0, math.nan, math.inf])
def test_a_species_without_a_floor_is_refused(floor):
    """The error of a state that vanishes is measured against its floor: 0/0 would fail every row."""
    with pytest.raises(NetworkError, match="species 'x': floor"):
        tiny(species=(Species("x", "nM", "", "0", floor),))


@pytest.mark.parametrize("floor", [-1.0, math.nan])
def test_an_observable_with_an_odd_floor_is_refused(floor):
    with pytest.raises(NetworkError, match="observable 'x': floor"):
        tiny(observables=(Observable("x", "x", "nM", "", floor),))


@pytest.mark.parametrize(("nominal", "domain"), [(2.0, (0.0, 1.0)), (math.nan, (0.0, 1.0)), (0.5, (1.0, 0.0))])
def test_a_nominal_value_outside_the_domain_is_refused(nominal, domain):
    odd = dataclasses.replace(parameter("odd", nominal, "1"), domain=domain)
    with pytest.raises(NetworkError, match="parameter 'odd': nominal value"):
        tiny(parameters=(*tiny().parameters, odd))


@pytest.mark.parametrize(
    "classes",
    [
        Classes((Species("y", "nM", ""),), (Reaction("gain", "decay*y", {"y": "1"}, ""),)),
        Classes((), (), (parameter("share", 1.0, "1"),)),
    ],
)
def test_classes_that_cannot_be_counted_are_refused(classes):
    """Their number is that of the values of their parameters; without one they would silently be none."""
    with pytest.raises(NetworkError, match="classes need species, and parameters"):
        tiny(classes=classes)


def test_a_rule_that_only_reads_an_accumulator_goes_with_it():
    """Accumulators that no output reads are not integrated; a class rule that reads one must not be left behind."""
    network = tiny(
        species=(Species("x", "nM", "", "unit"), Species("lost", "nM", "only adds up")),
        reactions=(Reaction("loss", "decay*x", {"x": "-1", "lost": "1"}, ""),),
        classes=Classes(
            species=(Species("count", "1", "", "share"),),
            reactions=(Reaction("death", "decay*count", {"count": "-1"}, ""),),
            parameters=(parameter("share", 1.0, "1"),),
            rules=(
                Rule("ratio", "lost/unit", "1", "reads the accumulator"),
                Rule("twice", "2*ratio", "1", "through another rule"),
                Rule("kept", "share", "1", "does not"),
            ),
        ),
    )
    lean = network.only({"x"})
    assert [s.name for s in lean.species] == ["x"]
    assert [rule.name for rule in lean.classes.rules] == ["kept"]
