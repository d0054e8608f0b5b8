"""Ops of the nn family: schemas, shape functions, gradients and public functions."""
