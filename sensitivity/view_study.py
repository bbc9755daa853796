"""Studies and models as text: factors, laws, parameters, outputs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sensitivity.distributions import OPTIONAL, REQUIRED
from sensitivity.view import table

if TYPE_CHECKING:
    from sensitivity.contracts import Model
    from sensitivity.study import Study

MOST_VALUES = 8
"""Values of a choice that are written out."""


def parameter_rows(model: "Model") -> list[dict[str, Any]]:
    """A model's parameter table as plain rows, with what its own ``table()`` adds."""
    own = {row["name"]: row for row in model.table()} if hasattr(model, "table") else {}
    return [
        {
            **own.get(name, {}),
            "name": name,
            "symbol": row.symbol,
            "mechanism": row.mechanism,
            "unit": row.unit,
            "nominal": row.nominal,
            "distribution": None if row.distribution is None else dict(row.distribution),
            "meaning": row.meaning,
            "source": row.source,
        }
        for name, row in model.parameters.items()
    ]


def model_notes(model: "Model") -> dict[str, dict[str, str]]:
    """What a model's own ``notes()`` says beside its parameters, by heading."""
    return {heading: dict(lines) for heading, lines in model.notes().items()} if hasattr(model, "notes") else {}


def law(distribution: "Mapping[str, Any] | None") -> str:
    """``uniform(low=0.7, high=0.95)``, or ``fixed``."""
    if distribution is None:
        return "fixed"
    values = distribution.get("values", ())
    if len(values) > MOST_VALUES:
        return f"{distribution['dist']}({len(values):,} values from {min(values):g} to {max(values):g})"
    dist = distribution["dist"]  # arguments in the order in which they are declared, low before high
    named = [k for k in (*REQUIRED.get(dist, ()), *OPTIONAL.get(dist, ())) if k in distribution]
    arguments = {**{k: distribution[k] for k in named}, **distribution}
    return f"{dist}({', '.join(f'{k}={_plain(v)}' for k, v in arguments.items() if k != 'dist')})"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(list(value))


def parameters_text(model: "Model") -> str:
    """A model's parameter table as text."""
    header = ["name", "symbol", "mechanism", "unit", "nominal", "distribution", "meaning", "source"]
    found = parameter_rows(model)
    more = [key for key in (found[0] if found else {}) if key not in header]
    rows = [
        [
            *(str(r[c]) for c in header[:4]), f"{r['nominal']:g}", law(r["distribution"]), r["meaning"], r["source"],
            *("" if r[c] is None else str(r[c]) for c in more),
        ]
        for r in found
    ]  # fmt: skip
    header += [key.replace("_", " ") for key in more]
    return table(header, rows)


def study_rows(study: "Study") -> list[dict[str, Any]]:
    """The factors of a study as plain rows."""
    return [
        {
            "factor": f.name,
            "unit": f.unit,
            "nominal": f.nominal,
            "distribution": {"dist": f.distribution.dist, **f.distribution.arguments},
            "range": list(f.distribution.support),
            "mechanism": f.mechanism,
            "source": f.source,
            "truncated": f.distribution.truncated,
            "assumed": f.assumed,
        }
        for f in study.factors
    ]


def assumptions_text(study: "Study") -> str:
    """What each factor rests on: range, distribution, unit and source, or the word assumed."""
    rows = [
        [r["factor"], r["unit"], "{:g} .. {:g}".format(*r["range"]), law(r["distribution"]),
         "assumed" if r["assumed"] else "", r["source"]]
        for r in study_rows(study)
    ]  # fmt: skip
    return table(["factor", "unit", "range", "distribution", "assumed", "source"], rows)


def study_text(study: "Study") -> str:
    """Factors and outputs of a study as text."""
    factors = [
        [
            r["factor"],
            r["unit"],
            f"{r['nominal']:g}",
            f"{r['range'][0]:g} .. {r['range'][1]:g}",
            law(r["distribution"]),
            r["mechanism"],
            r["source"],
        ]
        for r in study_rows(study)
    ]
    outputs = [[o.name, o.of, o.reduce or ("times" if o.times else "value"), o.unit] for o in study.outputs]
    return "\n\n".join(
        [
            study.title,
            table(["factor", "unit", "nominal", "range", "distribution", "mechanism", "source"], factors),
            table(["output", "of", "reduce", "unit"], outputs),
        ]
    )
