"""Twin rows: one run a point tells the noise, and no index holds it."""

import numpy as np
import pytest

from sensitivity.methods.sobol import Sobol
from sensitivity.stage import evaluate
from tests.reference import ishigami, ishigami_indices
from tests.sensitivity.methods.test_sobol import SEED, estimate, simultaneous, stage
from tests.sensitivity.studies import run_in_chunks


def noisy(seed=SEED, scale=1.0):
    rng = np.random.default_rng(seed)
    return lambda u: (
        ishigami(u) + scale * np.sqrt(1 + (np.pi * (2 * u[..., 0] - 1)) ** 2) * rng.standard_normal(u.shape[:-1])
    )


@pytest.mark.parametrize("symmetric", [True, False])
def test_indices_and_share_are_exact_within_their_errors(symmetric):
    """Ishigami + sqrt(1 + x1^2) Z once a point: nu = 1 + pi^2 / 3."""
    s1, st, _, v = ishigami_indices()
    _, found = estimate(stage(Sobol(4096, 16, symmetric=symmetric, twin=True), 3), noisy())
    for name, exact in (("S1", s1), ("ST", st)):
        error, bound = simultaneous(found[name], exact, 6, 16)
        assert np.all(error <= bound), (name, error, bound)
    nu = 1 + np.pi**2 / 3
    assert abs(found["noise_share"].value[0] - nu / (nu + v)) <= 4 * found["noise_share"].se[0]
    assert abs(found["variance"].value[0] - v) <= 4 * found["variance"].se[0]


def test_without_twins_the_noise_is_in_the_total_index():
    _, with_noise = estimate(stage(Sobol(4096, 16), 3), noisy())
    assert with_noise["ST"].value[1, 0] > ishigami_indices()[1][1] + 0.1


def test_without_noise_twins_change_nothing():
    plain, twins = (estimate(stage(Sobol(512, 4, twin=twin), 3), ishigami)[1] for twin in (False, True))
    for name in ("S1", "ST", "mean", "variance"):
        assert np.array_equal(plain[name].value, twins[name].value)
    assert twins["noise_share"].value[0] == 0.0


def test_a_failed_twin_costs_the_noise_only():
    def spoil(y, first):
        y = y.copy()
        y[0, -1] = np.nan
        return y

    st = stage(Sobol(512, 4, twin=True), 3)
    clean, _ = estimate(st, ishigami)
    sums, found = estimate(st, ishigami, spoil=spoil)
    assert np.array_equal(clean["pairs"], sums["pairs"])
    assert np.all(sums["twin_n"] == clean["twin_n"] - 4)  # one of each of 4 leaves
    assert np.all(np.isfinite(found["ST"].value))


class Streams:
    """A model that returns its stream."""

    parameters, observables, time_unit, stochastic = {}, {}, "day", True

    def simulate(self, parameters, streams, request):
        import xarray as xr

        status = np.ones(len(streams), dtype=np.int8)
        return xr.Dataset({"y0": ("run", (streams[:, 1] % 2**53).astype(float)), "status": ("run", status)})


def test_every_run_of_a_block_has_a_stream_of_its_own():
    st = stage(Sobol(512, 4, twin=True), 20)
    design = st.design(0, 64)
    assert np.array_equal(design.points[:, 0], design.points[:, -1])
    assert design.independent == (0, 41)
    y = evaluate(st, Streams(), design).y
    assert len(np.unique(y)) == y.size == 64 * 43


STUDY = """\
schema: sensitivity-config/1
model: {use: "one_run:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
  b: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
outputs: {y: {of: y, unit: "1"}}
design: {method: sobol, n_base: 1024, seed: 0}
executor: {kind: serial, chunk_size: CHUNK}
"""
MODEL = (
    "import numpy as np\ndef f(x, rngs): return {'y': x['a'] + 0.3 * np.array([r.standard_normal() for r in rngs])}\n"
)


def test_a_study_of_one_run_a_point(tmp_path):
    """V = 1/12, nu = 0.09: the share is 0.519; ST of a is 1 and of b, which does nothing, 0 within its error."""
    tree = run_in_chunks(tmp_path, "one_run", MODEL, STUDY, (9, 1024))
    data = tree["sobol"].to_dataset().sel(output="y")
    assert abs(float(data["noise_share"]) - 0.09 / (0.09 + 1 / 12)) <= 5 * float(data["noise_share_se"])
    for factor, exact in (("a", 1.0), ("b", 0.0)):
        assert abs(float(data["ST"].sel(factor=factor)) - exact) <= 5 * float(data["ST_se"].sel(factor=factor))
