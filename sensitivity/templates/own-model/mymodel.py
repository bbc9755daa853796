"""A model of your own: a function of named arrays. Here: one compartment, with first-order absorption."""

import numpy as np

HOURS = np.linspace(0.0, 24.0, 25)  # the `times` of the output `concentration` in study.yaml
DOSE = 100.0  # mg


def model(x):
    """Return outputs for n rows at once.

    Parameters
    ----------
    x : dictionary of (n,) arrays
        One entry a factor of the study, in the unit that the study gives it.

    Returns
    -------
    dictionary of (n,) or (n, times) arrays
        Row i must depend on row i of `x` only. Return NaN where a run has no answer: it is counted, not hidden.
    """
    absorption, clearance, volume = x["absorption"], x["clearance"], x["volume"]
    elimination = clearance / volume
    scale = DOSE * x["bioavailability"] * absorption / (volume * (absorption - elimination))
    course = scale[:, None] * (np.exp(-elimination[:, None] * HOURS) - np.exp(-absorption[:, None] * HOURS))
    peak_time = np.log(absorption / elimination) / (absorption - elimination)
    peak = scale * (np.exp(-elimination * peak_time) - np.exp(-absorption * peak_time))
    return {"concentration": course, "peak": peak, "auc": DOSE * x["bioavailability"] / clearance}
