"""Every figure of a study with many long-named factors, written into a folder, and what makes labels unreadable.

``python -m tests.sensitivity.gallery FOLDER`` writes the pictures at 5 and at 30 factors.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.text import Text

import sensitivity
from sensitivity.api import run_study
from sensitivity.plots import kaplan_meier, waterfall

MODEL = """
import numpy as np

def f(x):
    u = np.stack([v for v in x.values()], axis=1)
    w = 0.7 ** np.arange(u.shape[1])
    t = np.linspace(0.0, 1.0, 15)
    y = (u * w).sum(axis=1) + 2.0 * u[:, 0] * u[:, 1] + np.sin(6.0 * u[:, 2]) * u[:, 3]
    y = np.where((u[:, 0] > 0.8) & (u[:, 1] > 0.2), np.nan, y)
    return {"auc": y, "late": (u * w[::-1]).sum(axis=1), "course": t * (y[:, None] * (1.2 - t) + t * u[:, [4]])}
"""

STUDY = """
schema: sensitivity-config/1
title: Which rate of a long list of rates decides?
model: {{use: "{module}:f"}}
factors:
{factors}
groups: {{binding: [f00, f01], efflux: [f02, f03]}}
outputs:
  auc: {{of: auc, unit: "nmol/L*hour"}}
  late: {{of: late, unit: "1"}}
  course: {{of: course, unit: "nmol/L", times: {{start: 0 day, stop: 21 day, n: 15}}}}
design: {{method: sobol, n_base: {n}, scrambles: 4, second_order: true, seed: 3, {screen}}}
failures: {{max_fraction: 0.2}}
analysis: {{ledger: [binding, efflux]}}
executor: {{kind: serial}}
"""


def result(folder, factors, screen=False):
    """Run the study of so many factors and return its result."""
    module = f"gallery_{factors}_{int(screen)}"
    (folder / f"{module}.py").write_text(MODEL)
    lines = []
    for i in range(factors):
        law, mechanism = ("uniform", "loguniform")[i % 2], ("binding", "efflux", "killing")[i % 3]
        label = f"rate constant of lysosomal export of kind {i:02d}"
        known = f'low: 0.01, high: 1.0, unit: "1/hour", source: assumed, mechanism: {mechanism}, label: "{label}"'
        lines.append(f"  f{i:02d}: {{dist: {law}, {known}}}")
    check = f"screen: {{method: morris, trajectories: 20, keep: {factors}}}" if screen else ""
    text = STUDY.format(module=module, factors="\n".join(lines), n=128 if factors < 10 else 256, screen=check).replace(
        ", }", "}"
    )
    (folder / f"{module}.yaml").write_text(text)
    opened, _ = run_study(folder / f"{module}.yaml", folder / f"out{module}")
    return sensitivity.load(opened.directory.path)


def figures(tree):
    """Every figure that the result allows, by name, as axes."""
    scalar_only = {"tornado", "rsa", "scatter", "cusunoro", "pawn", "dose_response"}
    drawn = {}
    for name in tree.sa.plot:
        for output in ("auc", "course"):
            if (output == "auc" and name in {"over_time", "stacked"}) or (output == "course" and name in scalar_only):
                continue
            drawn[f"{name}-{output}"] = getattr(tree.sa.plot, name)(output)
    return drawn


def patients():
    """Figures of virtual patients, which take arrays."""
    rng = np.random.default_rng(1)
    groups = {}
    for name, scale in (("HER2 high, a long name of a subgroup", 20.0), ("HER2 low", 8.0)):
        event, censored = rng.exponential(scale, 120), rng.uniform(0.0, 30.0, 120)
        groups[name] = (np.minimum(event, censored), event <= censored)
    change = np.clip(rng.normal(-0.3, 0.5, 150), -1.0, None)
    return {
        "kaplan_meier": kaplan_meier.plot(groups, title="Progression", event="progression", unit="month", run="r-1"),
        "waterfall": waterfall.plot(change, ["a", "b", "c"] * 50, title="Best change", run="r-1"),
    }


TOUCH = 0.25
"""Pixels: boxes of stacked lines of one table share an edge, which rounding moves by less than this."""


def faults(ax):
    """Pairs of texts that overlap, and texts that leave the figure."""
    figure = ax.figure
    figure.draw_without_rendering()
    ghosts = _ghosts(figure)
    texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible() and id(t) not in ghosts]
    boxes = [Text.get_window_extent(t) for t in texts]
    page, found = figure.bbox.padded(TOUCH), []
    for i, (text, box) in enumerate(zip(texts, boxes, strict=True)):
        if not (page.x0 <= box.x0 and page.y0 <= box.y0 and box.x1 <= page.x1 and box.y1 <= page.y1):
            found.append(f"cut: {text.get_text()!r}")
        found += [
            f"overlap: {text.get_text()!r} and {texts[j].get_text()!r}"
            for j in range(i)
            if box.padded(-TOUCH).overlaps(boxes[j].padded(-TOUCH))
        ]
    return found


def _ghosts(figure):
    """Tick labels outside the limits of their axis, which exist and are not drawn."""
    found = set()
    for ax in figure.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted(limits)
            room = 1e-9 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - room <= tick.get_loc() <= high + room:
                    found |= {id(tick.label1), id(tick.label2)}
    return found


def main(folder):
    """Write all figures as PNG and print their faults."""
    folder.mkdir(parents=True, exist_ok=True)
    for factors, screen in ((5, False), (30, False)):
        for name, ax in figures(result(folder, factors, screen)).items():
            ax.figure.savefig(folder / f"{factors:02d}-{name}.png", dpi=80)
            print(f"{factors} {name}", *faults(ax), sep="\n  ", flush=True)
    for name, ax in patients().items():
        ax.figure.savefig(folder / f"{name}.png", dpi=80)
        print(name, *faults(ax), sep="\n  ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
