# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Bring your own model
#
# A model is a function of arrays: it gets every factor as an array with one value a run and returns its outputs in the
# same order. Here is a drug that is taken up, lost and pumped out, in closed form. A study names it as
# `module:function`, so the function lives in a file beside the study.

# %%
import tempfile
from pathlib import Path

import sensitivity

folder = Path(tempfile.mkdtemp())
(folder / "retention.py").write_text(
    '''
import numpy as np


def retained(x):
    """Drug left in a cell after 24 hours, in nM, and its exposure until then, in nM hour."""
    rate = x["efflux"] + x["loss"]
    return {"left": x["loaded"] * np.exp(-24.0 * rate), "exposure": x["loaded"] * -np.expm1(-24.0 * rate) / rate}
'''
)

# %% [markdown]
# The study gives every factor a distribution, a unit and a source, and every output a unit.

# %%
(folder / "study.yaml").write_text(
    """
schema: sensitivity-config/1
title: What decides how much drug a cell keeps?
model: {use: "retention:retained"}
factors:
  loaded: {dist: lognormal, median: 100.0, gsd: 2.0, unit: nM, source: assumed}
  efflux: {dist: loguniform, low: 1.0e-3, high: 0.1, unit: 1/hour, source: assumed}
  loss: {dist: uniform, low: 0.01, high: 0.03, unit: 1/hour, source: assumed}
outputs:
  left: {of: left, unit: nM}
  exposure: {of: exposure, unit: nM*hour}
design: {method: sobol, n_base: 1024, scrambles: 8, seed: 1}
executor: {kind: serial}
"""
)
run, dt = sensitivity.run_study(folder / "study.yaml", out=folder / "results")
dt.sa.rank("left")

# %%
dt.sa.plot.bars("left")

# %% [markdown]
# The same study runs from a shell, on a cluster, or for longer, without a change:
# `sensitivity run study.yaml`, `sensitivity extend results/study-... --set design.n_base=4096`.
