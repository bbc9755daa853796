"""YAML 1.2 as plain data with the place of every key and value.

Scalars follow the 1.2 core schema, so ``1e-3`` is a number, ``no`` and ``12:30`` are text and ``012`` is twelve.
Only the event layer of ruamel.yaml is used: nothing is constructed from tags, aliases are never expanded, and the
depth is limited while reading, so a hostile file costs no more than its size.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from sensitivity.errors import ConfigError, Diagnostic

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32

Path = tuple[str | int, ...]
"""Keys and list positions that lead to a value."""

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{sign + word: float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written; lines and columns count from 1."""

    file: str
    line: int
    column: int


@dataclass
class Document:
    """Plain data with positions.

    Attributes
    ----------
    data : None, bool, int, float, str, list or dict
    keys, values : mapping of path to Place
        Where each key and each value is written; list entries have a value place only.
    problems : list of Diagnostic
        Errors after which the rest of the file can still be checked (duplicate keys, anchors, tags).
    home : str
        The file that was read.
    """

    data: Any
    keys: dict[Path, Place]
    values: dict[Path, Place]
    problems: list[Diagnostic]
    home: str = ""

    def folder_of(self, path: Path) -> str:
        """Folder of the file that wrote a value, in which files that it names are looked for."""
        file = self.place(path).file
        return str(File(self.home if file.startswith("--set ") else file).resolve().parent)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Place of a value or key, or of the nearest thing around it that is written."""
        if not key and path in self.values:
            return self.values[path]
        for length in range(len(path), 0, -1):
            found = self.keys.get(path[:length]) or self.values.get(path[:length])
            if found:
                return found
        return self.values[()]


class _Stop(Exception):
    """Reading cannot go on."""

    def __init__(self, code: str, line: int, column: int, message: str) -> None:
        self.found = (code, line, column, message)
        super().__init__(message)


def decode(raw: bytes, file: str) -> str:
    """Turn the bytes of a file into text.

    Raises
    ------
    ConfigError
        When it is too large, not UTF-8, or binary.
    """
    if len(raw) > MAX_BYTES:
        raise _config_error(file, "E101", 1, 1, f"the file is larger than {MAX_BYTES} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = _line_column(before)
        raise _config_error(file, "E101", line, column, "not a text file in UTF-8") from None


def read(text: str, file: str) -> Document:
    """Read one mapping.

    Raises
    ------
    ConfigError
        When the text is not YAML, not one mapping, or uses what a study file must not use.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _config_error(file, "E101", 1, 1, f"the file is larger than {MAX_BYTES} bytes")
    document = read_value(text, file)
    if not isinstance(document.data, dict):
        place = document.values[()]
        message = "a study file is a mapping (key: value)"
        raise _config_error(file, "E101", place.line, place.column, message)
    return document


def read_value(text: str, file: str) -> Document:
    """Read one value of any kind; raises as `read` does."""
    reader = _Reader(text, file)
    try:
        data = reader.document()
    except _Stop as stop:
        code, line, column, message = stop.found
        reader.problem(code, line, column, message)
        raise ConfigError(reader.document_problems()) from None
    return Document(data, reader.keys, reader.values, reader.problems, file)


def _line_column(before: str) -> tuple[int, int]:
    """Line and column of what follows `before`."""
    lines = before.split("\n")
    return len(lines), len(lines[-1]) + 1


def _config_error(file: str, code: str, line: int, column: int, message: str) -> ConfigError:
    return ConfigError([Diagnostic(file, line, column, "error", code, message)])


