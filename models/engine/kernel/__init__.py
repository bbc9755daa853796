"""Texts of the integrator: each module here is appended to the generated functions of a network and compiled whole.

Numba keeps one module on disk far better than closures or functions handed around, so these files are written
against names that the generated part defines (see `generated.pyi`) and are never imported themselves.

One row's numbers live in the workspace `w`:

=========  ==========================================================
``Y``      state at the start of the step
``Z``      state at which the right-hand side and observables are read
``R``      right-hand side; the solution of a linear system in place
``Y1``     state at the end of the step
``K1..8``  stages; ``K8`` is the error estimate
``D1..3``  dense output
``FLOOR``  smallest meaningful value of each species
``C``      constants of the segment; ``LU`` factors
=========  ==========================================================
"""
