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
# # Is the design large enough?
#
# An interval says how sure an index is. Three questions follow: is it narrow enough, is a small index really small, and
# is the order of the factors settled? The result answers each against the targets of the study.

# %%
from pathlib import Path

import sensitivity

here = Path(__file__).parent if "__file__" in globals() else Path()
dt = sensitivity.load(here / "data" / "treatments.nc").sa.scenario("three_weekly")
dt.sa.converged

# %% [markdown]
# ## How the indices settled
#
# The same blocks, taken 64, 128, 256 at a time. A flat line with a shrinking band is what one hopes for.

# %%
dt.sa.plot.convergence("dm1_auc")

# %%
dt["sobol_convergence"].to_dataset()[["ST", "ST_ci"]].sel(output="dm1_auc")

# %% [markdown]
# ## How sure the order is

# %%
dt.sa.plot.ranks("dm1_auc")

# %% [markdown]
# Not sure enough? `sensitivity extend RUN --set design.n_base=...` keeps what is there and adds the rest.
