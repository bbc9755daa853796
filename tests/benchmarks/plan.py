"""Forecasts of ``sensitivity plan`` against the runs that follow: ``python tests/benchmarks/plan.py [--json]``.

Five studies of different shape: screened, a screening alone, many classes and second order, time courses, and a plain
function with many outputs whose runs cost nothing. Each is planned and then run by the commands that users call, on two
workers, with kernels compiled before. The wall time is that of the whole command; memory is the largest of the process
that was started plus, for each worker, the largest of any; disk is the run directory. A ratio of one is a right
forecast; wanted are 0.5 to 2 for wall time and 0.8 to 1.2 for memory and disk.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKERS = 2

MODEL = """
import numpy as np

def f(x):
    a, b, c, d = (x[name] for name in "abcd")
    t = np.linspace(0.0, 1.0, 50)
    course = np.exp(-a[:, None] * t) * np.cos(6 * b[:, None] * t) + c[:, None] * d[:, None] * t
    return {"course": course, **{f"y{k}": np.sin((k + 1) * a) + b ** k * c + d for k in range(6)}}
"""
STUDY = """\
schema: sensitivity-config/1
model: {use: "planned:f"}
factors:
""" + "".join(f'  {n}: {{dist: uniform, low: 0, high: 1, unit: "1"}}\n' for n in "abcd") + """\
outputs:
  course: {of: course, unit: "1", times: {start: 0 day, stop: 1 day, n: 50}}
""" + "".join(f'  y{k}: {{of: y{k}, unit: "1"}}\n' for k in range(6)) + """\
design: {method: sobol, n_base: 4096, seed: 1}
"""  # fmt: skip

CASES = {
    "quickstart": ("configs/quickstart.yaml", []),
    "cell_morris": ("configs/cell_morris.yaml", ["design.trajectories=400"]),
    "cell_sobol": ("configs/cell_sobol.yaml", ["design.n_base=256", "design.scrambles=8"]),
    "exposure_sobol": ("configs/exposure_sobol.yaml", ["design.n_base=1024"]),
    "function": (None, []),
}


def call(command, config, settings, folder):
    """Standard output of a command, and its seconds."""
    words = [word for setting in settings for word in ("--set", setting)]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "sensitivity", command, str(config), *words, "--workers", str(WORKERS), "--json",
         "--out", str(folder / "out")],
        cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout), time.perf_counter() - began


def measured(name, folder):
    """Forecast and truth of one study."""
    config, settings = CASES[name]
    (folder / "planned.py").write_text(MODEL)
    (folder / "study.yaml").write_text(STUDY)
    config = folder / "study.yaml" if config is None else ROOT / config
    call("plan", config, settings, folder)  # compiles
    planned, plan_s = call("plan", config, settings, folder)
    run, wall_s = call("run", config, settings, folder)
    path = folder / run["run"]
    disk = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    (job,) = (json.loads(file.read_text()) for file in (path / "jobs").iterdir())
    (log,) = (file.read_text() for file in (path / "logs").iterdir())
    # A worker's log line has its peak; chunks that the parent evaluated itself are no worker's.
    peaks = [int(mib) for mib, pid in re.findall(r" (\d+) MiB, process (\d+) ", log) if int(pid) != job["pid"]]
    parent, worker = job["peak_bytes"], max(peaks, default=0) * 2**20
    memory = parent + (WORKERS * worker if peaks else 0)
    pairs = {
        "wall_s": (planned["wall_s"], wall_s),
        "parent_mib": (planned["memory"]["parent"] / 2**20, parent / 2**20),
        "worker_mib": (planned["memory"]["worker"] / 2**20, worker / 2**20),
        "memory_mib": (planned["memory"]["all"] / 2**20, memory / 2**20),
        "disk_mib": (planned["disk"]["all"] / 2**20, disk / 2**20),
    }
    return {"study": name, "runs": run["runs"], "plan_s": plan_s,
            **{key: {"forecast": a, "actual": b, "ratio": a / b if b else None} for key, (a, b) in pairs.items()},
            "parts": planned["disk"]}  # fmt: skip


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("studies", nargs="*", default=list(CASES))
    options = parser.parse_args()
    found = []
    for name in options.studies:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measured(name, Path(folder)))
        if not options.json:
            one = found[-1]
            cells = [f"{key} {one[key]['forecast']:.0f}/{one[key]['actual']:.0f} = {one[key]['ratio'] or 0:.2f}"
                     for key in ("wall_s", "parent_mib", "worker_mib", "memory_mib", "disk_mib")]  # fmt: skip
            print(f"{name:15s} {one['runs']:>8,} runs, plan {one['plan_s']:.0f} s; {'; '.join(cells)}", flush=True)
    good = all(0.5 <= one["wall_s"]["ratio"] <= 2.0 for one in found)
    good &= all(0.8 <= one[key]["ratio"] <= 1.2 for one in found for key in ("memory_mib", "disk_mib"))
    if options.json:
        print(json.dumps({"within": good, "studies": found}, indent=1))
    else:
        print("within a factor of 2 for wall time and 20 % for memory and disk" if good else "NOT within the targets")


if __name__ == "__main__":
    main()
