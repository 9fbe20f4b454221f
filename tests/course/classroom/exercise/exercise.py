# %% [markdown]
# # Exercise: counting

# %%
from course import check

# %% tags=["solution"]
total = None
parts = {}
### BEGIN SOLUTION
parts["weights"] = 10 * 20
total = parts["weights"] + 20
### END SOLUTION

# %% tags=["check:numbers"]
check("counting", total=total, parts=parts)

# %% tags=["solution"]
word = None
### BEGIN SOLUTION
word = "bias"
### END SOLUTION

# %% tags=["check:word"]
check("counting", word=word)

# %% [markdown] tags=["essay:why"]
# Why?
#
# *Your answer:*
