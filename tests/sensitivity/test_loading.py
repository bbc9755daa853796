"""Reaching a model by its name: what is found, what is refused, and the one line that says why."""

import sys
from pathlib import Path

import numpy as np
import pytest

from sensitivity import loading
from sensitivity.contracts import OutputRequest
from sensitivity.function_model import FunctionModel
from sensitivity.loading import LoadError, load, source_sha256
from sensitivity.study import ModelUse

MODEL = """
class Model:
    parameters = {}
    observables = {}
    time_unit = "day"
    stochastic = False
    def __init__(self, rtol=1e-6, *, doses):
        if rtol <= 0:
            raise ValueError("rtol must be positive")
        self.rtol = rtol
        self.doses = doses
    def simulate(self, parameters, streams, request): ...

class NoModel:
    parameters = {}

class Broken:
    def __init__(self):
        raise KeyError("inner\\ntext")

VALUE = 3
def f(x): return {"y": x["a"]}
"""


@pytest.fixture(autouse=True)
def _clean_imports():
    path = list(sys.path)
    yield
    sys.path[:] = path
    loading._folder.path = None
    for name in list(loading._imported):
        sys.modules.pop(name, None)
    loading._imported.clear()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine_a.py").write_text(MODEL)
    return tmp_path


def value(folder, use="mine_b:f"):
    model = load(ModelUse(use, {}, str(folder)))
    y = model.simulate({"a": np.array([1.0])}, np.zeros((1, 2), dtype=np.uint64), [OutputRequest("y", "y", "1")])
    return float(y["y"][0])


def test_a_class_is_built_with_its_options(folder):
    model = load(ModelUse("mine_a:Model", {"rtol": 0.5, "doses": [1, 2]}, str(folder)))
    assert (model.rtol, model.doses) == (0.5, [1, 2])


def test_a_function_is_wrapped(folder):
    assert isinstance(load(ModelUse("mine_a:f", {}, str(folder))), FunctionModel)


@pytest.mark.parametrize(
    ("use", "options", "fragment"),
    [
        ("mine_a", {}, "not of the form module:object"),
        ("../mine_a:f", {}, "not of the form module:object"),
        ("mine_a:f:g", {}, "not of the form module:object"),
        ("mine_a:Model.simulate", {}, "not of the form module:object"),
        ("mine_aa:f", {}, "did you mean 'mine_a'?"),
        ("mine_a:Modell", {}, "module 'mine_a' has no 'Modell'; did you mean 'Model'?"),
        ("mine_a:VALUE", {}, "neither a class nor a function, but of type int"),
        ("mine_a:NoModel", {}, "it has no observables, time_unit, stochastic, simulate"),
        ("mine_a:Broken", {}, "cannot be built: KeyError: 'inner\\ntext'"),
        ("mine_a:Model", {"doses": 1, "rtool": 1}, "Model has no option 'rtool'; did you mean 'rtol'?"),
        ("mine_a:Model", {}, "needs the option 'doses'"),
        ("mine_a:Model", {"doses": 1, "rtol": -1}, "rtol must be positive"),
        ("mine_a:f", {"rtol": 1}, "takes no options"),
        ("os:path", {}, "neither a class nor a function"),
        ("mine_a.sub:f", {}, "no module named 'mine_a.sub'"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_line(folder, use, options, fragment):
    with pytest.raises(LoadError) as caught:
        load(ModelUse(use, options, str(folder)))
    assert fragment in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "fragment"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import not_there_at_all", "No module named 'not_there_at_all'"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
    ],
)
def test_an_import_that_raises_is_said_in_one_line(tmp_path, source, fragment):
    (tmp_path / "mine_c.py").write_text(source)
    with pytest.raises(LoadError, match="cannot be imported") as caught:
        load(ModelUse("mine_c:f", {}, str(tmp_path)))
    assert fragment in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["json", "math", "numpy", "sensitivity"])
