"""The whole tumour, with classes, fates and clones, against SciPy on equations written by hand."""

import numpy as np
import pytest

from models.engine.requests import Output
from models.tdm1 import TDM1
from tests.models import points
from tests.models.tumour_oracle import Tumour

TIMES = (0.25, 6.0, 48.0, 168.0, 504.0)
PROMISE = 1e-6  # accuracy promised for every output at the default tolerance, above its floor


@pytest.mark.parametrize("row", [0, *(pytest.param(i, marks=pytest.mark.slow) for i in range(1, 6))])
def test_agreement(row):
    columns = points.sample(6, seed=20261128)
    # What the laws leave at nothing in many rows is there in these: earlier therapy, clones, other cells, loss of HER2.
    columns |= {"trastuzumab_before": np.full(6, 20.0), "resistant_fraction": np.full(6, 1e-6),
                "nonamplified_fraction": np.full(6, 0.05), "her2_loss_rate": np.full(6, 0.1),
                "mutation_rate": np.full(6, 1e-3), "adcc_rate": np.full(6, 0.01)}  # fmt: skip
    exact = Tumour(points.rows(columns, row), bins=3).solve(TIMES)
    model = TDM1(classes=3)
    request = [Output(name, f"tumour.{name}", times=TIMES) for name in exact]
    one = {name: values[row : row + 1] for name, values in columns.items()}
    found = model.simulate(one, points.streams(1), request)
    assert found.status.values.tolist() == [1]
    error = {
        name: float(np.max(np.abs(found[name].values[0] - value)
                           / np.maximum(np.abs(value), model.observables[f"tumour.{name}"].floor)))
        for name, value in exact.items()
    }  # fmt: skip
    assert max(error.values()) < PROMISE, error
