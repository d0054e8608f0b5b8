"""Data sets, and what else feeds a model."""
