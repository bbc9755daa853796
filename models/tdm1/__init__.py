"""Trastuzumab emtansine (T-DM1) from the vein to tubulin."""

from models.tdm1.model import TDM1

__all__ = ["TDM1"]
