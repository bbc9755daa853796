"""The chunk size that is chosen, and what a chunk costs beside its runs."""

import resource
import time
from dataclasses import replace

import pytest

from sensitivity.function_model import FunctionModel
from sensitivity.methods.sobol import Sobol
from sensitivity.plan import CHUNK_SECONDS, LEAST_SECONDS, _timed_chunk_size
from sensitivity.stage import nominal_outputs
from tests.processes import finish, prepare, start
from tests.sensitivity.methods.test_sobol import stage

BLOCK_SECONDS = 0.01


def slow(x):
    time.sleep(BLOCK_SECONDS * len(x["x0"]) / 8)  # the stage has eight points a block
    return {"y0": x["x0"]}


@pytest.mark.parametrize(
    ("workers", "least", "most"),
    # 4096 blocks take 41 s. Two workers get chunks as long as they should be; ten thousand do not get shorter ones than
    # pay off. A busy machine makes the probe longer and the chunk, a power of two, at most half as long again.
    [(2, CHUNK_SECONDS / 4, CHUNK_SECONDS), (16, LEAST_SECONDS / 2, 1.0), (10_000, LEAST_SECONDS / 2, 1.0)],
)
def test_a_chunk_is_long_enough_to_pay_and_short_enough_to_share(workers, least, most):
    made = replace(stage(Sobol(4096, 4), 3), shift=(0.0,))
    assert made.block_size == 8
    nominal_outputs(made, FunctionModel(slow))  # as in a run: what is imported and compiled once is not timed
    seconds = _timed_chunk_size(made, FunctionModel(slow), workers) * BLOCK_SECONDS
    assert least <= seconds <= most


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["serial", "joblib", "dask"])
def test_to_schedule_and_store_a_chunk_costs_less_than_two_percent(tmp_path, kind):
    """Processor time of 512 chunks against 4, so that what a run costs once does not count, nor what others do."""
    folder = prepare(tmp_path)
    spent = []
    for size in (128, 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        here = ("--set", "design.n_base=512", "--set", f"executor.chunk_size={size}", "--out", str(size))
        finish(start(folder, "--set", f"executor.kind={kind}", "--workers", "2", *here))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    cost = (spent[1] - spent[0]) / (512 - 4)
    print(f"{kind}: {1000 * cost:.1f} ms a chunk, {100 * cost / LEAST_SECONDS:.1f} % of the shortest")
    assert 0.0 < cost < 0.02 * LEAST_SECONDS
