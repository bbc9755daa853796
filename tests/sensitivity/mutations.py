"""A study broken in 200 ways, one at a time, each with the line and the words that its message should have."""

import random
from dataclasses import dataclass

STUDY = """\
schema: sensitivity-config/1
title: a study to be broken
context_of_use: a test
model:
  use: "models.tdm1:TDM1"
  rtol: 1.0e-4
  cycles: 2
factors:
  her2_copies:
    dist: loguniform
    low: 1.0e+5
    high: 2.0e+6
    unit: "1"
    source: somewhere
  recycling_fraction:
    dist: uniform
    low: 0.7
    high: 0.95
    unit: "1"
    label: recycled
  k_e:
    dist: lognormal
    median: 0.1
    gsd: 2.0
    unit: 1/hour
    source: somewhere
  clearance:
    dist: truncnormal
    mean: 0.7
    sd: 0.2
    low: 0.2
    high: 1.5
    unit: L/day
  k_lys:
    source: somewhere
  mdr1_efflux:
    mechanism: efflux
groups:
  uptake: [her2_copies, k_e]
  efflux: [mdr1_efflux]
outputs:
  auc_vitro:
    of: in_vitro.dm1_cytosolic
    reduce: auc
    window: [0 hour, 24 hour]
  exposed:
    of: in_vivo.dm1_cytosolic
    reduce: time_above
    threshold: 25 nM
    window: [0 day, 21 day]
  course:
    of: in_vivo.dm1_cytosolic
    times:
      start: 0 day
      stop: 21 day
      n: 22
design:
  method: sobol
  n_base: 1024
  scrambles: 8
  second_order: true
  seed: 1
  screen:
    method: morris
    trajectories: 20
    keep: 4
failures:
  max_fraction: 0.1
analysis:
  ci: 0.9
  converge:
    width: 0.1
executor:
  kind: serial
  chunk_size: 8
"""

FREE = {"her2_copies", "recycling_fraction", "uptake", "efflux", "auc_vitro", "exposed", "course"}
"""Names that the study gives; those of factors are the model's, and are mutated as such."""

FACTORS = ("her2_copies", "recycling_fraction", "k_e", "clearance", "k_lys", "mdr1_efflux")

CHOICES = {  # a value that is one of a list, on a line that holds it
    "dist: loguniform": "loguniform", "dist: uniform": "uniform", "dist: lognormal": "lognormal",
    "dist: truncnormal": "truncnormal", "reduce: auc": "auc", "reduce: time_above": "time_above",
    "method: sobol": "sobol", "method: morris": "morris", "kind: serial": "serial",
    "of: in_vitro.dm1_cytosolic": "in_vitro.dm1_cytosolic", "uptake: [her2_copies": "her2_copies",
    "efflux: [mdr1_efflux": "mdr1_efflux",
}  # fmt: skip

UNITS = {  # line, what is wrong there, and what the message should name
    "unit: 1/hour": ("unit: nM", "1/hour"),
    "unit: L/day": ("unit: 1/day", "L/day"),
    "threshold: 25 nM": ("threshold: 25 hour", "nM"),
    "window: [0 hour, 24 hour]": ("window: [0 hour, 24 nM]", "hour"),
    "window: [0 day, 21 day]": ("window: [0 L, 21 day]", "hour"),
    "start: 0 day": ("start: 0 mg", "hour"),
    "stop: 21 day": ("stop: 21 kg", "hour"),
}

TYPES = {  # line, another type, and what the message should say
    "low: 0.7": ("low: [0.7]", "number"), "high: 0.95": ("high: much", "number"), "median: 0.1": ("median: 0,1", "0.1"),
    "gsd: 2.0": ("gsd: true", "number"), "mean: 0.7": ("mean: {a: 1}", "number"), "sd: 0.2": ('sd: "0.2"', "0.2"),
    "label: recycled": ("label: 3", '"3"'),
    "reduce: auc": ("reduce: 3", '"3"'), "window: [0 hour, 24 hour]": ("window: 24 hour", "list"),
    "n: 22": ("n: many", "whole number"), "n_base: 1024": ("n_base: 1024.5", "whole number"),
    "scrambles: 8": ("scrambles: [8]", "whole number"), "second_order: true": ("second_order: yes", "true or false"),
    "seed: 1": ("seed: -1", "at least 0"), "trajectories: 20": ("trajectories: 1", "at least 2"),
    "keep: 4": ("keep: some", "whole number"), "max_fraction: 0.1": ("max_fraction: 10 %", "number"),
    "ci: 0.9": ("ci: 90", "below 1"), "width: 0.1": ("width: small", "number"),
    "chunk_size: 8": ("chunk_size: 0", "at least 1"),
    "title: a study": ("title: [a study]", "text"), "use: \"models.tdm1:TDM1\"": ("use: 3", '"3"'),
    "rtol: 1.0e-4": ("rtol: tight", "rtol"), "cycles: 2": ("cycles: two", "cycles"), "unit: L/day": ("unit: 3", '"3"'),
    "dist: uniform": ("dist: [uniform]", "text"), "of: in_vitro.dm1_cytosolic": ("of: 3", '"3"'),
    "context_of_use: a test": ("context_of_use: 3", "text"), "source: somewhere": ("source: 3", '"3"'),
}  # fmt: skip

