"""Models of trastuzumab emtansine (T-DM1) that others published, as declarations of the engine."""
