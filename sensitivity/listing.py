"""The run directories in a folder, and how far each is."""

from pathlib import Path

from sensitivity import plan
from sensitivity.errors import SensitivityError
from sensitivity.plan import Plan


def list_runs(folder: str | Path) -> list[dict[str, object]]:
    """Run directories in a folder with their state: ``done``, or the chunks that are there."""
    rows: list[dict[str, object]] = []
    base = Path(folder)
    if not base.is_dir():
        raise SensitivityError(f"no folder {base}")
    for path in sorted(p for p in base.iterdir() if (p / "plan.json").exists()):
        try:
            opened = plan.load(path)
        except SensitivityError as error:
            rows.append({"run": path.name, "title": "", "model": "", "method": "", "state": str(error)})
            continue
        rows.append(
            {
                "run": path.name,
                "title": opened.study.title,
                "model": opened.study.model.use,
                "method": " + ".join(opened.stage_names),
                "state": _state(opened),
            }
        )
    return rows


def _state(opened: Plan) -> str:
    if opened.directory.result.exists():
        return "done"
    parts = []
    for name in opened.stage_names:
        if opened.directory.stage(name).exists():
            stage_plan = plan.load_stage(opened, name)
            there = len(list(opened.directory.markers(name, stage_plan.chunks)))
            parts.append(f"{name} {there}/{stage_plan.chunks} chunks")
        else:
            parts.append(f"{name} not begun")
    return ", ".join(parts)
