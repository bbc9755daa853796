"""Trastuzumab emtansine (T-DM1) from the vein to tubulin, and from patients to their trial."""

from models.tdm1.model import TDM1
from models.tdm1.population.trial import Trial

__all__ = ["TDM1", "Trial"]
