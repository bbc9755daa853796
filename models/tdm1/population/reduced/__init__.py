"""Tier 0: the reduced equations of a lesion."""