MOVES = [  # a line, after which line it is put, and the section that it belongs to
    ("  n_base: 1024", "executor:", "design"), ("  scrambles: 8", "failures:", "design"),
    ("  second_order: true", "analysis:", "design"), ("  ci: 0.9", "design:", "analysis"),
    ("  max_fraction: 0.1", "design:", "failures"), ("  chunk_size: 8", "design:", "executor"),
    ("  kind: serial", "failures:", "executor"), ("    keep: 4", "design:", "screen"),
    ("    width: 0.1", "analysis:", "converge"), ("    window: [0 hour, 24 hour]", "  clearance:", "outputs"),
    ("    reduce: auc", "  k_lys:", "outputs"), ("    mechanism: efflux", "  auc_vitro:", "factors"),
    ("    label: recycled", "  exposed:", "factors"), ("    threshold: 25 nM", "  k_e:", "outputs"),
    ("    median: 0.1", "  course:", "factors"), ("    sd: 0.2", "  exposed:", "factors"),
    ("context_of_use: a test", "  screen:", "top level"), ("title: a study to be broken", "design:", "top level"),
    ("  seed: 1", "analysis:", "design"), ("    gsd: 2.0", "  exposed:", "factors"),
]  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One mistake: the broken text, the line of the mistake, and words that a good message has."""

    kind: str
    text: str
    line: int
    words: str


def mutations(number: int = 200, seed: int = 8) -> list[Mutation]:
    """All misplaced keys, wrong units and wrong types, and as many typing errors as make `number`."""
    found = [*_replaced("unit", UNITS), *_replaced("type", TYPES), *_moved()]
    rng = random.Random(seed)
    while len(found) < number:
        typo = _typo(rng)
        if typo is not None and typo.text not in {m.text for m in found}:
            found.append(typo)
    return found


def _replaced(kind: str, table: dict) -> list[Mutation]:
    found = []
    for old, (new, words) in table.items():
        at = STUDY.index(old)
        text = STUDY[:at] + new + STUDY[at + len(old) :]
        found.append(Mutation(kind, text, STUDY[:at].count("\n") + 1, words))
    return found


def _moved() -> list[Mutation]:
    found = []
    for line, after, words in MOVES:
        lines = STUDY.split("\n")
        lines.remove(line)
        at = next(i for i, one in enumerate(lines) if one == after)
        depth = len(after) - len(after.lstrip()) + 2
        lines.insert(at + 1, " " * depth + line.strip())
        found.append(Mutation("moved", "\n".join(lines), at + 2, words))
    return found


def _typo(rng: random.Random) -> Mutation | None:
    """A key, a factor's name or a choice with one character dropped, doubled, swapped or replaced."""
    lines = STUDY.split("\n")
    keys = [(i, line.split(":")[0].strip()) for i, line in enumerate(lines) if ":" in line]
    keys = [(i, key) for i, key in keys if key not in FREE or (key in FACTORS and lines[i].endswith(":"))]
    choices = [(next(i for i, line in enumerate(lines) if old in line), word) for old, word in CHOICES.items()]
    line, word = rng.choice(keys + choices)
    if len(word) < 3:
        return None
    at = rng.randrange(len(word) - 1)
    broken = rng.choice([
        word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + rng.choice("abcdefghij") + word[at + 1 :],
    ])  # fmt: skip
    if broken == word:
        return None
    start = lines[line].rindex(word) if (line, word) in choices else lines[line].index(word)
    lines[line] = lines[line][:start] + broken + lines[line][start + len(word) :]
    return Mutation("typo", "\n".join(lines), line + 1, f"'{word}'")
