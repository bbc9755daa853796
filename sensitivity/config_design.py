"""The ``design`` of a study file: the methods, their sizes, and whether the sizes can be handled."""

from typing import TYPE_CHECKING

from sensitivity.config_factors import Factors
from sensitivity.contracts import Method
from sensitivity.methods.catalogue import METHODS
from sensitivity.problems import Problems
from sensitivity.study import Screen
from sensitivity.yaml12 import Path

if TYPE_CHECKING:
    from sensitivity.schema import DesignEntry, ScreenEntry

MIN_SCRAMBLES = 4
"""Fewer scramblings give a t interval with less than 3 degrees of freedom: too wide to mean anything."""

MIN_TRAJECTORIES = 10
"""Fewer trajectories leave mu_star without a usable interval."""

MIN_STEPS = 513
"""Steps of a search curve: with 129 the indices of g were 0.08 off (30 seeds), with 513 by 0.01."""

MIN_CHECK = 16
"""Fewer points leave the correlations of a screening's check without a usable interval."""

MAX_VALUES = 2_000_000_000
"""Rows times factors of a design above which nothing is started: beyond a month of any model we know."""


def resolve_design(problems: Problems, entry: "DesignEntry") -> tuple[Method | None, Screen | None]:
    """Methods of the study; None after an error."""
    before = len(problems.found)
    _foreign_keys(problems, entry)
    if entry.method == "morris":
        return _morris(problems, entry, before), None
    if entry.method == "efast":
        return _efast(problems, entry, before), None
    main = _sobol(problems, entry, before)
    return main, None if entry.screen is None else _screen(problems, entry.screen)


def _foreign_keys(problems: Problems, entry: "DesignEntry") -> None:
    """Keys of ``design`` that only other methods have."""
    for key in entry.model_fields_set - {"method", "seed", *METHODS[entry.method].keys}:
        owners = " and ".join(name for name, method in METHODS.items() if key in method.keys)
        message = f"'{key}' belongs to {owners}; this design is {entry.method}"
        problems.error("E120", ("design", key), message, key=True)


def _sobol(problems: Problems, entry: "DesignEntry", before: int) -> Method | None:
    from sensitivity.methods.sobol import MIN_ROWS, Sobol, default_scrambles

    symmetric = entry.symmetric is not False
    second_order = entry.second_order is True
    if second_order and not symmetric:
        problems.error("E120", ("design", "second_order"), "second order needs the symmetric design")
    n = entry.n_base
    if n is None:
        problems.error("E105", ("design",), "missing key 'n_base' in design: sobol needs it", key=True)
        return None
    scrambles = default_scrambles(n) if entry.scrambles is None else entry.scrambles
    for name, value, least in (("scrambles", scrambles, MIN_SCRAMBLES), ("n_base", n, 2 * MIN_SCRAMBLES)):
        _power_of_two(problems, ("design", name), value, least)
    if _failed(problems, before):
        return None
    if n < 2 * scrambles:
        message = f"{scrambles} scramblings need n_base {2 * scrambles} at least, got {n}"
        problems.error("E120", ("design", "scrambles"), message)
        return None
    if n // scrambles < MIN_ROWS:
        message = (
            f"{n // scrambles} rows a scrambling are fewer than {MIN_ROWS}: intervals will be wide; "
            f"n_base {MIN_ROWS * scrambles} would do"
        )
        problems.warning("W203", ("design", "n_base"), message)
    return Sobol(n, scrambles, second_order, symmetric)


def _efast(problems: Problems, entry: "DesignEntry", before: int) -> Method | None:
    from sensitivity.methods.efast import EFast

    n, harmonics = entry.n, 4 if entry.harmonics is None else entry.harmonics
    curves = 8 if entry.curves is None else entry.curves
    if n is None:
        problems.error("E105", ("design",), "missing key 'n' in design: efast needs it", key=True)
        return None
    least = 4 * harmonics**2 + 1
    if n < least:
        message = f"n must be at least {least} for {harmonics} harmonics, got {n}"
        problems.error("E120", ("design", "n"), message)
    elif n % 2 == 0:
        problems.error("E120", ("design", "n"), f"n must be odd, got {n}; try {n + 1}")
    elif n < MIN_STEPS:
        message = f"n {n} is below {MIN_STEPS}: indices may be off by 0.1, more than by interference alone"
        problems.warning("W203", ("design", "n"), message)
    if curves < MIN_SCRAMBLES:
        problems.error("E120", ("design", "curves"), f"curves must be at least {MIN_SCRAMBLES}, got {curves}")
    return None if _failed(problems, before) else EFast(n, curves, harmonics)


def check_frequencies(problems: Problems, method: Method | None, n_factors: int) -> None:
    """Factors that share a frequency move together along a curve: more steps tell them apart."""
    from sensitivity.methods.efast import EFast

    if isinstance(method, EFast) and method.low_frequencies < n_factors - 1:
        enough = 4 * method.harmonics**2 * (n_factors - 1) + 1
        message = (
            f"n {method.n} has {method.low_frequencies} low frequencies for {n_factors - 1} factors, which then move "
            f"together; n {enough} has enough"
        )
        problems.warning("W203", ("design", "n"), message)


