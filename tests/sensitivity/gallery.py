"""Every figure of a study with many long-named factors, written into a folder, and what makes labels unreadable.

``python -m tests.sensitivity.gallery FOLDER`` writes the pictures at 5 and at 30 factors.
"""

import sys
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.text import Text

import sensitivity
from sensitivity.api import run_study
from sensitivity.plots import kaplan_meier, swimmer, waterfall

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
    check = f"screen: {{method: morris, trajectories: 20, keep: {factors - 2}}}" if screen else ""
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
    """Figures of virtual patients."""
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs={"run": "r-1"}), "/patients": of_patients()})
    return {
        "kaplan_meier": kaplan_meier.plot(tree),
        "kaplan_meier-by": kaplan_meier.plot(tree, by="group"),
        "waterfall": waterfall.plot(tree),
        "waterfall-by": waterfall.plot(tree, by="group"),
        "swimmer": swimmer.plot(tree),
    }


def of_patients(n=120):
    """A group of patients as a model gives it."""
    rng = np.random.default_rng(1)
    event, censored = rng.exponential(14.0, n), rng.uniform(0.0, 30.0, n)
    time = np.minimum(event, censored)
    change = np.clip(rng.normal(-0.3, 0.5, n), -1.0, None)
    change[3] = np.nan
    responds = change < -0.3
    ends = np.where(event <= censored, np.where(rng.random(n) < 0.2, "new lesion", "target"), "censored")
    columns = {
        "time": (time, "month", "month of progression or the last look"),
        "event": ((event <= censored).astype(np.int8), "1", "progression"),
        "change": (change, "1", "best change"),
        "responded": (np.where(responds, 0.3 * time, np.nan), "month", "start of the response"),
        "best": (np.where(responds, "partial", "stable").astype(object), "1", "best response"),
        "end": (ends.astype(object), "1", "what ended it"),
        "group": (np.array(["HER2 high, a long name of a subgroup", "HER2 low"] * (n // 2), dtype=object), "1", "HER2"),
    }
    data = {k: ("patient", values, {"units": unit, "long_name": said}) for k, (values, unit, said) in columns.items()}
    return xr.Dataset(data, coords={"patient": np.arange(n)}, attrs={"title": f"one trial of {n} patients"})


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
