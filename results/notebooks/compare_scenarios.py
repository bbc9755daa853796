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
# # Compare scenarios
#
# Scenarios run on the same points and the same random streams. What a treatment changes is therefore seen far more
# sharply than from two separate studies.

# %%
from pathlib import Path

import sensitivity

here = Path(__file__).parent if "__file__" in globals() else Path()
whole = sensitivity.load(here / "data" / "treatments.nc")
whole.sa.scenarios

# %% [markdown]
# ## The output itself
#
# The last scenario is the difference of the second to the first, row by row: how much does a weekly schedule change the
# DM1 exposure of a cell, and which factors decide how much?

# %%
change = whole.sa.scenario("weekly - three_weekly")
change["outputs"]["dm1_auc"].quantile([0.05, 0.5, 0.95])

# %%
change.sa.rank("dm1_auc")

# %% [markdown]
# ## The ranking
#
# Differences of indices with paired intervals: does a factor matter more under one schedule than under the other?

# %%
contrasts = whole.sa.contrasts().xs("dm1_auc", level="output")
contrasts

# %%
whole.sa.plot.compare("dm1_auc")
