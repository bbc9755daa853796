"""Given-data methods: pure functions from points and outputs to indices, that need no runs of their own."""
