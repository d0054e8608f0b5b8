"""Ops of the math family: schemas, shape functions, gradients and public functions."""
