"""The text of a study: its file, the files that it extends, and what ``--set`` writes over them, as one document.

Mappings are merged key by key, lists and values replace, and null takes away what the extended file has. A factor that
writes ``dist`` replaces the whole entry, so that no bound of the other distribution stays behind. Every value keeps the
place where it was written, and files that a value names are looked for beside the file that wrote it.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sensitivity import yaml12
from sensitivity.errors import ConfigError, Diagnostic
from sensitivity.yaml12 import Document, Place


def read_document(path: str | Path, overrides: Sequence[str] = ()) -> Document:
    """Read a study file with what it extends and with ``a.b=c`` written over both.

    Raises
    ------
    ConfigError
        When a file cannot be read, or an override.
    """
    document = _with_origin(str(path), [])
    for override in overrides:
        _override(document, override)
    return document


def resolved_text(path: str | Path, overrides: Sequence[str] = ()) -> str:
    """Return the text of a study file, with overrides and what it extends written into it.

    Raises
    ------
    ConfigError
        When it cannot be read.
    """
    document = read_document(path, overrides)
    files = sorted({place.file for place in document.values.values()} - set(map(_argument, overrides)) - {str(path)})
    if not overrides and not files:
        return yaml12.decode(_bytes(path), str(path))
    origins = "".join(f"# extends {json.dumps(file)}\n" for file in files)
    arguments = "".join(f"# --set {json.dumps(override)}\n" for override in overrides)
    # JSON is YAML; comments of the original files are lost.
    text = json.dumps(document.data, indent=2, ensure_ascii=False)
    return f"# {json.dumps(str(path))} with\n{origins}{arguments}{text}\n"


def _bytes(path: str | Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(yaml12.MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _error(Place(str(path), 1, 1), "E101", f"cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _with_origin(path: str, chain: list[str]) -> Document:
    """A file merged into the one that it extends; `chain` holds the files that led here."""
    document = yaml12.read(yaml12.decode(_bytes(path), path), path)
    if "extends" not in document.data:
        return document
    place, name = document.place(("extends",)), document.data.pop("extends")
    del document.keys[("extends",)]
    if not isinstance(name, str) or not name:
        raise _error(place, "E140", f"extends: expected the name of a study file, got {name!r}")
    origin = os.path.normpath(os.path.join(os.path.dirname(path), name))
    chain = [*chain, os.path.realpath(path)]
    if os.path.realpath(origin) in chain:
        raise _error(place, "E140", f"extends: {origin} extends this file in turn")
    try:
        with open(origin, "rb"):
            pass
    except (OSError, ValueError) as error:
        raise _error(place, "E140", f"extends: {origin!r} cannot be read: {_reason(error)}") from None
    return _merged(_with_origin(origin, chain), document)


def _merged(base: Document, over: Document) -> Document:
    """Write one document over another."""
    keys, values, gone = dict(base.keys), dict(base.values), set()

    def drop(path: yaml12.Path) -> None:
        for known in (keys, values):
            for old in [p for p in known if p[: len(path)] == path]:
                del known[old]

    def into(below: dict[str, Any], above: dict[str, Any], path: yaml12.Path) -> dict[str, Any]:
        found = dict(below)
        for name, value in above.items():
            at, there = (*path, name), found.get(name)
            if value is None and name in found:
                del found[name]
                drop(at)
                gone.add(at)
            elif isinstance(value, dict) and isinstance(there, dict) and not (path == ("factors",) and "dist" in value):
                found[name] = into(there, value, at)
            else:
                found[name] = value
                drop(at)
        return found

    data = into(base.data, over.data, ())
    for known, written in ((keys, over.keys), (values, over.values)):
        known |= {path: place for path, place in written.items() if not gone & {path[:i] for i in range(len(path) + 1)}}
    return Document(data, keys, values, [*base.problems, *over.problems], over.home)


def _argument(text: str) -> str:
    return f"--set {text}"


def _override(document: Document, text: str) -> None:
    """Write ``a.b=c`` into the document."""
    place = Place(_argument(text), 1, 1)
    dotted, equals, value = text.partition("=")
    parts = dotted.strip().split(".")
    if not equals or not all(parts):
        raise _error(place, "E109", "write --set key=value or --set section.key=value")
    if parts[0] == "extends":
        raise _error(place, "E109", "a study says in its file what it extends, not on the command line")
    try:
        read = yaml12.read_value(value, place.file) if value.strip() else None
    except ConfigError as error:
        first = error.diagnostics[0]
        raise _error(place, first.code, first.message) from None
    if read is not None and read.problems:
        raise _error(place, read.problems[0].code, read.problems[0].message)
    inside = document.data
    for part in parts[:-1]:
        if inside.get(part) is None:
            inside[part] = {}
        inside = inside[part]
        if not isinstance(inside, dict):
            raise _error(place, "E109", f"'{part}' is no mapping: nothing can be set inside it")
    inside[parts[-1]] = None if read is None else read.data
    target = tuple(parts)
    for known in (document.keys, document.values):
        for old in [path for path in known if path[: len(target)] == target]:
            del known[old]
    inner = () if read is None else (*read.values, *read.keys)
    for path in [target[:i] for i in range(1, len(target) + 1)] + [(*target, *path) for path in inner]:
        document.keys.setdefault(path, place)
        document.values.setdefault(path, place)


def _error(place: Place, code: str, message: str) -> ConfigError:
    return ConfigError([Diagnostic(place.file, place.line, place.column, "error", code, message)])
