"""The ledger over levels of chance, against a nested model whose every share is known.

Twenty patients with a lesion each; chance of a level comes from that level's factor, as in `models.tdm1.Trial`::

    y = a t + mean over patients of [(1 + t) p + s l + d (f - 1) + c p e]

with t uniform, p, l, e standard normal (patient, lesion, assessment), and f the relative size of clones of a Poisson
number of founders, of mean m. Nested unions close one level after the other.
"""

import numpy as np
from scipy.special import stdtrit

from tests.sensitivity.studies import run_in_chunks

A, S, D, C, M, N = 0.5, 0.8, 0.4, 0.7, 2.0, 20

MODEL = f"""
import numpy as np
from models.tdm1.population.draws import Level, keys
from models.tdm1.population.patients import founders

LEVELS = {{"patient": Level.PATIENT, "lesion": Level.LESION, "demographic": Level.DEMOGRAPHY,
          "assessment": Level.ASSESSMENT}}

def f(x):
    y = np.empty(len(x["t"]))
    for i, t in enumerate(x["t"]):
        d = keys(np.zeros(2, dtype=np.uint64), {{level: x[name][i] for name, level in LEVELS.items()}})
        p, l, e = (d.normal(level, "clearance", {N}) for level in (Level.PATIENT, Level.LESION, Level.ASSESSMENT))
        clones = founders(np.full({N}, {M}), d.uniform(Level.DEMOGRAPHY, "founders", {N}),
                          d.uniform(Level.DEMOGRAPHY, "founder_size", {N}))
        y[i] = {A} * t + np.mean((1.0 + t) * p + {S} * l + {D} * (clones - 1.0) + {C} * p * e)
    return {{"y": y}}
"""

STUDY = """
schema: sensitivity-config/1
model: {use: "levels_model:f"}
factors:
  t: {dist: uniform, low: 0.0, high: 1.0, unit: "1", source: "a test"}
  patient: {dist: uniform, low: 0.0, high: 1.0, unit: "1", source: "a test"}
  lesion: {dist: uniform, low: 0.0, high: 1.0, unit: "1", source: "a test"}
  demographic: {dist: uniform, low: 0.0, high: 1.0, unit: "1", source: "a test"}
  assessment: {dist: uniform, low: 0.0, high: 1.0, unit: "1", source: "a test"}
outputs: {y: {of: y, unit: "1"}}
design: {method: sobol, n_base: 1024, scrambles: 8, symmetric: false, seed: 6}
analysis: {ledger: [t, patient, lesion, demographic, assessment]}
executor: {kind: serial, chunk_size: CHUNK}
"""


def test_shares_of_levels_are_those_of_the_nested_model(tmp_path):
    table = run_in_chunks(tmp_path, "levels_model", MODEL, STUDY, (1024,)).sa.ledger().loc["y"]
    by_level = np.array([A**2 / 12.0, (7.0 / 3.0) / N, S**2 / N, D**2 * (2.0 / M) / N, C**2 / N])  # E(1 + t)^2 = 7/3
    truth = by_level / by_level.sum()
    levels = ["t", "patient", "lesion", "demographic", "assessment"]
    found = table.loc[levels, "share"].to_numpy()
    half = (table.loc[levels, "share_upper"] - table.loc[levels, "share_lower"]).to_numpy() / 2.0
    # One fixed seed; five shares at once: the t quantile of 8 scramblings at 0.001 instead of 0.05.
    assert np.all(np.abs(found - truth) <= half * stdtrit(7, 0.9995) / stdtrit(7, 0.975))
    assert np.all(half < 0.15)  # and they say something: shares are 0.04 to 0.58
    assert abs(table["share"].sum() - 1.0) < 1e-14  # exact but for rounding
    assert table.loc["noise", "share"] == 0.0
    assert table.loc["other inputs", "share"] == 0.0
