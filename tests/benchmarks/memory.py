"""Peak memory of a run as its design grows: ``python tests/benchmarks/memory.py [--json]``.

The product of eight factors with noise-free outputs, 2^14 and 2^19 base rows (18 runs each), by the command that users
call, on one process and on two. A plain function of arrays costs next to nothing, so that the framework's own memory
is what is seen. Peak resident memory is the kernel's, of the largest process of the run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FACTORS, OUTPUTS = 8, 4
MODEL = """
import numpy as np

def model(x):
    total = 1.0
    for i, value in enumerate(x.values()):
        total = total * (np.abs(4 * value - 2) + i) / (1 + i)
    return {f"y{k}": total ** (k + 1) for k in range(%d)}
"""


def study(n_base, kind):
    """Text of the study file."""
    factors = "\n".join(f'  x{i}: {{dist: uniform, low: 0, high: 1, unit: "1"}}' for i in range(FACTORS))
    outputs = "\n".join(f'  y{k}: {{of: y{k}, unit: "1"}}' for k in range(OUTPUTS))
    return (f"schema: sensitivity-config/1\nmodel: {{use: 'g:model'}}\nfactors:\n{factors}\noutputs:\n{outputs}\n"
            f"design: {{method: sobol, n_base: {n_base}, scrambles: 16, seed: 1}}\n"
            f"executor: {{kind: {kind}, workers: 2}}\n")  # fmt: skip


def peak(n_base, kind):
    """Peak resident memory in MiB, and seconds, of one run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "g.py").write_text(MODEL % OUTPUTS)
        Path(folder, "study.yaml").write_text(study(n_base, kind))
        code = "import sys; from sensitivity.__main__ import main; sys.exit(main())"
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": root + os.pathsep + os.environ.get("PYTHONPATH", "")}
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code, "run", "study.yaml", "--json"], cwd=folder, env=environment,
                              capture_output=True, text=True, check=False)  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stderr)
        runs = json.loads(done.stdout)["runs"]
        return {"runs": runs, "wall_s": time.perf_counter() - began,
                "peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}  # fmt: skip


def measured(n_base, kind):
    """Peak of one run, taken in a fresh process: the kernel keeps one maximum over all children."""
    done = subprocess.run([sys.executable, __file__, "--one", str(n_base), kind], capture_output=True, text=True,
                          check=False)  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, nargs=2, default=(2**14, 2**19), help="base rows of the two designs")
    parser.add_argument("--one", nargs=2, metavar=("ROWS", "EXECUTOR"), help="measure a single run")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(peak(int(options.one[0]), options.one[1])))
        return
    cases = []
    for kind in ("serial", "joblib"):
        small, large = (measured(rows, kind) for rows in options.rows)
        cases.append({"executor": kind, "small": small, "large": large,
                      "ratio": large["peak_mib"] / small["peak_mib"]})  # fmt: skip
    if options.json:
        print(json.dumps({"rows": options.rows, "cases": cases}, indent=1))
        return
    for case in cases:
        for size in ("small", "large"):
            one = case[size]
            print(f"{case['executor']:7s} {one['runs']:>10,} runs {one['peak_mib']:7.0f} MiB {one['wall_s']:6.1f} s")
        print(f"{case['executor']:7s} ratio {case['ratio']:.3f}")


if __name__ == "__main__":
    main()
