"""Ops of the random family: schemas, shape functions, gradients and public functions."""
