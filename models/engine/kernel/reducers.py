"""Integrals, extrema and crossings of an observable over one step, taken on the dense output.

Fractions `a` and `b` bound the part of the step that lies in the window. `at` and `value` are scratch for the knots.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.engine.kernel.generated import M, N, R, Z, least, observe, stride
    from models.engine.kernel.rodas5p import dense, derivative
    from models.engine.kernel.types import Integers, Lanes, Vector
    from models.engine.scalar import W, get, pick, put, spread

# Gauss-Legendre nodes and weights on (0, 1), four points: exact for the quartic of the dense output and beyond.
NODE1 = 0.06943184420297371
NODE2 = 0.33000947820757187
WEIGHT1 = 0.17392742256872692
WEIGHT2 = 0.3260725774312731

GOLDEN = 0.6180339887498949


def sample(k: int, w: "Vector", theta: "Lanes", needed: "Integers", classes: int) -> "Lanes":
    """Observable `k` at the fraction `theta` of the step."""
    dense(w, theta, needed, classes)
    return observe(k, w, classes)


def integral(k: int, w: "Vector", a: "Lanes", b: "Lanes", needed: "Integers", classes: int) -> "Lanes":
    """Integral of observable `k` from `a` to `b`, in units of the step."""
    d = b - a
    outer = sample(k, w, a + NODE1 * d, needed, classes) + sample(k, w, b - NODE1 * d, needed, classes)
    inner = sample(k, w, a + NODE2 * d, needed, classes) + sample(k, w, b - NODE2 * d, needed, classes)
    return d * (WEIGHT1 * outer + WEIGHT2 * inner)


def at_lane(k: int, w: "Vector", theta: float, needed: "Integers", lane: int, classes: int) -> float:
    """Observable `k` of one row at the fraction `theta` of its step."""
    value: float = pick(sample(k, w, spread(theta), needed, classes), lane)
    return value


def rate(k: int, w: "Vector", theta: float, h: float, needed: "Integers", lane: int, classes: int) -> float:
    """Rate of change of observable `k`, from the equations and not from the slope of the dense output.

    A central difference along the right-hand side: its error, of second order, moves a summit by 1e-10 of the step.
    """
    n = stride(classes)
    dense(w, spread(theta), needed, classes)
    derivative(w, classes)
    reach = 1e-5 * h
    for i in range(N + classes * M):
        put(w, Z * n + i, get(w, Z * n + i) + reach * get(w, R * n + i))
    ahead = pick(observe(k, w, classes), lane)
    for i in range(N + classes * M):
        put(w, Z * n + i, get(w, Z * n + i) - 2.0 * reach * get(w, R * n + i))
    value: float = (ahead - pick(observe(k, w, classes), lane)) / (2.0 * reach)
    return value


def summit(
    k: int, w: "Vector", a: float, b: float, sign: float, h: float, needed: "Integers", lane: int, classes: int
) -> float:
    """Fraction in (a, b) where sign * observable is largest.

    Golden section finds it as far as values tell. The slope of the dense output is an order less exact than its
    values, which shows on flat summits; so the place is then sharpened, within a strip so narrow that the value cannot
    change, with the rate that the equations give.
    """
    strip = 2e-3 * (b - a)
    left = b - GOLDEN * (b - a)
    right = a + GOLDEN * (b - a)
    f_left = sign * at_lane(k, w, left, needed, lane, classes)
    f_right = sign * at_lane(k, w, right, needed, lane, classes)
    for _ in range(30):
        if f_left > f_right:
            b, right, f_right = right, left, f_left
            left = b - GOLDEN * (b - a)
            f_left = sign * at_lane(k, w, left, needed, lane, classes)
        else:
            a, left, f_left = left, right, f_right
            right = a + GOLDEN * (b - a)
            f_right = sign * at_lane(k, w, right, needed, lane, classes)
    middle = 0.5 * (a + b)
    low, high = max(middle - strip, 0.0), min(middle + strip, 1.0)
    f_low, f_high = sign * rate(k, w, low, h, needed, lane, classes), sign * rate(k, w, high, h, needed, lane, classes)
    if f_low > 0.0 and f_high < 0.0:
        side = 0
        for _ in range(30):  # the secant that halves the weight of an end which stays (Illinois)
            middle = (low * f_high - high * f_low) / (f_high - f_low)
            f = sign * rate(k, w, middle, h, needed, lane, classes)
            if high - low < 1e-14 or f == 0.0:
                break
            if f > 0.0:
                low, f_low = middle, f
                f_high = 0.5 * f_high if side == 1 else f_high
                side = 1
            else:
                high, f_high = middle, f
                f_low = 0.5 * f_low if side == -1 else f_low
                side = -1
            if abs(f) < 1e-14 * (f_low - f_high):
                break
    return middle


def five(k: int, w: "Vector", a: "Lanes", b: "Lanes", seen: "Vector", needed: "Integers", classes: int) -> None:
    """Put observable `k` at five equal distances from `a` to `b` into `seen`, for every row."""
    d = 0.25 * (b - a)
    for i in range(5):
        put(seen, i, sample(k, w, a + i * 1.0 * d, needed, classes))


def knots(
    k: int,
    w: "Vector",
    a: float,
    b: float,
    h: float,
    seen: "Vector",
    at: "Vector",
    value: "Vector",
    needed: "Integers",
    lane: int,
    classes: int,
) -> int:
    """Cut (a, b) where observable `k` of one row turns, so that it is monotone between knots; return their number.

    Five equal samples see every turn of a quartic that matters; a turn between the first or last two shows in the
    slope at the end, taken from the quartic through all five.
    """
    d = 0.25 * (b - a)
    f0, f1, f2 = seen[lane], seen[W + lane], seen[2 * W + lane]
    f3, f4 = seen[3 * W + lane], seen[4 * W + lane]
    size = max(abs(f0), abs(f1), abs(f2), abs(f3), abs(f4), least(k))
    noise = 1e-13 * size  # differences below are rounding, not turns
    at[0], value[0] = a, f0
    m = 1
    first = -25.0 * f0 + 48.0 * f1 - 36.0 * f2 + 16.0 * f3 - 3.0 * f4
    if abs(f1 - f0) > noise and first * (f1 - f0) < 0.0:
        theta = summit(k, w, a, a + d, 1.0 if first > 0.0 else -1.0, h, needed, lane, classes)
        at[m], value[m] = theta, at_lane(k, w, theta, needed, lane, classes)
        m += 1
    before, here = f0, f1
    for i in range(1, 4):
        after = f2 if i == 1 else (f3 if i == 2 else f4)
        theta = a + i * d
        rise, go = here - before, after - here
        if rise * go < 0.0 and (abs(rise) > noise or abs(go) > noise):
            theta = summit(k, w, theta - d, theta + d, 1.0 if rise > 0.0 else -1.0, h, needed, lane, classes)
            at[m], value[m] = theta, at_lane(k, w, theta, needed, lane, classes)
        else:
            at[m], value[m] = theta, here
        m += 1
        before, here = here, after
    last = 25.0 * f4 - 48.0 * f3 + 36.0 * f2 - 16.0 * f1 + 3.0 * f0
    if abs(f4 - f3) > noise and last * (f4 - f3) < 0.0:
        theta = summit(k, w, b - d, b, 1.0 if f4 > f3 else -1.0, h, needed, lane, classes)
        at[m], value[m] = theta, at_lane(k, w, theta, needed, lane, classes)
        m += 1
    at[m], value[m] = b, f4
    return m + 1


def crossing(
    k: int, w: "Vector", a: float, b: float, threshold: float, needed: "Integers", lane: int, classes: int
) -> float:
    """Fraction in (a, b) where observable `k` crosses `threshold`, by bisection to the last bit that matters."""
    above = at_lane(k, w, a, needed, lane, classes) > threshold
    for _ in range(50):
        middle = 0.5 * (a + b)
        if (at_lane(k, w, middle, needed, lane, classes) > threshold) == above:
            a = middle
        else:
            b = middle
    return 0.5 * (a + b)


def fraction_above(
    k: int,
    w: "Vector",
    m: int,
    at: "Vector",
    value: "Vector",
    threshold: float,
    needed: "Integers",
    lane: int,
    classes: int,
) -> float:
    """Length of the part of the step, between knots, where observable `k` is above `threshold`."""
    total = 0.0
    for i in range(m - 1):
        starts, ends = value[i] > threshold, value[i + 1] > threshold
        if starts and ends:
            total += at[i + 1] - at[i]
        elif starts != ends:
            cut = crossing(k, w, at[i], at[i + 1], threshold, needed, lane, classes)
            total += cut - at[i] if starts else at[i + 1] - cut
    return total
