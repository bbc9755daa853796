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
# # Read a result
#
# A run leaves one labelled file, `result.nc`. `sensitivity.load` opens it as an `xarray.DataTree`; `dt.sa` answers
# questions. The file read here is small and committed: `data/treatments.yaml` says how it was made.

# %%
from pathlib import Path

import sensitivity

here = Path(__file__).parent if "__file__" in globals() else Path()
whole = sensitivity.load(here / "data" / "treatments.nc")
whole.sa.scenarios

# %% [markdown]
# The study has two scenarios. One of them is a result of its own; its accessor shows a card.

# %%
dt = whole.sa.scenario("three_weekly")
dt.sa

# %% [markdown]
# ## Which factors matter, and how sure is that?
#
# ST is the share of the variance that a factor takes part in, alone or with others; S1 is its share alone. Every index
# has an interval. `top_probability` in row r is the probability that the first r factors are those of the first r rows.

# %%
ranking = dt.sa.rank("dm1_auc")
ranking

# %%
dt.sa.top(3, "dm1_auc")

# %%
dt.sa.plot.bars("dm1_auc")

# %% [markdown]
# ## Can the numbers be trusted?
#
# Failed runs are counted, never guessed; and a result says whether its intervals are as narrow as the study asked.

# %%
dt.sa.failures()

# %%
dt.sa.converged

# %% [markdown]
# ## In which direction, and over time?

# %%
dt.sa.plot.tornado("dm1_auc")

# %%
dt.sa.plot.over_time("dm1")

# %% [markdown]
# Every figure has its numbers, every array its unit, and the runs themselves are in the file.

# %%
dt.sa.plot.bars.table("dm1_auc")

# %%
dt["outputs"]["dm1_auc"].attrs

# %%
print(dt.sa.citations())
