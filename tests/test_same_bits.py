"""One study, the same bits: chunk sizes, workers, executors, orders and interruptions change none."""

import itertools
import random

import pytest

from sensitivity import api
from sensitivity.errors import Stopped

MODEL = """
import numpy as np

def f(x, rngs):
    noise = np.array([rng.standard_normal() for rng in rngs])
    y = np.sin(x["a"]) + 7 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"]) + 0.1 * noise
    course = x["c"][:, None] * np.exp(-0.3 * x["b"][:, None] * np.arange(5.0))
    return {"y": np.where(x["a"] > 3.1, np.nan, y), "z": course}
"""
STUDY = """\
schema: sensitivity-config/1
model: {use: "same_bits_model:f"}
factors:
  a: {dist: uniform, low: -3.14, high: 3.14, unit: "1", source: definition}
  b: {dist: uniform, low: -3.14, high: 3.14, unit: "1", source: definition}
  c: {dist: uniform, low: -3.14, high: 3.14, unit: "1", source: definition}
groups: {outer: [a, c]}
outputs: {y: {of: y, unit: "1"}, z: {of: z, unit: "1", times: {start: 0 day, stop: 4 day, n: 5}}}
design: {method: sobol, n_base: 256, scrambles: 4, second_order: true, seed: 0}
noise: {replicates: 2}
"""

CHUNKS = (1, 7, 32, 64, 100, 256)
EXECUTORS = (("serial", 1), ("joblib", 2), ("joblib", 3))
"""Kinds with their numbers of workers."""
DISTURBANCES = ("none", "parts in any order", "stopped and gone on with elsewhere")
COMBINATIONS = list(itertools.product(CHUNKS, EXECUTORS, DISTURBANCES))
QUICK = [(7, ("serial", 1), "parts in any order"), (64, ("joblib", 2), "stopped and gone on with elsewhere")]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same_bits")
    (folder / "same_bits_model.py").write_text(MODEL)
    (folder / "study.yaml").write_text(STUDY)
    _, tree = api.run_study(folder / "study.yaml", folder / "reference", ["executor.kind=serial"])
    return folder / "study.yaml", tree.attrs["content_hash"]


def content_hash(path, out, chunk, executor, disturbance):
    kind, workers = executor
    settings = [f"executor.chunk_size={chunk}", f"executor.kind={kind}"]
    rng = random.Random(f"{chunk} {executor} {disturbance}")
    if disturbance == "parts in any order":
        parts = list(range(5))
        rng.shuffle(parts)
        for part in parts:
            api.run_study(path, out, settings, workers, api.share(f"{part}/5"))
    if disturbance == "stopped and gone on with elsewhere":
        for _ in range(3):
            calls, most = itertools.count(), rng.randint(0, 6)
            other = rng.choice(EXECUTORS)
            try:
                api.run_study(path, out, [settings[0], f"executor.kind={other[0]}"], other[1],
                              stop=lambda calls=calls, most=most: next(calls) >= most)  # fmt: skip
            except Stopped:
                pass
    return api.run_study(path, out, settings, workers)[1].attrs["content_hash"]


def name(combination):
    chunk, (kind, workers), disturbance = combination
    return f"{chunk} {kind} {workers} {disturbance}"


@pytest.mark.parametrize("combination", QUICK, ids=name)
def test_a_disturbed_run_has_the_bits_of_an_undisturbed_one(tmp_path, study, combination):
    path, reference = study
    assert content_hash(path, tmp_path, *combination) == reference


@pytest.mark.slow
@pytest.mark.parametrize("combination", COMBINATIONS, ids=name)
def test_every_combination_has_the_same_bits(tmp_path, study, combination):
    path, reference = study
    assert content_hash(path, tmp_path, *combination) == reference