def test_a_module_with_the_name_of_an_installed_one_is_refused(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("def f(x): return {}")
    with pytest.raises(LoadError, match=f"{name}.py has the name of a module of .*: rename it"):
        load(ModelUse(f"{name}:f", {}, str(tmp_path)))


def test_a_module_with_the_name_of_the_standard_library_is_refused_from_its_own_folder(tmp_path, monkeypatch):
    (tmp_path / "colorsys.py").write_text("def f(x): return {}")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(LoadError, match="the standard library"):
        load(ModelUse("colorsys:f", {}, str(tmp_path)))


def test_modules_of_one_name_in_two_folders_are_kept_apart(tmp_path):
    for name, number in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine_b.py").write_text("import mine_d\ndef f(x): return {'y': mine_d.K * x['a']}")
        (tmp_path / name / "mine_d.py").write_text(f"K = {number}")
    assert [value(tmp_path / name) for name in ("one", "two", "one")] == [1.0, 2.0, 1.0]


def test_a_module_of_another_study_is_not_found(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "mine_b.py").write_text("def f(x): return {'y': x['a']}")
    assert value(tmp_path / "one") == 1.0
    with pytest.raises(LoadError, match="no module named 'mine_b'"):
        value(tmp_path / "two")


def test_an_edited_module_is_imported_anew(tmp_path):
    source = tmp_path / "mine_b.py"
    source.write_text("def f(x): return {'y': x['a']}")
    assert value(tmp_path) == 1.0
    source.write_text("def f(x): return {'y': x['a'] + 10.0}")
    assert value(tmp_path) == 11.0


def test_an_edited_module_is_imported_anew_also_in_the_working_directory(tmp_path, monkeypatch):
    """A notebook beside the study: the folder is on the import path already, and the module imported by hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    source = tmp_path / "mine_b.py"
    source.write_text("def f(x): return {'y': x['a']}")
    import mine_b  # noqa: F401

    assert value(tmp_path) == 1.0
    source.write_text("def f(x): return {'y': x['a'] + 10.0}")
    assert value(tmp_path) == 11.0


def test_the_folder_is_searched_last_and_leaves_the_import_path_alone(folder):
    path = list(sys.path)
    load(ModelUse("mine_a:f", {}, str(folder)))
    assert sys.path == path
    assert sys.meta_path[-1] is loading._folder


def test_the_hash_of_a_module_follows_its_source_only(tmp_path):
    source = tmp_path / "mine_b.py"
    source.write_text("def f(x): return {}")
    (tmp_path / "beside.py").write_text("1")
    use = ModelUse("mine_b:f", {}, str(tmp_path))
    first = source_sha256(use)
    (tmp_path / "beside.py").write_text("2")
    assert source_sha256(use) == first
    source.write_text("def f(x): return {'y': 1}")
    assert source_sha256(use) != first


def test_the_hash_of_a_package_covers_every_module_in_it(tmp_path):
    package = tmp_path / "mine_p"
    (package / "sub").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "sub" / "__init__.py").write_text("def f(x): return {}")
    (package / "sub" / "helper.py").write_text("1")
    use = ModelUse("mine_p.sub:f", {}, str(tmp_path))
    hashes = [source_sha256(use)]
    (package / "sub" / "helper.py").write_text("2")
    hashes.append(source_sha256(use))
    (package / "sub" / "helper.py").rename(package / "sub" / "helpers.py")
    hashes.append(source_sha256(use))
    (package / "notes.txt").write_text("no code")
    assert len(set(hashes)) == 3
    assert source_sha256(use) == hashes[-1]


def test_a_module_without_source_has_no_hash():
    with pytest.raises(LoadError, match="cannot be found"):
        source_sha256(ModelUse("sys:exit", {}, str(Path.cwd())))
    with pytest.raises(LoadError, match="no module named"):
        source_sha256(ModelUse("mine_zzz:f", {}, str(Path.cwd())))


def test_the_hash_covers_what_the_module_imports_from_its_folder(tmp_path):
    (tmp_path / "mine_b.py").write_text("def f(x):\n    import mine_d\n    return {}")
    (tmp_path / "mine_d.py").write_text("import mine_e")
    (tmp_path / "mine_e.py").write_text("K = 1")
    use = ModelUse("mine_b:f", {}, str(tmp_path))
    first = source_sha256(use)
    (tmp_path / "mine_e.py").write_text("K = 2")
    assert source_sha256(use) != first
    (tmp_path / "mine_e.py").write_text("K = 1")
    assert source_sha256(use) == first


def test_what_a_model_prints_does_not_reach_stdout(tmp_path, capfd):
    (tmp_path / "mine_b.py").write_text("print('import')\ndef f(x):\n    print('call')\n    return {'y': x['a']}")
    assert value(tmp_path) == 1.0
    out, err = capfd.readouterr()
    assert out == ""
    assert "import" in err
    assert "call" in err
