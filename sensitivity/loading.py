"""Reaches a model by its name, ``module:object``: an installed module, or one beside the study file.

The study's folder is searched last. A module there that has the name of an installed one is refused, because either
choice would surprise somebody. One process may load models of several folders in turn (a notebook does), and a module
may be edited between: what was imported from another folder, or has changed since, is imported anew.
"""

import ast
import contextlib
import hashlib
import importlib
import importlib.machinery
import importlib.util
import inspect
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from sensitivity.contracts import Model
from sensitivity.errors import suggest
from sensitivity.function_model import FunctionModel, one_line
from sensitivity.study import ModelUse

MEMBERS = ("parameters", "observables", "time_unit", "stochastic", "simulate")
"""What a model class must have."""

_USE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)", re.ASCII)
_imported: dict[str, tuple[str, str]] = {}  # modules beside a study file: place and hash when imported


class _StudyFolder:
    """Import hook, asked last, for modules beside the study file.

    A hook rather than an entry of ``sys.path``, which worker processes inherit without knowing whose it was.
    """

    path: str | None = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find a top-level module in the folder; packages find their own submodules."""
        return None if path is not None or self.path is None else _beside(name, self.path)


_folder = _StudyFolder()


class LoadError(ValueError):
    """A model cannot be found, imported or built; the message is one line."""


def load(use: ModelUse) -> Model:
    """Import a model and build it with its options.

    Raises
    ------
    LoadError
    """
    return build(use, find(use))


def find(use: ModelUse) -> Any:
    """Import the object that `use` names: a class or a function.

    Raises
    ------
    LoadError
    """
    match = _USE.fullmatch(use.use)
    if not match:
        raise LoadError(f"'{use.use}' is not of the form module:object")
    module_name, name = match.groups()
    folder = str(Path(use.folder).resolve())
    _enter(folder)
    _refuse_shadow(module_name.partition(".")[0], folder)
    before = set(sys.modules)
    try:
        module = _import(module_name, folder)
    finally:
        _remember(folder, set(sys.modules) - before | {module_name.partition(".")[0]})
    if not hasattr(module, name):
        public = [key for key in dir(module) if not key.startswith("_")]
        raise LoadError(f"module '{module_name}' has no '{name}'{suggest(name, public)}")
    found = getattr(module, name)
    if not callable(found):
        raise LoadError(f"{use.use} is neither a class nor a function, but of type {type(found).__name__}")
    return found


def option_problems(found: Any, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Options that a model does not take, as (option, message), and those it needs, as ("", message)."""
    if not inspect.isclass(found):
        return [(name, f"a plain function takes no options, got '{name}'") for name in options]
    try:
        parameters = [p for p in inspect.signature(found).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    except (TypeError, ValueError):
        return []
    named = {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    problems = []
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        problems += [
            (name, f"{found.__name__} has no option '{name}'{suggest(name, named)}")
            for name in options
            if name not in named
        ]
    needed = [name for name, p in named.items() if p.default is p.empty and name not in options]
    return problems + [("", f"{found.__name__} needs the option '{name}'") for name in needed]


def build(use: ModelUse, found: Any) -> Model:
    """Build the model from what `find` returned.

    Raises
    ------
    LoadError
    """
    problems = option_problems(found, use.options)
    if problems:
        raise LoadError("; ".join(message for _, message in problems))
    if not inspect.isclass(found):
        try:
            return FunctionModel(found)
        except ValueError as error:
            raise LoadError(str(error)) from None
    try:
        model = found(**use.options)
        missing = [name for name in MEMBERS if not hasattr(model, name)]
    except (Exception, SystemExit) as error:
        raise LoadError(f"{use.use} cannot be built: {_message(error)}") from None
    if missing:
        raise LoadError(f"{use.use} is no model: it has no {', '.join(missing)}")
    return cast(Model, model)


def _message(error: BaseException) -> str:
    """What a constructor said: its own words for a value that it refuses."""
    return " ".join(str(error).split())[:300] if type(error) is ValueError and str(error) else one_line(error)


def source_sha256(use: ModelUse) -> str:
    """Hash of the source that defines a model: its top-level module or package, and what it imports from the folder.

    Raises
    ------
    LoadError
        When the source cannot be found.
    """
    top = use.use.partition(":")[0].partition(".")[0]
    folder = str(Path(use.folder).resolve())
    _enter(folder)
    spec = _spec(top)
    if spec is None:
        raise LoadError(f"no module named '{top}'")
    specs = {top: spec}
    waiting = [spec]
    while waiting:
        for name in _imports(waiting.pop()):
            beside = _beside(name, folder)
            if name not in specs and beside is not None:
                specs[name] = beside
                waiting.append(beside)
    if len(specs) == 1:
        return _sha256(spec)
    return hashlib.sha256("".join(f"{name} {_sha256(specs[name])}\n" for name in sorted(specs)).encode()).hexdigest()


def _imports(spec: importlib.machinery.ModuleSpec) -> set[str]:
    """Top-level names of everything that the source of a module imports, wherever in the text."""
    return {name for _, path in _files(spec) for name in _imported_by(path.read_bytes())}


@lru_cache(maxsize=1024)
def _imported_by(source: bytes) -> frozenset[str]:
    """Remembered, because a run asks several times for the hash of the same source and parsing is slow."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return frozenset()
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return frozenset(name.partition(".")[0] for name in names)


def _files(spec: importlib.machinery.ModuleSpec) -> list[tuple[str, Path]]:
    """Source files of a module or package, by their name inside it."""
    roots = [Path(root) for root in spec.submodule_search_locations or ()]
    files = [(path.relative_to(root).as_posix(), path) for root in roots for path in root.rglob("*.py")]
    if not roots and spec.origin and Path(spec.origin).is_file():
        files = [(Path(spec.origin).name, Path(spec.origin))]
    return sorted(files)


def _sha256(spec: importlib.machinery.ModuleSpec) -> str:
    digest = hashlib.sha256()
    files = _files(spec)
    if not files:
        raise LoadError(f"the source of module '{spec.name}' cannot be found")
    for name, path in files:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


def _beside(name: str, folder: str) -> importlib.machinery.ModuleSpec | None:
    spec = importlib.machinery.PathFinder.find_spec(name, [folder])
    # A folder without __init__.py is not taken for a module: most folders beside a study hold no code.
    return spec if spec is not None and spec.origin else None


def _enter(folder: str) -> None:
    """Make `folder` the only study folder on the import path, and forget what is no longer so."""
    importlib.invalidate_caches()
    _folder.path = folder
    if _folder not in sys.meta_path:
        sys.meta_path.append(_folder)
    specs = {name: _beside(name, folder) for name in _imported}
    if any(spec is None or _imported[name] != (spec.origin, _sha256(spec)) for name, spec in specs.items()):
        # One changed: the others may hold on to the old one.
        for name in [m for m in sys.modules if m.partition(".")[0] in _imported]:
            del sys.modules[name]
        _imported.clear()


def _remember(folder: str, imported: set[str]) -> None:
    """Note which of the modules just imported lie in the study's folder."""
    for name in imported:
        spec = getattr(sys.modules.get(name), "__spec__", None)
        origin = getattr(spec, "origin", None)
        if spec is None or "." in name or name in _imported or not origin or not Path(origin).is_file():
            continue  # built-in modules have an origin that is no file
        place = Path(origin).parent if Path(origin).name != "__init__.py" else Path(origin).parent.parent
        if str(place.resolve()) == folder:
            _imported[name] = (origin, _sha256(spec))


def _refuse_shadow(top: str, folder: str) -> None:
    beside = _beside(top, folder)
    if beside is None:
        return
    other = "the standard library" if top in sys.stdlib_module_names else None
    found = _spec(top)
    if other is None and found is not None and found.origin and Path(found.origin).resolve() != _origin(beside):
        other = found.origin
    if other is not None:
        raise LoadError(f"{beside.origin} has the name of a module of {other}: rename it, and `use` the new name")


def _origin(spec: importlib.machinery.ModuleSpec) -> Path:
    return Path(str(spec.origin)).resolve()


def _import(name: str, folder: str) -> Any:
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for data
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise LoadError(f"module '{name}' cannot be imported: {one_line(error)}") from None
        there = [path.stem for path in Path(folder).glob("*.py")] if "." not in name else []
        where = f"no module named '{error.name}' is installed or lies in {folder}"
        raise LoadError(f"{where}{suggest(name, there)}") from None
    except (Exception, SystemExit) as error:
        raise LoadError(f"module '{name}' cannot be imported: {one_line(error)}") from None
