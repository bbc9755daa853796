"""Collects every problem of a study file, each at its line and column, with the codes that scripts may rely on."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from sensitivity.errors import ConfigError, Diagnostic, suggest
from sensitivity.yaml12 import Document, Path

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

CODES: Mapping[str, str] = {
    "E101": "the file cannot be read as YAML",
    "E102": "unknown key",
    "E103": "duplicate key",
    "E104": "wrong type or value",
    "E105": "missing key",
    "E106": "YAML feature that study files do not accept",
    "E108": "name with characters that names must not have",
    "E109": "--set that cannot be read",
    "E110": "unit unknown, missing or of the wrong dimension",
    "E111": "bounds or numbers of a distribution, or values outside the model's domain",
    "E112": "unknown distribution, or arguments that it lacks or does not take",
    "E113": "unknown factor, or no factor at all",
    "E114": "unknown observable",
    "E115": "reduction, window, times or threshold",
    "E120": "setting or size of the design",
    "E121": "group",
    "E122": "replicates",
    "E123": "more values than can be handled",
    "E124": "factors that depend on each other",
    "E125": "ledger, or outputs taken together",
    "E126": "executor",
    "E130": "the model cannot be imported",
    "E131": "option of the model",
    "E132": "a run of the model depends on other runs or on hidden state",
    "E140": "extends: the file that the study builds upon",
    "E141": "scenarios",
    "W201": "ranges without a source",
    "W202": "nominal value outside the distribution",
    "W203": "design too small for its intervals",
    "W204": "groups that the method does not rank",
    "W205": "one replicate of a stochastic model",
}
"""Every code with its meaning; a code never changes its meaning."""

_TAGS = {"grid", "list"}
"""Branches of a union in `sensitivity.schema`: pydantic puts them into a path, the file does not have them."""

M = TypeVar("M", bound="BaseModel")


def shown(value: Any) -> str:
    """Write a value of the file on one line, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Problems:
    """The diagnostics of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Diagnostic] = list(document.problems)

    def error(self, code: str, path: Path, message: str, *, key: bool = False) -> None:
        """Add an error at a value, or at its key."""
        self._add("error", code, path, message, key)

    def warning(self, code: str, path: Path, message: str, *, key: bool = False) -> None:
        """Add a warning at a value, or at its key."""
        self._add("warning", code, path, message, key)

    def _add(self, severity: str, code: str, path: Path, message: str, key: bool) -> None:
        assert code in CODES
        place = self.document.place(path, key=key)
        # A control character of the file must not reach a terminal, nor break the line.
        clean = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
        self.found.append(Diagnostic(place.file, place.line, place.column, severity, code, clean))

    @property
    def sorted(self) -> list[Diagnostic]:
        """Every diagnostic once, in the order of the file."""
        return sorted(set(self.found))

    def raise_errors(self) -> None:
        """Raise `ConfigError` with everything found, when there is an error."""
        if any(d.severity == "error" for d in self.found):
            raise ConfigError(self.sorted)

    def validate(self, schema: type[M], data: Any, path: Path) -> M | None:
        """Check one section against its schema.

        Returns
        -------
        The section, or None when there were errors, which are then in `found`.
        """
        from pydantic import ValidationError

        try:
            return schema.model_validate(data)
        except ValidationError as error:
            details = error.errors(include_url=False)
        known = [field.alias or name for name, field in schema.model_fields.items()]
        missing = [d for d in details if d["type"] == "missing"]
        for detail in details:
            at = (*path, *self._strip(path, detail["loc"]))
            if detail["type"] == "missing":
                continue
            if detail["type"] == "extra_forbidden":
                siblings = [d for d in missing if d["loc"][:-1] == detail["loc"][:-1]]
                nested = _fields_at(schema, detail["loc"][:-1]) or known
                # A misspelt required key is missing and unknown at once: one mistake, one message.
                for twin in get_close_matches(str(at[-1]), [str(d["loc"][-1]) for d in siblings], n=1):
                    missing = [d for d in missing if d not in siblings or d["loc"][-1] != twin]
                message = f"unknown key {shown(at[-1])}{_inside(at[:-1])}{suggest(str(at[-1]), nested)}"
                self.error("E102", at, message, key=True)
            else:
                self.error("E104", at, f"{_dotted(at)}: {_sentence(detail)}")
        for detail in missing:
            at = (*path, *self._strip(path, detail["loc"]))
            self.error("E105", at[:-1], f"missing key '{at[-1]}'{_inside(at[:-1])}", key=True)
        return None

    def _strip(self, path: Path, location: tuple[str | int, ...]) -> Path:
        """Drop the branches of unions, which the file does not have, from a pydantic location."""
        return tuple(
            part
            for i, part in enumerate(location)
            if part not in _TAGS or (*path, *location[: i + 1]) in self.document.values
        )


def _fields_at(schema: "type[BaseModel]", location: tuple[str | int, ...]) -> list[str]:
    """Keys known at a place inside a section; empty when it is the section itself."""
    from sensitivity.schema import ScreenEntry, SlurmEntry, TimesGrid

    inner: dict[str | int, type[BaseModel]] = {"screen": ScreenEntry, "slurm": SlurmEntry, "times": TimesGrid}
    return list(inner[location[0]].model_fields) if location and location[0] in inner else []


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path) or "the study"


def _inside(path: Path) -> str:
    return f" in {_dotted(path)}" if path else ""


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def _sentence(detail: "ErrorDetails") -> str:
    """One error of pydantic in our words."""
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in _EXPECTED:
        hint = ""
        if kind == "string_type" and isinstance(given, int | float) and not isinstance(given, bool):
            hint = f'; write "{given}" in quotes'
        if kind in {"float_type", "int_type"} and isinstance(given, str):
            hint = _number_hint(given)
        return f"expected {_EXPECTED[kind]}, got {shown(given)}{hint}"
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return f"expected {context['expected']}, got {shown(given)}{suggest(str(given), choices)}"
    if kind == "value_error":
        return str(context["error"])
    for bound, words in (("ge", "at least"), ("le", "at most"), ("gt", "above"), ("lt", "below")):
        if bound in context:
            return f"must be {words} {context[bound]}, got {shown(given)}"
    if "actual_length" in context:
        low, high = context.get("min_length"), context.get("max_length")
        wanted = f"at least {low}" if kind == "too_short" else f"at most {high}"
        return f"expected {wanted} entries, got {context['actual_length']}"
    return f"{detail['msg']}, got {shown(given)}"


def _number_hint(given: str) -> str:
    """What to write for a number that YAML 1.2 takes for text."""
    for old, new in ((",", "."), ("_", ""), ("", "")):
        plain = given.replace(old, new)
        if re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", plain, re.ASCII):
            return f"; write {plain}"
    return ""
