"""What stands beside a ranking: ledger, given-data companions, outputs taken together, the check of a screening."""

from dataclasses import dataclass

import xarray as xr

from sensitivity import view, view_given
from sensitivity.plots import style


@dataclass(frozen=True)
class Given:
    """Given-data companions of an output: heads, factors with cells, Shapley effects, which runs are resistant."""

    heads: list[str]
    rows: list[tuple[str, list[str]]]
    shapley: list[tuple[str, str]]
    resistant: str
    points: int


def given(tree: xr.DataTree, output: str) -> Given | None:
    """Given-data companions of an output; None where there are none."""
    if "given" not in tree.children or output not in tree["given"].to_dataset()["output"].values:
        return None
    data, labels = tree["given"].to_dataset(), style.labels(tree)
    rows = [(labels[factor], cells) for factor, cells in view_given.rows(tree, output)]
    shares = [(labels.get(unit, unit), share) for unit, share in view_given.shapley(tree, output)]
    rule = str(data["resistant"].sel(output=output).item())
    return Given(list(view_given.COLUMNS.values()), rows, shares, rule, int(data.attrs["points"]))


def ledger(tree: xr.DataTree, method: str, output: str) -> list[tuple[str, str, str]]:
    """Entries of the variance ledger, why a share is 0 by definition, and shares; empty where there are none."""
    if f"{method}_ledger" not in tree.children:
        return []
    table, data = tree.sa.ledger().loc[output], tree[f"{method}_ledger"].to_dataset()
    reasons = dict(zip(data["entry"].values, data["reason"].values, strict=True)) if "reason" in data else {}
    return [(str(entry), str(reasons.get(entry, "")), view.cell(row, "share")) for entry, row in table.iterrows()]


def together(tree: xr.DataTree, method: str) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Outputs taken together: name, outputs, and factors with ST and S1; empty where there are none."""
    if f"{method}_together" not in tree.children:
        return []
    labels, table = style.labels(tree), tree.sa.together()
    outputs = tree[f"{method}_together"].to_dataset()["outputs"]
    found = []
    for name in (str(value) for value in outputs["together"].values):
        ranked = table.loc[name].sort_values("ST", ascending=False, na_position="last", kind="stable")
        rows = [(labels[str(factor)], view.cell(row, "ST"), view.cell(row, "S1")) for factor, row in ranked.iterrows()]
        found.append((name, str(outputs.sel(together=name).item()), rows))
    return found


def screening(tree: xr.DataTree) -> list[tuple[str, list[tuple[str, str]], str]]:
    """Return a row an output of the screening's check: its name, correlations and ranks with intervals, the verdict."""
    table = tree.sa.screening()
    rows = []
    for output in dict.fromkeys(table.index.get_level_values("output")):
        cells = []
        for varied in ("kept", "dropped"):
            row = table.loc[output, varied]
            for name in ("correlation", "rank_correlation"):
                text = view.cell(row, name)
                value, _, interval = text.partition(" ")
                cells.append((value, interval) if row["share"] != 0.0 else ("does not change", ""))
        rows.append((str(output), cells, _judged(int(table.loc[output, "kept"]["verdict"]))))
    return rows


def _judged(verdict: int) -> str:
    return f"{view.VERDICTS[verdict]} the output{view.ADVICE[verdict]}"
