"""Study folders to begin with: every folder here is a template, copied as it is by ``sensitivity init``.

A template is a folder with a ``study.yaml`` and a ``README.md`` whose first line says what it is for. Adding a template
is adding a folder.
"""

import json
import shutil
from pathlib import Path

from sensitivity.errors import UsageError, suggest

HOME = Path(__file__).parent
SCHEMA = "schema.json"
"""Written beside the study: the first line of each study file points an editor to it."""


def names() -> list[str]:
    """Names of the templates."""
    return sorted(folder.name for folder in HOME.iterdir() if (folder / "study.yaml").is_file())


def purpose(name: str) -> str:
    """First line of a template's README: what it is for."""
    with open(HOME / name / "README.md", encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip()


def files(name: str) -> list[Path]:
    """Files of a template, relative to it, in the order in which they are listed.

    Raises
    ------
    UsageError
        When there is no such template.
    """
    if name not in names():
        raise UsageError(f"no template {name!r}{suggest(name, names())}")
    home = HOME / name
    found = [path.relative_to(home) for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return sorted(found, key=lambda path: (len(path.parts), path))


def copy(name: str, folder: str | Path) -> list[Path]:
    """Copy a template and the schema of study files into a folder; a file that is there is never overwritten.

    Returns
    -------
    list of Path
        The new files.

    Raises
    ------
    UsageError
        When there is no such template, or a file of it is in the folder already: nothing is then written.
    """
    from sensitivity.schema import json_schema

    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; name a folder")
    wanted = files(name)
    there = [str(target / path) for path in (*wanted, Path(SCHEMA)) if (target / path).exists()]
    if there:
        raise UsageError(f"{', '.join(there)}: there already, and kept; name another folder")
    for path in wanted:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HOME / name / path, target / path)
    (target / SCHEMA).write_text(json.dumps(json_schema(), indent=1) + "\n", encoding="utf-8")
    return [target / path for path in (*wanted, Path(SCHEMA))]
