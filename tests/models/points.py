"""Random points of the factor space, through the declared laws."""

import numpy as np

from models.tdm1 import TDM1
from sensitivity.distributions import Distribution


def sample(n, seed):
    """Return {name: (n,)} for every parameter that has a law, independent and reproducible."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name, p in TDM1().parameters.items():
        if p.distribution is not None:
            arguments = dict(p.distribution)
            law = Distribution(arguments.pop("dist"), arguments)
            columns[name] = law.ppf(rng.random(n))
    return columns


def rows(columns, i):
    """Values of every parameter at point `i`."""
    nominal = {name: p.nominal for name, p in TDM1().parameters.items()}
    return nominal | {name: float(values[i]) for name, values in columns.items()}


def streams(n):
    """Addresses of n runs; the model draws nothing."""
    return np.zeros((n, 2), dtype=np.uint64)


def ask(request, rows=1, **options):
    """Simulate with keyword parameters: ``ask(request, k_e=0.0)``; options of the model go under ``options``."""
    values = options.pop("values", {})
    columns = {name: np.broadcast_to(np.asarray(value, dtype=float), (rows,)) for name, value in values.items()}
    return TDM1(**options).simulate(columns, streams(rows), request)