class _Reader:
    """Walks the events of one document."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.problems: list[Diagnostic] = []
        self.events = self._parse()

    def problem(self, code: str, line: int, column: int, message: str) -> None:
        self.problems.append(Diagnostic(self.file, line, column, "error", code, message))

    def document_problems(self) -> list[Diagnostic]:
        return sorted(self.problems)

    def _parse(self) -> Iterator[tuple[str, Any]]:
        """Events as (kind, event); every fault of the parser becomes a `_Stop`."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError
        from ruamel.yaml.reader import ReaderError

        try:
            for event in YAML(typ="safe", pure=True).parse(self.text):
                yield type(event).__name__.removesuffix("Event"), event
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
            what = " ".join(str(part) for part in (error.problem, error.context) if part)
            raise _Stop("E101", line, column, f"not YAML: {what}") from None
        except ReaderError as error:
            line, column = _line_column(self.text[: error.position])
            raise _Stop("E101", line, column, "not YAML: a character that text must not hold") from None
        except (ValueError, OverflowError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
            # The parser leaks these on a few malformed escapes and directives.
            raise _Stop("E101", 1, 1, f"not YAML: {error}") from None

    def document(self) -> Any:
        """Value of the only document."""
        data: Any = None
        documents = 0
        for kind, event in self.events:
            if kind == "DocumentStart":
                documents += 1
                line, column = event.start_mark.line + 1, event.start_mark.column + 1
                if documents > 1:
                    raise _Stop("E106", line, column, "a second document (---): a study file holds one")
                if event.version and tuple(event.version) != (1, 2):
                    raise _Stop("E106", line, column, "study files are YAML 1.2; drop the %YAML line")
            elif kind not in {"StreamStart", "StreamEnd", "DocumentEnd"}:
                data = self._node(kind, event, (), 0)
        if not documents:
            raise _Stop("E101", 1, 1, "the file is empty")
        return data

    def _node(self, kind: str, event: Any, path: Path, depth: int) -> Any:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self.values[path] = Place(self.file, line, column)
        if kind == "Alias":
            raise _Stop("E106", line, column, f"aliases (*{event.anchor}) are not accepted: write the value again")
        if event.anchor:
            self.problem("E106", line, column, f"anchors (&{event.anchor}) are not accepted")
        if event.ctag:
            self.problem("E106", line, column, f"tags ({event.ctag}) are not accepted")
        if kind == "Scalar":
            return self._scalar(event, line, column)
        if depth >= MAX_DEPTH:
            raise _Stop("E106", line, column, f"nested deeper than {MAX_DEPTH} levels")
        if kind == "SequenceStart":
            return self._sequence(path, depth)
        return self._mapping(path, depth)

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        for kind, event in self.events:
            if kind == "SequenceEnd":
                break
            items.append(self._node(kind, event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for kind, event in self.events:
            if kind == "MappingEnd":
                break
            key, line, column = self._key(kind, event)
            if key in entries:
                first = self.keys[(*path, key)].line
                self.problem("E103", line, column, f"duplicate key '{key}' (first on line {first})")
                # The second value is read, for its own problems, and kept out of the way of the first.
                inside = _Reader.__new__(_Reader)
                inside.__dict__ = {**self.__dict__, "keys": {}, "values": {}}
                inside._node(*next(self.events), (), depth + 1)
                continue
            self.keys[(*path, key)] = Place(self.file, line, column)
            entries[key] = self._node(*next(self.events), (*path, key), depth + 1)
        return entries

    def _key(self, kind: str, event: Any) -> tuple[str, int, int]:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind == "Alias":
            raise _Stop("E106", line, column, f"aliases (*{event.anchor}) are not accepted: write the key again")
        if event.anchor or event.ctag:
            raise _Stop("E106", line, column, "keys must not have anchors or tags")
        if kind != "Scalar":
            raise _Stop("E106", line, column, "a key must be text")
        if event.value == "<<" and event.implicit[0]:
            raise _Stop("E106", line, column, "merge keys (<<) are not accepted: write the entries again")
        key = self._scalar(event, line, column)
        if not isinstance(key, str):
            hint = "; decimals have a point" if isinstance(key, int) and event.value.isdigit() else ""
            raise _Stop("E106", line, column, f'a key must be text: write "{event.value}" in quotes{hint}')
        return key, line, column

    def _scalar(self, event: Any, line: int, column: int) -> Any:
        text: str = event.value
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise _Stop("E101", line, column, "not YAML: half of a surrogate pair")
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            if len(text) > 400:
                raise _Stop("E104", line, column, f"a number of {len(text)} digits")
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        return text
