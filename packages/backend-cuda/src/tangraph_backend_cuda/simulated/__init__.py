"""A device that is none: arrays on NumPy that behave as if they lay elsewhere."""
