"""Tier 0 against tier 1: the same patients, draws and scans at points of the population's parameters.

``python -m tests.benchmarks.tiers [--points 20] [--patients 500] [--json]`` prints, for every endpoint, the mean
difference over the points (tier 0 less tier 1), its standard deviation between points, and the largest, beside the
standard deviation of the endpoint itself over the points and the chance error of one trial.
"""

import argparse
import json
import sys
import time

import numpy as np

from models.engine.requests import Output
from models.tdm1.population.hyperparameters import HYPERPARAMETERS
from models.tdm1.population.trial import Trial
from sensitivity.distributions import Distribution

ASKED = {
    "response_rate": ("response_rate", 730.0),
    "pfs_6": ("progression_free", 182.0),
    "pfs_12": ("progression_free", 365.0),
    "progression_free_time": ("progression_free_time", 730.0),
    "time_in_response": ("time_in_response", 730.0),
}


def points(n):
    """Rows of the population's parameters by their declared laws, every one varied."""
    rng = np.random.default_rng(20261122)
    varied = [p for p in HYPERPARAMETERS if p.distribution is not None]
    return {p.name: Distribution(p.distribution["dist"], {k: v for k, v in p.distribution.items() if k != "dist"})
            .ppf(rng.random(n)) for p in varied}  # fmt: skip


def compare(n, patients, lesions=1, **options):
    """Endpoints (2, n) of both tiers by name, and the seconds that each took."""
    request = [Output(name, of, "last", (0.0, day), None, None) for name, (of, day) in ASKED.items()]
    streams = np.stack([np.full(n, 3, dtype=np.uint64), np.arange(n, dtype=np.uint64)], axis=1)
    found, seconds = [], []
    for tier in (0, 1):
        model = Trial(patients=patients, lesions=lesions, tier=tier, **options)
        model.simulate({}, streams[:1], request)  # compiles
        began = time.process_time()
        found.append(model.simulate(points(n), streams, request))
        seconds.append(time.process_time() - began)
    assert all(np.all(data["status"].values == 1) for data in found)
    return {name: np.stack([data[name].values for data in found]) for name in ASKED}, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    values, seconds = compare(given.points, given.patients)
    rows = {}
    for name, (low, high) in values.items():
        gap = low - high
        rows[name] = {
            "tier_1": float(high.mean()),
            "mean_difference": float(gap.mean()),
            "sd_difference": float(gap.std()),
            "largest": float(np.abs(gap).max()),
            "sd_over_points": float(high.std(ddof=1)),
        }
    runs = given.points * given.patients
    result = {"endpoints": rows, "us_per_patient": [1e6 * s / runs for s in seconds], "patients": runs}
    if given.json:
        print(json.dumps(result))
        return
    for name, row in rows.items():
        print(f"{name:24s}" + "  ".join(f"{key} {value:9.4f}" for key, value in row.items()))
    print(f"us of CPU a patient: tier 0 {result['us_per_patient'][0]:.0f}, tier 1 {result['us_per_patient'][1]:.0f}")


if __name__ == "__main__":
    sys.exit(main())
