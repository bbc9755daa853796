"""The variance ledger: exact shares, a sum of one, and intervals that hold them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from sensitivity.errors import ConfigError
from sensitivity.methods.ledger import ledger, together
from sensitivity.methods.sobol import Sobol
from sensitivity.report import render
from sensitivity.view import answers
from tests.reference import ishigami, ishigami_indices
from tests.sensitivity.methods.test_sobol import SEED, estimate, stage
from tests.sensitivity.studies import run_in_chunks


def booked(method, entries, f, replicates=1):
    one = replace(stage(method, 3, replicates=replicates), ledger=entries)
    _, found = estimate(one, f)
    first, start = found["S1"], 3
    closed = [
        replace(first, value=first.value[i], se=first.se[i], ci=first.ci[:, i], deviations=first.deviations[:, i])
        for i in range(start, len(one.units))
    ]
    return ledger(closed, found.get("noise_share"), 0.95, complete=len(one.unions) < len(entries))


def noisy(u, m=4):
    """Ishigami + 2 Z, AB with the noise of A and BA with that of B."""
    rng = np.random.default_rng(SEED)
    z = np.repeat(rng.standard_normal((len(u), 2, m)), u.shape[1] // 2, axis=1)
    return (ishigami(u)[..., None] + 2.0 * z)[..., None]


@pytest.mark.parametrize("noise", [False, True])
def test_shares_of_ishigami_in_two_orders(noise):
    """x0 and x2 interact: the one that comes second takes the interaction."""
    s1, st, _, v = ishigami_indices()
    share = 4.0 / (4.0 + v) if noise else 0.0
    orders = {("x0", "x2", "x1"): (s1[0], st[2], s1[1]), ("x2", "x0", "x1"): (0.0, st[0], s1[1])}
    for order, exact in orders.items():
        entries = {name: (name,) for name in order}
        found = booked(Sobol(4096, 16), entries, noisy if noise else ishigami, 4 if noise else 1)
        truth = np.array([*(1.0 - share) * np.array(exact), 0.0, share])
        bound = stdtrit(15, 1 - 0.0005 / 10) * found.se[:, 0]
        # x1 alone is left for the last entry: its union is every factor and needs no rows.
        assert np.all(np.abs(found.value[:, 0] - truth) <= np.maximum(bound, 1e-12))
        assert found.value[3, 0] == 0.0
        assert found.value[:, 0].sum() == pytest.approx(1.0, abs=1e-14)
        # Deviations of shares that add up to one add up to nothing.
        assert np.allclose(found.deviations.sum(axis=1), 0.0, atol=1e-15)


def test_factors_that_no_entry_holds_are_the_rest():
    found = booked(Sobol(2048, 8), {"two": ("x0", "x2")}, ishigami)
    s1 = ishigami_indices()[0]
    assert abs(found.value[1, 0] - s1[1]) <= 5 * found.se[1, 0]
    assert found.value[2, 0] == 0.0


def test_intervals_of_shares_cover_as_often_as_they_say():
    """80 seeds x 4 shares; the standard error of the mean coverage is at most sqrt(.05 * .95 / 80) = 2.4 points."""
    s1, st, _, v = ishigami_indices()
    share = 4.0 / (4.0 + v)
    truth = np.array([(1 - share) * s1[0], (1 - share) * st[2], (1 - share) * s1[1], 0.0, share])
    entries = {name: (name,) for name in ("x0", "x2", "x1")}
    inside = []
    for seed in range(80):
        rng = np.random.default_rng(seed)

        def f(u, rng=rng):
            z = np.repeat(rng.standard_normal((len(u), 2, 2)), u.shape[1] // 2, axis=1)
            return (ishigami(u)[..., None] + 2.0 * z)[..., None]

        one = replace(stage(Sobol(1024, 8), 3, replicates=2, seed=seed), ledger=entries)
        _, found = estimate(one, f)
        first = found["S1"]
        closed = [
            replace(first, value=first.value[i], se=first.se[i], ci=first.ci[:, i], deviations=first.deviations[:, i])
            for i in (3, 4)
        ]
        shares = ledger(closed, found["noise_share"], 0.95, complete=True)
        inside.append((shares.ci[0, :, 0] <= truth) & (truth <= shares.ci[1, :, 0]))
    counted = np.mean(inside, axis=0)[[0, 1, 2, 4]]
    assert 0.89 <= counted.mean() <= 0.99


def test_outputs_taken_together_are_the_mean_of_their_indices():
    """x0 alone and x1 alone, a thousand times as large: each factor has half of both together."""

    def f(u):
        return np.stack([u[..., 0], 1000.0 * u[..., 1]], axis=-1)

    _, found = estimate(stage(Sobol(1024, 8), 3, elements=2), f)
    both = together(found["ST"], [0, 1], 0.95)
    assert np.allclose(both.value, [0.5, 0.5, 0.0], atol=1e-12)  # one factor an output: its index is exactly 1
    with pytest.raises(ValueError, match="no replicates"):
        together(replace(found["ST"], deviations=None), [0], 0.95)


STUDY = """\
schema: sensitivity-config/1
model: {use: "ledger_model:f"}
factors:
  a: {dist: normal, mean: 0, sd: 1, unit: "1", source: here}
  b: {dist: normal, mean: 0, sd: 1, unit: "1", source: here}
  c: {dist: normal, mean: 0, sd: 1, unit: "1", source: here}
