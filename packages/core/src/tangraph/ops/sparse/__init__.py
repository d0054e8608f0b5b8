"""Ops of the sparse family: schemas, shape functions, gradients and public functions."""
