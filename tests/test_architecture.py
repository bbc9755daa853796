"""The shape of the program: imports go one way, modules stay short, public names are complete and sorted."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "sensitivity" / "templates"  # files that are copied, not imported
MODULES = sorted(
    p
    for package in ("sensitivity", "models")
    for p in (ROOT / package).rglob("*.py")
    if p.parent == TEMPLATES or TEMPLATES not in p.parents
)
LINES = 300

LAYERS = [
    ["methods.catalogue", "executors.catalogue", "presentation", "excerpt"],
    ["contracts", "errors", "accessor"],
    ["units", "distributions", "design", "streams", "store", "yaml12", "methods.chance", "lock", "signals", "machine"],
    [
        "dependence",
        "factors",
        "quantities",
        "config_document",
        "explain",
        "scenario",
        "splits",
        "failures",
        "methods.intervals",
        "methods.morris_radial",
        "methods.ranking",
        "methods.convergence",
        "methods.sobol_indices",
        "methods.ledger",
        "schema_values",
    ],
    ["schema", "methods.morris_moments", "jobs"],
    ["schema_sections"],
    ["methods.andres", "methods.efast", "methods.sobol", "methods.morris", "methods.given", "problems"],
    ["study"],
    ["function_model", "study_json"],
    ["loading", "stage"],
    ["given"],
    ["statistics", "screening", "floors", "result", "config_factors", "scenario_model"],
    [
        "stages",
        "growth",
        "imputation",
        "config_design",
        "config_outputs",
        "config_groups",
        "config_noise",
        "config_executor",
        "config_scenarios",
    ],
    ["config_analysis"],
    ["config", "selftest", "templates"],
    ["executors", "plan", "pilot", "patients", "levels", "doses"],
    ["work", "checks", "kept_study"],
    ["plots", "view"],
    ["view_pilot", "view_given", "view_resolved", "view_study", "view_trust", "comparison", "export", "doctor"],
    ["report"],
    ["analysis"],
    ["run", "reproduction", "listing"],
    ["rehearsal"],
    ["forecast"],
    ["api", "progress"],
    ["cli"],
    ["__main__"],
]


def name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """Every module imported anywhere in a file, except under TYPE_CHECKING."""
    tree = ast.parse(path.read_text())
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped |= {id(child) for child in ast.walk(node)}
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                child = f"{node.module}.{alias.name}"
                is_module = (ROOT / (child.replace(".", "/") + ".py")).exists()
                found.add(child if is_module else node.module)
    return found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_are_short(path):
    assert len(path.read_text().splitlines()) <= LINES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_two_packages_never_import_each_other(path):
    other = "models" if name(path).startswith("sensitivity") else "sensitivity"
    assert not [m for m in imports(path) if m.split(".")[0] == other]


def layer(module):
    """Number of the layer of a module of the framework, or None for the package itself."""
    short = module.removeprefix("sensitivity").removeprefix(".")
    while short:
        for number, names in enumerate(LAYERS):
            if short in names:
                return number
        short = short.rpartition(".")[0]
    return None


ROOMS = {"cli", "executors", "plots", "report", "methods", "result", "selftest"}

FRAMEWORK = [p for p in MODULES if name(p).startswith("sensitivity")]


@pytest.mark.parametrize("path", FRAMEWORK, ids=name)
def test_imports_of_the_framework_go_one_way(path):
    own = layer(name(path))
    if name(path) in {"sensitivity", "sensitivity.methods", "sensitivity.result", "sensitivity.selftest"}:
        return
    assert own is not None, f"{name(path)} has no place in the layers"
    for module in imports(path):
        if module.split(".")[0] == "sensitivity" and module != "sensitivity":
            room = name(path).split(".")[1]
            if module.split(".")[1] == room and room in {
                "cli",
                "executors",
                "plots",
                "report",
                "methods",
                "result",
                "selftest",
            }:
                continue  # a room may look into itself
            assert layer(module) is not None, module
            assert layer(module) < own, f"{name(path)} imports {module} from above or beside"


HOMES = {
    "SALib": {"sensitivity.methods.sobol", "sensitivity.methods.morris"},
    "joblib": {"sensitivity.executors"},
    "dask": {"sensitivity.executors"},
    "distributed": {"sensitivity.executors"},
    "dask_jobqueue": {"sensitivity.executors"},
    "matplotlib": {"sensitivity.plots"},
    "jinja2": {"sensitivity.report"},
    "ruamel": {"sensitivity.yaml12"},
    "typer": {"sensitivity.cli"},
    "pint": {"sensitivity.units", "models.engine", "models.tdm1"},
    "numba": {"models.engine", "models.tdm1.population.reduced"},
    "sympy": {"models.engine"},
}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_each_library_has_one_home(path):
    for module in imports(path):
        homes = HOMES.get(module.split(".")[0])
        if homes is not None:
            assert any(name(path) == home or name(path).startswith(f"{home}.") for home in homes), module


def test_no_pickle_and_no_eval():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, path
        assert not {"pickle", "dill", "cloudpickle"} & {m.split(".")[0] for m in imports(path)}, path


def test_public_names_are_complete_sorted_and_there():
    package = importlib.import_module("sensitivity")
    assert package.__all__ == sorted(package.__all__)
    assert set(package.__all__) == set(package._HOME)
    for public in package.__all__:
        assert getattr(package, public).__module__ == package._HOME[public]


def test_a_name_that_is_not_there_is_an_attribute_error():
    package = importlib.import_module("sensitivity")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        package.nothing  # noqa: B018
