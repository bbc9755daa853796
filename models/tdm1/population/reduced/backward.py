"""The backward equation of resistant lines, by lesion and family (`models.tdm1.population.extinction`)."""

# mypy: disable-error-code="assignment, no-untyped-def, no-untyped-call"

import math

import numba

REACH = 0.2
"""Largest change of a rate times a step of the Runge-Kutta method: an error of 1e-5 in a chance."""


def slope(r, wake, repair, c, q, s):
    """Return the rates at which chances grow, backward in time."""
    return (
        r[0] * c * (1.0 - c) - r[1] * c + r[4] * (q - c) + r[5] * (s - c),
        wake * (c - q) - r[2] * q,
        repair * (c - s) - r[3] * s,
    )


def lines(rates, taken, wake, repair, resting, founders, steps, horizon, out):
    """Fill `out` (n,) with the lines expected to be there at the horizon, in hours."""
    for i in range(out.size):
        ends, last = 0.0, 0
        while last < taken[i] and ends < horizon - 1e-9:
            ends += steps[last]
            last += 1
        total = 0.0
        for f in range(rates.shape[2]):
            c, q, s = 1.0, 1.0, 1.0
            for at in range(last - 1, -1, -1):
                h = steps[at]
                if at == last - 1:
                    h = min(h, horizon - (ends - steps[at]))
                r = rates[i, at, f]
                fast = max(r[0] + r[1] + r[4] + r[5], wake[i] + r[2], repair[i] + r[3])
                count = max(1, math.ceil(h * fast / REACH))
                g = h / count
                before = c
                for _ in range(count):
                    c1, q1, s1 = slope(r, wake[i], repair[i], c, q, s)
                    c2, q2, s2 = slope(r, wake[i], repair[i], c + 0.5 * g * c1, q + 0.5 * g * q1, s + 0.5 * g * s1)
                    c3, q3, s3 = slope(r, wake[i], repair[i], c + 0.5 * g * c2, q + 0.5 * g * q2, s + 0.5 * g * s2)
                    c4, q4, s4 = slope(r, wake[i], repair[i], c + g * c3, q + g * q3, s + g * s3)
                    c += g / 6.0 * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
                    q += g / 6.0 * (q1 + 2.0 * q2 + 2.0 * q3 + q4)
                    s += g / 6.0 * (s1 + 2.0 * s2 + 2.0 * s3 + s4)
                total += r[6] * h / steps[at] * 0.5 * (before + c)
            total += founders[i] * ((1.0 - resting[i]) * c + resting[i] * q)
        out[i] = total


slope = numba.njit(slope, error_model="numpy")
lines = numba.njit(lines, error_model="numpy", cache=True, nogil=True)
