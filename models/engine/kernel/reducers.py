"""Integrals, extrema and crossings of an observable over one step, taken on the dense output.

Fractions `a` and `b` bound the part of the step that lies in the window. `at` and `value` are scratch for the knots.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.engine.kernel.generated import observe, rhs, slope
    from models.engine.kernel.stepper import dense
    from models.engine.kernel.types import Vector

# Gauss-Legendre nodes and weights on (0, 1), four points: exact for the quartic of the dense output and beyond.
NODE1 = 0.06943184420297371
NODE2 = 0.33000947820757187
WEIGHT1 = 0.17392742256872692
WEIGHT2 = 0.3260725774312731

GOLDEN = 0.6180339887498949


def sample(k: int, w: "Vector", theta: float) -> float:
    """Observable `k` at the fraction `theta` of the step."""
    dense(w, theta)
    return observe(k, w)


def integral(k: int, w: "Vector", a: float, b: float) -> float:
    """Integral of observable `k` from `a` to `b`, in units of the step."""
    d = b - a
    outer = sample(k, w, a + NODE1 * d) + sample(k, w, b - NODE1 * d)
    inner = sample(k, w, a + NODE2 * d) + sample(k, w, b - NODE2 * d)
    return d * (WEIGHT1 * outer + WEIGHT2 * inner)


def rate(k: int, w: "Vector", theta: float) -> float:
    """Rate of change of observable `k`, from the equations and not from the slope of the dense output."""
    dense(w, theta)
    rhs(w)
    return slope(k, w)


def summit(k: int, w: "Vector", a: float, b: float, sign: float) -> float:
    """Fraction in (a, b) where sign * observable is largest.

    Golden section finds it as far as values tell. The slope of the dense output is an order less exact than its
    values, which shows on flat summits; so the place is then sharpened, within a strip so narrow that the value cannot
    change, with the rate that the equations give.
    """
    strip = 2e-3 * (b - a)
    left = b - GOLDEN * (b - a)
    right = a + GOLDEN * (b - a)
    f_left = sign * sample(k, w, left)
    f_right = sign * sample(k, w, right)
    for _ in range(30):
        if f_left > f_right:
            b, right, f_right = right, left, f_left
            left = b - GOLDEN * (b - a)
            f_left = sign * sample(k, w, left)
        else:
            a, left, f_left = left, right, f_right
            right = a + GOLDEN * (b - a)
            f_right = sign * sample(k, w, right)
    middle = 0.5 * (a + b)
    low, high = max(middle - strip, 0.0), min(middle + strip, 1.0)
    if sign * rate(k, w, low) > 0.0 and sign * rate(k, w, high) < 0.0:
        for _ in range(40):
            middle = 0.5 * (low + high)
            if sign * rate(k, w, middle) > 0.0:
                low = middle
            else:
                high = middle
    return middle


def knots(k: int, w: "Vector", a: float, b: float, at: "Vector", value: "Vector") -> int:
    """Cut (a, b) where observable `k` turns, so that it is monotone between knots; return how many there are.

    Five equal samples see every turn of a quartic that matters; a turn between the first or last two shows in the
    slope at the end, taken from the quartic through all five.
    """
    d = 0.25 * (b - a)
    f0 = sample(k, w, a)
    f1 = sample(k, w, a + d)
    f2 = sample(k, w, a + 2.0 * d)
    f3 = sample(k, w, a + 3.0 * d)
    f4 = sample(k, w, b)
    size = max(abs(f0), abs(f1), abs(f2), abs(f3), abs(f4))
    noise = 1e-13 * size  # differences below are rounding, not turns
    at[0], value[0] = a, f0
    m = 1
    first = -25.0 * f0 + 48.0 * f1 - 36.0 * f2 + 16.0 * f3 - 3.0 * f4
    if abs(f1 - f0) > noise and first * (f1 - f0) < 0.0:
        theta = summit(k, w, a, a + d, 1.0 if first > 0.0 else -1.0)
        at[m], value[m] = theta, sample(k, w, theta)
        m += 1
    before, here = f0, f1
    for i in range(1, 4):
        after = f2 if i == 1 else (f3 if i == 2 else f4)
        theta = a + i * d
        rise, go = here - before, after - here
        if rise * go < 0.0 and (abs(rise) > noise or abs(go) > noise):
            theta = summit(k, w, theta - d, theta + d, 1.0 if rise > 0.0 else -1.0)
            at[m], value[m] = theta, sample(k, w, theta)
        else:
            at[m], value[m] = theta, here
        m += 1
        before, here = here, after
    last = 25.0 * f4 - 48.0 * f3 + 36.0 * f2 - 16.0 * f1 + 3.0 * f0
    if abs(f4 - f3) > noise and last * (f4 - f3) < 0.0:
        theta = summit(k, w, b - d, b, 1.0 if f4 > f3 else -1.0)
        at[m], value[m] = theta, sample(k, w, theta)
        m += 1
    at[m], value[m] = b, f4
    return m + 1


def crossing(k: int, w: "Vector", a: float, b: float, threshold: float) -> float:
    """Fraction in (a, b) where observable `k` crosses `threshold`, by bisection to the last bit that matters."""
    above = sample(k, w, a) > threshold
    for _ in range(50):
        middle = 0.5 * (a + b)
        if (sample(k, w, middle) > threshold) == above:
            a = middle
        else:
            b = middle
    return 0.5 * (a + b)


def fraction_above(k: int, w: "Vector", m: int, at: "Vector", value: "Vector", threshold: float) -> float:
    """Length of the part of the step, between knots, where observable `k` is above `threshold`."""
    total = 0.0
    for i in range(m - 1):
        starts, ends = value[i] > threshold, value[i + 1] > threshold
        if starts and ends:
            total += at[i + 1] - at[i]
        elif starts != ends:
            cut = crossing(k, w, at[i], at[i + 1], threshold)
            total += cut - at[i] if starts else at[i + 1] - cut
    return total
