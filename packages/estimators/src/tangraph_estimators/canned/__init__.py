"""Estimators whose models are made: linear ones, networks, both together, and baselines."""