groups:
  pair: {members: [a, b], correlation: 0.5}
outputs: {y: {of: y, unit: "1"}, z: {of: z, unit: "1"}}
design: {method: sobol, n_base: 1024, seed: 1}
noise: {replicates: 2}
analysis: {ledger: [pair, c], together: {both: [y, z]}}
executor: {kind: serial, chunk_size: CHUNK}
"""
MODEL = """
import numpy as np
def f(x, rngs):
    z = np.array([rng.standard_normal() for rng in rngs])
    return {"y": x["a"] + x["b"] + x["c"] + z, "z": x["c"]}
"""


def test_a_study_with_a_ledger(tmp_path):
    """Variances 3 (a, b), 1 (c) and 1 (noise) of y: shares 0.6, 0.2 and 0.2, but for the cut tails."""
    tree = run_in_chunks(tmp_path, "ledger_model", MODEL, STUDY, (9, 1024))
    table = tree.sa.ledger()
    assert table.index.get_level_values("entry").unique().tolist() == ["pair", "c", "other inputs", "noise"]
    # Cut tails take about 1 % of each factor's variance; the intervals at this size are 0.05 wide.
    assert table.loc["y", "share"].tolist() == pytest.approx([0.6, 0.2, 0.0, 0.2], abs=0.04)
    assert table.loc["z", "share"].tolist() == pytest.approx([0.0, 1.0, 0.0, 0.0], abs=1e-12)
    assert tree["sobol"]["factor"].values.tolist() == ["pair", "c"]
    assert "sobol_groups" not in tree.children
    joint = tree.sa.together()["ST"]
    assert joint["both", "c"] == pytest.approx(0.5 * (0.25 + 1.0), abs=0.04)
    page = render(tree)
    assert "other inputs" in page
    assert "y, z taken together" in page
    assert "share of the variance" in answers(tree)


def test_the_ledger_of_a_variance_over_the_noise_has_no_noise(tmp_path):
    noise = "np.array([r.standard_normal() for r in rngs])"
    model = f"import numpy as np\ndef f(x, rngs): return {{'y': x['a'] * {noise} + x['b']}}\n"
    study = (
        'schema: sensitivity-config/1\nmodel: {use: "spread_model:f"}\n'
        'factors:\n  a: {dist: uniform, low: 1, high: 2, unit: "1"}\n  b: {dist: uniform, low: 0, high: 1, unit: "1"}\n'
        'outputs: {y: {of: y, unit: "1", quantity: variance}}\ndesign: {method: sobol, n_base: 512, seed: 1}\n'
        "noise: {replicates: 4}\nanalysis: {ledger: [a, b]}\nexecutor: {kind: serial, chunk_size: CHUNK}\n"
    )
    table = run_in_chunks(tmp_path, "spread_model", model, study, (512,)).sa.ledger().loc["y"]
    assert table.loc[["other inputs", "noise"], "share"].tolist() == [0.0, 0.0]
    assert table["share"].sum() == pytest.approx(1.0, abs=1e-14)
    # b moves the mean only. The spread of a variance is known from few replicates: intervals are 0.5 wide.
    assert table["share_lower"]["a"] - 0.5 <= 1.0 <= table["share_upper"]["a"] + 0.5
    assert table["share"]["a"] > 0.4


LEVELS = """
import numpy as np
import xarray as xr
from models.engine.declaration import Observable, Parameter

