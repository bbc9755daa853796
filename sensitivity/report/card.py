"""The card of a result in a notebook: what may be said, and the strongest factors of each output as bars."""

import numpy as np
import xarray as xr

from sensitivity import view
from sensitivity.methods.catalogue import METHODS
from sensitivity.plots import style
from sensitivity.report import verdict

TOP = 5

TEMPLATE = """<div style="font: 14px/1.4 system-ui, sans-serif; max-width: 60rem">
<p style="margin: 0"><strong>{{ title }}</strong> <span style="opacity: .7">{{ run }}</span></p>
<ul style="margin: .3rem 0">{% for line in said %}<li>{{ line }}</li>{% endfor %}</ul>
{% for output, rows in outputs %}
<details{{ " open" if loop.first }}><summary>{{ output }}</summary>
<table style="border-collapse: collapse; color: inherit; font: inherit">
{% for label, share, cell in rows %}
<tr><td style="text-align: left">{{ label }}</td>
<td style="min-width: 10rem"><div style="background: #0072b2; height: .7em; width: {{ share }}%"></div></td>
<td style="text-align: left">{{ cell }}</td></tr>
{% endfor %}
</table></details>
{% endfor %}
</div>"""


def card(tree: xr.DataTree) -> str:
    """HTML of the card; every text of the study is escaped. Of a result with scenarios, one card each."""
    if tree.sa.scenarios:
        return "".join(card(part) for _, part in view.scenarios(tree))
    from jinja2 import Environment

    method: str = tree.sa.method
    index, labels, outputs = METHODS[method].ranked_by, style.labels(tree), []
    for output in tree.sa.outputs:
        table = tree.sa.rank(output).head(TOP)
        largest = float(np.nanmax(np.append(table[index].to_numpy(dtype=float), 0.0))) or 1.0
        rows = [
            (
                labels[str(name)],
                f"{100 * max(0.0, float(np.nan_to_num(row[index]))) / largest:.0f}",
                view.cell(row, index, method),
            )
            for name, row in table.iterrows()
        ]
        outputs.append((f"{output}: {index}", rows))
    template = Environment(autoescape=True, trim_blocks=True).from_string(TEMPLATE)
    run, title = tree.attrs.get("run", ""), tree.attrs.get("title") or "Sensitivity result"
    scenario = tree.attrs.get("scenario", "")
    return template.render(title=title, run=f"{run} {scenario}".strip(), said=verdict.sentences(tree), outputs=outputs)
