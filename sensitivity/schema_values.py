"""Kinds of values that a study file holds, as pydantic types: numbers, units, quantities; and its sections."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from sensitivity.units import is_harmless

_NUMBER = r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?"
_QUANTITY = re.compile(_NUMBER + r"(\s+(?P<unit>\S.*))?", re.ASCII)


def check_unit(value: Any) -> Any:
    """Return a unit that is harmless text; raise `ValueError` else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f'a unit is text: write "{value}" in quotes')
    if isinstance(value, str) and not is_harmless(value):
        raise ValueError(f"not a unit: {value!r}")
    return value


def _quantity(value: Any) -> Any:
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        check_unit(match["unit"] or "1")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number and a unit such as '21 day', got {value!r}")
    return value


def kind(value: Any) -> str:
    """Branch of a union of a mapping and a list."""
    return "grid" if isinstance(value, dict) else "list"


Number = Annotated[float, Field(allow_inf_nan=False)]
Unit = Annotated[str, BeforeValidator(check_unit)]
Line = Annotated[str, Field(pattern=r"^[^\r\n]{1,200}$")]
Quantity = Annotated[Any, BeforeValidator(_quantity), WithJsonSchema({"type": ["string", "number"]})]


class Section(BaseModel):
    """A part of a study file: no unknown keys, no empty ones, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("no value is written: write one, or drop the key")
        return value


def _correlation(value: Any) -> Any:
    def number(one: Any) -> bool:
        return isinstance(one, int | float) and not isinstance(one, bool) and -1.0 <= one <= 1.0

    rows = value if isinstance(value, list) else [[value]]
    square = all(isinstance(row, list) and len(row) == len(rows) for row in rows)
    if not rows or not square or not all(number(one) for row in rows for one in row):
        raise ValueError(f"expected a number from -1 to 1, or a square matrix of such numbers, got {value!r}")
    return value


Correlation = Annotated[
    Any,
    BeforeValidator(_correlation),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "array"}}]}),
]
