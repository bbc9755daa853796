"""The science: models that a study can ask. They know nothing about sensitivity analysis."""
