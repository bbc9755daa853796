"""The result tree: assembled in `tree`, written and read in `file`."""
