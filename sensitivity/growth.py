"""A design that grows in its directory: which larger study continues a smaller one, block for block.

Blocks of a larger design begin with those of the smaller one as long as its scramblings stay: a default that follows
the size would change them, so that a study that grows must say how many it has.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sensitivity.contracts import Method
from sensitivity.errors import ResumeRefused, UsageError
from sensitivity.study import Study
from sensitivity.study_json import SIZES


def refuse_other_size(path: Path, old: Study, new: Study) -> None:
    """Refuse a study whose design does not continue the one in `path`.

    Raises
    ------
    ResumeRefused
        Says what is smaller, or what has changed, and what to write instead.
    """
    if old.screen != new.screen:
        raise ResumeRefused(f"{path} was screened otherwise ({old.screen} against {new.screen}); give another --out")
    if old.method == new.method:
        return
    was, now = size(old.method), size(new.method)
    scrambles = getattr(old.method, "scrambles", None)
    if scrambles != getattr(new.method, "scrambles", None):
        raise ResumeRefused(
            f"{path} has {scrambles} scramblings, this study {getattr(new.method, 'scrambles', None)}: write "
            f"scrambles: {scrambles} into its design to let it grow, or give another --out"
        )
    changed = ", ".join(f"{name} {was[name]} -> {now[name]}" for name in was if was[name] != now[name])
    if not old.method.layout.grows:
        raise ResumeRefused(f"{path} has another design size ({changed}), and {old.method.name} cannot grow; "
                            "give another --out")  # fmt: skip
    if new.method.layout.blocks < old.method.layout.blocks:
        raise ResumeRefused(f"{path} has a larger design than this study ({changed}); ask for its size or a larger "
                            "one, or give another --out")  # fmt: skip


def size(method: Method) -> dict[str, int]:
    """What decides how large a design is, by name."""
    return {name: value for name, value in vars(method).items() if name in SIZES}


def sizes(study: Study) -> dict[str, dict[str, int]]:
    """Size of the design of every stage."""
    methods = [study.method] if study.screen is None else [study.screen.method, study.method]
    return {method.name: size(method) for method in methods}


def grown(study: Study, settings: Sequence[str]) -> tuple[Study, list[str]]:
    """Return the study with a larger design, and the settings that make it one in its file.

    Parameters
    ----------
    settings : sequence of str
        ``design.n_base=4096``, or another size of its method.

    Raises
    ------
    UsageError
        When a setting is no size of this method, or not a number that it can have.
    """
    names = [name for name in size(study.method) if name != "scrambles"]
    known = " or ".join(f"design.{name}=N" for name in names)
    if not settings:
        raise UsageError(f"say how large: --set {known}")
    method = study.method
    for setting in settings:
        key, _, text = setting.partition("=")
        name = key.removeprefix("design.")
        if not key.startswith("design.") or name not in names or not text.isdecimal():
            raise UsageError(f"--set {setting}: only the size of a run can be changed, --set {known}")
        try:
            method = replace(method, **{name: int(text)})  # type: ignore[type-var]
        except ValueError as error:
            raise UsageError(f"--set {setting}: {error}") from None
    written = list(settings)
    if getattr(method, "scrambles", 1) > 1:
        written.append(f"design.scrambles={vars(method)['scrambles']}")
    return replace(study, method=method), written
