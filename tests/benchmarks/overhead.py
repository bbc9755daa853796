"""What a run costs beyond its model: ``python tests/benchmarks/overhead.py [--json]``.

A study of patients, by the command that users call, on two workers with kernels compiled before. The kernel time is
what the model's `simulate` takes, summed over every call of every process; a class around the model notes it. Divided
by the workers it is the shortest that the run could take. Wanted: a wall time of at most 1.15 times as much, at 120 s
of kernel time or more.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKERS = 2
MODEL = """
import os
import time
from pathlib import Path

from models.tdm1 import TDM1


class Timed(TDM1):
    def simulate(self, parameters, streams, request):
        began = time.perf_counter()
        dataset = super().simulate(parameters, streams, request)
        with open(Path(os.environ["KERNEL_TIMES"]) / str(os.getpid()), "a") as file:
            file.write(f"{time.perf_counter() - began}\\n")
        return dataset
"""


def run(folder, n_base):
    """Standard output of a run, its log and its seconds."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "sensitivity", "run", "study.yaml", "--json", "--workers", str(WORKERS),
         "--set", f"design.n_base={n_base}", "--set", "design.scrambles=4", "--out", f"out-{n_base}"],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KERNEL_TIMES": str(folder / f"times-{n_base}")},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout), time.perf_counter() - began


def measured(n_base):
    """Wall time against kernel time, and where the rest went."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "timed_model.py").write_text(MODEL)
        study = (ROOT / "configs" / "patient_sobol.yaml").read_text().replace("models.tdm1:TDM1", "timed_model:Timed")
        (folder / "study.yaml").write_text(study)
        for n in (8, n_base):  # the first compiles
            (folder / f"times-{n}").mkdir()
            document, wall_s = run(folder, n)
        kernel_s = {p.name: sum(map(float, p.read_text().split())) for p in (folder / f"times-{n_base}").iterdir()}
        path = folder / document["run"]
        (job,) = (json.loads(file.read_text()) for file in (path / "jobs").iterdir())
        (log,) = (file.read_text().splitlines() for file in (path / "logs").iterdir())
    at = [datetime.fromisoformat(line.split()[0]) for line in log]
    chunks = [float(found) for line in log for found in re.findall(r"failed, ([0-9.]+) s,", line)]
    evaluated = next(i for i, line in reversed(list(enumerate(log))) if "chunk " in line)
    total = sum(kernel_s.values())
    return {
        "runs": document["runs"],
        "wall_s": wall_s,
        "kernel_s": total,
        "ratio": wall_s / (total / WORKERS),
        "kernel_in_parent_s": kernel_s.get(str(job["pid"]), 0.0),
        "chunks": len(chunks),
        "longest_chunk_s": max(chunks),
        "in_chunks_beyond_kernel_s": sum(chunks) - total + kernel_s.get(str(job["pid"]), 0.0),
        "evaluating_s": (at[evaluated] - at[0]).total_seconds(),
        "analysis_and_report_s": (at[-1] - at[evaluated]).total_seconds(),
    }


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--n-base", type=int, default=512)
    options = parser.parse_args()
    found = measured(options.n_base)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:28s} {value:10.2f}")


if __name__ == "__main__":
    main()
