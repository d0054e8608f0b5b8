"""Ops of the state family: schemas, shape functions, gradients and public functions."""
