"""Texts of the integrator: each module here is appended to the generated functions of a network and compiled whole.

Numba keeps one module on disk far better than closures or functions handed around, so these files are written
against names that the generated part defines (see `generated.pyi`) and are never imported themselves.

The workspace `w` is one array of vectors, one row a lane: `get(w, i)` loads the vector at index i, and number i of one
lane stands at ``w[i * W + lane]``. With n the number of states (shared ones first, then class by class; rounded up to
an odd number when there are classes, so that blocks do not fall into the same lines of the cache):

================  ====================================================================
``Y * n + i``     state i at the start of the step
``Z * n + i``     state at which the right-hand side and observables are read
``R * n + i``     what the right-hand side is added to; the right-hand side of a linear system
``Y1 * n + i``    state at the end of the step
``K1..8 * n``     stages; ``K8`` is the error estimate
``D1..3 * n``     dense output
``FLOOR * n``     smallest meaningful value of each state
``tail``          ``VECTORS * n``: constants of the segment, totals, then LU factors of what is shared
``own``           ``tail + SHARED + k * OWN``: constants and LU factors of class k; one empty class follows the last
================  ====================================================================
"""
