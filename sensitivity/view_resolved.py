"""A study as it is understood: every value with the file, the option, the model or the default that it comes from."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sensitivity.view import table

if TYPE_CHECKING:
    from sensitivity.study import Study
    from sensitivity.yaml12 import Document, Path

DEFAULT = "default"


def resolved_rows(study: "Study", document: "Document") -> list[dict[str, Any]]:
    """One row a value, in the order of the document: its key, its value and where it was written.

    What the document does not write follows: distributions, units and sources that the model declares, and defaults.
    """
    found = {}
    for path, value in _leaves(document.data, ()):
        place = document.place(path)
        where = place.file if place.file.startswith("--set ") else f"{place.file}:{place.line}:{place.column}"
        found[".".join(map(str, path))] = (value, where)
    for factor in study.factors:
        taken = {"dist": factor.distribution.dist, **factor.distribution.arguments, "unit": factor.unit,
                 "nominal": factor.nominal, "source": factor.source}  # fmt: skip
        for key, value in taken.items():
            found.setdefault(f"factors.{factor.name}.{key}", (value, study.model.use))
    defaults = {
        **{f"design.{key}": value for key, value in vars(study.method).items()},
        "noise.replicates": study.replicates,
        "failures.max_fraction": study.max_failed,
        "analysis.ci": study.ci,
        **{f"analysis.converge.{key}": value for key, value in vars(study.converge).items()},
        "executor.kind": study.executor.kind,
    }
    for key, value in defaults.items():
        found.setdefault(key, (value, DEFAULT))
    return [{"key": key, "value": value, "origin": origin} for key, (value, origin) in found.items() if value != {}]


def _leaves(value: Any, path: "Path") -> "Iterator[tuple[Path, Any]]":
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, value


def resolved_text(rows: list[dict[str, Any]], *, origin: bool) -> str:
    """Rows of `resolved_rows` as a table."""
    header = ["key", "value", "origin"] if origin else ["key", "value"]
    lines = [[row["key"], _plain(row["value"]), row["origin"]][: len(header)] for row in rows]
    return table(header, lines)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