LAW = {"dist": "uniform", "low": 0.0, "high": 1.0}

class Cells:
    time_unit = "day"
    parameters = {n: Parameter(n, n, 0.5, "1", "x", "m", "assumed", (0.0, 1.0), LAW) for n in "ab"}
    observables = {"y": Observable("y", "", "1", "y", 0.0)}

    def __init__(self, noise=0.0):
        self.noise, self.stochastic = noise, noise > 0.0
        self.ledger_levels = {"molecular": "" if self.stochastic else "of <means> over cells"}

    def simulate(self, parameters, streams, request):
        z = np.array([np.random.Generator(np.random.Philox(key=s)).standard_normal() for s in streams])
        y = parameters["a"] + 2.0 * parameters["b"] + self.noise * z
        return xr.Dataset({"y": ("run", y), "status": ("run", np.ones(len(y), dtype=np.int8))})
"""
OF_LEVELS = """
schema: sensitivity-config/1
model: {use: "levels_of_cells:Cells", noise: NOISE}
factors: {a: {}, b: {}}
outputs: {y: {of: y, reduce: last, window: [0 day, 1 day]}}
design: {method: sobol, n_base: 512, scrambles: 4, seed: 4}
analysis: {ledger: ENTRIES}
executor: {kind: serial, chunk_size: CHUNK}
"""


def of_levels(folder, noise, entries):
    study = OF_LEVELS.replace("NOISE", noise).replace("ENTRIES", entries)
    return run_in_chunks(folder, "levels_of_cells", LEVELS, study, (512,))


def test_a_level_that_is_averaged_has_its_place_and_its_reason(tmp_path):
    found, plain = of_levels(tmp_path, "0.0", "[a, molecular, b]"), of_levels(tmp_path, "0.0", "[a, b]")
    table = found.sa.ledger().loc["y"]
    assert list(table.index) == ["a", "molecular", "b", "other inputs", "noise"]
    assert np.all(table.loc["molecular"] == 0.0)
    assert table.drop("molecular").equals(plain.sa.ledger().loc["y"])
    assert list(found["sobol_ledger"]["reason"].values) == ["", "of <means> over cells", "", "", ""]
    assert "<small>0: of &lt;means&gt; over cells</small>" in render(found)


def test_a_level_that_is_the_noise_is_called_by_its_name(tmp_path):
    table = of_levels(tmp_path, "0.5", "[a, b, molecular]").sa.ledger().loc["y"]
    assert list(table.index) == ["a", "b", "other inputs", "molecular"]
    truth = np.array([1.0 / 12.0, 4.0 / 12.0, 0.0, 0.25]) / (5.0 / 12.0 + 0.25)
    # One fixed seed; the interval of 4 scramblings is wide: twice its half width is beyond the 0.999 quantile.
    assert np.all(np.abs(table["share"] - truth) <= table["share_upper"] - table["share_lower"] + 1e-12)
    assert table["share"].sum() == pytest.approx(1.0, abs=1e-14)
    assert (table["share_upper"] - table["share_lower"]).max() < 0.3


@pytest.mark.parametrize(
    ("noise", "entries", "message"),
    [("0.5", "[a, molecular, b]", "'molecular' is the model's noise, which comes last"),
     ("0.0", "[molecular]", "a ledger needs a varied factor or group"),
     ("0.0", "[a, molecular, molecular]", "'molecular' is already counted"),
     ("0.0", "[a, moleclar]", "did you mean 'molecular'")],
)  # fmt: skip
def test_levels_out_of_place_are_refused(tmp_path, noise, entries, message):
    with pytest.raises(ConfigError, match=message):
        of_levels(tmp_path, noise, entries)
