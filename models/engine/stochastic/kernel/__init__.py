"""Texts of the stochastic kernels: each module here is appended to the generated functions of a network, as in
`models.engine.kernel`.

The workspace `w` holds, number by number and lane by lane, the counts, the propensities and the constants of the
segment. Exact simulation and leaps have one lane, the Langevin equation as many as fill the vector registers.
"""  # noqa: D205
