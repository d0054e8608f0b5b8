"""Probability distributions: densities, samples, moments and divergences, in batches."""