def _morris(problems: Problems, entry: "DesignEntry", before: int) -> Method | None:
    if entry.trajectories is None:
        problems.error("E105", ("design",), "missing key 'trajectories' in design: morris needs it", key=True)
        return None
    method = _effects(problems, ("design",), entry, entry.trajectories)
    return None if _failed(problems, before) else method


def _screen(problems: Problems, entry: "ScreenEntry") -> Screen | None:
    method = _effects(problems, ("design", "screen"), entry, entry.trajectories)
    if 0 < entry.check < MIN_CHECK:
        message = f"check must be 0 or at least {MIN_CHECK}, got {entry.check}: fewer points cannot tell"
        problems.error("E120", ("design", "screen", "check"), message)
    return None if method is None else Screen(method, entry.keep, entry.check)


def _effects(problems: Problems, path: Path, entry: "DesignEntry | ScreenEntry", trajectories: int) -> Method | None:
    """Morris trajectories or radial stars, whose sizes are checked by different rules."""
    from sensitivity.methods.morris import Morris

    before = len(problems.found)
    if trajectories < MIN_TRAJECTORIES:
        message = f"{trajectories} trajectories are fewer than {MIN_TRAJECTORIES}: intervals will be wide"
        problems.warning("W203", (*path, "trajectories"), message)
    if entry.sampling == "radial":
        scrambles = _star_scrambles(problems, path, entry, trajectories)
        return None if _failed(problems, before) else Morris(trajectories, sampling="radial", scrambles=scrambles)
    if entry.scrambles is not None:
        message = "'scrambles' belongs to radial stars: drop it, or write sampling: radial"
        problems.error("E120", (*path, "scrambles"), message, key=True)
    levels = 4 if entry.levels is None else entry.levels
    if levels % 2:
        problems.error("E120", (*path, "levels"), f"levels must be even, got {levels}; try {levels + 1}")
    return None if _failed(problems, before) else Morris(trajectories, levels)


def _star_scrambles(problems: Problems, path: Path, entry: "DesignEntry | ScreenEntry", stars: int) -> int:
    from sensitivity.methods.morris_radial import default_scrambles

    if entry.levels is not None:
        message = "'levels' belongs to trajectories: radial stars have no grid; drop it"
        problems.error("E120", (*path, "levels"), message, key=True)
    scrambles = default_scrambles(stars) if entry.scrambles is None else entry.scrambles
    fine = [
        _power_of_two(problems, (*path, name), value, least)
        for name, value, least in (("scrambles", scrambles, MIN_SCRAMBLES), ("trajectories", stars, MIN_SCRAMBLES))
    ]
    if all(fine) and stars < scrambles:
        message = f"{scrambles} scramblings need {scrambles} trajectories at least, got {stars}"
        problems.error("E120", (*path, "scrambles"), message)
    return scrambles


def _power_of_two(problems: Problems, path: Path, value: int, least: int) -> bool:
    """Whether a size is a power of two, and large enough; says what would be."""
    if value < least:
        problems.error("E120", path, f"{path[-1]} must be at least {least}, got {value}")
    elif value & (value - 1):
        following = 1 << value.bit_length()
        problems.error("E120", path, f"{path[-1]} must be a power of two, got {value}; try {following}")
    else:
        return True
    return False


def _failed(problems: Problems, before: int) -> bool:
    return any(diagnostic.severity == "error" for diagnostic in problems.found[before:])


def check_screen(problems: Problems, screen: Screen | None, factors: Factors) -> None:
    """The screening must be able to keep what it is asked to."""
    if screen is not None and factors.complete and screen.keep > len(factors.varied):
        message = f"keep must be at most the number of varied factors, {len(factors.varied)}, got {screen.keep}"
        problems.error("E120", ("design", "screen", "keep"), message)


def check_size(
    problems: Problems, method: Method, screen: Screen | None, n_factors: int, n_groups: int, replicates: int
) -> None:
    """Refuse a design that could never be evaluated, before anything is allocated for it."""
    kept = n_factors if screen is None else screen.keep
    ranked = n_groups if METHODS[method.name].group_columns else 0
    parts: list[tuple[Method, int, Path]] = [(method, kept + ranked, ("design",))]
    if screen is not None:
        parts.append((screen.method, n_factors + n_groups, ("design", "screen")))
    for one, units, path in parts:
        size = METHODS[one.name].size
        blocks = one.layout.blocks
        rows = blocks * one.block_size(units) * replicates
        if rows * n_factors > MAX_VALUES:
            most = MAX_VALUES * blocks // (rows * n_factors)
            if not one.layout.grows:
                most //= one.layout.rows
            if one.name == "sobol" and most:
                most = 1 << most.bit_length() - 1
            message = f"{rows:,} runs of {n_factors} factors are too many: lower {size} to {most:,}"
            problems.error("E123", (*path, size), message + (" or the replicates" if replicates > 1 else ""))
