"""Methods: one file each, a design and the only estimator that may read it."""
